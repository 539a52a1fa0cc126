#include "transfer/event_file_writer.h"

#include <algorithm>
#include <utility>

namespace waybill::transfer {
namespace {

using base::Result;

// Text that waits to be compressed, and compressed bytes that wait to be written.
constexpr std::size_t kTextBytes = 256UL * 1024;
constexpr std::size_t kOutBytes = 256UL * 1024;

}  // namespace

void FileCounts::count(base::WallTime time) {
  first = events == 0 ? time : std::min(first, time);
  last = events == 0 ? time : std::max(last, time);
  ++events;
}

void FileCounts::add(const FileCounts& other) {
  if (other.events > 0) {
    first = events == 0 ? other.first : std::min(first, other.first);
    last = events == 0 ? other.last : std::max(last, other.last);
  }
  events += other.events;
  bytes += other.bytes;
  text_bytes += other.text_bytes;
}

EventFileWriter::EventFileWriter(std::unique_ptr<base::OutputFile> file, const FileForm& form, RowWriter& rows,
                                 const FileCounts& before)
    : file_(std::move(file)), form_(form), rows_(rows), frames_(make_frame_writer(form.compression)), counts_(before) {
  if (form_.format == FileFormat::kCsv && before.bytes == 0) append_csv_header(text_, form_.columns);
  counts_.text_bytes += text_.size();
}

Result<void> EventFileWriter::append(std::string_view line, base::WallTime time) {
  const std::size_t before = text_.size();
  if (form_.format == FileFormat::kNdjson) {
    text_.append(line).append("\n");
  } else {
    TRY_ASSIGN(const codec::CheckedJson event, checker_.check(line, codec::kStoredNestingMax));
    TRY(rows_.append(text_, event));
  }
  counts_.text_bytes += text_.size() - before;
  counts_.count(time);
  return text_.size() < kTextBytes ? Result<void>() : drain();
}

Result<void> EventFileWriter::flush() {
  TRY(drain());
  frames_->end_frame(out_);
  TRY(write_out());
  return file_->sync();
}

Result<void> EventFileWriter::drain() {
  frames_->append(text_, out_);
  text_.clear();
  return out_.size() < kOutBytes ? Result<void>() : write_out();
}

Result<void> EventFileWriter::write_out() {
  hash_.append(out_);
  TRY(file_->append(out_));
  counts_.bytes += out_.size();
  out_.clear();
  return {};
}

}  // namespace waybill::transfer
