#include "transfer/day_split.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/files.h"

namespace waybill::transfer {

using base::Result;

Result<std::unique_ptr<DaySplit>> DaySplit::open(base::FileSystem& files, const std::filesystem::path& folder,
                                                 const ExportRequest& request, Begin begin) {
  TRY(base::make_private_folder(folder));
  Manifest manifest;
  auto found = read_manifest(folder);
  if (found && begin == Begin::kAnew) {
    return base::conflict((folder / kManifestFile).string() +
                          " is there already: go on with that export (--resume), or name another folder");
  }
  if (found) {
    const auto same = check_same_request(found->request, request);
    if (!same) return same.error().while_doing("going on with the export in " + folder.string());
    manifest = *std::move(found);
  } else if (found.error().code() != base::ErrorCode::kNotFound) {
    return std::move(found).error();
  }
  manifest.request = request;
  std::vector<Walk> walks = plan(folder, manifest);
  return std::unique_ptr<DaySplit>(new DaySplit(files, folder, std::move(manifest), std::move(walks)));
}

// Takes the days out of the manifest that are not there as it says, and gives the walks that bring them.
std::vector<DaySplit::Walk> DaySplit::plan(const std::filesystem::path& folder, Manifest& manifest) {
  const auto is_sound = [&](const DayFile& day) { return check_day_file(folder, day).has_value(); };
  std::vector<Walk> walks;
  std::vector<DayFile> sound;
  for (DayFile& day : manifest.days) {
    if (is_sound(day)) {
      sound.push_back(std::move(day));
    } else {
      walks.push_back({day.token, day.day});
    }
  }
  if (!manifest.complete) walks.push_back({manifest.next_token, std::nullopt});
  manifest.complete = false;
  // A walk from the list's beginning has a horizon of its own.
  const bool begins_anew = std::any_of(walks.begin(), walks.end(), [](const Walk& walk) { return walk.token.empty(); });
  manifest.days = begins_anew ? std::vector<DayFile>() : std::move(sound);
  if (begins_anew) walks = {{"", std::nullopt}};
  return walks;
}

DaySplit::DaySplit(base::FileSystem& files, std::filesystem::path folder, Manifest manifest, std::vector<Walk> walks)
    : files_(files),
      folder_(std::move(folder)),
      manifest_(std::move(manifest)),
      walks_(std::move(walks)),
      rows_(manifest_.request.form.columns),
      days_kept_(manifest_.days.size()) {}

Result<std::optional<std::string>> DaySplit::next_walk() {
  if (open_) TRY(close_day(manifest_.next_token));
  if (next_walk_ == walks_.size()) return std::optional<std::string>();
  return std::optional(walks_[next_walk_++].token);
}

Result<bool> DaySplit::append(const EventPage& page) {
  for (std::size_t i = 0; i < page.events.size(); ++i) {
    const base::WallTime time = page.events[i].time;
    const Day day = day_of(time);
    if (open_ && open_->entry.day != day) TRY(close_day(page.token));
    if (!open_) {
      switch (want(day)) {
        case Want::kSkip: continue;
        case Want::kStop: return false;
        case Want::kTake: TRY(open_day(day, page.token));
      }
    }
    TRY(open_->writer->append(page.line(i), time));
  }
  return true;
}

Result<void> DaySplit::finish() {
  manifest_.complete = true;
  manifest_.next_token.clear();
  return write_manifest(folder_, manifest_);
}

void DaySplit::give_up() {
  if (!open_) return;
  const std::filesystem::path part = part_of(open_->entry);
  open_.reset();
  static_cast<void>(files_.remove(part).has_value());
}

FileCounts DaySplit::counts() const {
  FileCounts all;
  for (const DayFile& day : manifest_.days) all.add(day.counts);
  if (open_) all.add(open_->writer->counts());
  return all;
}

// Whether `a` comes later in the list than `b`.
bool DaySplit::is_behind(Day a, Day b) const { return manifest_.request.order == Order::kOldestFirst ? a > b : a < b; }

DaySplit::Want DaySplit::want(Day day) const {
  const std::optional<Day>& only = walks_[next_walk_ - 1].only;
  if (only && is_behind(day, *only)) return Want::kStop;
  if (only) return day == *only ? Want::kTake : Want::kSkip;
  const bool is_there =
      std::any_of(manifest_.days.begin(), manifest_.days.end(), [day](const DayFile& kept) { return kept.day == day; });
  return is_there ? Want::kSkip : Want::kTake;
}

Result<void> DaySplit::open_day(Day day, const std::string& token) {
  OpenDay opened;
  opened.entry.day = day;
  opened.entry.file = to_text(day) + manifest_.request.form.ending();
  opened.entry.token = token;
  TRY(files_.remove(part_of(opened.entry)));
  TRY_ASSIGN(auto file, files_.create(part_of(opened.entry)));
  opened.writer = std::make_unique<EventFileWriter>(std::move(file), manifest_.request.form, rows_);
  open_ = std::move(opened);
  return {};
}

// The day has its file, and then the manifest has the day. `next_token` is for the page in which the next one begins.
Result<void> DaySplit::close_day(const std::string& next_token) {
  TRY(open_->writer->flush());
  DayFile& entry = open_->entry;
  entry.counts = open_->writer->counts();
  entry.sha256 = base::to_hex(open_->writer->finish_hash());
  TRY(files_.rename(part_of(entry), folder_ / entry.file));
  TRY(files_.sync_folder(folder_));
  const auto behind = std::find_if(manifest_.days.begin(), manifest_.days.end(),
                                   [&](const DayFile& day) { return is_behind(day.day, entry.day); });
  manifest_.days.insert(behind, std::move(entry));
  open_.reset();
  if (!walks_[next_walk_ - 1].only) manifest_.next_token = next_token;
  return write_manifest(folder_, manifest_);
}

}  // namespace waybill::transfer
