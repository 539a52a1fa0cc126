#include "api/variants.h"

#include <optional>
#include <utility>
#include <vector>

#include "api/form_place.h"
#include "api/query_params.h"
#include "base/time_text.h"
#include "codec/event_difference.h"
#include "codec/event_json.h"
#include "codec/json_scan.h"
#include "codec/json_writer.h"
#include "codec/record.h"
#include "model/limits.h"

namespace waybill::api {
namespace {

constexpr std::int64_t kListedMax = 1000;

ApiResult<store::VariantQuery> parse_query(std::string_view text, const store::Registry& registry) {
  TRY_ASSIGN(const QueryParams params, QueryParams::parse(text, {"AccountSid", "WorkspaceSid", "After", "Limit"}));
  store::VariantQuery query;
  if (params.text("WorkspaceSid")) {
    TRY_ASSIGN(const NamedWorkspace place, place_of_form(params, registry));
    query.workspace = place.workspace.number;
  } else if (params.text("AccountSid")) {
    return invalid_parameter("AccountSid: stands there without WorkspaceSid");
  }
  TRY_ASSIGN(const auto after, params.number("After", 0, INT64_MAX));
  TRY_ASSIGN(const auto limit, params.number("Limit", 1, kListedMax));
  if (after) query.after = static_cast<std::uint64_t>(*after);
  if (limit) query.limit = static_cast<std::uint32_t>(*limit);
  return query;
}

void write_differences(codec::JsonWriter& out, const std::vector<codec::EventDifference>& differences) {
  out.key("differences").begin_array();
  for (const codec::EventDifference& each : differences) {
    out.begin_object().member("path", each.path);
    if (!each.a.empty()) out.key("stored").raw(each.a);
    if (!each.b.empty()) out.key("variant").raw(each.b);
    out.end_object();
  }
  out.end_array();
}

// The first copy of a variant's event, or what has become of it.
struct FirstCopy {
  enum class State : std::uint8_t { kStored, kUnreadable, kMissing };
  State state = State::kStored;
  std::string record;
};

// Nothing if the event has expired: what has is not shown, and no copy of it.
base::Result<std::optional<FirstCopy>> find_first_copy(const store::EventReader& events,
                                                       const store::Variant& variant) {
  auto event = events.find(variant.workspace, variant.sid);
  if (!event && event.error().code() != base::ErrorCode::kCorruption) return std::move(event).error();
  if (!event) return std::optional(FirstCopy{FirstCopy::State::kUnreadable, {}});
  if (*event) return std::optional(FirstCopy{FirstCopy::State::kStored, std::move((*event)->record)});
  const auto described = codec::describe_record(variant.record);
  if (described && described->time < events.oldest_shown(variant.workspace)) return std::optional<FirstCopy>();
  return std::optional(FirstCopy{FirstCopy::State::kMissing, {}});
}

// Writes a variant; without a first copy that can be read there are no differences to be told.
base::Result<void> write_variant(codec::JsonWriter& out, const store::Variant& variant, const FirstCopy& first_copy,
                                 const NamedWorkspace& place, std::string_view public_base) {
  const bool is_stored = first_copy.state == FirstCopy::State::kStored;
  std::string first;
  std::string other;
  if (is_stored) TRY(codec::append_shown(first, first_copy.record, public_base, codec::TaskAttributes::kShown));
  TRY(codec::append_shown(other, variant.record, public_base, codec::TaskAttributes::kShown));
  codec::JsonChecker checker_first;
  codec::JsonChecker checker_other;
  TRY_ASSIGN(const codec::CheckedJson checked_first,
             checker_first.check(is_stored ? first : other, codec::kStoredNestingMax));
  TRY_ASSIGN(const codec::CheckedJson checked_other, checker_other.check(other, codec::kStoredNestingMax));
  out.begin_object().key("number").number(static_cast<std::int64_t>(variant.number));
  out.member("account_sid", place.account.sid.to_text());
  out.member("workspace_sid", place.workspace.sid_text);
  out.member("event_sid", variant.sid.to_text());
  out.member("date_arrived", base::to_millisecond_text(variant.arrived));
  if (!is_stored) {
    out.member("first_copy", first_copy.state == FirstCopy::State::kUnreadable ? "unreadable" : "missing");
  }
  write_differences(out, codec::differences_of(checked_first, checked_other));
  out.key("event").raw(other).end_object();
  return {};
}

}  // namespace

ApiResult<std::string> variants_in_json(std::string_view query_text, const store::EventReader& events,
                                        const store::Registry& registry, std::string_view public_base) {
  TRY_ASSIGN(const store::VariantQuery query, parse_query(query_text, registry));
  TRY_ASSIGN(const auto places, all_places(registry));
  TRY_ASSIGN(const auto found, checked(events.variants(query)));
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object().key("variants").begin_array();
  std::size_t bytes = 0;
  std::size_t looked_at = 0;
  for (const store::Variant& variant : found) {
    // Records are compressed in the store; what they become is bounded here.
    if (body.size() >= model::kPageBytesMax) break;
    ++looked_at;
    bytes += variant.record.size();
    const auto place = places.find(variant.workspace);
    if (place == places.end()) continue;
    TRY_ASSIGN(const auto first, checked(find_first_copy(events, variant)));
    if (first) TRY(checked(write_variant(out, variant, *first, place->second, public_base)));
  }
  const bool is_last = looked_at == found.size() && found.size() < query.limit && bytes < query.bytes_max;
  out.end_array().key("after");
  is_last ? out.null() : out.number(static_cast<std::int64_t>(found[looked_at - 1].number));
  out.end_object();
  return body;
}

ApiResult<http::Response> Variants::list(const Context& context) const {
  TRY_ASSIGN(std::string body, variants_in_json(context.request.query, events_, registry_, context.public_base));
  return json_response(200, std::move(body));
}

}  // namespace waybill::api
