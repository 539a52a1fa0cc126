#include "api/variants.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "cli/address.h"
#include "cli/commands.h"
#include "cli/flag_names.h"
#include "cli/json_member.h"
#include "cli/open_store.h"
#include "cli/server_client.h"
#include "codec/json_scan.h"
#include "http/url.h"
#include "store/local/local_reader.h"

namespace waybill::cli {
namespace {

using base::Result;

// Where variants are asked for. Not for concurrent use.
class VariantSource {
 public:
  VariantSource() = default;
  VariantSource(const VariantSource&) = delete;
  VariantSource& operator=(const VariantSource&) = delete;
  virtual ~VariantSource() = default;

  // The answer of GET /admin/v1/Variants to a query; lives until the next call.
  virtual Result<codec::CheckedJson> ask(const http::Parameters& query) = 0;

  // The account whose workspace is meant.
  virtual Result<std::string> account_of(const VariantsOptions& options, const Process& process) = 0;
};

class ServerVariants final : public VariantSource {
 public:
  explicit ServerVariants(std::unique_ptr<ServerClient> client) : client_(std::move(client)) {}

  Result<codec::CheckedJson> ask(const http::Parameters& query) override {
    return client_->ask(http::Method::kGet, "/admin/v1/Variants?" + http::encode_form(query));
  }

  Result<std::string> account_of(const VariantsOptions& options, const Process& process) override {
    return client_->account_of(options.workspace_sid, options.account_sid, process.environment);
  }

 private:
  const std::unique_ptr<ServerClient> client_;
};

class DirectoryVariants final : public VariantSource {
 public:
  explicit DirectoryVariants(std::unique_ptr<store::LocalReader> reader) : reader_(std::move(reader)) {}

  Result<codec::CheckedJson> ask(const http::Parameters& query) override {
    auto body = api::variants_in_json(http::encode_form(query), *reader_, reader_->registry(), "");
    if (!body) return base::invalid_argument(with_flag_names(body.error().message));
    return checker_.check(*body, codec::kStoredNestingMax);
  }

  Result<std::string> account_of(const VariantsOptions& options, const Process& process) override {
    TRY_ASSIGN(const model::Workspace workspace,
               workspace_for(reader_->registry(), options.account_sid, options.workspace_sid, process.environment));
    TRY_ASSIGN(const auto accounts, reader_->registry().accounts());
    for (const model::Account& account : accounts) {
      if (account.number == workspace.account) return account.sid.to_text();
    }
    return base::not_found("the account of " + options.workspace_sid + " is gone");
  }

 private:
  const std::unique_ptr<store::LocalReader> reader_;
  codec::JsonChecker checker_;
};

Result<std::unique_ptr<VariantSource>> open_source(const VariantsOptions& options, const Process& process) {
  const auto named_data = process.environment.find("WAYBILL_DATA");
  const bool names_none = options.place.data.empty() && !named_data;
  const std::string url = options.place.url.empty() && names_none ? default_url(process) : options.place.url;
  if (!url.empty()) {
    TRY_ASSIGN(auto client, ServerClient::open_as_administrator(url, options.place.admin_token_file, process));
    return std::unique_ptr<VariantSource>(std::make_unique<ServerVariants>(std::move(client)));
  }
  const std::filesystem::path data =
      options.place.data.empty() ? named_data.value_or("data") : options.place.data.string();
  TRY_ASSIGN(auto reader, store::LocalReader::open(data, process.clock.now(), {}));
  return std::unique_ptr<VariantSource>(std::make_unique<DirectoryVariants>(std::move(reader)));
}

}  // namespace

Result<void> run_variants(const VariantsOptions& options, const Process& process) {
  TRY_ASSIGN(const auto source, open_source(options, process));
  http::Parameters query;
  if (options.workspace_sid.empty() && !options.account_sid.empty()) {
    return base::invalid_argument("--account: says whose workspace is meant, so that --workspace is needed with it");
  }
  if (!options.workspace_sid.empty()) {
    TRY_ASSIGN(const std::string account_sid, source->account_of(options, process));
    query = {{"AccountSid", account_sid}, {"WorkspaceSid", options.workspace_sid}};
  }
  std::string after = "0";
  do {
    http::Parameters part = query;
    part.emplace_back("After", after);
    TRY_ASSIGN(const codec::CheckedJson answer, source->ask(part));
    const auto list = find_member(answer, "variants");
    const auto next = find_member(answer, "after");
    if (!list || !list->is_array() || !next) return base::unavailable("the answer has no variants");
    for (codec::ElementScanner scan(*list); scan.next();) {
      std::fputs((std::string(scan.value().text()) + "\n").c_str(), stdout);
    }
    after = next->text();
  } while (after != "null");
  return {};
}

}  // namespace waybill::cli
