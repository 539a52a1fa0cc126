#include "cli/open_store.h"

#include "codec/event_difference.h"

namespace waybill::cli {

base::Result<std::unique_ptr<store::LocalStore>> open_store(const std::filesystem::path& folder, const Process& process,
                                                            const store::LocalOptions& options) {
  return store::LocalStore::open(
      folder, {process.random, process.clock, process.log, process.files, codec::events_differ}, options);
}

}  // namespace waybill::cli
