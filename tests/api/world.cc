#include "api/world.h"

#include <algorithm>
#include <future>
#include <stdexcept>
#include <utility>

#include "api/shorthand.h"
#include "app/settings.h"
#include "base/bytes.h"
#include "base/crypto.h"
#include "base/time_text.h"
#include "codec/event_difference.h"
#include "relay/poster.h"

namespace waybill::testing {
namespace {

const base::WallTime kNoon = base::parse_time("2026-11-23T12:00:00Z")->first;
constexpr const char* kAdminToken = "token-of-the-administrator";

// Nobody answers it.
class UnheardPoster final : public relay::Poster {
 public:
  base::Result<http::Response> post(const std::string& /*url*/, const std::vector<http::Header>& /*headers*/,
                                    std::string_view /*body*/) override {
    return base::unavailable("there is no network here");
  }
};

template <class T>
T must(base::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  return *std::move(result);
}

}  // namespace

void CountingRandom::fill(std::span<std::uint8_t> out) {
  const base::MutexLock lock(mutex_);
  ++drawn_;
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  for (std::size_t i = 0; i < std::min(out.size(), sizeof drawn_); ++i) {
    out[out.size() - 1 - i] = static_cast<std::uint8_t>(drawn_ >> (8 * i));
  }
}

base::Result<std::vector<store::UnitOutcome>> FailingDisk::append(std::span<const store::Unit> units) {
  const base::MutexLock lock(mutex_);
  if (error_) return *error_;
  return writer_.append(units);
}

void FailingDisk::fail_with(std::optional<base::Error> error) {
  const base::MutexLock lock(mutex_);
  error_ = std::move(error);
}

World::World() : clock_(kNoon) { restore(); }

void World::restore() {
  api_.reset();
  relay_.reset();
  log_.reset();
  access_.reset();
  store_ = std::make_unique<store::MemoryStore>(store::StoreIdentity{incarnation_++, "a secret of the store"},
                                                codec::events_differ, clock_);
  disk_ = std::make_unique<FailingDisk>(*store_);
  log_ = std::make_unique<eventlog::EventLog>(*disk_, logger_, eventlog::EventLogLimits());
  access_ = std::make_unique<api::Access>(*store_, kAdminToken);
  make_accounts();
  serve({});
}

void World::make_accounts() {
  const auto account = [&](const std::string& sid) {
    const auto parsed = must(model::AccountSid::parse(expand_sids(sid)));
    return must(store_->create_account({{}, parsed, "token-of-" + sid, "Account " + sid, kNoon, {}}));
  };
  const auto key = [&](const std::string& sid, model::AccountNumber number) {
    const auto parsed = must(model::ApiKeySid::parse(expand_sids(sid)));
    if (!store_->create_key({parsed, number, base::sha256("secret-of-" + sid), "Key " + sid, kNoon, {}})) {
      throw std::runtime_error("no key " + sid);
    }
    return parsed;
  };
  const model::Account first = account("AC~1");
  account("AC~2");
  const model::Account third = account("AC~3");
  key("SK~1", first.number);
  const auto revoked = key("SK~2", first.number);
  key("SK~3", third.number);
  const bool done =
      store_->revoke_key(revoked, kNoon) && store_->disable_account(third.sid, kNoon) && access_->refresh();
  if (!done) throw std::runtime_error("the accounts could not be made");
}

void World::serve(const std::map<std::string, std::string>& flags) {
  const app::Settings settings = must(app::resolve_settings(flags, app::Environment({}), {}));
  api_.reset();
  relay_.reset();
  if (!settings.relay.receivers.empty()) {
    relay_ = must(relay::Relay::open(folder_.path(), settings.relay,
                                     {clock_, relay_random_, logger_, [](const std::string&) { return std::string(); },
                                      [] { return std::make_unique<UnheardPoster>(); }}));
  }
  api::ApiParts parts{*store_, *log_, *access_, clock_, random_, logger_};
  parts.relay = relay_.get();
  api_ = std::make_unique<api::Api>(parts, settings.api);
}

void World::set_disk(const std::string& state) {
  if (state == "full") return disk_->fail_with(base::storage_full("no space left on the device"));
  if (state == "broken") return disk_->fail_with(base::Error(base::ErrorCode::kIo, "the disk answers no more"));
  if (state == "busy") return disk_->fail_with(base::busy("more events are waiting for the disk than the queue holds"));
  if (state == "fine") return disk_->fail_with(std::nullopt);
  throw std::runtime_error("a disk is full, broken, busy or fine");
}

http::Response World::ask(http::Request request) {
  auto answered = std::make_shared<std::promise<http::Response>>();
  auto answer = answered->get_future();
  api_->handle(std::move(request),
               http::Reply([answered](http::Response response) { answered->set_value(std::move(response)); },
                           [answered] { answered->set_value({0, {}, ""}); }));
  http::Response response = answer.get();
  if (response.body_end) response.body += response.body_end->text;
  response.body_end.reset();
  return response;
}

}  // namespace waybill::testing
