#include "api/rejects.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "app/settings.h"
#include "base/bytes.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/flag_names.h"
#include "cli/json_member.h"
#include "cli/open_store.h"
#include "cli/server_client.h"
#include "cli/table.h"
#include "codec/json_scan.h"
#include "http/url.h"
#include "store/local/sql_registry.h"
#include "store/local/sql_rejects.h"

namespace waybill::cli {
namespace {

using base::Result;

constexpr std::size_t kNestingMax = 16;
// Where the answers come from; what stands behind it is in a request.
constexpr const char* kPlace = "/admin/v1/Rejects";

// Where rejects are asked for. Each answer is that of the administration's API, and lives until the next call. Not for
// concurrent use.
class RejectPlace {
 public:
  RejectPlace() = default;
  RejectPlace(const RejectPlace&) = delete;
  RejectPlace& operator=(const RejectPlace&) = delete;
  virtual ~RejectPlace() = default;

  virtual Result<codec::CheckedJson> list(const http::Parameters& query) = 0;
  virtual Result<codec::CheckedJson> fetch(const std::string& number) = 0;
  // An empty number: all of them, in parts.
  virtual Result<codec::CheckedJson> retry(const std::string& number, const http::Parameters& form) = 0;
  virtual Result<codec::CheckedJson> drop(const std::string& number, const http::Parameters& query) = 0;
};

std::string with_query(const http::Parameters& query) {
  return query.empty() ? std::string() : "?" + http::encode_form(query);
}

std::string place_of(const std::string& number) {
  return kPlace + (number.empty() ? std::string() : "/" + http::percent_encode(number));
}

class ServerRejects final : public RejectPlace {
 public:
  explicit ServerRejects(std::unique_ptr<ServerClient> client) : client_(std::move(client)) {}

  Result<codec::CheckedJson> list(const http::Parameters& query) override {
    return client_->get(kPlace + with_query(query));
  }
  Result<codec::CheckedJson> fetch(const std::string& number) override { return client_->get(place_of(number)); }
  Result<codec::CheckedJson> retry(const std::string& number, const http::Parameters& form) override {
    return client_->ask(http::Method::kPost, place_of(number) + "/Retry", form);
  }
  Result<codec::CheckedJson> drop(const std::string& number, const http::Parameters& query) override {
    return client_->ask(http::Method::kDelete, place_of(number) + with_query(query));
  }

 private:
  const std::unique_ptr<ServerClient> client_;
};

// A data directory. Looking takes no lock; what changes something does, and fails while a server holds it.
class DirectoryRejects final : public RejectPlace {
 public:
  DirectoryRejects(std::filesystem::path folder, const Process& process, app::Settings settings)
      : folder_(std::move(folder)), process_(process), settings_(std::move(settings)) {}

  Result<codec::CheckedJson> list(const http::Parameters& query) override {
    TRY(open_to_look());
    return answer(api::rejects_in_json(http::encode_form(query), *seen_, *registry_));
  }
  Result<codec::CheckedJson> fetch(const std::string& number) override {
    TRY(open_to_look());
    return answer(api::reject_in_json(number, *seen_, *registry_));
  }
  Result<codec::CheckedJson> retry(const std::string& number, const http::Parameters& form) override {
    TRY(open_to_change());
    const api::RejectRetryParts parts{store_->rejects(), *store_, *log_, process_.random, settings_.api.limits};
    const std::string text = http::encode_form(form);
    return answer(number.empty() ? api::retry_all_in_json(text, parts) : api::retry_in_json(number, text, parts));
  }
  Result<codec::CheckedJson> drop(const std::string& number, const http::Parameters& query) override {
    TRY(open_to_change());
    return answer(number.empty() ? api::drop_all_in_json(http::encode_form(query), store_->rejects())
                                 : api::drop_in_json(number, store_->rejects()));
  }

 private:
  Result<void> open_to_look() {
    if (seen_) return {};
    TRY_ASSIGN(registry_, store::open_registry(folder_));
    TRY_ASSIGN(seen_, store::SqlRejects::open_to_read(folder_, settings_.store.reject_limits));
    return {};
  }

  Result<void> open_to_change() {
    if (store_) return {};
    // A directory that is none is not made.
    TRY(store::open_registry(folder_));
    TRY_ASSIGN(store_, open_store(folder_, process_, settings_.store));
    log_ = std::make_unique<eventlog::EventLog>(*store_, process_.log, eventlog::EventLogLimits());
    return {};
  }

  Result<codec::CheckedJson> answer(api::ApiResult<std::string> body) {
    if (!body && body.error().status == 400) return base::invalid_argument(with_flag_names(body.error().message));
    if (!body) return base::unavailable(body.error().message);
    body_ = *std::move(body);
    return checker_.check(body_, kNestingMax);
  }

  const std::filesystem::path folder_;
  const Process process_;
  const app::Settings settings_;
  std::unique_ptr<store::Registry> registry_;
  std::unique_ptr<store::SqlRejects> seen_;
  std::unique_ptr<store::LocalStore> store_;
  std::unique_ptr<eventlog::EventLog> log_;
  std::string body_;
  codec::JsonChecker checker_;
};

Result<std::unique_ptr<RejectPlace>> open_place(const UpkeepPlace& place, const Process& process) {
  if (!place.url.empty()) {
    TRY_ASSIGN(auto client, ServerClient::open_as_administrator(place.url, place.admin_token_file, process));
    return std::unique_ptr<RejectPlace>(std::make_unique<ServerRejects>(std::move(client)));
  }
  TRY_ASSIGN(app::Settings settings, app::resolve_settings({}, process.environment, {}));
  settings.store.background = false;
  std::filesystem::path data = place.data.empty() ? settings.data : place.data;
  return std::unique_ptr<RejectPlace>(
      std::make_unique<DirectoryRejects>(std::move(data), process, std::move(settings)));
}

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

std::string shown(const codec::CheckedJson& object, std::string_view name) {
  const auto value = find_member(object, name);
  if (!value || value->is_null()) return "-";
  return base::printable(value->string().value_or(std::string(value->text())));
}

http::Parameters filters_of(const RejectsOptions& options) {
  http::Parameters query;
  if (!options.workspace_sid.empty()) query.emplace_back("WorkspaceSid", options.workspace_sid);
  if (!options.road.empty()) query.emplace_back("Road", options.road);
  return query;
}

// Calls `take` with each part of a list that is asked for with After.
template <class Ask, class Take>
Result<void> for_each_part(Ask ask, Take take) {
  std::string after = "0";
  do {
    TRY_ASSIGN(const codec::CheckedJson part, ask(after));
    const auto next = find_member(part, "after");
    if (!next) return base::unavailable("the answer is none to this question");
    const std::string following(next->text());
    TRY(take(part));
    after = following;
  } while (after != "null");
  return {};
}

// The bytes for a terminal: text as it is, line by line, but for what steers a terminal.
std::string body_text(const codec::CheckedJson& reject) {
  std::string bytes = text_member(reject, "body");
  const std::string encoded = text_member(reject, "body_base64");
  if (!encoded.empty()) bytes = base::from_base64(encoded).value_or("");
  std::string out;
  for (const std::string_view line : base::split(bytes, '\n')) out += base::printable(line) + "\n";
  return out;
}

struct RetrySum {
  std::uint64_t tried = 0;
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t variants = 0;
  std::uint64_t dropped = 0;
  std::uint64_t kept = 0;
};

// Adds an answer, and prints why elements stay.
Result<void> add_retried(const codec::CheckedJson& answer, RetrySum& sum) {
  const auto kept = find_member(answer, "kept");
  if (!kept || !kept->is_array()) return base::unavailable("the answer does not say what became of it");
  const auto add = [&](std::string_view name, std::uint64_t& place) {
    const auto value = find_member(answer, name);
    place += static_cast<std::uint64_t>(value ? value->integer().value_or(0) : 0);
  };
  add("tried", sum.tried);
  add("accepted", sum.accepted);
  add("duplicates", sum.duplicates);
  add("variants", sum.variants);
  add("dropped", sum.dropped);
  for (codec::ElementScanner scan(*kept); scan.next();) {
    ++sum.kept;
    print(shown(scan.value(), "number") + ": " + shown(scan.value(), "problem") + "\n");
  }
  return {};
}

}  // namespace

Result<void> run_rejects_list(const RejectsOptions& options, const Process& process) {
  TRY_ASSIGN(const auto place, open_place(options.place, process));
  std::vector<std::vector<std::string>> rows = {
      {"NUMBER", "CAME LAST", "TIMES", "ROAD", "WORKSPACE SID", "BYTES", "WHERE", "PROBLEM"}};
  std::string kept;
  const auto ask = [&](const std::string& after) {
    http::Parameters query = filters_of(options);
    query.emplace_back("After", after);
    return place->list(query);
  };
  TRY(for_each_part(ask, [&](const codec::CheckedJson& part) -> Result<void> {
    const auto list = find_member(part, "rejects");
    const auto figures = find_member(part, "kept");
    if (!list || !list->is_array() || !figures) return base::unavailable("the answer has no rejects");
    for (codec::ElementScanner scan(*list); scan.next();) {
      const codec::CheckedJson& one = scan.value();
      if (options.json) {
        print(std::string(one.text()) + "\n");
        continue;
      }
      const std::string where =
          text_member(one, "origin") + (text_member(one, "place").empty() ? "" : " ") + text_member(one, "place");
      rows.push_back({shown(one, "number"), shown(one, "date_last_arrived"), shown(one, "times"), shown(one, "road"),
                      shown(one, "workspace_sid"), shown(one, "bytes"), where, shown(one, "problem")});
    }
    kept = shown(*figures, "count") + " of at most " + shown(*figures, "count_max") + " are kept aside, " +
           shown(*figures, "bytes") + " of at most " + shown(*figures, "bytes_max") + " bytes.\n";
    return {};
  }));
  if (options.json) return {};
  if (rows.size() > 1) print(to_table(std::move(rows)));
  print(kept);
  return {};
}

Result<void> run_rejects_show(const RejectsOptions& options, const Process& process) {
  TRY_ASSIGN(const auto place, open_place(options.place, process));
  for (const std::string& number : options.numbers) {
    TRY_ASSIGN(const codec::CheckedJson reject, place->fetch(number));
    if (options.json) {
      print(std::string(reject.text()) + "\n");
      continue;
    }
    constexpr std::pair<const char*, const char*> kLines[] = {
        {"number", "Number"},       {"problem", "Problem"},
        {"road", "Road"},           {"form", "Form"},
        {"origin", "From"},         {"place", "Where"},
        {"account_sid", "Account"}, {"workspace_sid", "Workspace"},
        {"date_arrived", "Came"},   {"date_last_arrived", "Came last"},
        {"times", "Times"},         {"bytes", "Bytes"}};
    for (const auto& [name, label] : kLines) {
      print((std::string(label) + ":").append(12 - std::string_view(label).size(), ' ') + shown(reject, name) + "\n");
    }
    print("\n" + body_text(reject));
  }
  return {};
}

Result<void> run_rejects_retry(const RejectsOptions& options, const Process& process) {
  if (options.numbers.empty() && !options.all) return base::invalid_argument("say which: numbers, or --all");
  TRY_ASSIGN(const auto place, open_place(options.place, process));
  http::Parameters form;
  if (!options.account_sid.empty()) form.emplace_back("AccountSid", options.account_sid);
  if (!options.workspace_sid.empty()) form.emplace_back("WorkspaceSid", options.workspace_sid);
  RetrySum sum;
  for (const std::string& number : options.numbers) {
    TRY_ASSIGN(const codec::CheckedJson answer, place->retry(number, form));
    TRY(add_retried(answer, sum));
  }
  if (options.all) {
    const auto ask = [&](const std::string& after) {
      http::Parameters part = form;
      part.emplace_back("After", after);
      return place->retry("", part);
    };
    TRY(for_each_part(ask, [&](const codec::CheckedJson& answer) { return add_retried(answer, sum); }));
  }
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  print(number(sum.tried) + " tried: " + number(sum.accepted) + " new, " + number(sum.duplicates) + " duplicates, " +
        number(sum.variants) + " variants, " + number(sum.dropped) + " dropped; " + number(sum.kept) + " stay.\n");
  std::fflush(stdout);
  if (sum.kept == 0) return {};
  return base::conflict(number(sum.kept) + " could not be stored");
}

Result<void> run_rejects_drop(const RejectsOptions& options, const Process& process) {
  if (options.numbers.empty() != options.all) return base::invalid_argument("say which: numbers, or --all");
  if (!options.all && !filters_of(options).empty()) {
    return base::invalid_argument("--workspace and --road go with --all");
  }
  TRY_ASSIGN(const auto place, open_place(options.place, process));
  std::uint64_t dropped = 0;
  const auto drop = [&](const std::string& number, const http::Parameters& query) -> Result<void> {
    TRY_ASSIGN(const codec::CheckedJson answer, place->drop(number, query));
    const auto count = find_member(answer, "dropped");
    dropped += static_cast<std::uint64_t>(count ? count->integer().value_or(0) : 0);
    return {};
  };
  for (const std::string& number : options.numbers) TRY(drop(number, {}));
  if (options.all) TRY(drop("", filters_of(options)));
  print(std::to_string(dropped) + " dropped.\n");
  return {};
}

}  // namespace waybill::cli
