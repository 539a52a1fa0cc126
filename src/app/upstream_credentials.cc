#include "app/upstream_credentials.h"

#include <map>
#include <string_view>
#include <utility>

#include "base/bounded_files.h"
#include "base/strings.h"

namespace waybill::app {
namespace {

using base::Result;

constexpr std::string_view kAccountSid = "TWILIO_ACCOUNT_SID";
constexpr std::string_view kAuthToken = "TWILIO_AUTH_TOKEN";
constexpr std::string_view kApiKey = "TWILIO_API_KEY";
constexpr std::string_view kApiSecret = "TWILIO_API_SECRET";

using Variables = std::map<std::string, std::string>;

// As a shell would read them: with quotes around a value, and `export` before the name, if somebody put them there.
Result<Variables> parse_variables(std::string_view text, const std::string& name) {
  constexpr std::string_view kExport = "export ";
  Variables variables;
  std::size_t number = 0;
  for (std::string_view line : base::split(text, '\n')) {
    ++number;
    line = base::trim(line);
    if (line.starts_with(kExport)) line = base::trim(line.substr(kExport.size()));
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return base::invalid_argument(name + ": line " + std::to_string(number) + ": must be NAME=value");
    }
    std::string_view value = base::trim(line.substr(equals + 1));
    const bool quoted = value.size() >= 2 && value.front() == value.back() && (value[0] == '"' || value[0] == '\'');
    if (quoted) value = value.substr(1, value.size() - 2);
    variables.emplace(base::trim(line.substr(0, equals)), value);
  }
  return variables;
}

std::string value_of(const Variables& variables, std::string_view name) {
  const auto at = variables.find(std::string(name));
  return std::string(at == variables.end() ? std::string_view() : base::trim(at->second));
}

}  // namespace

Result<UpstreamCredentials> read_upstream_credentials(const Environment& environment,
                                                      const std::filesystem::path& file) {
  Variables variables = environment.variables();
  if (!file.empty()) {
    TRY_ASSIGN(const std::string text, base::read_file_up_to(file, base::kSmallFileMax));
    TRY_ASSIGN(variables, parse_variables(text, file.string()));
  }
  for (const auto& [user_name, password_name] : {std::pair(kApiKey, kApiSecret), std::pair(kAccountSid, kAuthToken)}) {
    UpstreamCredentials credentials{value_of(variables, user_name), value_of(variables, password_name)};
    if (!credentials.user.empty() && !credentials.password.empty()) return credentials;
    if (credentials.user.empty() && credentials.password.empty()) continue;
    if (user_name == kAccountSid && credentials.password.empty()) continue;
    const std::string missing(credentials.user.empty() ? user_name : password_name);
    return base::invalid_argument(missing + " is missing" + (file.empty() ? "" : " in " + file.string()));
  }
  return base::invalid_argument(
      std::string("an upstream asks who you are: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and "
                  "TWILIO_API_SECRET, in ") +
      (file.empty()
           ? "the environment, or in the file given with --credentials-file (serve: --upstream-credentials-file)"
           : file.string()));
}

}  // namespace waybill::app
