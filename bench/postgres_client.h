#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <libpq-fe.h>

#include "base/result.h"
#include "bench/sql.h"

namespace waybill::bench {

// The rows of an answer, in PostgreSQL's binary form.
class PostgresRows {
 public:
  explicit PostgresRows(PGresult* result) : result_(result) {}

  [[nodiscard]] int size() const { return PQntuples(result_.get()); }
  [[nodiscard]] std::string_view bytes(int row, int column) const;
  // A bigint.
  [[nodiscard]] std::int64_t integer(int row, int column) const;
  [[nodiscard]] PGresult* get() const { return result_.get(); }

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

// One connection to a PostgreSQL server. Not for concurrent use. What the server refuses is kIo with its message.
class PostgresClient {
 public:
  static base::Result<PostgresClient> connect(const std::string& connection);

  // Runs one or more statements without values.
  base::Result<void> execute(const std::string& sql);

  // The first column of the answer's rows, as text.
  base::Result<std::vector<std::string>> query_texts(const std::string& sql);

  // Prepares a statement, unless it is known by its text, and gives its name.
  base::Result<std::string> prepare(const std::string& sql);
  base::Result<PostgresRows> run_prepared(const std::string& name, const std::vector<SqlValue>& values);

  // COPY … FROM STDIN (FORMAT binary) in three steps; `rows` are whole tuples.
  base::Result<void> begin_copy(const std::string& target);
  base::Result<void> copy(std::string_view rows);
  base::Result<void> end_copy();

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  explicit PostgresClient(PGconn* connection) : connection_(connection) {}
  [[nodiscard]] base::Error error(std::string_view doing) const;
  [[nodiscard]] base::Result<PostgresRows> checked(PGresult* result, std::string_view doing) const;

  std::unique_ptr<PGconn, Finish> connection_;
  std::unordered_map<std::string, std::string> names_;  // of prepared statements, by their text
};

// A placeholder with its type, as prepare() takes them.
std::string postgres_placeholder(std::size_t number, SqlType type);

// One tuple of a binary COPY, field by field.
class CopyTuple {
 public:
  // Begins a tuple at the end of `out`, which must outlive this object.
  CopyTuple(std::string& out, std::int16_t fields);
  void add(std::string_view bytes);
  void add_integer(std::int32_t value);
  void add_big_integer(std::int64_t value);
  void add_null();

 private:
  std::string* out_;
};

}  // namespace waybill::bench
