#include "cli/flag_names.h"

#include <cstddef>
#include <string_view>
#include <utility>

namespace waybill::cli {
namespace {

// Names that are no words of English, wherever they stand.
constexpr std::pair<std::string_view, std::string_view> kNames[] = {{"AccountSid", "--account"},
                                                                    {"WorkspaceSid", "--workspace"},
                                                                    {"TaskSid", "--task"},
                                                                    {"WorkerSid", "--worker"},
                                                                    {" (--confirm, or Confirm=true)", " (--confirm)"}};

// How messages about the others begin.
constexpr std::pair<std::string_view, std::string_view> kBeginnings[] = {{"From and To:", "--from and --to:"},
                                                                         {"From:", "--from:"},
                                                                         {"To:", "--to:"},
                                                                         {"Receiver:", "--receiver:"},
                                                                         {"Retain:", "age:"},
                                                                         {"Road:", "--road:"},
                                                                         {"Number:", "NUMBER:"}};

}  // namespace

std::string with_flag_names(const std::string& message) {
  std::string out = message;
  for (const auto& [beginning, flags] : kBeginnings) {
    if (out.starts_with(beginning)) out.replace(0, beginning.size(), flags);
  }
  for (const auto& [name, flag] : kNames) {
    for (std::size_t at = out.find(name); at != std::string::npos; at = out.find(name, at + flag.size())) {
      out.replace(at, name.size(), flag);
    }
  }
  return out;
}

}  // namespace waybill::cli
