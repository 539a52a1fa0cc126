#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file_system.h"
#include "base/result.h"
#include "codec/json_scan.h"
#include "transfer/export_request.h"
#include "transfer/row_writer.h"

namespace waybill::transfer {

// How much went into a file.
struct FileCounts {
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;       // of the file
  std::uint64_t text_bytes = 0;  // before compression
  base::WallTime first;          // the smallest and the largest time; meaningless without events
  base::WallTime last;

  void count(base::WallTime time);
  void add(const FileCounts& other);
};

// Writes events into a file in one of its forms. Not for concurrent use.
class EventFileWriter {
 public:
  // `before` is what the file holds already; the header of CSV stands at the beginning of an empty one. `rows` writes
  // its rows, has the form's columns, and must outlive the writer.
  EventFileWriter(std::unique_ptr<base::OutputFile> file, const FileForm& form, RowWriter& rows,
                  const FileCounts& before = {});

  // Adds an event, of which `line` is the JSON. kInvalidArgument if that is none (CSV only), kStorageFull, kIo; what
  // the file holds is unknown after the last two.
  base::Result<void> append(std::string_view line, base::WallTime time);

  // Whatever was appended is in the file, which may end here, and on disk.
  base::Result<void> flush();

  // As of the last flush; the counts of events and text are those of everything appended.
  [[nodiscard]] const FileCounts& counts() const { return counts_; }
  // Of what was written since the writer was made, flushed. REQUIRES: nothing is appended any more.
  [[nodiscard]] base::Sha256 finish_hash() { return hash_.finish(); }

 private:
  base::Result<void> drain();
  base::Result<void> write_out();

  const std::unique_ptr<base::OutputFile> file_;
  const FileForm form_;
  RowWriter& rows_;
  const std::unique_ptr<FrameWriter> frames_;
  std::string text_;
  std::string out_;
  codec::JsonChecker checker_;
  base::Sha256Stream hash_;
  FileCounts counts_;
};

}  // namespace waybill::transfer
