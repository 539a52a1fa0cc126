#include "store/local/segment_limits.h"

#include <string>

#include <gtest/gtest.h>

#include "model/term.h"

namespace waybill::store {
namespace {

LocalOptions options() {
  LocalOptions options;
  options.segment_rows_max = 1'000;
  options.segment_terms_max = 100;
  options.segment_bytes_max = 10'000;
  options.segment_index_bytes_max = 1'000'000;
  return options;
}

TEST(SegmentLimitsTest, a_segment_weighs_what_it_is_fullest_by) {
  const SegmentLimits limits(options());
  EXPECT_EQ(limits.weight_of({.rows = 500, .terms = 10, .record_bytes = 100}), 500U);
  EXPECT_EQ(limits.weight_of({.rows = 500, .terms = 90, .record_bytes = 100}), 900U);
  EXPECT_EQ(limits.weight_of({.rows = 5, .terms = 10, .record_bytes = 10'000}), 1'000U);
  EXPECT_EQ(limits.weight_of({.rows = 1, .values = 12'500}), 501U);
}

TEST(SegmentLimitsTest, a_row_finds_room_below_every_limit) {
  const SegmentLimits limits(options());
  const model::TermList terms{{model::Dimension::kEventType, "a"}, {model::Dimension::kTaskChannel, ""}};
  const std::string record(100, 'x');
  const segment::Row row{{}, model::WorkspaceNumber{1}, model::EventSid(model::SidBytes{}), terms.bytes(), record};
  EXPECT_TRUE(limits.has_room({.rows = 1, .terms = 97, .record_bytes = 9'900}, row));
  EXPECT_FALSE(limits.has_room({.rows = 1, .terms = 98}, row)) << "its workspace is a term too";
  EXPECT_FALSE(limits.has_room({.rows = 1, .record_bytes = 9'901}, row));
  EXPECT_FALSE(limits.has_room({.rows = 1, .values = 25'000}, row));
  EXPECT_TRUE(limits.has_room({}, {{}, {}, row.sid, terms.bytes(), std::string(20'000, 'x')})) << "alone it must fit";
}

}  // namespace
}  // namespace waybill::store
