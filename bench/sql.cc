#include "bench/sql.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/time_text.h"
#include "model/sid.h"

namespace waybill::bench {
namespace {

std::size_t column_index(model::Dimension dimension, std::string_view value) {
  std::string_view name;
  if (dimension == model::Dimension::kTaskChannel) {
    name = model::TaskChannelSid::parse(value) ? "channel_sid" : "channel_name";
  }
  const auto* const at = std::find_if(kFilterColumns.begin(), kFilterColumns.end(), [&](const FilterColumn& column) {
    return column.dimension == dimension && (name.empty() || column.name == name);
  });
  CHECK(at != kFilterColumns.end());
  return static_cast<std::size_t>(at - kFilterColumns.begin());
}

// Writes conditions one after the other.
class Conditions {
 public:
  explicit Conditions(std::string (*placeholder)(std::size_t, SqlType)) : placeholder_(placeholder) {}

  void add(const std::string& left, SqlValue value) {
    begin();
    sql_.conditions += left + " " + put(std::move(value));
  }

  // What lies behind `key`. The comparison of the time alone says nothing new, but lets a planner skip partitions.
  void add_after(const model::SortKey& key, bool oldest_first) {
    const std::int64_t time = base::to_ms(key.time);
    add(oldest_first ? "time_ms >=" : "time_ms <=", {SqlType::kInteger, {}, time});
    begin();
    sql_.conditions += oldest_first ? "(time_ms, position) > (" : "(time_ms, position) < (";
    sql_.conditions += put({SqlType::kInteger, {}, time}) + ", ";
    sql_.conditions += put({SqlType::kInteger, {}, static_cast<std::int64_t>(model::to_number(key.position))}) + ")";
  }

  SqlQuestion take(bool oldest_first) {
    sql_.order = oldest_first ? "time_ms, position" : "time_ms DESC, position DESC";
    return std::move(sql_);
  }

 private:
  void begin() {
    if (!sql_.conditions.empty()) sql_.conditions += " AND ";
  }

  std::string put(SqlValue value) {
    const SqlType type = value.type;
    sql_.values.push_back(std::move(value));
    return placeholder_(sql_.values.size(), type);
  }

  std::string (*placeholder_)(std::size_t, SqlType);
  SqlQuestion sql_{"workspace = 1", {}, {}};
};

}  // namespace

base::Result<FilterValues> filter_values(const model::Event& event) {
  FilterValues values;
  for (const model::TermView term : event.terms) {
    auto& value = values[column_index(term.dimension, term.value)];
    if (value) return base::invalid_argument(event.sid.to_text() + " has two values for one filter");
    value = term.value;
  }
  return values;
}

const FilterColumn& column_of(const model::Term& term) {
  return kFilterColumns[column_index(term.dimension, term.value)];
}

SqlQuestion to_sql(const model::EventQuery& query, std::string (*placeholder)(std::size_t, SqlType)) {
  const bool oldest_first = query.direction == model::Direction::kOldestFirst;
  Conditions conditions(placeholder);
  for (const model::Term& term : query.terms) {
    const FilterColumn& column = column_of(term);
    conditions.add(std::string(column.name) + " =", {column.is_sid ? SqlType::kSid : SqlType::kText, term.value, 0});
  }
  if (query.sid) conditions.add("sid =", {SqlType::kSid, std::string(base::as_text(query.sid->bytes())), 0});
  if (query.from != base::kTimeMin) conditions.add("time_ms >=", {SqlType::kInteger, {}, base::to_ms(query.from)});
  if (query.to != base::kTimeMax) conditions.add("time_ms <=", {SqlType::kInteger, {}, base::to_ms(query.to)});
  if (query.after) conditions.add_after(*query.after, oldest_first);
  return conditions.take(oldest_first);
}

}  // namespace waybill::bench
