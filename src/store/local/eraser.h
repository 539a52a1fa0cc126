#pragma once

#include <atomic>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "sqlite/connection.h"
#include "store/event_store.h"
#include "store/local/local_state.h"

namespace waybill::store {

// Notes erasures: from then on nothing shows what they name, and nothing of it is let in. The bytes are upkeep's
// business, and no step of upkeep is waited for. Appends go on: the writer's lock is held for kErasedAtOnce sids at a
// time, whatever the erasure takes. Safe for concurrent use, one erasure at a time.
class Eraser {
 public:
  // `state` must outlive this object.
  explicit Eraser(LocalState& state) : state_(state) {}
  Eraser(const Eraser&) = delete;
  Eraser& operator=(const Eraser&) = delete;

  // EventUpkeep::erase. What it wrote before it failed is taken back then, or by tidy().
  base::Result<Erasure> erase(const ErasureRequest& request);

  // There are digests of an erasure that an earlier process did not finish.
  void note_left_over() { has_left_over_ = true; }
  // Takes back what an erasure wrote that was not finished; whether there was anything. While there is, no erasure is
  // begun, which would get the same number. kStorageFull, and other errors as erase().
  base::Result<bool> tidy();

  // Deletes the variants of a workspace's erased events, which a crash may have left.
  base::Result<void> delete_variants(model::WorkspaceNumber workspace);

 private:
  base::Result<void> find_and_commit(RecordedErasure& erasure) REQUIRES_LOCK(mutex_);
  base::Result<bool> commit_if_near(const View& searched, base::WallTime mark, bool is_last, RecordedErasure& erasure);
  base::Result<void> commit(const RecordedErasure& erasure, const std::vector<model::EventSid>& late)
      REQUIRES_LOCK(state_.writer);
  base::Result<void> count(const View& view, RecordedErasure& erasure);
  base::Result<void> note_sids(const View& view, model::Position above, RecordedErasure& erasure);
  template <class Write>
  auto write_some(const Write& write) -> std::invoke_result_t<Write, sqlite::Connection&>;
  base::Result<void> write_sids(const RecordedErasure& erasure, const std::vector<model::EventSid>& sids);
  base::Result<void> take_back() REQUIRES_LOCK(mutex_);

  LocalState& state_;

  base::Mutex mutex_;  // held for a whole erasure

  std::atomic<bool> has_left_over_ = false;  // digests of an erasure that is not committed, and that nobody works on
};

// Sids that are written, looked for or deleted under one hold of the writer's lock.
constexpr std::size_t kErasedAtOnce = 512;

}  // namespace waybill::store
