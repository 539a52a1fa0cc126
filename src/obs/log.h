#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::obs {

enum class LogForm {
  kText,  // for a person at a terminal
  kJson,  // one JSON object a line, for machines
};

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// What a log line says of a name: a text, or a number, which stands in JSON without quotes. Value type.
class LogValue {
 public:
  LogValue(std::string text) : text_(std::move(text)) {}  // NOLINT(google-explicit-constructor)
  LogValue(std::string_view text) : text_(text) {}        // NOLINT(google-explicit-constructor)
  LogValue(const char* text) : text_(text) {}             // NOLINT(google-explicit-constructor)
  template <std::integral Number>
  LogValue(Number number)  // NOLINT(google-explicit-constructor)
      : text_(std::to_string(number)), is_number_(true) {}
  // With three digits behind the point; what is no finite number is a text.
  LogValue(double number);  // NOLINT(google-explicit-constructor)

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool is_number() const { return is_number_; }

 private:
  std::string text_;
  bool is_number_ = false;
};

// One named value of a log line. Never a secret, never an event's content.
struct LogField {
  std::string_view name;
  LogValue value;
};

// Writes structured lines to standard error. Safe for concurrent use.
//
// Usual lines are there when the call returns. Frequent ones cost their caller no system call: a thread of the log
// writes them several times a second, and at the log's end. At most kFrequentBytesMax of them wait; those that find no
// room are dropped, and a line says how many.
class Log {
 public:
  Log(LogForm form, LogLevel level);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();

  // The newest lines that were written, oldest first, as they were written, without frequent() ones; some hundred at
  // most.
  [[nodiscard]] std::vector<std::string> recent_lines() const;

  // From now on, lines below `level` are left out.
  void set_level(LogLevel level);

  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void warning(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  // At level kInfo.
  void frequent(std::string_view message, std::initializer_list<LogField> fields) const;

  static constexpr std::size_t kFrequentBytesMax = 1024UL * 1024;

 private:
  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) const;

  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::obs
