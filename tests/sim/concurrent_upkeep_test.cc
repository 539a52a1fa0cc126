// Concurrent use of a store on real threads and a real disk: writers, erasures, retentions that change, a clock that
// moves on, readers, snapshot readers and backups, while a store with small limits seals, merges, expires, erases and
// checkpoints all the time. Each outcome and each list is compared with a model (support/shared_truth.h). The work done
// under a lock that an append waits for is counted and bounded, except that of appends; times are only printed.
//
//   concurrent_upkeep_test [--seconds N] [--seed S]
//
// The seed fixes what each thread does, but not the order in which threads run: a failure need not repeat with it.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "backup/taking.h"
#include "base/check.h"
#include "base/mutex.h"
#include "base/random.h"
#include "eventlog/event_log.h"
#include "sqlite/testing/work_meter.h"
#include "store/local/eraser.h"
#include "store/local/local_reader.h"
#include "store/local/local_store.h"
#include "support/arguments.h"
#include "support/hold_meter.h"
#include "support/shared_truth.h"
#include "support/stores.h"
#include "support/threads.h"

namespace waybill::testing {
namespace {

using base::MutexLock;
using base::SeededRandom;
using model::Dimension;
using std::chrono::milliseconds;
using std::chrono::minutes;
using Complaint = SharedTruth::Complaint;

struct Arguments {
  std::uint64_t seconds = 8;
  std::uint64_t seed = 20261130;
};
Arguments arguments;

constexpr std::uint8_t kWorkspaces = SharedTruth::kWorkspaces;
constexpr std::int64_t kStartMs = 1'000'000'000;
constexpr minutes kGeneralRetention{240};
constexpr milliseconds kLife{1'500};
constexpr int kLivesOfAStore = 6;

// Time goes on in steps of minutes, which lets events expire, on both clocks; the steady one goes with the machine's
// beside that.
class SteppedClock final : public base::Clock {
 public:
  [[nodiscard]] base::WallTime now() const override { return base::from_ms(kStartMs + passed_ms_.load()); }
  [[nodiscard]] base::SteadyTime steady_now() const override {
    return std::chrono::steady_clock::now() + milliseconds(passed_ms_.load());
  }
  void step(minutes by) { passed_ms_ += milliseconds(by).count(); }

 private:
  std::atomic<std::int64_t> passed_ms_ = 0;
};

// The appender's way into the store: names its thread, and takes down how long each append waited.
class WatchedWriter final : public store::EventWriter {
 public:
  explicit WatchedWriter(store::LocalStore& store) : store_(store) {}

  base::Result<std::vector<store::UnitOutcome>> append(std::span<const store::Unit> units) override {
    HoldMeter::name_this_thread("append");
    auto outcomes = store_.append(units);
    // A step of the clock is whole minutes long, and no wait is.
    const auto waited = store_.take_longest_wait() % minutes(1);
    if (waited.count() > longest_us_) longest_us_ = waited.count();
    return outcomes;
  }
  [[nodiscard]] std::chrono::microseconds longest() const { return std::chrono::microseconds(longest_us_); }

 private:
  store::LocalStore& store_;
  std::atomic<std::int64_t> longest_us_ = 0;
};

// What the threads have of a workspace in common.
struct SharedWorkspace {
  std::atomic<std::uint64_t> hot_task = 0;  // of many of its newest events
  // Held for a whole erasure or change of the retention, and by who lets time pass: one change at a time.
  base::Mutex changing;
  std::optional<store::Retention> own GUARDED_BY(changing);
};
using SharedWorkspaces = std::array<SharedWorkspace, kWorkspaces + 1>;

model::Term task(std::uint64_t number) { return {Dimension::kTask, "task " + std::to_string(number)}; }
model::Term worker(std::uint64_t number) { return {Dimension::kWorker, "worker " + std::to_string(number)}; }

// One thread's events: its sids are its own.
class Writer {
 public:
  Writer(SharedTruth& truth, SharedWorkspaces& workspaces, const base::Clock& clock, const model::Account& account)
      : truth_(truth), workspaces_(workspaces), clock_(clock), account_(account) {}

  void write_unit(SeededRandom& random, eventlog::EventLog& log, Failure& failure) {
    const auto workspace = static_cast<std::uint8_t>(random.between(1, kWorkspaces));
    is_burst_ = random.chance(0.04);
    const std::uint64_t count = is_burst_ ? 1'500 : 1 + random.below(random.chance(0.3) ? 200 : 8);
    std::vector<const SharedTruth::Entry*> entries;
    in_unit_.clear();
    for (std::uint64_t i = 0; i < count; ++i) entries.push_back(any_entry(random, workspace));
    std::vector<model::Event> events;
    events.reserve(entries.size());
    for (const auto* const entry : entries) {
      events.push_back({entry->sid->sid, entry->time, entry->terms, entry->record, ""});
    }
    const Tick begun = truth_.begin_unit(workspace, entries);
    const auto outcome = log.append_and_wait(make_unit(account_, workspace, std::move(events)));
    if (outcome) {
      failure.add(truth_.end_unit(workspace, entries, begun, *outcome));
      return;
    }
    truth_.refuse_unit(entries);
    if (outcome.error().code() != base::ErrorCode::kBusy) failure.add("an append fails: " + outcome.error().message());
  }

 private:
  using Entry = SharedTruth::Entry;
  using Sid = SharedTruth::Sid;

  // Mostly now; sometimes of before, as far back as any retention goes.
  base::WallTime any_time(SeededRandom& random) {
    const std::uint64_t dice = random.below(100);
    const milliseconds back = dice < 75 ? milliseconds(2'000) : dice < 95 ? minutes(60) : minutes(300);
    return clock_.now() - milliseconds(random.below(static_cast<std::uint64_t>(back.count())));
  }

  model::TermList any_terms(SeededRandom& random, std::uint8_t workspace) {
    const std::uint64_t hot = workspaces_[workspace].hot_task;
    return {task(is_burst_ || random.chance(0.4) ? hot : hot + 1 + random.below(30)), worker(random.below(10))};
  }

  const Entry* new_entry(SeededRandom& random, Sid* sid) {
    return truth_.new_entry(sid, any_time(random), any_terms(random, sid->workspace), 20 + random.below(300));
  }
  // The same event with another record.
  const Entry* told_otherwise(SeededRandom& random, Sid* sid) {
    return truth_.new_entry(sid, sid->last->time, sid->last->terms, 20 + random.below(300));
  }

  const Entry* any_entry(SeededRandom& random, std::uint8_t workspace) {
    std::vector<Sid*>& sids = sids_[workspace];
    Sid* sid = nullptr;
    if (!sids.empty() && random.chance(0.2)) {
      const std::size_t newest = random.chance(0.6) ? std::min<std::size_t>(sids.size(), 300) : sids.size();
      sid = sids[sids.size() - 1 - random.below(newest)];
    }
    if (sid == nullptr || sid->is_in_doubt) {
      sids.push_back(truth_.new_sid(workspace));
      in_unit_.insert(sids.back());
      return new_entry(random, sids.back());
    }
    const bool is_first = in_unit_.insert(sid).second;
    const double dice = random.unit();
    if (dice < 0.5) return sid->last;
    if (dice < 0.75 || !is_first) return told_otherwise(random, sid);
    return new_entry(random, sid);
  }

  SharedTruth& truth_;
  SharedWorkspaces& workspaces_;
  const base::Clock& clock_;
  const model::Account& account_;
  std::map<std::uint8_t, std::vector<Sid*>> sids_;
  std::set<const Sid*> in_unit_;
  bool is_burst_ = false;  // a large unit of the hot task
};

// A store's history of a few lives, between which it is closed and opened again.
class History {
 public:
  explicit History(SeededRandom& random) : random_(random) {}

  // Lives until `end`, but two lives at least. The first thing that went wrong.
  Complaint run(std::chrono::steady_clock::time_point end) {
    for (int life = 0; life < kLivesOfAStore && !failure_.first(); ++life) {
      if (life >= 2 && std::chrono::steady_clock::now() >= end) break;
      open(life % 2 == 0 ? Steps::kOfItsOwn : Steps::kOfOurs);
      failure_.add(judge());
      live();
      settle();
      failure_.add(judge());
      failure_.add(look_into_files());
      for (const store::UpkeepFigures& step : store_->figures().upkeep) steps_done_[step.name] += step.done;
      store_.reset();
      failure_.add(look_into_files());
    }
    return failure_.first();
  }

  [[nodiscard]] SharedTruth::Figures figures() const { return truth_.figures(); }
  [[nodiscard]] const HoldMeter& writer_lock() const { return writer_lock_; }
  [[nodiscard]] const HoldMeter& write_lock() const { return write_lock_; }
  [[nodiscard]] std::chrono::microseconds longest_wait() const { return longest_wait_; }
  [[nodiscard]] const std::map<std::string, std::uint64_t>& steps_done() const { return steps_done_; }

 private:
  // Whether the store's own thread does what is to be done in the background, or one of ours, step by step.
  enum class Steps : std::uint8_t { kOfItsOwn, kOfOurs };

  void open(Steps steps) {
    store::LocalOptions options;
    options.retention = kGeneralRetention;
    options.removal_grace = milliseconds(0);
    options.seal_rows = 400;
    options.tail_rows_max = 6'000;
    options.segment_rows_max = 3'000;
    options.block_bits = 6;
    options.background = steps == Steps::kOfItsOwn;
    options.vfs = sqlite::testing::WorkMeter::name();
    options.at_step = [this](std::string_view step) { at_step(step); };
    options.writer_observer = &writer_lock_;
    steps_ = steps;
    auto opened =
        store::LocalStore::open(data_.path(), {system_random_, clock_, log_, files_, records_differ}, options);
    CHECK(opened.has_value());
    store_ = *std::move(opened);
    if (account_) return;
    account_ = make_first_account(*store_);
    for (std::uint8_t workspace = 1; workspace <= kWorkspaces; ++workspace) {
      const store::Unit unit = make_unit(*account_, workspace, {make_event("first", 0, {})});
      CHECK(store_->append({&unit, 1}).has_value());
      numbers_[workspace] = store_->find_workspace(account_->number, workspace_sid(workspace))->number;
      // That event is too old as well: nobody sees it.
      truth_.begin_expiry(workspace, clock_.now() - kGeneralRetention);
      truth_.end_change(workspace);
    }
  }

  // Now and then what is done in the background stops between two of its steps, for as long as a commit or two take.
  void at_step(std::string_view step) {
    HoldMeter::note_step(step);
    constexpr std::uint64_t kEvery = 5;
    const bool holds_lock = step.starts_with("append.");
    if (holds_lock || !is_living_ || ++steps_taken_ % kEvery != 0) return;
    pause(milliseconds(1 + steps_taken_ / kEvery % 25));
  }

  void live() {
    is_living_ = true;
    WatchedWriter watched(*store_);
    eventlog::EventLog log(watched, log_, {});
    std::vector<std::unique_ptr<Writer>> writers;
    Threads threads;
    for (int i = 0; i < 3; ++i) {
      Writer* const writer =
          writers.emplace_back(std::make_unique<Writer>(truth_, workspaces_, clock_, *account_)).get();
      threads.add("writer", milliseconds(i == 0 ? 0 : 6), random_.next(),
                  [this, writer, &log](SeededRandom& random) { writer->write_unit(random, log, failure_); });
    }
    threads.add("eraser", milliseconds(60), random_.next(), [this](SeededRandom& random) { erase(random); });
    threads.add("retainer", milliseconds(30), random_.next(), [this](SeededRandom& random) { let_expire(random); });
    for (int i = 0; i < 2; ++i) {
      threads.add("reader", milliseconds(4), random_.next(), [this](SeededRandom& random) { read(random); });
    }
    threads.add("snapshot", milliseconds(300), random_.next(), [this](SeededRandom& random) { read_snapshot(random); });
    threads.add("backup", milliseconds(800), random_.next(), [this](SeededRandom&) { back_up(); });
    if (steps_ == Steps::kOfOurs) {
      threads.add("upkeep", milliseconds(2), random_.next(), [this](SeededRandom&) { keep_up(); });
    }
    const auto end = std::chrono::steady_clock::now() + kLife;
    while (std::chrono::steady_clock::now() < end && !failure_.first()) pause(milliseconds(50));
    is_living_ = false;
    threads.stop();
    longest_wait_ = std::max(longest_wait_, watched.longest());
  }

  // ---- what the threads do

  void erase(SeededRandom& random) {
    const auto number = static_cast<std::uint8_t>(random.between(1, kWorkspaces));
    SharedWorkspace& workspace = workspaces_[number];
    const MutexLock one_at_a_time(workspace.changing);
    const base::WallTime now = clock_.now();
    store::ErasureRequest request;
    request.workspace = numbers_.at(number);
    const double dice = random.unit();
    const std::uint64_t hot = workspace.hot_task;
    if (dice < 0.3) {
      request.subject = task(hot);
    } else if (dice < 0.6) {
      request.subject = task(hot + 1 + random.below(30));
    } else {
      request.to = now - milliseconds(random.below(120'000));
      request.from = request.to - milliseconds(random.below(dice < 0.8 ? 900'000 : 100));
      if (dice < 0.8) request.subject = worker(random.below(10));
    }
    truth_.begin_erasure(number, request);
    const auto erased = store_->erase(request);
    if (dice < 0.3) workspace.hot_task = hot + 31;
    if (!erased) return failure_.add("an erasure fails: " + erased.error().message());
    truth_.end_erasure(number, *erased);
  }

  void let_expire(SeededRandom& random) {
    if (random.chance(0.3)) return let_time_pass(minutes(1 + random.below(3)));
    const auto number = static_cast<std::uint8_t>(random.between(1, kWorkspaces));
    SharedWorkspace& workspace = workspaces_[number];
    const MutexLock one_at_a_time(workspace.changing);
    const std::optional<store::Retention> kinds[] = {std::nullopt, std::optional<store::Retention>(std::in_place),
                                                     store::Retention(minutes(20)), store::Retention(minutes(45)),
                                                     store::Retention(minutes(90))};
    workspace.own = kinds[random.below(std::size(kinds))];
    truth_.begin_expiry(number, oldest_kept(workspace.own));
    const auto set = store_->set_retention(numbers_.at(number), workspace.own);
    if (!set) failure_.add("a retention cannot be set: " + set.error().message());
    truth_.end_change(number);
  }

  void let_time_pass(minutes by) {
    static_assert(kWorkspaces == 3);
    SharedWorkspace& one = workspaces_[1];
    SharedWorkspace& two = workspaces_[2];
    SharedWorkspace& three = workspaces_[3];
    const MutexLock lock_one(one.changing);
    const MutexLock lock_two(two.changing);
    const MutexLock lock_three(three.changing);
    truth_.begin_expiry(1, oldest_kept(one.own) + by);
    truth_.begin_expiry(2, oldest_kept(two.own) + by);
    truth_.begin_expiry(3, oldest_kept(three.own) + by);
    clock_.step(by);
    for (std::uint8_t number = 1; number <= kWorkspaces; ++number) truth_.end_change(number);
  }

  [[nodiscard]] base::WallTime oldest_kept(const std::optional<store::Retention>& own) const {
    const store::Retention retention = own.value_or(kGeneralRetention);
    return retention ? clock_.now() - *retention : base::kTimeMin;
  }

  void read(SeededRandom& random) {
    if (random.chance(0.1)) return walk(random, *store_, {}, std::nullopt);
    const SharedTruth::Entry* const entry = truth_.any_entry(random);
    if (entry == nullptr) return;
    const Tick begun = truth_.tick();
    const auto found = store_->find(numbers_.at(entry->sid->workspace), entry->sid->sid);
    if (!found) return failure_.add("a sid cannot be looked up: " + found.error().message());
    failure_.add(truth_.check_found(*entry, begun, truth_.tick(), *found));
  }

  // Reads a whole list. `begun` and `cut` are of a store that shows one moment; without them, of this walk.
  void walk(SeededRandom& random, const store::EventReader& store, Tick begun, std::optional<Tick> cut) {
    SharedTruth::Walk walk;
    walk.workspace = static_cast<std::uint8_t>(random.between(1, kWorkspaces));
    if (random.chance(0.4)) walk.terms.push_back(worker(random.below(10)));
    if (random.chance(0.2)) walk.terms.push_back(task(workspaces_[walk.workspace].hot_task + random.below(20)));
    walk.direction = random.chance(0.5) ? model::Direction::kOldestFirst : model::Direction::kNewestFirst;
    model::EventQuery query;
    query.workspace = numbers_.at(walk.workspace);
    query.terms = walk.terms;
    query.direction = walk.direction;
    walk.begun = cut ? begun : truth_.tick();
    for (bool more = true; more;) {
      query.limit = static_cast<std::uint32_t>(1 + random.below(walk.terms.empty() ? 1'000 : 60));
      auto page = store.list(query);
      if (!page) return failure_.add("a list fails: " + page.error().message());
      if (!query.horizon) walk.cut = cut.value_or(truth_.tick());
      query.horizon = page->horizon;
      if (!page->events.empty()) query.after = page->events.back().key;
      more = page->more;
      std::move(page->events.begin(), page->events.end(), std::back_inserter(walk.shown));
    }
    walk.ended = cut.value_or(truth_.tick());
    failure_.add(truth_.check_walk(walk));
  }

  // Reads a snapshot of the directory, as an export beside a running server does.
  void read_snapshot(SeededRandom& random) {
    const Tick begun = truth_.tick();
    const auto reader = store::LocalReader::open(data_.path(), clock_.now(), kGeneralRetention);
    if (!reader) return failure_.add("a snapshot cannot be opened: " + reader.error().message());
    const Tick opened = truth_.tick();
    for (int i = 0; i < 3; ++i) walk(random, **reader, begun, opened);
  }

  void back_up() {
    const backup::TakeParts parts{files_, clock_, backup::Sharing::kLinks, [](const std::string&) {}, {}};
    const auto taken = backup::take_backup(data_.path(), backups_.path(), parts);
    if (!taken) failure_.add("a backup fails: " + taken.error().message());
  }

  void keep_up() {
    for (;;) {
      const auto did_something = store_->run_upkeep_step();
      // While the database is read its log cannot be emptied, which completes no erasure then.
      const bool is_wrong = !did_something && did_something.error().code() != base::ErrorCode::kBusy;
      if (is_wrong) failure_.add("upkeep fails: " + did_something.error().message());
      if (!did_something || !*did_something || !is_living_) return;
    }
  }

  // ---- when they have ended

  // Lets the store do all that there is to do.
  void settle() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    const auto is_pending = [](const store::Erasure& erasure) { return !erasure.completed; };
    for (;;) {
      if (std::chrono::steady_clock::now() > end) return failure_.add("upkeep comes to no end within a minute");
      const auto did_something = store_->run_upkeep_step();
      if (!did_something) return failure_.add("the last upkeep fails: " + did_something.error().message());
      if (*did_something) continue;
      const auto erasures = store_->erasures();
      CHECK(erasures.has_value());
      if (std::none_of(erasures->begin(), erasures->end(), is_pending)) return;
    }
  }

  Complaint judge() {
    for (int i = 0; i < 12; ++i) walk(random_, *store_, {}, std::nullopt);
    if (auto wrong = truth_.check_positions()) return wrong;
    const auto erasures = store_->erasures();
    if (auto wrong = truth_.check_erasures(*erasures)) return wrong;
    store::VariantQuery query;
    query.limit = 1'000'000;
    query.bytes_max = 1UL << 30U;
    const auto variants = store_->variants(query);
    if (!variants) return variants.error().message();
    if (auto wrong = truth_.check_variants(*variants)) return wrong;
    const auto summaries = store_->summaries();
    if (!summaries) return summaries.error().message();
    for (const store::WorkspaceSummary& summary : *summaries) {
      for (const auto& [workspace, number] : numbers_) {
        if (number != summary.workspace.number) continue;
        if (auto wrong = truth_.check_summary(workspace, summary)) return wrong;
      }
    }
    return std::nullopt;
  }

  // No file has what was erased.
  Complaint look_into_files() {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data_.path())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(in)), {});
      if (const auto wrong = truth_.check_file(bytes)) return entry.path().filename().string() + " " + *wrong;
    }
    return std::nullopt;
  }

  SeededRandom& random_;
  const TemporaryFolder data_;
  const TemporaryFolder backups_;
  SteppedClock clock_;
  base::SystemRandom system_random_;
  base::SystemFiles files_;
  const obs::Log log_{obs::LogForm::kText, obs::LogLevel::kError};
  SharedTruth truth_;
  SharedWorkspaces workspaces_;
  Failure failure_;
  HoldMeter writer_lock_;
  HoldMeter write_lock_;
  const sqlite::testing::WorkMeter sqlite_meter_{write_lock_};

  std::optional<model::Account> account_;
  std::map<std::uint8_t, model::WorkspaceNumber> numbers_;
  std::chrono::microseconds longest_wait_{0};
  std::map<std::string, std::uint64_t> steps_done_;
  std::atomic<bool> is_living_ = false;
  std::atomic<std::uint64_t> steps_taken_ = 0;
  Steps steps_ = Steps::kOfItsOwn;
  std::unique_ptr<store::LocalStore> store_;
};

// The most work within one hold of a lock that an append waits for, except by appends.
struct Bounds {
  // For each sid of a part of an erasure two statements, and some around them.
  std::uint64_t statements = 2 * store::kErasedAtOnce + 40;
  // Of SQLite's virtual machine, and its reads: some 25 for each sid, and what a look at three workspaces takes.
  std::uint64_t steps = 40'000;
  std::uint64_t bytes_read = 8UL * 1024 * 1024;
  // A step of trimming overwrites 16 rows of the log, of 256 KiB and a little more.
  std::uint64_t bytes_written = 6UL * 1024 * 1024;
  // The log's, and the database's after a checkpoint.
  std::uint64_t syncs = 2;
};

void expect_bounded(const char* lock, const std::map<HoldMeter::Holder, HoldMeter::Largest>& holds) {
  const Bounds bounds;
  for (const auto& [holder, largest] : holds) {
    if (holder.first == "append" || holder.first == "main") continue;
    SCOPED_TRACE(std::string(lock) + ", held by " + holder.first + " behind the step " + holder.second);
    EXPECT_LE(largest.work.statements, bounds.statements);
    EXPECT_LE(largest.work.steps, bounds.steps);
    EXPECT_LE(largest.work.bytes_read, bounds.bytes_read);
    EXPECT_LE(largest.work.bytes_written, bounds.bytes_written);
    EXPECT_LE(largest.work.syncs, bounds.syncs);
  }
}

void print(const SharedTruth::Figures& figures, const std::map<std::string, std::uint64_t>& steps) {
  std::printf(
      "sent %llu: taken %llu, duplicates %llu, variants %llu, dropped %llu; refused %llu, in doubt %llu; "
      "units beside a change %llu of %llu; walks %llu, with %llu events\n",
      static_cast<unsigned long long>(figures.sent), static_cast<unsigned long long>(figures.taken),
      static_cast<unsigned long long>(figures.duplicates), static_cast<unsigned long long>(figures.variants),
      static_cast<unsigned long long>(figures.dropped), static_cast<unsigned long long>(figures.refused),
      static_cast<unsigned long long>(figures.in_doubt), static_cast<unsigned long long>(figures.between_changes),
      static_cast<unsigned long long>(figures.changes), static_cast<unsigned long long>(figures.walks),
      static_cast<unsigned long long>(figures.shown));
  for (const auto& [name, count] : steps)
    std::printf("  %s %llu", name.c_str(), static_cast<unsigned long long>(count));
  std::printf("\n");
}

TEST(ConcurrentUpkeep, concurrent_operations_are_linearizable_and_no_append_waits_for_long_work) {
  std::printf("seed %llu\n", static_cast<unsigned long long>(arguments.seed));
  static_cast<void>(std::fflush(stdout));
  SCOPED_TRACE(::testing::Message() << "begun with --seed " << arguments.seed);
  HoldMeter::name_this_thread("main");
  SeededRandom random(arguments.seed);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(arguments.seconds);
  std::chrono::microseconds longest{0};
  while (!HasFailure() && std::chrono::steady_clock::now() < end) {
    History history(random);
    const Complaint wrong = history.run(end);
    EXPECT_FALSE(wrong.has_value()) << wrong.value_or("");
    longest = std::max(longest, history.longest_wait());
    print(history.figures(), history.steps_done());
    EXPECT_GT(history.figures().between_changes, 0U);
    for (const char* const step : {"seal", "trim", "remove_erased"}) EXPECT_GT(history.steps_done().at(step), 0U);
    std::printf("%s", to_text("writer", history.writer_lock().largest()).c_str());
    std::printf("%s", to_text("SQLite's", history.write_lock().largest()).c_str());
    expect_bounded("the writer's lock", history.writer_lock().largest());
    expect_bounded("SQLite's write lock", history.write_lock().largest());
  }
  std::printf("the longest wait of an append: %.1f ms\n", static_cast<double>(longest.count()) / 1'000);
}

}  // namespace
}  // namespace waybill::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  using waybill::testing::arguments;
  arguments.seconds = waybill::testing::number_behind(argc, argv, "--seconds", arguments.seconds);
  arguments.seed = waybill::testing::number_behind(argc, argv, "--seed", arguments.seed);
  return RUN_ALL_TESTS();
}
