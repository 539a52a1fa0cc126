#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "transfer/export_sink.h"
#include "transfer/manifest.h"

namespace waybill::transfer {

// A folder with a file for each day (UTC) that has events, and a manifest, which is renewed whenever a day is whole and
// on disk. A day that is not is written beside its place, as DAY….part.
class DaySplit final : public ExportSink {
 public:
  enum class Begin { kAnew, kResume };

  // kResume keeps the days whose files are as the manifest says, and sees to the others: each in a walk of its own, and
  // what was never reached in a last one. It begins anew if there is no manifest, or if a day is missing whose walk
  // would see other events than those before it. kConflict if there is a manifest and `begin` is kAnew;
  // kInvalidArgument if it is of another request; kIo, kStorageFull. `files` must outlive the sink.
  static base::Result<std::unique_ptr<DaySplit>> open(base::FileSystem& files, const std::filesystem::path& folder,
                                                      const ExportRequest& request, Begin begin);

  base::Result<std::optional<std::string>> next_walk() override;
  base::Result<bool> append(const EventPage& page) override;
  base::Result<void> finish() override;
  void give_up() override;
  [[nodiscard]] bool can_be_resumed() const override { return !manifest_.days.empty(); }
  [[nodiscard]] FileCounts counts() const override;
  [[nodiscard]] const RowWriter& rows() const override { return rows_; }

  // How many days of an earlier export stay as they are.
  [[nodiscard]] std::size_t days_kept() const { return days_kept_; }

 private:
  // A walk for one day, or for all that are not there.
  struct Walk {
    std::string token;
    std::optional<Day> only;
  };
  struct OpenDay {
    DayFile entry;
    std::unique_ptr<EventFileWriter> writer;
  };
  enum class Want { kTake, kSkip, kStop };

  DaySplit(base::FileSystem& files, std::filesystem::path folder, Manifest manifest, std::vector<Walk> walks);
  static std::vector<Walk> plan(const std::filesystem::path& folder, Manifest& manifest);

  [[nodiscard]] bool is_behind(Day a, Day b) const;
  [[nodiscard]] Want want(Day day) const;
  base::Result<void> open_day(Day day, const std::string& token);
  base::Result<void> close_day(const std::string& next_token);
  [[nodiscard]] std::filesystem::path part_of(const DayFile& day) const { return folder_ / (day.file + ".part"); }

  base::FileSystem& files_;
  const std::filesystem::path folder_;
  Manifest manifest_;
  std::vector<Walk> walks_;
  RowWriter rows_;
  std::size_t next_walk_ = 0;
  std::optional<OpenDay> open_;
  std::size_t days_kept_ = 0;
};

}  // namespace waybill::transfer
