#include "app/service_manager.h"

#include <cstddef>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/strings.h"

namespace waybill::app {

ServiceManager::ServiceManager(const Environment& environment, int process_id)
    : socket_(environment.find("NOTIFY_SOCKET").value_or("")) {
  constexpr std::int64_t kUsInMs = 1000;
  const auto microseconds = base::parse_int(environment.find("WATCHDOG_USEC").value_or(""));
  const auto watched = environment.find("WATCHDOG_PID");
  if (!microseconds || *microseconds < 2 * kUsInMs) return;
  if (watched && *watched != std::to_string(process_id)) return;
  alive_period_ = std::chrono::milliseconds(*microseconds / kUsInMs / 2);
}

void ServiceManager::ready(std::string_view status) { send("READY=1\nSTATUS=" + std::string(status)); }

void ServiceManager::reloading(base::SteadyTime now) {
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void ServiceManager::stopping() { send("STOPPING=1"); }

void ServiceManager::alive() { send("WATCHDOG=1"); }

// One datagram. Nothing can be done about one that does not arrive, and the server is none the worse for it.
void ServiceManager::send(const std::string& text) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.empty() || socket_.size() >= sizeof(address.sun_path)) return;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  // A name in the abstract namespace begins with a zero byte, which an environment variable cannot hold.
  if (socket_.front() == '@') address.sun_path[0] = '\0';
  const int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  sendto(descriptor, text.data(), text.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), length);
  close(descriptor);
}

}  // namespace waybill::app
