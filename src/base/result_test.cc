#include "base/result.h"

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace waybill::base {
namespace {

// Returns its argument, or the error that a negative one is.
Result<int> natural(int value) {
  if (value < 0) return invalid_argument("negative");
  return value;
}

Result<void> must_be_natural(int value) {
  TRY(natural(value));
  return {};
}

Result<std::string> sum_text(int a, int b) {
  TRY_ASSIGN(const int first, natural(a));
  TRY_ASSIGN(const int second, natural(b));
  return std::to_string(first + second);
}

Result<std::unique_ptr<int>> boxed(int value) {
  TRY(must_be_natural(value));
  return std::make_unique<int>(value);
}

Result<int> unboxed(int value) {
  TRY_ASSIGN(const std::unique_ptr<int> box, boxed(value));
  return *box;
}

TEST(Result, holds_a_value_or_an_error) {
  const Result<int> good = natural(7);
  ASSERT_TRUE(good);
  EXPECT_TRUE(good.has_value());
  EXPECT_EQ(*good, 7);
  EXPECT_EQ(good.value_or(1), 7);

  const Result<int> bad = natural(-7);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error(), invalid_argument("negative"));
  EXPECT_EQ(bad.value_or(1), 1);
}

TEST(Result, try_passes_errors_on_and_values_through) {
  EXPECT_TRUE(must_be_natural(0));
  EXPECT_EQ(must_be_natural(-1).error(), invalid_argument("negative"));
  EXPECT_EQ(sum_text(1, 2).value(), "3");
  EXPECT_EQ(sum_text(-1, 2).error(), invalid_argument("negative"));
  EXPECT_EQ(sum_text(1, -2).error(), invalid_argument("negative"));
}

TEST(Result, moves_what_cannot_be_copied) {
  EXPECT_EQ(unboxed(5).value(), 5);
  EXPECT_FALSE(unboxed(-5));
  std::unique_ptr<int> taken = boxed(6).value();
  EXPECT_EQ(*taken, 6);
}

TEST(Result, void_is_success_or_an_error) {
  const Result<void> good;
  EXPECT_TRUE(good.has_value());
  Result<void> bad = not_found("nowhere");
  ASSERT_FALSE(bad);
  const Error taken = std::move(bad).error();
  EXPECT_EQ(taken, not_found("nowhere"));
}

TEST(Result, reaching_for_what_is_not_there_ends_the_process) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(static_cast<void>(natural(-1).value()), "broken invariant: has_value");
  EXPECT_DEATH(static_cast<void>(natural(1).error()), "broken invariant: !has_value");
  EXPECT_DEATH(static_cast<void>(must_be_natural(1).error()), "broken invariant: !has_value");
}

TEST(Error, gathers_what_was_being_done_from_the_inside_out) {
  const Error inner = corruption("bad checksum");
  const Error outer = inner.while_doing("reading block 3").while_doing("listing");
  EXPECT_EQ(outer, corruption("listing: reading block 3: bad checksum"));
  EXPECT_NE(outer, inner);
  EXPECT_NE(inner, io_error("bad checksum"));
}

TEST(Error, each_maker_gives_its_code) {
  const std::pair<Error, ErrorCode> cases[] = {
      {invalid_argument(""), ErrorCode::kInvalidArgument},
      {not_found(""), ErrorCode::kNotFound},
      {conflict(""), ErrorCode::kConflict},
      {too_large(""), ErrorCode::kTooLarge},
      {busy(""), ErrorCode::kBusy},
      {unavailable(""), ErrorCode::kUnavailable},
      {storage_full(""), ErrorCode::kStorageFull},
      {corruption(""), ErrorCode::kCorruption},
      {io_error(""), ErrorCode::kIo},
  };
  for (const auto& [error, code] : cases) EXPECT_EQ(error.code(), code);
}

}  // namespace
}  // namespace waybill::base
