#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "generator/calendar.h"

namespace waybill::generator {

// Who has something to do.
enum class Actor : std::uint8_t {
  kAdministrator,  // makes, changes and removes what there is
  kSupervisor,     // changes what a worker may do
  kTryout,         // sends the tasks of the tryout
  kDoor,           // lets in the customers' tasks
  kTask,
  kWorker,    // keeps to the shift
  kReturner,  // a worker who comes back after having missed or refused something
};

struct Entry {
  Moment at;
  std::uint64_t order;  // of two at one moment, the one that was noted first comes first
  Actor actor;
  std::uint32_t index;  // which one of them
};

// What comes next. A heap whose order is total, so that every standard library takes out the same.
class Agenda {
 public:
  void add(Moment at, Actor actor, std::uint32_t index) {
    entries_.push_back({at, next_order_++, actor, index});
    std::push_heap(entries_.begin(), entries_.end(), later);
  }

  // The earliest entry. REQUIRES: there is one.
  Entry take() {
    CHECK(!entries_.empty());
    std::pop_heap(entries_.begin(), entries_.end(), later);
    const Entry entry = entries_.back();
    entries_.pop_back();
    return entry;
  }

 private:
  static bool later(const Entry& a, const Entry& b) { return a.at != b.at ? a.at > b.at : a.order > b.order; }

  std::vector<Entry> entries_;
  std::uint64_t next_order_ = 0;
};

}  // namespace waybill::generator
