#include "transfer/foreign_file.h"

#include <string>

#include <gtest/gtest.h>

namespace waybill::transfer {
namespace {

using std::string_literals::operator""s;

TEST(ForeignFile, is_named_with_what_to_do) {
  const struct {
    std::string bytes;
    std::string name;
    std::string advice;
  } cases[] = {
      {"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0[Content_Types].xml"s, "an Excel workbook (.xlsx)", "CSV UTF-8"},
      {"PK\x03\x04\x14\0\0\0\0\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet"s, "(.ods)", "CSV UTF-8"},
      {"PK\x03\x04\x14\0\0\0events.ndjson"s, "a ZIP archive", "unpack it"},
      {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook (.xls)", "CSV UTF-8"},
      {"PAR1\x15\0"s, "a Parquet file", "NDJSON or CSV"},
      {"%PDF-1.7\n", "a PDF document", "NDJSON or CSV"},
      {"{\\rtf1\\ansi {\\f0 }", "an RTF document", "plain text"},
      {"BZh91AY&SY", "bzip2", "bzip2 -dc"},
      {"\xfd"
       "7zXZ\0\0"s,
       "xz", "xz -dc"},
      {"7z\xbc\xaf\x27\x1c\0"s, "a 7-Zip archive", "unpack it"},
      {"SQLite format 3\0"s, "an SQLite database", "export --data"},
      {"\xff\xfe\0\0{\0\0\0"s, "UTF-32 text", "iconv -f UTF-32"},
      {std::string(257, 'n') + "ustar\0"s, "a tar archive", "unpack it"},
      {std::string(600, '\0'), "bytes of zero", "another copy"},
      {"<!DOCTYPE html>\n<html>", "an HTML page", "fetch it again"},
      {"\xef\xbb\xbf \r\n<HTML lang=en>", "an HTML page", "fetch it again"},
      {"<?xml version=\"1.0\"?>", "XML", "NDJSON or CSV"},
  };
  for (const auto& c : cases) {
    const auto checked = check_is_text(c.bytes);
    ASSERT_FALSE(checked) << c.name;
    EXPECT_EQ(checked.error().code(), base::ErrorCode::kInvalidArgument);
    EXPECT_NE(checked.error().message().find(c.name), std::string::npos) << checked.error().message();
    EXPECT_NE(checked.error().message().find(c.advice), std::string::npos) << checked.error().message();
  }
}

TEST(ForeignFile, text_and_what_can_be_inflated_pass) {
  for (const std::string& bytes : {""s, "{"s, "\0"s, "sid,url"s, "\x1f\x8b\x08"s, "\x28\xb5\x2f\xfd"s, "\xff\xfe{\0"s,
                                   "PK,not an archive"s, "BZ"s, "{\"a\":\"<html>\"}"s}) {
    EXPECT_TRUE(check_is_text(bytes)) << bytes;
  }
}

}  // namespace
}  // namespace waybill::transfer
