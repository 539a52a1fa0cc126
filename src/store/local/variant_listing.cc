#include "store/local/variant_listing.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "sqlite/connection.h"
#include "store/local/schema.h"

namespace waybill::store {
namespace {

base::Result<Variant> read_variant(const sqlite::Statement& row) {
  const std::string_view sid = row.bytes(2);
  model::SidBytes bytes{};
  if (sid.size() != bytes.size()) return base::corruption("a variant in waybill.db has no sid");
  std::copy(sid.begin(), sid.end(), bytes.begin());
  return Variant{static_cast<std::uint64_t>(row.integer(0)),
                 model::WorkspaceNumber{static_cast<std::uint32_t>(row.integer(1))}, model::EventSid(bytes),
                 base::from_ms(row.integer(3)), std::string(row.bytes(4))};
}

}  // namespace

base::Result<std::vector<Variant>> list_variants(const std::filesystem::path& folder, const VariantQuery& query) {
  TRY_ASSIGN(sqlite::Connection connection, open_database_to_read(folder));
  TRY_ASSIGN(sqlite::Statement select,
             connection.prepare("SELECT number, workspace, sid, arrived_ms, record FROM variants "
                                "WHERE number > ? AND (? < 0 OR workspace = ?) ORDER BY number LIMIT ?"));
  const std::int64_t workspace = query.workspace ? static_cast<std::int64_t>(*query.workspace) : -1;
  select.bind_all(static_cast<std::int64_t>(query.after), workspace, workspace, static_cast<std::int64_t>(query.limit));
  std::vector<Variant> out;
  for (std::size_t bytes = 0; bytes < query.bytes_max;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) break;
    TRY_ASSIGN(Variant variant, read_variant(select));
    bytes += variant.record.size();
    out.push_back(std::move(variant));
  }
  return out;
}

}  // namespace waybill::store
