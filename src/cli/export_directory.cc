#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "app/settings.h"
#include "base/strings.h"
#include "cli/export_source.h"
#include "cli/open_store.h"
#include "codec/record.h"
#include "store/local/local_reader.h"

namespace waybill::cli {
namespace {

using base::Result;

// Enough that finding where a page begins costs nothing beside reading it.
constexpr std::uint32_t kPageEvents = 2048;
constexpr std::size_t kEventBytesUsual = 2048;

// What URLs in events begin with where no setting says otherwise: what they had when the hosted service wrote them.
constexpr const char* kHostedBase = "https://taskrouter.twilio.com";

// Where a page begins, as text: incarnation, horizon, window, and the key it follows, numbers between colons. It stands
// in files that an export is gone on from.
constexpr std::size_t kTokenNumbers = 6;
using TokenNumbers = std::array<std::int64_t, kTokenNumbers>;

std::string encode_token(const TokenNumbers& numbers) {
  std::string out = "d";
  for (const std::int64_t number : numbers) out += ":" + std::to_string(number);
  return out;
}

std::optional<TokenNumbers> decode_token(const std::string& token) {
  const std::vector<std::string_view> pieces = base::split(token, ':');
  if (pieces.size() != kTokenNumbers + 1 || pieces.front() != "d") return std::nullopt;
  TokenNumbers numbers;
  for (std::size_t i = 0; i < kTokenNumbers; ++i) {
    const auto number = base::parse_int(pieces[i + 1]);
    if (!number) return std::nullopt;
    numbers[i] = *number;
  }
  return numbers;
}

class DirectorySource final : public ExportSource {
 public:
  DirectorySource(std::unique_ptr<store::LocalReader> reader, model::EventQuery query, std::string public_base,
                  std::uint64_t events_total)
      : reader_(std::move(reader)),
        query_(std::move(query)),
        public_base_(std::move(public_base)),
        events_total_(events_total) {
    query_.limit = kPageEvents;
    query_.horizon = reader_->horizon();
  }

  Result<void> begin(const std::string& token) override {
    at_end_ = false;
    if (token.empty()) {
      query_.after.reset();
      return {};
    }
    const auto numbers = decode_token(token);
    if (!numbers) return base::invalid_argument("it was begun with a server (--url), not with a directory (--data)");
    const auto [incarnation, horizon, from, to, time, position] = *numbers;
    if (static_cast<std::uint64_t>(incarnation) != reader_->identity().incarnation) {
      return base::invalid_argument("it was begun with another store than this one, or before this one was restored");
    }
    query_.horizon = model::Position{static_cast<std::uint64_t>(horizon)};
    query_.from = base::from_ms(from);
    query_.to = base::from_ms(to);
    query_.after.reset();
    if (position >= 0) {
      query_.after = model::SortKey{base::from_ms(time), model::Position{static_cast<std::uint64_t>(position)}};
    }
    return {};
  }

  Result<bool> next(transfer::EventPage& page) override {
    if (at_end_) return false;
    page.lines.clear();
    page.events.clear();
    page.token = token();
    TRY_ASSIGN(const model::FoundPage found, reader_->list(query_));
    page.lines.reserve(found.events.size() * kEventBytesUsual);
    page.events.reserve(found.events.size());
    for (const model::FoundEvent& event : found.events) {
      TRY(codec::append_shown_whole(page.lines, event.record, public_base_));
      page.lines += '\n';
      page.events.push_back({page.lines.size(), event.key.time});
    }
    at_end_ = !found.more;
    if (!found.events.empty()) query_.after = found.events.back().key;
    page.next_token = at_end_ ? "" : token();
    return true;
  }

  [[nodiscard]] std::string seen_by() const override { return "all, out of the data directory"; }
  [[nodiscard]] std::uint64_t events_total() const override { return events_total_; }

 private:
  [[nodiscard]] std::string token() const {
    const auto number = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
    return encode_token({number(reader_->identity().incarnation), number(to_number(*query_.horizon)),
                         base::to_ms(query_.from), base::to_ms(query_.to),
                         query_.after ? base::to_ms(query_.after->time) : 0,
                         query_.after ? number(to_number(query_.after->position)) : -1});
  }

  const std::unique_ptr<store::LocalReader> reader_;
  model::EventQuery query_;
  const std::string public_base_;
  const std::uint64_t events_total_;
  bool at_end_ = false;
};

model::EventQuery to_query(const api::EventListParams& params, model::WorkspaceNumber workspace) {
  model::EventQuery query;
  query.workspace = workspace;
  query.terms = params.terms;
  query.sid = params.sid;
  query.from = params.from;
  query.to = params.to;
  query.direction = params.ordering;
  return query;
}

// How many events the workspace has, if the list has them all.
Result<std::uint64_t> count_events(const store::Registry& registry, const model::EventQuery& query) {
  TRY_ASSIGN(const auto summaries, registry.summaries());
  for (const store::WorkspaceSummary& summary : summaries) {
    if (summary.workspace.number != query.workspace) continue;
    const bool has_all = query.terms.empty() && !query.sid && query.from <= summary.first && summary.last <= query.to;
    return has_all ? summary.events : 0;
  }
  return std::uint64_t{0};
}

}  // namespace

Result<std::unique_ptr<ExportSource>> open_directory_source(const ExportOptions& options, const ExportList& list,
                                                            const Process& process) {
  TRY_ASSIGN(const app::Settings settings, app::resolve_settings({}, process.environment, {}));
  TRY_ASSIGN(auto reader, store::LocalReader::open(options.data, process.clock.now(), settings.store.retention));
  const std::string& account_sid = options.account_sid.empty() ? settings.account_sid : options.account_sid;
  TRY_ASSIGN(const model::Account account, account_for(reader->registry(), account_sid));
  TRY_ASSIGN(const model::WorkspaceSid sid, model::WorkspaceSid::parse(list.workspace_sid));
  const auto workspace = reader->registry().find_workspace(account.number, sid);
  if (!workspace) {
    return base::not_found("there is no workspace " + sid.to_text() + " in account " + account.sid.to_text());
  }
  model::EventQuery query = to_query(list.query, workspace->number);
  TRY_ASSIGN(const std::uint64_t total, count_events(reader->registry(), query));
  const std::string& public_url = settings.api.public_base.public_url;
  return std::unique_ptr<ExportSource>(std::make_unique<DirectorySource>(
      std::move(reader), std::move(query), public_url.empty() ? kHostedBase : public_url, total));
}

}  // namespace waybill::cli
