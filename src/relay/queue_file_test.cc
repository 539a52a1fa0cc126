#include "relay/queue_file.h"

#include <gtest/gtest.h>

#include "relay/testing/folder.h"

namespace waybill::relay {
namespace {

Queued queued(std::int64_t number, const std::string& receiver = "http://a/") {
  const std::string text = std::to_string(number);
  return {number,
          receiver,
          {"AC1", "EV" + text, "WT" + text, "Sid=EV" + text},
          7,
          base::from_ms(number * 10),
          0,
          base::from_ms(number * 10),
          ""};
}

DeadLetter letter(const std::string& form, const std::string& receiver = "http://a/") {
  return {0, receiver, {"AC1", "EV1", "WT1", form}, base::from_ms(1), 3, base::from_ms(2), "tired"};
}

std::vector<std::int64_t> numbers(QueueFile& file) {
  std::vector<std::int64_t> out;
  EXPECT_TRUE(file.for_each_queued([&](const Queued& each) { out.push_back(each.number); }));
  return out;
}

QueueFile open(const testing::Folder& folder) {
  auto file = QueueFile::open(folder.path() / "relay.db", FileUse::kWrite);
  EXPECT_TRUE(file) << file.error().message();
  return *std::move(file);
}

void commit(QueueFile& file, const Changes& changes, const DeadLimits& limits = {}) {
  const auto done = file.commit(changes, limits);
  ASSERT_TRUE(done) << done.error().message();
}

using Numbers = std::vector<std::int64_t>;

TEST(QueueFile, holds_what_was_committed_when_it_is_opened_again) {
  const testing::Folder folder;
  {
    QueueFile file = open(folder);
    commit(file, {.added = {queued(1), queued(2), queued(3), queued(4)}});
    commit(file, {.delivered = {1},
                  .retried = {{2, base::from_ms(99), "answered 500"}},
                  .died = {{3, base::from_ms(77), "given up"}}});
  }
  QueueFile file = open(folder);
  EXPECT_EQ(numbers(file), (Numbers{2, 4}));
  EXPECT_EQ(file.next_number().value(), 5);
  const auto two = file.get(2);
  ASSERT_TRUE(two);
  EXPECT_EQ(two->callback.form, "Sid=EV2");
  EXPECT_EQ(two->callback.account_sid, "AC1");
  EXPECT_EQ(two->callback.resource_sid, "WT2");
  EXPECT_EQ(two->attempts, 1U);
  EXPECT_EQ(two->retry, base::from_ms(99));
  EXPECT_EQ(two->queued, base::from_ms(20));
  EXPECT_EQ(two->problem, "answered 500");
  EXPECT_EQ(file.get(1).error().code(), base::ErrorCode::kNotFound);
  const auto dead = file.dead({}, 10);
  ASSERT_TRUE(dead);
  ASSERT_EQ(dead->size(), 1U);
  EXPECT_EQ(dead->front().callback.event_sid, "EV3");
  EXPECT_EQ(dead->front().attempts, 1U);
  EXPECT_EQ(dead->front().reason, "given up");
}

TEST(QueueFile, drops_the_oldest_dead_letters_beyond_its_limits) {
  const testing::Folder folder;
  QueueFile file = open(folder);
  commit(file, {.refused = {letter("1234"), letter("12345"), letter("123456")}}, {2, 100});
  EXPECT_EQ(file.dead_counts()->at("http://a/"), 2);
  commit(file, {.refused = {letter("1234567")}}, {10, 7});
  const auto dead = file.dead({}, 10);
  ASSERT_EQ(dead->size(), 1U);
  EXPECT_EQ(dead->front().number, 4);
}

TEST(QueueFile, revives_and_drops_the_dead_letters_that_are_named) {
  const testing::Folder folder;
  QueueFile file = open(folder);
  commit(file,
         {.added = {queued(5)}, .refused = {letter("a=1"), letter("b=2", "http://b/"), letter("c=3"), letter("d=4")}});
  const auto revived = file.revive({"http://a/", {}}, 2, 6, base::from_ms(500));
  ASSERT_TRUE(revived);
  ASSERT_EQ(revived->size(), 2U);
  EXPECT_EQ(revived->front().number, 6);
  EXPECT_EQ(revived->front().attempts, 0U);
  EXPECT_EQ(revived->front().queued, base::from_ms(500));
  EXPECT_EQ(file.get(7)->callback.form, "c=3");
  EXPECT_EQ(file.drop_dead({"", {4}}).value(), 1U);
  const auto left = file.dead({}, 10);
  ASSERT_EQ(left->size(), 1U);
  EXPECT_EQ(left->front().receiver, "http://b/");
}

TEST(QueueFile, drops_what_is_queued_for_a_receiver_but_what_is_kept) {
  const testing::Folder folder;
  QueueFile file = open(folder);
  commit(file, {.added = {queued(1), queued(2, "http://b/"), queued(3), queued(4)}});
  const Numbers kept = {3};
  EXPECT_EQ(file.drop_queued("http://a/", kept).value(), 2U);
  EXPECT_EQ(numbers(file), (Numbers{2, 3}));
  EXPECT_EQ(file.drop_queued("", {}).value(), 2U);
}

TEST(QueueFile, is_read_while_another_writes) {
  const testing::Folder folder;
  QueueFile writer = open(folder);
  auto reader = QueueFile::open(folder.path() / "relay.db", FileUse::kRead);
  ASSERT_TRUE(reader);
  commit(writer, {.added = {queued(1)}});
  EXPECT_EQ(reader->get(1)->callback.form, "Sid=EV1");
}

TEST(QueueFile, refuses_a_file_that_is_not_its_own) {
  const testing::Folder folder;
  EXPECT_EQ(QueueFile::open(folder.path() / "relay.db", FileUse::kRead).error().code(), base::ErrorCode::kNotFound);
  auto connection = sqlite::Connection::open(folder.path() / "relay.db", sqlite::OpenMode::kCreate);
  ASSERT_TRUE(connection->execute("CREATE TABLE t (x)"));
  const auto other = QueueFile::open(folder.path() / "relay.db", FileUse::kWrite);
  ASSERT_FALSE(other);
  EXPECT_TRUE(other.error().message().ends_with("relay.db is no queue of forwarded callbacks"));
  ASSERT_TRUE(connection->execute("PRAGMA application_id = 0x5742524c; PRAGMA user_version = 2"));
  const auto later = QueueFile::open(folder.path() / "relay.db", FileUse::kWrite);
  ASSERT_FALSE(later);
  EXPECT_TRUE(later.error().message().ends_with("has format 2, written by a later release; this one knows 1"));
}

}  // namespace
}  // namespace waybill::relay
