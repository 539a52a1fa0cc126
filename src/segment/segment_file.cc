#include "segment/segment_file.h"

#include <string>
#include <utility>

namespace waybill::segment {

base::Result<std::unique_ptr<SegmentFile>> SegmentFile::open(const std::filesystem::path& path, std::uint64_t store_id,
                                                             base::FileSystem* files) {
  TRY_ASSIGN(auto file, MappedFile::open(path, kSegmentKind, store_id, files));
  const auto layout = decode_layout(file->summary(), file->version(), file->data_bytes());
  if (!layout) return file->corrupt(file->file_bytes() - kFooterBytes, "the footer's parts do not fit together");
  if (layout->terms_rule != kTermsRule) {
    return base::conflict(path.string() + " has terms extracted by rule " + std::to_string(layout->terms_rule) +
                          ", which a later release wrote; this release knows rule " + std::to_string(kTermsRule));
  }
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): the constructor is private
  return std::unique_ptr<SegmentFile>(new SegmentFile(std::move(file), *layout));
}

base::Error SegmentFile::corrupt(Section section, std::uint64_t at, std::string_view what) const {
  const std::string name = kSectionNames[static_cast<std::size_t>(section)];
  return file_->corrupt(layout_.place(section).offset + at, name + ": " + std::string(what));
}

base::Error SegmentFile::beyond(Section section) const {
  return corrupt(section, layout_.place(section).length, "something is said to lie beyond the section's end");
}

}  // namespace waybill::segment
