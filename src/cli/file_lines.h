#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/terminal_line.h"

namespace waybill::cli {

// Tells a terminal on standard error which file is being read; nothing where that is none, such as a mail of cron's.
class FileLines {
 public:
  void show(const std::string& file, std::uint64_t events = 0, std::uint64_t events_total = 0) {
    if (!on_terminal_) return;
    if (file != file_) end();
    redraw({{}, {file, events_total == 0 ? "" : fmt::format("{} of {} events", events, events_total)}});
    file_ = file;
    events_ = events_total;
  }
  // The line of the last file stays, without how far it was.
  void end() {
    if (file_.empty()) return;
    redraw({{}, {file_, events_ == 0 ? "" : fmt::format("{} events", events_)}}, LineEnd::kEnded);
    file_.clear();
  }

 private:
  const bool on_terminal_ = isatty(STDERR_FILENO) != 0;
  std::string file_;
  std::uint64_t events_ = 0;  // of the file; 0 where that is not known
};

}  // namespace waybill::cli
