#include "app/service_manager.h"

#include <array>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace waybill::app {
namespace {

using Variables = std::map<std::string, std::string>;

// The other end: what a service manager hears.
class Listener {
 public:
  explicit Listener(const std::string& name) : descriptor_(socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), length), 0);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { close(descriptor_); }

  // The next message; empty if there is none.
  std::string heard() {
    std::array<char, 512> text{};
    const ssize_t length = recv(descriptor_, text.data(), text.size(), MSG_DONTWAIT);
    return length < 0 ? "" : std::string(text.data(), static_cast<std::size_t>(length));
  }

 private:
  int descriptor_;
};

TEST(ServiceManager, each_state_is_told_through_the_socket_that_the_environment_names) {
  const std::string path = (std::filesystem::temp_directory_path() / ("notify-" + std::to_string(getpid()))).string();
  const std::string abstract = "@waybill-test-" + std::to_string(getpid());
  for (const std::string& name : {path, abstract}) {
    SCOPED_TRACE(name);
    Listener listener(name);
    ServiceManager manager(Environment(Variables{{"NOTIFY_SOCKET", name}}), 1);
    manager.ready("listening");
    EXPECT_EQ(listener.heard(), "READY=1\nSTATUS=listening");
    manager.reloading(base::SteadyTime(std::chrono::milliseconds(7)));
    EXPECT_EQ(listener.heard(), "RELOADING=1\nMONOTONIC_USEC=7000");
    manager.alive();
    EXPECT_EQ(listener.heard(), "WATCHDOG=1");
    manager.stopping();
    EXPECT_EQ(listener.heard(), "STOPPING=1");
  }
  std::filesystem::remove(path);
}

TEST(ServiceManager, nobody_and_a_socket_that_is_gone_are_fine) {
  ServiceManager(Environment(Variables{}), 1).ready("listening");
  ServiceManager(Environment(Variables{{"NOTIFY_SOCKET", "/no/such/socket"}}), 1).ready("listening");
  ServiceManager(Environment(Variables{{"NOTIFY_SOCKET", std::string(1000, 'x')}}), 1).ready("listening");
}

TEST(ServiceManager, the_watchdog_is_heeded_if_it_is_ours) {
  const auto period = [](const Variables& variables) {
    return ServiceManager(Environment(variables), 42).alive_period();
  };
  EXPECT_EQ(period({}), std::nullopt);
  EXPECT_EQ(period({{"WATCHDOG_USEC", "many"}}), std::nullopt);
  EXPECT_EQ(period({{"WATCHDOG_USEC", "30000000"}}), std::chrono::milliseconds(15'000));
  EXPECT_EQ(period({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "42"}}), std::chrono::milliseconds(15'000));
  EXPECT_EQ(period({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "43"}}), std::nullopt);
}

}  // namespace
}  // namespace waybill::app
