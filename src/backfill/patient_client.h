#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "backfill/pause.h"
#include "backfill/retry.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "http/client.h"

namespace waybill::backfill {

struct CallOptions {
  RetryRules retry;
  double requests_per_second = 10;  // at most; 0: as many as go
  std::chrono::milliseconds request_time_max{60'000};
  std::string user;
  std::string password;
  std::filesystem::path trust_file;  // as http::ClientOptions has it
};

// What the process lends.
struct CallParts {
  const base::Clock& clock;
  base::Random& random;
  Pause& pause;
};

// A request and its body.
struct Call {
  http::Method method = http::Method::kGet;
  std::string url;
  std::vector<http::Header> headers;
  std::string body;
  // Whether it may be sent again although it may have been done: asked once it has failed. Empty: it may.
  std::function<bool()> may_repeat = nullptr;
};

// An answer, and what its times tell.
struct Answer {
  http::Response response;
  // When the request was sent, by the earlier of our clock and the other's: what the answer cannot tell came later.
  base::WallTime asked;
};

// An HTTP client that takes no first no: it keeps to a rate, waits as 429 and Retry-After say, and tries again after
// 5xx, time-outs and answers that make no sense. Waits and transfers end at once when its pause is stopped. Not for
// concurrent use.
class PatientClient {
 public:
  // What is wrong with an answer of status 2xx, if anything is: a part of it is missing, say. It is then asked for
  // again.
  using Check = std::function<std::optional<base::Error>(const http::Response&)>;
  // That it waits, and why.
  using OnWait = std::function<void(std::chrono::milliseconds, const std::string&)>;

  PatientClient(CallOptions options, const CallParts& parts);
  void set_on_wait(OnWait on_wait) { on_wait_ = std::move(on_wait); }

  // The answer, if its status is below 500 and not 429, with which `check` is content. kUnavailable, with the last
  // trouble, when it has given up or is stopped, kStorageFull if that was a 507; otherwise as http::Client.
  base::Result<Answer> send(const Call& call, const Check& check);

  [[nodiscard]] std::uint64_t requests() const { return requests_; }

 private:
  struct Failure {
    Trouble trouble = Trouble::kFailed;
    std::optional<std::chrono::milliseconds> asked_wait;
    base::Error error;
  };
  [[nodiscard]] std::optional<Failure> judge(const base::Result<http::Response>& response, const Check& check) const;
  base::Result<void> keep_to_rate();
  double chance();

  const CallOptions options_;
  const CallParts parts_;
  http::Client client_;
  OnWait on_wait_;
  std::optional<base::SteadyTime> sent_;
  bool reached_ = false;
  std::uint64_t requests_ = 0;
};

// The `message` of an error's JSON body, or the status alone, for a person.
std::string message_of(const http::Response& response);

}  // namespace waybill::backfill
