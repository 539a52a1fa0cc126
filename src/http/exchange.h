#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/mutex.h"
#include "http/message.h"

namespace waybill::http {

// Where a Reply, on whatever thread, hands its answer to the connection that waits for it, which may be gone by then.
class Exchange {
 public:
  // `wake` is called on the answering thread, at most once, if the answer comes after wait_for_answer() and before
  // close(). It must not call back into the exchange, and must be quick.
  explicit Exchange(std::function<void()> wake) : wake_(std::move(wake)) {}

  // From the Reply: the answer, or nothing if it was dropped. Only the first call counts.
  void answer(std::optional<Response> response);

  // From the connection: whether the answer is still to come, and `wake` will tell.
  bool wait_for_answer();
  // From the connection: the answer, if one was sent. No answer is accepted, and `wake` not called, from then on.
  std::optional<Response> close();

 private:
  const std::function<void()> wake_;

  base::Mutex mutex_;

  bool is_open_ GUARDED_BY(mutex_) = true;
  bool is_answered_ GUARDED_BY(mutex_) = false;
  bool is_awaited_ GUARDED_BY(mutex_) = false;
  std::optional<Response> response_ GUARDED_BY(mutex_);
};

}  // namespace waybill::http
