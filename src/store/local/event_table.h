#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "model/event.h"
#include "model/event_query.h"
#include "sqlite/connection.h"

namespace waybill::store {

// An event as it is read back, its checksums compared.
struct StoredEvent {
  model::Position position = model::kNoPosition;
  model::WorkspaceNumber workspace{};
  model::EventSid sid;
  base::WallTime time;
  model::TermList terms;
  std::string record;  // empty where only the head was asked for
};

// Writes events; for the one connection that does. Not for concurrent use.
class EventInserter {
 public:
  // `connection` must outlive the inserter.
  static base::Result<EventInserter> make(sqlite::Connection& connection);

  // REQUIRES: a transaction is open on the connection; no row has this position.
  base::Result<void> insert(model::Position position, model::WorkspaceNumber workspace, const model::Event& event);

  // Keeps a differing copy aside; one that is kept already is not kept twice.
  base::Result<void> insert_variant(model::WorkspaceNumber workspace, const model::Event& event,
                                    base::WallTime arrived);

  // The record at a position. kCorruption if there is none.
  base::Result<std::string> record_at(model::Position position);

 private:
  EventInserter(sqlite::Statement insert_head, sqlite::Statement insert_record, sqlite::Statement insert_variant,
                sqlite::Statement select_record)
      : insert_head_(std::move(insert_head)),
        insert_record_(std::move(insert_record)),
        insert_variant_(std::move(insert_variant)),
        select_record_(std::move(select_record)) {}

  sqlite::Statement insert_head_;
  sqlite::Statement insert_record_;
  sqlite::Statement insert_variant_;
  sqlite::Statement select_record_;
};

// Reads events by position, with as many connections as there are callers at one time. Safe for concurrent use.
class EventFetcher {
 public:
  explicit EventFetcher(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // The events of these keys in their order, out of one snapshot, up to the one whose record reaches `bytes_max`.
  // kCorruption if one is missing or does not agree with
  // its checksum.
  [[nodiscard]] base::Result<std::vector<model::FoundEvent>> fetch(std::span<const model::SortKey> keys,
                                                                   std::size_t bytes_max) const;

  // One whole row. kCorruption as above.
  [[nodiscard]] base::Result<StoredEvent> fetch_row(model::Position position) const;

 private:
  struct Reader {
    sqlite::Connection connection;
    sqlite::Statement select_head;
    sqlite::Statement select_record;
  };
  base::Result<std::unique_ptr<Reader>> take() const;
  void give_back(std::unique_ptr<Reader> reader) const;

  const std::filesystem::path folder_;

  mutable base::Mutex mutex_;

  mutable std::vector<std::unique_ptr<Reader>> idle_ GUARDED_BY(mutex_);
};

// Gives the head of every event to `visit`, in the order of positions, without its record.
base::Result<void> scan_heads(sqlite::Connection& connection, const std::function<void(StoredEvent&&)>& visit);

}  // namespace waybill::store
