#include <cstdio>

#include "base/mutex.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/json_member.h"
#include "cli/server_client.h"
#include "cli/table.h"

namespace waybill::cli {
namespace {

using base::Result;

// How long to leave a queue that has no room alone.
constexpr std::chrono::milliseconds kRoomPause{500};

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

Result<std::unique_ptr<ServerClient>> open_client(const ForwardOptions& options, const Process& process) {
  if (options.url.empty()) return base::invalid_argument("--url: is missing: say which server");
  return ServerClient::open_as_administrator(options.url, options.admin_token_file, process);
}

// A member as a person reads it: a text, a number, or a dash for null.
std::string shown(const codec::CheckedJson& object, std::string_view name) {
  const auto value = find_member(object, name);
  if (!value || value->is_null()) return "-";
  return value->string().value_or(std::string(value->text()));
}

http::Parameters filter_of(const ForwardOptions& options) {
  http::Parameters form;
  if (!options.receiver.empty()) form.emplace_back("Receiver", options.receiver);
  std::string numbers;
  for (const std::string& number : options.numbers) numbers += (numbers.empty() ? "" : ",") + number;
  if (!numbers.empty()) form.emplace_back("Numbers", numbers);
  return form;
}

Result<std::string> count_of(ServerClient& client, const std::string& path, const http::Parameters& form) {
  TRY_ASSIGN(const codec::CheckedJson answer, client.ask(http::Method::kPost, path, form));
  return shown(answer, "count");
}

Result<codec::CheckedJson> ask_while_full(ServerClient& client, const http::Parameters& form) {
  base::Mutex mutex;
  base::Condition never;
  for (bool is_told = false;; is_told = true) {
    auto answer = client.ask(http::Method::kPost, "/admin/v1/Forwarding/Replay", form);
    if (answer || answer.error().code() != base::ErrorCode::kBusy) return answer;
    if (!is_told) print("The queue is full; waiting for room.\n");
    const base::MutexLock lock(mutex);
    never.wait_for(mutex, kRoomPause);
  }
}

}  // namespace

Result<void> run_forward_list(const ForwardOptions& options, const Process& process) {
  TRY_ASSIGN(const auto client, open_client(options, process));
  TRY_ASSIGN(const codec::CheckedJson answer, client->get("/admin/v1/Forwarding"));
  std::vector<std::vector<std::string>> rows = {
      {"RECEIVER", "QUEUED", "OLDEST", "DELIVERED", "FAILURES", "DEAD", "LAST PROBLEM"}};
  const auto list = find_member(answer, "receivers");
  if (!list || !list->is_array()) return base::unavailable("the server's answer has no receivers");
  for (codec::ElementScanner scan(*list); scan.next();) {
    const codec::CheckedJson each = scan.value();
    const bool is_configured = shown(each, "configured") == "true";
    rows.push_back(
        {shown(each, "url"), shown(each, "queued"), shown(each, "oldest"), shown(each, "delivered"),
         shown(each, "failures"), shown(each, "dead_letters"),
         is_configured ? shown(each, "problem") : "no receiver any more; `waybill forward clear` drops these"});
  }
  print(to_table(rows));
  if (shown(answer, "lost") != "0") {
    print(shown(answer, "lost") +
          " callbacks could not be queued since the server started; `waybill forward replay` "
          "posts them.\n");
  }
  if (shown(answer, "stopped") != "-") print("Nothing is forwarded: " + shown(answer, "stopped") + "\n");
  return {};
}

Result<void> run_forward_dead(const ForwardOptions& options, const Process& process) {
  TRY_ASSIGN(const auto client, open_client(options, process));
  std::string path = "/admin/v1/Forwarding/DeadLetters?Limit=1000";
  if (!options.receiver.empty()) path += "&Receiver=" + http::percent_encode(options.receiver);
  TRY_ASSIGN(const codec::CheckedJson answer, client->get(path));
  std::vector<std::vector<std::string>> rows = {
      {"NUMBER", "EVENT SID", "RESOURCE SID", "ATTEMPTS", "DIED", "RECEIVER", "REASON"}};
  const auto list = find_member(answer, "dead_letters");
  if (!list || !list->is_array()) return base::unavailable("the server's answer has no dead_letters");
  for (codec::ElementScanner scan(*list); scan.next();) {
    const codec::CheckedJson each = scan.value();
    rows.push_back({shown(each, "number"), shown(each, "event_sid"), shown(each, "resource_sid"),
                    shown(each, "attempts"), shown(each, "date_died"), shown(each, "receiver"), shown(each, "reason")});
  }
  print(to_table(rows));
  return {};
}

Result<void> run_forward_retry(const ForwardOptions& options, const Process& process) {
  TRY_ASSIGN(const auto client, open_client(options, process));
  TRY_ASSIGN(const std::string count, count_of(*client, "/admin/v1/Forwarding/DeadLetters/Retry", filter_of(options)));
  print(count + " dead letters are in the queue again.\n");
  return {};
}

Result<void> run_forward_drop(const ForwardOptions& options, const Process& process) {
  if (options.receiver.empty() && options.numbers.empty()) {
    return base::invalid_argument("say which dead letters: their numbers, or --receiver URL for all of one receiver");
  }
  TRY_ASSIGN(const auto client, open_client(options, process));
  TRY_ASSIGN(const std::string count, count_of(*client, "/admin/v1/Forwarding/DeadLetters/Drop", filter_of(options)));
  print(count + " dead letters were dropped.\n");
  return {};
}

Result<void> run_forward_clear(const ForwardOptions& options, const Process& process) {
  if (options.receiver.empty()) return base::invalid_argument("--receiver: is missing: say whose queue");
  TRY_ASSIGN(const auto client, open_client(options, process));
  TRY_ASSIGN(const std::string count,
             count_of(*client, "/admin/v1/Forwarding/Queue/Drop", {{"Receiver", options.receiver}}));
  print(count + " queued callbacks were dropped.\n");
  return {};
}

Result<void> run_forward_replay(const ForwardOptions& options, const Process& process) {
  TRY_ASSIGN(const auto client, open_client(options, process));
  http::Parameters form;
  TRY_ASSIGN(const std::string account_sid,
             client->account_of(options.workspace_sid, options.account_sid, process.environment));
  const std::pair<const char*, const std::string*> words[] = {{"AccountSid", &account_sid},
                                                              {"WorkspaceSid", &options.workspace_sid},
                                                              {"From", &options.from},
                                                              {"To", &options.to},
                                                              {"Receiver", &options.receiver}};
  for (const auto& [name, value] : words) {
    if (!value->empty()) form.emplace_back(name, *value);
  }
  std::int64_t queued = 0;
  std::string after = "-";
  do {
    http::Parameters part = form;
    if (after != "-") part.emplace_back("After", after);
    const auto answer = ask_while_full(*client, part);
    if (!answer) {
      return answer.error().while_doing("after " + std::to_string(queued) + " events were queued");
    }
    queued += base::parse_int(shown(*answer, "queued")).value_or(0);
    after = shown(*answer, "after");
  } while (after != "-");
  print(std::to_string(queued) + " events are in the queue; `waybill forward list` shows how it empties.\n");
  return {};
}

}  // namespace waybill::cli
