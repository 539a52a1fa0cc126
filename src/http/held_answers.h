#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/mutex.h"
#include "http/message.h"

namespace waybill::http {

// Bytes of answers that wait until their clients read them, of all connections together. Answers of one owner
// (Response::owner) may never take more than is left free, so that a client that reads nothing leaves room for the
// others: one owner has half of the limit at most, two a third each. Text that answers share counts once. Safe for
// concurrent use.
class HeldAnswers {
 public:
  // Answers up to this length are never refused, nor counted unless they have to wait.
  static constexpr std::size_t kSmallBytes = 16UL * 1024;

  explicit HeldAnswers(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  HeldAnswers(const HeldAnswers&) = delete;
  HeldAnswers& operator=(const HeldAnswers&) = delete;
  ~HeldAnswers() = default;

  // In force for answers that come from now on.
  void set_bytes_max(std::size_t bytes_max) { bytes_max_.store(bytes_max, std::memory_order_relaxed); }

  // What one answer takes; given back when this is destroyed. The HeldAnswers must outlive it.
  class Share {
   public:
    Share() = default;
    Share(Share&& other) noexcept { swap(other); }
    Share& operator=(Share&& other) noexcept {
      Share(std::move(other)).swap(*this);
      return *this;
    }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share() {
      if (answers_ != nullptr) answers_->release(*this);
    }

   private:
    friend class HeldAnswers;
    void swap(Share& other) noexcept {
      std::swap(answers_, other.answers_);
      std::swap(owner_, other.owner_);
      std::swap(own_bytes_, other.own_bytes_);
      std::swap(text_, other.text_);
    }
    HeldAnswers* answers_ = nullptr;
    std::uint64_t owner_ = 0;
    std::size_t own_bytes_ = 0;
    std::shared_ptr<const SharedText> text_;
  };

  // A share for an answer; nothing if that would be too much, which is counted. Small and urgent answers always get
  // one.
  [[nodiscard]] std::optional<Share> hold(const Response& response);

  // Counts an answer that must wait whatever it takes, in place of the share it had. Call it again when it has changed.
  void recount(Share& share, const Response& response);

  // What is held now, and how often an answer was refused.
  [[nodiscard]] std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  // A text that several answers may end with: counted for the owner who came first, as long as there is one.
  struct Text {
    std::size_t answers = 0;
    std::size_t bytes = 0;
    std::uint64_t owner = 0;
  };

  void release(Share& share);
  [[nodiscard]] bool fits(std::uint64_t owner, std::size_t bytes) const REQUIRES_LOCK(mutex_);
  Share add(const Response& response) REQUIRES_LOCK(mutex_);
  void subtract(const Share& share) REQUIRES_LOCK(mutex_);
  void uncount(std::uint64_t owner, std::size_t bytes) REQUIRES_LOCK(mutex_);

  std::atomic<std::size_t> bytes_max_;
  std::atomic<std::size_t> bytes_ = 0;  // written under the lock
  std::atomic<std::uint64_t> refused_ = 0;

  base::Mutex mutex_;

  std::unordered_map<std::uint64_t, std::size_t> by_owner_ GUARDED_BY(mutex_);
  std::unordered_map<const SharedText*, Text> texts_ GUARDED_BY(mutex_);
};

}  // namespace waybill::http
