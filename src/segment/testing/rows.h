#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/file_system.h"
#include "base/random.h"
#include "model/record_parts.h"
#include "model/term.h"
#include "query/term_key.h"
#include "segment/cursor.h"
#include "segment/row.h"
#include "segment/segment.h"
#include "segment/writer.h"

namespace waybill::segment::testing {

// A row that owns what it shows.
struct OwnedRow {
  model::SortKey key;
  model::WorkspaceNumber workspace{};
  model::EventSid sid{model::SidBytes{}};
  model::TermList terms;
  std::string record;

  [[nodiscard]] Row view() const { return {key, workspace, sid, terms.bytes(), record}; }
  friend bool operator==(const OwnedRow&, const OwnedRow&) = default;
};

inline OwnedRow own(const Row& row) {
  return {row.key, row.workspace, row.sid, *model::TermList::decode(row.terms), std::string(row.record)};
}

// The keys that an event is found by: its workspace's, and one for each of its terms.
inline std::vector<std::string> keys_of(model::WorkspaceNumber workspace, const model::TermList& terms) {
  std::vector<std::string> keys = {query::workspace_key(workspace)};
  for (const model::TermView term : terms) keys.push_back(query::term_key(workspace, term));
  return keys;
}

// All rows of a segment, by a cursor; or why they cannot be read.
inline base::Result<std::vector<OwnedRow>> rows_of(const std::shared_ptr<const Segment>& segment) {
  Cursor cursor(segment);
  std::vector<OwnedRow> rows;
  for (;;) {
    TRY_ASSIGN(const bool more, cursor.next());
    if (!more) return rows;
    // A damaged file may give bytes that are no terms.
    TRY(model::TermList::decode(cursor.row().terms));
    rows.push_back(own(cursor.row()));
  }
}

// What random rows look like.
struct RowsShape {
  std::size_t rows = 1000;
  std::uint32_t workspaces = 3;
  std::int64_t time_step_max = 3;  // 0: all at the same time
  std::uint64_t first_position = 1;
  std::uint64_t tasks = 100;  // different ones, used up as time goes on
  std::size_t record_bytes_max = 60;
};

// Random rows in key order, the same for the same seed.
inline std::vector<OwnedRow> random_rows(const RowsShape& shape, std::uint64_t seed) {
  base::SeededRandom random(seed);
  const auto value = [](std::uint64_t kind, std::uint64_t number) {
    std::string out;
    base::put_le(out, kind);
    base::put_le(out, number);
    return out;
  };
  std::vector<OwnedRow> rows;
  std::int64_t time = 1'795'428'000'000;
  for (std::size_t i = 0; i < shape.rows; ++i) {
    OwnedRow row;
    time += random.between(0, shape.time_step_max);
    row.key = {base::from_ms(time), model::Position{shape.first_position + i}};
    row.workspace = model::WorkspaceNumber{static_cast<std::uint32_t>(1 + random.below(shape.workspaces))};
    model::SidBytes sid;
    random.fill(sid);
    row.sid = model::EventSid(sid);
    const std::string task = value(1, i * shape.tasks / shape.rows + random.below(3));
    const std::string queue = value(2, random.below(4));
    std::vector<model::Term> terms = {{model::Dimension::kEventType, "type " + std::to_string(random.below(5))},
                                      {model::Dimension::kTask, task},
                                      {model::Dimension::kTaskQueue, queue}};
    if (random.chance(0.3)) terms.push_back({model::Dimension::kWorker, value(3, random.below(40))});
    if (random.chance(0.1)) terms.push_back({model::Dimension::kWorker, task});
    if (random.chance(0.02)) {
      terms.push_back({model::Dimension::kTaskChannel, std::string(random.below(255) + 1, static_cast<char>(i))});
    }
    row.terms = terms;
    std::string body(random.below(shape.record_bytes_max), '\0');
    for (char& c : body) c = static_cast<char>(random.below(256));
    if (random.chance(0.8)) {
      row.record = std::string(1, model::kRecordWithValues) + '\3' + std::string(base::as_text(sid)) + task + queue;
    }
    row.record += body;
    rows.push_back(std::move(row));
  }
  return rows;
}

// Writes a segment. Fails the test that calls it if that fails.
inline void write_segment(const std::filesystem::path& path, const std::vector<OwnedRow>& rows,
                          const WriterOptions& options, const Owners& owners = {}) {
  base::SystemFiles files;
  ASSERT_TRUE(files.remove(path));
  auto writer = Writer::create(files, path, options);
  ASSERT_TRUE(writer) << writer.error().message();
  for (const OwnedRow& row : rows) ASSERT_TRUE((*writer)->add(row.view()));
  ASSERT_TRUE((*writer)->finish(owners));
}

}  // namespace waybill::segment::testing
