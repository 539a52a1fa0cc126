#include "api/api.h"

#include <exception>
#include <limits>
#include <memory>
#include <utility>

#include "api/openapi.h"
#include "base/strings.h"
#include "base/thread.h"
#include "codec/json_writer.h"
#include "http/turns.h"

namespace waybill::api {
namespace {

using http::Method;

// What every answer says to a browser; the values the hosted service sends, and our own headers made readable.
constexpr std::pair<const char*, const char*> kCorsHeaders[] = {
    {"Access-Control-Allow-Origin", "*"},
    {"Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS"},
    {"Access-Control-Allow-Headers",
     "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, "
     "Idempotency-Key"},
    {"Access-Control-Allow-Credentials", "true"},
    {"Access-Control-Expose-Headers",
     "ETag, Retry-After, Twilio-Request-Id, X-Rate-Limit-Config, X-Rate-Limit-Limit, X-Rate-Limit-Remaining"},
};

// What keeps a browser from taking data for a page, and it and proxies from keeping what they have seen.
constexpr std::pair<const char*, const char*> kProtectingHeaders[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Cache-Control", "no-store"},
};

ApiError not_authenticated() { return {401, 20003, "Authenticate"}; }

ApiError method_not_allowed(const http::Request& request) {
  const bool is_known = request.method != Method::kOther;
  std::string message = (is_known ? "Method " + std::string(http::to_text(request.method)) : "This method") +
                        " is not allowed on " + path_for_message(request.path);
  // A sink of Event Streams can be configured so; no documentation says where its events would stand then.
  if (request.method == Method::kGet && request.path.starts_with("/webhooks/")) {
    message += ": a GET has no body that could hold events; configure the webhook, or the sink, with the method POST";
  }
  return {405, 20004, std::move(message)};
}

ApiError too_many_requests(std::uint32_t limit) {
  return {429, 20429, "Too Many Requests: more than " + std::to_string(limit) + " a second (setting rate-limit)"};
}

http::Response too_many_guesses(std::chrono::seconds wait) {
  return error_response({429, 20429,
                         "Too many different wrong credentials have come from this address; it must wait (guesses-max)",
                         wait});
}

// `YAML` has no registered type of its own that clients agree on; this is the one RFC 9512 gives it.
http::Response openapi_response() {
  return {200, {{"Content-Type", "application/yaml; charset=utf-8"}}, std::string(openapi_document())};
}

void answer(http::Reply& reply, ApiResult<http::Response> result) {
  reply.send(result ? *std::move(result) : error_response(result.error()));
}

std::string allow_list(const std::vector<Method>& methods) {
  std::string out;
  for (const Method method : methods) out += std::string(http::to_text(method)) + ", ";
  return out + "OPTIONS";
}

// What every answer carries.
void add_common_headers(http::Response& response, const CommonHeaders& headers) {
  constexpr std::size_t kHeadersUsual = 14;
  response.headers.reserve(kHeadersUsual);
  if (!response.header("Content-Type") && response.status != 204) {
    response.headers.push_back({"Content-Type", "application/json; charset=utf-8"});
  }
  response.headers.push_back({"Twilio-Request-Id", headers.request_sid});
  add_rate_limit_headers(response, headers.admission);
  for (const auto& [name, value] : kProtectingHeaders) response.headers.push_back({name, value});
  if (!headers.for_pages) return;
  for (const auto& [name, value] : kCorsHeaders) response.headers.push_back({name, value});
}

// What the port for watching answers.
bool is_watched(std::string_view path) { return path == "/metrics" || path == "/healthz" || path == "/readyz"; }

http::Response service_index(const Context& context) {
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object();
  out.member("service", "waybill");
  out.member("about", "Keeps TaskRouter events and answers the Events API. Not affiliated with Twilio.");
  out.member("workspaces_url", context.public_base + "/v1/Workspaces");
  out.member("openapi_url", context.public_base + "/openapi.yaml");
  out.end_object();
  return json_response(200, std::move(body));
}

// A line for a request that failed. What strangers can make fail has no more lines than they can have (RefusalLines).
void note_failed(const obs::Log& logger, RefusalLines& lines, const http::Response& response,
                 const CommonHeaders& headers, base::SteadyTime now) {
  RefusalLines::Verdict line{true, 0};
  if (headers.caller.empty()) line = lines.admit("", now);
  if (!line.write) return;
  logger.warning("request failed", {{"status", response.status},
                                    {"request", headers.request_sid},
                                    {"answer", response.body},
                                    {"left_out", line.left_out}});
}

// To whoever asks before everything is in force; nobody's credentials are looked at yet.
http::Response not_ready_yet(const std::string& what) {
  return error_response(to_api_error(base::busy("the server is starting: " + what)));
}

}  // namespace

// Whether a route needs to know who asks, and whether it counts against the account's rate. Only reads count: an event
// that is refused is an event that may be lost; and facts for the ledger, which can be told again.
//
// kWatching is open on the port that answers nothing else, and wants the administrator everywhere else.
enum class Gate { kOpen, kAccount, kAccountCounted, kAdministrator, kWatching };

// Where a handler runs: on the connection's thread if it only looks into memory or answers later by itself; if it reads
// events, there too, unless reads have lately gone to the disk; on a thread that may wait for the disk in any case.
enum class Place { kConnection, kConnectionOrStore, kStore };

namespace {

// Neither what shows the server's state nor what needs nothing of the store.
bool waits_for_start(Gate gate, Method method) {
  return (gate != Gate::kOpen && gate != Gate::kWatching) || method != Method::kGet;
}

// Turns that are no account's.
constexpr std::uint64_t kAdministratorTurn = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kWatcherTurn = kAdministratorTurn - 1;
constexpr std::uint64_t kStrangerTurn = kAdministratorTurn - 2;
constexpr std::uint64_t kKeeperTurn = kAdministratorTurn - 3;

// Whose turn a request takes: an account's, or that of all who ask without one.
std::uint64_t turn_owner(Gate gate, const Context& context) {
  switch (gate) {
    case Gate::kAccount:
    case Gate::kAccountCounted: return static_cast<std::uint64_t>(context.account->number);
    case Gate::kAdministrator: return kAdministratorTurn;
    case Gate::kWatching: return kWatcherTurn;
    case Gate::kOpen: return kStrangerTurn;
  }
  return kStrangerTurn;
}

// What shows how the server is waits for nobody, and what is asked of the administrator's routes is rare.
bool takes_turns(Gate gate, Method method) {
  return gate == Gate::kAccount || gate == Gate::kAccountCounted || (gate == Gate::kOpen && method == Method::kPost);
}

// Who has proved to be asking, without what proved it.
std::string caller_of(Gate gate, const Context& context) {
  switch (gate) {
    case Gate::kAccount:
    case Gate::kAccountCounted: return context.account->sid.to_text();
    case Gate::kAdministrator: return "administrator";
    case Gate::kOpen:
    case Gate::kWatching: return {};
  }
  return {};
}

}  // namespace

struct Api::Route {
  Method method;
  const char* pattern;
  Gate gate;
  Place place;
  void (*handler)(Api&, const Context&, http::Reply);
  // What runs on a connection's thread instead, where there is such a thing; unset: it takes more than Effort::kLittle.
  ApiResult<std::optional<http::Response>> (*quick)(Api&, const Context&) = nullptr;
};

// clang-format off
const Api::Route Api::kRoutes[] = {
    {Method::kGet, "/v1/Workspaces/{WorkspaceSid}/Events", Gate::kAccountCounted, Place::kConnectionOrStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.events_.list(c)); },
     [](Api& api, const Context& c) { return api.events_.list(c, Effort::kLittle); }},
    {Method::kPost, "/v1/Workspaces/{WorkspaceSid}/Events", Gate::kAccount, Place::kConnection,
     [](Api& api, const Context& c, http::Reply r) { api.intake_.post(c, std::move(r)); }},
    {Method::kGet, "/v1/Workspaces/{WorkspaceSid}/Events/{Sid}", Gate::kAccountCounted, Place::kConnectionOrStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.events_.fetch(c)); }},
    {Method::kGet, "/v1/Workspaces", Gate::kAccountCounted, Place::kConnection,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.workspaces_.list(c)); },
     [](Api& api, const Context& c) { return api.workspaces_.list(c, Effort::kLittle); }},
    {Method::kGet, "/v1/Workspaces/{WorkspaceSid}", Gate::kAccountCounted, Place::kConnection,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.workspaces_.fetch(c)); }},
    {Method::kGet, "/v1/Workspaces/{WorkspaceSid}/Completeness", Gate::kAccountCounted, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.completeness_.fetch(c)); }},
    {Method::kPost, "/v1/Workspaces/{WorkspaceSid}/Completeness/Pulls", Gate::kAccountCounted, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.completeness_.record_pull(c)); }},
    {Method::kPost, "/v1/Workspaces/{WorkspaceSid}/Completeness/Gaps", Gate::kAccountCounted, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.completeness_.record_gap(c)); }},
    {Method::kGet, "/metrics", Gate::kWatching, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.metrics(c)); }},
    {Method::kGet, "/admin/v1/Accounts", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context&, http::Reply r) { answer(r, api.administration_.list_accounts()); }},
    {Method::kPost, "/admin/v1/Accounts", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.administration_.create_account(c)); }},
    {Method::kPost, "/admin/v1/Accounts/{AccountSid}/Rotate", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.administration_.rotate_account(c)); }},
    {Method::kPost, "/admin/v1/Accounts/{AccountSid}/Disable", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.administration_.disable_account(c)); }},
    {Method::kPost, "/admin/v1/Accounts/{AccountSid}/Keys", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.administration_.create_key(c)); }},
    {Method::kGet, "/admin/v1/Keys", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context&, http::Reply r) { answer(r, api.administration_.list_keys()); }},
    {Method::kPost, "/admin/v1/Keys/{KeySid}/Revoke", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.administration_.revoke_key(c)); }},
    {Method::kGet, "/admin/v1/Accounts/{AccountSid}/Workspaces/{WorkspaceSid}/Retention", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.retention_.fetch(c)); }},
    {Method::kPost, "/admin/v1/Accounts/{AccountSid}/Workspaces/{WorkspaceSid}/Retention", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.retention_.set(c)); }},
    {Method::kGet, "/admin/v1/Accounts/{AccountSid}/Workspaces/{WorkspaceSid}/Events", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.events_.list_for_administrator(c)); }},
    {Method::kGet, "/admin/v1/Erasures", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context&, http::Reply r) { answer(r, api.erasures_.list()); }},
    {Method::kPost, "/admin/v1/Erasures", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) {
       auto erased = api.erasures_.create(c);
       // What was erased leaves memory too.
       api.forget_shown_records();
       answer(r, std::move(erased));
     }},
    {Method::kGet, "/admin/v1/Forwarding", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context&, http::Reply r) { answer(r, api.forwarding_.list()); }},
    {Method::kGet, "/admin/v1/Forwarding/DeadLetters", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.forwarding_.list_dead(c)); }},
    {Method::kPost, "/admin/v1/Forwarding/DeadLetters/Retry", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.forwarding_.retry(c)); }},
    {Method::kPost, "/admin/v1/Forwarding/DeadLetters/Drop", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.forwarding_.drop_dead(c)); }},
    {Method::kPost, "/admin/v1/Forwarding/Queue/Drop", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.forwarding_.drop_queued(c)); }},
    {Method::kPost, "/admin/v1/Forwarding/Replay", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.forwarding_.replay(c)); }},
    {Method::kGet, "/admin/v1/Variants", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.variants_.list(c)); }},
    {Method::kGet, "/admin/v1/Rejects", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.rejects_.list(c)); }},
    {Method::kDelete, "/admin/v1/Rejects", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.rejects_.drop_all(c)); }},
    {Method::kPost, "/admin/v1/Rejects/Retry", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.rejects_.retry_all(c)); }},
    {Method::kGet, "/admin/v1/Rejects/{Number}", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.rejects_.fetch(c)); }},
    {Method::kDelete, "/admin/v1/Rejects/{Number}", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.rejects_.drop(c)); }},
    {Method::kPost, "/admin/v1/Rejects/{Number}/Retry", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.rejects_.retry(c)); }},
    {Method::kGet, "/admin/v1/Webhooks", Gate::kAdministrator, Place::kConnection,
     [](Api& api, const Context&, http::Reply r) { answer(r, api.webhooks_.counts()); }},
    {Method::kGet, "/admin/v1/Server", Gate::kAdministrator, Place::kConnection,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.self_description_.describe(c)); }},
    {Method::kGet, "/admin/v1/Log", Gate::kAdministrator, Place::kStore,
     [](Api& api, const Context&, http::Reply r) { answer(r, api.self_description_.recent_lines()); }},
    {Method::kPost, "/webhooks/taskrouter", Gate::kOpen, Place::kConnection,
     [](Api& api, const Context& c, http::Reply r) { api.webhooks_.taskrouter(c, std::move(r)); }},
    {Method::kPost, "/webhooks/event-streams", Gate::kOpen, Place::kConnection,
     [](Api& api, const Context& c, http::Reply r) { api.webhooks_.event_streams(c, std::move(r)); }},
    {Method::kGet, "/", Gate::kOpen, Place::kConnection,
     [](Api&, const Context& c, http::Reply r) { r.send(service_index(c)); }},
    {Method::kGet, "/healthz", Gate::kOpen, Place::kConnection,
     [](Api&, const Context&, http::Reply r) { r.send(json_response(200, R"({"status":"ok"})")); }},
    {Method::kGet, "/readyz", Gate::kOpen, Place::kConnection,
     [](Api& api, const Context&, http::Reply r) { r.send(api.readiness_.answer(api.parts_.log.stopped(), api.parts_.store.damage())); }},
    {Method::kGet, "/openapi.yaml", Gate::kOpen, Place::kConnection,
     [](Api&, const Context&, http::Reply r) { r.send(openapi_response()); }},
};
// clang-format on

Api::Api(const ApiParts& parts, ApiSettings settings)
    : parts_(parts),
      settings_(std::move(settings)),
      events_(parts.store, parts.store, parts.store.identity(), {parts.clock, parts.logger}, settings_.events),
      workspaces_(parts.store),
      store_threads_("store", settings_.store_threads, settings_.store_queue_max, base::ThreadPool::Owners::kMany,
                     base::Priority::kGivesWay),
      intake_({parts.log, parts.store, parts.store.rejects(), parts.random, parts.logger,
               [this](std::function<void()> job) { return run_later(std::move(job)); }},
              settings_.limits),
      administration_(parts.store, parts.access, parts.random),
      erasures_(parts.store, parts.store),
      retention_(parts.store, parts.store, parts.logger),
      completeness_({parts.store.ledger(), parts.store, parts.feed_observer}, settings_.settling, settings_.pulling),
      forwarding_(parts.store, parts.relay),
      variants_(parts.store, parts.store),
      rejects_({parts.store.rejects(), parts.store, parts.log, parts.random, settings_.limits}),
      webhooks_(
          {parts.log, parts.store, parts.access, parts.logger, parts.store.rejects(), parts.clock,
           [this](std::function<void()> job) { return run_later(std::move(job)); }, parts.feed_observer,
           parts.callback_listener},
          settings_.webhooks, settings_.limits,
          std::make_unique<WebhookSignatures>(parts.clock, parts.logger, settings_.public_base, settings_.guesses)),
      self_description_(settings_.public_base, parts.logger),
      rate_limit_(settings_.rate_limit_per_second),
      heavy_reads_(settings_.heavy_reads),
      guess_watch_(settings_.guesses),
      request_metrics_(make_request_metrics()),
      failure_lines_(std::make_shared<RefusalLines>()) {
  for (const Route& route : kRoutes) router_.add(route.method, route.pattern);
}

Api::~Api() { store_threads_.end(); }

void Api::handle(http::Request request, http::Reply reply) { take(Door::kMain, std::move(request), std::move(reply)); }

void Api::handle_watching(http::Request request, http::Reply reply) {
  take(Door::kWatching, std::move(request), std::move(reply));
}

// The steps, in their order. Each either answers or leaves what the next ones need.
void Api::take(Door door, http::Request request, http::Reply plain_reply) {
  // 1. Whatever the answer will be, it carries the common headers.
  if (request.id.empty()) request.id = new_request_sid();
  auto headers = std::make_shared<CommonHeaders>(request.id, parts_.clock.steady_now());
  headers->for_pages = door == Door::kMain;
  http::Reply reply = with_headers(std::move(plain_reply), headers);
  // 2. The path leads to a route. Before asking who is there: which paths there are is no secret.
  http::RouteMatch match = router_.match(request.method, request.path);
  if (match.kind == http::RouteMatch::Kind::kNoSuchPath || (door == Door::kWatching && !is_watched(request.path))) {
    return reply.send(error_response(resource_not_found(request.path)));
  }
  // 3. A browser may ask what it is allowed to ask; it sends no credentials with that.
  if (request.method == Method::kOptions) return reply.send({204, {{"Allow", allow_list(match.allowed)}}, ""});
  if (match.kind == http::RouteMatch::Kind::kMethodNotAllowed) {
    http::Response response = error_response(method_not_allowed(request));
    response.headers.push_back({"Allow", allow_list(match.allowed)});
    return reply.send(std::move(response));
  }
  // 4. A server that starts answers whether it is ready; the rest must wait.
  const Route& route = kRoutes[match.route];
  headers->route = match.route;
  if (const auto starting = readiness_.starting(); starting && waits_for_start(route.gate, route.method)) {
    return reply.send(not_ready_yet(*starting));
  }
  // 5. Who asks, and what the URLs of the answer begin with.
  Context context{std::move(request), std::move(match.parameters), {}, {}, parts_.clock.now()};
  if (auto refused = authenticate(door, route, context)) return reply.send(*std::move(refused));
  headers->caller = caller_of(route.gate, context);
  headers->owner = context.account ? static_cast<std::uint64_t>(context.account->number) : 0;
  headers->is_urgent = route.gate == Gate::kAdministrator || route.gate == Gate::kWatching;
  auto base = public_base(settings_.public_base, context.request);
  if (!base) return reply.send(error_response(base.error()));
  context.public_base = *std::move(base);
  // 6. Not too often.
  if (context.account) {
    const auto admit = route.gate == Gate::kAccountCounted ? &RateLimit::admit : &RateLimit::look;
    headers->admission = (rate_limit_.*admit)(context.account->number, parts_.clock.steady_now());
    if (!headers->admission.admitted) return reply.send(error_response(too_many_requests(headers->admission.limit)));
  }
  // 7. The handler.
  run(route, std::move(context), std::move(reply));
}

// Finds out who asks, where the route wants to know; else the answer to somebody who may not come in.
std::optional<http::Response> Api::authenticate(Door door, const Route& route, Context& context) {
  if (route.gate == Gate::kOpen || (route.gate == Gate::kWatching && door == Door::kWatching)) return std::nullopt;
  const base::SteadyTime now = parts_.clock.steady_now();
  if (!guess_watch_.is_quiet()) {
    const auto wait = guess_watch_.wait_of(client_network(settings_.public_base, context.request), now);
    if (wait) return too_many_guesses(*wait);
  }
  std::optional<http::Response> refused;
  if (route.gate == Gate::kAdministrator || route.gate == Gate::kWatching) {
    if (parts_.access.is_administrator(context.request)) return std::nullopt;
    refused = error_response(not_authenticated());
    refused->headers = {{"WWW-Authenticate", "Bearer realm=\"Waybill administration\""}};
  } else {
    context.account = parts_.access.authenticate(context.request);
    if (context.account) return std::nullopt;
    refused = error_response(not_authenticated());
  }
  if (const auto credentials = context.request.header("Authorization")) {
    guess_watch_.was_wrong(client_network(settings_.public_base, context.request), *credentials, now);
  }
  return refused;
}

void Api::run(const Route& route, Context context, http::Reply reply) {
  http::Turns* const turns = std::exchange(context.request.turns, nullptr);
  if (!may_run_here(route, context.request)) return run_elsewhere(route, std::move(context), std::move(reply));
  if (turns == nullptr || !takes_turns(route.gate, route.method)) {
    return run_here(route, std::move(context), std::move(reply));
  }
  if (const auto now = turns->try_now()) return run_here(route, std::move(context), std::move(reply));
  const std::uint64_t owner = turn_owner(route.gate, context);
  // A job must be copyable; a reply is not.
  const auto waiting = std::make_shared<std::pair<Context, http::Reply>>(std::move(context), std::move(reply));
  turns->wait(owner, [this, &route, waiting] {
    const std::string id = waiting->first.request.id;
    run_without_throwing(id, [&] { run_here(route, std::move(waiting->first), std::move(waiting->second)); });
  });
}

bool Api::may_run_here(const Route& route, const http::Request& request) const {
  if (request.body.size() > kQuickBodyBytesMax) return false;
  switch (route.place) {
    case Place::kConnection: return true;
    case Place::kConnectionOrStore: return disk_watch_.is_quiet(parts_.clock.steady_now());
    case Place::kStore: return false;
  }
  return false;
}

// What `ask` gives; notes whether it has had to wait for the disk.
template <class Ask>
auto Api::watching_the_disk(Ask ask) {
  const std::uint64_t reads = base::disk_reads_of_this_thread();
  const base::SteadyTime began = parts_.clock.steady_now();
  auto given = ask();
  if (base::disk_reads_of_this_thread() != reads) disk_watch_.went_to_disk(began, parts_.clock.steady_now());
  return given;
}

// On the connection's thread: the handler, or as much of it as that thread has time for.
void Api::run_here(const Route& route, Context context, http::Reply reply) {
  if (route.quick == nullptr && route.place == Place::kConnection) {
    return route.handler(*this, context, std::move(reply));
  }
  const bool is_done = watching_the_disk([&] {
    if (route.quick == nullptr) {
      route.handler(*this, context, std::move(reply));
      return true;
    }
    auto result = route.quick(*this, context);
    if (result && !*result) return false;
    reply.send(result ? **std::move(result) : error_response(result.error()));
    return true;
  });
  if (!is_done) run_elsewhere(route, std::move(context), std::move(reply));
}

void Api::run_elsewhere(const Route& route, Context context, http::Reply reply) {
  const bool is_read = route.place == Place::kConnectionOrStore || route.quick != nullptr;
  const std::uint64_t owner = turn_owner(route.gate, context);
  std::optional<HeavyReads::Turn> turn;
  if (is_read) {
    auto entered = heavy_reads_.enter(context.account ? context.account->number : model::AccountNumber{});
    if (!entered) return reply.send(error_response(entered.error()));
    turn.emplace(*std::move(entered));
  }
  // A job must be copyable; a reply is not.
  struct Waiting {
    Context context;
    http::Reply reply;
    std::optional<HeavyReads::Turn> turn;
  };
  const auto waiting = std::make_shared<Waiting>(Waiting{std::move(context), std::move(reply), std::move(turn)});
  const auto job = [this, &route, is_read, waiting] {
    const auto run = [&] {
      route.handler(*this, waiting->context, std::move(waiting->reply));
      return true;
    };
    run_without_throwing(waiting->context.request.id, [&] { is_read ? watching_the_disk(run) : run(); });
  };
  if (!store_threads_.submit(job, owner)) {
    waiting->reply.send(error_response(to_api_error(base::busy("too many requests are waiting for the store"))));
  }
}

bool Api::run_later(std::function<void()> job) {
  return store_threads_.submit([this, job = std::move(job)] { run_without_throwing("", job); }, kKeeperTurn);
}

// Nothing of ours throws; memory may run out. The reply, dropped unsent, answers.
void Api::run_without_throwing(const std::string& request, const std::function<void()>& what) const {
  try {
    what();
  } catch (const std::exception& error) {
    parts_.logger.error("request handler failed unexpectedly", {{"request", request}, {"what", error.what()}});
  }
}

std::vector<RequestMetrics::Route> Api::routes() {
  std::vector<RequestMetrics::Route> out;
  for (const Route& route : kRoutes) out.push_back({std::string(http::to_text(route.method)), route.pattern});
  return out;
}

std::shared_ptr<RequestMetrics> Api::make_request_metrics() const {
  return std::make_shared<RequestMetrics>(parts_.metrics, routes());
}

ApiResult<http::Response> Api::metrics(const Context& context) {
  std::string text = completeness_.metrics(context);
  if (parts_.metrics != nullptr) text += parts_.metrics->text();
  http::Response response = json_response(200, std::move(text));
  response.headers.push_back({"Content-Type", "text/plain; version=0.0.4; charset=utf-8"});
  return response;
}

http::Response Api::protocol_error(const http::Failure& failure) { return protocol_error(Door::kMain, failure); }

http::Response Api::watching_protocol_error(const http::Failure& failure) {
  return protocol_error(Door::kWatching, failure);
}

http::Response Api::protocol_error(Door door, const http::Failure& failure) {
  http::Response response = protocol_error_response(failure.error, failure.detail);
  std::string sid = failure.request_id.empty() ? new_request_sid() : failure.request_id;
  CommonHeaders headers(std::move(sid), parts_.clock.steady_now());
  headers.for_pages = door == Door::kMain;
  add_common_headers(response, headers);
  return response;
}

std::string Api::new_request_sid() const {
  return model::RequestSid(parts_.random.bytes<sizeof(model::SidBytes)>()).to_text();
}

http::Reply Api::with_headers(http::Reply reply, std::shared_ptr<const CommonHeaders> headers) const {
  auto inner = std::make_shared<http::Reply>(std::move(reply));
  // May run when this object is gone: the event log answers what it still holds at its end.
  const auto send = [&logger = parts_.logger, &clock = parts_.clock, metrics = request_metrics_, inner,
                     lines = failure_lines_, headers = std::move(headers)](http::Response response) {
    metrics->answered(headers->route, response.status, clock.steady_now() - headers->began);
    if (response.status >= 500) note_failed(logger, *lines, response, *headers, clock.steady_now());
    add_common_headers(response, *headers);
    response.remark = headers->caller;
    response.owner = headers->owner;
    response.is_urgent = headers->is_urgent;
    inner->send(std::move(response));
  };
  // Dropped unsent, the inner reply says so by itself. Nothing of ours throws: if a reply is dropped on the way of an
  // exception, memory has run out, and that is neither the sender's mistake nor for ever.
  const auto drop = [send] {
    if (std::uncaught_exceptions() == 0) return;
    try {
      send(error_response(to_api_error(base::busy("the server has no memory left for this request"))));
    } catch (const std::exception&) {
      return;
    }
  };
  return {send, drop};
}

}  // namespace waybill::api
