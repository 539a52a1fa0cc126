#include "backup/manifest.h"

#include <string>

#include <gtest/gtest.h>

#include "base/files.h"

namespace waybill::backup {
namespace {

Manifest example() {
  Manifest manifest;
  manifest.store_id = 0xfedcba9876543210;
  manifest.incarnation = 7;
  manifest.database_format = 2;
  manifest.taken = base::from_ms(1'795'428'005'417);
  manifest.position = model::Position{507};
  manifest.events = 500;
  manifest.files = {{"segments/000001.seg", 12'288, std::string(64, 'a')}, {"waybill.db", 4'096, std::string(64, 'b')}};
  return manifest;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

TEST(BackupManifest, what_is_written_is_read) {
  const auto read = decode_manifest(encode_manifest(example()));
  ASSERT_TRUE(read.has_value()) << read.error().message();
  EXPECT_EQ(read->store_id, 0xfedcba9876543210);
  EXPECT_EQ(read->incarnation, 7U);
  EXPECT_EQ(read->taken, example().taken);
  EXPECT_EQ(read->position, example().position);
  EXPECT_EQ(read->events, 500U);
  EXPECT_EQ(read->bytes(), 16'384U);
  ASSERT_NE(read->find("waybill.db"), nullptr);
  EXPECT_EQ(read->find("waybill.db")->sha256, std::string(64, 'b'));
  EXPECT_EQ(read->find("segments/000002.seg"), nullptr);
  EXPECT_EQ(encode_manifest(*read), encode_manifest(example()));
}

TEST(BackupManifest, what_is_none_is_refused_by_its_member) {
  struct Refused {
    const char* what;
    const char* by;
    const char* message;
  };
  constexpr Refused kCases[] = {
      {"waybill-backup", "waybill-export", "is no manifest of a backup"},
      {"\"version\":1", "\"version\":2", "has version 2, written by a later release; this one knows 1"},
      {"fedcba9876543210", "fedcba98765432", "store_id: must be 16 hex digits"},
      {"0000000000000007", "000000000000000x", "incarnation: must be 16 hex digits"},
      {"\"position\":507", "\"position\":-1", "position: must not be negative"},
      {"\"taken\":\"2026", "\"taken\":\"x026", "taken: "},
      {"segments/000001.seg", "../waybill.db", "is no name of a backup's file"},
      {"segments/000001.seg", "segments/../x", "is no name of a backup's file"},
      {"segments/000001.seg", "/etc/passwd", "is no name of a backup's file"},
      {"waybill.db", "other.db", "files: must have waybill.db"},
      {"\"sha256\":\"bbbb", "\"sha256\":\"", "sha256: must be 64 hex digits"},
  };
  for (const Refused& c : kCases) {
    const auto read = decode_manifest(replaced(encode_manifest(example()), c.what, c.by));
    ASSERT_FALSE(read.has_value()) << c.by;
    EXPECT_NE(read.error().message().find(c.message), std::string::npos) << read.error().message();
  }
  EXPECT_FALSE(decode_manifest("").has_value());
  EXPECT_FALSE(decode_manifest("[]").has_value());
}

}  // namespace
}  // namespace waybill::backup
