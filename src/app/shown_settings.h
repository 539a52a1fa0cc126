#pragma once

#include <map>
#include <string>

namespace waybill::app {

// Settings that were given, by name, as anybody may see them: for a secret there is only that it was given, and of the
// URLs that callbacks are posted on to, whose paths may be secrets of their owners, the hosts alone.
std::map<std::string, std::string> shown_settings(const std::map<std::string, std::string>& given);

}  // namespace waybill::app
