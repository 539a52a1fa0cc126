#include "http/counters.h"

namespace waybill::http {

std::string_view to_text(ServerEvent event) {
  switch (event) {
    case ServerEvent::kAccepted: return "accepted";
    case ServerEvent::kRefusedInAll: return "refused_in_all";
    case ServerEvent::kRefusedForAddress: return "refused_for_address";
    case ServerEvent::kRefusedWhileStopping: return "refused_while_stopping";
    case ServerEvent::kHandshakeFailed: return "handshake_failed";
    case ServerEvent::kIdleClosed: return "idle_closed";
    case ServerEvent::kHeadersTimedOut: return "headers_timed_out";
    case ServerEvent::kBodyTimedOut: return "body_timed_out";
    case ServerEvent::kRequestTimedOut: return "request_timed_out";
    case ServerEvent::kWriteTimedOut: return "write_timed_out";
    case ServerEvent::kHeadersTooLarge: return "headers_too_large";
    case ServerEvent::kBodyTooLarge: return "body_too_large";
    case ServerEvent::kBodyRefused: return "body_refused";
    case ServerEvent::kAnswerRefused: return "answer_refused";
  }
  return "";
}

}  // namespace waybill::http
