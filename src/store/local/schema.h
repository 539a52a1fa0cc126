#pragma once

#include <cstdint>
#include <filesystem>

#include "base/random.h"
#include "base/result.h"
#include "sqlite/connection.h"
#include "store/event_store.h"

namespace waybill::store {

// What lies where in a data directory (docs/formats/README.md).
constexpr const char* kDatabaseFile = "waybill.db";
constexpr const char* kLockFile = "waybill.lock";
constexpr const char* kSegmentFolder = "segments";

// The format of waybill.db that this release writes, kept in PRAGMA user_version; PRAGMA application_id says that the
// file is ours at all.
constexpr std::int64_t kDatabaseFormat = 4;
// The first format that this release still knows, and those that brought the ledger's tables and the table of what is
// kept aside. Opening the directory to write brings it to the present one; whoever only looks, or changes an account,
// takes it as it is.
constexpr std::int64_t kFormatFirst = 2;
constexpr std::int64_t kFormatOfLedger = 3;
constexpr std::int64_t kFormatOfRejects = 4;
constexpr std::int64_t kApplicationId = 0x57594231;  // "WYB1"

// Opens `folder`/waybill.db for writing: WAL, every commit synced, no automatic checkpoints. Makes it, with a fresh
// identity, if it is missing. kCorruption if the file is somebody else's or broken; kConflict, naming both formats, if
// a later release wrote it, or one before the first. `vfs` is SQLite's way to the disk; empty: its usual one.
struct OpenedDatabase {
  sqlite::Connection connection;
  std::int64_t format_found = kDatabaseFormat;  // an earlier one was brought to kDatabaseFormat
  bool log_is_saved = true;                     // all of the write-ahead log was moved into the database
};
base::Result<OpenedDatabase> open_database(const std::filesystem::path& folder, base::Random& random,
                                           const std::string& vfs);

// Whether the write-ahead log is looked at before SQLite does, which forgets what lies behind damage.
enum class LogCheck { kDone, kFirst };

// Opens one that is there. kNotFound if there is none, or as above; kCorruption, naming the log and the place, also if
// no process holds the folder and commits would be lost (sqlite::check_write_ahead_log).
base::Result<sqlite::Connection> open_existing_database(const std::filesystem::path& folder, const std::string& vfs,
                                                        LogCheck check = LogCheck::kFirst);

// The same, for looking only: nothing in the file changes, closing it included.
base::Result<sqlite::Connection> open_database_to_read(const std::filesystem::path& folder);

// The look of LogCheck::kFirst alone; fine where there is no database.
base::Result<void> check_database_log(const std::filesystem::path& folder);

// What only this store's own files and tokens are made with.
struct StoreFacts {
  StoreIdentity identity;
  std::uint64_t store_id = 0;  // stands in every file of the store, for ever
  std::uint64_t sid_key = 0;   // of segment::sid_hash
};
base::Result<StoreFacts> read_facts(sqlite::Connection& connection);

}  // namespace waybill::store
