#include "segment/index_builder.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/crypto.h"
#include "model/term.h"
#include "query/term_key.h"

namespace waybill::segment {
namespace {

constexpr std::uint64_t kHashKey = 0x9e3779b97f4a7c15;
constexpr std::size_t kValues = 1000;
constexpr std::uint64_t kLowBits = 0xFFF;  // of more slots than a table of so many values has
constexpr model::WorkspaceNumber kWorkspace{3};

// Values of which `collides` says that their hashes without a key meet.
template <class Make, class Collides>
std::vector<std::string> colliding(const Make& make, const Collides& collides) {
  std::vector<std::string> out;
  for (std::uint64_t i = 0; out.size() < kValues; ++i) {
    std::string value = make(i);
    if (collides(value)) out.push_back(std::move(value));
  }
  return out;
}

std::uint64_t hash_of_term(const std::string& value) {
  return base::hash64(query::term_key(kWorkspace, {model::Dimension::kEventType, value}));
}

// One row for each value.
TermIndex::Sections index(const std::vector<std::string>& values, std::uint64_t hash_key, std::uint64_t& probes) {
  ValueTable table(hash_key);
  TermIndex terms(16, table, hash_key);
  for (const std::string& value : values) {
    std::string term;
    term += static_cast<char>(model::Dimension::kEventType);
    term += static_cast<char>(value.size());
    EXPECT_TRUE(terms.add(kWorkspace, term + value));
  }
  TermIndex::Sections sections = terms.finish();
  probes = terms.probes_for_test();
  return sections;
}

// Each colliding value would pass all those before it: half a million looks for a thousand.
TEST(ValueTable, values_that_collide_without_the_key_cost_no_more_than_others) {
  const auto values = colliding(
      [](std::uint64_t i) {
        std::string value(8, 'v');
        base::put_le(value, i);
        return value;
      },
      [](const std::string& value) { return (base::hash64(value) & kLowBits) == 0; });
  ValueTable table(kHashKey);
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(table.intern(values[i]), i);
  EXPECT_LT(table.probes_for_test(), 10 * kValues);
}

TEST(TermIndex, terms_that_collide_without_the_key_cost_no_more_than_others) {
  const auto values = colliding([](std::uint64_t i) { return "v" + std::to_string(i); },
                                [](const std::string& value) { return (hash_of_term(value) & kLowBits) == 0; });
  std::uint64_t probes = 0;
  static_cast<void>(index(values, kHashKey, probes));
  EXPECT_LT(probes, 10 * kValues);
}

// The file's own table has no key.
TEST(TermIndex, terms_that_collide_in_the_file_are_placed_in_a_few_steps_each) {
  const auto values =
      colliding([](std::uint64_t i) { return "v" + std::to_string(i); },
                [](const std::string& value) { return first_slot(hash_of_term(value), slots_for(kValues + 1)) < 4; });
  std::uint64_t probes = 0;
  static_cast<void>(index(values, kHashKey, probes));
  EXPECT_LT(probes, 20 * kValues);
}

TEST(TermIndex, the_key_changes_no_byte_and_each_term_stands_at_the_first_free_slot_behind_its_own) {
  std::vector<std::string> values;
  for (int i = 0; i < 300; ++i) values.push_back("value " + std::to_string(i * 37 % 301));
  std::uint64_t probes = 0;
  const TermIndex::Sections one = index(values, 1, probes);
  const TermIndex::Sections other = index(values, 2, probes);
  EXPECT_EQ(one.slots, other.slots);
  EXPECT_EQ(one.entries, other.entries);
  EXPECT_EQ(one.texts, other.texts);
  EXPECT_EQ(one.directories, other.directories);
  EXPECT_EQ(one.lists, other.lists);
  // Placed one after the other, as the format says, in the order of the entries.
  std::sort(values.begin(), values.end(), [](const std::string& a, const std::string& b) { return a < b; });
  std::vector<std::uint32_t> slots(slots_for(one.terms));
  const auto place = [&](std::uint64_t hash, std::uint32_t number) {
    std::uint64_t slot = first_slot(hash, slots.size());
    while (slots[slot] != 0) slot = slot + 1 == slots.size() ? 0 : slot + 1;
    slots[slot] = slot_mark(hash) | number;
  };
  std::uint32_t number = 1;
  place(base::hash64(query::workspace_key(kWorkspace)), number++);
  for (const std::string& value : values) place(hash_of_term(value), number++);
  ASSERT_EQ(one.slots.size(), slots.size() * 4);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    ASSERT_EQ(base::get_le<std::uint32_t>(one.slots, i * 4), slots[i]) << "slot " << i;
  }
}

}  // namespace
}  // namespace waybill::segment
