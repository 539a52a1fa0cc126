#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace waybill::sqlite {

// Bytes to be bound as a BLOB; a plain string_view is bound as TEXT.
struct Blob {
  std::string_view bytes;
};

// A prepared statement. Values bound to it are not copied: they must live until the next reset(). Not for concurrent
// use; must not outlive its connection. Every foreign error becomes ours: SQLITE_FULL kStorageFull, SQLITE_BUSY and
// SQLITE_NOMEM kBusy, SQLITE_CORRUPT, SQLITE_NOTADB and SQLITE_ERROR (a statement that does not fit the tables)
// kCorruption, a broken constraint kConflict. Descriptors or memory that have run out are kBusy, a file that cannot be
// opened or read otherwise kUnavailable: neither has changed anything. Everything else, a failed write or sync above
// all, is kIo. The message names the file.
class Statement {
 public:
  // Binds parameter `index`, counted from 1. REQUIRES: the statement has that parameter and is reset.
  void bind(int index, std::int64_t value);
  void bind(int index, std::string_view text);
  void bind(int index, Blob blob);

  // Goes to the next row; false when there is none (the statement is then ready to be reset and bound again).
  base::Result<bool> step();

  // A column of the present row, counted from 0. Text and blobs live until the next step() or reset().
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string_view bytes(int column) const;
  [[nodiscard]] bool is_null(int column) const;

  void reset();

  // Binds all parameters, runs to the end and resets; rows are not looked at.
  template <class... Values>
  base::Result<void> run(const Values&... values) {
    bind_all(values...);
    auto more = step();
    while (more && *more) more = step();
    reset();
    if (!more) return std::move(more).error();
    return {};
  }

  // Binds parameters 1, 2, … in this order.
  template <class... Values>
  void bind_all(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
  }

 private:
  friend class Connection;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

enum class OpenMode { kCreate, kReadWrite, kReadOnly };

// One connection to one database file. Not for concurrent use; several connections to one file are fine.
class Connection {
 public:
  // Opens `path`; kCreate makes it (mode 0600) if it is missing, the others answer kNotFound. Waits up to five seconds
  // for a lock that another connection holds. `vfs` names a registered way to the disk; empty: SQLite's usual one.
  static base::Result<Connection> open(const std::filesystem::path& path, OpenMode mode, const std::string& vfs = {});

  // Runs one or more statements that need no values.
  base::Result<void> execute(const std::string& sql);
  base::Result<Statement> prepare(std::string_view sql);

  // The single integer a query answers with; 0 for NULL. kNotFound if there is no row.
  base::Result<std::int64_t> query_integer(std::string_view sql);

  // The row id of the last INSERT.
  [[nodiscard]] std::int64_t last_insert_id() const;

 private:
  friend class Transaction;
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit Connection(sqlite3* database) : database_(database) {}

  std::unique_ptr<sqlite3, Close> database_;
};

// A write transaction: rolled back at the end of its scope unless it was committed. REQUIRES: no other transaction is
// open on the connection, which must outlive it.
class Transaction {
 public:
  static base::Result<Transaction> begin(Connection& connection);
  Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // On success everything is on disk (with synchronous=FULL). kBusy and kStorageFull: the transaction is rolled back.
  // After any other failure, which is kIo, it may be found committed by whoever opens the file next.
  base::Result<void> commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace waybill::sqlite
