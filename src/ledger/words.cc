#include "ledger/words.h"

namespace waybill::ledger {

std::string to_text(State state) {
  switch (state) {
    case State::kProven: return "proven";
    case State::kClaimed: return "claimed";
    case State::kOpen: return "open";
  }
  return "";
}

std::string to_text(store::FeedRoad road) {
  switch (road) {
    case store::FeedRoad::kCallback: return "callback";
    case store::FeedRoad::kEventStream: return "event_stream";
  }
  return "";
}

std::string to_text(store::GapReason why) {
  switch (why) {
    case store::GapReason::kAbsent: return "absent";
    case store::GapReason::kRefused: return "refused";
    case store::GapReason::kUnreachable: return "unreachable";
  }
  return "";
}

}  // namespace waybill::ledger
