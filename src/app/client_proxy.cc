#include "app/client_proxy.h"

#include <system_error>

#include "base/bounded_files.h"
#include "base/files.h"

namespace waybill::app {
namespace {

constexpr std::chrono::days kAuthorityValidity{3650};
// What common clients accept of a certificate at most.
constexpr std::chrono::days kHostValidity{825};
constexpr std::chrono::days kRenewedBefore{30};

bool exist(const http::TlsFiles& files) {
  std::error_code ignored;
  return std::filesystem::exists(files.certificate, ignored) && std::filesystem::exists(files.key, ignored);
}

// Whether they are there and will be valid for a while.
base::Result<bool> are_good(const http::TlsFiles& files, base::WallTime now) {
  if (!exist(files)) return false;
  TRY_ASSIGN(const auto context, http::TlsContext::load(files));
  return context->not_after() - now > kRenewedBefore;
}

base::Result<void> write(const http::TlsFiles& files, const http::SelfSigned& made) {
  TRY(base::write_private_file(files.key, made.key));
  return base::write_private_file(files.certificate, made.certificate);
}

}  // namespace

ClientProxyFiles client_proxy_files(const std::filesystem::path& data) {
  const std::filesystem::path folder = data / "client-proxy";
  return {{folder / "authority.pem", folder / "authority.key.pem"}, {folder / "host.pem", folder / "host.key.pem"}};
}

base::Result<std::shared_ptr<const http::TlsContext>> prepare_client_proxy(const std::filesystem::path& data,
                                                                           base::WallTime now) {
  const ClientProxyFiles files = client_proxy_files(data);
  TRY_ASSIGN(const bool has_authority, are_good(files.authority, now));
  TRY_ASSIGN(const bool has_host, are_good(files.host, now));
  if (!has_authority) {
    TRY(base::make_private_folder(files.authority.key.parent_path()));
    TRY_ASSIGN(const http::SelfSigned made, http::make_authority(kHostedHost, now, kAuthorityValidity));
    TRY(write(files.authority, made));
  }
  if (!has_authority || !has_host) {
    http::SelfSigned authority;
    TRY_ASSIGN(authority.certificate, base::read_file_up_to(files.authority.certificate, base::kSmallFileMax));
    TRY_ASSIGN(authority.key, base::read_file_up_to(files.authority.key, base::kSmallFileMax));
    TRY_ASSIGN(const http::SelfSigned made, http::make_signed(authority, kHostedHost, now, kHostValidity));
    TRY(write(files.host, made));
  }
  return http::TlsContext::load(files.host);
}

}  // namespace waybill::app
