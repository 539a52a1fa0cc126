// The part of upkeep that finishes what was interrupted, and sees to files that are damaged.
#include <algorithm>
#include <chrono>
#include <utility>

#include "store/local/sid_rescue.h"
#include "store/local/upkeep.h"

namespace waybill::store {

using base::MutexLock;

namespace {

// What is damaged is read again this often.
constexpr std::chrono::seconds kRecheckPause{60};

}  // namespace

base::Result<bool> Upkeep::finish_install() {
  std::function<base::Result<void>()> unfinished;
  {
    const MutexLock lock(state_.writer);
    unfinished = state_.unfinished;
  }
  if (!unfinished) return false;
  TRY(unfinished());
  const MutexLock lock(state_.writer);
  state_.unfinished = nullptr;
  state_.tail_sids.erase_through(state_.sealed_through);
  trimming_ = true;
  return true;
}

// What could not be read once may be readable by now. Where the mapping has failed, a new one shows it.
base::Result<bool> Upkeep::recheck_damage() {
  const base::SteadyTime steady_now = state_.parts.clock.steady_now();
  if (state_.options.background && steady_now < next_recheck_) return false;
  const auto archive = state_.view().archive;
  const auto look = [&](const auto& file) REQUIRES_LOCK(step_mutex_) -> base::Result<bool> {
    if (!file->damage()) return false;
    next_recheck_ = steady_now + kRecheckPause;
    TRY_ASSIGN(const bool is_right, file->look_again());
    if (!is_right || (file->damage() && !file->has_fault())) return false;
    state_.parts.log.info("a damaged file can be read again", {{"file", file->path().filename().string()}});
    return true;
  };
  for (const auto& file : archive->sid_files()) TRY(look(file));
  Segments opened;
  std::vector<std::uint64_t> numbers;
  for (const auto& segment : archive->segments()) {
    TRY_ASSIGN(const bool is_readable, look(segment));
    if (!is_readable || !segment->has_fault()) continue;
    auto again = segment::Segment::open(segment->path(), state_.facts.store_id, &state_.parts.files);
    if (!again) continue;
    opened.push_back(*std::move(again));
    numbers.push_back(segment->number());
  }
  if (opened.empty()) return false;
  const MutexLock lock(state_.writer);
  state_.publish_archive(state_.view().archive->changed(opened, {}, numbers));
  return true;
}

base::Result<bool> Upkeep::mend_sids() {
  const auto archive = state_.view().archive;
  for (const auto& file : archive->sid_files()) {
    if (!file->damage() || unmendable_.contains(file->number())) continue;
    TRY_ASSIGN(const bool is_mended, mend(*file, archive->segments()));
    if (is_mended) return true;
    unmendable_.insert(file->number());
    state_.parts.log.error(
        "a damaged sid file cannot be made anew, since sids of segments cannot be read either; "
        "stop the server and run `waybill repair`",
        {{"file", file->path().filename().string()}});
  }
  return false;
}

// Writes what can be read of a sid file, and what the segments know of the rest, as new ones; false if those do not
// know all of it.
base::Result<bool> Upkeep::mend(const segment::SidFile& damaged, const Segments& segments) {
  NewFiles files(state_);
  std::vector<segment::SidEntry> entries;
  std::uint64_t seen = 0;
  const auto flush = [&]() -> base::Result<void> {
    std::sort(entries.begin(), entries.end());
    entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
    TRY(files.write_sids(entries));
    entries.clear();
    return {};
  };
  const auto look_around = [&]() REQUIRES_LOCK(step_mutex_) -> base::Result<void> { return yield_at(++seen); };
  const auto add = [&](const segment::SidEntry& entry) REQUIRES_LOCK(step_mutex_) -> base::Result<void> {
    TRY(look_around());
    entries.push_back(entry);
    return entries.size() < SidRescue::kEntriesMax ? base::Result<void>() : flush();
  };
  // Where the mapping has failed, a new one may show more.
  const auto opened = segment::SidFile::open(damaged.path(), state_.facts.store_id, &state_.parts.files);
  if (!opened && opened.error().code() != base::ErrorCode::kCorruption) return opened.error();
  state_.at_step("mend_sids.begin");
  std::vector<segment::HashRange> ranges(1);
  if (opened) {
    TRY_ASSIGN(ranges, (*opened)->unreadable());
    TRY((*opened)->for_each_readable(add));
  }
  TRY_ASSIGN(const bool is_whole, collect_sids(segments, state_.facts.sid_key, ranges, add, look_around));
  if (!is_whole) return false;
  if (!entries.empty()) TRY(flush());
  NewFiles::Installation installation;
  installation.replaced = {damaged.number()};
  if (!ranges.empty()) {
    // From before the new files are seen: sids of what was erased may be in none any more.
    const MutexLock lock(state_.writer);
    state_.has_forgotten_sids = true;
    installation.also = [](sqlite::Connection& connection) { return note_forgotten_sids(connection); };
  }
  TRY(files.install(installation));
  state_.parts.log.info("damaged sid file rebuilt", {{"file", damaged.path().filename().string()}});
  TRY(remove_listed());
  return true;
}

}  // namespace waybill::store
