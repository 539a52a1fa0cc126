#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "segment/format.h"
#include "segment/mapped_file.h"

namespace waybill::segment {

// A segment's file and where its sections lie. Safe for concurrent use.
class SegmentFile {
 public:
  // Fails as MappedFile::open; kCorruption also if the footer's parts do not fit together, kConflict also if its terms
  // were extracted by a rule that this release does not know.
  static base::Result<std::unique_ptr<SegmentFile>> open(const std::filesystem::path& path, std::uint64_t store_id,
                                                         base::FileSystem* files = nullptr);

  [[nodiscard]] const MappedFile& file() const { return *file_; }
  [[nodiscard]] const Layout& layout() const { return layout_; }

  // Bytes of a section, as MappedFile::bytes gives them; kCorruption if they do not lie within the section.
  [[nodiscard]] base::Result<std::string_view> bytes(Section section, std::uint64_t at, std::uint64_t length) const {
    const Place& place = layout_.place(section);
    if (at > place.length || length > place.length - at) return beyond(section);
    return file_->bytes(place.offset + at, length);
  }

  // An Error of kCorruption that names the place.
  [[nodiscard]] base::Error corrupt(Section section, std::uint64_t at, std::string_view what) const;

 private:
  SegmentFile(std::unique_ptr<MappedFile> file, const Layout& layout) : file_(std::move(file)), layout_(layout) {}
  [[nodiscard]] base::Error beyond(Section section) const;

  const std::unique_ptr<MappedFile> file_;
  const Layout layout_;
};

}  // namespace waybill::segment
