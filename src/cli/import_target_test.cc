#include "cli/import_target.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace waybill::cli {
namespace {

struct Case {
  std::string_view name;
  std::string message;
  std::string want;
};

TEST(NameLine, the_lines_of_a_batch_become_those_of_the_file) {
  // Blank lines and lines of other workspaces lie between.
  const ImportBatch batch{"events.ndjson", "WS1", "line", "", {1001, 1003, 1010}};
  const Case cases[] = {
      {"the first", "line 1: sid: is bad", "events.ndjson: line 1001: sid: is bad"},
      {"in the middle", "line 2: event_date: 'x: y'", "events.ndjson: line 1003: event_date: 'x: y'"},
      {"the last", "line 3: ", "events.ndjson: line 1010: "},
      {"beyond the batch", "line 4: sid: is bad", "events.ndjson: lines 1001 to 1010: line 4: sid: is bad"},
      {"line 0", "line 0: sid: is bad", "events.ndjson: lines 1001 to 1010: line 0: sid: is bad"},
      {"no number", "line x: sid", "events.ndjson: lines 1001 to 1010: line x: sid"},
      {"no colon", "line 1 is bad", "events.ndjson: lines 1001 to 1010: line 1 is bad"},
      {"a message without a line", "the disk is full", "events.ndjson: lines 1001 to 1010: the disk is full"},
      {"a number that fits nothing", "line 99999999999999999999: x",
       "events.ndjson: lines 1001 to 1010: line 99999999999999999999: x"},
      {"a line named later", "sid: line 1: x", "events.ndjson: lines 1001 to 1010: sid: line 1: x"},
  };
  for (const Case& c : cases) {
    const base::Error error = name_line(base::Error(base::ErrorCode::kStorageFull, c.message), batch);
    EXPECT_EQ(error.message(), c.want) << c.name;
    EXPECT_EQ(error.code(), base::ErrorCode::kStorageFull) << c.name;
  }
}

TEST(NameLine, a_batch_of_one_line) {
  const ImportBatch batch{"-", "WS1", "line", "", {7}};
  EXPECT_EQ(name_line(base::invalid_argument("line 1: sid: is bad"), batch).message(), "-: line 7: sid: is bad");
  EXPECT_EQ(name_line(base::invalid_argument("busy"), batch).message(), "-: lines 7 to 7: busy");
}

TEST(NameLine, events_of_an_array_are_named_by_their_number) {
  const ImportBatch batch{"f.json", "WS1", "event", "", {3, 4}};
  EXPECT_EQ(name_line(base::invalid_argument("line 2: sid: is bad"), batch).message(), "f.json: event 4: sid: is bad");
  EXPECT_EQ(name_line(base::invalid_argument("busy"), batch).message(), "f.json: events 3 to 4: busy");
}

}  // namespace
}  // namespace waybill::cli
