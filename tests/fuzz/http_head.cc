#include <algorithm>
#include <string>

#include "fuzz/target.h"
#include "http/request_reader.h"

namespace {

using namespace waybill;

// Everything that a connection's bytes come to, as text.
std::string read_all(std::string_view bytes, std::size_t piece_bytes, const http::ServerLimits& limits) {
  http::RequestReader reader(limits);
  reader.begin();
  std::string out;
  std::string come;
  while (!bytes.empty()) {
    come += bytes.substr(0, piece_bytes);
    bytes.remove_prefix(std::min(piece_bytes, bytes.size()));
    for (bool goes_on = true; goes_on;) {
      const std::size_t taken = reader.read(come);
      CHECK(taken <= come.size());
      come.erase(0, taken);
      goes_on = false;
      if (reader.state() == http::RequestReader::State::kFailed) {
        // What of several faults is named depends on how much has come.
        CHECK(!reader.problem().detail.empty());
        return out + "failed";
      }
      if (reader.state() != http::RequestReader::State::kWhole) continue;
      const http::RequestTraits traits = reader.traits();
      const http::Request request = reader.take();
      CHECK(request.body.size() <= limits.body_bytes_max);
      CHECK(request.path.starts_with('/') || request.path == "*");
      out += std::string(http::to_text(request.method)) + " " + request.path + "?" + request.query + "\n";
      for (const http::Header& header : request.headers) out += header.name + ": " + header.value + "\n";
      out += request.body + (traits.keep_alive ? "\n" : "\nend\n");
      if (!traits.keep_alive) return out;
      reader.begin();
      goes_on = !come.empty();
    }
  }
  return out;
}

}  // namespace

// The HTTP grammar: the same requests, and a failure behind the same one, however the bytes come.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  http::ServerLimits limits;
  limits.target_bytes_max = 256;
  limits.header_bytes_max = 1024;
  limits.body_bytes_max = 2048;
  const std::string_view bytes = fuzz::text_of(data, size);
  const std::string whole = read_all(bytes, size + 1, limits);
  CHECK(whole == read_all(bytes, 1, limits));
  CHECK(whole == read_all(bytes, 5, limits));
  return 0;
}
