#pragma once

#include <map>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "model/workspace.h"
#include "sqlite/connection.h"

namespace waybill::store {

// For each workspace the time before which everything has expired for good, whatever retention is set later. They only
// rise. Kept in the table `counters` of waybill.db, a row for each workspace that has one.
using ExpiryMarks = std::map<model::WorkspaceNumber, base::WallTime>;

base::Result<ExpiryMarks> read_expiry_marks(sqlite::Connection& connection);
// A mark that is there and higher stays. REQUIRES: a transaction is open on the connection.
base::Result<void> write_expiry_marks(sqlite::Connection& connection, const ExpiryMarks& marks);
// Drops the marks of workspaces that are not there.
base::Result<void> forget_marks_of_nobody(sqlite::Connection& connection);

// Raises those of `marks` that are lower than in `by`.
void raise_marks(ExpiryMarks& marks, const ExpiryMarks& by);

// The last time at which the clock was known to be right (ClockTrust), in the same table; nothing before the first.
base::Result<std::optional<base::WallTime>> read_trusted_time(sqlite::Connection& connection);
// Replaces it, also by an earlier one. REQUIRES: a transaction is open on the connection.
base::Result<void> write_trusted_time(sqlite::Connection& connection, base::WallTime time);

}  // namespace waybill::store
