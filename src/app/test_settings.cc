#include "app/test_settings.h"

#include <cstdint>
#include <utility>

#include "app/kill_point.h"
#include "app/setting_values.h"
#include "base/strings.h"

namespace waybill::app {
namespace {

using base::Result;

constexpr const char* kRemovalGrace = "WAYBILL_TEST_REMOVAL_GRACE";
constexpr const char* kSealRows = "WAYBILL_TEST_SEAL_ROWS";
constexpr const char* kKillAt = "WAYBILL_TEST_KILL_AT";
constexpr const char* kRejectsMax = "WAYBILL_TEST_REJECTS_MAX";
constexpr const char* kQuietTime = "WAYBILL_TEST_QUIET_TIME";

// Few rows in everything, so that a small test meets every border that a large store has.
Result<void> set_seal_rows(Settings& settings, const std::string& value) {
  constexpr std::int64_t kSealRowsMax = 1'000'000;
  constexpr std::uint32_t kSealsInASegment = 8;
  std::size_t rows = 0;
  TRY(set_number(rows, value, 1, kSealRowsMax));
  settings.store.seal_rows = static_cast<std::uint32_t>(rows);
  settings.store.tail_rows_max = settings.store.seal_rows * kSealsInASegment;
  settings.store.segment_rows_max = settings.store.seal_rows * kSealsInASegment;
  settings.store.block_bits = 6;
  return {};
}

Result<void> set_removal_grace(Settings& settings, const std::string& value) {
  return set_time(settings.store.removal_grace, value, 0);
}

Result<void> set_quiet_time(Settings& settings, const std::string& value) {
  return set_time(settings.store.quiet_time, value, 0);
}

Result<void> set_kill_at(Settings& settings, const std::string& value) {
  TRY_ASSIGN(settings.store.at_step, make_kill_point(value));
  return {};
}

Result<void> set_rejects_max(Settings& settings, const std::string& value) {
  std::size_t count = 0;
  TRY(set_number(count, value, 0, 1'000'000));
  settings.store.reject_limits.count = count;
  return {};
}

}  // namespace

const std::array<std::string, 5> kTestVariables = {kSealRows, kRemovalGrace, kKillAt, kQuietTime, kRejectsMax};

Result<void> apply_test_variables(Settings& settings, const Environment& environment) {
  using Apply = Result<void> (*)(Settings&, const std::string&);
  constexpr std::pair<const char*, Apply> kVariables[] = {{kSealRows, set_seal_rows},
                                                          {kRemovalGrace, set_removal_grace},
                                                          {kKillAt, set_kill_at},
                                                          {kQuietTime, set_quiet_time},
                                                          {kRejectsMax, set_rejects_max}};
  for (const auto& [name, apply] : kVariables) {
    const auto value = environment.find(name);
    if (!value) continue;
    const auto applied = apply(settings, *value);
    if (!applied) return applied.error().while_doing(std::string(name) + ": " + base::quoted_for_message(*value));
  }
  return {};
}

}  // namespace waybill::app
