#include "model/term.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "base/check.h"
#include "model/sid.h"

namespace waybill::model {
namespace {

using Value = std::array<char, kTermValueMax>;

// Each writes the value of `text` to `out` and returns its length.
template <class AnySid>
base::Result<std::size_t> write_sid(std::string_view text, char* out) {
  TRY_ASSIGN(const AnySid sid, AnySid::parse(text));
  std::memcpy(out, sid.bytes().data(), sid.bytes().size());
  return sid.bytes().size();
}

base::Result<std::size_t> write_text(std::string_view text, char* out) {
  if (text.empty() || text.size() > kTermValueMax) {
    return base::invalid_argument("must have 1 to " + std::to_string(kTermValueMax) + " bytes");
  }
  std::memcpy(out, text.data(), text.size());
  return text.size();
}

base::Result<std::size_t> write_channel(std::string_view text, char* out) {
  if (text.size() != kSidLength) return write_text(text, out);
  const auto sid = TaskChannelSid::parse(text);
  return sid ? write_text(sid->to_text(), out) : write_text(text, out);
}

base::Result<std::size_t> write_value(Dimension dimension, std::string_view text, char* out) {
  switch (dimension) {
    case Dimension::kEventType: return write_text(text, out);
    case Dimension::kTask: return write_sid<TaskSid>(text, out);
    case Dimension::kWorker: return write_sid<WorkerSid>(text, out);
    case Dimension::kTaskQueue: return write_sid<TaskQueueSid>(text, out);
    case Dimension::kWorkflow: return write_sid<WorkflowSid>(text, out);
    case Dimension::kReservation: return write_sid<ReservationSid>(text, out);
    case Dimension::kTaskChannel: return write_channel(text, out);
  }
  CHECK(false);
}

bool is_before(const TermView& a, const TermView& b) {
  return a.dimension != b.dimension ? a.dimension < b.dimension : a.value < b.value;
}

}  // namespace

base::Result<Term> parse_term(Dimension dimension, std::string_view text) {
  Value value;
  TRY_ASSIGN(const std::size_t length, write_value(dimension, text, value.data()));
  return Term{dimension, std::string(value.data(), length)};
}

base::Result<void> TermGatherer::add(Dimension dimension, std::string_view text) {
  CHECK(count_ < kTermsMax);
  Slot& slot = slots_[count_];
  TRY_ASSIGN(const std::size_t length, write_value(dimension, text, slot.data() + 2));
  slot[0] = static_cast<char>(dimension);
  slot[1] = static_cast<char>(length);
  ++count_;
  return {};
}

TermList TermGatherer::list() const {
  // Few terms: each is put where it belongs among those before it, unless it is there.
  std::array<TermView, kTermsMax> sorted{};
  std::size_t count = 0;
  std::size_t size = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    const TermView term = *TermList::Iterator(slots_[i].data());
    std::size_t at = count;
    while (at > 0 && is_before(term, sorted[at - 1])) --at;
    if (at > 0 && sorted[at - 1] == term) continue;
    for (std::size_t k = count; k > at; --k) sorted[k] = sorted[k - 1];
    sorted[at] = term;
    ++count;
    size += 2 + term.value.size();
  }
  TermList list;
  list.bytes_.reserve(size);
  // A value stands in its slot behind its dimension and length.
  for (const TermView& term : std::span(sorted.data(), count)) {
    list.bytes_.append(term.value.data() - 2, term.value.size() + 2);
  }
  return list;
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
