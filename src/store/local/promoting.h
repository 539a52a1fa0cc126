#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "sqlite/connection.h"
#include "store/local/archive.h"
#include "store/local/event_description.h"
#include "store/local/rules.h"
#include "store/local/schema.h"
#include "store/local/tail.h"

namespace waybill::store {

// A variant of an event that is stored nowhere else.
struct Orphan {
  std::uint64_t number = 0;  // the variant's
  TailEvent event;           // without a position
};

// What of a closed store it takes to find them. All of it must outlive the call.
struct OrphanParts {
  sqlite::Connection& connection;
  const StoreFacts& facts;
  const Archive& archive;
  const Rules& rules;  // with what has expired for good
  const DescribeRecord& describe;
  bool has_log = true;  // false: all that can be read of the log stands in the archive too
};

// The first variant of each event that neither the archive nor the log has, though it is neither erased nor too old.
// Keeps the sids of the log in memory. Fails as the files and the database do.
base::Result<std::vector<Orphan>> find_orphans(const OrphanParts& parts);

// Makes them events of the log, behind the position `last`, which they get in their order. REQUIRES: a transaction is
// open; no event has a position above `last`.
base::Result<void> promote(sqlite::Connection& connection, std::vector<Orphan>& orphans, model::Position last);

}  // namespace waybill::store
