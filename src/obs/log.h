#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::obs {

enum class LogForm {
  kText,  // for a person at a terminal
  kJson,  // one JSON object a line, for machines
};

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// One named value of a log line. Never a secret, never an event's content.
struct LogField {
  std::string_view name;
  std::string value;
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
