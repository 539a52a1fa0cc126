#pragma once

#include <string>
#include <vector>

namespace waybill::cli {

// Rows as text, columns aligned, the first row a heading. REQUIRES: all rows have the same number of cells.
std::string to_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace waybill::cli
