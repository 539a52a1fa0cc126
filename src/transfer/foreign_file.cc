#include "transfer/foreign_file.h"

#include <algorithm>
#include <string>

#include "base/strings.h"

namespace waybill::transfer {
namespace {

using base::Result;
using namespace std::string_view_literals;

constexpr std::string_view kUnpack = "unpack it, and import the file in it";

// What a file begins with, what it is, and what to do.
struct Kind {
  std::string_view magic;
  std::string_view name;
  std::string_view advice;
};
constexpr Kind kKinds[] = {
    {"\xd0\xcf\x11\xe0"sv, "an Excel workbook (.xls)", "save it as CSV UTF-8, and import that"},
    {"PAR1"sv, "a Parquet file", "write it as NDJSON or CSV first, for example with duckdb"},
    {"Obj\x01"sv, "an Avro file", "write it as NDJSON first"},
    {"ORC"sv, "an ORC file", "write it as NDJSON first"},
    {"%PDF"sv, "a PDF document", "import the data that it was made of, as NDJSON or CSV"},
    {"{\\rtf"sv, "an RTF document", "save it as plain text (UTF-8)"},
    {"BZh"sv, "compressed with bzip2", "decompress it first: bzip2 -dc FILE | waybill import … -"},
    {"\xfd"
     "7zXZ\0"sv,
     "compressed with xz", "decompress it first: xz -dc FILE | waybill import … -"},
    {"7z\xbc\xaf\x27\x1c"sv, "a 7-Zip archive", kUnpack},
    {"Rar!\x1a"sv, "a RAR archive", kUnpack},
    {"\x04\x22\x4d\x18"sv, "compressed with lz4", "decompress it first: lz4 -dc FILE | waybill import … -"},
    {"\x1f\x9d"sv, "compressed with compress (.Z)", "decompress it first: zcat FILE | waybill import … -"},
    {"SQLite format 3\0"sv, "an SQLite database",
     "if it is Waybill's own, give its directory to waybill export --data; else write its table as CSV"},
    {"\xff\xfe\0\0"sv, "UTF-32 text", "convert it first: iconv -f UTF-32 -t UTF-8 FILE | waybill import … -"},
    {"\0\0\xfe\xff"sv, "UTF-32 text", "convert it first: iconv -f UTF-32 -t UTF-8 FILE | waybill import … -"},
};

base::Error refused(std::string_view name, std::string_view advice) {
  return base::invalid_argument("is " + std::string(name) + ", not NDJSON, JSON or CSV; " + std::string(advice));
}

Result<void> refuse_zip(std::string_view first) {
  const auto has = [first](std::string_view part) { return first.find(part) != std::string_view::npos; };
  constexpr std::string_view kSaveAsCsv = "save the sheet as CSV UTF-8, and import that";
  if (has("[Content_Types].xml") || has("xl/")) return refused("an Excel workbook (.xlsx)", kSaveAsCsv);
  if (has("opendocument.spreadsheet")) return refused("an OpenDocument spreadsheet (.ods)", kSaveAsCsv);
  return refused("a ZIP archive", kUnpack);
}

Result<void> check_markup(std::string_view first) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (first.starts_with(kByteOrderMark)) first.remove_prefix(kByteOrderMark.size());
  const std::size_t at = first.find_first_not_of(" \t\r\n");
  if (at == std::string_view::npos || first[at] != '<') return {};
  const std::string start = base::to_lower(first.substr(at, 64));
  if (start.starts_with("<!doctype html") || start.starts_with("<html") || start.starts_with("<head")) {
    return refused("an HTML page",
                   "it may be the page of a login or a proxy that came in place of the file; fetch it again");
  }
  return refused("XML or HTML", "write the events as NDJSON or CSV first");
}

}  // namespace

Result<void> check_is_text(std::string_view first) {
  first = first.substr(0, kForeignBytes);
  if (first.starts_with("PK\x03\x04") || first.starts_with("PK\x05\x06")) return refuse_zip(first);
  for (const Kind& kind : kKinds) {
    if (first.starts_with(kind.magic)) return refused(kind.name, kind.advice);
  }
  constexpr std::size_t kTarMagicAt = 257;
  if (first.size() > kTarMagicAt && first.substr(kTarMagicAt).starts_with("ustar")) {
    return refused("a tar archive", kUnpack);
  }
  constexpr std::size_t kNulsTold = 4;
  if (first.size() >= kNulsTold && first.find_first_not_of('\0') == std::string_view::npos) {
    return base::invalid_argument(
        "begins with bytes of zero: its content was lost, as on a disk that was full or after a crash; "
        "take another copy of it");
  }
  return check_markup(first);
}

}  // namespace waybill::transfer
