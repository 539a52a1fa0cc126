#include <utility>

#include "base/check.h"
#include "http/server.h"

namespace waybill::http {

Reply::Reply(Send send, std::function<void()> on_drop) : send_(std::move(send)), on_drop_(std::move(on_drop)) {}

Reply::Reply(Reply&& other) noexcept
    : send_(std::exchange(other.send_, nullptr)), on_drop_(std::exchange(other.on_drop_, nullptr)) {}

Reply& Reply::operator=(Reply&& other) noexcept {
  if (this == &other) return *this;
  if (on_drop_) on_drop_();
  send_ = std::exchange(other.send_, nullptr);
  on_drop_ = std::exchange(other.on_drop_, nullptr);
  return *this;
}

Reply::~Reply() {
  if (on_drop_) on_drop_();
}

void Reply::send(Response response) {
  CHECK(send_);
  const Send send = std::exchange(send_, nullptr);
  on_drop_ = nullptr;
  send(std::move(response));
}

}  // namespace waybill::http
