#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/file_system.h"
#include "transfer/export_request.h"
#include "transfer/export_sink.h"

namespace waybill::transfer {

// A single file. It is written beside its place, as FILE.part, and gets its name when it is whole and on disk. Now and
// then the file is brought to a state in which it could end, and FILE.part.json says how far it is: what an export that
// was cut off goes on from (docs/formats/export-manifest.md).
class FileSink final : public ExportSink {
 public:
  enum class Begin { kAnew, kResume };

  // Goes on with FILE.part if `begin` says so and there is one; otherwise it begins anew, and what another export left
  // is removed. kInvalidArgument if that one was asked for something else, kIo, kStorageFull. `files` must outlive the
  // sink. A state is kept whenever `text_per_state` bytes of text have come.
  static base::Result<std::unique_ptr<FileSink>> open(base::FileSystem& files, const std::filesystem::path& path,
                                                      const ExportRequest& request, Begin begin,
                                                      std::uint64_t text_per_state = kTextPerState);
  // Standard output, or whatever file it is that cannot be gone on with.
  static std::unique_ptr<FileSink> to_stream(base::FileSystem& files, std::unique_ptr<base::OutputFile> out,
                                             const ExportRequest& request);

  base::Result<std::optional<std::string>> next_walk() override;
  base::Result<bool> append(const EventPage& page) override;
  base::Result<void> finish() override;
  void give_up() override;
  [[nodiscard]] bool can_be_resumed() const override { return has_state_; }
  [[nodiscard]] FileCounts counts() const override { return writer_->counts(); }
  [[nodiscard]] const RowWriter& rows() const override { return rows_; }

  // Some seconds' work; a state costs a sync and the end of a compressed frame.
  static constexpr std::uint64_t kTextPerState = 128UL * 1024 * 1024;

 private:
  struct State {
    FileCounts counts;
    std::string token;
  };

  FileSink(base::FileSystem& files, std::filesystem::path path, ExportRequest request,
           std::unique_ptr<base::OutputFile> out, const State& state, std::uint64_t text_per_state);
  static base::Result<State> read_state(const std::filesystem::path& path, const ExportRequest& request);
  base::Result<void> write_state(const std::string& token);

  base::FileSystem& files_;
  const std::filesystem::path path_;  // empty: a stream
  const ExportRequest request_;
  const std::uint64_t text_per_state_;
  RowWriter rows_;
  const std::unique_ptr<EventFileWriter> writer_;
  std::string begin_token_;
  std::string next_token_;  // behind the last page appended; empty where no state can be kept
  bool walked_ = false;
  bool failed_ = false;  // what the file holds is unknown
  bool has_state_ = false;
  std::uint64_t text_at_state_ = 0;
};

}  // namespace waybill::transfer
