#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"

namespace waybill::api {

struct RefusalLineLimits {
  std::size_t of_address = 10;  // lines in …
  std::chrono::seconds address_time{60};
  std::size_t of_all = 60;  // lines in …
  std::chrono::seconds all_time{3600};
  std::size_t addresses_max = 1'000;  // that are told apart; the one that was quiet longest makes room
};

// Which of the requests that anybody can send, and that are refused, have a line in the log: the first ones of an
// address in a minute, and of all addresses in an hour, so that they neither fill the disk nor push everything else out
// of the newest lines. Each costs the same however many addresses there were. Safe for concurrent use.
class RefusalLines {
 public:
  explicit RefusalLines(const RefusalLineLimits& limits = {}) : limits_(limits) {}

  struct Verdict {
    bool write = false;
    std::uint64_t left_out = 0;  // with `write`: requests without a line since the last one that had one
  };
  Verdict admit(const std::string& address, base::SteadyTime now);

 private:
  // How many lines there were since `began`.
  struct Window {
    base::SteadyTime began;
    std::size_t lines = 0;
  };
  struct Address {
    Window window;
    std::list<std::string>::iterator place;  // in quiet_longest_
  };
  static bool has_room(Window& window, std::size_t lines_max, std::chrono::seconds time, base::SteadyTime now);
  Address& address_of(const std::string& name, base::SteadyTime now) REQUIRES_LOCK(mutex_);

  const RefusalLineLimits limits_;

  base::Mutex mutex_;

  std::map<std::string, Address> addresses_ GUARDED_BY(mutex_);
  std::list<std::string> quiet_longest_ GUARDED_BY(mutex_);  // the first was quiet longest
  Window all_ GUARDED_BY(mutex_);
  std::uint64_t left_out_ GUARDED_BY(mutex_) = 0;
};

}  // namespace waybill::api
