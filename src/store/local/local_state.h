#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/files.h"
#include "base/mutex.h"
#include "sqlite/connection.h"
#include "store/local/archive.h"
#include "store/local/local_options.h"
#include "store/local/log_table.h"
#include "store/local/rules.h"
#include "store/local/schema.h"
#include "store/local/sid_table.h"
#include "store/local/tail.h"

namespace waybill::store {

// Everything that readers see, at one moment. Cheap to copy.
struct View {
  TailView tail;
  model::Position horizon = model::kNoPosition;
  std::shared_ptr<const Archive> archive = std::make_shared<const Archive>();
  std::shared_ptr<const Rules> rules = std::make_shared<const Rules>();
};

// What appending, reading and upkeep share: the writing side behind one lock, and the view that readers take.
//
// A write transaction runs under `writer`, and what it changes is published under it too, so that the views follow the
// database in one order. Readers wait for neither.
class LocalState {
 public:
  LocalState(std::filesystem::path data_folder, base::FileLock folder_lock, StoreFacts store_facts,
             LocalOptions store_options, const LocalParts& store_parts, sqlite::Connection database, LogTable log_table,
             std::uint64_t hash_key);
  LocalState(const LocalState&) = delete;
  LocalState& operator=(const LocalState&) = delete;

  [[nodiscard]] View view() const;
  void publish_tail(model::Position horizon) REQUIRES_LOCK(writer);
  void publish_archive(std::shared_ptr<const Archive> archive) REQUIRES_LOCK(writer);
  void publish_rules(std::shared_ptr<const Rules> rules) REQUIRES_LOCK(writer);

  [[nodiscard]] std::filesystem::path segment_folder() const { return folder / kSegmentFolder; }
  void at_step(std::string_view step) const {
    if (options.at_step) options.at_step(step);
  }
  // The rules of now, with other retentions or erasures.
  [[nodiscard]] std::shared_ptr<const Rules> make_rules(std::map<model::WorkspaceNumber, Retention> own,
                                                        std::vector<RecordedErasure> erasures) const
      REQUIRES_LOCK(writer);
  // Whether the tail is as large as one is sealed, by rows or by bytes; and so large that appends wait.
  [[nodiscard]] bool is_tail_large() const REQUIRES_LOCK(writer);
  [[nodiscard]] bool is_tail_full() const REQUIRES_LOCK(writer);
  // Lets what has expired stay for options.removal_grace from now. The rules are not changed by it.
  void delay_removal() REQUIRES_LOCK(writer);
  // After a write that may or may not have reached the disk nothing is written any more.
  void note_failure(const base::Error& error) REQUIRES_LOCK(writer);

  const std::filesystem::path folder;
  const base::FileLock lock;
  const StoreFacts facts;
  const LocalOptions options;
  const LocalParts parts;

  SidTable tail_sids;

  base::Mutex writer;
  base::Condition tail_shrank;

  sqlite::Connection connection GUARDED_BY(writer);
  LogTable log GUARDED_BY(writer);
  Tail tail GUARDED_BY(writer);
  model::Position last_position GUARDED_BY(writer) = model::kNoPosition;
  model::Position sealed_through GUARDED_BY(writer) = model::kNoPosition;
  base::SteadyTime last_append GUARDED_BY(writer);  // of new events; at first when the store was opened
  std::uint64_t next_file GUARDED_BY(writer) = 1;
  std::optional<base::Error> broken GUARDED_BY(writer);
  std::optional<base::SteadyTime> removal_begins GUARDED_BY(writer);  // unset: it has begun

 private:
  mutable base::Mutex view_mutex_;
  View view_ GUARDED_BY(view_mutex_);
};

}  // namespace waybill::store
