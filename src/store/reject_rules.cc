#include "store/reject_rules.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/bytes.h"
#include "base/strings.h"

namespace waybill::store {
namespace {

// A sender's clock may be wrong by so much.
constexpr std::chrono::hours kClockSlack{24};

constexpr std::size_t kHexDigits = 32;

// What a text tells of sids of one kind.
enum class Naming : std::uint8_t { kThis, kOthers, kNone };

bool is_letter_or_digit(std::uint8_t byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

// Whether a letter or a digit is written as an escape of a form or of JSON, so that a sid may stand there unseen.
bool hides_letters(std::string_view text) {
  for (const std::string_view escape : {std::string_view("%"), std::string_view("\\u00")}) {
    for (std::size_t at = text.find(escape); at != std::string_view::npos; at = text.find(escape, at + 1)) {
      std::array<std::uint8_t, 1> byte{};
      const std::string_view digits = text.substr(at + escape.size(), 2);
      if (digits.size() == 2 && base::from_hex(digits, byte) && is_letter_or_digit(byte[0])) return true;
    }
  }
  return false;
}

Naming naming_of(std::string_view text, std::string_view prefix, std::string_view sid_bytes) {
  bool has_others = false;
  for (std::size_t at = text.find(prefix); at != std::string_view::npos; at = text.find(prefix, at + 1)) {
    const std::string_view digits = text.substr(at + prefix.size(), kHexDigits);
    model::SidBytes bytes{};
    if (digits.size() != kHexDigits || !base::from_hex(digits, bytes)) continue;
    if (base::as_text(bytes) == sid_bytes) return Naming::kThis;
    has_others = true;
  }
  return has_others && !hides_letters(text) ? Naming::kOthers : Naming::kNone;
}

bool may_be_in_workspace(const Reject& reject, const RejectErasure& erasure) {
  if (reject.account && *reject.account != erasure.account) return false;
  const auto workspace = model::WorkspaceSid::parse(reject.workspace_text);
  if (workspace) return *workspace == erasure.workspace;
  return naming_of(reject.body, model::WorkspaceKind::kPrefix, base::as_text(erasure.workspace.bytes())) !=
         Naming::kOthers;
}

RejectLimits share_of_posts(const RejectLimits& limits) { return {(limits.count + 1) / 2, (limits.bytes + 1) / 2}; }

base::Error no_room(const std::string& what) {
  return base::storage_full(what + "; look at them with `waybill rejects list`, and retry or drop them");
}

}  // namespace

std::string tidied_text(const std::string& text) { return base::printable(text.substr(0, kRejectTextMax)); }

Reject tidied(Reject reject) {
  for (std::string* text : {&reject.workspace_text, &reject.origin, &reject.place, &reject.problem}) {
    *text = tidied_text(*text);
  }
  reject.last_arrived = reject.arrived;
  reject.times = 1;
  return reject;
}

std::uint64_t room_of(const Reject& reject) {
  return reject.body.size() + reject.workspace_text.size() + reject.origin.size() + reject.place.size() +
         reject.problem.size();
}

base::Sha256 digest_of(const Reject& reject) {
  std::string what;
  base::put_le(what, reject.account ? static_cast<std::uint32_t>(*reject.account) : 0);
  base::put_le(what, static_cast<std::uint8_t>(reject.road));
  base::put_le(what, static_cast<std::uint8_t>(reject.form));
  base::put_le(what, static_cast<std::uint64_t>(reject.workspace_text.size()));
  what += reject.workspace_text;
  what += reject.body;
  return base::sha256(what);
}

base::Result<void> check_room(const RejectRoom& all, const RejectLimits& limits) {
  const std::string full = "the place for what cannot be stored is full: it holds ";
  if (all.count > limits.count) return no_room(full + std::to_string(limits.count) + " elements");
  if (all.bytes > limits.bytes) return no_room(full + std::to_string(limits.bytes) + " bytes");
  return {};
}

base::Result<void> check_room_of_posts(const RejectRoom& posts, const RejectLimits& limits) {
  const std::string full = "the share of POST in the place for what cannot be stored is full: it holds ";
  const RejectLimits share = share_of_posts(limits);
  if (posts.count > share.count) return no_room(full + std::to_string(share.count) + " elements");
  if (posts.bytes > share.bytes) return no_room(full + std::to_string(share.bytes) + " bytes");
  return {};
}

bool is_within_share(const RejectRoom& all, const RejectLimits& limits) {
  const RejectLimits share = share_of_posts(limits);
  return all.count <= share.count && all.bytes <= share.bytes;
}

void count_roads(std::span<const Reject> rejects, decltype(RejectFigures::kept)& kept) {
  for (const Reject& reject : rejects) ++kept[static_cast<std::size_t>(reject.road) - 1];
}

base::Error no_such_reject(std::uint64_t number) {
  return base::not_found("nothing is kept aside under the number " + std::to_string(number));
}

bool may_be_of(const Reject& reject, const RejectErasure& erasure) {
  if (!may_be_in_workspace(reject, erasure)) return false;
  if (reject.last_arrived < erasure.from - kClockSlack) return false;
  if (!erasure.subject) return true;
  const bool is_task = erasure.subject->dimension == model::Dimension::kTask;
  const std::string_view prefix = is_task ? model::TaskKind::kPrefix : model::WorkerKind::kPrefix;
  return naming_of(reject.body, prefix, erasure.subject->value) != Naming::kOthers;
}

base::Result<std::vector<std::uint64_t>> find_rejects(const Rejects& rejects, const RejectErasure& erasure) {
  std::vector<std::uint64_t> numbers;
  RejectQuery query;
  for (;;) {
    TRY_ASSIGN(const std::vector<Reject> some, rejects.list(query));
    if (some.empty()) break;
    for (const Reject& reject : some) {
      if (may_be_of(reject, erasure)) numbers.push_back(reject.number);
    }
    query.after = some.back().number;
  }
  return numbers;
}

base::Result<std::uint64_t> erase_rejects(Rejects& rejects, const RejectErasure& erasure) {
  TRY_ASSIGN(const std::vector<std::uint64_t> numbers, find_rejects(rejects, erasure));
  return rejects.drop(numbers);
}

}  // namespace waybill::store
