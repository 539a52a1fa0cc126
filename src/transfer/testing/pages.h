#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "transfer/event_file_reader.h"
#include "transfer/event_page.h"
#include "transfer/export_sink.h"

namespace waybill::transfer::testing {

// A folder that vanishes with this object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "waybill-test-XXXXXX").string();
    CHECK(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A list in memory, cut into pages: what a walk over a server or a store gives.
class ListInMemory {
 public:
  // Each event a line of its number, so many of them, `step` apart, so many on a page.
  ListInMemory(std::size_t events, std::chrono::milliseconds step, std::size_t page_events,
               Order order = Order::kOldestFirst)
      : page_events_(page_events) {
    constexpr std::int64_t kBegin = 1'772'438'400'000;  // 2026-03-02T08:00:00Z
    for (std::size_t i = 0; i < events; ++i) {
      const std::size_t number = order == Order::kOldestFirst ? i : events - 1 - i;
      times_.push_back(base::from_ms(kBegin) + step * static_cast<std::int64_t>(number));
    }
  }

  // The first page has an empty token, as a server's has, or not, as a directory's.
  bool first_token = false;

  // The pages from `token` on, into `sink`, at most so many; whether the walk came to its end.
  base::Result<bool> walk(const std::string& token, ExportSink& sink, std::size_t pages_max = SIZE_MAX) {
    std::size_t page = token.empty() ? 0 : std::stoul(token);
    for (std::size_t count = 0; page * page_events_ < times_.size(); ++page, ++count) {
      if (count == pages_max) return false;
      ++pages_read;
      TRY_ASSIGN(const bool goes_on, sink.append(make_page(page)));
      if (!goes_on) return true;
    }
    return true;
  }

  // All walks that `sink` asks for.
  base::Result<void> walk_all(ExportSink& sink) {
    for (;;) {
      TRY_ASSIGN(const auto token, sink.next_walk());
      if (!token) return sink.finish();
      TRY(walk(*token, sink));
    }
  }

  std::size_t pages_read = 0;

 private:
  [[nodiscard]] EventPage make_page(std::size_t number) const {
    EventPage page;
    for (std::size_t i = number * page_events_; i < std::min(times_.size(), (number + 1) * page_events_); ++i) {
      page.lines += "{\"event\":" + std::to_string(i) + "}\n";
      page.events.push_back({page.lines.size(), times_[i]});
    }
    page.token = number == 0 && !first_token ? "" : std::to_string(number);
    page.next_token = (number + 1) * page_events_ < times_.size() ? std::to_string(number + 1) : "";
    return page;
  }

  std::vector<base::WallTime> times_;
  const std::size_t page_events_;
};

inline std::string bytes_of_file(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

// The events of a file, whatever its form, a line each.
inline std::string events_of_file(const std::filesystem::path& path) {
  auto reader = EventFileReader::open(path.string());
  if (!reader) return reader.error().message();
  std::string out;
  for (;;) {
    const auto event = reader->next();
    if (!event) return event.error().message();
    if (!*event) return out;
    out.append(**event).append("\n");
  }
}

// The names in a folder, in order.
inline std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace waybill::transfer::testing
