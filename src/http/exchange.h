#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/mutex.h"
#include "http/held_answers.h"
#include "http/message.h"

namespace waybill::http {

// Where a Reply, on whatever thread, hands its answer to the connection that waits for it, which may be gone by then.
class Exchange {
 public:
  // What became of it.
  struct Outcome {
    std::optional<Response> response;  // unset if none was sent
    HeldAnswers::Share share;          // what the response takes
    bool is_too_much = false;          // one was sent, and is gone, since HeldAnswers has no room for it
    bool is_out_of_memory = false;     // the same, since memory has run out
  };

  // `wake` is called on the answering thread, at most once, if the answer comes after wait_for_answer() and before
  // close(). It must not call back into the exchange, and must be quick. `answers` must live until close().
  Exchange(std::function<void()> wake, HeldAnswers& answers) : wake_(std::move(wake)), answers_(answers) {}

  // From the Reply: the answer, or nothing if it was dropped. Only the first call counts.
  void answer(std::optional<Response> response);

  // From the connection: whether the answer is still to come, and `wake` will tell.
  bool wait_for_answer();
  // From the connection: the answer, if one was sent. No answer is accepted, and neither `wake` nor `answers` touched,
  // from then on.
  Outcome close();

 private:
  void take(Response response) REQUIRES_LOCK(mutex_);

  const std::function<void()> wake_;
  HeldAnswers& answers_;

  base::Mutex mutex_;

  bool is_open_ GUARDED_BY(mutex_) = true;
  bool is_answered_ GUARDED_BY(mutex_) = false;
  bool is_awaited_ GUARDED_BY(mutex_) = false;
  Outcome outcome_ GUARDED_BY(mutex_);
};

}  // namespace waybill::http
