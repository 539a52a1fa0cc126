#pragma once

#include <cstdint>

namespace waybill::segment {

// Different terms in one segment at most: a place in the table of terms has 24 bits for a term's number.
constexpr std::uint32_t kTermsMax = (1U << 24U) - 2;

// How much a segment holds, in everything that bounds one. Of segments that are merged, the sums are bounds for what
// comes out.
struct Measure {
  std::uint64_t rows = 0;
  std::uint64_t terms = 0;         // different ones
  std::uint64_t values = 0;        // different ones of 16 bytes
  std::uint64_t text_bytes = 0;    // of the other terms' values
  std::uint64_t record_bytes = 0;  // as they are stored

  // About how many bytes of memory a writer holds for it: keys, sids and lists of rows, the terms, and the tables in
  // which terms and values are found.
  [[nodiscard]] std::uint64_t index_bytes() const {
    constexpr std::uint64_t kRowBytes = 64;
    constexpr std::uint64_t kTermBytes = 160;
    constexpr std::uint64_t kValueBytes = 40;
    return rows * kRowBytes + terms * kTermBytes + values * kValueBytes + text_bytes * 2;
  }
};

inline Measure operator+(const Measure& a, const Measure& b) {
  return {a.rows + b.rows, a.terms + b.terms, a.values + b.values, a.text_bytes + b.text_bytes,
          a.record_bytes + b.record_bytes};
}

}  // namespace waybill::segment
