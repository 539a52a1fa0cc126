// Trains a dictionary for records on events that it reads from standard input, as NDJSON of `waybill generate`, and
// writes it to standard output. The same events give the same dictionary. src/codec/dictionaries/README.md says how the
// ones that are there were made.

#define ZDICT_STATIC_LINKING_ONLY
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <zdict.h>

#include "base/result.h"
#include "codec/event_builder.h"
#include "codec/event_members.h"
#include "codec/event_template.h"
#include "codec/json_scan.h"

namespace waybill {
namespace {

constexpr std::size_t kDictionaryBytes = 64UL * 1024;
constexpr std::size_t kNestingMax = 32;
constexpr std::string_view kAccount = "AC00000000000000000000000000000000";

base::Result<std::string> template_of(codec::JsonChecker& checker, std::string_view line) {
  TRY_ASSIGN(const std::string workspace, codec::peek_workspace_sid(checker, line));
  TRY_ASSIGN(const codec::CheckedJson json, checker.check(line, kNestingMax));
  TRY_ASSIGN(const codec::EventMembers members, codec::locate_members(json));
  const codec::Arrival arrival{std::string(kAccount), workspace, nullptr};
  TRY_ASSIGN(const codec::ShownEvent event, codec::EventBuilder(members, arrival).show());
  std::string text;
  std::string values;
  codec::make_template(event, text, values);
  return text;
}

// Chosen among the trainer's parameters by what they gave with other seeds.
ZDICT_fastCover_params_t parameters() {
  ZDICT_fastCover_params_t out{};
  out.k = 1000;
  out.d = 8;
  out.f = 20;
  out.accel = 1;
  out.splitPoint = 1.0;
  out.zParams.compressionLevel = 6;
  return out;
}

int run() {
  codec::JsonChecker checker;
  std::string samples;
  std::vector<std::size_t> lengths;
  for (std::string line; std::getline(std::cin, line);) {
    const auto text = template_of(checker, line);
    if (!text) {
      std::cerr << "event " << lengths.size() << ": " << text.error().message() << "\n";
      return 1;
    }
    samples += *text;
    lengths.push_back(text->size());
  }
  std::string out(kDictionaryBytes, '\0');
  const std::size_t length = ZDICT_trainFromBuffer_fastCover(out.data(), out.size(), samples.data(), lengths.data(),
                                                             static_cast<unsigned>(lengths.size()), parameters());
  if (ZDICT_isError(length) != 0) {
    std::cerr << "no dictionary: " << ZDICT_getErrorName(length) << "\n";
    return 1;
  }
  return std::fwrite(out.data(), 1, length, stdout) == length ? 0 : 1;
}

}  // namespace
}  // namespace waybill

int main() { return waybill::run(); }
