#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/mutex.h"

namespace waybill::api {

struct GuessLimits {
  std::size_t free = 10;                        // different wrong credentials from one address before it has to wait
  std::chrono::milliseconds delay_max{60'000};  // the first wait is a second, each next one twice the last, up to this
  std::chrono::seconds forgotten{900};          // after the last guess
  std::size_t addresses_max = 10'000;           // that are remembered; the one that guessed longest ago makes room
};

// Makes guessing credentials slow: an address that has tried many different wrong ones must wait before it may try
// again. An address is whatever text tells clients apart. The same wrong ones over and over are no guess but a client
// that was not told of a change, and cost nothing, so that it does not shut out the others at its address. Safe for
// concurrent use.
class GuessWatch {
 public:
  explicit GuessWatch(const GuessLimits& limits) : limits_(limits) {}

  // Whether nobody has guessed yet, so that there is no need to ask for anybody.
  [[nodiscard]] bool is_quiet() const { return !has_records_.load(std::memory_order_relaxed); }

  // How long an address must still wait; nothing if it may try.
  [[nodiscard]] std::optional<std::chrono::seconds> wait_of(const std::string& address, base::SteadyTime now);

  // Credentials, as the request carried them, were wrong.
  void was_wrong(const std::string& address, std::string_view credentials, base::SteadyTime now);

  // Since the start: different wrong credentials, and attempts that were not even looked at.
  [[nodiscard]] std::uint64_t guesses() const { return guesses_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kRemembered = 8;
  struct Record {
    std::size_t guesses = 0;
    base::SteadyTime last;
    base::SteadyTime free_from;
    std::array<std::uint64_t, kRemembered> seen{};  // of digests of the last different ones, in a ring
    std::list<std::string>::iterator place;         // in oldest_first_
  };
  Record& record_of(const std::string& address, base::SteadyTime now) REQUIRES_LOCK(mutex_);

  const GuessLimits limits_;

  std::atomic<std::uint64_t> guesses_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
  std::atomic<bool> has_records_ = false;

  base::Mutex mutex_;

  std::map<std::string, Record> records_ GUARDED_BY(mutex_);
  std::list<std::string> oldest_first_ GUARDED_BY(mutex_);  // addresses by their last guess
};

}  // namespace waybill::api
