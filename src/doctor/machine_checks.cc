#include "doctor/machine_checks.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/time_text.h"

namespace waybill::doctor {
namespace {

using std::chrono::seconds;

constexpr const char* kClock = "clock";
constexpr const char* kFiles = "files";
constexpr const char* kMappings = "mappings";
constexpr const char* kMemory = "memory";

// A Date header has whole seconds, and the answer takes a while.
constexpr seconds kAgreement{3};
// Before this program was there.
constexpr base::WallTime kEarliest = std::chrono::sys_days(std::chrono::year(2025) / 1 / 1);

// What a server opens beside connections and sealed files: the database and its log, threads' loops, the relay.
constexpr std::uint64_t kOtherDescriptors = 256;
// Libraries, threads' stacks and large allocations are mappings too.
constexpr std::uint64_t kOtherMappings = 4096;

constexpr const char* kSetClock = "set the clock, and run a time service such as chrony or systemd-timesyncd";

}  // namespace

Finding check_clock(const ClockFacts& facts) {
  const std::string now = base::to_second_text(facts.now);
  if (facts.now < kEarliest) return mend(kClock, "it stands at " + now + ", which is long past", kSetClock);
  if (facts.newest_file && *facts.newest_file > facts.now + std::chrono::minutes(1)) {
    return mend(kClock,
                "it stands at " + now + ", before the newest file of the store (" +
                    base::to_second_text(*facts.newest_file) + ")",
                kSetClock);
  }
  if (facts.ahead && std::chrono::abs(*facts.ahead) > kAgreement) {
    return mend(kClock,
                fmt::format("it is {} s {} that of {}", std::chrono::abs(*facts.ahead).count(),
                            facts.ahead->count() > 0 ? "ahead of" : "behind", facts.other),
                kSetClock);
  }
  if (facts.keeping == ClockKeeping::kSynchronised) return fine(kClock, now + ", synchronised");
  if (facts.ahead) return fine(kClock, now + ", as at " + facts.other);
  if (facts.keeping == ClockKeeping::kUnknown)
    return note(kClock, now + "; whether it is kept right cannot be told here");
  if (facts.keeping == ClockKeeping::kElsewhere) {
    return note(kClock, now + ", not synchronised; no time service can run in this container",
                "run one on the machine outside, such as chrony or systemd-timesyncd");
  }
  return mend(kClock, now + ", but nothing keeps it right", "run a time service such as chrony or systemd-timesyncd");
}

Finding check_descriptors(const DescriptorFacts& facts) {
  // Merging opens what it writes before the old files are closed.
  const std::uint64_t needed = facts.connections_max + 2 * facts.files + kOtherDescriptors;
  const std::string text = fmt::format("{} may be open in {}; {} connections and {} sealed files need {}", facts.limit,
                                       facts.is_of_server ? "the running server" : "a process started here",
                                       facts.connections_max, facts.files, needed);
  if (facts.limit >= needed) return fine(kFiles, text);
  return mend(
      kFiles, text,
      fmt::format("raise the limit (LimitNOFILE= of the unit, ulimit -Hn) to {}, or lower connections-max", needed));
}

Finding check_mappings(std::optional<std::uint64_t> limit, std::uint64_t files) {
  if (!limit) return note(kMappings, "vm.max_map_count cannot be read here");
  const std::uint64_t needed = 2 * files + kOtherMappings;
  const std::string text = fmt::format("vm.max_map_count is {}; {} sealed files need {}", *limit, files, needed);
  if (*limit >= needed) return fine(kMappings, text);
  return mend(kMappings, text, fmt::format("sysctl -w vm.max_map_count={}, and set it in /etc/sysctl.d", 2 * needed));
}

Finding check_memory(const MemoryFacts& facts) {
  const std::uint64_t there = std::min(facts.machine_bytes, facts.group_bytes.value_or(facts.machine_bytes));
  if (there == 0) return note(kMemory, "how much there is cannot be told here");
  const std::uint64_t wanted =
      facts.cache_bytes + facts.queued_bytes_max + facts.bodies_bytes_max + facts.answers_bytes_max + facts.tail_bytes;
  const std::string text =
      fmt::format("{} {}; the settings let the server take {}", bytes_text(there),
                  facts.group_bytes && *facts.group_bytes <= facts.machine_bytes ? "for its control group" : "in all",
                  bytes_text(wanted));
  // The rest is for the system's cache, which holds the sealed files that are read.
  if (wanted <= there / 4 * 3) return fine(kMemory, text);
  return mend(
      kMemory, text,
      "lower bodies-bytes-max, answers-bytes-max, queued-bytes-max, unsealed-bytes-max or cache-bytes, or give it "
      "more memory");
}

}  // namespace waybill::doctor
