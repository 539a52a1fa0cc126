#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/files.h"
#include "base/mutex.h"
#include "sqlite/connection.h"
#include "store/local/archive.h"
#include "store/local/clock_trust.h"
#include "store/local/damage_log.h"
#include "store/local/local_options.h"
#include "store/local/log_table.h"
#include "store/local/obsolete_files.h"
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
  // Whether the tail is as large as one is sealed, by rows or by bytes; and so large that appends wait.
  [[nodiscard]] bool is_tail_large() const REQUIRES_LOCK(writer);
  [[nodiscard]] bool is_tail_full() const REQUIRES_LOCK(writer);
  // Lets what has expired stay for options.removal_grace from now.
  void delay_removal() REQUIRES_LOCK(writer);
  // Whether what is older than its retention at `now`, the clock's present time, may still come back: within the grace,
  // and while the clock is in doubt.
  bool removal_waits(base::WallTime now) REQUIRES_LOCK(writer);
  // To be told of each failure of a change. After one that may have reached the disk or not, which is kIo, nothing is
  // written any more; what could not be read, or found no room, has changed nothing.
  void note_failure(const base::Error& error) REQUIRES_LOCK(writer);
  // `broken`, without a wait for the writer.
  [[nodiscard]] std::optional<base::Error> why_broken() const;

  const std::filesystem::path folder;
  const base::FileLock lock;
  const StoreFacts facts;
  const LocalOptions options;
  const LocalParts parts;

  SidTable tail_sids;
  mutable DamageLog damage_log;
  ObsoleteFiles obsolete;

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
  bool has_forgotten_sids GUARDED_BY(writer) = false;                 // Manifest's
  // What is left to do of an installation that is committed (NewFiles::install); empty: nothing.
  std::function<base::Result<void>()> unfinished GUARDED_BY(writer);
  ClockTrust clock_trust GUARDED_BY(writer);

 private:
  mutable base::Mutex view_mutex_;
  View view_ GUARDED_BY(view_mutex_);
  std::optional<base::Error> broken_to_see_ GUARDED_BY(view_mutex_);
};

}  // namespace waybill::store
