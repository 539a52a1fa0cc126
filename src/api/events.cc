#include "api/events.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "api/administration.h"
#include "api/page_meta.h"
#include "api/page_token.h"
#include "api/query_params.h"
#include "codec/record.h"
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

ApiResult<http::Response> Events::list(const Context& context) const {
  TRY_ASSIGN(const model::Workspace workspace, workspace_of_path(context, registry_));
  TRY_ASSIGN(const EventListParams params, parse_event_list(context.request.query, context.now));
  const std::string binding = binding_of(context, workspace, params);
  TRY_ASSIGN(const PagePlan plan, plan_page(params, workspace, binding, events_, identity_));
  auto page = events_.list(plan.query);
  if (!page) return to_api_error(page.error());

  // A page before a mark is found backwards and shown forwards.
  const auto turn = [&] {
    if (plan.side == PageSide::kBefore) std::reverse(page->events.begin(), page->events.end());
  };
  std::string body;
  const auto write = [&](std::size_t bytes_max) -> base::Result<bool> {
    PageMeta meta = meta_of(params, context.public_base + path_of_list(context, workspace));
    add_neighbours(meta, *page, plan, identity_, binding, params.ordering);
    body.clear();
    body.reserve(2048 + page->events.size() * 1536);
    codec::JsonWriter out(body);
    out.begin_object().key("meta");
    write_page_meta(out, meta);
    out.key("events").begin_array();
    TRY_ASSIGN(const bool whole, append_events(body, page->events, context, bytes_max));
    out.end_array().end_object();
    return whole;
  };
  turn();
  auto whole = write(model::kPageBytesMax);
  if (whole && !*whole) {
    turn();
    const auto shorter = shorten(*page, context);
    if (!shorter) return to_api_error(shorter.error());
    turn();
    whole = write(std::numeric_limits<std::size_t>::max());
  }
  if (!whole) return to_api_error(whole.error());
  return json_response(200, std::move(body));
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
  const auto event = events_.find(workspace.number, *sid);
  if (!event) return to_api_error(event.error());
  if (!*event) return resource_not_found(context.request.path);
  std::string body;
  std::string scratch;
  const auto shown = append_event(body, **event, context, scratch);
  if (!shown) return to_api_error(shown.error());
  return json_response(200, std::move(body));
}

// Appends events, commas between them. False if it stopped because they had reached `bytes_max` and more were to come.
base::Result<bool> Events::append_events(std::string& out, const std::vector<model::FoundEvent>& events,
                                         const Context& context, std::size_t bytes_max) const {
  const std::size_t begin = out.size();
  std::string scratch;
  for (const model::FoundEvent& event : events) {
    if (out.size() - begin >= bytes_max) return false;
    if (&event != events.data()) out += ',';
    TRY(append_event(out, event, context, scratch));
  }
  return true;
}

// Ends a page, which stands in the order it was found in, with the event whose text reaches the limit. The store counts
// what it keeps, which is compressed; how long an event is shown is known here.
base::Result<void> Events::shorten(model::FoundPage& page, const Context& context) const {
  std::string text;
  std::string scratch;
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (count < page.events.size() && bytes < model::kPageBytesMax) {
    text.clear();
    TRY(append_event(text, page.events[count++], context, scratch));
    bytes += text.size();
  }
  page.more = page.more || count < page.events.size();
  page.events.resize(count);
  return {};
}

// `scratch` lends its memory.
base::Result<void> Events::append_event(std::string& out, const model::FoundEvent& event, const Context& context,
                                        std::string& scratch) const {
  const bool old =
      !context.as_administrator && settings_.redact_after && event.key.time < context.now - *settings_.redact_after;
  const auto attributes = old ? codec::TaskAttributes::kRedacted : codec::TaskAttributes::kShown;
  if (is_plain(event.record)) return codec::append_shown(out, event.record, context.public_base, attributes);
  TRY(inflate(scratch, event));
  return codec::append_shown(out, scratch, context.public_base, attributes);
}

base::Result<void> Events::inflate(std::string& out, const model::FoundEvent& event) const {
  if (cache_.find(event.key.position, out)) return {};
  TRY_ASSIGN(out, codec::inflate_record(event.record));
  cache_.insert(event.key.position, out);
  return {};
}

}  // namespace waybill::api
