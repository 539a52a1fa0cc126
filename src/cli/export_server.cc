#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "backfill/retry.h"
#include "base/mutex.h"
#include "base/time_text.h"
#include "cli/export_source.h"
#include "cli/json_member.h"
#include "cli/server_client.h"
#include "cli/server_retries.h"
#include "cli/trust.h"
#include "codec/json_scan.h"
#include "http/url.h"

namespace waybill::cli {
namespace {

using base::Result;
using codec::CheckedJson;

constexpr int kTooManyRequests = 429;
constexpr int kServerError = 500;

bool may_be_asked_again(int status) { return status == kTooManyRequests || status >= kServerError; }

backfill::Trouble trouble_of(const Result<http::Response>& response) {
  if (!response) return backfill::Trouble::kNoAnswer;
  return response->status == kTooManyRequests ? backfill::Trouble::kRefused : backfill::Trouble::kFailed;
}

Result<base::WallTime> time_of(CheckedJson event) {
  const auto ms = find_member(event, "event_date_ms");
  if (const auto number = ms ? ms->integer() : std::nullopt) {
    if (base::to_ms(base::kTimeMin) <= *number && *number <= base::to_ms(base::kTimeMax)) return base::from_ms(*number);
  }
  const auto date = base::parse_time(text_member(event, "event_date"));
  if (!date) return base::unavailable("the server's answer has an event without a time");
  return date->first;
}

class ServerSource final : public ExportSource {
 public:
  // What `process` lends must outlive it.
  ServerSource(std::unique_ptr<ServerClient> client, std::string list_path, http::Parameters filters,
               std::string seen_by, const Process& process)
      : clock_(process.clock),
        random_(process.random),
        list_path_(std::move(list_path)),
        filters_(std::move(filters)),
        seen_by_(std::move(seen_by)),
        client_(std::move(client)) {}

  // A token is the query of the page's URL.
  Result<void> begin(const std::string& token) override {
    if (token.starts_with("d:")) {
      return base::invalid_argument("it was begun with a directory (--data), not with a server (--url)");
    }
    token_ = token;
    at_end_ = false;
    return {};
  }

  Result<bool> next(transfer::EventPage& page) override {
    if (at_end_) return false;
    TRY(fetch(token_.empty() ? http::encode_form(filters_) : token_));
    TRY_ASSIGN(const CheckedJson body, checker_.check(answer_.body, codec::kStoredNestingMax));
    page.lines.clear();
    page.events.clear();
    page.token = token_;
    const auto meta = find_member(body, "meta");
    const auto events = find_member(body, "events");
    if (!meta || !events || !events->is_array()) return base::unavailable("the server's answer is no list of events");
    page.lines.reserve(events->text().size());
    for (codec::ElementScanner scan(*events); scan.next();) {
      TRY_ASSIGN(const base::WallTime time, time_of(scan.value()));
      page.lines.append(scan.value().text()).append("\n");
      page.events.push_back({page.lines.size(), time});
    }
    // A proxy may stand between us and what the server takes for its own address, so only the query is followed.
    const std::string next_url = text_member(*meta, "next_page_url");
    token_ = next_url.substr(std::min(next_url.find('?'), next_url.size() - 1) + 1);
    at_end_ = next_url.empty();
    if (at_end_) token_.clear();
    page.next_token = token_;
    return true;
  }

  void stop() override {
    const base::MutexLock lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

  [[nodiscard]] std::string seen_by() const override { return seen_by_; }

 private:
  // Asks until there is an answer that is none of trouble that passes.
  Result<void> fetch(const std::string& query) {
    backfill::Retries retries(server_retry_rules(), reached_);
    for (;;) {
      auto response = client_->send(http::Method::kGet, list_path_ + "?" + query);
      reached_ = reached_ || response.has_value();
      if (response && response->status == 200) {
        answer_ = *std::move(response);
        return {};
      }
      if (response && !may_be_asked_again(response->status)) return client_->refusal(*response);
      if (!response && response.error().code() != base::ErrorCode::kUnavailable) return std::move(response).error();
      const auto told = response ? response->header("Retry-After") : std::nullopt;
      const auto asked = told ? backfill::parse_retry_after(*told, clock_.now()) : std::nullopt;
      const auto pause = retries.after(trouble_of(response), asked, random_.bytes<1>()[0] / 256.0);
      if (!pause) {
        return (response ? client_->refusal(*response) : response.error()).while_doing("after several attempts");
      }
      TRY(wait(*pause));
    }
  }

  Result<void> wait(std::chrono::milliseconds pause) {
    const base::MutexLock lock(mutex_);
    if (!stopped_) changed_.wait_for(mutex_, pause);
    if (stopped_) return base::unavailable("stopped");
    return {};
  }

  const base::Clock& clock_;
  base::Random& random_;
  const std::string list_path_;
  const http::Parameters filters_;
  const std::string seen_by_;
  const std::unique_ptr<ServerClient> client_;
  codec::JsonChecker checker_;
  http::Response answer_;
  std::string token_;
  bool at_end_ = false;
  bool reached_ = false;

  base::Mutex mutex_;
  base::Condition changed_;

  bool stopped_ GUARDED_BY(mutex_) = false;
};

}  // namespace

Result<std::unique_ptr<ExportSource>> open_server_source(const ExportOptions& options, const ExportList& list,
                                                         const Process& process) {
  http::Parameters filters = list.filters;
  filters.emplace_back("Extra", "true");
  filters.emplace_back("PageSize", std::to_string(model::kPageSizeMax));
  const std::string path = "/Workspaces/" + list.workspace_sid + "/Events";
  TRY_ASSIGN(const auto token, find_admin_token(options.admin_token_file, process));
  if (token) {
    http::ClientOptions client_options;
    client_options.trust_file = trust_file_for(options.url, process);
    auto client = std::make_unique<ServerClient>(options.url, *token, std::move(client_options));
    TRY_ASSIGN(const std::string account,
               client->account_of(list.workspace_sid, options.account_sid, process.environment));
    return std::unique_ptr<ExportSource>(
        std::make_unique<ServerSource>(std::move(client), "/admin/v1/Accounts/" + http::percent_encode(account) + path,
                                       std::move(filters), "all, by the administrator of a server", process));
  }
  auto client = ServerClient::open_as_account(options.url, process);
  if (!client)
    return base::invalid_argument(client.error().message() + ", or WAYBILL_ADMIN_TOKEN to the administrator's token");
  if (!options.account_sid.empty()) {
    return base::invalid_argument("--account: is for the administrator and for --data; an account sees its own events");
  }
  return std::unique_ptr<ExportSource>(std::make_unique<ServerSource>(
      *std::move(client), "/v1" + path, std::move(filters), "an account, with old task attributes hidden", process));
}

}  // namespace waybill::cli
