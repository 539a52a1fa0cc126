#include "http/gunzip.h"

#include <algorithm>
#include <limits>

#include <zlib.h>

#include "base/check.h"

namespace waybill::http {
namespace {

// zlib's sign for gzip's head and end around the stream.
constexpr int kGzipWindow = 16 + MAX_WBITS;
constexpr std::size_t kStepBytes = 256UL * 1024;

void skip_zeros(z_stream& stream) {
  while (stream.avail_in > 0 && *stream.next_in == 0) {
    ++stream.next_in;
    --stream.avail_in;
  }
}

class Inflater {
 public:
  Inflater() { CHECK(inflateInit2(&stream_, kGzipWindow) == Z_OK); }  // out of memory
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
};

}  // namespace

base::Result<std::string> gunzip(std::string_view body, std::size_t bytes_max) {
  if (body.size() > std::numeric_limits<uInt>::max()) return base::too_large("the body is too long for gzip");
  Inflater inflater;
  z_stream& stream = inflater.stream();
  // The library only reads its input, and does not say so.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  std::string out;
  for (;;) {
    const std::size_t done = out.size();
    if (done > bytes_max)
      return base::too_large("the body inflates to more than " + std::to_string(bytes_max) + " bytes");
    out.resize(done + std::min(kStepBytes, bytes_max - done + 1));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + done);
    stream.avail_out = static_cast<uInt>(out.size() - done);
    const int result = inflate(&stream, Z_NO_FLUSH);
    out.erase(out.size() - stream.avail_out);
    // Another member may follow the one that ended; zeros behind it are padding.
    if (result == Z_STREAM_END) skip_zeros(stream);
    if (result == Z_STREAM_END && stream.avail_in > 0) {
      CHECK(inflateReset(&stream) == Z_OK);
      continue;
    }
    if (result == Z_STREAM_END) break;
    if (result != Z_OK) return base::corruption("the body is not gzip, or is cut short");
  }
  if (out.size() > bytes_max)
    return base::too_large("the body inflates to more than " + std::to_string(bytes_max) + " bytes");
  return out;
}

}  // namespace waybill::http
