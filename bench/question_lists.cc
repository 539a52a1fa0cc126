#include "bench/question_lists.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/files.h"
#include "base/mutex.h"
#include "base/random.h"
#include "bench/question.h"

namespace waybill::bench {
namespace {

using base::Result;
using base::SeededRandom;
using model::Dimension;
using model::EventQuery;
using model::Term;
using std::chrono::milliseconds;

constexpr std::uint64_t kSamples = 40'000;
// Of all the pairs that never meet, those whose rarer half matches most.
constexpr std::size_t kPairsThatNeverMeet = 50;
// Questions for single cold pages; each is asked once.
constexpr std::uint64_t kColdQuestions = 400;

// Dimensions with so few values that every event is counted by them.
constexpr Dimension kCounted[] = {Dimension::kWorker, Dimension::kTaskQueue, Dimension::kWorkflow,
                                  Dimension::kTaskChannel};

// Dimensions whose values are common to many events.
constexpr Dimension kCommon[] = {Dimension::kEventType, Dimension::kWorker, Dimension::kTaskQueue, Dimension::kWorkflow,
                                 Dimension::kTaskChannel};

struct Sample {
  std::uint64_t position = 0;
  model::EventSid sid;
  base::WallTime time;
  std::vector<Term> terms;

  [[nodiscard]] std::vector<Term> of(Dimension dimension) const {
    std::vector<Term> found;
    std::copy_if(terms.begin(), terms.end(), std::back_inserter(found),
                 [&](const Term& term) { return term.dimension == dimension; });
    return found;
  }
};

// What one pass over the events learns. Adding is commutative, so that the threads' turns leave no trace in it.
struct Summary {
  std::uint64_t events = 0;
  base::WallTime first = base::kTimeMax;
  base::WallTime last = base::kTimeMin;
  std::map<Term, std::uint64_t> counts;                // event types, and terms of kCounted
  std::map<std::pair<Term, Term>, std::uint64_t> met;  // event type with a term of kCounted
  std::vector<Sample> samples;                         // random events, by position
  std::map<Dimension, std::vector<Term>> values;       // distinct terms of the samples
  std::vector<std::pair<Term, Term>> never_met;
};

bool is_counted(Dimension dimension) {
  return std::find(std::begin(kCounted), std::end(kCounted), dimension) != std::end(kCounted);
}

std::vector<Term> terms_of(const model::Event& event) {
  std::vector<Term> terms;
  for (const model::TermView term : event.terms) terms.push_back({term.dimension, std::string(term.value)});
  return terms;
}

void count_terms(const std::vector<Term>& terms, Summary& summary) {
  const auto type = std::find_if(terms.begin(), terms.end(),
                                 [](const Term& term) { return term.dimension == Dimension::kEventType; });
  for (const Term& term : terms) {
    const bool counted = is_counted(term.dimension);
    if (counted || term.dimension == Dimension::kEventType) ++summary.counts[term];
    if (counted && type != terms.end()) ++summary.met[{*type, term}];
  }
}

void add_event(const model::Event& event, std::uint64_t position, const ListSettings& settings, Summary& summary) {
  ++summary.events;
  summary.first = std::min(summary.first, event.time);
  summary.last = std::max(summary.last, event.time);
  std::vector<Term> terms = terms_of(event);
  count_terms(terms, summary);
  // Chosen by a hash of the position, and not by a random number, so that it does not matter who reads the line.
  const std::uint64_t stride = std::max<std::uint64_t>(1, settings.events / kSamples);
  std::string bytes;
  base::put_le(bytes, position);
  if (base::hash64(bytes, settings.seed) % stride != 0) return;
  summary.samples.push_back({position, event.sid, event.time, std::move(terms)});
}

void merge(Summary& into, Summary&& part) {
  into.events += part.events;
  into.first = std::min(into.first, part.first);
  into.last = std::max(into.last, part.last);
  for (const auto& [term, count] : part.counts) into.counts[term] += count;
  for (const auto& [pair, count] : part.met) into.met[pair] += count;
  std::move(part.samples.begin(), part.samples.end(), std::back_inserter(into.samples));
}

// The pairs of an event type and another term that no event has both of, those first whose rarer half matches most.
std::vector<std::pair<Term, Term>> pairs_that_never_meet(const Summary& summary) {
  std::vector<std::pair<std::uint64_t, std::pair<Term, Term>>> ranked;
  for (const auto& [type, type_count] : summary.counts) {
    if (type.dimension != Dimension::kEventType) continue;
    for (const auto& [term, count] : summary.counts) {
      if (!is_counted(term.dimension) || summary.met.contains({type, term})) continue;
      ranked.emplace_back(std::min(type_count, count), std::pair(type, term));
    }
  }
  std::sort(ranked.rbegin(), ranked.rend());
  if (ranked.size() > kPairsThatNeverMeet) ranked.resize(kPairsThatNeverMeet);
  std::vector<std::pair<Term, Term>> pairs;
  for (auto& [score, pair] : ranked) pairs.push_back(std::move(pair));
  return pairs;
}

Result<Summary> summarize(EventFeed& feed, const ListSettings& settings) {
  base::Mutex mutex;
  Summary summary;
  TRY(on_all_cores([&]() -> Result<void> {
    Summary part;
    for (;;) {
      TRY_ASSIGN(const auto batch, feed.next());
      if (!batch) break;
      for (std::size_t i = 0; i < batch->events.size(); ++i) {
        add_event(batch->events[i], batch->first_position + i, settings, part);
      }
    }
    const base::MutexLock lock(mutex);
    merge(summary, std::move(part));
    return {};
  }));
  std::sort(summary.samples.begin(), summary.samples.end(),
            [](const Sample& a, const Sample& b) { return a.position < b.position; });
  std::set<Term> distinct;
  for (const Sample& sample : summary.samples) distinct.insert(sample.terms.begin(), sample.terms.end());
  for (const Term& term : distinct) summary.values[term.dimension].push_back(term);
  summary.never_met = pairs_that_never_meet(summary);
  if (summary.never_met.empty()) return base::invalid_argument("every event type meets every other term");
  for (const Dimension dimension : model::kAllDimensions) {
    if (summary.values[dimension].empty()) return base::invalid_argument("the events lack one of the dimensions");
  }
  return summary;
}

// Makes one question after the other from what the pass has learnt.
class Maker {
 public:
  Maker(const Summary& summary, SeededRandom random) : summary_(summary), random_(random) {}

  // One term. Half of the values as often as they occur, half of them each alike, so that rare ones are there too.
  EventQuery single(Dimension dimension) {
    EventQuery query = plain();
    const std::vector<Term>& values = summary_.values.at(dimension);
    query.terms = {random_.chance(0.5) ? one_of(with(dimension).of(dimension)) : one_of(values)};
    return query;
  }

  // Two common terms, mostly of one event, else of two, which then may never meet.
  EventQuery two_common() {
    EventQuery query = plain();
    const Sample& a = with(Dimension::kWorker);
    const Sample& b = random_.chance(0.75) ? a : with(Dimension::kWorker);
    const Term first = one_of(common_terms(a));
    Term second = one_of(common_terms(b));
    while (second.dimension == first.dimension) second = one_of(common_terms(b));
    query.terms = {first, second};
    return query;
  }

  // Event type, worker and queue of one event: of a few, the one whose terms are the rarest.
  EventQuery three_selective() {
    constexpr int kTries = 4;
    EventQuery query = plain();
    double rarest = 0;
    for (int i = 0; i < kTries; ++i) {
      std::vector<Term> terms = type_worker_and_queue();
      double product = 1;
      for (const Term& term : terms) product *= static_cast<double>(summary_.counts.at(term));
      if (i > 0 && product >= rarest) continue;
      rarest = product;
      query.terms = std::move(terms);
    }
    return query;
  }

  EventQuery nothing() {
    EventQuery query = plain();
    const auto& [type, term] = one_of(summary_.never_met);
    query.terms = {type, term};
    return query;
  }

  // Any of the eleven filters, as an event of the archive has them.
  EventQuery any_filters() {
    EventQuery query = plain();
    const Sample& sample = any();
    for (const Dimension dimension : model::kAllDimensions) {
      const std::vector<Term> terms = sample.of(dimension);
      if (!terms.empty() && random_.chance(0.5)) query.terms.push_back(one_of(terms));
    }
    if (random_.chance(0.05)) query.sid = sample.sid;
    if (random_.chance(0.5)) set_window(query, sample.time);
    return query;
  }

  // A window of minutes, hours or days around an event, with up to two of its terms.
  EventQuery windowed() {
    EventQuery query = plain();
    const Sample& sample = any();
    set_window(query, sample.time);
    for (std::uint64_t count = random_.below(3); count > 0; --count) {
      const Term& term = one_of(common_terms(sample));
      if (has_dimension(query, term.dimension)) continue;
      query.terms.push_back(term);
    }
    return query;
  }

  // A page in the middle of a walk, with up to two terms.
  EventQuery deep() {
    EventQuery query = random_.chance(0.5) ? two_common() : single(one_of(kCommon));
    if (random_.chance(0.3)) query.terms.clear();
    query.after = behind_all_of(any().time, query.direction);
    return query;
  }

  EventQuery workspace() { return plain(); }

  // A worker's events, which lie far from each other, from a place of their own.
  EventQuery cold() {
    EventQuery query = plain();
    const Sample& sample = with(Dimension::kWorker);
    query.terms = sample.of(Dimension::kWorker);
    query.after = behind_all_of(any().time, query.direction);
    return query;
  }

 private:
  EventQuery plain() {
    EventQuery query;
    query.direction = random_.chance(0.5) ? model::Direction::kOldestFirst : model::Direction::kNewestFirst;
    return query;
  }

  const Sample& any() { return summary_.samples[random_.below(summary_.samples.size())]; }

  const Sample& with(Dimension dimension) {
    for (;;) {
      const Sample& sample = any();
      if (!sample.of(dimension).empty()) return sample;
    }
  }

  std::vector<Term> type_worker_and_queue() {
    for (;;) {
      const Sample& sample = with(Dimension::kWorker);
      std::vector<Term> terms;
      for (const Dimension dimension : {Dimension::kEventType, Dimension::kWorker, Dimension::kTaskQueue}) {
        for (Term& term : sample.of(dimension)) terms.push_back(std::move(term));
      }
      if (terms.size() == 3) return terms;
    }
  }

  template <class Values>
  auto one_of(const Values& values) -> std::decay_t<decltype(*std::begin(values))> {
    return *std::next(std::begin(values), random_.between(0, static_cast<std::int64_t>(std::size(values)) - 1));
  }

  static std::vector<Term> common_terms(const Sample& sample) {
    std::vector<Term> found;
    for (const Dimension dimension : kCommon) {
      for (Term& term : sample.of(dimension)) found.push_back(std::move(term));
    }
    return found;
  }

  static bool has_dimension(const EventQuery& query, Dimension dimension) {
    return std::any_of(query.terms.begin(), query.terms.end(),
                       [&](const Term& term) { return term.dimension == dimension; });
  }

  void set_window(EventQuery& query, base::WallTime around) {
    constexpr milliseconds kScales[] = {std::chrono::minutes(1), std::chrono::hours(1), std::chrono::hours(24)};
    const milliseconds width = one_of(kScales) * random_.between(1, 6);
    query.from = around - milliseconds(random_.between(0, width.count()));
    query.to = query.from + width;
  }

  const Summary& summary_;
  SeededRandom random_;
};

struct List {
  std::string_view name;
  EventQuery (*make)(Maker& maker);
};

constexpr List kLists[] = {
    {"event type", [](Maker& m) { return m.single(Dimension::kEventType); }},
    {"task", [](Maker& m) { return m.single(Dimension::kTask); }},
    {"worker", [](Maker& m) { return m.single(Dimension::kWorker); }},
    {"queue", [](Maker& m) { return m.single(Dimension::kTaskQueue); }},
    {"reservation", [](Maker& m) { return m.single(Dimension::kReservation); }},
    {"two common", [](Maker& m) { return m.two_common(); }},
    {"three selective", [](Maker& m) { return m.three_selective(); }},
    {"matches nothing", [](Maker& m) { return m.nothing(); }},
    {"any filters", [](Maker& m) { return m.any_filters(); }},
    {"window", [](Maker& m) { return m.windowed(); }},
    {"deep page", [](Maker& m) { return m.deep(); }},
    {"workspace only", [](Maker& m) { return m.workspace(); }},
};

constexpr List kColdList = {"cold", [](Maker& m) { return m.cold(); }};

// Each list has random numbers of its own, so that a new list leaves the others as they were.
std::string list_lines(const List& list, std::uint64_t count, const Summary& summary, std::uint64_t seed) {
  Maker maker(summary, SeededRandom(base::hash64(list.name, seed)));
  std::string lines;
  for (std::uint64_t i = 0; i < count; ++i) lines += to_line(list.name, list.make(maker)) + "\n";
  return lines;
}

}  // namespace

Result<void> make_lists(EventFeed& feed, const ListSettings& settings, const std::string& path) {
  TRY_ASSIGN(const Summary summary, summarize(feed, settings));
  std::string text = to_line(DataSpan{summary.events, summary.first, summary.last}) + "\n";
  for (const List& list : kLists) text += list_lines(list, settings.questions_per_list, summary, settings.seed);
  text += list_lines(kColdList, kColdQuestions, summary, settings.seed);
  return base::write_private_file(path, text);
}

}  // namespace waybill::bench
