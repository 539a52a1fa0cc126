#pragma once

#include <cstddef>
#include <future>
#include <map>
#include <string>

#include "base/mutex.h"

namespace waybill::http {

// Whether a connection may be served.
enum class Entry {
  kOpen,
  kLate,              // came when the server was stopping; must be served, but to say so
  kTooMany,           // not counted: there are as many as there may be
  kTooManyOfNetwork,  // not counted: so many come from its network
};

// Counts the connections of a server, in all and by the networks they come from. Safe for concurrent use.
class ConnectionGate {
 public:
  struct Limits {
    std::size_t in_all = 0;
    std::size_t of_network = 0;
  };

  explicit ConnectionGate(const Limits& limits) : limits_(limits) {}

  // In force for those that come from now on.
  void set_limits(const Limits& limits);

  // An empty network is one that may have as many as it likes.
  Entry enter(const std::string& network);
  // For each that entered. REQUIRES: what enter() was given, and kOpen or kLate, what it said.
  void leave(const std::string& network, Entry entry);

  // Who comes from now on is late. Ready when all who were not late are gone. Once.
  std::future<void> begin_to_close();

  [[nodiscard]] std::size_t count() const;

 private:
  mutable base::Mutex mutex_;

  Limits limits_ GUARDED_BY(mutex_);
  std::map<std::string, std::size_t> by_network_ GUARDED_BY(mutex_);
  std::size_t open_ GUARDED_BY(mutex_) = 0;
  std::size_t late_ GUARDED_BY(mutex_) = 0;
  bool is_closing_ GUARDED_BY(mutex_) = false;
  std::promise<void> emptied_ GUARDED_BY(mutex_);
};

}  // namespace waybill::http
