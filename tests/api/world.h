#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/api.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/testing/fake_clock.h"
#include "eventlog/event_log.h"
#include "obs/log.h"
#include "relay/relay.h"
#include "relay/testing/folder.h"
#include "store/memory/memory_store.h"

namespace waybill::testing {

// Bytes that count up, so that a run gives the same sids each time. Safe for concurrent use.
class CountingRandom final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> out) override;

 private:
  base::Mutex mutex_;
  std::uint32_t drawn_ GUARDED_BY(mutex_) = 0xf000;
};

// The writing half of a store on a disk that fails as it is told.
class FailingDisk final : public store::EventWriter {
 public:
  explicit FailingDisk(store::EventWriter& writer) : writer_(writer) {}
  base::Result<std::vector<store::UnitOutcome>> append(std::span<const store::Unit> units) override;
  // What every append says from now on; nothing: appends are done.
  void fail_with(std::optional<base::Error> error);

 private:
  store::EventWriter& writer_;
  base::Mutex mutex_;
  std::optional<base::Error> error_ GUARDED_BY(mutex_);
};

// A whole server but for its sockets and its disk, at noon of 2026-11-23: the API over the memory store. What is posted
// on to other receivers (--forward) reaches none of them. There are
// accounts AC~1 and AC~2, and AC~3, which is disabled; their tokens are token-of-AC~1 and so on. SK~1 is a key of AC~1,
// SK~2 a revoked one, SK~3 one of AC~3; their secrets are secret-of-SK~1 and so on.
class World {
 public:
  World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() = default;

  // Starts the API anew over the same store, with these settings (names as on the command line).
  void serve(const std::map<std::string, std::string>& flags);

  // Begins with an empty store of another incarnation, as after a restore.
  void restore();

  // `full`, `busy`, `broken` (its failures stop the event log) or `fine`.
  void set_disk(const std::string& state);

  void advance(std::chrono::milliseconds by) { clock_.advance(by); }

  // For who brings requests himself. Lives until the next serve() or restore().
  api::Api& api() { return *api_; }

  // Asks and waits for the answer; an answer with status 0 if the reply was dropped.
  http::Response ask(http::Request request);

 private:
  void make_accounts();

  base::testing::FakeClock clock_;
  CountingRandom random_;
  CountingRandom relay_random_;  // the relay's threads draw when they like
  obs::Log logger_{obs::LogForm::kText, obs::LogLevel::kError};
  relay::testing::Folder folder_;
  std::uint64_t incarnation_ = 1;
  std::unique_ptr<store::MemoryStore> store_;
  std::unique_ptr<FailingDisk> disk_;
  std::unique_ptr<eventlog::EventLog> log_;
  std::unique_ptr<api::Access> access_;
  std::unique_ptr<relay::Relay> relay_;
  std::unique_ptr<api::Api> api_;
};

}  // namespace waybill::testing
