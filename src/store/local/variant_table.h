#pragma once

#include <span>

#include "base/clock.h"
#include "base/result.h"
#include "model/event.h"
#include "model/workspace.h"
#include "sqlite/connection.h"

namespace waybill::store {

// Copies of known events that say something else (table `variants` of waybill.db). For the thread that writes the
// database. Not for concurrent use.
class VariantTable {
 public:
  // The connection must outlive the table.
  static base::Result<VariantTable> make(sqlite::Connection& connection);

  // Keeps a copy aside; one that is kept already is not kept twice. REQUIRES: a transaction is open.
  base::Result<void> insert(model::WorkspaceNumber workspace, const model::Event& event, base::WallTime arrived);

 private:
  explicit VariantTable(sqlite::Statement insert) : insert_(std::move(insert)) {}

  sqlite::Statement insert_;
};

}  // namespace waybill::store
