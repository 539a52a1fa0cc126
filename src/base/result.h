#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/error.h"

namespace waybill::base {

// A value, or the Error that says why there is none. The members are those of std::expected<T, Error> under the same
// names (g++ 12 has that type only in C++23 mode, and without [[nodiscard]]), so this can become an alias one day.
// REQUIRES: has_value() before value(), * and ->; !has_value() before error(). A breach ends the process.
// E is another type only where a module's failures are not ours (api::ApiError).
template <class T, class E = Error>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  [[nodiscard]] T& value() & { return *checked_value(); }
  [[nodiscard]] const T& value() const& { return *checked_value(); }
  [[nodiscard]] T&& value() && { return std::move(*checked_value()); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*checked_value()); }
  T* operator->() { return checked_value(); }
  const T* operator->() const { return checked_value(); }

  [[nodiscard]] const E& error() const& { return *checked_error(); }
  [[nodiscard]] E&& error() && { return std::move(*const_cast<E*>(checked_error())); }

  template <class U>
  [[nodiscard]] T value_or(U&& fallback) const& {
    return has_value() ? value() : static_cast<T>(std::forward<U>(fallback));
  }

 private:
  T* checked_value() {
    CHECK(has_value());
    return std::get_if<0>(&state_);
  }
  [[nodiscard]] const T* checked_value() const {
    CHECK(has_value());
    return std::get_if<0>(&state_);
  }
  [[nodiscard]] const E* checked_error() const {
    CHECK(!has_value());
    return std::get_if<1>(&state_);
  }

  std::variant<T, E> state_;
};

// Success without a value, or the Error.
template <class E>
class [[nodiscard]] Result<void, E> {
 public:
  using value_type = void;

  Result() = default;
  Result(E error) : error_(std::move(error)) {}

  [[nodiscard]] bool has_value() const { return !error_.has_value(); }
  explicit operator bool() const { return has_value(); }

  [[nodiscard]] const E& error() const& {
    CHECK(!has_value());
    return *error_;
  }
  [[nodiscard]] E&& error() && {
    CHECK(!has_value());
    return std::move(*error_);
  }

 private:
  std::optional<E> error_;
};

}  // namespace waybill::base

#define WAYBILL_CONCAT_INNER(a, b) a##b
#define WAYBILL_CONCAT(a, b) WAYBILL_CONCAT_INNER(a, b)

// Ends the calling function with the error of `expression`, if it has one.
#define TRY(expression)                                                                    \
  do {                                                                                     \
    if (auto try_result = (expression); !try_result) return std::move(try_result).error(); \
  } while (false)

// Declares `declaration` from the value of `expression`, or ends the calling function with its error.
// NOLINTBEGIN(bugprone-macro-parentheses): a declaration in parentheses is none.
#define TRY_ASSIGN(declaration, expression) \
  TRY_ASSIGN_INNER(WAYBILL_CONCAT(try_result_, __LINE__), declaration, expression)
#define TRY_ASSIGN_INNER(result, declaration, expression) \
  auto result = (expression);                             \
  if (!(result)) return std::move(result).error();        \
  declaration = *std::move(result)
// NOLINTEND(bugprone-macro-parentheses)
