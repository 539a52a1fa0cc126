#include "cli/trust.h"

#include <system_error>

#include "app/tls_setup.h"
#include "http/url.h"

namespace waybill::cli {

bool is_this_machine(const std::string& url) {
  const auto parts = http::parse_url(url);
  if (!parts) return false;
  std::string host = parts->authority.substr(0, parts->authority.rfind(':'));
  if (parts->authority.starts_with('[')) host = parts->authority.substr(1, parts->authority.find(']') - 1);
  // A name may begin like an address.
  const bool is_address = host.find_first_not_of("0123456789.") == std::string::npos;
  return host == "localhost" || host == "::1" || (is_address && host.starts_with("127."));
}

std::filesystem::path trust_file_for(const std::string& url, const std::filesystem::path& data,
                                     const Process& process) {
  if (!process.ca_file.empty()) return process.ca_file;
  std::filesystem::path own = app::self_signed_files(data).certificate;
  std::error_code error;
  if (url.starts_with("https://") && is_this_machine(url) && std::filesystem::exists(own, error)) return own;
  return process.environment.find("SSL_CERT_FILE").value_or("");
}

std::filesystem::path trust_file_for(const std::string& url, const Process& process) {
  return trust_file_for(url, process.environment.find("WAYBILL_DATA").value_or("data"), process);
}

}  // namespace waybill::cli
