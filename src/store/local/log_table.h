#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/position.h"
#include "sqlite/connection.h"
#include "store/local/tail.h"

namespace waybill::store {

// The events that no segment holds yet, on disk: table `log` of waybill.db (docs/formats/database.md), many events in
// a row, so that a commit costs SQLite few of them. For the thread that writes the database. Not for concurrent use.
class LogTable {
 public:
  // The connection must outlive the table.
  static base::Result<LogTable> make(sqlite::Connection& connection);

  // Adds events of neighbouring positions. REQUIRES: a transaction is open; positions rise by one, above all earlier.
  base::Result<void> append(std::span<const TailEvent> events);

  // Deletes some of the rows whose events all stand at or below `through`; whether more are left. In a transaction of
  // its own on the same connection, of a few milliseconds.
  base::Result<bool> trim(sqlite::Connection& connection, model::Position through);

 private:
  LogTable(sqlite::Statement insert, sqlite::Statement trim) : insert_(std::move(insert)), trim_(std::move(trim)) {}

  sqlite::Statement insert_;
  sqlite::Statement trim_;
};

// Whether a log must begin right above the position that is asked for.
enum class LogStart : std::uint8_t { kAbove, kAnywhere };

// Reads the log part by part. Between two parts no statement is open, so that the same connection may write meanwhile,
// as long as it leaves what was not read.
class LogReader {
 public:
  // Begins with the first event above `above`.
  explicit LogReader(model::Position above, LogStart start = LogStart::kAbove) : start_(start), above_(above) {}

  // The next events, in the order of positions: some thousand, or some MiB of them; none at the end. kCorruption,
  // naming the position, for a row that does not agree with its checksum or does not read as events, and for a gap
  // between two, or before the first where the log must begin at `above`.
  base::Result<std::vector<TailEvent>> next(sqlite::Connection& connection);

 private:
  LogStart start_;
  model::Position above_;
  bool has_begun_ = false;  // the next row follows the last that was read
};

// Gives all events above `above` to `visit`, part by part. Fails as LogReader does.
base::Result<void> scan_log(sqlite::Connection& connection, model::Position above,
                            const std::function<void(std::vector<TailEvent>&&)>& visit,
                            LogStart start = LogStart::kAbove);

// Positions of the log of which nothing can be read, both ends included.
struct LogHole {
  model::Position first = model::kNoPosition;
  model::Position last = model::kNoPosition;
};

// "position 7", or "positions 7 to 9".
std::string positions_of(const LogHole& hole);

// The same for a log that may be damaged: what is not right is passed over, and told as holes, in order. What is
// missing before the first row is a hole where the log must begin right above `above`. kIo, and kCorruption where not
// even the table's keys can be read.
base::Result<std::vector<LogHole>> scan_readable_log(sqlite::Connection& connection, model::Position above,
                                                     const std::function<void(std::vector<TailEvent>&&)>& visit,
                                                     LogStart start = LogStart::kAnywhere);

}  // namespace waybill::store
