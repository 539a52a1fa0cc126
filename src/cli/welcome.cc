#include "cli/welcome.h"

#include <filesystem>
#include <optional>

#include "app/admin_token.h"
#include "base/time_text.h"
#include "cli/json_member.h"
#include "codec/json_scan.h"
#include "codec/record.h"
#include "model/term.h"

namespace waybill::cli {
namespace {

// A workspace with events, and its oldest one.
struct Example {
  model::Workspace workspace;
  std::string day;       // of the oldest event
  std::string task_sid;  // of the first task that was completed; empty if none was
};

std::optional<model::FoundEvent> oldest_of(const app::Server& server, model::WorkspaceNumber workspace,
                                           std::vector<model::Term> terms) {
  model::EventQuery query;
  query.workspace = workspace;
  query.terms = std::move(terms);
  query.limit = 1;
  auto page = server.store().list(query);
  // Where an event cannot be read, the answer to a list will say so; the server starts all the same.
  if (!page || page->events.empty()) return std::nullopt;
  return std::move(page->events.front());
}

std::string task_of(const model::FoundEvent& event) {
  const auto shown = codec::decode_record(event.record);
  if (!shown) return {};
  codec::JsonChecker checker;
  const auto json = checker.check(shown->json, codec::kStoredNestingMax);
  if (!json) return {};
  const auto data = find_member(*json, "event_data");
  return data ? text_member(*data, "task_sid") : std::string();
}

std::optional<Example> find_example(const app::Server& server) {
  for (const model::Workspace& workspace : server.store().workspaces(server.first_account().account.number)) {
    const auto oldest = oldest_of(server, workspace.number, {});
    if (!oldest) continue;
    Example example{workspace, base::to_second_text(oldest->key.time).substr(0, 10), {}};
    const auto completed =
        oldest_of(server, workspace.number, {model::Term{model::Dimension::kEventType, "task.completed"}});
    if (completed) example.task_sid = task_of(*completed);
    return example;
  }
  return std::nullopt;
}

// A command that answers with something whenever it is tried: its StartDate is the day of the oldest event.
std::string curl_text(const app::Server& server, const std::optional<Example>& example) {
  std::string query = "/v1/Workspaces";
  if (example) {
    query += "/" + example->workspace.sid_text + "/Events?StartDate=" + example->day;
    query += example->task_sid.empty() ? "&PageSize=3" : "&TaskSid=" + example->task_sid;
  }
  const std::string trust = server.trust_file().empty() ? "" : "--cacert '" + server.trust_file().string() + "' ";
  return "  curl " + trust + R"(-u "$WAYBILL_ACCOUNT_SID:$WAYBILL_AUTH_TOKEN" "$WAYBILL_URL)" + query + "\"\n";
}

std::string certificate_text(const app::Server& server) {
  if (server.trust_file().empty()) return {};
  return "  Certificate  " + server.trust_file().string() + "\n  SHA-256      " + server.fingerprint() +
         "\n\nThe certificate is signed by nobody but itself. A client trusts it when it is given the file:\n\n"
         "  --cacert FILE (curl), SSL_CERT_FILE=FILE (OpenSSL, Go, Ruby), REQUESTS_CA_BUNDLE=FILE (Python's "
         "requests),\n  NODE_EXTRA_CA_CERTS=FILE (Node.js)\n";
}

std::string demo_text(const app::Server& server, const app::Settings& settings) {
  if (!settings.demo) return {};
  if (server.demo_events() == 0) return "  Demo         this store has events already; nothing was added\n";
  return "  Demo         one working day of a small contact centre, " + std::to_string(server.demo_events()) +
         " events\n  Metrics      " + server.url() + "/metrics, with the token in " +
         std::filesystem::absolute(settings.data / app::kAdminTokenFile).string() + " as Bearer\n";
}

// How a client that has no setting for another host is led here.
std::string client_proxy_text(const app::Server& server) {
  const std::string& url = server.client_proxy_url();
  if (url.empty()) return {};
  return "  Client proxy " + url +
         "\n\nA client that knows no other host than taskrouter.twilio.com comes here with:\n\n"
         "  export HTTPS_PROXY=" +
         url + " HTTP_PROXY=" + url + "\n  export NODE_EXTRA_CA_CERTS='" + server.client_proxy_trust_file().string() +
         "'\n";
}

std::string person_text(const app::Server& server, const app::Settings& settings) {
  const app::FirstAccount& first = server.first_account();
  const auto example = find_example(server);
  const std::string sid = first.account.sid.to_text();
  std::string text = "\nWaybill is listening\n\n  URL          " + server.url() + "\n  Account SID  " + sid + "\n";
  if (first.token_is_made) text += "  Auth Token   " + first.account.auth_token + "\n";
  text += "  Data         " + std::filesystem::absolute(settings.data).string() + "\n";
  text += demo_text(server, settings) + certificate_text(server);
  // It stands among the values above, or behind what is said of the certificate.
  if (!server.trust_file().empty() && !server.client_proxy_url().empty()) text += "\n";
  text += client_proxy_text(server);
  text += "\nPaste this into another terminal" +
          std::string(first.token_is_made ? "" : "; WAYBILL_AUTH_TOKEN is the one that was chosen") + ":\n\n";
  text += "  export WAYBILL_URL=" + server.url() + " WAYBILL_ACCOUNT_SID=" + sid +
          (first.token_is_made ? " WAYBILL_AUTH_TOKEN=" + first.account.auth_token : "") +
          (server.trust_file().empty() ? "" : " WAYBILL_CA_FILE='" + server.trust_file().string() + "'") + "\n";
  text += std::string("\n") +
          (!example                    ? "Its workspaces, of which there are none yet"
           : example->task_sid.empty() ? "Its oldest events"
                                       : "The life of one task, in its order") +
          ":\n\n" + curl_text(server, example);
  text += "\nWhat is proven complete, and what may be missing:\n\n  waybill gaps\n";
  text += "\nThe guide is docs/guide.md; `waybill --help` lists the commands, and " + server.url() +
          "/openapi.yaml\ndescribes the API.\n\n";
  return text;
}

}  // namespace

std::string welcome_text(const app::Server& server, const app::Settings& settings, Reader reader) {
  if (reader == Reader::kPerson) return person_text(server, settings);
  const app::FirstAccount& first = server.first_account();
  std::string text;
  if (first.is_new && first.token_is_made) {
    text += "  Account SID  " + first.account.sid.to_text() + "\n  Auth Token   " + first.account.auth_token + "\n";
  }
  return text + client_proxy_text(server) + "  URL          " + server.url() + "\n";
}

}  // namespace waybill::cli
