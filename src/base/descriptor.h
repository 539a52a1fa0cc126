#pragma once

#include <utility>

#include <unistd.h>

namespace waybill::base {

// A file descriptor of its owner's, which is closed at the end of a scope; negative: none.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }

  [[nodiscard]] int get() const { return value_; }
  // Gives it to the caller, who closes it.
  [[nodiscard]] int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

}  // namespace waybill::base
