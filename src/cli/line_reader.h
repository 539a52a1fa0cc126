#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace waybill::cli {

// Reads a file line by line; `-` is standard input. Not for concurrent use.
class LineReader {
 public:
  // kNotFound or kIo, naming the file.
  static base::Result<LineReader> open(const std::string& name);

  // Replaces `line` by the next one, without its newline; false at the end. kIo if reading fails, kTooLarge for a line
  // of more than kLineBytesMax bytes.
  base::Result<bool> next(std::string& line);

  // The number of the line that next() gave last, from 1.
  [[nodiscard]] std::uint64_t line_number() const { return line_number_; }

  static constexpr std::size_t kLineBytesMax = 16UL * 1024 * 1024;

 private:
  struct Close {
    void operator()(std::FILE* file) const;
  };
  LineReader(std::string name, std::FILE* file) : name_(std::move(name)), file_(file) {}
  base::Result<bool> fill();

  std::string name_;
  std::unique_ptr<std::FILE, Close> file_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::uint64_t line_number_ = 0;
};

// How many bytes the files have together; 0 if one of them does not say.
std::uint64_t total_bytes(const std::vector<std::string>& files);

}  // namespace waybill::cli
