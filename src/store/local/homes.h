#pragma once

#include <cstddef>
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
#include "segment/owners.h"
#include "sqlite/connection.h"
#include "store/local/event_description.h"

namespace waybill::store {

// Which account and workspace each workspace number stands for, and how many events it has: known from the database, or
// learned from the owners that segments name. Not for concurrent use.
class Homes {
 public:
  // The connection must outlive this object.
  explicit Homes(sqlite::Connection& connection) : connection_(connection) {}

  base::Result<void> load();

  [[nodiscard]] bool knows(model::WorkspaceNumber number) const { return homes_.contains(number); }
  // The only workspace that is known; nothing if there are none or several.
  [[nodiscard]] std::optional<model::WorkspaceNumber> only() const;

  // All whose owner is known.
  [[nodiscard]] segment::Owners owners() const;

  // Learns a number from a segment that names its owner. kCorruption if another owner is known. A held workspace stays
  // held.
  base::Result<void> learn(model::WorkspaceNumber number, const segment::Owner& owner, base::WallTime now);
  // A number of which nothing says whose it is: its workspace goes to a held account. `event` is one of its events; the
  // account that it names becomes a hint in the workspace's name, and no more. Fails where the event's workspace is no
  // SID.
  base::Result<void> hold(model::WorkspaceNumber number, const EventDescription& event, base::WallTime now);
  [[nodiscard]] std::size_t held() const { return held_; }

  // So many events more that happened at `time`.
  void count(model::WorkspaceNumber number, base::WallTime time, std::int64_t events);

  // Writes what was learned and counted; accounts that are new get a random Auth Token. REQUIRES: a transaction is
  // open.
  base::Result<void> write(base::Random& random);

 private:
  struct Home {
    std::string account_sid;    // with lower-case digits, both; empty for a held account
    std::string workspace_sid;  // …
    std::string workspace_text;
    std::string friendly_name;
    base::WallTime created;
    bool is_new = false;
    std::int64_t events = 0;
    base::WallTime first = base::kTimeMax;
    base::WallTime last = base::kTimeMin;
  };

  base::Result<std::int64_t> ensure_account(const Home& home, base::Random& random);
  base::Result<void> insert(model::WorkspaceNumber number, const Home& home, base::Random& random);

  sqlite::Connection& connection_;
  std::map<model::WorkspaceNumber, Home> homes_;
  std::size_t held_ = 0;
};

}  // namespace waybill::store
