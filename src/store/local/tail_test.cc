#include "store/local/tail.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/random.h"

namespace waybill::store {
namespace {

constexpr model::WorkspaceNumber kWorkspace{1};

TailEvent event(std::uint64_t position, std::int64_t time_ms) {
  TailEvent out;
  out.row = {{base::from_ms(time_ms), model::Position{position}}, kWorkspace, {}};
  out.record = "record " + std::to_string(position);
  return out;
}

// Everything in a view, by position.
std::vector<std::uint64_t> positions_of(const TailView& view) {
  std::vector<std::uint64_t> out;
  for (const auto& run : view.runs()) {
    for (const TailEvent* one : run->events) out.push_back(to_number(one->row.key.position));
  }
  for (const TailEvent& one : view.loose()) out.push_back(to_number(one.row.key.position));
  std::sort(out.begin(), out.end());
  return out;
}

TEST(TailTest, keeps_every_event_whatever_the_sizes_of_the_batches) {
  constexpr std::uint64_t kSeed = 11;
  SCOPED_TRACE(::testing::Message() << "seed " << kSeed);
  base::SeededRandom random(kSeed);
  Tail tail(1);
  std::vector<TailEvent> all;
  while (all.size() < 60'000) {
    const std::uint64_t count = random.below(random.chance(0.05) ? 20'000 : random.chance(0.3) ? 3'000 : 50) + 1;
    std::vector<TailEvent> batch;
    for (std::uint64_t i = 0; i < count; ++i) batch.push_back(event(all.size() + i + 1, random.between(0, 1'000)));
    all.insert(all.end(), batch.begin(), batch.end());
    tail.append(std::move(batch));
    ASSERT_EQ(tail.view().size(), all.size());
    for (int i = 0; i < 5; ++i) {
      const TailEvent& wanted = all[random.below(all.size())];
      const TailEvent* found = tail.view().find(wanted.row.key);
      ASSERT_NE(found, nullptr);
      EXPECT_EQ(found->record, wanted.record);
    }
  }
  const auto positions = positions_of(tail.view());
  ASSERT_EQ(positions.size(), all.size());
  EXPECT_EQ(positions.front(), 1U);
  EXPECT_EQ(positions.back(), all.size());
  EXPECT_EQ(tail.view().find({base::from_ms(2'000), model::Position{1}}), nullptr);
  EXPECT_EQ(tail.view().find({base::from_ms(0), model::Position{all.size() + 1}}), nullptr);
}

TEST(TailTest, counts_the_memory_of_what_it_holds) {
  Tail tail(1);
  std::size_t bytes = 0;
  std::uint64_t position = 0;
  const auto append = [&](std::uint64_t count) {
    std::vector<TailEvent> batch;
    for (std::uint64_t i = 0; i < count; ++i) {
      batch.push_back(event(++position, 0));
      batch.back().record.resize(position % 700);
      bytes += memory_of(batch.back());
    }
    tail.append(std::move(batch));
    EXPECT_EQ(tail.view().bytes(), bytes);
  };
  for (const std::uint64_t count : {10U, 1'000U, 500U, 20'000U, 5U}) append(count);
  EXPECT_GT(bytes, position * (350 + sizeof(TailEvent)));
  tail.freeze();
  EXPECT_EQ(tail.view().bytes(), bytes);
  const TailView sealed = tail.view();
  append(3);
  tail.drop_runs(sealed.runs().size());
  EXPECT_EQ(tail.view().bytes(), bytes - sealed.bytes());
}

TEST(TailTest, a_view_stays_as_it_was_taken) {
  Tail tail(1);
  tail.append({event(1, 10), event(2, 20)});
  const TailView before = tail.view();
  for (std::uint64_t position = 3; position < 3'000; ++position) tail.append({event(position, 5)});
  tail.freeze();
  tail.drop_runs(1);
  EXPECT_EQ(positions_of(before), (std::vector<std::uint64_t>{1, 2}));
}

TEST(TailTest, runs_that_were_frozen_to_be_sealed_are_dropped_alone) {
  Tail tail(1);
  std::vector<TailEvent> first;
  for (std::uint64_t position = 1; position <= 1'500; ++position) first.push_back(event(position, 7));
  tail.append(std::move(first));
  tail.append({event(1'501, 7)});
  tail.freeze();
  const std::size_t sealed = tail.view().runs().size();
  // What comes while the sealed ones are being written must not be joined to them.
  std::vector<TailEvent> later;
  for (std::uint64_t position = 1'502; position <= 40'000; ++position) later.push_back(event(position, 7));
  tail.append(std::move(later));
  tail.drop_runs(sealed);
  const auto positions = positions_of(tail.view());
  EXPECT_EQ(positions.size(), 40'000U - 1'501U);
  EXPECT_EQ(positions.front(), 1'502U);
}

}  // namespace
}  // namespace waybill::store
