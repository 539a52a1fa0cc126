#include "obs/log.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <utility>

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/mutex.h"
#include "base/strings.h"
#include "base/thread.h"

namespace waybill::obs {
namespace {

constexpr std::size_t kRecentLinesMax = 500;
// How long frequent lines may wait.
constexpr std::chrono::milliseconds kFrequentPause{200};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::info;
}

// For a line of JSON and for a terminal alike: what could end the line, steer the terminal or is not UTF-8 is spelt
// out.
void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = base::shown_length(text);
    if (text.front() == '"' || text.front() == '\\') out += '\\';
    if (length > 0) {
      out += text.substr(0, length);
    } else {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(text.front()));
    }
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
}

void append_json_member(std::string& out, std::string_view name, std::string_view value) {
  out += ",\"";
  append_escaped(out, name);
  out += "\":\"";
  append_escaped(out, value);
  out += '"';
}

void append_json_member(std::string& out, const LogField& field) {
  if (!field.value.is_number()) return append_json_member(out, field.name, field.value.text());
  out += ",\"";
  append_escaped(out, field.name);
  out += "\":" + field.value.text();
}

// Where frequent lines wait until they are written.
class WaitingLines final : public spdlog::sinks::sink {
 public:
  void log(const spdlog::details::log_msg& message) override {
    const base::MutexLock lock(mutex_);
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (lines_.size() + line.size() > Log::kFrequentBytesMax) {
      ++dropped_;
    } else {
      lines_.append(line.data(), line.size());
    }
  }

  void flush() override {}
  void set_pattern(const std::string& pattern) override {
    set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern));
  }
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override {
    const base::MutexLock lock(mutex_);
    formatter_ = std::move(formatter);
  }

  // What waits, and how many lines found no room since the last time.
  std::pair<std::string, std::uint64_t> take() {
    const base::MutexLock lock(mutex_);
    return {std::exchange(lines_, {}), std::exchange(dropped_, 0)};
  }

 private:
  base::Mutex mutex_;

  std::unique_ptr<spdlog::formatter> formatter_ GUARDED_BY(mutex_);
  std::string lines_ GUARDED_BY(mutex_);
  std::uint64_t dropped_ GUARDED_BY(mutex_) = 0;
};

}  // namespace

LogValue::LogValue(double number) : text_(fmt::format("{:.3f}", number)), is_number_(std::isfinite(number)) {}

class Log::Impl {
 public:
  Impl(LogForm form, LogLevel level)
      : form_(form),
        recent_(std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(kRecentLinesMax)),
        waiting_(std::make_shared<WaitingLines>()),
        logger_("waybill", {std::make_shared<spdlog::sinks::stderr_sink_mt>(), recent_}),
        frequent_logger_("waybill", waiting_) {
    const char* const pattern = form == LogForm::kText ? "%Y-%m-%d %H:%M:%S.%e%z %-7l %v"
                                                       : R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";
    for (spdlog::logger* const logger : {&logger_, &frequent_logger_}) {
      logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(
          pattern, form == LogForm::kText ? spdlog::pattern_time_type::local : spdlog::pattern_time_type::utc));
    }
    set_level(level);
    logger_.flush_on(spdlog::level::debug);
  }

  ~Impl() {
    {
      const base::MutexLock lock(mutex_);
      is_ending_ = true;
    }
    ending_.notify_all();
    writer_.join();
    write_waiting();
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[nodiscard]] std::vector<std::string> recent_lines() const {
    std::vector<std::string> lines = recent_->last_formatted();
    for (std::string& line : lines) {
      while (line.ends_with('\n')) line.pop_back();
    }
    return lines;
  }

  void set_level(LogLevel level) {
    logger_.set_level(to_spdlog(level));
    frequent_logger_.set_level(to_spdlog(level));
  }

  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
    if (!logger_.should_log(to_spdlog(level))) return;
    const std::string line = line_of(message, fields);
    logger_.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
  }

  void write_later(std::string_view message, std::initializer_list<LogField> fields) {
    if (!frequent_logger_.should_log(spdlog::level::info)) return;
    const std::string line = line_of(message, fields);
    frequent_logger_.info(spdlog::string_view_t(line.data(), line.size()));
    start_writer();
  }

 private:
  [[nodiscard]] std::string line_of(std::string_view message, std::initializer_list<LogField> fields) const {
    std::string line;
    if (form_ == LogForm::kText) {
      append_escaped(line, message);
      for (const LogField& field : fields) {
        line += fmt::format("  {}=", field.name);
        append_escaped(line, field.value.text());
      }
    } else {
      append_json_member(line, "message", message);
      for (const LogField& field : fields) append_json_member(line, field);
      line.erase(0, 1);  // the first comma
    }
    return line;
  }

  // Only who writes such lines has the thread.
  void start_writer() {
    if (has_writer_.load(std::memory_order_relaxed)) return;
    const base::MutexLock lock(mutex_);
    if (has_writer_.exchange(true)) return;
    writer_ = base::Thread("log", [this] { write_until_end(); });
  }

  void write_until_end() {
    for (;;) {
      {
        const base::MutexLock lock(mutex_);
        if (!is_ending_) ending_.wait_for(mutex_, kFrequentPause);
        if (is_ending_) return;
      }
      write_waiting();
    }
  }

  void write_waiting() {
    const auto [lines, dropped] = waiting_->take();
    std::fwrite(lines.data(), 1, lines.size(), stderr);
    if (dropped == 0) return;
    write(LogLevel::kWarning, "more lines came than could be written, and were dropped", {{"lines", dropped}});
  }

  const LogForm form_;
  const std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> recent_;
  const std::shared_ptr<WaitingLines> waiting_;
  spdlog::logger logger_;
  spdlog::logger frequent_logger_;
  std::atomic<bool> has_writer_ = false;

  base::Mutex mutex_;
  base::Condition ending_;

  bool is_ending_ GUARDED_BY(mutex_) = false;

  base::Thread writer_;
};

Log::Log(LogForm form, LogLevel level) : impl_(std::make_unique<Impl>(form, level)) {}
Log::~Log() = default;

std::vector<std::string> Log::recent_lines() const { return impl_->recent_lines(); }

void Log::set_level(LogLevel level) { impl_->set_level(level); }

void Log::write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) const {
  impl_->write(level, message, fields);
}

void Log::frequent(std::string_view message, std::initializer_list<LogField> fields) const {
  impl_->write_later(message, fields);
}

void Log::debug(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::kDebug, message, fields);
}
void Log::info(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::kInfo, message, fields);
}
void Log::warning(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::kWarning, message, fields);
}
void Log::error(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::kError, message, fields);
}

}  // namespace waybill::obs
