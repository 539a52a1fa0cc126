#pragma once

#include <memory>
#include <string>

#include "bench/engine.h"

namespace waybill::bench {

// SQLite with one table and an index for each filter, in the file `path`, which is made if it is missing.
base::Result<std::unique_ptr<Engine>> open_sqlite(const std::string& path);

}  // namespace waybill::bench
