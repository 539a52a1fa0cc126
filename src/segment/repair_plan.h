#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/position.h"

namespace waybill::segment {

// What was found in a folder whose manifest is lost: what the footers say, and whether all pages and parts agree with
// them (`is_whole`). A damaged file is one whose footer is right and whose other bytes are not.
struct FoundSegment {
  std::uint64_t number = 0;
  std::vector<std::uint64_t> replaces;
  bool is_whole = true;
  model::Position position_min = model::kNoPosition;
  model::Position position_max = model::kNoPosition;
  std::uint32_t rows = 0;
};
struct FoundSidFile {
  std::uint64_t number = 0;
  std::vector<std::uint64_t> replaces;
  bool is_whole = true;
  std::uint64_t entries = 0;
};

enum class FileFate {
  kLive,      // belongs into the manifest
  kObsolete,  // live files hold all it holds; may be removed
  kConflict,  // a person or a salvage must decide; to be left where it is
};

struct FileDecision {
  FileFate fate = FileFate::kLive;
  std::string reason;  // half a sentence for a person; empty for a live file
};

// In the order in which the files were given.
struct RepairPlan {
  std::vector<FileDecision> segments;
  std::vector<FileDecision> sid_files;
  // The sid files do not hold all events of the live segments, as far as their numbers show, or conflict: they are to
  // be made anew from the segments. Nothing is lost by that.
  bool must_rebuild_sids = false;
};

// Decides which files hold the events of a store, each once. A manifest made of the live segments is right if no
// segment conflicts, provided that a file was removed only after the files that it replaces were gone for good.
RepairPlan plan_repair(std::span<const FoundSegment> segments, std::span<const FoundSidFile> sid_files);

}  // namespace waybill::segment
