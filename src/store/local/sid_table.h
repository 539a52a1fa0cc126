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

// Where each event of the tail stands, by its identity. Safe for concurrent use.
class SidTable {
 public:
  // `key` should be hard to guess (EventIdHash).
  explicit SidTable(std::uint64_t key) : positions_(0, EventIdHash(key)) {}

  [[nodiscard]] std::optional<model::Position> find(const EventId& id) const {
    const base::MutexLock lock(mutex_);
    const auto at = positions_.find(id);
    return at == positions_.end() ? std::nullopt : std::optional(at->second);
  }

  void insert(std::span<const std::pair<EventId, model::Position>> entries) {
    const base::MutexLock lock(mutex_);
    for (const auto& [id, position] : entries) positions_.emplace(id, position);
  }

 private:
  mutable base::Mutex mutex_;
  EventIdMap<model::Position> positions_ GUARDED_BY(mutex_);
};

}  // namespace waybill::store
