#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "base/result.h"
#include "model/term.h"
#include "store/event_store.h"
#include "store/rejects.h"

// What every store does with elements that are kept aside. Pure, but for the last.
namespace waybill::store {

// Texts about an element as they are kept: cut at kRejectTextMax, shown without control characters.
Reject tidied(Reject reject);
std::string tidied_text(const std::string& text);

// What an element takes of the room there is.
std::uint64_t room_of(const Reject& reject);

// The same for the same element again.
base::Sha256 digest_of(const Reject& reject);

// What elements take together.
struct RejectRoom {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

// kStorageFull, naming the limit, if what is kept then goes beyond it: all of it, or what of it came by POST. While
// is_within_share(), nobody has to know the latter.
base::Result<void> check_room(const RejectRoom& all, const RejectLimits& limits);
base::Result<void> check_room_of_posts(const RejectRoom& posts, const RejectLimits& limits);
bool is_within_share(const RejectRoom& all, const RejectLimits& limits);

// Counts what was kept, by road.
void count_roads(std::span<const Reject> rejects, decltype(RejectFigures::kept)& kept);

base::Error no_such_reject(std::uint64_t number);

// What is erased, as elements tell of it that have no workspace's number, and often no time.
struct RejectErasure {
  model::AccountNumber account{};
  model::WorkspaceSid workspace;
  std::optional<model::Term> subject;  // a task or a worker
  base::WallTime from;
};

// Whether an element may be of what is erased. In doubt it is: it is, unless it is of another account or workspace,
// came for the last time more than a day before the span begins, or names other tasks (workers), and not this one.
bool may_be_of(const Reject& reject, const RejectErasure& erasure);

// The numbers of those that may be.
base::Result<std::vector<std::uint64_t>> find_rejects(const Rejects& rejects, const RejectErasure& erasure);
// Drops them; how many there were.
base::Result<std::uint64_t> erase_rejects(Rejects& rejects, const RejectErasure& erasure);

}  // namespace waybill::store
