#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace waybill::http {

// A socket that listens, opened before there is a server to accept on it: by a process that may open the port and will
// soon be somebody who may not. Closed by its destruction unless a server has taken it.
class ListeningSocket {
 public:
  // `host` is an address or "localhost"; port 0 is one that the system picks. kInvalidArgument for another host,
  // kConflict if the port is taken, kIo.
  static base::Result<std::unique_ptr<ListeningSocket>> open(const std::string& host, std::uint16_t port);
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;
  ~ListeningSocket();

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] bool is_ipv6() const;

  // The descriptor, which the caller must close. Once.
  int release();

 private:
  class Impl;
  explicit ListeningSocket(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::http
