#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::http {

// Whether an Accept-Encoding header lets us answer in gzip: it or "*" is named with a quality above zero. What does not
// parse as a quality counts as zero.
bool accepts_gzip(std::string_view accept_encoding);

// A gzip compressor that keeps its memory from body to body. Not for concurrent use.
class Gzip {
 public:
  Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  ~Gzip();

  // `body` compressed; nothing if that is not shorter.
  std::optional<std::string> compress(std::string_view body);

 private:
  struct Stream;
  const std::unique_ptr<Stream> stream_;
  std::string scratch_;
};

}  // namespace waybill::http
