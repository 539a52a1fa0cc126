#pragma once

#include <string>
#include <vector>

namespace waybill::cli {

// Rows as text, columns aligned, the first row a heading. Cells may hold what others have written: nothing in them
// steers a terminal. REQUIRES: all rows have the same number of cells.
std::string to_table(std::vector<std::vector<std::string>> rows);

}  // namespace waybill::cli
