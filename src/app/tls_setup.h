#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "app/settings.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/tls.h"

namespace waybill::app {

// Where the certificate and the key of a server of these settings lie; nothing if it speaks plain HTTP. With
// tls-self-signed they lie in the data directory, and are made if they are missing or will soon end to be valid.
// kInvalidArgument for settings that contradict each other; kStorageFull or kIo. REQUIRES: the data directory exists.
base::Result<std::optional<http::TlsFiles>> prepare_tls(const Settings& settings, base::WallTime now);

// Where they lie with tls-self-signed, in that data directory.
http::TlsFiles self_signed_files(const std::filesystem::path& data);

// Whether others than this machine can reach a server that listens on `host`.
bool is_reachable(const std::string& host);

// Notices that files have been replaced. Not for concurrent use.
class TlsWatch {
 public:
  explicit TlsWatch(const http::TlsFiles& files) : files_(files), seen_(state()), pending_(seen_) {}

  // Whether the files are others than at the last time this said so, and have been the same for two calls: whoever
  // replaces a certificate replaces its key a moment later.
  bool have_changed();

 private:
  [[nodiscard]] std::string state() const;

  http::TlsFiles files_;
  std::string seen_;
  std::string pending_;
};

}  // namespace waybill::app
