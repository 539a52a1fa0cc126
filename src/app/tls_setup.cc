#include "app/tls_setup.h"

#include <array>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/strings.h"

namespace waybill::app {
namespace {

// What common clients accept of a certificate at most.
constexpr std::chrono::days kValidity{825};
constexpr std::chrono::days kRenewedBefore{30};

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

// Every name by which a client on this machine, or one beside it, may call the server.
std::vector<std::string> own_names(const std::string& listens_on) {
  std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};
  const std::string name = host_name();
  if (!name.empty() && name != "localhost") names.push_back(name);
  const bool is_any = listens_on == "0.0.0.0" || listens_on == "::";
  if (is_reachable(listens_on) && !is_any) names.push_back(listens_on);
  return names;
}

base::Result<void> ensure_self_signed(const http::TlsFiles& files, const std::string& host, base::WallTime now) {
  std::error_code ignored;
  if (std::filesystem::exists(files.certificate, ignored) && std::filesystem::exists(files.key, ignored)) {
    TRY_ASSIGN(const auto context, http::TlsContext::load(files));
    if (context->not_after() - now > kRenewedBefore) return {};
  }
  TRY_ASSIGN(const http::SelfSigned made, http::make_self_signed(own_names(host), now, kValidity));
  TRY(base::make_private_folder(files.key.parent_path()));
  TRY(base::write_private_file(files.key, made.key));
  return base::write_private_file(files.certificate, made.certificate);
}

}  // namespace

bool is_reachable(const std::string& host) { return host != "localhost" && host != "::1" && !host.starts_with("127."); }

http::TlsFiles self_signed_files(const std::filesystem::path& data) {
  return {data / "tls" / "certificate.pem", data / "tls" / "key.pem"};
}

base::Result<std::optional<http::TlsFiles>> prepare_tls(const Settings& settings, base::WallTime now) {
  const bool has_certificate = !settings.tls_certificate.empty();
  if (has_certificate != !settings.tls_key.empty()) {
    return base::invalid_argument("tls-certificate and tls-key must be given together");
  }
  if (has_certificate && settings.tls_self_signed) {
    return base::invalid_argument(
        "tls-self-signed makes a certificate of its own; leave out tls-certificate and tls-key");
  }
  if (has_certificate) return std::optional(http::TlsFiles{settings.tls_certificate, settings.tls_key});
  if (!settings.tls_self_signed) return std::optional<http::TlsFiles>();
  http::TlsFiles files = self_signed_files(settings.data);
  TRY(ensure_self_signed(files, settings.http.host, now));
  return std::optional(std::move(files));
}

bool TlsWatch::have_changed() {
  const std::string now = state();
  const bool is_steady = now == pending_;
  pending_ = now;
  if (!is_steady || now == seen_) return false;
  seen_ = now;
  return true;
}

std::string TlsWatch::state() const {
  std::string out;
  for (const std::filesystem::path& path : {files_.certificate, files_.key}) {
    struct stat found{};
    if (stat(path.c_str(), &found) != 0) continue;
    for (const auto number :
         {static_cast<std::int64_t>(found.st_ino), static_cast<std::int64_t>(found.st_size),
          static_cast<std::int64_t>(found.st_mtim.tv_sec), static_cast<std::int64_t>(found.st_mtim.tv_nsec)}) {
      out += std::to_string(number) + ' ';
    }
  }
  return out;
}

}  // namespace waybill::app
