#include "transfer/file_sink.h"

#include <gtest/gtest.h>

#include "transfer/testing/pages.h"

namespace waybill::transfer {
namespace {

using namespace std::chrono_literals;
using testing::ListInMemory;
using Names = std::vector<std::string>;

class FileSinkTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "out"; }

  std::unique_ptr<FileSink> open(FileSink::Begin begin, std::uint64_t text_per_state = 100) {
    auto sink = FileSink::open(files_, path(), request_, begin, text_per_state);
    EXPECT_TRUE(sink.has_value()) << sink.error().message();
    return sink ? *std::move(sink) : nullptr;
  }

  base::SystemFiles files_;
  testing::TemporaryFolder folder_;
  ExportRequest request_{"WS1", {{"TaskSid", "WT1"}}, Order::kOldestFirst, "me", {}};
};

TEST_F(FileSinkTest, a_file_gets_its_name_when_it_is_whole) {
  const auto sink = open(FileSink::Begin::kAnew, 1'000'000);
  ListInMemory list(10, 1s, 4);
  const auto token = sink->next_walk();
  ASSERT_TRUE(token.has_value() && *token == std::optional<std::string>(""));
  ASSERT_TRUE(list.walk("", *sink).has_value());
  EXPECT_EQ(testing::names_in(folder_.path()), Names{"out.part"});
  ASSERT_TRUE(sink->finish().has_value());
  EXPECT_EQ(testing::names_in(folder_.path()), Names{"out"});
  EXPECT_EQ(testing::events_of_file(path()).substr(0, 24), "{\"event\":0}\n{\"event\":1}\n");
  EXPECT_EQ(sink->counts().events, 10U);
  EXPECT_EQ(sink->counts().bytes, 120U);
}

TEST_F(FileSinkTest, one_that_was_cut_off_anywhere_is_gone_on_with_to_the_same_text) {
  for (const Compression compression : {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
    request_.form.compression = compression;
    ListInMemory list(100, 1s, 3);
    ASSERT_TRUE(list.walk_all(*open(FileSink::Begin::kAnew)).has_value());
    const std::string want = testing::events_of_file(path());
    for (std::size_t pages = 0; pages < 34; ++pages) {
      std::filesystem::remove(path());
      {
        // As a process that is killed leaves it: nothing is given up in order.
        const auto sink = open(FileSink::Begin::kAnew);
        ASSERT_TRUE(list.walk("", *sink, pages).has_value());
      }
      const auto sink = open(FileSink::Begin::kResume);
      ASSERT_TRUE(list.walk_all(*sink).has_value());
      EXPECT_EQ(testing::events_of_file(path()), want) << pages;
      EXPECT_EQ(sink->counts().events, 100U);
      EXPECT_EQ(sink->counts().bytes, std::filesystem::file_size(path()));
      EXPECT_EQ(testing::names_in(folder_.path()), Names{"out"});
    }
  }
}

TEST_F(FileSinkTest, giving_up_keeps_what_there_is_up_to_the_last_page) {
  ListInMemory list(100, 1s, 10);
  {
    const auto sink = open(FileSink::Begin::kAnew, 1'000'000);
    ASSERT_TRUE(list.walk("", *sink, 4).has_value());
    sink->give_up();
    EXPECT_TRUE(sink->can_be_resumed());
  }
  EXPECT_EQ(testing::names_in(folder_.path()), (Names{"out.part", "out.part.json"}));
  const auto sink = open(FileSink::Begin::kResume);
  list.pages_read = 0;
  ASSERT_TRUE(list.walk_all(*sink).has_value());
  EXPECT_EQ(list.pages_read, 6U);
}

TEST_F(FileSinkTest, giving_up_before_there_is_anything_leaves_nothing) {
  const auto sink = open(FileSink::Begin::kAnew);
  sink->give_up();
  EXPECT_FALSE(sink->can_be_resumed());
  EXPECT_EQ(testing::names_in(folder_.path()), Names{});
}

TEST_F(FileSinkTest, another_request_does_not_go_on_with_it) {
  ListInMemory list(100, 1s, 10);
  const auto begun = open(FileSink::Begin::kAnew);
  ASSERT_TRUE(list.walk("", *begun, 4).has_value());
  begun->give_up();
  request_.filters = {{"TaskSid", "WT2"}};
  const auto refused = FileSink::open(files_, path(), request_, FileSink::Begin::kResume);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().message().find("it was begun with the filters 'TaskSid=WT1 ', not 'TaskSid=WT2 '"),
            std::string::npos)
      << refused.error().message();
  EXPECT_EQ(testing::names_in(folder_.path()), (Names{"out.part", "out.part.json"})) << "nothing is lost";
}

TEST_F(FileSinkTest, csv_has_one_header_however_often_it_was_cut_off) {
  request_.form.format = FileFormat::kCsv;
  request_.form.columns = *parse_columns(std::string_view("sid"));
  // The list's lines are no events, so nothing but the header is written.
  ListInMemory list(0, 1s, 10);
  ASSERT_TRUE(list.walk_all(*open(FileSink::Begin::kAnew)).has_value());
  EXPECT_EQ(testing::bytes_of_file(path()), "sid\r\n");
  ListInMemory bad(1, 1s, 10);
  const auto sink = open(FileSink::Begin::kAnew);
  EXPECT_FALSE(bad.walk("", *sink).has_value());
  sink->give_up();
  EXPECT_EQ(testing::bytes_of_file(path()), "sid\r\n") << "what was there before stays";
}

}  // namespace
}  // namespace waybill::transfer
