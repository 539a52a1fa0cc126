#pragma once

#include <string>

#include "base/clock.h"
#include "generator/contact_centre.h"
#include "generator/happening.h"
#include "generator/task_texts.h"
#include "generator/telling.h"

namespace waybill::generator {

// Puts happenings into words: each becomes one event in JSON, as the Events list shows it. What it writes depends on
// the settings and the happening alone, not on what it wrote before.
class EventWriter {
 public:
  // `centre` must outlive it. `start`: the date of Moment 0.
  EventWriter(const ContactCentre& centre, base::WallTime start);

  // Replaces `line` by the event, without a newline.
  void write(const Happening& happening, std::string& line);

 private:
  // Gathers the texts of a happening.
  Telling tell(const Happening& happening);
  [[nodiscard]] std::string resource_sid(const Telling& telling) const;
  [[nodiscard]] std::string resource_url(const Telling& telling) const;
  // The date of an event, to the second.
  const std::string& date_text(base::WallTime time);

  const ContactCentre& centre_;
  const base::WallTime start_;
  const std::string workspace_url_;
  TaskTexts tasks_;
  Worker guest_;  // who is not of the cast; the last one who was told of
  base::WallTime second_{};
  std::string second_text_;  // of second_
};

}  // namespace waybill::generator
