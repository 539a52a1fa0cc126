#include "relay/relay.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"

namespace waybill::relay {
namespace {

using base::Result;

// What was delivered may wait so long to leave the file, so that posting does not cost a sync each time; after a crash
// it is posted again.
constexpr std::chrono::milliseconds kOutcomePause{200};
// Forms that were posted lie in the write-ahead log until it is emptied.
constexpr std::chrono::milliseconds kIdlePause{5'000};
// Before the next try to write down outcomes, where the disk had no room.
constexpr std::chrono::milliseconds kFailurePause{1'000};

void add_outcome(Changes& changes, Outcome outcome) {
  if (const auto* const delivered = std::get_if<Delivered>(&outcome)) changes.delivered.push_back(delivered->number);
  if (auto* const retry = std::get_if<Changes::Retry>(&outcome)) changes.retried.push_back(std::move(*retry));
  if (auto* const death = std::get_if<Changes::Death>(&outcome)) changes.died.push_back(std::move(*death));
}

}  // namespace

Result<std::unique_ptr<Relay>> Relay::open(const std::filesystem::path& folder, RelaySettings settings,
                                           RelayParts parts) {
  const std::filesystem::path path = folder / kQueueFile;
  TRY_ASSIGN(QueueFile file, QueueFile::open(path, FileUse::kWrite));
  std::unique_ptr<Relay> relay(new Relay(std::move(file), path, std::move(settings), std::move(parts)));
  TRY(relay->load());
  for (const auto& receiver : relay->receivers_) receiver->start();
  relay->clerk_ = base::Thread("relay-clerk", [clerk = relay.get()] { clerk->work(); });
  return relay;
}

Relay::Relay(QueueFile file, const std::filesystem::path& path, RelaySettings settings, RelayParts parts)
    : settings_(std::move(settings)),
      parts_(std::move(parts)),
      make_poster_(
          parts_.make_poster
              ? parts_.make_poster
              : [this] { return make_http_poster(settings_.post_time_max, settings_.trust_file, is_stopping_); }),
      file_(std::move(file)) {
  const ReceiverParts shared{parts_.clock, parts_.random, parts_.log, parts_.auth_token_of, make_poster_};
  for (const ReceiverAddress& address : settings_.receivers) {
    receivers_.push_back(std::make_unique<Receiver>(
        ReceiverSettings{address, path, settings_.retry, settings_.posts_max}, shared, [this](Outcome outcome) {
          {
            const base::MutexLock lock(mutex_);
            outcomes_.push_back(std::move(outcome));
          }
          changed_.notify_one();
        }));
  }
}

Relay::~Relay() {
  is_stopping_ = true;
  for (const auto& receiver : receivers_) receiver->stop();
  // Their last outcomes come before the clerk's last commit.
  for (const auto& receiver : receivers_) receiver->join();
  {
    const base::MutexLock lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_one();
}

// Brings what the file holds to its receivers.
Result<void> Relay::load() {
  TRY_ASSIGN(next_number_, file_.next_number());
  return file_.for_each_queued([this](const Queued& queued) {
    if (Receiver* const receiver = find_receiver(queued.receiver)) return receiver->add(queued);
    ReceiverStatus& stranger = strangers_[queued.receiver];
    stranger.url = queued.receiver;
    stranger.is_configured = false;
    ++stranger.queued;
    stranger.queued_bytes += queued.bytes;
    stranger.problem = queued.problem;
    if (!stranger.oldest) stranger.oldest = queued.queued;
  });
}

Receiver* Relay::find_receiver(const std::string& url) const {
  for (const auto& receiver : receivers_) {
    if (receiver->url() == url) return receiver.get();
  }
  return nullptr;
}

void Relay::forward(Callback callback, std::function<void()> done) {
  bool is_taken = false;
  bool is_news = false;
  {
    const base::MutexLock lock(mutex_);
    const std::size_t bytes = callback.form.size();
    const bool has_room = arriving_bytes_ + bytes <= settings_.arriving_bytes_max;
    is_taken = stopped_.empty() && has_room;
    if (is_taken) {
      arriving_bytes_ += bytes;
      arrivals_.push_back({std::move(callback), std::exchange(done, nullptr)});
    } else {
      ++lost_;
      turned_away_ += has_room ? 0U : 1U;
      is_news = !has_room && !std::exchange(is_turning_away_, true);
    }
  }
  if (is_taken) return changed_.notify_one();
  if (is_news) {
    parts_.log.error("callbacks stored but not forwarded: too many await the disk",
                     {{"bytes_max", settings_.arriving_bytes_max}});
  }
  done();
}

RelayFigures Relay::figures() const {
  RelayFigures figures;
  {
    const base::MutexLock lock(mutex_);
    figures.lost = lost_;
    figures.turned_away = turned_away_;
    figures.arriving_bytes = arriving_bytes_;
  }
  for (const auto& receiver : receivers_) {
    const ReceiverStatus status = receiver->status();
    figures.queued += status.queued;
    figures.queued_bytes += status.queued_bytes;
  }
  return figures;
}

// ---- the clerk

void Relay::work() {
  for (;;) {
    Work work = wait_for_work();
    if (work.is_idle) {
      // Where it fails, the forms lie there for longer.
      static_cast<void>(file_.tidy().has_value());
      continue;
    }
    write(work);
    for (const Job& job : work.jobs) job(file_);
    if (work.is_last) return;
  }
}

Relay::Work Relay::wait_for_work() {
  const base::MutexLock lock(mutex_);
  const auto is_urgent = [this]() REQUIRES_LOCK(mutex_) { return is_ending_ || !arrivals_.empty() || !jobs_.empty(); };
  const bool has_unwritten = !unwritten_.empty() && stopped_.empty();
  while (!is_urgent() && outcomes_.empty() && !has_unwritten) {
    if (is_tidy_) {
      changed_.wait(mutex_);
      continue;
    }
    changed_.wait_for(mutex_, kIdlePause);
    if (is_urgent() || !outcomes_.empty()) break;
    is_tidy_ = true;
    Work idle;
    idle.is_idle = true;
    return idle;
  }
  // More outcomes may come, to share the commit.
  if (!is_urgent()) changed_.wait_for(mutex_, has_unwritten ? kFailurePause : kOutcomePause);
  is_tidy_ = false;
  arriving_bytes_ = 0;
  is_turning_away_ = false;
  return {std::exchange(arrivals_, {}), std::exchange(outcomes_, {}), std::exchange(jobs_, {}), false, is_ending_};
}

// Commits what has come and what has been posted, together.
void Relay::write(Work& work) {
  const bool has_stopped = [this] {
    const base::MutexLock lock(mutex_);
    return !stopped_.empty();
  }();
  if (!has_stopped) {
    const Changes changes = changes_of(work);
    if (!changes.empty()) settle(changes, file_.commit(changes, settings_.dead));
  }
  for (const Arrival& arrival : work.arrivals) arrival.done();
}

Changes Relay::changes_of(Work& work) {
  Changes changes;
  for (Outcome& outcome : unwritten_) add_outcome(changes, std::move(outcome));
  unwritten_.clear();
  for (Outcome& outcome : work.outcomes) add_outcome(changes, std::move(outcome));
  const base::WallTime now = parts_.clock.now();
  std::vector<ReceiverStatus> statuses;
  for (const auto& receiver : receivers_) statuses.push_back(receiver->status());
  for (Arrival& arrival : work.arrivals) place(arrival.callback, now, statuses, changes);
  return changes;
}

// Into every receiver's queue, or to its dead letters where that is full.
void Relay::place(const Callback& callback, base::WallTime now, std::vector<ReceiverStatus>& statuses,
                  Changes& changes) {
  const std::size_t bytes = callback.form.size();
  for (ReceiverStatus& status : statuses) {
    const bool is_full =
        status.queued >= settings_.queue_max || status.queued_bytes + bytes > settings_.queue_bytes_max;
    note_full(status, is_full);
    if (is_full) {
      changes.refused.push_back({0, status.url, callback, now, 0, now, "the queue was full"});
      continue;
    }
    ++status.queued;
    status.queued_bytes += bytes;
    changes.added.push_back({next_number_++, status.url, callback, static_cast<std::uint32_t>(bytes), now, 0, now, ""});
  }
}

void Relay::note_full(const ReceiverStatus& status, bool is_full) {
  bool& was_full = is_full_[status.url];
  if (is_full && !was_full) {
    parts_.log.warning("forwarding queue is full; new callbacks become dead letters",
                       {{"url", url_for_log(status.url)}, {"queued", status.queued}});
  }
  was_full = is_full;
}

// After the commit.
void Relay::settle(const Changes& changes, const Result<std::size_t>& done) {
  if (!done) return note_failure(changes, done.error());
  is_failing_ = false;
  for (const Queued& queued : changes.added) find_receiver(queued.receiver)->add(queued);
  if (!changes.died.empty()) {
    parts_.log.warning("callbacks moved to the dead letters",
                       {{"callbacks", changes.died.size()}, {"reason", changes.died.back().reason}});
  }
  if (*done != 0) {
    parts_.log.warning("too many dead letters; the oldest were dropped", {{"dropped", *done}});
  }
}

void Relay::note_failure(const Changes& changes, const base::Error& error) {
  for (const std::int64_t number : changes.delivered) unwritten_.emplace_back(Delivered{number});
  for (const Changes::Retry& retry : changes.retried) unwritten_.emplace_back(retry);
  for (const Changes::Death& death : changes.died) unwritten_.emplace_back(death);
  // Room may come; but what the disk holds after it has failed is not known.
  const bool is_final = error.code() != base::ErrorCode::kStorageFull && error.code() != base::ErrorCode::kBusy;
  {
    const base::MutexLock lock(mutex_);
    lost_ += changes.added.size() + changes.refused.size();
    if (is_final) stopped_ = error.message();
  }
  if (is_final || !std::exchange(is_failing_, true)) {
    parts_.log.error(is_final ? "the queue of forwarded callbacks failed; nothing is forwarded until the next start"
                              : "callbacks cannot be queued for forwarding at present",
                     {{"reason", error.message()}});
  }
  if (!is_final) return;
  for (const auto& receiver : receivers_) receiver->stop();
}

// Has the clerk answer, on whose thread alone the file is written.
template <class T>
Result<T> Relay::ask_clerk(std::function<Result<T>(QueueFile&)> question) {
  std::optional<Result<T>> answer;
  base::Mutex mutex;
  base::Condition answered;
  {
    const base::MutexLock lock(mutex_);
    jobs_.emplace_back([&](QueueFile& file) {
      Result<T> found = question(file);
      const base::MutexLock answer_lock(mutex);
      answer = std::move(found);
      answered.notify_one();
    });
  }
  changed_.notify_one();
  const base::MutexLock lock(mutex);
  while (!answer) answered.wait(mutex);
  return *std::move(answer);
}

Result<void> Relay::enqueue(std::vector<Callback> callbacks, const std::string& receiver) {
  return ask_clerk<void>([&](QueueFile& file) { return enqueue_now(file, callbacks, receiver); });
}

Result<void> Relay::enqueue_now(QueueFile& file, const std::vector<Callback>& callbacks, const std::string& receiver) {
  {
    const base::MutexLock lock(mutex_);
    if (!stopped_.empty()) return base::unavailable("the queue of forwarded callbacks has failed: " + stopped_);
  }
  if (!receiver.empty() && find_receiver(receiver) == nullptr) {
    return base::not_found("nothing is forwarded to " + base::quoted_for_message(receiver));
  }
  std::size_t bytes = 0;
  for (const Callback& callback : callbacks) bytes += callback.form.size();
  const base::WallTime now = parts_.clock.now();
  std::int64_t number = next_number_;
  Changes changes;
  for (const auto& each : receivers_) {
    if (!receiver.empty() && each->url() != receiver) continue;
    const ReceiverStatus status = each->status();
    if (status.queued + callbacks.size() > settings_.queue_max ||
        status.queued_bytes + bytes > settings_.queue_bytes_max) {
      return base::busy("the queue of forwarded callbacks has no room for these");
    }
    for (const Callback& callback : callbacks) {
      const auto form_bytes = static_cast<std::uint32_t>(callback.form.size());
      changes.added.push_back({number++, each->url(), callback, form_bytes, now, 0, now, ""});
    }
  }
  TRY(file.commit(changes, settings_.dead));
  next_number_ = number;
  for (const Queued& queued : changes.added) find_receiver(queued.receiver)->add(queued);
  return {};
}

Result<RelayStatus> Relay::status() {
  return ask_clerk<RelayStatus>([this](QueueFile& file) -> Result<RelayStatus> {
    TRY_ASSIGN(auto dead, file.dead_counts());
    RelayStatus status;
    for (const auto& receiver : receivers_) status.receivers.push_back(receiver->status());
    for (const auto& [url, stranger] : strangers_) status.receivers.push_back(stranger);
    for (ReceiverStatus& receiver : status.receivers) {
      receiver.dead = dead[receiver.url];
      dead.erase(receiver.url);
    }
    for (const auto& [url, count] : dead) {
      ReceiverStatus& stranger = status.receivers.emplace_back();
      stranger.url = url;
      stranger.is_configured = false;
      stranger.dead = count;
    }
    const base::MutexLock lock(mutex_);
    status.lost = lost_;
    status.stopped = stopped_;
    return status;
  });
}

Result<std::vector<DeadLetter>> Relay::dead(const DeadFilter& filter, std::size_t limit) {
  return ask_clerk<std::vector<DeadLetter>>([&](QueueFile& file) { return file.dead(filter, limit); });
}

Result<std::size_t> Relay::drop_dead(const DeadFilter& filter) {
  return ask_clerk<std::size_t>([&](QueueFile& file) { return file.drop_dead(filter); });
}

Result<std::size_t> Relay::revive(const DeadFilter& filter) {
  return ask_clerk<std::size_t>([&](QueueFile& file) -> Result<std::size_t> {
    std::size_t count = 0;
    for (const auto& receiver : receivers_) {
      if (!filter.receiver.empty() && filter.receiver != receiver->url()) continue;
      const std::size_t queued = receiver->status().queued;
      const std::size_t room = settings_.queue_max - std::min(queued, settings_.queue_max);
      TRY_ASSIGN(const auto revived,
                 file.revive({receiver->url(), filter.numbers}, room, next_number_, parts_.clock.now()));
      next_number_ += static_cast<std::int64_t>(revived.size());
      for (const Queued& each : revived) receiver->add(each);
      count += revived.size();
    }
    return count;
  });
}

Result<std::size_t> Relay::drop_queued(const std::string& url) {
  return ask_clerk<std::size_t>([&](QueueFile& file) -> Result<std::size_t> {
    std::vector<std::int64_t> kept;
    for (const auto& receiver : receivers_) {
      const auto numbers = receiver->on_their_way();
      kept.insert(kept.end(), numbers.begin(), numbers.end());
    }
    TRY_ASSIGN(const std::size_t dropped, file.drop_queued(url, kept));
    // What has set out in between is not in the file any more, and is not posted again.
    for (const auto& receiver : receivers_) {
      if (url.empty() || receiver->url() == url) receiver->clear();
    }
    std::erase_if(strangers_, [&](const auto& stranger) { return url.empty() || stranger.first == url; });
    return dropped;
  });
}

}  // namespace waybill::relay
