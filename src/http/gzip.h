#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

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

  // A body that ends with a shared text, compressed: `beginning`, the text's own compressed form, and `end`.
  struct Joined {
    std::string beginning;
    std::array<char, 8> end;
  };
  // `body` and what follows it; nothing if that is not shorter. Costs no more than compressing `body` alone.
  std::optional<Joined> compress(std::string_view body, const SharedText& body_end);

  // `text` with its compressed form.
  SharedText make_shared_text(std::string text);

 private:
  struct Stream;
  enum class Form { kGzip, kFirstPart, kLastPart };
  // The length of `text` compressed into scratch_; nothing if it would have been more than `room`.
  std::optional<std::size_t> deflate(std::string_view text, Form form, std::size_t room);
  std::optional<std::size_t> deflate_part(std::string_view text, std::size_t room);
  void give_back_scratch();
  const std::unique_ptr<Stream> stream_;
  std::string scratch_;
};

}  // namespace waybill::http
