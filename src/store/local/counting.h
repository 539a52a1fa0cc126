#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "model/workspace.h"
#include "store/event_store.h"
#include "store/local/local_state.h"

namespace waybill::store {

// How many of a workspace's events happened before `oldest`, of all whose bytes are there, be they seen or not. Asks
// the index alone: no event is read. kCorruption, kIo.
base::Result<Removal> count_older(const View& view, model::WorkspaceNumber workspace, base::WallTime oldest);

}  // namespace waybill::store
