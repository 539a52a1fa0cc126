#include "model/term.h"

#include "base/check.h"
#include "model/sid.h"

namespace waybill::model {
namespace {

template <class AnySid>
base::Result<Term> sid_term(Dimension dimension, std::string_view text) {
  TRY_ASSIGN(const AnySid sid, AnySid::parse(text));
  return Term{dimension, std::string(base::as_text(sid.bytes()))};
}

base::Result<Term> text_term(Dimension dimension, std::string_view text) {
  if (text.empty() || text.size() > kTermValueMax) {
    return base::invalid_argument("must have 1 to " + std::to_string(kTermValueMax) + " bytes");
  }
  return Term{dimension, std::string(text)};
}

base::Result<Term> channel_term(std::string_view text) {
  if (const auto sid = TaskChannelSid::parse(text)) return Term{Dimension::kTaskChannel, sid->to_text()};
  return text_term(Dimension::kTaskChannel, text);
}

}  // namespace

base::Result<Term> parse_term(Dimension dimension, std::string_view text) {
  switch (dimension) {
    case Dimension::kEventType: return text_term(dimension, text);
    case Dimension::kTask: return sid_term<TaskSid>(dimension, text);
    case Dimension::kWorker: return sid_term<WorkerSid>(dimension, text);
    case Dimension::kTaskQueue: return sid_term<TaskQueueSid>(dimension, text);
    case Dimension::kWorkflow: return sid_term<WorkflowSid>(dimension, text);
    case Dimension::kReservation: return sid_term<ReservationSid>(dimension, text);
    case Dimension::kTaskChannel: return channel_term(text);
  }
  CHECK(false);
}

std::string encode_terms(const std::vector<Term>& terms) {
  std::string out;
  for (const Term& term : terms) {
    CHECK(term.value.size() <= kTermValueMax);
    out += static_cast<char>(term.dimension);
    out += static_cast<char>(term.value.size());
    out += term.value;
  }
  return out;
}

base::Result<std::vector<Term>> decode_terms(std::string_view bytes) {
  std::vector<Term> terms;
  while (!bytes.empty()) {
    if (bytes.size() < 2) return base::corruption("a list of terms ends inside a term");
    const auto dimension = static_cast<std::uint8_t>(bytes[0]);
    const std::size_t length = static_cast<std::uint8_t>(bytes[1]);
    if (dimension < 1 || dimension > std::size(kAllDimensions)) {
      return base::corruption("a term has the unknown dimension " + std::to_string(dimension));
    }
    if (bytes.size() < 2 + length) return base::corruption("a list of terms ends inside a term");
    terms.push_back({static_cast<Dimension>(dimension), std::string(bytes.substr(2, length))});
    bytes.remove_prefix(2 + length);
  }
  return terms;
}

}  // namespace waybill::model
