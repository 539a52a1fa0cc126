#include "store/local/variant_table.h"

#include "base/bytes.h"
#include "base/crypto.h"

namespace waybill::store {

base::Result<VariantTable> VariantTable::make(sqlite::Connection& connection) {
  TRY_ASSIGN(sqlite::Statement insert,
             connection.prepare("INSERT OR IGNORE INTO variants (workspace, sid, digest, arrived_ms, record) "
                                "VALUES (?, ?, ?, ?, ?)"));
  return VariantTable(std::move(insert));
}

base::Result<void> VariantTable::insert(model::WorkspaceNumber workspace, const model::Event& event,
                                        base::WallTime arrived) {
  const base::Sha256 digest = base::sha256(event.record);
  return insert_.run(static_cast<std::int64_t>(workspace), sqlite::Blob{base::as_text(event.sid.bytes())},
                     sqlite::Blob{base::as_text(digest)}, base::to_ms(arrived), sqlite::Blob{event.record});
}

}  // namespace waybill::store
