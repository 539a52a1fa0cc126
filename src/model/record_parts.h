#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace waybill::model {

// A record of version 2 (docs/formats/record.md) begins with the sids that its body refers to by number, so that a
// store may keep a sid that many of its records name but once: byte 0x02, their count (one byte), 16 bytes for each,
// the body. The first is the event's own.
constexpr char kRecordWithValues = 2;
constexpr std::size_t kRecordValueBytes = 16;

struct RecordParts {
  std::string_view values;  // kRecordValueBytes for each
  std::string_view body;
};

// The parts of a record of version 2; nothing for any other bytes, which a store keeps as they are. The views are of
// `record`'s memory.
inline std::optional<RecordParts> split_record(std::string_view record) {
  if (record.size() < 2 || record[0] != kRecordWithValues) return std::nullopt;
  const std::size_t bytes = static_cast<std::uint8_t>(record[1]) * kRecordValueBytes;
  if (record.size() < 2 + bytes) return std::nullopt;
  return RecordParts{record.substr(2, bytes), record.substr(2 + bytes)};
}

}  // namespace waybill::model
