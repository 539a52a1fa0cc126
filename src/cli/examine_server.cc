#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/time_text.h"
#include "cli/examination.h"
#include "cli/json_member.h"
#include "cli/trust.h"
#include "codec/json_scan.h"
#include "doctor/server_checks.h"
#include "http/date.h"
#include "store/local/sql_registry.h"
#include "webhook/signature.h"

namespace waybill::cli {
namespace {

using base::Result;
using doctor::SeenRequest;

constexpr std::size_t kAccountsTriedMax = 3;

std::optional<ClockSkew> skew_of(const http::Response& response, const std::string& url, const Process& process) {
  const auto date = response.header("Date");
  const auto theirs = date ? http::parse_date(*date) : std::nullopt;
  if (!theirs) return std::nullopt;
  return ClockSkew{url, std::chrono::round<std::chrono::seconds>(process.clock.now() - *theirs)};
}

Result<doctor::ReadyFacts> read_readiness(const std::string& url, const http::Response& response) {
  codec::JsonChecker checker;
  constexpr std::size_t kNestingMax = 16;
  const auto body = checker.check(response.body, kNestingMax);
  if (!body || text_member(*body, "status").empty()) {
    return base::unavailable(url + " answered " + std::to_string(response.status) +
                             " when asked for /readyz; it is no Waybill");
  }
  const auto texts = [&](std::string_view name) {
    std::vector<std::string> out;
    const auto list = find_member(*body, name);
    if (!list || !list->is_array()) return out;
    for (codec::ElementScanner scan(*list); scan.next();) out.push_back(scan.value().string().value_or(""));
    return out;
  };
  return doctor::ReadyFacts{url, response.status == 200, texts("reasons"), texts("notes")};
}

// What the server says of a request by one URL.
struct Told {
  SeenRequest seen;
  std::string public_url;  // the setting
  bool allows_unsigned = false;
};

Result<Told> ask_what_it_sees(const Patient& patient, const std::string& url) {
  if (patient.admin_token.empty()) {
    return base::invalid_argument("it takes the administrator's token (--admin-token-file)");
  }
  if (!is_private_way(url)) {
    return base::invalid_argument("the administrator's token does not go to " + url + " without TLS");
  }
  const auto client = make_client(patient, url);
  TRY_ASSIGN(const codec::CheckedJson body, client->get("/admin/v1/Server"));
  const auto request = find_member(body, "request");
  const auto settings = find_member(body, "settings");
  if (!request || !settings) return base::unavailable("the answer says nothing of a request");
  Told told;
  SeenRequest& seen = told.seen;
  const auto trusted = find_member(*request, "trusted_proxy");
  seen.peer_address = text_member(*request, "peer_address");
  seen.is_trusted_proxy = trusted && trusted->text() == "true";
  seen.forwarded_for = text_member(*request, "x_forwarded_for");
  seen.forwarded_proto = text_member(*request, "x_forwarded_proto");
  seen.forwarded_host = text_member(*request, "x_forwarded_host");
  seen.public_base = text_member(*request, "public_base");
  for (const auto& [name, header] : {std::pair("forwarded", "Forwarded"), std::pair("via", "Via")}) {
    const std::string value = text_member(*request, name);
    if (value.empty()) continue;
    seen.other_proxy_headers += (seen.other_proxy_headers.empty() ? "" : ", ") + std::string(header) + ": " + value;
  }
  told.public_url = text_member(*settings, "public-url");
  // As it was given; the server itself goes by what stands before such ends.
  while (told.public_url.ends_with('/')) told.public_url.pop_back();
  told.allows_unsigned = text_member(*settings, "allow-unsigned") == "true";
  return told;
}

// A token to sign with, and how it is called.
struct KnownToken {
  std::string name;
  std::string token;
  std::string account_sid;  // whose it is; empty: everybody's
};
struct KnownTokens {
  std::vector<KnownToken> tokens;
  std::size_t accounts = 0;  // that are not disabled
  std::size_t accounts_tried = 0;
};

KnownTokens known_tokens(const Patient& patient) {
  KnownTokens known;
  auto& tokens = known.tokens;
  const auto add = [&](std::string name, const std::string& token, const std::string& account_sid) {
    const bool is_known =
        std::any_of(tokens.begin(), tokens.end(), [&](const auto& one) { return one.token == token; });
    if (!token.empty() && !is_known) tokens.push_back({std::move(name), token, account_sid});
  };
  for (const api::WebhookToken& token : patient.settings.api.webhooks.tokens) {
    add("of webhook-auth-tokens" + (token.account_sid.empty() ? "" : " for " + token.account_sid), token.token,
        token.account_sid);
  }
  // Of a server that runs; without one, looking would leave files of the database's log behind.
  const auto registry = patient.holder ? store::open_registry(patient.settings.data)
                                       : Result<std::unique_ptr<store::Registry>>(base::not_found("no server"));
  const auto accounts = registry ? (*registry)->accounts() : Result<std::vector<model::Account>>(registry.error());
  if (!accounts) {
    add("of auth-token", patient.settings.auth_token, patient.settings.account_sid);
    return known;
  }
  for (const model::Account& account : *accounts) {
    if (account.disabled || ++known.accounts > kAccountsTriedMax) continue;
    add("of account " + account.sid.to_text(), account.auth_token, account.sid.to_text());
    ++known.accounts_tried;
  }
  return known;
}

// Posts no events at all, signed as the sender would sign some, and as a trial of the administrator's. The URL names
// the account, since no event does.
Result<int> post_signed(const Patient& patient, const std::string& way, const std::string& base,
                        const KnownToken& token) {
  const std::string body = "[]";
  const std::string whose = token.account_sid.empty() ? "" : "AccountSid=" + token.account_sid + "&";
  const std::string place = "/webhooks/event-streams?" + whose + std::string(webhook::kBodyHashParameter) + "=" +
                            base::to_hex(base::sha256(body));
  http::Client client(client_options(patient));
  TRY_ASSIGN(const http::Response response,
             client.send(http::Method::kPost, way + place,
                         {{"Content-Type", "application/json"},
                          {"Authorization", "Bearer " + patient.admin_token},
                          {std::string(webhook::kSignatureHeader), webhook::sign(token.token, base + place, "")}},
                         body));
  return response.status;
}

Result<doctor::SignatureFacts> try_signatures(const Patient& patient, const Told& told, const std::string& way,
                                              const std::string& base) {
  doctor::SignatureFacts facts{base, false, told.seen.public_base, told.allows_unsigned, {}};
  const auto spellings = webhook::signed_urls(told.seen.public_base + "/");
  facts.url_fits = std::any_of(spellings.begin(), spellings.end(),
                               [&](const webhook::SignedUrl& one) { return one.url == base + "/"; });
  if (!facts.url_fits || facts.allows_unsigned) return facts;
  const KnownTokens known = known_tokens(patient);
  facts.accounts = known.accounts;
  facts.accounts_tried = known.accounts_tried;
  for (const KnownToken& token : known.tokens) {
    TRY_ASSIGN(const int status, post_signed(patient, way, base, token));
    facts.tries.push_back({token.name, status});
  }
  return facts;
}

// What a server keeps aside, asked with the administrator's token, as `Told` was.
Result<doctor::RejectFacts> ask_for_rejects(const Patient& patient, const Process& process) {
  if (patient.admin_token.empty()) {
    return base::invalid_argument("it takes the administrator's token (--admin-token-file)");
  }
  if (!is_private_way(patient.url)) {
    return base::invalid_argument("the administrator's token does not go to " + patient.url + " without TLS");
  }
  const auto client = make_client(patient, patient.url);
  TRY_ASSIGN(const codec::CheckedJson body, client->get("/admin/v1/Rejects?Limit=1"));
  const auto kept = find_member(body, "kept");
  if (!kept) return base::unavailable("the answer says nothing of it");
  const auto number = [&](std::string_view name) {
    const auto value = find_member(*kept, name);
    return static_cast<std::uint64_t>(value ? value->integer().value_or(0) : 0);
  };
  doctor::RejectFacts facts;
  facts.count = number("count");
  facts.count_max = number("count_max");
  facts.bytes = number("bytes");
  facts.bytes_max = number("bytes_max");
  facts.age_max = patient.settings.store.rejects_for;
  facts.now = process.clock.now();
  const auto oldest = base::parse_time(text_member(*kept, "oldest"));
  if (oldest) facts.oldest = oldest->first;
  return facts;
}

void examine_ways(const Patient& patient, std::vector<doctor::Finding>& findings) {
  const auto told = ask_what_it_sees(patient, patient.url);
  if (!told) {
    findings.push_back(doctor::check_proxy(told.error(), patient.url, false));
    findings.push_back(doctor::check_signature(told.error()));
    return;
  }
  const std::string& public_url = told->public_url;
  if (public_url.empty() || public_url == patient.url) {
    const bool is_outside =
        patient.url_is_given && (patient.url.starts_with("https:") || !is_this_machine(patient.url));
    findings.push_back(doctor::check_proxy(told->seen, patient.url, is_outside));
    findings.push_back(doctor::check_signature(try_signatures(patient, *told, patient.url, patient.url)));
    return;
  }
  // Through what stands in front, if it can be reached from here.
  const auto outside = ask_what_it_sees(patient, public_url);
  if (outside) {
    findings.push_back(doctor::check_proxy(outside->seen, public_url, true));
    findings.push_back(doctor::check_signature(try_signatures(patient, *outside, public_url, public_url)));
    return;
  }
  findings.push_back(
      doctor::note("proxy", "public-url was not asked: " + outside.error().message(), "try it from outside"));
  findings.push_back(doctor::check_signature(try_signatures(patient, *told, patient.url, public_url)));
}

}  // namespace

Examined examine_server(const Patient& patient, const Process& process) {
  Examined examined;
  if (patient.url.empty()) return examined;
  const auto client = make_client(patient, patient.url);
  auto answer = client->send(http::Method::kGet, "/readyz");
  const auto ready = answer ? read_readiness(patient.url, *answer) : Result<doctor::ReadyFacts>(answer.error());
  examined.findings.push_back(doctor::check_server(ready, patient.url));
  if (!ready) return examined;
  // A server of this machine goes by the same clock.
  if (!patient.holder && !is_this_machine(patient.url)) examined.skew = skew_of(*answer, patient.url, process);
  examine_ways(patient, examined.findings);
  examined.findings.push_back(doctor::check_rejects(ask_for_rejects(patient, process)));
  return examined;
}

Examined examine_upstream(const Patient& patient, const Process& process) {
  const backfill::ServiceOptions& upstream = patient.settings.upstream;
  Examined examined;
  if (upstream.url.empty()) {
    examined.findings.push_back(doctor::check_upstream(std::nullopt));
    return examined;
  }
  std::string base = upstream.url;
  while (base.ends_with('/')) base.pop_back();
  http::ClientOptions options;
  options.connect_time_max = std::chrono::seconds(10);
  options.request_time_max = std::chrono::seconds(30);
  options.user = upstream.call.user;
  options.password = upstream.call.password;
  options.trust_file = upstream.call.trust_file;
  http::Client client(std::move(options));
  const base::WallTime now = process.clock.now();
  const std::string path = upstream.workspaces.empty()
                               ? "/v1/Workspaces?PageSize=1"
                               : "/v1/Workspaces/" + upstream.workspaces.front() + "/Events?PageSize=1&StartDate=" +
                                     base::to_second_text(now - std::chrono::minutes(1)) +
                                     "&EndDate=" + base::to_second_text(now);
  const auto answer = client.send(http::Method::kGet, base + path, {}, "");
  if (!answer) {
    examined.findings.push_back(doctor::check_upstream(Result<doctor::UpstreamFacts>(answer.error())));
    return examined;
  }
  examined.skew = skew_of(*answer, base, process);
  const ServerClient words(base, "", {});
  const std::string message = answer->status == 200 ? "" : words.refusal(*answer).message();
  examined.findings.push_back(
      doctor::check_upstream(Result<doctor::UpstreamFacts>(doctor::UpstreamFacts{base, answer->status, message})));
  return examined;
}

}  // namespace waybill::cli
