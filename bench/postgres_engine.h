#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "bench/engine.h"

namespace waybill::bench {

// How PostgreSQL keeps the events.
enum class PostgresForm {
  kOneTable,     // with a b-tree for each filter
  kPartitioned,  // by day, narrow rows with the same b-trees and a BRIN over time; the bodies in a table of their own
};

// A running PostgreSQL, by a connection string of libpq. Its tables are made by load().
base::Result<std::unique_ptr<Engine>> open_postgres(const std::string& connection, PostgresForm form);

}  // namespace waybill::bench
