#include <memory>
#include <string>

#include "api/shorthand.h"
#include "api/world.h"
#include "base/bytes.h"
#include "codec/json_scan.h"
#include "fuzz/target.h"
#include "http/request_reader.h"

namespace {

using namespace waybill;

constexpr std::size_t kNestingMax = 100;
// The store of a World keeps what it is given, so that one is not asked for ever.
constexpr int kRequestsMax = 5000;

// Those who ask mostly show something that is taken, so that fuzzing gets behind the door.
void add_credentials(http::Request& request) {
  if (request.header("Authorization")) return;
  const std::string basic = waybill::testing::expand_sids("AC~1") + ":token-of-AC~1";
  const bool is_administrator = request.path.starts_with("/admin/");
  request.headers.push_back(
      {"Authorization", is_administrator ? "Bearer token-of-the-administrator" : "Basic " + base::to_base64(basic)});
}

}  // namespace

// The whole way of a request, from its bytes to its answer, over the memory store: every answer is one of ours, a body
// that says it is JSON is JSON, and nothing but a 503 or 507 is the server's own fault.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static auto world = std::make_unique<waybill::testing::World>();
  static int requests = 0;
  if (++requests % kRequestsMax == 0) world->restore();
  const http::ServerLimits limits;
  http::RequestReader reader(limits);
  reader.begin();
  std::string bytes(fuzz::text_of(data, size));
  bytes.erase(0, reader.read(bytes));
  if (reader.state() != http::RequestReader::State::kWhole) return 0;
  http::Request request = reader.take();
  add_credentials(request);
  const http::Response answer = world->ask(std::move(request));
  CHECK(answer.status >= 200 && answer.status < 600);
  CHECK(answer.status < 500 || answer.status == 503 || answer.status == 507);
  CHECK(answer.header("Twilio-Request-Id").has_value());
  const std::string type(answer.header("Content-Type").value_or(""));
  if (!type.starts_with("application/json") || answer.body.empty()) return 0;
  codec::JsonChecker checker;
  CHECK(checker.check(answer.body, kNestingMax));
  return 0;
}
