#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/event.h"
#include "model/event_query.h"

namespace waybill::bench {

// A filter as a column of a table. A task channel has two, because an event names it by its sid and by its name.
struct FilterColumn {
  std::string_view name;
  model::Dimension dimension;
  bool is_sid;  // 16 bytes; else text
};

constexpr std::array kFilterColumns = {
    FilterColumn{"event_type", model::Dimension::kEventType, false},
    FilterColumn{"task", model::Dimension::kTask, true},
    FilterColumn{"worker", model::Dimension::kWorker, true},
    FilterColumn{"task_queue", model::Dimension::kTaskQueue, true},
    FilterColumn{"workflow", model::Dimension::kWorkflow, true},
    FilterColumn{"reservation", model::Dimension::kReservation, true},
    FilterColumn{"channel_name", model::Dimension::kTaskChannel, false},
    FilterColumn{"channel_sid", model::Dimension::kTaskChannel, false},
};

// The values of an event for kFilterColumns; views of the event's memory.
using FilterValues = std::array<std::optional<std::string_view>, kFilterColumns.size()>;

// kInvalidArgument if an event has two values for one column.
base::Result<FilterValues> filter_values(const model::Event& event);

// The column a term is looked for in.
const FilterColumn& column_of(const model::Term& term);

// The conditions of a question in SQL, joined by AND, with a placeholder for each value, and what to bind: sids as 16
// bytes. `placeholder` writes the n-th placeholder, from 1, for a value of that type.
enum class SqlType { kSid, kText, kInteger };

struct SqlValue {
  SqlType type;
  std::string bytes;         // of a sid or a text
  std::int64_t integer = 0;  // of an integer
};

struct SqlQuestion {
  std::string conditions;
  std::string order;  // the ORDER BY, with its direction
  std::vector<SqlValue> values;
};

SqlQuestion to_sql(const model::EventQuery& query, std::string (*placeholder)(std::size_t number, SqlType type));

}  // namespace waybill::bench
