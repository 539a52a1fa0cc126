#include "bench/postgres_client.h"

#include <utility>

#include <endian.h>

#include "base/bytes.h"
#include "base/strings.h"

namespace waybill::bench {
namespace {

using base::Result;

// https://www.postgresql.org/docs/15/sql-copy.html, "Binary Format": signature, flags, length of the extension.
constexpr std::string_view kCopyHead{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
constexpr std::string_view kCopyEnd{"\377\377", 2};

constexpr int kBinary = 1;
constexpr int kText = 0;

// As text for libpq. The type stands in the statement.
std::string to_text(const SqlValue& value) {
  switch (value.type) {
    case SqlType::kSid: return base::to_hex(base::as_bytes(value.bytes));
    case SqlType::kText: return value.bytes;
    case SqlType::kInteger: return std::to_string(value.integer);
  }
  CHECK(false);
}

std::uint64_t from_big_end(std::string_view bytes) {
  CHECK(bytes.size() == sizeof(std::uint64_t));
  return be64toh(base::get_le<std::uint64_t>(bytes, 0));
}

}  // namespace

std::string_view PostgresRows::bytes(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column), static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t PostgresRows::integer(int row, int column) const {
  return static_cast<std::int64_t>(from_big_end(bytes(row, column)));
}

Result<PostgresClient> PostgresClient::connect(const std::string& connection) {
  PostgresClient client(PQconnectdb(connection.c_str()));
  if (PQstatus(client.connection_.get()) != CONNECTION_OK) return client.error("connecting to PostgreSQL");
  TRY(client.execute("SET client_min_messages = warning"));
  return client;
}

base::Error PostgresClient::error(std::string_view doing) const {
  return base::io_error(std::string(doing) + ": " + std::string(base::trim(PQerrorMessage(connection_.get()))));
}

Result<PostgresRows> PostgresClient::checked(PGresult* result, std::string_view doing) const {
  PostgresRows rows(result);
  const ExecStatusType status = PQresultStatus(rows.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN) return error(doing);
  return rows;
}

Result<void> PostgresClient::execute(const std::string& sql) {
  TRY(checked(PQexec(connection_.get(), sql.c_str()), sql));
  return {};
}

Result<std::vector<std::string>> PostgresClient::query_texts(const std::string& sql) {
  TRY_ASSIGN(const PostgresRows rows, checked(PQexec(connection_.get(), sql.c_str()), sql));
  std::vector<std::string> texts;
  for (int row = 0; row < rows.size(); ++row) texts.emplace_back(rows.bytes(row, 0));
  return texts;
}

Result<std::string> PostgresClient::prepare(const std::string& sql) {
  const auto known = names_.find(sql);
  if (known != names_.end()) return known->second;
  std::string name = "s" + std::to_string(names_.size());
  TRY(checked(PQprepare(connection_.get(), name.c_str(), sql.c_str(), 0, nullptr), sql));
  names_.emplace(sql, name);
  return name;
}

Result<PostgresRows> PostgresClient::run_prepared(const std::string& name, const std::vector<SqlValue>& values) {
  std::vector<std::string> texts;
  texts.reserve(values.size());
  for (const SqlValue& value : values) texts.push_back(to_text(value));
  std::vector<const char*> pointers;
  pointers.reserve(texts.size());
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  const std::vector<int> formats(texts.size(), kText);
  return checked(PQexecPrepared(connection_.get(), name.c_str(), static_cast<int>(texts.size()), pointers.data(),
                                nullptr, formats.data(), kBinary),
                 name);
}

Result<void> PostgresClient::begin_copy(const std::string& target) {
  TRY(execute("COPY " + target + " FROM STDIN (FORMAT binary)"));
  return copy(kCopyHead);
}

Result<void> PostgresClient::copy(std::string_view rows) {
  if (PQputCopyData(connection_.get(), rows.data(), static_cast<int>(rows.size())) != 1) return error("COPY");
  return {};
}

Result<void> PostgresClient::end_copy() {
  TRY(copy(kCopyEnd));
  if (PQputCopyEnd(connection_.get(), nullptr) != 1) return error("COPY");
  TRY(checked(PQgetResult(connection_.get()), "COPY"));
  // The end of the command; libpq wants it read.
  while (PGresult* const rest = PQgetResult(connection_.get())) PQclear(rest);
  return {};
}

std::string postgres_placeholder(std::size_t number, SqlType type) {
  const std::string name = "$" + std::to_string(number);
  switch (type) {
    case SqlType::kSid: return name + "::uuid";
    case SqlType::kText: return name + "::text";
    case SqlType::kInteger: return name + "::bigint";
  }
  CHECK(false);
}

CopyTuple::CopyTuple(std::string& out, std::int16_t fields) : out_(&out) {
  base::put_le(*out_, htobe16(static_cast<std::uint16_t>(fields)));
}

void CopyTuple::add(std::string_view bytes) {
  base::put_le(*out_, htobe32(static_cast<std::uint32_t>(bytes.size())));
  *out_ += bytes;
}

void CopyTuple::add_integer(std::int32_t value) {
  base::put_le(*out_, htobe32(sizeof value));
  base::put_le(*out_, htobe32(static_cast<std::uint32_t>(value)));
}

void CopyTuple::add_big_integer(std::int64_t value) {
  base::put_le(*out_, htobe32(sizeof value));
  base::put_le(*out_, htobe64(static_cast<std::uint64_t>(value)));
}

void CopyTuple::add_null() { base::put_le(*out_, UINT32_MAX); }

}  // namespace waybill::bench
