#include "api/api.h"

#include <atomic>
#include <exception>
#include <memory>
#include <new>
#include <utility>

#include "api/openapi.h"
#include "base/strings.h"
#include "base/thread.h"
#include "codec/json_writer.h"

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
  constexpr std::size_t kHeadersUsual = 12;
  response.headers.reserve(kHeadersUsual);
  if (!response.header("Content-Type") && response.status != 204) {
    response.headers.push_back({"Content-Type", "application/json; charset=utf-8"});
  }
  response.headers.push_back({"Twilio-Request-Id", headers.request_sid});
  add_rate_limit_headers(response, headers.admission);
  for (const auto& [name, value] : kCorsHeaders) response.headers.push_back({name, value});
}

// An address, or the one name that every machine has for itself.
bool is_own_host(std::string_view host) {
  const std::string name = base::to_lower(host.substr(0, host.rfind(':')));
  const bool is_address = host.starts_with('[') || name.find_first_not_of("0123456789.") == std::string::npos;
  return !host.empty() && (is_address || name == "localhost");
}

// Somebody at this machine. What a proxy on it passes on comes from elsewhere. So does what a page asks for in a
// browser that runs here: it tells its Origin or, where its own name was made to point to this machine, that name as
// Host.
bool is_local(const http::Request& request) {
  for (const char* told : {"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Via", "Origin"}) {
    if (request.header(told)) return false;
  }
  if (!is_own_host(request.header("Host").value_or(""))) return false;
  return request.peer_address == "::1" || request.peer_address.starts_with("127.");
}

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

// To whoever asks before everything is in force; nobody's credentials are looked at yet.
http::Response not_ready_yet(const std::string& what) {
  return error_response(to_api_error(base::busy("the server is starting: " + what)));
}

// A reply that is sent by the first of those who hold it.
class ReplyOnce {
 public:
  explicit ReplyOnce(http::Reply reply) : reply_(std::move(reply)) {}

  // For a handler; `self` is this object.
  static http::Reply handed_on(const std::shared_ptr<ReplyOnce>& self) {
    return {[self](http::Response response) { self->send(std::move(response)); }, [] {}};
  }
  void send(http::Response response) {
    if (!is_sent_.exchange(true)) reply_.send(std::move(response));
  }

 private:
  http::Reply reply_;
  std::atomic<bool> is_sent_ = false;
};

}  // namespace

// Whether a route needs to know who asks, and whether it counts against the account's rate. Only reads count: an event
// that is refused is an event that may be lost.
// To who sits at this machine, kLocal is open.
enum class Gate { kOpen, kAccount, kAccountCounted, kAdministrator, kLocal };

// Where a handler runs: on the connection's thread if it only looks into memory or answers later by itself; if it reads
// events, there too, unless reads have lately gone to the disk; on a thread that may wait for the disk in any case.
enum class Place { kConnection, kConnectionOrStore, kStore };

namespace {

// Neither what shows the server's state nor what needs nothing of the store.
bool waits_for_start(Gate gate, Method method) {
  return (gate != Gate::kOpen && gate != Gate::kLocal) || method != Method::kGet;
}

// Who has proved to be asking, without what proved it.
std::string caller_of(Gate gate, const Context& context) {
  switch (gate) {
    case Gate::kAccount:
    case Gate::kAccountCounted: return context.account->sid.to_text();
    case Gate::kAdministrator: return "administrator";
    case Gate::kOpen:
    case Gate::kLocal: return {};
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
};

// clang-format off
const Api::Route Api::kRoutes[] = {
    {Method::kGet, "/v1/Workspaces/{WorkspaceSid}/Events", Gate::kAccountCounted, Place::kConnectionOrStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.events_.list(c)); }},
    {Method::kPost, "/v1/Workspaces/{WorkspaceSid}/Events", Gate::kAccount, Place::kConnection,
     [](Api& api, const Context& c, http::Reply r) { api.intake_.post(c, std::move(r)); }},
    {Method::kGet, "/v1/Workspaces/{WorkspaceSid}/Events/{Sid}", Gate::kAccountCounted, Place::kConnectionOrStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.events_.fetch(c)); }},
    {Method::kGet, "/v1/Workspaces", Gate::kAccountCounted, Place::kConnection,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.workspaces_.list(c)); }},
    {Method::kGet, "/v1/Workspaces/{WorkspaceSid}", Gate::kAccountCounted, Place::kConnection,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.workspaces_.fetch(c)); }},
    {Method::kGet, "/v1/Workspaces/{WorkspaceSid}/Completeness", Gate::kAccountCounted, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.completeness_.fetch(c)); }},
    {Method::kPost, "/v1/Workspaces/{WorkspaceSid}/Completeness/Pulls", Gate::kAccount, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.completeness_.record_pull(c)); }},
    {Method::kPost, "/v1/Workspaces/{WorkspaceSid}/Completeness/Gaps", Gate::kAccount, Place::kStore,
     [](Api& api, const Context& c, http::Reply r) { answer(r, api.completeness_.record_gap(c)); }},
    {Method::kGet, "/metrics", Gate::kLocal, Place::kStore,
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
    {Method::kGet, "/admin/v1/Accounts/{AccountSid}/Workspaces/{WorkspaceSid}/Events", Gate::kAdministrator, Place::kConnectionOrStore,
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
      intake_(parts.log, parts.store, parts.store.rejects(), parts.random, settings_.limits, parts.logger),
      administration_(parts.store, parts.access, parts.random),
      erasures_(parts.store, parts.store),
      retention_(parts.store, parts.store, parts.logger),
      completeness_({parts.store.ledger(), parts.store, parts.feed_observer}, settings_.settling, settings_.pulling),
      forwarding_(parts.store, parts.relay),
      variants_(parts.store, parts.store),
      rejects_({parts.store.rejects(), parts.store, parts.log, parts.random, settings_.limits}),
      webhooks_(
          {parts.log, parts.store, parts.access, parts.logger, parts.store.rejects(), parts.feed_observer,
           parts.callback_listener},
          settings_.webhooks, settings_.limits,
          std::make_unique<WebhookSignatures>(parts.clock, parts.logger, settings_.public_base, settings_.guesses)),
      self_description_(settings_.public_base, parts.logger),
      rate_limit_(settings_.rate_limit_per_second),
      heavy_reads_(settings_.heavy_reads),
      guess_watch_(settings_.guesses),
      request_metrics_(make_request_metrics()),
      store_threads_("store", settings_.store_threads, settings_.store_queue_max) {
  for (const Route& route : kRoutes) router_.add(route.method, route.pattern);
}

// The steps, in their order. Each either answers or leaves what the next ones need.
void Api::handle(http::Request request, http::Reply plain_reply) {
  // 1. Whatever the answer will be, it carries the common headers.
  if (request.id.empty()) request.id = new_request_sid();
  auto headers = std::make_shared<CommonHeaders>(request.id, parts_.clock.steady_now());
  http::Reply reply = with_headers(std::move(plain_reply), headers);
  // 2. The path leads to a route. Before asking who is there: which paths there are is no secret.
  http::RouteMatch match = router_.match(request.method, request.path);
  if (match.kind == http::RouteMatch::Kind::kNoSuchPath) {
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
  if (auto refused = authenticate(route, context)) return reply.send(*std::move(refused));
  headers->caller = caller_of(route.gate, context);
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

void Api::handle_watching(http::Request request, http::Reply plain_reply) {
  for (const char* path : {"/metrics", "/healthz", "/readyz"}) {
    if (request.path == path) return handle(std::move(request), std::move(plain_reply));
  }
  if (request.id.empty()) request.id = new_request_sid();
  auto headers = std::make_shared<CommonHeaders>(request.id, parts_.clock.steady_now());
  with_headers(std::move(plain_reply), headers).send(error_response(resource_not_found(request.path)));
}

// Finds out who asks, where the route wants to know; else the answer to somebody who may not come in.
std::optional<http::Response> Api::authenticate(const Route& route, Context& context) {
  if (route.gate == Gate::kOpen || (route.gate == Gate::kLocal && is_local(context.request))) return std::nullopt;
  const base::SteadyTime now = parts_.clock.steady_now();
  if (!guess_watch_.is_quiet()) {
    const auto wait = guess_watch_.wait_of(client_network(settings_.public_base, context.request), now);
    if (wait) return too_many_guesses(*wait);
  }
  std::optional<http::Response> refused;
  if (route.gate == Gate::kAdministrator || route.gate == Gate::kLocal) {
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
  bool is_quick = context.request.body.size() <= kQuickBodyBytesMax;
  switch (route.place) {
    case Place::kConnection: break;
    case Place::kConnectionOrStore: is_quick = is_quick && disk_watch_.is_quiet(parts_.clock.steady_now()); break;
    case Place::kStore: is_quick = false; break;
  }
  if (is_quick) return run_here(route, context, std::move(reply));
  run_elsewhere(route, std::move(context), std::move(reply));
}

// Runs the handler, and notes whether it has had to wait for the disk.
void Api::run_here(const Route& route, const Context& context, http::Reply reply) {
  if (route.place != Place::kConnectionOrStore) return route.handler(*this, context, std::move(reply));
  const std::uint64_t reads = base::disk_reads_of_this_thread();
  const base::SteadyTime began = parts_.clock.steady_now();
  route.handler(*this, context, std::move(reply));
  if (base::disk_reads_of_this_thread() != reads) disk_watch_.went_to_disk(began, parts_.clock.steady_now());
}

void Api::run_elsewhere(const Route& route, Context context, http::Reply reply) {
  std::optional<HeavyReads::Turn> turn;
  if (route.place == Place::kConnectionOrStore) {
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
  const bool queued = store_threads_.submit([this, &route, waiting] {
    const std::string& id = waiting->context.request.id;
    // Kept here until the handler has it in safety: what throws takes its reply with it.
    const auto reply_once = std::make_shared<ReplyOnce>(std::move(waiting->reply));
    try {
      run_here(route, waiting->context, ReplyOnce::handed_on(reply_once));
    } catch (const std::bad_alloc&) {
      reply_once->send(error_response(to_api_error(base::busy("the server has run out of memory for the moment"))));
    } catch (const std::exception& error) {
      // Nothing of ours throws, and the reply, dropped unsent, answers 500.
      parts_.logger.error("a handler threw", {{"request", id}, {"what", error.what()}});
    }
  });
  if (!queued) {
    waiting->reply.send(error_response(to_api_error(base::busy("too many requests are waiting for the store"))));
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

ApiResult<http::Response> Api::metrics(const Context& context) const {
  std::string text = completeness_.metrics(context);
  if (parts_.metrics != nullptr) text += parts_.metrics->text();
  http::Response response = json_response(200, std::move(text));
  response.headers.push_back({"Content-Type", "text/plain; version=0.0.4; charset=utf-8"});
  return response;
}

http::Response Api::protocol_error(const http::Failure& failure) {
  http::Response response = protocol_error_response(failure.error, failure.detail);
  std::string sid = failure.request_id.empty() ? new_request_sid() : failure.request_id;
  add_common_headers(response, CommonHeaders(std::move(sid), parts_.clock.steady_now()));
  return response;
}

std::string Api::new_request_sid() const {
  return model::RequestSid(parts_.random.bytes<sizeof(model::SidBytes)>()).to_text();
}

http::Reply Api::with_headers(http::Reply reply, std::shared_ptr<const CommonHeaders> headers) const {
  auto inner = std::make_shared<http::Reply>(std::move(reply));
  // May run when this object is gone: the event log answers what it still holds at its end.
  const auto send = [&logger = parts_.logger, &clock = parts_.clock, metrics = request_metrics_, inner,
                     headers = std::move(headers)](http::Response response) {
    metrics->answered(headers->route, response.status, clock.steady_now() - headers->began);
    if (response.status >= 500) {
      logger.warning("a request failed",
                     {{"status", response.status}, {"request", headers->request_sid}, {"answer", response.body}});
    }
    add_common_headers(response, *headers);
    response.remark = headers->caller;
    inner->send(std::move(response));
  };
  // Dropped unsent, the inner reply says so by itself.
  return {send, [] {}};
}

}  // namespace waybill::api
