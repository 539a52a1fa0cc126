#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "segment/paged_format.h"

namespace waybill::segment {

// Writes a file in the envelope of paged_format.h from its beginning to its end, and adds up its pages' checksums. Not
// for concurrent use.
class PagedOutput {
 public:
  // Makes the file; its prologue is written with what follows. kInvalidArgument if it replaces more than kReplacesMax
  // files; otherwise fails as FileSystem::create.
  static base::Result<std::unique_ptr<PagedOutput>> create(base::FileSystem& files, const std::filesystem::path& path,
                                                           const FileKind& kind, FileIdentity identity);
  PagedOutput(const PagedOutput&) = delete;
  PagedOutput& operator=(const PagedOutput&) = delete;

  // Where the next byte comes to stand in the file.
  [[nodiscard]] std::uint64_t offset() const { return flushed_ + buffer_.size(); }

  // kStorageFull, kIo.
  base::Result<void> append(std::string_view bytes);
  // Adds zeros up to the next multiple of 8.
  base::Result<void> align();

  // Ends the data, writes checksums and footer, and syncs the file. `summary` is the format's own part of the footer.
  // REQUIRES: at most kSummaryMax bytes of it. kStorageFull, kIo.
  base::Result<void> finish(std::string_view summary);

 private:
  PagedOutput(std::unique_ptr<base::OutputFile> file, FileIdentity identity);
  base::Result<void> flush();

  const std::unique_ptr<base::OutputFile> file_;
  const FileIdentity identity_;
  std::string buffer_;         // begins at a page's beginning
  std::uint64_t flushed_ = 0;  // bytes of the file before the buffer
  std::vector<std::uint32_t> sums_;
};

}  // namespace waybill::segment
