#include "model/term.h"

#include <algorithm>
#include <optional>
#include <utility>

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

TermList::TermList(std::vector<Term> terms) {
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  std::size_t size = 0;
  for (const Term& term : terms) size += 2 + term.value.size();
  bytes_.reserve(size);
  for (const Term& term : terms) {
    CHECK(term.value.size() <= kTermValueMax);
    bytes_ += static_cast<char>(term.dimension);
    bytes_ += static_cast<char>(term.value.size());
    bytes_ += term.value;
  }
}

base::Result<TermList> TermList::decode(std::string_view bytes) {
  TermList list;
  std::optional<std::pair<std::uint8_t, std::string_view>> last;
  for (std::string_view rest = bytes; !rest.empty();) {
    if (rest.size() < 2) return base::corruption("a list of terms ends inside a term");
    const auto dimension = static_cast<std::uint8_t>(rest[0]);
    const std::size_t length = static_cast<std::uint8_t>(rest[1]);
    if (dimension < 1 || dimension > std::size(kAllDimensions)) {
      return base::corruption("a term has the unknown dimension " + std::to_string(dimension));
    }
    if (rest.size() < 2 + length) return base::corruption("a list of terms ends inside a term");
    const std::pair<std::uint8_t, std::string_view> term(dimension, rest.substr(2, length));
    if (last && *last >= term) return base::corruption("a list of terms is out of order");
    last = term;
    rest.remove_prefix(2 + length);
  }
  list.bytes_ = bytes;
  return list;
}

bool TermList::contains(const Term& term) const {
  return std::any_of(begin(), end(),
                     [&](const TermView& own) { return own.dimension == term.dimension && own.value == term.value; });
}

}  // namespace waybill::model
