#pragma once

#include <cstdint>

#include "base/clock.h"
#include "transfer/event_file_writer.h"

namespace waybill::cli {

// Shows on standard error how far an export is: a line that renews itself, and a summary at the end. Not for concurrent
// use.
class ExportProgress {
 public:
  enum class Show { kNothing, kLine };

  // `events_total` 0: not known, so no time of arrival is shown. `clock` must outlive it.
  ExportProgress(const base::Clock& clock, std::uint64_t events_total, Show show);

  // What there is now.
  void counts(const transfer::FileCounts& counts);
  // Prints what the export brought, in which form, and where it lies.
  void summary(const transfer::FileCounts& counts, const std::string& form, const std::string& where);

 private:
  void draw(const transfer::FileCounts& counts, bool last);
  [[nodiscard]] double seconds() const;

  const base::Clock& clock_;
  const std::uint64_t events_total_;
  const Show show_;
  const base::SteadyTime begun_;
  base::SteadyTime drawn_;
};

}  // namespace waybill::cli
