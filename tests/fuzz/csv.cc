#include "transfer/csv.h"

#include <string>
#include <vector>

#include "fuzz/target.h"
#include "transfer/event_file_reader.h"

namespace {

using namespace waybill;

struct Rows {
  std::vector<std::vector<transfer::CsvField>> rows;
  std::string error;
};

Rows read_rows(const std::string& text, std::size_t piece_bytes) {
  Rows out;
  transfer::CsvReader reader(transfer::bytes_of(text, piece_bytes));
  std::vector<transfer::CsvField> fields;
  for (;;) {
    const auto more = reader.next(fields);
    if (!more) out.error += more.error().message();
    if (!more || !*more) return out;
    out.rows.push_back(fields);
    if (reader.refused()) out.error += reader.refused()->message() + ": " + std::string(reader.refused_text()) + "\n";
  }
}

bool is_same(const Rows& a, const Rows& b) {
  if (a.error != b.error || a.rows.size() != b.rows.size()) return false;
  for (std::size_t i = 0; i < a.rows.size(); ++i) {
    if (a.rows[i].size() != b.rows[i].size()) return false;
    for (std::size_t j = 0; j < a.rows[i].size(); ++j) {
      if (a.rows[i][j].text != b.rows[i][j].text) return false;
    }
  }
  return true;
}

// All events of a file, with their places and why they are refused, and the error at its end.
std::vector<std::string> read_events(const std::string& text, std::size_t piece_bytes) {
  std::vector<std::string> out;
  auto events = transfer::EventFileReader::make("events", transfer::bytes_of(text, piece_bytes));
  if (!events) return {events.error().message()};
  for (;;) {
    const auto event = events->next();
    if (!event) out.push_back(event.error().message());
    if (!event || !*event) return out;
    out.push_back(events->place() + (events->refused() ? "! " : " ") + std::string(**event));
  }
}

}  // namespace

// CSV, and files of events as they are: rows and events do not depend on how the bytes come, and are the same when they
// are written and read again.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  const Rows rows = read_rows(text, 64UL * 1024);
  CHECK(is_same(rows, read_rows(text, 1)));
  if (rows.error.empty()) {
    // A first field may begin with such bytes itself.
    std::string written = "\xef\xbb\xbf";
    for (const auto& row : rows.rows) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (i > 0) written += ',';
        transfer::append_csv_field(written, row[i].text);
      }
      written += transfer::kCsvRowEnd;
    }
    CHECK(is_same(rows, read_rows(written, 7)));
  }
  CHECK(read_events(text, 64UL * 1024) == read_events(text, 1));
  return 0;
}
