#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/time_text.h"
#include "model/workspace.h"
#include "sqlite/connection.h"
#include "store/local/event_description.h"

namespace waybill::store {

// Which account and workspace each workspace number stands for, and how many events it has: known from the database, or
// learned from events anew. Not for concurrent use.
class Homes {
 public:
  // The connection must outlive this object.
  explicit Homes(sqlite::Connection& connection) : connection_(connection) {}

  base::Result<void> load();

  [[nodiscard]] bool knows(model::WorkspaceNumber number) const { return homes_.contains(number); }
  // Learns a number from an event that has it.
  void add(model::WorkspaceNumber number, const EventDescription& event, base::WallTime now);
  // The number of the workspace an event says it belongs to, a new one if need be; nothing if what it says is no sid.
  std::optional<model::WorkspaceNumber> find_or_add(const EventDescription& event, base::WallTime now);

  // So many events more that happened at `time`.
  void count(model::WorkspaceNumber number, base::WallTime time, std::int64_t events);

  // Writes what was learned and counted; accounts that are new get a random Auth Token. REQUIRES: a transaction is
  // open.
  base::Result<void> write(base::Random& random);

 private:
  struct Home {
    std::string account_sid;    // with lower-case digits, both
    std::string workspace_sid;  // …
    std::string workspace_text;
    base::WallTime created;
    bool is_new = false;
    std::int64_t events = 0;
    base::WallTime first = base::kTimeMax;
    base::WallTime last = base::kTimeMin;
  };

  base::Result<std::int64_t> ensure_account(const Home& home, base::Random& random);

  sqlite::Connection& connection_;
  std::map<model::WorkspaceNumber, Home> homes_;
};

}  // namespace waybill::store
