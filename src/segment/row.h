#pragma once

#include <string_view>

#include "model/position.h"
#include "model/sid.h"
#include "model/workspace.h"

namespace waybill::segment {

// One event on its way into a segment or out of one. The views are of somebody else's memory.
struct Row {
  model::SortKey key;
  model::WorkspaceNumber workspace{};
  model::EventSid sid{model::SidBytes{}};
  std::string_view terms;   // as model::TermList::bytes()
  std::string_view record;  // of version 2 (model/record_parts.h) or any other bytes, given back as they came
};

}  // namespace waybill::segment
