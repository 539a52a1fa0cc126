#include "bench/question.h"

#include <algorithm>
#include <optional>

#include "base/files.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace waybill::bench {
namespace {

using base::Result;
using model::Dimension;

constexpr std::string_view kNone = "-";
constexpr std::size_t kFixedFields = 6;
constexpr std::string_view kSpanMark = "#span";

// How a dimension is called in a line, and the letters of its sids; none for text.
struct DimensionName {
  Dimension dimension;
  std::string_view name;
  std::string_view prefix;
};

constexpr DimensionName kNames[] = {
    {Dimension::kEventType, "EventType", ""},     {Dimension::kTask, "TaskSid", "WT"},
    {Dimension::kWorker, "WorkerSid", "WK"},      {Dimension::kTaskQueue, "TaskQueueSid", "WQ"},
    {Dimension::kWorkflow, "WorkflowSid", "WW"},  {Dimension::kReservation, "ReservationSid", "WR"},
    {Dimension::kTaskChannel, "TaskChannel", ""},
};

const DimensionName& name_of(Dimension dimension) {
  const auto* const at = std::find_if(std::begin(kNames), std::end(kNames),
                                      [&](const DimensionName& name) { return name.dimension == dimension; });
  CHECK(at != std::end(kNames));
  return *at;
}

std::string term_text(const model::Term& term) {
  const DimensionName& name = name_of(term.dimension);
  const std::string value =
      name.prefix.empty() ? term.value : std::string(name.prefix) + base::to_hex(base::as_bytes(term.value));
  return std::string(name.name) + "=" + value;
}

Result<model::Term> parse_term_text(std::string_view text) {
  const std::size_t equals = text.find('=');
  const auto* const at = std::find_if(std::begin(kNames), std::end(kNames),
                                      [&](const DimensionName& name) { return name.name == text.substr(0, equals); });
  if (equals == std::string_view::npos || at == std::end(kNames)) return base::invalid_argument("no such term");
  return model::parse_term(at->dimension, text.substr(equals + 1));
}

Result<std::optional<base::WallTime>> parse_time_field(std::string_view text) {
  if (text == kNone) return std::optional<base::WallTime>();
  const auto number = base::parse_int(text);
  if (!number) return base::invalid_argument("no such time: " + std::string(text));
  return std::optional(base::from_ms(*number));
}

std::string time_field(base::WallTime time, base::WallTime unset) {
  return time == unset ? std::string(kNone) : std::to_string(base::to_ms(time));
}

Result<DataSpan> parse_span(const std::vector<std::string_view>& fields) {
  if (fields.size() != 4) return base::invalid_argument("#span has three numbers");
  const auto events = base::parse_int(fields[1]);
  const auto first = base::parse_int(fields[2]);
  const auto last = base::parse_int(fields[3]);
  if (!events || !first || !last) return base::invalid_argument("#span has three numbers");
  return DataSpan{static_cast<std::uint64_t>(*events), base::from_ms(*first), base::from_ms(*last)};
}

Result<model::EventQuery> parse_question(const std::vector<std::string_view>& fields) {
  if (fields.size() < kFixedFields) return base::invalid_argument("a question has at least six fields");
  model::EventQuery query;
  query.direction = fields[1] == "asc" ? model::Direction::kOldestFirst : model::Direction::kNewestFirst;
  TRY_ASSIGN(const auto from, parse_time_field(fields[2]));
  TRY_ASSIGN(const auto to, parse_time_field(fields[3]));
  TRY_ASSIGN(const auto after, parse_time_field(fields[4]));
  query.from = from.value_or(query.from);
  query.to = to.value_or(query.to);
  if (after) query.after = behind_all_of(*after, query.direction);
  if (fields[5] != kNone) {
    TRY_ASSIGN(query.sid, model::EventSid::parse(fields[5]));
  }
  for (std::size_t i = kFixedFields; i < fields.size(); ++i) {
    TRY_ASSIGN(model::Term term, parse_term_text(fields[i]));
    query.terms.push_back(std::move(term));
  }
  return query;
}

Result<void> add_line(std::string_view line, Questions& questions) {
  const std::vector<std::string_view> fields = base::split(line, '\t');
  if (fields[0] == kSpanMark) {
    TRY_ASSIGN(questions.span, parse_span(fields));
    return {};
  }
  TRY_ASSIGN(model::EventQuery query, parse_question(fields));
  if (questions.lists.empty() || questions.lists.back().first != fields[0]) questions.lists.emplace_back(fields[0], 0);
  questions.lists.back().second.push_back(std::move(query));
  return {};
}

}  // namespace

model::SortKey behind_all_of(base::WallTime time, model::Direction direction) {
  // Under the largest number that fits a database's signed integer.
  constexpr model::Position kBehind{1ULL << 62U};
  return {time, direction == model::Direction::kOldestFirst ? kBehind : model::kNoPosition};
}

std::string to_line(std::string_view list, const model::EventQuery& query) {
  std::string line(list);
  line += query.direction == model::Direction::kOldestFirst ? "\tasc\t" : "\tdesc\t";
  line += time_field(query.from, base::kTimeMin) + "\t" + time_field(query.to, base::kTimeMax) + "\t";
  line += (query.after ? std::to_string(base::to_ms(query.after->time)) : std::string(kNone)) + "\t";
  line += query.sid ? query.sid->to_text() : std::string(kNone);
  for (const model::Term& term : query.terms) line += "\t" + term_text(term);
  return line;
}

std::string to_line(const DataSpan& span) {
  return std::string(kSpanMark) + "\t" + std::to_string(span.events) + "\t" + std::to_string(base::to_ms(span.first)) +
         "\t" + std::to_string(base::to_ms(span.last));
}

Result<Questions> read_questions(const std::string& path) {
  TRY_ASSIGN(const std::string text, base::read_file(path));
  Questions questions;
  std::size_t number = 0;
  for (const std::string_view line : base::split(text, '\n')) {
    ++number;
    if (line.empty()) continue;
    const auto added = add_line(line, questions);
    if (!added) return added.error().while_doing(path + ": line " + std::to_string(number));
  }
  return questions;
}

}  // namespace waybill::bench
