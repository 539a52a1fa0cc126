#pragma once

#include <cstddef>
#include <cstdint>

namespace waybill::model {

// What one request may bring or take. Each limit is named in the error it causes.
struct Limits {
  std::size_t batch_events_max = 10'000;       // events in one request
  std::size_t event_bytes_max = 256UL * 1024;  // one event's JSON, without insignificant white space
  std::size_t nesting_max = 32;                // objects and arrays inside each other, the event itself included
};

// Page sizes of lists (documented by the Events API).
constexpr std::uint32_t kPageSizeDefault = 50;
constexpr std::uint32_t kPageSizeMax = 1000;

// A page ends early, and says that there is more, where its events reach this many bytes.
constexpr std::size_t kPageBytesMax = 4UL * 1024 * 1024;

}  // namespace waybill::model
