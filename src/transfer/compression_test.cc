#include "transfer/compression.h"

#include <string>

#include <gtest/gtest.h>

#include "base/random.h"

namespace waybill::transfer {
namespace {

constexpr Compression kAll[] = {Compression::kNone, Compression::kGzip, Compression::kZstd};

std::string compressed(Compression compression, std::string_view text, std::size_t frame_bytes = std::string::npos) {
  const auto writer = make_frame_writer(compression);
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += std::min(frame_bytes, text.size() - at)) {
    writer->append(text.substr(at, frame_bytes), out);
    writer->end_frame(out);
  }
  return out;
}

// Reads `bytes` in pieces, into small room; an error comes as its message.
std::string inflated(Compression compression, std::string_view bytes, std::size_t piece, std::size_t room) {
  const auto reader = make_frame_reader(compression);
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    std::string_view some = bytes.substr(at, piece);
    for (std::size_t before = out.size();; before = out.size()) {
      const auto done = reader->read(some, out, room);
      if (!done) return done.error().message();
      EXPECT_LE(out.size() - before, room);
      if (out.size() == before && some.empty()) break;
    }
  }
  const auto done = reader->finish();
  return done ? out : done.error().message();
}

std::string some_text(std::size_t length) {
  base::SeededRandom random(3);
  std::string text;
  while (text.size() < length) text += "event " + std::to_string(random.below(1000)) + "\n";
  return text;
}

TEST(Compression, a_text_comes_back_whole_whatever_the_pieces) {
  const std::string text = some_text(300'000);
  for (const Compression compression : kAll) {
    for (const std::size_t frame : {text.size(), std::size_t{77'777}}) {
      const std::string bytes = compressed(compression, text, frame);
      EXPECT_LE(bytes.size(), compression == Compression::kNone ? text.size() : text.size() / 2);
      EXPECT_EQ(inflated(compression, bytes, bytes.size(), text.size() + 1), text);
      EXPECT_EQ(inflated(compression, bytes, 1'000, 333), text);
      EXPECT_EQ(inflated(compression, bytes, 1, 65'536), text);
    }
  }
}

TEST(Compression, no_text_is_no_bytes) {
  for (const Compression compression : kAll) {
    const auto writer = make_frame_writer(compression);
    std::string out;
    writer->append("", out);
    writer->end_frame(out);
    EXPECT_EQ(out, "");
    EXPECT_EQ(inflated(compression, "", 1, 10), "");
  }
}

TEST(Compression, a_file_that_is_cut_anywhere_says_so) {
  const std::string text = some_text(5'000);
  for (const Compression compression : {Compression::kGzip, Compression::kZstd}) {
    const std::string bytes = compressed(compression, text);
    for (std::size_t length = 1; length < bytes.size(); length += 7) {
      const std::string found = inflated(compression, bytes.substr(0, length), 64, 1'024);
      EXPECT_EQ(found, "the " + std::string(to_text(compression)) + " data ends in the middle") << length;
    }
  }
}

TEST(Compression, damage_and_what_does_not_belong_there_are_refused) {
  const std::string text = some_text(5'000);
  for (const Compression compression : {Compression::kGzip, Compression::kZstd}) {
    const std::string format(to_text(compression));
    const std::string word = "the " + format + " data is damaged: ";
    std::string bytes = compressed(compression, text);
    const std::string behind = "behind the end of its " + format + " data stand other bytes, 'a";
    EXPECT_EQ(inflated(compression, bytes + "and more", 64, 1'024).substr(0, behind.size()), behind);
    EXPECT_EQ(inflated(compression, bytes + std::string(100, '\0') + "and more", 64, 1'024).substr(0, behind.size()),
              behind);
    bytes[bytes.size() - 3] = static_cast<char>(bytes[bytes.size() - 3] ^ 1);  // of the checksum, or the length
    EXPECT_EQ(inflated(compression, bytes, 64, 1'024).substr(0, word.size()), word);
  }
}

TEST(Compression, zeros_behind_the_end_are_padding) {
  const std::string text = some_text(5'000);
  for (const Compression compression : {Compression::kGzip, Compression::kZstd}) {
    const std::string bytes = compressed(compression, text);
    for (const std::size_t zeros : {1UL, 63UL, 512UL, 100'000UL}) {
      const std::string padding(zeros, '\0');
      EXPECT_EQ(inflated(compression, bytes + padding, 64, 1'024), text);
      EXPECT_EQ(inflated(compression, bytes + padding + bytes, 64, 1'024), text + text);
    }
  }
}

TEST(Compression, words_endings_and_first_bytes_tell_the_same) {
  for (const Compression compression : kAll) {
    const auto parsed = parse_compression(to_text(compression));
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(*parsed, compression);
    EXPECT_EQ(compression_of_name("a.ndjson" + std::string(ending_of(compression))), compression);
    EXPECT_EQ(compression_of_bytes(compressed(compression, "{}")), compression);
  }
  EXPECT_EQ(compression_of_bytes("\x1f"), Compression::kNone);
  const auto refused = parse_compression("bzip2");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message(), "'bzip2' is neither gzip, zstd nor none");
}

}  // namespace
}  // namespace waybill::transfer
