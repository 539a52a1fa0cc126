#include "transfer/manifest.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/files.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "transfer/byte_source.h"
#include "transfer/json_members.h"
#include "transfer/manifest_text.h"

namespace waybill::transfer {
namespace {

using base::Result;
using codec::CheckedJson;

constexpr ManifestKind kKind{"waybill-export", 1, "an export"};

void write_day(codec::JsonWriter& out, const DayFile& day) {
  out.begin_object();
  out.member("day", to_text(day.day));
  out.member("file", day.file);
  out.key("events").number(static_cast<std::int64_t>(day.counts.events));
  out.key("bytes").number(static_cast<std::int64_t>(day.counts.bytes));
  out.key("text_bytes").number(static_cast<std::int64_t>(day.counts.text_bytes));
  out.member("first", base::to_millisecond_text(day.counts.first));
  out.member("last", base::to_millisecond_text(day.counts.last));
  out.member("sha256", day.sha256);
  out.member("token", day.token);
  out.end_object();
}

Result<DayFile> read_day(CheckedJson object) {
  DayFile day;
  TRY_ASSIGN(const base::WallTime begin, get_time(object, "day"));
  day.day = day_of(begin);
  TRY_ASSIGN(day.file, get_text(object, "file"));
  if (!is_file_name(day.file)) {
    return base::invalid_argument("file: " + base::quoted_for_message(day.file) + " is no name of a file beside it");
  }
  TRY_ASSIGN(day.counts.events, get_count(object, "events"));
  TRY_ASSIGN(day.counts.bytes, get_count(object, "bytes"));
  TRY_ASSIGN(day.counts.text_bytes, get_count(object, "text_bytes"));
  TRY_ASSIGN(day.counts.first, get_time(object, "first"));
  TRY_ASSIGN(day.counts.last, get_time(object, "last"));
  TRY_ASSIGN(day.sha256, get_text(object, "sha256"));
  TRY_ASSIGN(day.token, get_text(object, "token"));
  return day;
}

Result<Manifest> read_members(CheckedJson json) {
  Manifest manifest;
  TRY_ASSIGN(manifest.request, read_request(json));
  const auto complete = find_member(json, "complete");
  manifest.complete = complete && complete->text() == "true";
  TRY_ASSIGN(manifest.next_token, get_text(json, "next_token"));
  const auto days = find_member(json, "days");
  if (!days || !days->is_array()) return base::invalid_argument("days: must be an array");
  for (codec::ElementScanner scan(*days); scan.next();) {
    if (!scan.value().is_object()) return base::invalid_argument("days: must be objects");
    TRY_ASSIGN(DayFile day, read_day(scan.value()));
    manifest.days.push_back(std::move(day));
  }
  return manifest;
}

}  // namespace

Day day_of(base::WallTime time) { return std::chrono::floor<std::chrono::days>(time); }

std::string to_text(Day day) {
  constexpr std::size_t kDateLength = 10;
  return base::to_second_text(day).substr(0, kDateLength);
}

std::string encode_manifest(const Manifest& manifest) {
  FileCounts all;
  for (const DayFile& day : manifest.days) all.add(day.counts);
  std::string text;
  codec::JsonWriter out(text);
  out.begin_object();
  out.member("format", kKind.format);
  out.key("version").number(kKind.version);
  write_request(out, manifest.request);
  out.key("complete").boolean(manifest.complete);
  out.key("events").number(static_cast<std::int64_t>(all.events));
  out.key("bytes").number(static_cast<std::int64_t>(all.bytes));
  out.member("next_token", manifest.next_token);
  out.key("days").begin_array();
  for (const DayFile& day : manifest.days) {
    // A day a line, for whoever reads it with their eyes.
    text += '\n';
    write_day(out, day);
  }
  text += '\n';
  out.end_array().end_object();
  text += '\n';
  return text;
}

Result<Manifest> decode_manifest(std::string_view text) { return decode_manifest_text(text, kKind, &read_members); }

Result<Manifest> read_manifest(const std::filesystem::path& folder) {
  return read_manifest_file(folder / kManifestFile, &decode_manifest);
}

Result<void> write_manifest(const std::filesystem::path& folder, const Manifest& manifest) {
  return base::write_private_file(folder / kManifestFile, encode_manifest(manifest));
}

Result<void> check_day_file(const std::filesystem::path& folder, const DayFile& day) {
  const std::string path = (folder / day.file).string();
  TRY_ASSIGN(const auto bytes, open_file_bytes(path));
  base::Sha256Stream hash;
  std::string piece;
  for (;;) {
    piece.clear();
    const auto more = bytes->read(piece);
    if (!more) return more.error().while_doing(path);
    if (!*more) break;
    hash.append(piece);
  }
  if (bytes->file_bytes() != day.counts.bytes) {
    return base::invalid_argument(path + ": has " + std::to_string(bytes->file_bytes()) +
                                  " bytes, and the manifest says " + std::to_string(day.counts.bytes));
  }
  if (base::to_hex(hash.finish()) != day.sha256) {
    return base::invalid_argument(path + ": its SHA-256 is not the one in the manifest");
  }
  return {};
}

}  // namespace waybill::transfer
