#include "app/server_address.h"

#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace waybill::app {
namespace {

class ServerAddressTest : public ::testing::Test {
 public:
  ServerAddressTest() {
    std::string pattern = ::testing::TempDir() + "waybill_address_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~ServerAddressTest() override { std::filesystem::remove_all(folder_); }

 protected:
  std::filesystem::path folder_;
};

TEST_F(ServerAddressTest, is_that_of_the_process_that_wrote_it) {
  EXPECT_EQ(read_address(folder_, getpid()), std::nullopt) << "there is none";
  const ServerAddress address{"http://127.0.0.1:8080", "0.2.0"};
  ASSERT_TRUE(write_address(folder_, address));
  EXPECT_EQ(read_address(folder_, getpid()), address);
  EXPECT_EQ(read_address(folder_, getpid() + 1), std::nullopt) << "a killed process left it behind";
  remove_address(folder_);
  EXPECT_EQ(read_address(folder_, getpid()), std::nullopt);
  remove_address(folder_);
}

TEST_F(ServerAddressTest, something_else_is_none) {
  for (const char* const text : {"", "\n", "7\n", "7 http://h\n", "x http://h 1\n", "7 http://h 1 2\n"}) {
    std::ofstream(folder_ / kAddressFile) << text;
    EXPECT_EQ(read_address(folder_, 7), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace waybill::app
