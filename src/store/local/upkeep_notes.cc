#include "store/local/upkeep_notes.h"

#include <utility>

#include "store/local/erasure_table.h"
#include "store/local/schema.h"

namespace waybill::store {

base::Result<UpkeepNotes> read_upkeep_notes(const std::filesystem::path& folder) {
  TRY_ASSIGN(sqlite::Connection connection, open_existing_database(folder, {}));
  UpkeepNotes notes;
  TRY_ASSIGN(std::vector<RecordedErasure> erasures, read_erasures(connection));
  for (RecordedErasure& erasure : erasures) notes.erasures.push_back(std::move(erasure.note));
  TRY_ASSIGN(notes.own_retention, read_retention(connection));
  return notes;
}

}  // namespace waybill::store
