#include "api/events.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "api/administration.h"
#include "api/page_meta.h"
#include "api/query_params.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/crypto.h"
#include "http/gzip.h"
#include "model/limits.h"

namespace waybill::api {
namespace {

// What a page token of this list is bound to, as one text that no other list has. Names and values are percent-encoded,
// so no value can look like two.
std::string binding_of(const Context& context, const model::Workspace& workspace, const EventListParams& params) {
  return std::string(context.as_administrator ? "all of events|" : "events|") + context.account->sid.to_text() + "|" +
         workspace.sid.to_text() + "|" + http::encode_form(params.filters);
}

// Whether a record can be shown as it is (docs/formats/record.md, version 1), so that to keep another copy of it would
// gain nothing.
bool is_plain(std::string_view record) { return record.starts_with('\x01'); }

// A page about to be read: the question, and the walk it belongs to.
struct PagePlan {
  model::EventQuery query;
  PageSide side = PageSide::kAfter;
  bool is_first = true;
};

// The key next to `key` on the other side of nothing: a mark that lets `key` itself be found from that side.
model::SortKey step_over(const model::SortKey& key, model::Direction direction) {
  const std::uint64_t position = to_number(key.position);
  return {key.time, model::Position{direction == model::Direction::kOldestFirst ? position + 1 : position - 1}};
}

ApiResult<PagePlan> plan_page(const EventListParams& params, const model::Workspace& workspace,
                              const std::string& binding, const store::EventReader& events,
                              const store::StoreIdentity& identity) {
  PagePlan plan;
  plan.query.workspace = workspace.number;
  plan.query.terms = params.terms;
  plan.query.sid = params.sid;
  plan.query.from = params.from;
  plan.query.to = params.to;
  plan.query.limit = params.paging.page_size;
  plan.query.direction = params.ordering;
  const std::string& token = params.paging.page_token;
  if (token.empty()) return plan;

  plan.is_first = false;
  if (const auto bare = parse_bare_page_token(token)) {
    const auto event = events.find(workspace.number, bare->sid);
    if (!event) return to_api_error(event.error());
    if (!*event) return invalid_page_token();
    plan.side = bare->side;
    plan.query.after = (*event)->key;
  } else {
    TRY_ASSIGN(const PageMark mark, decode_page_token(token, identity.token_secret, binding));
    if (mark.incarnation != identity.incarnation) return invalid_page_token();
    plan.side = mark.side;
    plan.query.after = mark.key;
    plan.query.from = mark.from;
    plan.query.to = mark.to;
    plan.query.horizon = mark.horizon;
  }
  if (plan.side == PageSide::kBefore) plan.query.direction = model::opposite(params.ordering);
  return plan;
}

PageMeta meta_of(const EventListParams& params, std::string list_url) {
  PageMeta meta;
  meta.list_url = std::move(list_url);
  meta.filters = params.filters;
  meta.key = "events";
  meta.page_size = params.paging.page_size;
  meta.page = params.paging.page;
  meta.page_token = params.paging.page_token;
  return meta;
}

// The tokens of the pages on either side. `page` is in the list's order already.
void add_neighbours(PageMeta& meta, const model::FoundPage& page, const PagePlan& plan,
                    const store::StoreIdentity& identity, const std::string& binding, model::Direction ordering) {
  const auto token = [&](PageSide side, const model::SortKey& key) {
    const PageMark mark{side, key, page.horizon, plan.query.from, plan.query.to, identity.incarnation};
    return encode_page_token(mark, identity.token_secret, binding);
  };
  const bool before = plan.side == PageSide::kBefore;
  const bool has_next = before || page.more;
  const bool has_previous = before ? page.more : !plan.is_first;
  // An empty page has no ends of its own: its neighbour is the page the mark came from, the marked event included.
  if (has_next) {
    meta.next_token =
        token(PageSide::kAfter,
              page.events.empty() ? step_over(*plan.query.after, model::opposite(ordering)) : page.events.back().key);
  }
  if (has_previous) {
    meta.previous_token = token(PageSide::kBefore,
                                page.events.empty() ? step_over(*plan.query.after, ordering) : page.events.front().key);
  }
}

ApiError explains_to_administrators() {
  return {403, 20403,
          "Explain: is answered to the administrator alone, by GET "
          "/admin/v1/Accounts/{AccountSid}/Workspaces/{WorkspaceSid}/Events"};
}

void note_found(ListReport& report, const model::FoundPage& page, bool was_kept) {
  report.work = page.work;
  report.events = page.events.size();
  report.page_was_kept = was_kept;
  for (const model::FoundEvent& event : page.events) report.records_read += event.record.empty() ? 0U : 1U;
  // What is looked up is found and read at once.
  if (report.found == base::SteadyTime()) report.found = report.read;
}

// Where the list lies, for the URLs of its pages.
std::string path_of_list(const Context& context, const model::Workspace& workspace) {
  const std::string whose =
      context.as_administrator ? "/admin/v1/Accounts/" + context.account->sid.to_text() : std::string("/v1");
  return whose + "/Workspaces/" + workspace.sid_text + "/Events";
}

}  // namespace

ApiResult<model::Workspace> workspace_of_path(const Context& context, const store::Registry& registry) {
  const auto sid = model::WorkspaceSid::parse(context.path.find("WorkspaceSid")->second);
  const auto workspace = sid ? registry.find_workspace(context.account->number, *sid) : std::nullopt;
  if (!workspace) return resource_not_found(context.request.path);
  return *workspace;
}

// What the caches have of a page that the store is about to read.
class Events::Known final : public store::KnownRecords {
 public:
  // Of extras the caches have nothing.
  Known(const Events& events, const Context& context, PageSide side, Extra extra, Effort effort, ListReport& report)
      : events_(events), context_(context), side_(side), extra_(extra), effort_(effort), report_(report) {}

  bool has_page(std::span<const model::FoundEvent> events) override {
    report_.found = events_.watch_.clock.steady_now();
    records_.resize(events.size());
    if (extra_ == Extra::kHidden) {
      key_ = events_.page_key(events, context_, side_);
      text_ = events_.pages_.find(key_);
    }
    // Nothing is read for a page that will not be shown now.
    is_too_much_ = effort_ == Effort::kLittle && text_ == nullptr && events.size() > kLittleItems;
    return text_ != nullptr || is_too_much_;
  }

  // Whether to show the page takes more than the effort that is allowed.
  [[nodiscard]] bool is_too_much() const { return is_too_much_; }

  std::optional<std::size_t> has_record(std::size_t number, const model::SortKey& key) override {
    if (extra_ == Extra::kShown) return std::nullopt;
    auto kept = events_.cache_.find(key.position);
    if (!kept) return std::nullopt;
    records_[number] = std::move(kept->plain);
    return kept->stored_bytes;
  }

  // What shows the page as a whole, if it was there, and by what it is kept.
  [[nodiscard]] const std::shared_ptr<const http::SharedText>& text() const { return text_; }
  [[nodiscard]] const std::string& key() const { return key_; }

  // The inflated records of the page's events, in the order they were found in; unset where the store gave the record.
  [[nodiscard]] PlainRecords& records() { return records_; }

 private:
  const Events& events_;
  const Context& context_;
  const PageSide side_;
  const Extra extra_;
  const Effort effort_;
  ListReport& report_;
  bool is_too_much_ = false;
  std::string key_;
  std::shared_ptr<const http::SharedText> text_;
  PlainRecords records_;
};

// The page; or what is said of it, to those who may ask for that.
ApiResult<http::Response> Events::list(const Context& context) const {
  TRY_ASSIGN(std::optional<http::Response> response, list(context, Effort::kAll));
  CHECK(response.has_value());
  return *std::move(response);
}

ApiResult<std::optional<http::Response>> Events::list(const Context& context, Effort effort) const {
  ListReport report;
  report.began = watch_.clock.steady_now();
  TRY_ASSIGN(std::optional<http::Response> response, page(context, effort, report));
  if (!response) return response;
  report.ended = watch_.clock.steady_now();
  const bool is_slow = settings_.slow_query.count() > 0 && report.ended - report.began >= settings_.slow_query;
  if (!is_slow && !report.explains) return response;
  TRY(describe(context, report));
  if (is_slow) log_slow_list(watch_.log, context.request.id, report);
  if (!report.explains) return response;
  std::string body;
  codec::JsonWriter out(body);
  write_report(out, report);
  return std::optional(json_response(200, std::move(body)));
}

// Says in the report what was asked for. Reads the query again, since few reports are ever looked at.
ApiResult<void> Events::describe(const Context& context, ListReport& report) const {
  TRY_ASSIGN(const model::Workspace workspace, workspace_of_path(context, registry_));
  TRY_ASSIGN(const EventListParams params, parse_event_list(context.request.query, context.now));
  report.account = context.account->sid.to_text();
  report.workspace = workspace.sid_text;
  for (const auto& [name, value] : params.filters) report.filters.push_back(name);
  for (const model::Term& term : params.terms) report.terms.emplace_back(parameter_of(term.dimension));
  report.ordering = params.ordering == model::Direction::kOldestFirst ? "EventDate:asc" : "EventDate:desc";
  report.page_size = params.paging.page_size;
  report.is_looked_up = params.sid.has_value();
  return {};
}

ApiResult<std::optional<http::Response>> Events::page(const Context& context, Effort effort, ListReport& report) const {
  TRY_ASSIGN(const model::Workspace workspace, workspace_of_path(context, registry_));
  TRY_ASSIGN(const EventListParams params, parse_event_list(context.request.query, context.now));
  if (params.explains && !context.as_administrator) return explains_to_administrators();
  report.explains = params.explains;
  const std::string binding = binding_of(context, workspace, params);
  TRY_ASSIGN(const PagePlan plan, plan_page(params, workspace, binding, events_, identity_));
  const Extra extra = params.with_extra ? Extra::kShown : Extra::kHidden;
  Known known(*this, context, plan.side, extra, effort, report);
  auto page = events_.list_unknown(plan.query, known);
  report.read = watch_.clock.steady_now();
  if (!page) return to_api_error(page.error());
  if (known.is_too_much()) return std::optional<http::Response>();
  PlainRecords& records = known.records();
  note_found(report, *page, known.text() != nullptr);
  // A page that the store has cut is not the one whose key it was asked for by.
  const bool is_cut = records.size() != page->events.size();
  records.resize(page->events.size());

  // A page before a mark is found backwards and shown forwards.
  const auto turn = [&] {
    if (plan.side != PageSide::kBefore) return;
    std::reverse(page->events.begin(), page->events.end());
    std::reverse(records.begin(), records.end());
  };
  http::Response response = json_response(200, {});
  // Up to the events; what follows is the same whenever the same events are shown.
  const auto begin = [&] {
    PageMeta meta = meta_of(params, context.public_base + path_of_list(context, workspace));
    add_neighbours(meta, *page, plan, identity_, binding, params.ordering);
    response.body.clear();
    response.body.reserve(2048 + (known.text() ? 0 : page->events.size() * 2048));
    codec::JsonWriter out(response.body);
    out.begin_object().key("meta");
    write_page_meta(out, meta);
    out.key("events").begin_array();
  };
  turn();
  begin();
  if (known.text()) {
    response.body_end = known.text();
    return std::optional(std::move(response));
  }
  const std::size_t events_at = response.body.size();
  const std::size_t bytes_max = effort == Effort::kLittle ? kLittleBytes : model::kPageBytesMax;
  const auto whole = append_events(response.body, *page, records, context, extra, bytes_max);
  if (!whole) return to_api_error(whole.error());
  if (*whole) {
    if (!is_cut) keep_page(response, events_at, known.key());
    return std::optional(std::move(response));
  }
  if (effort == Effort::kLittle) return std::optional<http::Response>();
  turn();
  const auto shorter = shorten(*page, records, context, extra);
  if (!shorter) return to_api_error(shorter.error());
  turn();
  begin();
  const auto rest =
      append_events(response.body, *page, records, context, extra, std::numeric_limits<std::size_t>::max());
  if (!rest) return to_api_error(rest.error());
  return std::optional(std::move(response));
}

std::uint64_t Events::page_hash_key(const store::StoreIdentity& identity) {
  return base::get_le<std::uint64_t>(base::as_text(base::hmac_sha256(identity.token_secret, "the cache of pages")), 0);
}

// Says of which events a page is, in the order they are shown in, and how they are shown: their text follows from it.
std::string Events::page_key(std::span<const model::FoundEvent> events, const Context& context, PageSide side) const {
  std::string key;
  key.reserve((events.size() + 2) * sizeof(std::uint64_t) + context.public_base.size());
  base::put_le(key, std::uint64_t{events.size()});
  std::uint64_t redacted = 0;
  const auto add = [&](const model::FoundEvent& event) {
    base::put_le(key, to_number(event.key.position));
    redacted += attributes_of(event, context) == codec::TaskAttributes::kRedacted ? 1U : 0U;
  };
  if (side == PageSide::kBefore) {
    std::for_each(events.rbegin(), events.rend(), add);
  } else {
    std::for_each(events.begin(), events.end(), add);
  }
  // The oldest are redacted, and events stand by time, so how many tells which.
  base::put_le(key, redacted);
  return key + context.public_base;
}

// Keeps the end of an answer, which begins at `events_at`, if it is asked for again and again.
void Events::keep_page(http::Response& response, std::size_t events_at, const std::string& key) const {
  if (key.empty() || !pages_.is_wanted(key)) return;
  auto text = std::make_shared<const http::SharedText>(http::Gzip().make_shared_text(response.body.substr(events_at)));
  pages_.insert(key, text);
  response.body.resize(events_at);
  response.body_end = std::move(text);
}

ApiResult<http::Response> Events::list_for_administrator(const Context& context) const {
  Context asked = context;
  TRY_ASSIGN(asked.account, account_of_path(context, registry_));
  asked.as_administrator = true;
  return list(asked);
}

ApiResult<http::Response> Events::fetch(const Context& context) const {
  TRY_ASSIGN(const model::Workspace workspace, workspace_of_path(context, registry_));
  const auto sid = model::EventSid::parse(context.path.find("Sid")->second);
  if (!sid) return resource_not_found(context.request.path);
  TRY_ASSIGN(const QueryParams params, QueryParams::parse(context.request.query, {"Extra"}));
  TRY_ASSIGN(const bool with_extra, parse_extra(params));
  const auto event = events_.find(workspace.number, *sid);
  if (!event) return to_api_error(event.error());
  if (!*event) return resource_not_found(context.request.path);
  std::string body;
  std::shared_ptr<const std::string> plain;
  const auto shown = append_event(body, **event, plain, context, with_extra ? Extra::kShown : Extra::kHidden);
  if (!shown) return to_api_error(shown.error());
  return json_response(200, std::move(body));
}

// Appends the events of a page, commas between them, and the end of the answer. False if it stopped because they had
// reached `bytes_max` and more were to come.
base::Result<bool> Events::append_events(std::string& out, const model::FoundPage& page, PlainRecords& records,
                                         const Context& context, Extra extra, std::size_t bytes_max) const {
  const std::size_t begin = out.size();
  for (std::size_t i = 0; i < page.events.size(); ++i) {
    if (out.size() - begin >= bytes_max) return false;
    if (i > 0) out += ',';
    TRY(append_event(out, page.events[i], records[i], context, extra));
  }
  out += "]}";
  return true;
}

// Ends a page, which stands in the order it was found in, with the event whose text reaches the limit. The store counts
// what it keeps, which is compressed; how long an event is shown is known here.
base::Result<void> Events::shorten(model::FoundPage& page, PlainRecords& records, const Context& context,
                                   Extra extra) const {
  std::string text;
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (count < page.events.size() && bytes < model::kPageBytesMax) {
    text.clear();
    TRY(append_event(text, page.events[count], records[count], context, extra));
    ++count;
    bytes += text.size();
  }
  page.more = page.more || count < page.events.size();
  page.events.resize(count);
  records.resize(count);
  return {};
}

// `plain` is the event's inflated record; if it is unset, that of `event` may be inflated into it.
base::Result<void> Events::append_event(std::string& out, const model::FoundEvent& event,
                                        std::shared_ptr<const std::string>& plain, const Context& context,
                                        Extra extra) const {
  const codec::TaskAttributes attributes = attributes_of(event, context);
  // Where task attributes are hidden the extra is too: it may hold them as they came.
  if (extra == Extra::kShown && attributes == codec::TaskAttributes::kShown) {
    return codec::append_shown_whole(out, event.record, context.public_base);
  }
  if (!plain && is_plain(event.record)) {
    return codec::append_shown(out, event.record, context.public_base, attributes);
  }
  if (!plain) TRY(inflate(plain, event));
  return codec::append_shown(out, *plain, context.public_base, attributes);
}

codec::TaskAttributes Events::attributes_of(const model::FoundEvent& event, const Context& context) const {
  const bool old =
      !context.as_administrator && settings_.redact_after && event.key.time < context.now - *settings_.redact_after;
  return old ? codec::TaskAttributes::kRedacted : codec::TaskAttributes::kShown;
}

base::Result<void> Events::inflate(std::shared_ptr<const std::string>& plain, const model::FoundEvent& event) const {
  TRY_ASSIGN(std::string inflated, codec::inflate_record(event.record));
  plain = std::make_shared<const std::string>(std::move(inflated));
  cache_.insert(event.key.position, {plain, static_cast<std::uint32_t>(event.record.size())});
  return {};
}

}  // namespace waybill::api
