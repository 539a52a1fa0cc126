#pragma once

#include <cstdint>

#include "base/clock.h"
#include "store/event_store.h"

namespace waybill::cli {

inline constexpr double kMegabyte = 1e6;

// Shows how far an import is: a line that renews itself on a terminal, and a summary at the end. Not for concurrent
// use.
class Progress {
 public:
  // `bytes_total` is of the files; 0: not known, so no time of arrival is shown. `clock` must outlive it.
  Progress(const base::Clock& clock, std::uint64_t bytes_total, bool on_terminal);

  // How much of the present file has been read: of its text, and of the file itself, which may be compressed.
  void read(std::uint64_t text_bytes, std::uint64_t file_bytes);
  // An event was read.
  void event_read() { any_read_ = true; }
  // The next file begins.
  void file_done();
  void outcome(const store::UnitOutcome& outcome);
  // Prints the summary to standard error, unless no event was read.
  void summary();

 private:
  void draw(bool last);
  [[nodiscard]] double seconds() const;
  [[nodiscard]] double text_bytes() const { return static_cast<double>(earlier_.text + present_.text); }

  const base::Clock& clock_;
  const std::uint64_t bytes_total_;
  const bool on_terminal_;
  const base::SteadyTime begun_;
  base::SteadyTime drawn_;
  struct Bytes {
    std::uint64_t text = 0;
    std::uint64_t file = 0;
  };
  Bytes earlier_;  // of files that are done
  Bytes present_;
  bool any_read_ = false;
  std::uint64_t accepted_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t variants_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace waybill::cli
