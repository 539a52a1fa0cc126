#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "transfer/event_file_writer.h"
#include "transfer/export_request.h"

namespace waybill::transfer {

// A day by the calendar, UTC.
using Day = std::chrono::sys_days;
Day day_of(base::WallTime time);
std::string to_text(Day day);  // 2026-11-23

// The file of a day.
struct DayFile {
  Day day;
  std::string file;  // its name in the folder
  FileCounts counts;
  std::string sha256;  // of the file, in hex
  std::string token;   // what a walk begins with that reaches the day's first event with its first page (EventPage)
};

// What a folder of days holds (docs/formats/export-manifest.md).
struct Manifest {
  ExportRequest request;
  std::vector<DayFile> days;  // in the order of the list
  bool complete = false;
  std::string next_token;  // of the page in which the first day begins that is not there; of no meaning if complete
};

constexpr const char* kManifestFile = "manifest.json";

std::string encode_manifest(const Manifest& manifest);
// kInvalidArgument, naming the member, for any other text; kConflict for a later version.
base::Result<Manifest> decode_manifest(std::string_view text);

// The manifest of a folder. kNotFound if it has none, or as decode_manifest with the file's name.
base::Result<Manifest> read_manifest(const std::filesystem::path& folder);
// Replaces it, whole or not at all.
base::Result<void> write_manifest(const std::filesystem::path& folder, const Manifest& manifest);

// Holds a file against its entry: kNotFound, kIo; kInvalidArgument, naming the file, if its length or its SHA-256
// differ.
base::Result<void> check_day_file(const std::filesystem::path& folder, const DayFile& day);

}  // namespace waybill::transfer
