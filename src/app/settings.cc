#include "app/settings.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include <toml++/toml.h>
#include <unistd.h>

#include "app/service_links.h"
#include "app/setting_values.h"
#include "app/test_settings.h"
#include "app/upstream_credentials.h"
#include "base/age_text.h"
#include "base/bounded_files.h"
#include "base/files.h"
#include "base/strings.h"
#include "http/url.h"
#include "model/sid.h"
#include "relay/poster.h"

namespace waybill::app {
namespace {

using base::invalid_argument;
using base::Result;

Result<void> set_listen(Settings& settings, const std::string& value) {
  return set_address(settings.http.host, settings.http.port, value);
}

Result<void> set_metrics_listen(Settings& settings, const std::string& value) {
  settings.metrics_host.clear();
  if (value == "none") return {};
  return set_address(settings.metrics_host, settings.metrics_port, value);
}

// A port alone is one of this machine.
Result<void> set_client_proxy(Settings& settings, const std::string& value) {
  settings.client_proxy_host.clear();
  if (value == "none") return {};
  const bool is_port = !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
  return set_address(settings.client_proxy_host, settings.client_proxy_port, is_port ? "127.0.0.1:" + value : value);
}

Result<void> set_public_url(Settings& settings, const std::string& value) {
  TRY(http::parse_url(value));
  if (value.find_first_of("?#") != std::string::npos) return invalid_argument("must not have a query or a fragment");
  // It is put into JSON as it is.
  if (value.find_first_of("\"\\<>^`{|}") != std::string::npos)
    return invalid_argument("has a character that no URL has");
  std::string text = value;
  while (text.ends_with('/')) text.pop_back();
  settings.api.public_base.public_url = text;
  return {};
}

Result<void> set_trusted_proxies(Settings& settings, const std::string& value) {
  for (const std::string_view piece : base::split(value, ',')) {
    if (base::trim(piece).empty()) continue;
    TRY_ASSIGN(const auto range, api::AddressRange::parse(base::trim(piece)));
    settings.api.public_base.trusted_proxies.push_back(range);
  }
  return {};
}

Result<void> set_forward(Settings& settings, const std::string& value) {
  for (const std::string_view piece : base::split(value, ',')) {
    if (base::trim(piece).empty()) continue;
    TRY_ASSIGN(relay::ReceiverAddress address, relay::parse_receiver(base::trim(piece)));
    auto& receivers = settings.relay.receivers;
    if (std::any_of(receivers.begin(), receivers.end(), [&](const auto& one) { return one.url == address.url; })) {
      return invalid_argument("names " + base::quoted_for_message(address.url) + " twice");
    }
    receivers.push_back(std::move(address));
  }
  return {};
}

Result<void> set_forward_for(Settings& settings, const std::string& value) {
  TRY_ASSIGN(const auto age, base::parse_age(value, 1));
  if (!age) return invalid_argument("must end some time, such as 12h or 3d");
  settings.relay.retry.give_up_after = *age;
  return {};
}

Result<void> set_redact_after(Settings& settings, const std::string& value) {
  TRY_ASSIGN(settings.api.events.redact_after, base::parse_age(value, 0));
  return {};
}

// An age needs its unit: what was kept aside is gone for good.
Result<void> set_rejects_for(Settings& settings, const std::string& value) {
  const bool is_bare = !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
  if (is_bare) return invalid_argument("needs a unit: " + value + "m, " + value + "h or " + value + "d");
  TRY_ASSIGN(settings.store.rejects_for, base::parse_age(value, 1));
  return {};
}

Result<void> set_settling_time(Settings& settings, const std::string& value) {
  TRY_ASSIGN(const base::Age age, base::parse_age(value, 0));
  if (!age || *age > std::chrono::days(365)) return invalid_argument("must be no longer than 365d");
  settings.api.settling = *age;
  return {};
}

Result<void> set_log_form(Settings& settings, const std::string& value) {
  if (value == "auto") {
    settings.log_form = isatty(STDERR_FILENO) != 0 ? obs::LogForm::kText : obs::LogForm::kJson;
  } else if (value == "text") {
    settings.log_form = obs::LogForm::kText;
  } else if (value == "json") {
    settings.log_form = obs::LogForm::kJson;
  } else {
    return invalid_argument("must be auto, text or json");
  }
  return {};
}

Result<void> set_log_level(Settings& settings, const std::string& value) {
  constexpr std::pair<std::string_view, obs::LogLevel> kLevels[] = {{"debug", obs::LogLevel::kDebug},
                                                                    {"info", obs::LogLevel::kInfo},
                                                                    {"warning", obs::LogLevel::kWarning},
                                                                    {"error", obs::LogLevel::kError}};
  for (const auto& [name, level] : kLevels) {
    if (value != name) continue;
    settings.log_level = level;
    return {};
  }
  return invalid_argument("must be debug, info, warning or error");
}

Result<void> set_access_log(Settings& settings, const std::string& value) {
  constexpr std::pair<std::string_view, AccessLines> kWords[] = {
      {"none", AccessLines::kNone}, {"errors", AccessLines::kErrors}, {"all", AccessLines::kAll}};
  for (const auto& [word, lines] : kWords) {
    if (value != word) continue;
    settings.access_log = lines;
    return {};
  }
  return invalid_argument("must be none, errors or all");
}

Result<void> set_account_sid(Settings& settings, const std::string& value) {
  if (const auto sid = model::AccountSid::parse(value); !sid) return sid.error();
  settings.account_sid = value;
  return {};
}

constexpr std::size_t kTokenBytesMin = 16;
constexpr std::size_t kTokenBytesMax = 256;
bool is_token(std::string_view value) { return value.size() >= kTokenBytesMin && value.size() <= kTokenBytesMax; }

Result<void> set_auth_token(Settings& settings, const std::string& value) {
  if (!is_token(value)) return invalid_argument("must have 16 to 256 characters");
  settings.auth_token = value;
  return {};
}

// TOKEN, or AC…:TOKEN for one account alone; several with commas between.
Result<void> set_webhook_auth_tokens(Settings& settings, const std::string& value) {
  for (const std::string_view piece : base::split(value, ',')) {
    const std::string_view entry = base::trim(piece);
    if (entry.empty()) continue;
    const std::size_t colon = entry.find(':');
    api::WebhookToken token;
    if (colon != std::string_view::npos) {
      const std::string_view sid = base::trim(entry.substr(0, colon));
      if (!model::AccountSid::parse(sid)) {
        return invalid_argument("must be tokens, or AC…:TOKEN with an Account SID before the colon");
      }
      token.account_sid = sid;
    }
    token.token = base::trim(entry.substr(colon == std::string_view::npos ? 0 : colon + 1));
    if (token.token.empty()) return invalid_argument("has an empty token behind an Account SID");
    if (!is_token(token.token)) return invalid_argument("has a token that does not have 16 to 256 characters");
    settings.api.webhooks.tokens.push_back(std::move(token));
  }
  return {};
}

Result<void> set_upstream(Settings& settings, const std::string& value) {
  TRY(http::parse_url(value));
  if (value.find_first_of("?#") != std::string::npos) return invalid_argument("must not have a query or a fragment");
  settings.upstream.url = value;
  settings.upstream.rules.kept = backfill::usual_retention(value);
  return {};
}

Result<void> set_upstream_workspaces(Settings& settings, const std::string& value) {
  for (const std::string_view piece : base::split(value, ',')) {
    const std::string_view sid = base::trim(piece);
    if (sid.empty()) continue;
    TRY(model::WorkspaceSid::parse(sid));
    settings.upstream.workspaces.emplace_back(sid);
  }
  return {};
}

Result<void> set_duration(std::chrono::seconds& place, const std::string& value, std::int64_t least) {
  TRY_ASSIGN(place, base::parse_duration(value, std::chrono::seconds(least)));
  return {};
}

Result<void> set_trust_file(std::filesystem::path& place, const std::string& value) {
  place.clear();
  if (value == "none") return {};
  if (access(value.c_str(), R_OK) != 0) return invalid_argument(base::last_system_error("reading", value).message());
  place = value;
  return {};
}

constexpr std::int64_t kMiB = 1024LL * 1024;
constexpr std::int64_t kGiB = 1024 * kMiB;

// Sealing begins so much earlier that appends find room while it goes on.
Result<void> set_unsealed_bytes_max(Settings& settings, const std::string& value) {
  TRY(set_number(settings.store.tail_bytes_max, value, kMiB, 64 * kGiB));
  settings.store.seal_bytes = settings.store.tail_bytes_max / 8 * 3;
  return {};
}

// clang-format off
const std::array kTable = {
    SettingInfo{"data", "DIR", "data", "data directory; created if missing", false,
     [](Settings& s, const std::string& v) -> Result<void> { s.data = v; return {}; }},
    SettingInfo{"listen", "HOST:PORT", "127.0.0.1:8080", "address to listen on; port 0 picks a free port and prints it", false, set_listen},
    SettingInfo{"address-file", "FILE", "none", "write the server's URL to this file when it is ready; removed when it stops", false,
     [](Settings& s, const std::string& v) -> Result<void> { s.address_file = v == "none" ? "" : v; return {}; }},
    SettingInfo{"metrics-listen", "HOST:PORT", "none", "second address that serves only /metrics, /healthz and /readyz, without credentials", false, set_metrics_listen},
    SettingInfo{"client-proxy", "HOST:PORT", "none", "HTTP proxy that redirects unmodified clients of taskrouter.twilio.com to this server; a bare port means 127.0.0.1", false, set_client_proxy},
    SettingInfo{"tls-certificate", "FILE", "none", "serve HTTPS with this certificate chain (PEM)", false,
     [](Settings& s, const std::string& v) -> Result<void> { s.tls_certificate = v == "none" ? "" : v; return {}; }, true},
    SettingInfo{"tls-key", "FILE", "none", "private key of the certificate (PEM, no passphrase)", false,
     [](Settings& s, const std::string& v) -> Result<void> { s.tls_key = v == "none" ? "" : v; return {}; }, true},
    SettingInfo{"tls-self-signed", "", "false", "serve HTTPS with a self-signed certificate, created in the data directory", false,
     [](Settings& s, const std::string& v) { return set_switch(s.tls_self_signed, v); }},
    SettingInfo{"user", "NAME", "none", "drop privileges to this user after binding (when started as root)", false,
     [](Settings& s, const std::string& v) -> Result<void> { s.user = v == "none" ? "" : v; return {}; }},
    SettingInfo{"public-url", "URL", "the request's own", "base URL by which clients reach this server, if they use a proxy", false, set_public_url},
    SettingInfo{"trusted-proxy", "ADDRESS,…", "none", "addresses or networks whose X-Forwarded-Proto, -Host and -Port headers are trusted", false, set_trusted_proxies},
    SettingInfo{"redact-after", "AGE", "30d", "hide task attributes of events older than this: 90m, 12h, 30d, 2w, 1y, or never", false, set_redact_after},
    SettingInfo{"retain", "AGE", "never", "delete events older than this: 12h, 400d, 2y; never keeps all", false,
     [](Settings& s, const std::string& v) -> Result<void> {
       TRY_ASSIGN(s.store.retention, parse_retention(v));
       return {};
     }},
    SettingInfo{"rejects-for", "AGE", "30d", "delete rejected input this long after it last arrived: 12h, 30d; never keeps it", false, set_rejects_for},
    SettingInfo{"retain-confirm", "", "false", "allow retain to delete more than half of the store; give it for one start only", false,
     [](Settings& s, const std::string& v) { return set_switch(s.retain_confirm, v); }},
    SettingInfo{"settling-time", "AGE", "1h", "how late events may appear upstream; younger spans are never reported as proven", false, set_settling_time},
    SettingInfo{"rate-limit", "N", "10000", "reads per second and account; 0 disables the limit", false,
     [](Settings& s, const std::string& v) -> Result<void> {
       std::size_t number = 0;
       TRY(set_number(number, v, 0, 1'000'000'000));
       s.api.rate_limit_per_second = static_cast<std::uint32_t>(number);
       return {};
     }, true},
    SettingInfo{"forward", "URL,…", "none", "forward each event callback to these URLs, signed for each of them (user:password@ only in the environment or the file)", false, set_forward},
    SettingInfo{"forward-for", "AGE", "24h", "retry a callback for this long (12h, 3d), then move it to the dead letters", false, set_forward_for},
    SettingInfo{"forward-queue-max", "N", "100000", "callbacks queued per receiver; further ones become dead letters", false,
     [](Settings& s, const std::string& v) { return set_number(s.relay.queue_max, v, 1, 100'000'000); }},
    SettingInfo{"forward-ca-file", "FILE", "none", "additional CA certificates for receivers (PEM)", false,
     [](Settings& s, const std::string& v) { return set_trust_file(s.relay.trust_file, v); }},
    SettingInfo{"demo", "", "false", "fill an empty store with one working day of a small contact centre", false,
     [](Settings& s, const std::string& v) { return set_switch(s.demo, v); }},
    SettingInfo{"account-sid", "AC…", "a random one", "SID of the first account, used when the store is created", false, set_account_sid},
    SettingInfo{"auth-token", "TOKEN", "a random one", "Auth Token of the first account, used when the store is created", true, set_auth_token},
    SettingInfo{"webhook-auth-tokens", "TOKEN,…", "none", "additional Auth Tokens that may sign webhooks: TOKEN or AC…:TOKEN; list several during a rotation", true, set_webhook_auth_tokens},
    SettingInfo{"allow-unsigned", "", "false", "accept webhooks without a valid signature; for experiments on your own machine only", false,
     [](Settings& s, const std::string& v) { return set_switch(s.api.webhooks.allow_unsigned, v); }},
    SettingInfo{"upstream", "URL", "none", "pull events from this Events API; credentials come from TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and TWILIO_API_SECRET", false, set_upstream},
    SettingInfo{"upstream-workspaces", "WS…,…", "all of the upstream", "workspaces to pull", false, set_upstream_workspaces},
    SettingInfo{"upstream-credentials-file", "FILE", "none", "read the upstream's credentials from this file of NAME=value lines instead of the environment", false,
     [](Settings& s, const std::string& v) -> Result<void> { s.upstream_credentials_file = v; return {}; }},
    SettingInfo{"upstream-ca-file", "FILE", "none", "additional CA certificates for the upstream (PEM)", false,
     [](Settings& s, const std::string& v) { return set_trust_file(s.upstream.call.trust_file, v); }},
    SettingInfo{"upstream-look-back", "TIME", "30d", "how far back to pull spans that are not proven: a number with s, m, h, d, w or y", false,
     [](Settings& s, const std::string& v) { return set_duration(s.upstream.look_back, v, 60); }},
    SettingInfo{"upstream-every", "TIME", "5m", "how often to pull", false,
     [](Settings& s, const std::string& v) { return set_duration(s.upstream.every, v, 1); }},
    SettingInfo{"upstream-trailing", "TIME", "15m", "how much of the newest history each pull reads again, because events may appear late", false,
     [](Settings& s, const std::string& v) { return set_duration(s.upstream.rules.schedule.trailing, v, 0); }},
    SettingInfo{"upstream-max-rps", "N", "10", "at most this many requests per second to the upstream", false,
     [](Settings& s, const std::string& v) -> Result<void> {
       std::size_t number = 0;
       TRY(set_number(number, v, 1, 1000));
       s.upstream.call.requests_per_second = static_cast<double>(number);
       return {};
     }},
    SettingInfo{"log-format", "FORM", "auto", "auto (text on a terminal, otherwise json), text or json", false, set_log_form},
    SettingInfo{"log-level", "LEVEL", "info", "debug, info, warning or error", false, set_log_level, true},
    SettingInfo{"access-log", "WHICH", "errors", "requests to log: all, errors (status 400 and above) or none", false, set_access_log, true},
    SettingInfo{"slow-query-time", "TIME", "500ms", "log list queries slower than this, with their plan; 0 disables", false,
     [](Settings& s, const std::string& v) { return set_time(s.api.events.slow_query, v, 0); }},
    SettingInfo{"http-threads", "N", "one for each core", "threads that serve connections", false,
     [](Settings& s, const std::string& v) { return set_number(s.http.threads, v, 1, 1024); }},
    SettingInfo{"store-threads", "N", "5", "threads for reads from disk and other long work; one account uses all but one of them at most", false,
     [](Settings& s, const std::string& v) { return set_number(s.api.store_threads, v, 1, 1024); }},
    SettingInfo{"connections-max", "N", "10000", "open connections; further ones get 503", false,
     [](Settings& s, const std::string& v) { return set_number(s.http.limits.connections_max, v, 1, 1'000'000); }, true},
    SettingInfo{"connections-per-address-max", "N", "1000", "open connections per address (IPv6: per /64 network); trusted proxies are exempt", false,
     [](Settings& s, const std::string& v) { return set_number(s.http.limits.connections_per_address_max, v, 1, 1'000'000); }, true},
    SettingInfo{"target-bytes-max", "N", "8192", "bytes of a request's path and query; longer ones get 414", false,
     [](Settings& s, const std::string& v) { return set_number(s.http.limits.target_bytes_max, v, 64, kMiB); }, true},
    SettingInfo{"header-bytes-max", "N", "32768", "bytes of a request line and its headers; more gets 431", false,
     [](Settings& s, const std::string& v) { return set_number(s.http.limits.header_bytes_max, v, 256, kMiB); }, true},
    SettingInfo{"body-bytes-max", "N", "16777216", "bytes of a request body; more gets 413", false,
     [](Settings& s, const std::string& v) { return set_number(s.http.limits.body_bytes_max, v, 1, kGiB); }, true},
    SettingInfo{"bodies-bytes-max", "N", "536870912", "bytes of all request bodies being received; above this, requests get 503", false,
     [](Settings& s, const std::string& v) { return set_number(s.http.limits.bodies_bytes_max, v, kMiB, 64 * kGiB); }, true},
    SettingInfo{"answers-bytes-max", "N", "268435456", "bytes of all responses not yet read by clients, half of it per account; above this, requests get 503", false,
     [](Settings& s, const std::string& v) { return set_number(s.http.limits.answers_bytes_max, v, kMiB, 64 * kGiB); }, true},
    SettingInfo{"idle-time-max", "TIME", "75s", "close connections that are idle for this long", false,
     [](Settings& s, const std::string& v) { return set_time(s.http.limits.idle_time_max, v); }, true},
    SettingInfo{"header-time-max", "TIME", "15s", "time for a request's headers to arrive; then 408", false,
     [](Settings& s, const std::string& v) { return set_time(s.http.limits.header_time_max, v); }, true},
    SettingInfo{"body-time-max", "TIME", "60s", "time for a request's body to arrive; then 408", false,
     [](Settings& s, const std::string& v) { return set_time(s.http.limits.body_time_max, v); }, true},
    SettingInfo{"request-time-max", "TIME", "60s", "time for a response to be ready; then 503", false,
     [](Settings& s, const std::string& v) { return set_time(s.http.limits.request_time_max, v); }, true},
    SettingInfo{"write-time-max", "TIME", "60s", "time for a client to read a response; then the connection is closed", false,
     [](Settings& s, const std::string& v) { return set_time(s.http.limits.write_time_max, v); }, true},
    SettingInfo{"guesses-max", "N", "10", "wrong credentials accepted from an address before it is delayed", false,
     [](Settings& s, const std::string& v) { return set_number(s.api.guesses.free, v, 1, 1'000'000); }},
    SettingInfo{"guess-delay-max", "TIME", "60s", "longest delay after wrong credentials", false,
     [](Settings& s, const std::string& v) { return set_time(s.api.guesses.delay_max, v); }},
    SettingInfo{"stop-delay", "TIME", "0", "keep serving this long after the stop signal, with /readyz reporting the stop", false,
     [](Settings& s, const std::string& v) { return set_time(s.stop_delay, v, 0); }},
    SettingInfo{"stop-time-max", "TIME", "10s", "requests in progress get this long to finish; then they are aborted", false,
     [](Settings& s, const std::string& v) { return set_time(s.stop_time_max, v, 0); }},
    SettingInfo{"heavy-reads-max", "N", "1000", "queued reads that need the disk or return a long page, all accounts; further ones get 503", false,
     [](Settings& s, const std::string& v) { return set_number(s.api.heavy_reads.in_all, v, 1, 1'000'000); }},
    SettingInfo{"heavy-reads-per-account-max", "N", "500", "queued reads that need the disk or return a long page, per account; further ones get 429", false,
     [](Settings& s, const std::string& v) { return set_number(s.api.heavy_reads.of_account, v, 1, 1'000'000); }},
    SettingInfo{"batch-events-max", "N", "10000", "events per request", false,
     [](Settings& s, const std::string& v) { return set_number(s.api.limits.batch_events_max, v, 1, 1'000'000); }},
    SettingInfo{"event-bytes-max", "N", "262144", "bytes of JSON per event", false,
     [](Settings& s, const std::string& v) { return set_number(s.api.limits.event_bytes_max, v, 1, kGiB / 4); }},
    SettingInfo{"nesting-max", "N", "32", "depth of objects and arrays in an event", false,
     [](Settings& s, const std::string& v) { return set_number(s.api.limits.nesting_max, v, 2, 1000); }},
    SettingInfo{"cache-bytes", "N", "67108864", "memory for recently shown events, in bytes; 0 disables the cache", false,
     [](Settings& s, const std::string& v) { return set_number(s.api.events.cache_bytes, v, 0, 64 * kGiB); }},
    SettingInfo{"queued-bytes-max", "N", "134217728", "bytes of events waiting to be written; further ones get 503", false,
     [](Settings& s, const std::string& v) { return set_number(s.event_log.queued_bytes_max, v, 1, 64 * kGiB); }},
    SettingInfo{"unsealed-bytes-max", "N", "268435456", "memory for events not yet in a segment, in bytes; above this, writes wait", false, set_unsealed_bytes_max},
};
// clang-format on

const std::array<std::string, 4> kOtherVariables = {"WAYBILL_CONFIG", "WAYBILL_ADMIN_TOKEN", "WAYBILL_CA_FILE",
                                                    "WAYBILL_URL"};

const SettingInfo* find_setting(std::string_view name) {
  const auto at =
      std::find_if(kTable.begin(), kTable.end(), [&](const SettingInfo& info) { return info.name == name; });
  return at == kTable.end() ? nullptr : &*at;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  const auto meant = base::nearest(word, known);
  return meant ? "; did you mean " + *meant + "?" : "";
}

std::vector<std::string> setting_names() {
  std::vector<std::string> names;
  names.reserve(kTable.size());
  for (const SettingInfo& info : kTable) names.push_back(info.name);
  return names;
}

Result<void> add_upstream_credentials(Settings& settings, const Environment& environment) {
  if (settings.upstream.url.empty()) return {};
  auto credentials = read_upstream_credentials(environment, settings.upstream_credentials_file);
  if (!credentials) return credentials.error().while_doing("--upstream");
  settings.upstream.call.user = std::move(credentials->user);
  settings.upstream.call.password = std::move(credentials->password);
  settings.upstream.limits = settings.api.limits;
  TRY_ASSIGN(const http::Url place, http::parse_url(settings.upstream.url));
  settings.api.pulling = {place.scheme + "://" + place.authority, settings.upstream.workspaces,
                          settings.upstream.look_back};
  settings.upstream.rules.schedule.settle = std::chrono::ceil<std::chrono::seconds>(settings.api.settling);
  return {};
}

// A TOML value as the text a flag would have; nothing for tables, dates and mixed arrays.
std::optional<std::string> text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  const auto* array = node.as_array();
  if (array == nullptr) return std::nullopt;
  std::string joined;
  for (const toml::node& element : *array) {
    const auto* text = element.as_string();
    if (text == nullptr) return std::nullopt;
    joined += (joined.empty() ? "" : ",") + text->get();
  }
  return joined;
}

// Whether a value that is no secret as a rule is one: URLs of receivers may hold a user and a password.
bool holds_credentials(const SettingInfo& info, const std::string& value) {
  if (info.name != "forward") return false;
  const auto pieces = base::split(value, ',');
  return std::any_of(pieces.begin(), pieces.end(), [](std::string_view url) {
    const std::size_t host = std::min(url.find("://"), url.size());
    return url.substr(0, url.find_first_of("/?#", std::min(host + 3, url.size()))).find('@') != std::string_view::npos;
  });
}

}  // namespace

Result<store::Retention> parse_retention(const std::string& text) { return base::parse_age(text, 1); }

std::span<const SettingInfo> settings_table() { return kTable; }

std::span<const std::string> other_environment_names() { return kOtherVariables; }

std::string environment_name(const std::string& setting) {
  std::string name = "WAYBILL_" + setting;
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return name;
}

std::vector<std::string> unknown_variables(const Environment& environment) {
  std::vector<std::string> known(kOtherVariables.begin(), kOtherVariables.end());
  known.insert(known.end(), kTestVariables.begin(), kTestVariables.end());
  for (const std::string& name : setting_names()) known.push_back(environment_name(name));
  std::vector<std::string> warnings;
  for (const auto& [name, value] : environment.variables()) {
    if (!name.starts_with("WAYBILL_") || std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (is_service_link(name, value)) continue;
    warnings.push_back("the environment variable " + name + " is no setting" + did_you_mean(name, known));
  }
  return warnings;
}

Result<std::map<std::string, std::string>> read_settings_file(const std::filesystem::path& path) {
  const auto content = base::read_file_up_to(path, base::kSmallFileMax);
  if (!content) return invalid_argument(content.error().message());
  toml::table table;
  try {
    table = toml::parse(*content, path.string());
  } catch (const toml::parse_error& error) {
    return invalid_argument(path.string() + ":" + std::to_string(error.source().begin.line) + ": " +
                            std::string(error.description()));
  }
  std::map<std::string, std::string> values;
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const std::string place = path.string() + ":" + std::to_string(node.source().begin.line) + ": " + name;
    if (find_setting(name) == nullptr)
      return invalid_argument(place + " is no setting" + did_you_mean(name, setting_names()));
    auto text = text_of(node);
    if (!text) return invalid_argument(place + ": must be a text, a number, true or false, or an array of texts");
    values.emplace(name, *std::move(text));
  }
  return values;
}

Result<Settings> resolve_settings(const std::map<std::string, std::string>& flags, const Environment& environment,
                                  const std::map<std::string, std::string>& file) {
  Settings settings;
  settings.http.port = 8080;
  settings.upstream.rules.schedule.trailing = std::chrono::minutes(15);
  settings.http.threads = std::max<std::size_t>(1, static_cast<std::size_t>(sysconf(_SC_NPROCESSORS_ONLN)));
  TRY(set_log_form(settings, "auto"));
  TRY(apply_test_variables(settings, environment));
  for (const SettingInfo& info : kTable) {
    const auto flag = flags.find(info.name);
    const auto variable = environment.find(environment_name(info.name));
    const auto in_file = file.find(info.name);
    std::string value;
    std::string place;
    if (flag != flags.end()) {
      value = flag->second;
      place = "--" + info.name;
    } else if (variable) {
      value = *variable;
      place = environment_name(info.name);
    } else if (in_file != file.end()) {
      value = in_file->second;
      place = info.name + " in the settings file";
    } else {
      continue;
    }
    // A secret out of a file often ends with the file's last line break.
    if (info.secret || info.name == "account-sid") value = base::trim(value);
    const bool has_password = holds_credentials(info, value);
    const bool is_secret = info.secret || has_password;
    if (has_password && flag != flags.end()) {
      return invalid_argument("--" + info.name +
                              ": must not hold a user and password, which every user of this machine could read; set " +
                              environment_name(info.name) + ", or " + info.name + " in the settings file");
    }
    const auto applied = info.apply(settings, value);
    settings.given[info.name] = value;
    const std::string shown = is_secret ? "(secret)" : base::quoted_for_message(value);
    if (!applied) return applied.error().while_doing(place.append(": ").append(shown));
  }
  TRY(add_upstream_credentials(settings, environment));
  // As OpenSSL's own programs do.
  const auto usual = environment.find("SSL_CERT_FILE");
  for (std::filesystem::path* place : {&settings.upstream.call.trust_file, &settings.relay.trust_file}) {
    if (usual && place->empty()) *place = *usual;
  }
  return settings;
}

}  // namespace waybill::app
