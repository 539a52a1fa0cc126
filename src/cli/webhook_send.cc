#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "backfill/event_types.h"
#include "base/bytes.h"
#include "base/crypto.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "http/client.h"
#include "http/url.h"
#include "model/sid.h"
#include "webhook/example_event.h"
#include "webhook/signature.h"

namespace waybill::cli {
namespace {

using base::Result;

// What is sent, whole.
struct Outgoing {
  std::string url;
  std::vector<http::Header> headers;
  std::string body;
};

// A server's own address leads to the webhook that is meant; any other URL stays as it is.
Result<std::string> target_of(const std::string& text, bool is_stream) {
  TRY_ASSIGN(const http::Url url, http::parse_url(text));
  if (url.path != "/") return text;
  return url.scheme + "://" + url.authority + (is_stream ? "/webhooks/event-streams" : "/webhooks/taskrouter");
}

Result<std::string> event_type_of(const std::string& type) {
  const std::vector<std::string> known(backfill::kEventTypes.begin(), backfill::kEventTypes.end());
  if (std::find(known.begin(), known.end(), type) != known.end()) return type;
  const auto meant = base::nearest(type, known);
  return base::invalid_argument("--event-type: " + base::quoted_for_message(type) + " is no type of event" +
                                (meant ? "; did you mean " + *meant + "?" : ""));
}

Result<std::string> account_of(const Process& process) {
  const std::string text = process.environment.find_trimmed("WAYBILL_ACCOUNT_SID").value_or("");
  if (!model::AccountSid::parse(text)) {
    return base::invalid_argument("set WAYBILL_ACCOUNT_SID to the account that the events belong to");
  }
  return text;
}

Result<std::vector<webhook::ExampleEvent>> make_events(const WebhookSendOptions& options, const Process& process) {
  TRY_ASSIGN(const std::string type, event_type_of(options.event_type));
  TRY_ASSIGN(const std::string account_sid, account_of(process));
  const std::string workspace_sid =
      options.workspace_sid.empty() ? "WS" + account_sid.substr(2) : options.workspace_sid;
  if (const auto sid = model::WorkspaceSid::parse(workspace_sid); !sid) {
    return base::invalid_argument("--workspace: " + base::quoted_for_message(workspace_sid) + " " +
                                  sid.error().message());
  }
  std::vector<webhook::ExampleEvent> events;
  for (std::uint64_t i = 0; i < options.count; ++i) {
    const auto random_hex = [&] { return base::to_hex(process.random.bytes<sizeof(model::SidBytes)>()); };
    events.push_back({account_sid, workspace_sid, "EV" + random_hex(), type,
                      process.clock.now() + std::chrono::milliseconds(i), random_hex()});
  }
  return events;
}

// Signs for the URL, or for the one that the receiver is known by outside.
Outgoing sign_form(const std::string& url, const std::string& public_url, const std::string& token,
                   const webhook::ExampleEvent& event) {
  const http::Parameters form = webhook::example_form(event);
  return {url,
          {{"Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"},
           {std::string(webhook::kSignatureHeader), webhook::sign(token, public_url, webhook::form_suffix(form))}},
          http::encode_form(form)};
}

Outgoing sign_stream(const std::string& url, const std::string& public_url, const std::string& token,
                     const std::vector<webhook::ExampleEvent>& events) {
  std::string body = webhook::example_stream(events);
  const auto with_hash = [&](const std::string& one) {
    return one + (one.find('?') == std::string::npos ? '?' : '&') + std::string(webhook::kBodyHashParameter) + "=" +
           base::to_hex(base::sha256(body));
  };
  const std::string signature = webhook::sign(token, with_hash(public_url), "");
  const std::string target = with_hash(url);
  return {target,
          {{"Content-Type", "application/json"}, {std::string(webhook::kSignatureHeader), signature}},
          std::move(body)};
}

// The public URL with the path that is posted to.
Result<std::string> signed_url(const std::string& target, const WebhookSendOptions& options, const Process& process) {
  const std::string given =
      options.public_url.empty() ? process.environment.find("WAYBILL_PUBLIC_URL").value_or("") : options.public_url;
  if (given.empty()) return target;
  TRY(http::parse_url(given));
  TRY_ASSIGN(const http::Url url, http::parse_url(target));
  return given.substr(0, given.find_last_not_of('/') + 1) + url.path;
}

// In the form that `waybill webhook verify` reads.
void dump(const Outgoing& out) {
  const auto url = http::parse_url(out.url);
  std::string text = "POST " + (url ? url->path : out.url) + " HTTP/1.1\r\n";
  if (url) text += "Host: " + url->authority + "\r\n";
  for (const http::Header& header : out.headers) text += header.name + ": " + header.value + "\r\n";
  std::fputs((text + "\r\n" + out.body + "\n").c_str(), stdout);
}

Result<void> post(http::Client& client, const Outgoing& out, const std::string& what, bool dumps) {
  if (dumps) dump(out);
  TRY_ASSIGN(const http::Response answer, client.send(http::Method::kPost, out.url, out.headers, out.body));
  const std::string told =
      std::to_string(answer.status) + " for " + what + (answer.body.empty() ? "" : ": " + base::printable(answer.body));
  if (answer.status < 200 || answer.status >= 300) return base::unavailable("the receiver answered " + told);
  std::fputs((told + "\n").c_str(), dumps ? stderr : stdout);
  return {};
}

}  // namespace

Result<void> run_webhook_send(const WebhookSendOptions& options, const Process& process) {
  const std::string token = process.environment.find_trimmed("WAYBILL_AUTH_TOKEN").value_or("");
  if (token.empty()) return base::invalid_argument("set WAYBILL_AUTH_TOKEN to the Auth Token to sign with");
  TRY_ASSIGN(const auto events, make_events(options, process));
  auto target = target_of(options.url, options.is_stream);
  if (!target) return target.error().while_doing("--url");
  TRY_ASSIGN(const std::string public_url, signed_url(*target, options, process));
  http::Client client{http::ClientOptions()};
  if (options.is_stream) {
    return post(client, sign_stream(*target, public_url, token, events), std::to_string(events.size()) + " events",
                options.dump);
  }
  for (const webhook::ExampleEvent& event : events) {
    TRY(post(client, sign_form(*target, public_url, token, event), event.type + " " + event.sid, options.dump));
  }
  return {};
}

}  // namespace waybill::cli
