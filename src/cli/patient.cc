#include "cli/patient.h"

#include <utility>

#include "app/admin_token.h"
#include "app/server_address.h"
#include "base/strings.h"
#include "cli/read_settings.h"
#include "cli/trust.h"
#include "doctor/machine_probe.h"
#include "http/url.h"
#include "store/local/schema.h"

namespace waybill::cli {
namespace {

using base::Result;

Result<std::string> token_of(const RunningServer& server, const Patient& patient, const Process& process) {
  TRY_ASSIGN(const auto named, find_admin_token(server.admin_token_file, process));
  if (named) return *named;
  if (!patient.has_directory) return std::string();
  // Another user's directory may keep it to itself; what needs the token says so.
  auto token = app::read_admin_token(patient.settings.data / app::kAdminTokenFile);
  return token ? *std::move(token) : std::string();
}

}  // namespace

std::string local_url(const app::Settings& settings) {
  if (settings.http.port == 0) return "";
  const std::string& host = settings.http.host;
  std::string shown = host;
  if (host == "0.0.0.0") shown = "127.0.0.1";
  if (host == "::") shown = "::1";
  if (shown.find(':') != std::string::npos) shown = "[" + shown + "]";
  const bool is_encrypted = settings.tls_self_signed || !settings.tls_certificate.empty();
  return (is_encrypted ? "https://" : "http://") + shown + ":" + std::to_string(settings.http.port);
}

Result<Patient> find_patient(const RunningServer& server, const Process& process) {
  Patient patient;
  patient.config = settings_file(server.settings, process);
  TRY_ASSIGN(patient.settings, read_settings(server.settings, process));
  patient.has_directory = server.url.empty() || patient.settings.given.contains("data");
  if (patient.has_directory) patient.holder = doctor::find_holder(patient.settings.data / store::kLockFile);
  patient.url_is_given = !server.url.empty();
  if (patient.url_is_given) {
    if (const auto url = http::parse_url(server.url); !url) return url.error().while_doing("--url");
    patient.url = server.url;
    while (patient.url.ends_with('/')) patient.url.pop_back();
  } else if (patient.holder) {
    const auto address = app::read_address(patient.settings.data, *patient.holder);
    patient.url = address ? address->url : local_url(patient.settings);
    patient.url_is_known = address.has_value();
  }
  patient.trust_file = trust_file_for(patient.url, patient.settings.data, process);
  TRY_ASSIGN(patient.admin_token, token_of(server, patient, process));
  return patient;
}

http::ClientOptions client_options(const Patient& patient) {
  http::ClientOptions options;
  options.connect_time_max = std::chrono::seconds(5);
  options.request_time_max = std::chrono::seconds(15);
  options.trust_file = patient.trust_file;
  return options;
}

bool is_private_way(const std::string& url) { return url.starts_with("https://") || is_this_machine(url); }

std::unique_ptr<ServerClient> make_client(const Patient& patient, const std::string& url) {
  return std::make_unique<ServerClient>(url, is_private_way(url) ? patient.admin_token : "", client_options(patient));
}

}  // namespace waybill::cli
