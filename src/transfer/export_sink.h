#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "transfer/event_file_writer.h"
#include "transfer/event_page.h"

namespace waybill::transfer {

// Where an export goes, in one walk or several over the same list. Not for concurrent use.
class ExportSink {
 public:
  ExportSink() = default;
  ExportSink(const ExportSink&) = delete;
  ExportSink& operator=(const ExportSink&) = delete;
  virtual ~ExportSink() = default;

  // What the next walk is to begin with (EventPage); nothing when there is none left. Ends the walk before.
  virtual base::Result<std::optional<std::string>> next_walk() = 0;
  // Takes a page of the walk; false if the walk need not go on.
  virtual base::Result<bool> append(const EventPage& page) = 0;
  // When no walk is left: everything is on disk and has its name.
  virtual base::Result<void> finish() = 0;
  // When something else has failed: keeps what another export can go on with, if there is anything; else nothing stays.
  virtual void give_up() = 0;
  // Whether give_up() has left something to go on with.
  [[nodiscard]] virtual bool can_be_resumed() const = 0;

  // Everything there is, of earlier exports that this one went on with too.
  [[nodiscard]] virtual FileCounts counts() const = 0;
  // What this export wrote as rows of CSV.
  [[nodiscard]] virtual const RowWriter& rows() const = 0;
};

}  // namespace waybill::transfer
