#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/mutex.h"
#include "model/position.h"
#include "model/sid.h"
#include "model/workspace.h"

namespace waybill::store {

// An event's identity: its sid within its workspace.
struct EventId {
  model::WorkspaceNumber workspace{};
  model::EventSid sid;
  friend bool operator==(const EventId&, const EventId&) = default;
};

// Keyed: whoever writes events chooses their sids, and must not be able to choose ones that collide.
class EventIdHash {
 public:
  using is_avalanching = void;  // tells the table that every bit of the hash is good
  explicit EventIdHash(std::uint64_t key) : key_(key) {}

  std::size_t operator()(const EventId& id) const {
    return base::hash64(base::as_text(id.sid.bytes()), key_ ^ static_cast<std::uint64_t>(id.workspace));
  }

 private:
  std::uint64_t key_;
};

template <class Value>
using EventIdMap = boost::unordered_flat_map<EventId, Value, EventIdHash>;

// The key of each event of the tail, by its identity. Safe for concurrent use.
class SidTable {
 public:
  // `key` should be hard to guess (EventIdHash).
  explicit SidTable(std::uint64_t key) : keys_(0, EventIdHash(key)) {}

  [[nodiscard]] std::optional<model::SortKey> find(const EventId& id) const {
    const base::MutexLock lock(mutex_);
    const auto at = keys_.find(id);
    return at == keys_.end() ? std::nullopt : std::optional(at->second);
  }

  void insert(std::span<const std::pair<EventId, model::SortKey>> entries) {
    const base::MutexLock lock(mutex_);
    // A sid may come again when the event that had it has expired.
    for (const auto& [id, key] : entries) keys_.insert_or_assign(id, key);
  }

  // Forgets those of `ids` whose event stands at or below `through`: a sid may have come again behind it.
  void erase(std::span<const EventId> ids, model::Position through) {
    const base::MutexLock lock(mutex_);
    for (const EventId& id : ids) {
      const auto at = keys_.find(id);
      if (at != keys_.end() && at->second.position <= through) keys_.erase(at);
    }
  }

  // Forgets all events up to a position.
  void erase_through(model::Position position) {
    const base::MutexLock lock(mutex_);
    boost::unordered::erase_if(keys_, [&](const auto& entry) { return entry.second.position <= position; });
  }

 private:
  mutable base::Mutex mutex_;
  EventIdMap<model::SortKey> keys_ GUARDED_BY(mutex_);
};

}  // namespace waybill::store
