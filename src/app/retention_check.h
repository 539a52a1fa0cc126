#pragma once

#include "base/result.h"
#include "obs/log.h"
#include "store/local/local_store.h"

namespace waybill::app {

// For a start: logs what the retentions in force will take off the disk, how much of it and when. kInvalidArgument, and
// nothing is removed, where the store's own retention would take more than half of all events that are not too old
// under the one that was confirmed last, unless `is_confirmed`. What passes is confirmed from then on. Asks the index
// of the whole store, but reads no event. Errors of the store as they are.
base::Result<void> check_retention(store::LocalStore& store, bool is_confirmed, const obs::Log& log);

}  // namespace waybill::app
