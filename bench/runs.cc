#include "bench/runs.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <map>
#include <optional>

#include "base/bytes.h"
#include "base/crypto.h"
#include "bench/page_cache.h"
#include "bench/waybill_engine.h"

namespace waybill::bench {
namespace {

using base::Result;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// Questions by which plans are compared, and those that go before the ones that count.
constexpr std::size_t kTrialQuestions = 25;
constexpr std::size_t kWarmQuestions = 500;
// Each of the two gets at most this part of a list's time.
constexpr int kPartOfLimit = 6;

constexpr std::uint64_t kPagesAskedAgain[] = {1, 10, 100, 1'000, 10'000};
constexpr int kPageRepeats = 300;

constexpr std::uint32_t kPageSize = 50;
constexpr std::size_t kColdRepeats = 200;

struct Timed {
  Answer answer;
  nanoseconds time{};
};

Result<Timed> ask(Engine& engine, const model::EventQuery& query, const base::Clock& clock) {
  TRY(engine.prepare(query));
  const base::SteadyTime start = clock.steady_now();
  TRY_ASSIGN(Answer answer, engine.answer(query));
  const base::SteadyTime end = clock.steady_now();
  return Timed{std::move(answer), end - start};
}

// Of all events of an answer, in their order. Positions are left out: an engine may give what numbers it likes.
std::uint64_t digest_of(const Answer& answer) {
  std::string bytes;
  for (const model::FoundEvent& event : answer) {
    base::put_le(bytes, base::to_ms(event.key.time));
    base::put_le(bytes, base::hash64(event.record));
  }
  return base::hash64(bytes);
}

void print_answer(const std::string& list, std::size_t number, const Timed& timed) {
  std::printf("answer\t%s\t%zu\t%" PRId64 "\t%zu\t%016" PRIx64 "\n", list.c_str(), number,
              std::int64_t{timed.time.count()}, timed.answer.size(), digest_of(timed.answer));
}

// Asks the first questions, at most `count` and no longer than `limit`, and gives how long each took on average.
Result<nanoseconds> try_out(Engine& engine, const std::vector<model::EventQuery>& questions, std::size_t count,
                            nanoseconds limit, const base::Clock& clock) {
  nanoseconds total{};
  std::int64_t asked = 0;
  for (const model::EventQuery& question : questions) {
    if (static_cast<std::size_t>(asked) == count || total > limit) break;
    TRY_ASSIGN(const Timed timed, ask(engine, question, clock));
    total += timed.time;
    ++asked;
  }
  return total / std::max<std::int64_t>(1, asked);
}

// Tries all plans on the first questions, the first plan twice since it finds everything cold, and leaves the engine
// with the fastest.
Result<std::string> choose_plan(Engine& engine, const std::vector<model::EventQuery>& questions, milliseconds limit,
                                const base::Clock& clock) {
  const std::vector<std::string> plans = engine.plans();
  if (plans.size() == 1) return plans.front();
  const nanoseconds share = nanoseconds(limit) / kPartOfLimit / static_cast<std::int64_t>(plans.size() + 1);
  std::size_t best = 0;
  nanoseconds best_time = nanoseconds::max();
  TRY(engine.use_plan(0));
  TRY(try_out(engine, questions, kTrialQuestions, share, clock));
  for (std::size_t i = 0; i < plans.size(); ++i) {
    TRY(engine.use_plan(i));
    TRY_ASSIGN(const nanoseconds time, try_out(engine, questions, kTrialQuestions, share, clock));
    if (time >= best_time) continue;
    best = i;
    best_time = time;
  }
  TRY(engine.use_plan(best));
  return plans[best];
}

// The questions whose answers are the pages of kPagesAskedAgain, as far as there are so many, by the page's number.
Result<std::map<std::uint64_t, model::EventQuery>> walk_pages(Engine& engine) {
  std::map<std::uint64_t, model::EventQuery> found;
  model::EventQuery query;
  query.limit = kPageSize;
  const std::uint64_t last = *std::rbegin(kPagesAskedAgain);
  for (std::uint64_t page = 1; page <= last; ++page) {
    TRY(engine.prepare(query));
    TRY_ASSIGN(const Answer answer, engine.answer(query));
    if (answer.size() < kPageSize) break;
    const bool wanted =
        std::find(std::begin(kPagesAskedAgain), std::end(kPagesAskedAgain), page) != std::end(kPagesAskedAgain);
    if (wanted) found.emplace(page, query);
    query.after = answer.back().key;
  }
  return found;
}

Result<void> cool(const std::string& folder, Cooled cooled) {
  if (cooled == Cooled::kEverything) return forget_folder(folder);
  for (const FileRegion& region : record_regions(folder)) TRY(forget_region(region));
  return {};
}

}  // namespace

Result<void> run_load(Engine& engine, EventFeed& feed, const base::Clock& clock) {
  const base::SteadyTime start = clock.steady_now();
  TRY(engine.load(feed));
  const base::SteadyTime loaded = clock.steady_now();
  TRY(engine.finish_load());
  const base::SteadyTime finished = clock.steady_now();
  std::printf("load\t%" PRId64 "\n", std::int64_t{nanoseconds(loaded - start).count()});
  std::printf("finish\t%" PRId64 "\n", std::int64_t{nanoseconds(finished - loaded).count()});
  return {};
}

Result<void> run_list(Engine& engine, const std::string& list, const std::vector<model::EventQuery>& questions,
                      milliseconds limit, const base::Clock& clock) {
  TRY_ASSIGN(const std::string plan, choose_plan(engine, questions, limit, clock));
  std::printf("plan\t%s\t%s\n", list.c_str(), plan.c_str());
  TRY(try_out(engine, questions, kWarmQuestions, nanoseconds(limit) / kPartOfLimit, clock));
  const base::SteadyTime end = clock.steady_now() + limit;
  for (std::size_t i = 0; i < questions.size() && clock.steady_now() < end; ++i) {
    TRY_ASSIGN(const Timed timed, ask(engine, questions[i], clock));
    print_answer(list, i, timed);
  }
  return {};
}

Result<void> run_walk(Engine& engine, const base::Clock& clock) {
  TRY_ASSIGN(const auto pages, walk_pages(engine));
  // Turn by turn, so that whatever else the machine does falls on all of them.
  for (int repeat = 0; repeat < kPageRepeats; ++repeat) {
    for (const auto& [page, query] : pages) {
      TRY_ASSIGN(const Timed timed, ask(engine, query, clock));
      std::printf("page\t%" PRIu64 "\t%" PRId64 "\n", page, std::int64_t{timed.time.count()});
    }
  }
  return {};
}

Result<void> run_cold(Engine& engine, const std::string& folder, const std::vector<model::EventQuery>& questions,
                      Cooled cooled, const base::Clock& clock) {
  // Brings what finds the records into memory.
  for (const model::EventQuery& question : questions) TRY(engine.answer(question));
  std::size_t full = 0;
  for (const model::EventQuery& question : questions) {
    if (full == kColdRepeats) break;
    TRY(cool(folder, cooled));
    TRY_ASSIGN(const Timed timed, ask(engine, question, clock));
    if (timed.answer.size() < kPageSize) continue;
    ++full;
    std::printf("cold\t%" PRId64 "\n", std::int64_t{timed.time.count()});
  }
  return {};
}

}  // namespace waybill::bench
