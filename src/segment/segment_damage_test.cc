#include <array>
#include <csignal>
#include <fstream>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/files.h"
#include "query/term_key.h"
#include "segment/format.h"
#include "segment/segment.h"
#include "segment/testing/rows.h"

namespace waybill::segment {
namespace {

using testing::OwnedRow;
using testing::random_rows;
using testing::write_segment;

constexpr std::uint64_t kStore = 0x5708E;

std::string path_for(const std::string& name) {
  return ::testing::TempDir() + "segment_damage_test_" + name + "_" +
         ::testing::UnitTest::GetInstance()->current_test_info()->name();
}

void overwrite(const std::string& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// A segment, its rows and its bytes.
struct Written {
  std::string path;
  std::vector<OwnedRow> rows;
  std::string bytes;
};

Written write_small(std::size_t rows, std::uint32_t block_bits = 6) {
  Written out{path_for("original"), random_rows({.rows = rows}, 1), {}};
  write_segment(out.path, out.rows, {kStore, 7, {1, 2}, block_bits});
  out.bytes = *base::read_file(out.path);
  return out;
}

// What the calls of a reader found: whether any failed, and whether any answer was another than the rows'.
struct Findings {
  bool failed = false;
  bool wrong = false;
};

template <class T, class Wrong>
void judge(Findings& findings, const base::Result<T>& result, const Wrong& is_wrong) {
  if (!result) {
    findings.failed = true;
    return;
  }
  if (is_wrong(*result)) findings.wrong = true;
}

void ask_rows(Findings& findings, const Segment& segment, std::uint32_t term, std::uint32_t block,
              std::uint32_t row_in_block) {
  judge(findings, segment.rows(term, block), [&](const query::RowSet& set) {
    if (set.count == 0) return true;
    const std::uint32_t rows =
        std::min(1U << segment.summary().block_bits, segment.summary().rows - (block << segment.summary().block_bits));
    query::Intersection walk({set}, 0, rows, model::Direction::kOldestFirst);
    bool found = false;
    while (const auto row = walk.next()) found |= *row == row_in_block;
    return !found;
  });
}

// Asks everything there is to ask about a row.
void ask_about(Findings& findings, const Segment& segment, const std::vector<OwnedRow>& rows, std::uint32_t number) {
  const OwnedRow& row = rows[number];
  judge(findings, segment.key(number), [&](const auto& key) { return key != row.key; });
  judge(findings, segment.sid(number), [&](const auto& sid) { return sid != row.sid; });
  judge(findings, segment.lower_bound(row.key), [&](const auto& found) { return found != number; });
  judge(findings, segment.find_event(row.workspace, row.sid, row.key.time),
        [&](const auto& found) { return found != number; });
  judge(findings, segment.records(std::array{number}), [&](const auto& found) { return found[0] != row.record; });
  const std::uint32_t bits = segment.summary().block_bits;
  judge(findings, segment.positions(number >> bits),
        [&](const auto& range) { return row.key.position < range.min || row.key.position > range.max; });
  std::vector<std::uint32_t> terms;
  for (const std::string& key : testing::keys_of(row.workspace, row.terms)) {
    const auto term = segment.find_term(key);
    judge(findings, term, [](const auto& found) { return !found.has_value(); });
    if (!term || !*term) continue;
    terms.push_back(**term);
    judge(findings, segment.may_meet(terms, number >> bits), [](bool may_meet) { return !may_meet; });
    judge(findings, segment.has_term(number, **term), [](bool has) { return !has; });
    ask_rows(findings, segment, **term, number >> bits, number & ((1U << bits) - 1));
  }
}

Findings ask_everything(const std::string& path, const std::vector<OwnedRow>& rows) {
  Findings findings;
  const auto segment = Segment::open(path, kStore);
  if (!segment) return {true, false};
  for (std::uint32_t row = 0; row < std::min<std::size_t>(rows.size(), (*segment)->summary().rows); row += 7) {
    ask_about(findings, **segment, rows, row);
  }
  const auto walked = testing::rows_of(*segment);
  if (!walked) findings.failed = true;
  if (walked && *walked != rows) findings.wrong = true;
  return findings;
}

TEST(SegmentDamageTest, a_flipped_byte_never_gives_a_wrong_answer_and_is_found) {
  const Written written = write_small(150);
  const std::string path = path_for("flipped");
  for (std::size_t at = 0; at < written.bytes.size(); at += at < 20'000 ? 7 : 61) {
    std::string bytes = written.bytes;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << at % 8));
    overwrite(path, bytes);
    SCOPED_TRACE("byte " + std::to_string(at));
    const Findings findings = ask_everything(path, written.rows);
    ASSERT_FALSE(findings.wrong);
    const auto segment = Segment::open(path, kStore);
    if (!segment) continue;
    ASSERT_FALSE((*segment)->check_pages());
    ASSERT_TRUE((*segment)->damage().has_value());
  }
}

// Makes all checksums fit the bytes again.
void mend_checksums(std::string& bytes, std::uint64_t data_bytes) {
  std::string table;
  for (std::uint64_t from = 0; from < data_bytes; from += kPageBytes) {
    base::put_le(table, page_sum(std::string_view(bytes).substr(from, std::min(kPageBytes, data_bytes - from))));
  }
  bytes.replace(data_bytes, table.size(), table);
  const std::size_t footer_at = bytes.size() - kFooterBytes;
  const auto put = [&](std::size_t at, std::uint64_t value) {
    std::string text;
    base::put_le(text, value);
    bytes.replace(footer_at + at, 8, text);
  };
  put(kFooterTableSumAt, base::hash64(table));
  put(kFooterSumAt, base::hash64(std::string_view(bytes).substr(footer_at, kFooterSumAt)));
}

TEST(SegmentDamageTest, bytes_that_lie_with_checksums_that_fit_do_no_harm) {
  const Written written = write_small(150);
  const std::string path = path_for("lying");
  const std::size_t footer_at = written.bytes.size() - kFooterBytes;
  const auto data_bytes = base::get_le<std::uint64_t>(written.bytes, footer_at + kFooterDataBytesAt);
  base::SeededRandom random(5);
  for (std::size_t round = 0; round < 6000; ++round) {
    std::string bytes = written.bytes;
    // Most of the data are records and values; the footer's numbers deserve as much.
    const std::size_t at = round % 4 == 0 ? footer_at + kFooterSummaryAt + random.below(320) : random.below(data_bytes);
    const std::size_t length = std::min<std::size_t>(1 + random.below(4), bytes.size() - at);
    for (std::size_t i = 0; i < length; ++i)
      bytes[at + i] = static_cast<char>(random.chance(0.3) ? 255 : random.next());
    mend_checksums(bytes, data_bytes);
    overwrite(path, bytes);
    ask_everything(path, written.rows);
    const auto segment = Segment::open(path, kStore);
    if (!segment) continue;
    EXPECT_TRUE((*segment)->check_pages());
    // It may say either: a record's bytes may be any.
    const bool is_whole = (*segment)->check_structure().has_value();
    EXPECT_NE(is_whole, (*segment)->damage().has_value());
  }
}

// A change of a segment's bytes, and what check_structure() then says.
struct Lie {
  const char* message;
  void (*tell)(std::string& bytes, const Layout& layout);
};

template <class Number>
void put(std::string& bytes, std::uint64_t at, Number value) {
  std::string text;
  base::put_le(text, value);
  bytes.replace(at, text.size(), text);
}

std::uint64_t data_bytes_of(const std::string& bytes) {
  return base::get_le<std::uint64_t>(bytes, bytes.size() - kFooterBytes + kFooterDataBytesAt);
}

Layout layout_of(const std::string& bytes) {
  const std::string_view footer = std::string_view(bytes).substr(bytes.size() - kFooterBytes);
  const auto length = base::get_le<std::uint32_t>(footer, kFooterSummaryLengthAt);
  return decode_layout(footer.substr(kFooterSummaryAt, length), kSegmentKind.version, data_bytes_of(bytes)).value();
}

// Where in the file the first term stands that has its rows in one list.
std::uint64_t first_short_term(const std::string& bytes, const Layout& layout) {
  const std::uint64_t begin = layout.place(Section::kTerms).offset;
  for (std::uint32_t term = 0; term < layout.terms; ++term) {
    const std::uint64_t at = begin + std::uint64_t{term} * kTermBytes;
    if (decode_term(std::string_view(bytes).substr(at, kTermBytes)).kind == TermKind::kShort) return at;
  }
  ADD_FAILURE() << "no term has a short list";
  return begin;
}

// Where its list lies.
std::uint64_t first_short_list(const std::string& bytes, const Layout& layout) {
  const TermEntry entry = decode_term(std::string_view(bytes).substr(first_short_term(bytes, layout), kTermBytes));
  return layout.place(Section::kLists).offset + std::uint64_t{entry.where} * kListUnit;
}

// What is found of a file's parts when its bytes are these, with checksums that fit.
base::Result<void> check_structure_of(const std::string& path, std::string bytes) {
  mend_checksums(bytes, data_bytes_of(bytes));
  overwrite(path, bytes);
  TRY_ASSIGN(const auto segment, Segment::open(path, kStore));
  return segment->check_structure();
}

constexpr Lie kLies[] = {
    {"lists: a list of rows is out of order",
     [](std::string& bytes, const Layout& layout) {
       const std::uint64_t first_row = layout.place(Section::kLists).offset + kListUnit;
       const auto row = base::get_le<std::uint16_t>(bytes, first_row);
       put(bytes, first_row, base::get_le<std::uint16_t>(bytes, first_row + kListUnit));
       put(bytes, first_row + kListUnit, row);
     }},
    {"lists: a list belongs to a block that there is not",
     [](std::string& bytes, const Layout& layout) { put(bytes, first_short_list(bytes, layout), std::uint16_t{2}); }},
    {"meeting blocks: a block is said to have too many frequent terms",
     [](std::string& bytes, const Layout& layout) {
       put(bytes, layout.place(Section::kMeetingBlocks).offset + 4, kFrequentTermsMax + 1);
     }},
    {"meeting blocks: a block's frequent terms are out of order",
     [](std::string& bytes, const Layout& layout) {
       const std::uint64_t at = layout.place(Section::kMeetings).offset;
       put(bytes, at, base::get_le<std::uint32_t>(bytes, at + kTermNumberBytes));
     }},
    {"meeting blocks: a block's frequent terms are out of order",
     [](std::string& bytes, const Layout& layout) {
       const auto count = base::get_le<std::uint32_t>(bytes, layout.place(Section::kMeetingBlocks).offset + 4);
       put(bytes, layout.place(Section::kMeetings).offset + (count - 1) * kTermNumberBytes, layout.terms);
     }},
    {"meeting blocks: a term is not as frequent as is said",
     [](std::string& bytes, const Layout& layout) {
       // The last term of all is one that few rows have.
       const auto count = base::get_le<std::uint32_t>(bytes, layout.place(Section::kMeetingBlocks).offset + 4);
       put(bytes, layout.place(Section::kMeetings).offset + (count - 1) * kTermNumberBytes, layout.terms - 1);
     }},
    {"meeting blocks: it is not true which frequent terms of a block meet",
     [](std::string& bytes, const Layout& layout) {
       const auto count = base::get_le<std::uint32_t>(bytes, layout.place(Section::kMeetingBlocks).offset + 4);
       const std::uint64_t bits_at = layout.place(Section::kMeetings).offset + (count + 1U) / 2 * kWordBytes;
       bytes[bits_at] = static_cast<char>(bytes[bits_at] ^ 1);
     }},
    {"meetings: something is said to lie beyond the section's end",
     [](std::string& bytes, const Layout& layout) {
       put(bytes, layout.place(Section::kMeetingBlocks).offset, 1U << 31U);
     }},
};

TEST(SegmentDamageTest, the_check_of_the_structure_says_what_is_not_true) {
  // A whole block, whose lists are not looked through at each question, and one more.
  const Written written = write_small(70'000, 16);
  const std::string path = path_for("lie");
  const Layout layout = layout_of(written.bytes);
  for (const Lie& lie : kLies) {
    std::string bytes = written.bytes;
    lie.tell(bytes, layout);
    const auto checked = check_structure_of(path, bytes);
    ASSERT_FALSE(checked) << lie.message;
    EXPECT_EQ(checked.error().code(), base::ErrorCode::kCorruption);
    EXPECT_TRUE(checked.error().message().ends_with(lie.message)) << checked.error().message();
  }
}

TEST(SegmentDamageTest, a_list_of_so_many_rows_that_they_would_be_bits_is_refused) {
  const Written written = write_small(150);
  constexpr std::size_t kTermCountAt = 11;
  std::string bytes = written.bytes;
  put(bytes, first_short_term(bytes, layout_of(bytes)) + kTermCountAt, std::uint8_t{60});
  const auto checked = check_structure_of(path_for("short"), bytes);
  ASSERT_FALSE(checked);
  EXPECT_TRUE(checked.error().message().ends_with("lists: a list should have been a bitmap"))
      << checked.error().message();
}

// The bytes as `version` of the format, with so many bytes of the summary.
std::string as_version(std::string bytes, std::uint32_t version, std::uint32_t summary_bytes) {
  const std::size_t footer_at = bytes.size() - kFooterBytes;
  put(bytes, kMagicBytes, version);
  put(bytes, kMagicBytes + 4, page_sum(std::string_view(bytes).substr(0, kMagicBytes + 4)));
  const auto had = base::get_le<std::uint32_t>(bytes, footer_at + kFooterSummaryLengthAt);
  put(bytes, footer_at + kFooterSummaryLengthAt, summary_bytes);
  const std::size_t lost = had - std::min(had, summary_bytes);
  bytes.replace(footer_at + kFooterSummaryAt + summary_bytes, lost, lost, '\0');
  mend_checksums(bytes, data_bytes_of(bytes));
  return bytes;
}
TEST(SegmentDamageTest, the_index_of_a_damaged_file_never_gives_a_row_to_another_workspace) {
  const Written written = write_small(3000);
  const std::string path = path_for("workspaces");
  std::size_t untold_most = 0;
  for (std::uint64_t at = kPrologueBytes; at < data_bytes_of(written.bytes); at += kPageBytes) {
    std::string bytes = written.bytes;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    overwrite(path, bytes);
    const auto segment = Segment::open(path, kStore);
    ASSERT_TRUE(segment) << segment.error().message();
    EXPECT_FALSE((*segment)->check_pages());
    const auto told = (*segment)->readable_workspaces();
    ASSERT_TRUE(told) << told.error().message();
    ASSERT_EQ(told->size(), written.rows.size());
    std::size_t untold = 0;
    for (std::size_t row = 0; row < told->size(); ++row) {
      untold += (*told)[row] ? 0 : 1;
      EXPECT_EQ((*told)[row].value_or(written.rows[row].workspace), written.rows[row].workspace) << at << ", " << row;
    }
    untold_most = std::max(untold_most, untold);
  }
  // Most rows have terms in more than the one page that is damaged.
  EXPECT_LT(untold_most, written.rows.size() / 8);
}

TEST(SegmentDamageTest, rows_in_two_workspaces_are_in_none) {
  const Written written = write_small(150);
  const Layout layout = layout_of(written.bytes);
  std::string bytes = written.bytes;
  const std::uint64_t at = layout.place(Section::kTerms).offset;
  const auto first = base::get_le<std::uint32_t>(bytes, at);
  put(bytes, at, first == 1 ? std::uint32_t{2} : std::uint32_t{1});  // the first term is a workspace's
  mend_checksums(bytes, data_bytes_of(bytes));
  const std::string path = path_for("disputed");
  overwrite(path, bytes);
  const auto told = (*Segment::open(path, kStore))->readable_workspaces();
  ASSERT_TRUE(told);
  for (std::size_t row = 0; row < told->size(); ++row) {
    const model::WorkspaceNumber own = written.rows[row].workspace;
    EXPECT_EQ((*told)[row], own == model::WorkspaceNumber{first} ? std::nullopt : std::optional(own)) << row;
  }
}

TEST(SegmentDamageTest, version_2_is_read_and_names_no_owners) {
  const Written written = write_small(3000);
  const std::string path = path_for("version_2");
  std::string bytes = written.bytes;
  put(bytes, bytes.size() - kFooterBytes + kFooterSummaryAt + kTermsRuleAt, std::uint32_t{0});  // as it was then
  overwrite(path, as_version(bytes, 2, 320));
  EXPECT_FALSE(ask_everything(path, written.rows).failed);
  const auto segment = Segment::open(path, kStore);
  ASSERT_TRUE(segment) << segment.error().message();
  EXPECT_TRUE((*segment)->check_structure());
  EXPECT_EQ(*(*segment)->owners(), std::nullopt);
  EXPECT_EQ(**(*Segment::open(written.path, kStore))->owners(), Owners());
}

TEST(SegmentDamageTest, owners_are_those_of_workspaces_that_have_rows) {
  const auto rows = random_rows({.rows = 20, .workspaces = 2}, 1);
  const Owner owner{model::AccountSid(model::SidBytes{7}), model::WorkspaceSid(model::SidBytes{8}).to_text(), "name"};
  const Owners known = {{model::WorkspaceNumber{2}, owner}, {model::WorkspaceNumber{3}, owner}};
  const std::string path = path_for("owners");
  write_segment(path, rows, {kStore, 7, {}, 6}, known);
  const auto segment = Segment::open(path, kStore);
  ASSERT_TRUE(segment) << segment.error().message();
  EXPECT_TRUE((*segment)->check_structure());
  EXPECT_EQ(**(*segment)->owners(), (Owners{{model::WorkspaceNumber{2}, owner}}));
}

TEST(SegmentDamageTest, an_unknown_rule_of_terms_is_refused_by_name) {
  const Written written = write_small(20);
  const std::string path = path_for("rule");
  std::string bytes = written.bytes;
  put(bytes, bytes.size() - kFooterBytes + kFooterSummaryAt + kTermsRuleAt, std::uint32_t{2});
  mend_checksums(bytes, data_bytes_of(bytes));
  overwrite(path, bytes);
  const auto segment = Segment::open(path, kStore);
  ASSERT_FALSE(segment);
  EXPECT_EQ(segment.error().code(), base::ErrorCode::kConflict);
  EXPECT_EQ(segment.error().message(), path +
                                           " has terms extracted by rule 2, which a later release wrote; this "
                                           "release knows rule 1");
}

TEST(SegmentDamageTest, version_1_is_read_and_says_nothing_of_meetings) {
  const Written written = write_small(3000);
  const std::string path = path_for("version_1");
  overwrite(path, as_version(written.bytes, 1, 288));
  const Findings findings = ask_everything(path, written.rows);
  EXPECT_FALSE(findings.failed);
  EXPECT_FALSE(findings.wrong);
  const auto segment = Segment::open(path, kStore);
  ASSERT_TRUE(segment) << segment.error().message();
  EXPECT_TRUE((*segment)->check_pages());
  EXPECT_TRUE((*segment)->check_structure());
  const auto later = Segment::open(written.path, kStore);
  ASSERT_TRUE(later);
  const auto type = [&](const std::string& value) {
    return **(*segment)->find_term(query::term_key(written.rows[0].workspace, {model::Dimension::kEventType, value}));
  };
  const std::array never_meet = {type("type 1"), type("type 2")};
  EXPECT_TRUE(*(*segment)->may_meet(never_meet, 0));
  EXPECT_FALSE(*(*later)->may_meet(never_meet, 0));
  for (const auto& [version, summary_bytes] :
       {std::pair(0U, 288U), std::pair(1U, 320U), std::pair(2U, 288U), std::pair(2U, 336U), std::pair(3U, 320U)}) {
    overwrite(path, as_version(written.bytes, version, summary_bytes));
    EXPECT_FALSE(Segment::open(path, kStore)) << version;
  }
}

TEST(SegmentDamageTest, a_file_cut_short_is_no_segment) {
  const Written written = write_small(20);
  const std::string path = path_for("cut");
  for (std::size_t length = 0; length < written.bytes.size(); length += length % 5 + 1) {
    overwrite(path, std::string_view(written.bytes).substr(0, length));
    const auto segment = Segment::open(path, kStore);
    ASSERT_FALSE(segment) << length;
    ASSERT_EQ(segment.error().code(), base::ErrorCode::kCorruption);
    ASSERT_NE(segment.error().message().find(path), std::string::npos);
  }
}

struct Refused {
  std::string bytes;
  std::uint64_t store;
  base::ErrorCode code;
  std::string message;
};

TEST(SegmentDamageTest, refuses_what_is_not_its_own_and_says_why) {
  const Written written = write_small(20);
  const std::string path = path_for("refused");
  std::string later = written.bytes.substr(0, 8);
  base::put_le(later, std::uint32_t{4});
  base::put_le(later, page_sum(later));
  later += written.bytes.substr(kPrologueBytes);
  const Refused cases[] = {
      {written.bytes, kStore + 1, base::ErrorCode::kCorruption, "the segment belongs to another store than waybill.db"},
      {later, kStore, base::ErrorCode::kConflict,
       "has version 4 of the segment format, and this program reads versions 1 to 3"},
      {"x" + written.bytes.substr(1), kStore, base::ErrorCode::kCorruption, "no segment begins like this"},
      {"", kStore, base::ErrorCode::kCorruption, "too short for a segment"},
  };
  for (const Refused& c : cases) {
    overwrite(path, c.bytes);
    const auto segment = Segment::open(path, c.store);
    ASSERT_FALSE(segment);
    EXPECT_EQ(segment.error().code(), c.code);
    EXPECT_NE(segment.error().message().find(c.message), std::string::npos) << segment.error().message();
  }
  EXPECT_EQ(Segment::open(path + " that is not there", kStore).error().code(), base::ErrorCode::kNotFound);
}

TEST(SegmentDamageTest, a_file_that_shrinks_while_it_is_open_gives_errors_and_the_process_lives) {
  const Written written = write_small(3000);
  const auto segment = Segment::open(written.path, kStore);
  ASSERT_TRUE(segment);
  const auto key = testing::keys_of(written.rows[0].workspace, written.rows[0].terms)[1];
  const auto term = (*segment)->find_term(key);
  ASSERT_TRUE(term && *term);
  ASSERT_TRUE((*segment)->key(2000));
  std::filesystem::resize_file(written.path, 100);

  const auto read = (*segment)->key(2000);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), base::ErrorCode::kCorruption);
  EXPECT_NE(read.error().message().find(written.path + " at offset "), std::string::npos) << read.error().message();
  EXPECT_TRUE((*segment)->damage().has_value());
  EXPECT_FALSE((*segment)->find_term(key));
  EXPECT_FALSE((*segment)->rows(**term, 0));
  EXPECT_FALSE((*segment)->may_meet(std::array{**term, **term}, 0));
  EXPECT_FALSE((*segment)->lower_bound(written.rows[5].key));
  EXPECT_FALSE((*segment)->records(std::array{1U, 2U}));
  EXPECT_FALSE(testing::rows_of(*segment));
  EXPECT_FALSE((*segment)->check_pages());
  EXPECT_FALSE((*segment)->check_structure());
}

TEST(SegmentDamageTest, a_bus_error_elsewhere_ends_the_process) {
  const Written written = write_small(20);
  const auto segment = Segment::open(written.path, kStore);
  ASSERT_TRUE(segment);
  EXPECT_EXIT(raise(SIGBUS); raise(SIGBUS), ::testing::KilledBySignal(SIGBUS), "");
}

}  // namespace
}  // namespace waybill::segment
