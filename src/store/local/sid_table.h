#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

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

struct EventIdHash {
  // The digits of most sids are random, but a client may choose them: both words and the workspace are mixed.
  std::size_t operator()(const EventId& id) const {
    std::uint64_t words[2];
    std::memcpy(words, id.sid.bytes().data(), sizeof words);
    const std::uint64_t mixed = (words[0] ^ static_cast<std::uint64_t>(id.workspace)) * 0x9e3779b97f4a7c15U;
    return (mixed ^ (mixed >> 32U) ^ words[1]) * 0xbf58476d1ce4e5b9U;
  }
};

template <class Value>
using EventIdMap = boost::unordered_flat_map<EventId, Value, EventIdHash>;

// Where each event of the tail stands, by its identity. Safe for concurrent use.
class SidTable {
 public:
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
