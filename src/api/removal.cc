#include "api/removal.h"

#include "base/time_text.h"

namespace waybill::api {

void write_removal(codec::JsonWriter& out, const store::Removal& removal) {
  const auto time = [&](std::string_view name, base::WallTime value) {
    out.key(name);
    removal.events == 0 ? out.null() : out.text(base::to_millisecond_text(value));
  };
  out.begin_object();
  out.key("events").number(static_cast<std::int64_t>(removal.events));
  out.key("of_events").number(static_cast<std::int64_t>(removal.of_events));
  time("first", removal.first);
  time("last", removal.last);
  out.end_object();
}

}  // namespace waybill::api
