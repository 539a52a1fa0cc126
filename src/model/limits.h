#pragma once

#include <cstddef>
#include <cstdint>

namespace waybill::model {

// What one request may bring or take. Each limit is named in the error it causes.
struct Limits {
  std::size_t body_bytes_max = 16UL * 1024 * 1024;  // one request's body
  std::size_t batch_events_max = 10'000;            // events in one request
  std::size_t event_bytes_max = 256UL * 1024;       // one event's JSON, without insignificant white space
  std::size_t nesting_max = 32;                     // objects and arrays inside each other, the event itself included
};

// Page sizes of lists (documented by the Events API).
constexpr std::uint32_t kPageSizeDefault = 50;
constexpr std::uint32_t kPageSizeMax = 1000;

}  // namespace waybill::model
