#include "segment/repair_plan.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace waybill::segment {
namespace {

// What a file's number stands for: the numbers of the first files whose events it holds, as far back as the folder
// tells. So a merged file covers its inputs, and theirs.
using Origins = std::set<std::uint64_t>;

struct File {
  std::uint64_t number = 0;
  const std::vector<std::uint64_t>* replaces = nullptr;
  bool is_whole = true;
  Origins origins;
};

bool covers(const Origins& larger, const Origins& smaller) {
  return std::includes(larger.begin(), larger.end(), smaller.begin(), smaller.end());
}

bool share_any(const Origins& a, const Origins& b) {
  return std::any_of(a.begin(), a.end(), [&](std::uint64_t number) { return b.contains(number); });
}

std::string named(std::uint64_t number) { return "file " + std::to_string(number); }

// Decides by numbers alone, for files of one kind.
class Succession {
 public:
  explicit Succession(std::vector<File> files) : files_(std::move(files)), decisions_(files_.size()) {}

  void decide_all() {
    refuse_what_cannot_be();
    find_origins();
    retire_what_is_covered();
    refuse_halves();
    judge_damaged();
  }

  [[nodiscard]] bool is_live(std::size_t file) const { return decisions_[file].fate == FileFate::kLive; }
  void decide(std::size_t file, FileFate fate, std::string reason) { decisions_[file] = {fate, std::move(reason)}; }

  // Nothing may be removed that only files in conflict hold too.
  std::vector<FileDecision> finish() {
    const Origins live = live_origins();
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (decisions_[i].fate != FileFate::kObsolete || covers(live, files_[i].origins)) continue;
      decide(i, FileFate::kConflict, decisions_[i].reason + ", but those conflict");
    }
    return std::move(decisions_);
  }

 private:
  // What the whole live files hold.
  [[nodiscard]] Origins live_origins() const {
    Origins out;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (is_live(i) && files_[i].is_whole) out.insert(files_[i].origins.begin(), files_[i].origins.end());
    }
    return out;
  }

  // Numbers are never used twice, and rise: a file replaces older ones only.
  void refuse_what_cannot_be() {
    std::map<std::uint64_t, std::size_t> times;
    for (const File& file : files_) ++times[file.number];
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const File& file = files_[i];
      const auto newer = std::find_if(file.replaces->begin(), file.replaces->end(),
                                      [&](std::uint64_t number) { return number >= file.number; });
      if (newer != file.replaces->end()) {
        decide(i, FileFate::kConflict, "it says that it replaces " + named(*newer) + ", which is no older one");
      }
      if (times[file.number] > 1) {
        decide(i, FileFate::kConflict, "another file has the same number, " + std::to_string(file.number));
      }
    }
  }

  // From the oldest to the newest, so that those of what a file replaces are known before its own.
  void find_origins() {
    std::map<std::uint64_t, std::size_t> by_number;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (is_live(i)) by_number[files_[i].number] = i;
    }
    for (const auto& [number, i] : by_number) {
      File& file = files_[i];
      if (file.replaces->empty()) file.origins = {number};
      for (const std::uint64_t replaced : *file.replaces) {
        const auto there = by_number.find(replaced);
        if (there == by_number.end()) {
          file.origins.insert(replaced);
        } else {
          const Origins& more = files_[there->second].origins;
          file.origins.insert(more.begin(), more.end());
        }
      }
    }
  }

  // Only a newer file can have taken over what an older one holds: an older one with more is left of a merge that never
  // counted, and may still have what was erased since.
  void retire_what_is_covered() {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (!is_live(i)) continue;
      const auto newer = std::find_if(files_.begin(), files_.end(), [&](const File& other) {
        return other.is_whole && other.number > files_[i].number && covers(other.origins, files_[i].origins);
      });
      if (newer != files_.end()) decide(i, FileFate::kObsolete, "what it holds is in " + named(newer->number));
    }
  }

  void refuse_halves() {
    std::vector<std::size_t> live;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (is_live(i) && files_[i].is_whole) live.push_back(i);
    }
    for (const std::size_t a : live) {
      for (const std::size_t b : live) {
        if (a == b || !share_any(files_[a].origins, files_[b].origins)) continue;
        decide(a, FileFate::kConflict, "it holds events that " + named(files_[b].number) + " holds too");
      }
    }
  }

  void judge_damaged() {
    const Origins whole = live_origins();
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (!is_live(i) || files_[i].is_whole) continue;
      const Origins& origins = files_[i].origins;
      const auto missing =
          std::find_if(origins.begin(), origins.end(), [&](std::uint64_t number) { return !whole.contains(number); });
      if (missing == origins.end()) {
        decide(i, FileFate::kObsolete, "it is damaged, and whole files hold what it held");
      } else if (*missing == files_[i].number) {
        decide(i, FileFate::kConflict, "it is damaged, and no other file holds its events");
      } else {
        decide(i, FileFate::kConflict, "it is damaged, and no whole file holds the events of " + named(*missing));
      }
    }
  }

  std::vector<File> files_;
  std::vector<FileDecision> decisions_;
};

template <class Found>
Succession decided_by_numbers(std::span<const Found> found) {
  std::vector<File> files;
  for (const Found& file : found) files.push_back({file.number, &file.replaces, file.is_whole, {}});
  Succession succession(std::move(files));
  succession.decide_all();
  return succession;
}

// Segments within a span of positions that have more rows than it has positions.
struct Crowd {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

// The crowds that hold no smaller one. A position is one event's, so events stand twice in a crowd: numbers cannot show
// that where the file that links two others is gone.
std::vector<Crowd> find_crowds(std::vector<const FoundSegment*> segments) {
  std::sort(segments.begin(), segments.end(),
            [](const FoundSegment* a, const FoundSegment* b) { return a->position_max < b->position_max; });
  std::set<std::uint64_t, std::greater<>> begins;
  for (const FoundSegment* segment : segments) begins.insert(model::to_number(segment->position_min));
  std::vector<Crowd> crowds;
  std::optional<std::uint64_t> nearest;  // end of the last crowd: those that begin earlier and end no sooner hold it
  for (const std::uint64_t from : begins) {
    std::uint64_t rows = 0;
    for (const FoundSegment* segment : segments) {
      const std::uint64_t to = model::to_number(segment->position_max);
      if (nearest && to >= *nearest) break;
      if (model::to_number(segment->position_min) < from) continue;
      rows += segment->rows;
      if (to < from || rows - 1 > to - from) {
        crowds.push_back({from, to});
        nearest = to;
        break;
      }
    }
  }
  return crowds;
}

void refuse_crowds(std::span<const FoundSegment> segments, Succession& succession) {
  std::vector<const FoundSegment*> live;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (succession.is_live(i) && segments[i].rows > 0) live.push_back(&segments[i]);
  }
  for (const Crowd& crowd : find_crowds(std::move(live))) {
    for (std::size_t i = 0; i < segments.size(); ++i) {
      const bool is_in = model::to_number(segments[i].position_min) >= crowd.from &&
                         model::to_number(segments[i].position_max) <= crowd.to;
      if (!is_in || !succession.is_live(i)) continue;
      succession.decide(i, FileFate::kConflict,
                        "the files with positions " + std::to_string(crowd.from) + " to " + std::to_string(crowd.to) +
                            " have more rows than there are positions");
    }
  }
}

bool must_rebuild_sids(std::span<const FoundSegment> segments, std::span<const FoundSidFile> sid_files,
                       const RepairPlan& plan) {
  std::uint64_t rows = 0;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (plan.segments[i].fate == FileFate::kLive) rows += segments[i].rows;
  }
  std::uint64_t entries = 0;
  for (std::size_t i = 0; i < sid_files.size(); ++i) {
    if (plan.sid_files[i].fate == FileFate::kConflict) return true;
    if (plan.sid_files[i].fate == FileFate::kLive) entries += sid_files[i].entries;
  }
  return entries < rows;
}

}  // namespace

RepairPlan plan_repair(std::span<const FoundSegment> segments, std::span<const FoundSidFile> sid_files) {
  Succession succession = decided_by_numbers(segments);
  refuse_crowds(segments, succession);
  RepairPlan plan{succession.finish(), decided_by_numbers(sid_files).finish(), false};
  plan.must_rebuild_sids = must_rebuild_sids(segments, sid_files, plan);
  return plan;
}

}  // namespace waybill::segment
