#include "bench/engine.h"

#include "bench/postgres_engine.h"
#include "bench/sqlite_engine.h"
#include "bench/waybill_engine.h"

namespace waybill::bench {

base::Result<std::unique_ptr<Engine>> open_engine(const std::string& name, const std::string& place) {
  if (name == "waybill") return open_waybill(place);
  if (name == "postgres") return open_postgres(place, PostgresForm::kOneTable);
  if (name == "postgres_partitioned") return open_postgres(place, PostgresForm::kPartitioned);
  if (name == "sqlite") return open_sqlite(place);
  return base::invalid_argument("no such engine: " + name);
}

}  // namespace waybill::bench
