#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "app/environment.h"
#include "base/clock.h"

namespace waybill::app {

// Whoever started this process and wants to know how it fares: systemd, by the protocol of sd_notify(3), through the
// socket that NOTIFY_SOCKET names. Where nobody does, every call does nothing. Not for concurrent use.
class ServiceManager {
 public:
  // `process_id` is this process's: WATCHDOG_PID may say that the watchdog is another's.
  ServiceManager(const Environment& environment, int process_id);

  // The server answers; `status` is a line for a person.
  void ready(std::string_view status);
  // The settings are being read again, until ready() is called.
  void reloading(base::SteadyTime now);
  void stopping();
  void alive();

  // How often alive() must be called lest the process be taken for dead: half of what the manager allows. Nothing if it
  // does not watch.
  [[nodiscard]] std::optional<std::chrono::milliseconds> alive_period() const { return alive_period_; }

 private:
  void send(const std::string& text) const;

  std::string socket_;
  std::optional<std::chrono::milliseconds> alive_period_;
};

}  // namespace waybill::app
