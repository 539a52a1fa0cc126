#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

// OpenSSL's, so that nobody who names a TlsContext needs its headers.
struct ssl_ctx_st;

namespace waybill::http {

// Where a certificate (with those between it and its root) and its key lie, as PEM.
struct TlsFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

// A certificate with its key, and how a server speaks TLS with them: 1.2 and 1.3, forward secrecy, authenticated
// ciphers, no renegotiation, no compression. Constant; safe for concurrent use.
class TlsContext {
 public:
  // kInvalidArgument, naming the file, for one that cannot be read, is no PEM, needs a password, or does not fit the
  // other.
  static base::Result<std::shared_ptr<const TlsContext>> load(const TlsFiles& files);

  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  [[nodiscard]] ssl_ctx_st* native() const { return context_; }

  // When the certificate ceases to be valid.
  [[nodiscard]] base::WallTime not_after() const;
  // The SHA-256 of the certificate, as clients show it: "AB:CD:…".
  [[nodiscard]] std::string fingerprint() const;

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* const context_;
};

// A certificate and its key, both as PEM.
struct SelfSigned {
  std::string certificate;
  std::string key;
};

// A new one for these names and addresses (each a host name, or an IPv4 or IPv6 address), good for `validity` from the
// day before `now`. kInvalidArgument for a name that no certificate can hold. REQUIRES: hosts is not empty.
base::Result<SelfSigned> make_self_signed(const std::vector<std::string>& hosts, base::WallTime now,
                                          std::chrono::days validity);

// A certificate authority that can vouch for one host and no other, since its own certificate says so.
// kInvalidArgument as above, and for an address.
base::Result<SelfSigned> make_authority(const std::string& host, base::WallTime now, std::chrono::days validity);

// A certificate for a host, signed by an authority. kInvalidArgument as above, and for an authority that is no PEM.
base::Result<SelfSigned> make_signed(const SelfSigned& authority, const std::string& host, base::WallTime now,
                                     std::chrono::days validity);

}  // namespace waybill::http
