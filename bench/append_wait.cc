// How long an append waits for what else a store does: sealing, merging, erasing, expiring, checkpoints, lists and
// readers of the database, all at once and without a pause.
//
//   append_wait_bench FOLDER [--minutes N] [--events-a-second N] [--alone]
//
// Writes "second", its number and the longest wait in it, for each second; at the end "longest", "appended" and what
// upkeep has done, a line each. Times are microseconds. A wait is the time for which something else held a lock that an
// append needs; what the append itself takes, its sync above all, does not count. With --alone the store only seals and
// merges: what that finds on a busy machine is the machine's.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/file_system.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/thread.h"
#include "obs/log.h"
#include "sqlite/connection.h"
#include "store/local/local_store.h"
#include "store/local/schema.h"

namespace waybill::bench {
namespace {

using base::Result;
using std::chrono::milliseconds;

struct Options {
  std::string folder;
  double minutes = 10;
  std::uint64_t events_a_second = 20'000;
  bool alone = false;
};

constexpr std::size_t kBatch = 64;
constexpr std::size_t kRecordBytes = 700;
constexpr std::uint64_t kTasks = 5'000;
constexpr std::uint64_t kWorkers = 50;

model::SidBytes sid_bytes(std::string_view text) {
  const base::Sha256 hash = base::sha256(text);
  model::SidBytes bytes{};
  std::copy_n(hash.begin(), bytes.size(), bytes.begin());
  return bytes;
}

model::Term term(model::Dimension dimension, std::uint64_t number) {
  std::string value(sizeof(std::uint64_t) * 2, '\0');
  for (std::size_t i = 0; i < sizeof number; ++i) value[i] = static_cast<char>(number >> (8 * i));
  return {dimension, value};
}

// Everything that goes on beside the appends, until it is told to stop.
class Everything {
 public:
  Everything(store::LocalStore& store, const base::Clock& clock, const Options& options)
      : store_(store), clock_(clock), options_(options) {}
  Everything(const Everything&) = delete;
  Everything& operator=(const Everything&) = delete;
  ~Everything() { stop(); }

  void start() {
    add("erase", milliseconds(1'000), [this] { erase(); });
    add("retain", milliseconds(5'000), [this] { retain(); });
    add("list", milliseconds(5), [this] { list(); });
    add("read", milliseconds(2'000), [this] { read_database(); });
  }
  void stop() {
    {
      const base::MutexLock lock(mutex_);
      stopping_ = true;
    }
    stop_.notify_all();
    threads_.clear();
  }

  [[nodiscard]] std::uint64_t erasures() const { return erasures_; }
  [[nodiscard]] std::uint64_t erased() const { return erased_; }
  [[nodiscard]] std::uint64_t failures() const { return failures_; }

 private:
  void add(const char* name, milliseconds pause, std::function<void()> act) {
    threads_.emplace_back(name, [this, pause, act = std::move(act)] {
      for (;;) {
        {
          const base::MutexLock lock(mutex_);
          if (!stopping_) stop_.wait_for(mutex_, pause);
          if (stopping_) return;
        }
        act();
      }
    });
  }

  // A worker's or a task's events, and now and then those of some seconds.
  void erase() {
    const std::uint64_t turn = erasures_++;
    store::ErasureRequest request;
    request.workspace = model::WorkspaceNumber{1};
    request.to = clock_.now();
    if (turn % 10 == 9) {
      request.from = request.to - std::chrono::seconds(5);
      request.to = request.from + std::chrono::seconds(3);
    } else {
      const bool is_worker = turn % 2 == 0;
      request.subject =
          term(is_worker ? model::Dimension::kWorker : model::Dimension::kTask, turn % (is_worker ? kWorkers : kTasks));
    }
    const auto erased = store_.erase(request);
    if (erased) {
      erased_ += erased->events;
    } else {
      fail("erasing", erased.error());
    }
  }

  void retain() {
    is_short_ = !is_short_;
    const auto done =
        store_.set_retention(model::WorkspaceNumber{1}, store::Retention(std::chrono::minutes(is_short_ ? 1 : 2)));
    if (!done) fail("retaining", done.error());
  }

  void list() {
    model::EventQuery query;
    query.workspace = model::WorkspaceNumber{1};
    query.terms = {term(model::Dimension::kWorker, 7)};
    query.direction = model::Direction::kNewestFirst;
    const auto page = store_.list(query);
    if (!page) fail("listing", page.error());
  }

  // As a backup does, for a while.
  void read_database() {
    auto connection = sqlite::Connection::open(std::filesystem::path(options_.folder) / store::kDatabaseFile,
                                               sqlite::OpenMode::kReadOnly);
    if (!connection || !connection->execute("BEGIN")) return;
    static_cast<void>(connection->query_integer("SELECT count(*) FROM erased").has_value());
    const base::MutexLock lock(mutex_);
    if (!stopping_) stop_.wait_for(mutex_, milliseconds(300));
  }

  void fail(const char* what, const base::Error& error) {
    ++failures_;
    std::printf("failed\t%s\t%s\n", what, error.message().c_str());
  }

  store::LocalStore& store_;
  const base::Clock& clock_;
  const Options& options_;
  bool is_short_ = false;
  std::atomic<std::uint64_t> erasures_ = 0;
  std::atomic<std::uint64_t> erased_ = 0;
  std::atomic<std::uint64_t> failures_ = 0;

  base::Mutex mutex_;
  base::Condition stop_;
  bool stopping_ GUARDED_BY(mutex_) = false;

  std::vector<base::Thread> threads_;
};

// Appends at a steady rate, and tells of each second's longest wait.
class Appender {
 public:
  Appender(store::LocalStore& store, model::AccountNumber account, const base::Clock& clock)
      : store_(store), account_(account), clock_(clock) {}

  Result<void> run(const Options& options) {
    const base::SteadyTime begin = clock_.steady_now();
    const auto end = begin + std::chrono::duration_cast<milliseconds>(
                                 std::chrono::duration<double, std::ratio<60>>(options.minutes));
    base::SteadyTime second = begin + std::chrono::seconds(1);
    for (int number = 1; clock_.steady_now() < end;) {
      TRY(append());
      const base::SteadyTime now = clock_.steady_now();
      if (now >= second) {
        const auto wait = store_.take_longest_wait();
        longest_ = std::max(longest_, wait);
        std::printf("second\t%d\t%lld\n", number++, static_cast<long long>(wait.count()));
        second += std::chrono::seconds(1);
      }
      pause_until(begin + std::chrono::microseconds(appended_ * 1'000'000 / options.events_a_second));
    }
    return {};
  }

  [[nodiscard]] std::uint64_t appended() const { return appended_; }
  [[nodiscard]] std::chrono::microseconds longest() const { return longest_; }

 private:
  Result<void> append() {
    const std::string sid_text = "WS" + std::string(31, '0') + "1";
    TRY_ASSIGN(const auto sid, model::WorkspaceSid::parse(sid_text));
    store::Unit unit{account_, sid, sid_text, clock_.now(), {}};
    for (std::size_t i = 0; i < kBatch; ++i) {
      const std::uint64_t number = appended_ + i;
      unit.events.push_back(
          {model::EventSid(sid_bytes(std::to_string(number))),
           clock_.now(),
           {term(model::Dimension::kTask, random_.below(kTasks)),
            term(model::Dimension::kWorker, random_.below(kWorkers)), term(model::Dimension::kReservation, number)},
           std::string(kRecordBytes, static_cast<char>('a' + number % 26)),
           ""});
    }
    TRY(store_.append({&unit, 1}));
    appended_ += kBatch;
    return {};
  }

  void pause_until(base::SteadyTime time) {
    const base::MutexLock lock(mutex_);
    for (;;) {
      const auto left = std::chrono::floor<milliseconds>(time - clock_.steady_now());
      if (left.count() <= 0) return;
      never_.wait_for(mutex_, left);
    }
  }

  store::LocalStore& store_;
  const model::AccountNumber account_;
  const base::Clock& clock_;
  base::SeededRandom random_{20261130};
  std::uint64_t appended_ = 0;
  std::chrono::microseconds longest_{0};
  base::Mutex mutex_;
  base::Condition never_;
};

Result<void> measure(const Options& options) {
  base::SystemRandom random;
  base::SystemClock clock;
  base::SystemFiles files;
  const obs::Log log(obs::LogForm::kText, obs::LogLevel::kWarning);
  store::LocalOptions settings;
  settings.removal_grace = milliseconds(0);
  settings.seal_rows = 50'000;
  settings.segment_rows_max = 400'000;
  TRY_ASSIGN(const auto store,
             store::LocalStore::open(options.folder, {random, clock, log, files, [](auto a, auto b) { return a != b; }},
                                     settings));
  TRY_ASSIGN(const model::Account account,
             store->create_account({{}, model::AccountSid(sid_bytes("bench")), "token", "bench", clock.now(), {}}));
  Appender appender(*store, account.number, clock);
  Everything everything(*store, clock, options);
  if (!options.alone) everything.start();
  const auto done = appender.run(options);
  everything.stop();
  std::printf("longest\t%lld\nappended\t%llu\nerasures\t%llu\t%llu\nfailures\t%llu\n",
              static_cast<long long>(appender.longest().count()), static_cast<unsigned long long>(appender.appended()),
              static_cast<unsigned long long>(everything.erasures()),
              static_cast<unsigned long long>(everything.erased()),
              static_cast<unsigned long long>(everything.failures()));
  for (const store::UpkeepFigures& step : store->figures().upkeep) {
    std::printf("step\t%s\t%llu\n", step.name.c_str(), static_cast<unsigned long long>(step.done));
  }
  return done;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("How long an append waits while a store does everything at once");
  app.add_option("folder", options.folder, "a data directory that is not there yet")->required();
  app.add_option("--minutes", options.minutes, "how long");
  app.add_option("--events-a-second", options.events_a_second, "how many come");
  app.add_flag("--alone", options.alone, "without erasures, retention, lists and readers, to know the machine");
  CLI11_PARSE(app, argc, argv);
  const auto done = measure(options);
  if (done) return 0;
  std::fprintf(stderr, "append_wait_bench: %s\n", done.error().message().c_str());
  return 1;
}

}  // namespace
}  // namespace waybill::bench

int main(int argc, char** argv) { return waybill::bench::run(argc, argv); }
