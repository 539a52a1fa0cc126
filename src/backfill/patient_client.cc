#include "backfill/patient_client.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/strings.h"
#include "codec/json_scan.h"
#include "http/date.h"

namespace waybill::backfill {
namespace {

using base::Result;
using std::chrono::milliseconds;

constexpr int kTooManyRequests = 429;
constexpr int kRequestTimeout = 408;
constexpr int kServerError = 500;
constexpr int kInsufficientStorage = 507;

base::Error stopped() { return base::unavailable("stopped"); }

http::ClientOptions client_options(const CallOptions& options, Pause& pause) {
  http::ClientOptions client;
  client.connect_time_max = std::min(client.connect_time_max, options.request_time_max);
  client.request_time_max = options.request_time_max;
  client.user = options.user;
  client.password = options.password;
  client.trust_file = options.trust_file;
  client.is_given_up = [&pause] { return pause.is_stopped(); };
  return client;
}

// The other's clock, when the answer was made, in whole seconds; ours where it tells none.
base::WallTime asked_at(base::WallTime sent, base::WallTime received, const http::Response& response) {
  const auto date = response.header("Date");
  const auto theirs = date ? http::parse_date(*date) : std::nullopt;
  return theirs ? std::min(sent, sent + (*theirs - received)) : sent;
}

}  // namespace

std::string message_of(const http::Response& response) {
  std::string text = std::to_string(response.status);
  codec::JsonChecker checker;
  constexpr std::size_t kNestingMax = 16;
  const auto body = checker.check(response.body, kNestingMax);
  if (!body || !body->is_object()) return text;
  for (codec::MemberScanner scan(*body); scan.next();) {
    if (scan.name() != "message") continue;
    if (const auto message = scan.value().string()) text += ": " + base::quoted_for_message(*message, 300);
  }
  return text;
}

PatientClient::PatientClient(CallOptions options, const CallParts& parts)
    : options_(std::move(options)), parts_(parts), client_(client_options(options_, parts.pause)) {}

Result<Answer> PatientClient::send(const Call& call, const Check& check) {
  Retries retries(options_.retry, reached_);
  for (;;) {
    TRY(keep_to_rate());
    const base::WallTime sent = parts_.clock.now();
    ++requests_;
    auto response = client_.send(call.method, call.url, call.headers, call.body);
    if (parts_.pause.is_stopped()) return stopped();
    if (!response && response.error().code() != base::ErrorCode::kUnavailable) return std::move(response).error();
    reached_ = reached_ || response.has_value();
    const auto failure = judge(response, check);
    if (!failure) return Answer{*response, asked_at(sent, parts_.clock.now(), *response)};
    const bool was_refused = failure->trouble == Trouble::kRefused;
    if (!was_refused && call.may_repeat && !call.may_repeat()) return failure->error;
    const auto wait = retries.after(failure->trouble, failure->asked_wait, chance());
    if (!wait) return failure->error;
    if (on_wait_) on_wait_(*wait, failure->error.message());
    if (!parts_.pause.wait(*wait)) return stopped();
  }
}

// What makes a request be sent again; nothing if its answer is one.
std::optional<PatientClient::Failure> PatientClient::judge(const Result<http::Response>& response,
                                                           const Check& check) const {
  if (!response) return Failure{Trouble::kNoAnswer, std::nullopt, response.error()};
  const int status = response->status;
  if (status >= kServerError || status == kTooManyRequests || status == kRequestTimeout) {
    const auto asked = response->header("Retry-After");
    const std::string message = "it answered " + message_of(*response);
    return Failure{status == kTooManyRequests ? Trouble::kRefused : Trouble::kFailed,
                   asked ? parse_retry_after(*asked, parts_.clock.now()) : std::nullopt,
                   status == kInsufficientStorage ? base::storage_full(message) : base::unavailable(message)};
  }
  if (status < 200 || status > 299) return std::nullopt;
  if (auto wrong = check(*response)) return Failure{Trouble::kFailed, std::nullopt, *std::move(wrong)};
  return std::nullopt;
}

Result<void> PatientClient::keep_to_rate() {
  if (parts_.pause.is_stopped()) return stopped();
  const base::SteadyTime now = parts_.clock.steady_now();
  if (sent_ && options_.requests_per_second > 0) {
    const std::chrono::duration<double> apart(1 / options_.requests_per_second);
    const auto wait = std::chrono::ceil<milliseconds>(*sent_ + apart - now);
    if (wait.count() > 0 && !parts_.pause.wait(wait)) return stopped();
  }
  sent_ = parts_.clock.steady_now();
  return {};
}

double PatientClient::chance() {
  constexpr double kBytes = 65'536;
  const auto bytes = parts_.random.bytes<2>();
  return (bytes[0] * 256.0 + bytes[1]) / kBytes;
}

}  // namespace waybill::backfill
