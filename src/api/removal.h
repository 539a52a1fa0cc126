#pragma once

#include "codec/json_writer.h"
#include "store/event_store.h"

namespace waybill::api {

// What is taken away, or would be, as an object: how many events, of how many, the first and the last of them (null
// without any).
void write_removal(codec::JsonWriter& out, const store::Removal& removal);

}  // namespace waybill::api
