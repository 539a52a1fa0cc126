#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

namespace waybill::cli {

// Tells a terminal on standard error which file is being read; nothing where that is none, such as a mail of cron's.
class FileLines {
 public:
  void show(const std::string& file, std::uint64_t events = 0, std::uint64_t events_total = 0) {
    if (!on_terminal_) return;
    const bool is_new = file != file_;
    const std::string share = events_total == 0 ? "" : fmt::format("  {} of {} events", events, events_total);
    std::fputs(((is_new && !file_.empty() ? "\n" : "") + std::string("\r\x1b[K") + file + share).c_str(), stderr);
    file_ = file;
  }
  void end() {
    if (on_terminal_ && !file_.empty()) std::fputs("\n", stderr);
    file_.clear();
  }

 private:
  const bool on_terminal_ = isatty(STDERR_FILENO) != 0;
  std::string file_;
};

}  // namespace waybill::cli
