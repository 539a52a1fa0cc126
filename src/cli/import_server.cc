#include <cstdio>
#include <utility>

#include "backfill/patient_client.h"
#include "base/strings.h"
#include "cli/import_target.h"
#include "cli/json_member.h"
#include "cli/server_retries.h"
#include "cli/trust.h"
#include "codec/json_scan.h"

namespace waybill::cli {
namespace {

using base::Result;

// Waits, as 429 and Retry-After say, for a server that is restarted, busy or not to be reached for a while. A batch
// that is sent again may have been stored the first time: its events are duplicates then. That holds for events with
// sids alone; a batch with another line, which the server would give a new one, is sent again only if it was refused.
class ServerTarget final : public ImportTarget {
 public:
  ServerTarget(std::string url, backfill::CallOptions options, const Process& process)
      : url_(std::move(url)), client_(std::move(options), {process.clock, process.random, pause_}) {
    client_.set_on_wait([](std::chrono::milliseconds wait, const std::string& why) {
      std::fprintf(stderr, "waybill: trying again in %.1f s: %s\n", static_cast<double>(wait.count()) / 1000,
                   base::printable(why).c_str());
    });
  }

  Result<ImportOutcome> send(ImportBatch batch) override {
    const std::string url = url_ + "/v1/Workspaces/" + batch.workspace_sid + "/Events?Unknown=keep";
    const backfill::Call call{
        http::Method::kPost, url, {{"Content-Type", "application/x-ndjson"}}, batch.lines, [this, &batch] {
          return all_have_sids(batch.lines);
        }};
    auto answer = client_.send(call, [](const http::Response&) { return std::nullopt; });
    if (!answer && !all_have_sids(batch.lines)) {
      return name_line(base::unavailable(answer.error().message() +
                                         "; some lines have no sid, so the batch, which may have been stored, was not "
                                         "sent again"),
                       batch);
    }
    if (!answer) return name_line(answer.error(), batch);
    const http::Response& response = answer->response;
    constexpr std::size_t kNestingMax = 16;
    const auto body = checker_.check(response.body, kNestingMax);
    if (response.status != 201 || !body) return refused(response, body, batch);
    const auto count = [&](std::string_view name) {
      const auto value = find_member(*body, name);
      return static_cast<std::uint32_t>(value ? value->integer().value_or(0) : 0);
    };
    return ImportOutcome{{count("accepted"), count("duplicates"), count("variants"), count("dropped")},
                         rejected_lines(*body, batch)};
  }

  // A server takes lines of a workspace alone, and this one names none.
  Result<bool> keep_aside(const RejectedLine& /*line*/, std::string_view /*text*/) override { return false; }

  Result<ImportOutcome> finish() override { return ImportOutcome{}; }

 private:
  [[nodiscard]] bool all_have_sids(std::string_view lines) {
    constexpr std::size_t kNestingMax = 128;
    for (const std::string_view line : base::split(lines, '\n')) {
      const auto json = checker_.check(line, kNestingMax);
      // What cannot be read is never stored.
      if (!json || !json->is_object()) continue;
      if (const auto sid = find_member(*json, "sid"); !sid) return false;
    }
    return true;
  }

  static std::vector<RejectedLine> rejected_lines(codec::CheckedJson body, const ImportBatch& batch) {
    std::vector<RejectedLine> lines;
    const auto rejects = find_member(body, "rejects");
    if (!rejects || !rejects->is_array()) return lines;
    for (codec::ElementScanner scan(*rejects); scan.next();) {
      const auto index = find_member(scan.value(), "index");
      const std::int64_t number = index ? index->integer().value_or(0) : 0;
      const bool is_there = number >= 1 && std::cmp_less_equal(number, batch.line_numbers.size());
      lines.push_back({batch.file, is_there ? batch.line_numbers[static_cast<std::size_t>(number) - 1] : 0,
                       text_member(scan.value(), "problem"), batch.place_word});
    }
    return lines;
  }

  static base::Error refused(const http::Response& response, const Result<codec::CheckedJson>& body,
                             const ImportBatch& batch) {
    const auto message = body ? find_member(*body, "message") : std::nullopt;
    const auto text = message ? message->string() : std::nullopt;
    if (response.status == 400 && text) return name_line(base::invalid_argument(*text), batch);
    return name_line(base::unavailable("the server answered " + std::to_string(response.status) +
                                       (text ? ": " + *text : std::string())),
                     batch);
  }

  const std::string url_;
  backfill::StoppablePause pause_;
  backfill::PatientClient client_;
  codec::JsonChecker checker_;
};

}  // namespace

Result<std::unique_ptr<ImportTarget>> open_server_target(const std::string& url, const Process& process) {
  backfill::CallOptions options;
  options.retry = server_retry_rules();
  options.requests_per_second = 0;
  options.user = process.environment.find_trimmed("WAYBILL_ACCOUNT_SID").value_or("");
  options.password = process.environment.find_trimmed("WAYBILL_AUTH_TOKEN").value_or("");
  if (options.user.empty() || options.password.empty()) {
    return base::invalid_argument(
        "credentials required: set WAYBILL_ACCOUNT_SID and WAYBILL_AUTH_TOKEN to an account's SID and Auth Token");
  }
  options.trust_file = trust_file_for(url, process);
  std::string base_url = url;
  while (base_url.ends_with('/')) base_url.pop_back();
  return std::unique_ptr<ImportTarget>(std::make_unique<ServerTarget>(base_url, std::move(options), process));
}

}  // namespace waybill::cli
