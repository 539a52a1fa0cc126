#include "segment/paged_output.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"

namespace waybill::segment {
namespace {

// Whole pages, so that every page but the last is summed in one piece.
constexpr std::size_t kBufferBytes = 64 * kPageBytes;

std::string prologue(const FileKind& kind) {
  CHECK(kind.magic.size() == kMagicBytes);
  std::string out(kind.magic);
  base::put_le(out, kind.version);
  base::put_le(out, page_sum(out));
  return out;
}

}  // namespace

PagedOutput::PagedOutput(std::unique_ptr<base::OutputFile> file, FileIdentity identity)
    : file_(std::move(file)), identity_(std::move(identity)) {
  buffer_.reserve(kBufferBytes);
}

base::Result<std::unique_ptr<PagedOutput>> PagedOutput::create(base::FileSystem& files,
                                                               const std::filesystem::path& path, const FileKind& kind,
                                                               FileIdentity identity) {
  if (identity.replaces.size() > kReplacesMax) {
    return base::invalid_argument("a " + std::string(kind.name) + " may replace at most " +
                                  std::to_string(kReplacesMax) + " others, not " +
                                  std::to_string(identity.replaces.size()));
  }
  TRY_ASSIGN(auto file, files.create(path));
  std::unique_ptr<PagedOutput> output(
      new PagedOutput(std::move(file), std::move(identity)));  // NOLINT(bugprone-unhandled-exception-at-new)
  output->buffer_ = prologue(kind);
  return output;
}

base::Result<void> PagedOutput::append(std::string_view bytes) {
  while (buffer_.size() + bytes.size() >= kBufferBytes) {
    const std::size_t fits = kBufferBytes - buffer_.size();
    buffer_ += bytes.substr(0, fits);
    bytes.remove_prefix(fits);
    TRY(flush());
  }
  buffer_ += bytes;
  return {};
}

base::Result<void> PagedOutput::align() {
  constexpr std::string_view kZeros("\0\0\0\0\0\0\0", 7);
  return append(kZeros.substr(0, (8 - offset() % 8) % 8));
}

base::Result<void> PagedOutput::flush() {
  for (std::size_t at = 0; at < buffer_.size(); at += kPageBytes) {
    sums_.push_back(page_sum(std::string_view(buffer_).substr(at, kPageBytes)));
  }
  TRY(file_->append(buffer_));
  flushed_ += buffer_.size();
  buffer_.clear();
  return {};
}

base::Result<void> PagedOutput::finish(std::string_view summary) {
  CHECK(summary.size() <= kSummaryMax);
  TRY(align());
  const std::uint64_t data_bytes = offset();
  TRY(flush());
  std::string table;
  table.reserve(sums_.size() * 4 + kFooterBytes);
  for (const std::uint32_t sum : sums_) base::put_le(table, sum);
  std::string footer;
  base::put_le(footer, identity_.store_id);
  base::put_le(footer, identity_.number);
  base::put_le(footer, data_bytes);
  base::put_le(footer, base::hash64(table));
  base::put_le(footer, static_cast<std::uint32_t>(identity_.replaces.size()));
  base::put_le(footer, static_cast<std::uint32_t>(summary.size()));
  footer += summary;
  footer.resize(kFooterReplacesAt);
  for (const std::uint64_t number : identity_.replaces) base::put_le(footer, number);
  footer.resize(kFooterSumAt);
  base::put_le(footer, base::hash64(footer));
  TRY(file_->append(table + footer));
  return file_->sync();
}

}  // namespace waybill::segment
