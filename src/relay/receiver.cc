#include "relay/receiver.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/strings.h"

namespace waybill::relay {
namespace {

// A receiver that is away is asked again at least so often, since everything waits for it.
constexpr std::chrono::milliseconds kUnreachablePauseMax{30'000};
// A clock that is moved, as in tests, is noticed after so long.
constexpr std::chrono::milliseconds kWaitMax{200};
// Why an attempt failed, as it is kept.
constexpr std::size_t kProblemBytesMax = 200;

// As it is, unless it is long or no text; then as messages quote such.
std::string kept(const std::string& problem) {
  const bool is_plain = problem.size() <= kProblemBytesMax && base::is_utf8(problem);
  return is_plain ? problem : base::quoted_for_message(problem, kProblemBytesMax);
}

double chance_of(base::Random& random) {
  const auto bytes = random.bytes<sizeof(std::uint32_t)>();
  return static_cast<double>(base::get_le<std::uint32_t>(base::as_text(bytes), 0)) / 4'294'967'296.0;
}

}  // namespace

Receiver::Receiver(ReceiverSettings settings, const ReceiverParts& parts, std::function<void(Outcome)> report)
    : settings_(std::move(settings)),
      parts_(parts),
      report_(std::move(report)),
      schedule_(base::get_le<std::uint64_t>(base::as_text(parts.random.bytes<sizeof(std::uint64_t)>()), 0)) {}

Receiver::~Receiver() { stop(); }

void Receiver::start() {
  for (std::size_t i = 0; i < settings_.posts_max; ++i) {
    threads_.emplace_back("relay", [this] { work(); });
  }
}

void Receiver::stop() {
  {
    const base::MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

void Receiver::join() {
  for (base::Thread& thread : threads_) thread.join();
}

void Receiver::add(const Queued& queued) {
  // A time of another process's clock; one that was set back must not make a callback wait for years.
  const auto left = std::clamp(queued.retry - parts_.clock.now(), std::chrono::milliseconds(0), settings_.retry.most);
  const Waiting waiting{queued.number, queued.attempts, queued.bytes, queued.queued, parts_.clock.steady_now() + left};
  {
    const base::MutexLock lock(mutex_);
    schedule_.add(queued.callback.resource_sid, waiting);
  }
  changed_.notify_one();
}

void Receiver::clear() {
  const base::MutexLock lock(mutex_);
  schedule_.clear();
}

std::vector<std::int64_t> Receiver::on_their_way() const {
  const base::MutexLock lock(mutex_);
  return schedule_.numbers_on_their_way();
}

ReceiverStatus Receiver::status() const {
  const base::MutexLock lock(mutex_);
  return {settings_.address.url, true, schedule_.size(), schedule_.bytes(), schedule_.on_their_way(),
          schedule_.oldest(),    0,    delivered_,       failures_,         problem_};
}

void Receiver::work() {
  const std::unique_ptr<Poster> poster = parts_.make_poster();
  std::optional<QueueFile> file;
  while (const auto callback = next()) {
    const auto verdict = attempt(file, *poster, *callback);
    if (!verdict) {
      forget(callback->number);
      continue;
    }
    if (auto outcome = settle(*callback, *verdict)) report_(*std::move(outcome));
    // Another of the resource may have its turn now.
    changed_.notify_all();
  }
}

// Waits for a callback that is due; nothing at the end.
std::optional<Waiting> Receiver::next() {
  const base::MutexLock lock(mutex_);
  for (;;) {
    if (stopping_) return std::nullopt;
    const base::SteadyTime now = parts_.clock.steady_now();
    if (now >= unreachable_until_) {
      if (const auto callback = schedule_.take(now)) return callback;
    }
    const auto due = schedule_.next_due();
    if (!due) {
      changed_.wait(mutex_);
      continue;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(std::max(*due, unreachable_until_) - now);
    changed_.wait_for(mutex_, std::clamp(left, std::chrono::milliseconds(1), kWaitMax));
  }
}

// What came of posting it; nothing if it has been dropped from the file in the meantime.
std::optional<Verdict> Receiver::attempt(std::optional<QueueFile>& file, Poster& poster, const Waiting& callback) {
  // Trouble of our own says nothing of the receiver, and no pause of the others would mend it.
  const auto own_trouble = [](const base::Error& error) { return Verdict{false, true, {}, error.message()}; };
  if (!file) {
    auto opened = QueueFile::open(settings_.file, FileUse::kRead);
    if (!opened) return own_trouble(opened.error());
    file = *std::move(opened);
  }
  const auto queued = file->get(callback.number);
  if (!queued && queued.error().code() == base::ErrorCode::kNotFound) return std::nullopt;
  if (!queued) return own_trouble(queued.error());
  const auto token = parts_.auth_token_of(queued->callback.account_sid);
  if (!token) {
    return own_trouble(base::not_found("there is no Auth Token of account " + queued->callback.account_sid));
  }
  const auto headers = signed_headers(*token, settings_.address, queued->callback.form);
  if (!headers) return own_trouble(headers.error());
  return judge(poster.post(settings_.address.url, *headers, queued->callback.form));
}

void Receiver::forget(std::int64_t number) {
  const base::MutexLock lock(mutex_);
  schedule_.finish(number);
}

std::optional<Outcome> Receiver::settle(const Waiting& callback, const Verdict& verdict) {
  bool has_recovered = false;
  bool has_failed_first = false;
  std::optional<Outcome> outcome;
  {
    const base::MutexLock lock(mutex_);
    // An attempt that the end of the process cut off says nothing.
    if (stopping_ && !verdict.is_delivered) return std::nullopt;
    has_recovered = verdict.is_delivered && !problem_.empty();
    has_failed_first = !verdict.is_delivered && problem_.empty();
    problem_ = kept(verdict.problem);
    if (verdict.is_reachable) unreachable_times_ = 0;
    if (verdict.is_delivered) {
      ++delivered_;
      unreachable_until_ = {};
      schedule_.finish(callback.number);
      outcome = Delivered{callback.number};
    } else {
      outcome = settle_failure(callback, verdict);
    }
  }
  // Once for each time of trouble, not once for each attempt.
  const std::string url = url_for_log(settings_.address.url);
  if (has_recovered) parts_.log.info("receiver of forwarded callbacks accepts them again", {{"url", url}});
  if (has_failed_first) {
    parts_.log.warning("callback not accepted by the receiver; will retry",
                       {{"url", url}, {"problem", verdict.problem}});
  }
  return outcome;
}

std::optional<Outcome> Receiver::settle_failure(const Waiting& callback, const Verdict& verdict) {
  ++failures_;
  const base::WallTime now = parts_.clock.now();
  const std::chrono::milliseconds pause = pause_of(callback, verdict);
  if (now - callback.queued >= settings_.retry.give_up_after) {
    schedule_.finish(callback.number);
    return Changes::Death{callback.number, now, "given up: " + problem_};
  }
  schedule_.retry(callback.number, parts_.clock.steady_now() + pause);
  return Changes::Retry{callback.number, now + pause, problem_};
}

// How long the callback waits; where there was no answer at all, the others wait as well.
std::chrono::milliseconds Receiver::pause_of(const Waiting& callback, const Verdict& verdict) {
  const double chance = chance_of(parts_.random);
  if (verdict.is_reachable) {
    return std::max(pause_after(callback.attempts + 1, chance, settings_.retry), verdict.asked_pause);
  }
  const base::SteadyTime now = parts_.clock.steady_now();
  // Several posts may have been under way; their failures are one.
  if (now >= unreachable_until_) {
    RetryRules rules = settings_.retry;
    rules.most = std::min(rules.most, kUnreachablePauseMax);
    unreachable_until_ = now + pause_after(++unreachable_times_, chance, rules);
  }
  return std::chrono::ceil<std::chrono::milliseconds>(unreachable_until_ - now);
}

}  // namespace waybill::relay
