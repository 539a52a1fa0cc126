#include "obs/log.h"

#include <algorithm>

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/strings.h"

namespace waybill::obs {
namespace {

constexpr std::size_t kRecentLinesMax = 500;

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

}  // namespace

class Log::Impl {
 public:
  Impl(LogForm form, LogLevel level)
      : form_(form),
        recent_(std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(kRecentLinesMax)),
        logger_("waybill", {std::make_shared<spdlog::sinks::stderr_sink_mt>(), recent_}) {
    logger_.set_level(to_spdlog(level));
    logger_.flush_on(spdlog::level::debug);
    const char* const pattern =
        form == LogForm::kText ? "%Y-%m-%d %H:%M:%S.%e %-7l %v" : R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";
    logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>(
        pattern, form == LogForm::kText ? spdlog::pattern_time_type::local : spdlog::pattern_time_type::utc));
  }

  [[nodiscard]] std::vector<std::string> recent_lines() const {
    std::vector<std::string> lines = recent_->last_formatted();
    for (std::string& line : lines) {
      while (line.ends_with('\n')) line.pop_back();
    }
    return lines;
  }

  void set_level(LogLevel level) { logger_.set_level(to_spdlog(level)); }

  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
    std::string line;
    if (form_ == LogForm::kText) {
      append_escaped(line, message);
      for (const LogField& field : fields) {
        line += fmt::format("  {}=", field.name);
        append_escaped(line, field.value);
      }
    } else {
      append_json_member(line, "message", message);
      for (const LogField& field : fields) append_json_member(line, field.name, field.value);
      line.erase(0, 1);  // the first comma
    }
    logger_.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
  }

 private:
  const LogForm form_;
  const std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> recent_;
  spdlog::logger logger_;
};

Log::Log(LogForm form, LogLevel level) : impl_(std::make_unique<Impl>(form, level)) {}
Log::~Log() = default;

std::vector<std::string> Log::recent_lines() const { return impl_->recent_lines(); }

void Log::set_level(LogLevel level) { impl_->set_level(level); }

void Log::write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) const {
  impl_->write(level, message, fields);
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
