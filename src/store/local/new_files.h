#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "segment/row.h"
#include "segment/sid_file.h"
#include "segment/writer.h"
#include "store/local/local_state.h"
#include "store/local/manifest.h"
#include "store/local/segment_limits.h"

namespace waybill::store {

// Immutable files on their way in: written and synced under their names with .new behind, read back and compared, but
// not in the manifest yet. What is not installed is removed by the destructor. Not for concurrent use.
class NewFiles {
 public:
  // `state` must outlive this object.
  explicit NewFiles(LocalState& state) : state_(state), limits_(state.options) {}
  NewFiles(const NewFiles&) = delete;
  NewFiles& operator=(const NewFiles&) = delete;
  ~NewFiles();

  // Begins another segment with each row whose key is not below the next of `cuts`, and where one is full. Segments
  // that hold anew the events of others say so in `replaces`.
  void begin_segments(std::vector<model::SortKey> cuts, std::vector<std::uint64_t> replaces);
  // REQUIRES: keys rise.
  base::Result<void> add(const segment::Row& row);
  base::Result<void> finish_segments();

  base::Result<void> write_sids(std::span<const segment::SidEntry> entries);
  // `keep` is asked for each entry; it may leave it out, or end the merge by failing.
  base::Result<void> merge_sids(const SidFiles& inputs,
                                const std::function<base::Result<bool>(const segment::SidEntry&)>& keep);

  // In one transaction makes these files live, those that `replaced` numbers obsolete, and whatever else `also` writes;
  // then gives them their names and publishes the archive, and lets the tail drop its first `runs_sealed` runs. After a
  // failure before the commit all is as it was. Where the commit or a name fails as a write does, the store writes no
  // more until it is opened again; where a file cannot be named for want of room, or not be opened,
  // LocalState::unfinished is what is left to do, and REQUIRED to be done before anything else is installed.
  struct Installation {
    std::vector<std::uint64_t> replaced;
    std::optional<model::Position> sealed_through;
    std::size_t runs_sealed = 0;
    std::function<base::Result<void>(sqlite::Connection&)> also;
  };
  base::Result<void> install(const Installation& installation);

 private:
  struct File {
    ManifestFile entry;
    std::filesystem::path path;  // with .new
  };

  base::Result<void> begin_segment();
  base::Result<void> finish_segment();
  base::Result<void> load_owners();
  base::Result<std::filesystem::path> take_name(FileKind kind);
  base::Result<void> note_sids(const std::filesystem::path& path);
  base::Result<void> commit(const Installation& installation) REQUIRES_LOCK(state_.writer);
  static base::Result<void> name_files(LocalState& state, std::vector<File>& files);
  static void list_if_replaced(LocalState& state, std::uint64_t number, FileKind kind,
                               const Installation& installation);
  static base::Result<void> publish(LocalState& state, const std::vector<File>& files,
                                    const Installation& installation);

  LocalState& state_;
  const SegmentLimits limits_;
  std::vector<File> files_;
  bool installed_ = false;

  std::vector<model::SortKey> cuts_;
  std::size_t next_cut_ = 0;
  std::vector<std::uint64_t> replaces_;
  std::uint64_t rows_ = 0;  // of the segment being written
  std::unique_ptr<segment::Writer> writer_;
  std::optional<segment::Owners> owners_;  // of all workspaces, as the database says; read once
};

}  // namespace waybill::store
