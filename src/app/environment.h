#pragma once

#include <map>
#include <optional>
#include <string>

namespace waybill::app {

// The process's environment, read once at the start; nobody else calls getenv. Value type.
class Environment {
 public:
  explicit Environment(std::map<std::string, std::string> variables) : variables_(std::move(variables)) {}

  // What the process was started with.
  static Environment of_process();

  // The value of a variable; nothing if it is unset or empty.
  [[nodiscard]] std::optional<std::string> find(const std::string& name) const;

  // The same without the white space around it, which a secret often has that came out of a file.
  [[nodiscard]] std::optional<std::string> find_trimmed(const std::string& name) const;

  [[nodiscard]] const std::map<std::string, std::string>& variables() const { return variables_; }

 private:
  std::map<std::string, std::string> variables_;
};

}  // namespace waybill::app
