#include "segment/writer.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "segment/testing/rows.h"

namespace waybill::segment {
namespace {

// A file that holds so many bytes, or cannot be synced.
class LimitedFile final : public base::OutputFile {
 public:
  LimitedFile(std::size_t room, bool syncs) : room_(room), syncs_(syncs) {}

  base::Result<void> append(std::string_view bytes) override {
    if (bytes.size() > room_) return base::storage_full("no room");
    room_ -= bytes.size();
    return {};
  }
  base::Result<void> sync() override {
    if (!syncs_) return base::io_error("no sync");
    return {};
  }

 private:
  std::size_t room_;
  const bool syncs_;
};

class LimitedFiles final : public base::FileSystem {
 public:
  LimitedFiles(std::size_t room, bool syncs) : room_(room), syncs_(syncs) {}

  base::Result<std::unique_ptr<base::OutputFile>> create(const std::filesystem::path& /*path*/) override {
    return std::unique_ptr<base::OutputFile>(std::make_unique<LimitedFile>(room_, syncs_));
  }
  base::Result<void> rename(const std::filesystem::path& /*from*/, const std::filesystem::path& /*to*/) override {
    return {};
  }
  base::Result<void> remove(const std::filesystem::path& /*path*/) override { return {}; }
  base::Result<void> sync_folder(const std::filesystem::path& /*folder*/) override { return {}; }

 private:
  const std::size_t room_;
  const bool syncs_;
};

// The first failure on the way of some rows into a file.
base::Result<void> write_all(base::FileSystem& files, const std::vector<testing::OwnedRow>& rows) {
  TRY_ASSIGN(const auto writer, Writer::create(files, "segment", {1, 1, {}, 16}));
  for (const testing::OwnedRow& row : rows) TRY(writer->add(row.view()));
  return writer->finish({});
}

TEST(WriterTest, says_so_where_the_disk_fills_or_fails) {
  const auto rows = testing::random_rows({.rows = 5000, .record_bytes_max = 300}, 1);
  LimitedFiles all(100'000'000, true);
  EXPECT_TRUE(write_all(all, rows));
  for (const std::size_t room : {0U, 300'000U, 700'000U, 900'000U}) {
    LimitedFiles full(room, true);
    const auto written = write_all(full, rows);
    ASSERT_FALSE(written) << room;
    EXPECT_EQ(written.error(), base::storage_full("no room"));
  }
  LimitedFiles unsynced(100'000'000, false);
  EXPECT_EQ(write_all(unsynced, rows).error(), base::io_error("no sync"));
}

TEST(WriterTest, refuses_to_replace_more_segments_than_a_footer_names) {
  LimitedFiles files(100'000'000, true);
  const auto writer = Writer::create(files, "segment", {1, 1, std::vector<std::uint64_t>(257), 16});
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error(), base::invalid_argument("a segment may replace at most 256 others, not 257"));
}

TEST(WriterTest, writes_the_same_bytes_for_the_same_rows) {
  const auto rows = testing::random_rows({.rows = 500}, 1);
  const std::string path = ::testing::TempDir() + "writer_test_same_bytes";
  testing::write_segment(path, rows, {1, 1, {}, 7});
  const auto first = base::read_file(path);
  testing::write_segment(path, rows, {1, 1, {}, 7});
  EXPECT_EQ(*first, *base::read_file(path));
}

}  // namespace
}  // namespace waybill::segment
