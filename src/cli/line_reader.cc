#include "cli/line_reader.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/files.h"

namespace waybill::cli {
namespace {

constexpr std::size_t kReadBytes = 1024UL * 1024;

}  // namespace

void LineReader::Close::operator()(std::FILE* file) const {
  if (file != stdin) std::fclose(file);
}

base::Result<LineReader> LineReader::open(const std::string& name) {
  std::FILE* const file = name == "-" ? stdin : std::fopen(name.c_str(), "rbe");
  if (file == nullptr) return base::last_system_error("reading", name);
  return LineReader(name, file);
}

base::Result<bool> LineReader::next(std::string& line) {
  for (;;) {
    const std::size_t end = buffer_.find('\n', at_);
    const std::size_t length = std::min(end, buffer_.size()) - at_;
    if (length > kLineBytesMax) {
      return base::too_large(name_ + ": line " + std::to_string(line_number_ + 1) + ": is longer than " +
                             std::to_string(kLineBytesMax) + " bytes");
    }
    if (end != std::string::npos) {
      line.assign(buffer_, at_, length);
      at_ = end + 1;
      ++line_number_;
      return true;
    }
    TRY_ASSIGN(const bool more, fill());
    if (more) continue;
    if (at_ == buffer_.size()) return false;
    // The last line of a file may lack its newline.
    line = std::exchange(buffer_, {}).substr(at_);
    at_ = 0;
    ++line_number_;
    return true;
  }
}

// Reads more behind what is left of the buffer; false at the end of the file.
base::Result<bool> LineReader::fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  const std::size_t have = buffer_.size();
  buffer_.resize(have + kReadBytes);
  const std::size_t read = std::fread(buffer_.data() + have, 1, kReadBytes, file_.get());
  buffer_.resize(have + read);
  if (read == 0 && std::ferror(file_.get()) != 0) return base::last_system_error("reading", name_);
  return read > 0;
}

std::uint64_t total_bytes(const std::vector<std::string>& files) {
  std::uint64_t total = 0;
  for (const std::string& file : files) {
    std::error_code error;
    const std::uintmax_t bytes = std::filesystem::file_size(file, error);
    if (error) return 0;
    total += bytes;
  }
  return total;
}

}  // namespace waybill::cli
