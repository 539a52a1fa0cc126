#include "http/held_answers.h"

namespace waybill::http {
namespace {

// The memory that an answer alone has: reserved room counts too.
std::size_t own_bytes_of(const Response& response) { return response.body.capacity(); }

std::size_t bytes_of(const SharedText& text) { return text.text.size() + text.deflated.size(); }

}  // namespace

std::optional<HeldAnswers::Share> HeldAnswers::hold(const Response& response) {
  const base::MutexLock lock(mutex_);
  const bool is_always_held = response.is_urgent || response.body_bytes() <= kSmallBytes;
  if (!is_always_held) {
    const SharedText* const text = response.body_end.get();
    const bool is_new_text = text != nullptr && !texts_.contains(text);
    if (!fits(response.owner, own_bytes_of(response) + (is_new_text ? bytes_of(*text) : 0))) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      return std::nullopt;
    }
  }
  return add(response);
}

void HeldAnswers::recount(Share& share, const Response& response) {
  const base::MutexLock lock(mutex_);
  // First what is new, so that a text that stays is not forgotten on the way.
  Share counted = add(response);
  if (share.answers_ != nullptr) subtract(share);
  share.swap(counted);
  counted.answers_ = nullptr;
}

void HeldAnswers::release(Share& share) {
  const base::MutexLock lock(mutex_);
  subtract(share);
  share.answers_ = nullptr;
}

bool HeldAnswers::fits(std::uint64_t owner, std::size_t bytes) const {
  const std::size_t bytes_max = bytes_max_.load(std::memory_order_relaxed);
  const std::size_t held = bytes_.load(std::memory_order_relaxed);
  // Alone an answer always goes, however small the bound.
  if (held == 0) return true;
  const std::size_t free = bytes_max > held ? bytes_max - held : 0;
  const auto at = by_owner_.find(owner);
  return (at == by_owner_.end() ? 0 : at->second) + bytes <= free;
}

// Takes memory first, and counts then, so that nothing stays counted if there is none.
HeldAnswers::Share HeldAnswers::add(const Response& response) {
  std::size_t& of_owner = by_owner_[response.owner];
  Text* const text = response.body_end ? &texts_[response.body_end.get()] : nullptr;
  Share share;
  share.answers_ = this;
  share.owner_ = response.owner;
  share.own_bytes_ = own_bytes_of(response);
  share.text_ = response.body_end;
  std::size_t bytes = share.own_bytes_;
  if (text != nullptr && text->answers++ == 0) {
    text->bytes = bytes_of(*share.text_);
    text->owner = share.owner_;
    bytes += text->bytes;
  }
  of_owner += bytes;
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
  return share;
}

void HeldAnswers::subtract(const Share& share) {
  uncount(share.owner_, share.own_bytes_);
  const auto at = texts_.find(share.text_.get());
  if (at == texts_.end() || --at->second.answers > 0) return;
  uncount(at->second.owner, at->second.bytes);
  texts_.erase(at);
}

void HeldAnswers::uncount(std::uint64_t owner, std::size_t bytes) {
  bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  const auto at = by_owner_.find(owner);
  if (at == by_owner_.end()) return;
  at->second -= bytes;
  if (at->second == 0) by_owner_.erase(at);
}

}  // namespace waybill::http
