#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "codec/json_scan.h"
#include "codec/json_writer.h"
#include "transfer/columns.h"
#include "transfer/compression.h"

namespace waybill::transfer {

enum class FileFormat : std::uint8_t { kNdjson, kCsv };
std::string_view to_text(FileFormat format);  // `ndjson`, `csv`
// kInvalidArgument for any other word.
base::Result<FileFormat> parse_file_format(std::string_view word);

// What files of events look like.
struct FileForm {
  FileFormat format = FileFormat::kNdjson;
  Compression compression = Compression::kNone;
  std::vector<Column> columns;  // of CSV
  friend bool operator==(const FileForm&, const FileForm&) = default;

  // What a file's name ends with: `.ndjson.zst`.
  [[nodiscard]] std::string ending() const;
  // What it is called in messages: `NDJSON, zstd`.
  [[nodiscard]] std::string called() const;
};

enum class Order : std::uint8_t { kOldestFirst, kNewestFirst };

// What an export was asked for: what must be the same for one that goes on with it.
struct ExportRequest {
  std::string workspace_sid;
  // The list's filters, by their names in the API.
  std::vector<std::pair<std::string, std::string>> filters;
  Order order = Order::kOldestFirst;
  // Whose eyes it was seen with, in words: task attributes may be missing from old events.
  std::string seen_by;
  FileForm form;
  friend bool operator==(const ExportRequest&, const ExportRequest&) = default;
};

// Writes the members of a request into an object that was begun.
void write_request(codec::JsonWriter& out, const ExportRequest& request);
// Reads them back, skipping others. kInvalidArgument, naming the member, for what write_request does not write.
base::Result<ExportRequest> read_request(codec::CheckedJson object);

// kInvalidArgument, naming the first member in which `now` is not what was asked for `before`.
base::Result<void> check_same_request(const ExportRequest& before, const ExportRequest& now);

}  // namespace waybill::transfer
