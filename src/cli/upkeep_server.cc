#include <utility>

#include "base/strings.h"
#include "base/time_text.h"
#include "cli/json_member.h"
#include "cli/server_client.h"
#include "cli/upkeep_target.h"
#include "codec/json_scan.h"
#include "http/url.h"
#include "store/retention_plan.h"

namespace waybill::cli {
namespace {

using base::Result;

ErasureNote read_note(const codec::CheckedJson& json) {
  const auto number = [&](std::string_view name) {
    const auto value = find_member(json, name);
    return value ? std::string(value->text()) : std::string();
  };
  std::string subject = text_member(json, "task_sid") + text_member(json, "worker_sid");
  if (subject.empty()) subject = "all";
  return {number("number"),
          text_member(json, "workspace_sid"),
          std::move(subject),
          span_text(text_member(json, "from"), text_member(json, "to")),
          number("events"),
          text_member(json, "date_requested"),
          text_member(json, "date_completed")};
}

// What the server says of events that go.
Prospect read_prospect(const codec::CheckedJson& body, std::string_view name) {
  const auto told = find_member(body, name);
  if (!told) return {};
  const auto number = [&](std::string_view member) {
    const auto value = find_member(*told, member);
    return static_cast<std::uint64_t>(base::parse_int(value ? value->text() : "0").value_or(0));
  };
  const auto time = [&](std::string_view member) {
    const auto parsed = base::parse_time(text_member(*told, member));
    return parsed ? parsed->first : base::WallTime();
  };
  const auto rejects = find_member(body, "rejects");
  const store::Removal removal{number("events"), number("of_events"), time("first"), time("last"),
                               static_cast<std::uint64_t>(rejects ? rejects->integer().value_or(0) : 0)};
  return to_prospect(removal);
}

class ServerUpkeep final : public UpkeepTarget {
 public:
  ServerUpkeep(std::unique_ptr<ServerClient> client, app::Environment environment)
      : client_(std::move(client)), environment_(std::move(environment)) {}

  Result<ErasureNote> erase(const WorkspaceWords& workspace, const store::ErasureWords& words) override {
    TRY_ASSIGN(const http::Parameters form, form_of(workspace, words));
    TRY_ASSIGN(const codec::CheckedJson note, client_->ask(http::Method::kPost, "/admin/v1/Erasures", form));
    return read_note(note);
  }

  Result<Prospect> would_erase(const WorkspaceWords& workspace, const store::ErasureWords& words) override {
    TRY_ASSIGN(http::Parameters form, form_of(workspace, words));
    form.emplace_back("DryRun", "true");
    TRY_ASSIGN(const codec::CheckedJson told, client_->ask(http::Method::kPost, "/admin/v1/Erasures", form));
    return read_prospect(told, "would_erase");
  }

  Result<std::string> finish_erasing() override {
    return std::string(
        "Their bytes leave the files in the background; `waybill erase status` says when they are gone.");
  }

  Result<std::vector<ErasureNote>> erasures() override {
    TRY_ASSIGN(const codec::CheckedJson body, client_->get("/admin/v1/Erasures"));
    std::vector<ErasureNote> notes;
    const auto list = find_member(body, "erasures");
    if (!list || !list->is_array()) return base::unavailable("the server's answer has no erasures");
    for (codec::ElementScanner scan(*list); scan.next();) notes.push_back(read_note(scan.value()));
    return notes;
  }

  Result<Retained> retain(const WorkspaceWords& workspace, const std::string& age, RetainMode mode) override {
    TRY_ASSIGN(const std::string account_sid,
               client_->account_of(workspace.workspace_sid, workspace.account_sid, environment_));
    const std::string path = "/admin/v1/Accounts/" + http::percent_encode(account_sid) + "/Workspaces/" +
                             http::percent_encode(workspace.workspace_sid) + "/Retention";
    http::Parameters form = {{"Retain", age}};
    if (mode == RetainMode::kConfirmed) form.emplace_back("Confirm", "true");
    if (mode == RetainMode::kDryRun) form.emplace_back("DryRun", "true");
    TRY_ASSIGN(const codec::CheckedJson body, client_->ask(http::Method::kPost, path, form));
    return Retained{text_member(body, "retain"), read_prospect(body, "older")};
  }

 private:
  Result<http::Parameters> form_of(const WorkspaceWords& workspace, const store::ErasureWords& words) const {
    TRY_ASSIGN(const std::string account_sid,
               client_->account_of(workspace.workspace_sid, workspace.account_sid, environment_));
    http::Parameters form = {{"AccountSid", account_sid}, {"WorkspaceSid", workspace.workspace_sid}};
    const std::pair<const char*, const std::string*> others[] = {
        {"TaskSid", &words.task_sid}, {"WorkerSid", &words.worker_sid}, {"From", &words.from}, {"To", &words.to}};
    for (const auto& [name, value] : others) {
      if (!value->empty()) form.emplace_back(name, *value);
    }
    return form;
  }

  const std::unique_ptr<ServerClient> client_;
  const app::Environment environment_;
};

}  // namespace

Result<std::unique_ptr<UpkeepTarget>> open_server_upkeep(const UpkeepPlace& place, const Process& process) {
  TRY_ASSIGN(auto client, ServerClient::open_as_administrator(place.url, place.admin_token_file, process));
  return std::unique_ptr<UpkeepTarget>(std::make_unique<ServerUpkeep>(std::move(client), process.environment));
}

}  // namespace waybill::cli
