#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "http/tls.h"

namespace waybill::app {

// What clients that know no other host believe they speak to through the client proxy.
constexpr const char* kHostedHost = "taskrouter.twilio.com";

// The files of the client proxy in a data directory. Only the authority's certificate is for others to read.
struct ClientProxyFiles {
  http::TlsFiles authority;  // whose certificate clients must trust
  http::TlsFiles host;       // for kHostedHost, signed by it
};
ClientProxyFiles client_proxy_files(const std::filesystem::path& data);

// The certificate to show as kHostedHost. It, and the authority that signs it, are made where they are missing or will
// soon end to be valid; clients must then trust the new authority. kInvalidArgument, naming the file, for files that
// are there and cannot be used; kStorageFull or kIo. REQUIRES: the data directory exists.
base::Result<std::shared_ptr<const http::TlsContext>> prepare_client_proxy(const std::filesystem::path& data,
                                                                           base::WallTime now);

}  // namespace waybill::app
