#include "store/local/log_table.h"

#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "store/local/schema.h"

namespace waybill::store {
namespace {

using base::ErrorCode;

TailEvent event(std::uint64_t position) {
  TailEvent out;
  out.row.key = {base::from_ms(1'000 + static_cast<std::int64_t>(position)), model::Position{position}};
  out.row.workspace = model::WorkspaceNumber{1};
  out.record = "record " + std::to_string(position);
  return out;
}

class LogTableTest : public ::testing::Test {
 public:
  LogTableTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "waybill-test-XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    auto database = open_database(folder_, random_, "");
    EXPECT_TRUE(database.has_value());
    if (database) connection_.emplace(std::move(database->connection));
  }
  ~LogTableTest() override {
    connection_.reset();
    std::filesystem::remove_all(folder_);
  }

 protected:
  // Adds events of the positions from `first` on, as one row.
  void append(std::uint64_t first, std::size_t count) {
    std::vector<TailEvent> events;
    for (std::uint64_t i = 0; i < count; ++i) events.push_back(event(first + i));
    auto table = LogTable::make(*connection_);
    ASSERT_TRUE(table.has_value());
    ASSERT_TRUE(table->append(events).has_value());
  }

  base::Result<std::vector<std::uint64_t>> positions_above(std::uint64_t above, LogStart start = LogStart::kAbove) {
    std::vector<std::uint64_t> out;
    TRY(scan_log(
        *connection_, model::Position{above},
        [&](std::vector<TailEvent>&& events) {
          for (const TailEvent& one : events) out.push_back(to_number(one.row.key.position));
        },
        start));
    return out;
  }

  // The bytes of the one row there is.
  std::string row_bytes() {
    auto select = connection_->prepare("SELECT events FROM log");
    EXPECT_TRUE(select.has_value() && select->step().value_or(false));
    return std::string(select->bytes(0));
  }

  void set_row_bytes(const std::string& bytes) {
    auto update = connection_->prepare("UPDATE log SET events = ?");
    ASSERT_TRUE(update.has_value());
    ASSERT_TRUE(update->run(sqlite::Blob{bytes}).has_value());
  }

  base::SystemRandom random_;
  std::filesystem::path folder_;
  std::optional<sqlite::Connection> connection_;
};

using Positions = std::vector<std::uint64_t>;

TEST_F(LogTableTest, gives_back_what_stands_above_a_position) {
  append(1, 3);
  append(4, 2);
  EXPECT_EQ(positions_above(0).value(), (Positions{1, 2, 3, 4, 5}));
  EXPECT_EQ(positions_above(2).value(), (Positions{3, 4, 5}));
  EXPECT_EQ(positions_above(3).value(), (Positions{4, 5}));
  EXPECT_EQ(positions_above(5).value(), Positions{});
}

TEST_F(LogTableTest, trims_only_rows_whose_every_event_is_sealed) {
  append(1, 3);
  append(4, 2);
  auto table = LogTable::make(*connection_);
  ASSERT_TRUE(table.has_value());
  EXPECT_FALSE(table->trim(*connection_, model::Position{2}).value());
  EXPECT_EQ(positions_above(0).value(), (Positions{1, 2, 3, 4, 5}));
  EXPECT_FALSE(table->trim(*connection_, model::Position{3}).value());
  EXPECT_EQ(positions_above(3).value(), (Positions{4, 5}));
}

TEST_F(LogTableTest, names_a_row_of_which_any_bit_has_changed) {
  append(1, 2);
  const std::string whole = row_bytes();
  ASSERT_FALSE(whole.empty());
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ static_cast<char>(1U << (bit % 8)));
    set_row_bytes(damaged);
    const auto read = positions_above(0);
    ASSERT_FALSE(read.has_value()) << "bit " << bit;
    EXPECT_EQ(read.error().code(), ErrorCode::kCorruption);
    EXPECT_NE(read.error().message().find('1'), std::string::npos) << read.error().message();
  }
}

TEST_F(LogTableTest, is_read_in_parts_between_which_the_connection_may_write) {
  constexpr std::uint64_t kEvents = 40;
  auto table = LogTable::make(*connection_);
  ASSERT_TRUE(table.has_value());
  for (std::uint64_t position = 1; position <= kEvents; ++position) {
    TailEvent large = event(position);
    large.record.resize(1'000'000, 'x');
    ASSERT_TRUE(table->append(std::span(&large, 1)).has_value());
  }
  LogReader reader(model::Position{2});
  std::uint64_t next = 3;
  std::size_t parts = 0;
  for (;; ++parts) {
    const auto events = reader.next(*connection_);
    ASSERT_TRUE(events.has_value());
    if (events->empty()) break;
    EXPECT_LT(events->size(), 10U);
    for (const TailEvent& one : *events) EXPECT_EQ(to_number(one.row.key.position), next++);
    ASSERT_TRUE(connection_->execute("UPDATE counters SET value = value + 1"));
  }
  EXPECT_EQ(next, kEvents + 1);
  EXPECT_GE(parts, 4U);
}

TEST_F(LogTableTest, names_a_gap_between_two_parts) {
  append(1, 3);
  LogReader reader(model::kNoPosition);
  ASSERT_EQ(reader.next(*connection_)->size(), 3U);
  append(5, 1);
  const auto read = reader.next(*connection_);
  ASSERT_FALSE(read.has_value());
  EXPECT_NE(read.error().message().find("position 4"), std::string::npos) << read.error().message();
}

TEST_F(LogTableTest, names_a_gap_between_two_rows) {
  append(1, 3);
  append(5, 2);
  const auto read = positions_above(0);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), ErrorCode::kCorruption);
  EXPECT_NE(read.error().message().find('4'), std::string::npos) << read.error().message();
}

TEST_F(LogTableTest, names_a_gap_before_the_first_row) {
  append(4, 3);
  const auto read = positions_above(2);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), ErrorCode::kCorruption);
  EXPECT_NE(read.error().message().find('3'), std::string::npos) << read.error().message();
  EXPECT_EQ(positions_above(2, LogStart::kAnywhere).value(), (Positions{4, 5, 6}));
  EXPECT_EQ(positions_above(3).value(), (Positions{4, 5, 6}));
}

TEST_F(LogTableTest, what_can_be_read_of_a_damaged_log_is_read_and_the_rest_told) {
  const auto read_above = [&](std::uint64_t above) {
    std::string out;
    const auto holes = scan_readable_log(*connection_, model::Position{above}, [&](std::vector<TailEvent>&& events) {
      for (const TailEvent& one : events) out += std::to_string(to_number(one.row.key.position)) + " ";
    });
    EXPECT_TRUE(holes.has_value());
    for (const LogHole& hole : holes.value()) {
      out += "[" + std::to_string(to_number(hole.first)) + "-" + std::to_string(to_number(hole.last)) + "]";
    }
    return out;
  };
  EXPECT_EQ(read_above(0), "");
  append(1, 2);
  append(3, 2);
  append(5, 2);
  append(9, 2);
  EXPECT_EQ(read_above(0), "1 2 3 4 5 6 9 10 [7-8]");
  EXPECT_EQ(read_above(5), "6 9 10 [7-8]");
  EXPECT_EQ(read_above(7), "9 10 [8-8]");
  ASSERT_TRUE(connection_->execute("UPDATE log SET checksum = 0 WHERE first_position IN (1, 3, 9)"));
  EXPECT_EQ(read_above(0), "5 6 [1-4][7-10]");
  EXPECT_EQ(read_above(3), "5 6 [4-4][7-10]");
  EXPECT_EQ(read_above(10), "");
  ASSERT_TRUE(connection_->execute("UPDATE log SET count = 1000000000 WHERE first_position = 9"));
  EXPECT_EQ(read_above(4), "5 6 [7-9]");
}

}  // namespace
}  // namespace waybill::store
