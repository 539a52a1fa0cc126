#include <utility>

#include "app/admin_token.h"
#include "app/client_proxy.h"
#include "app/tls_setup.h"
#include "cli/examination.h"
#include "cli/json_member.h"
#include "codec/json_scan.h"
#include "doctor/disk_checks.h"
#include "doctor/machine_checks.h"
#include "doctor/machine_probe.h"
#include "doctor/setup_checks.h"
#include "http/listening_socket.h"
#include "store/local/schema.h"

namespace waybill::cli {
namespace {

namespace fs = std::filesystem;
using base::Result;
using doctor::Finding;

// The folder itself, or where it would be made.
fs::path existing(const fs::path& folder) {
  std::error_code error;
  fs::path at = fs::absolute(folder, error);
  while (!at.empty() && !fs::exists(at, error) && at != at.parent_path()) at = at.parent_path();
  return at;
}

Finding examine_space(const fs::path& folder, const doctor::FileCensus& census, const Patient& patient,
                      const Process& process) {
  auto facts = doctor::measure_space(folder);
  if (!facts) return doctor::note("space", facts.error().message());
  facts->store_bytes = census.bytes;
  facts->largest_file_bytes = census.largest_bytes;
  facts->now = process.clock.now();
  // Made with the directory, and not changed since.
  facts->since = doctor::time_of_change(patient.settings.data / app::kAdminTokenFile);
  return doctor::check_space(*facts);
}

bool holds_secrets(const fs::path& config) {
  const auto values = app::read_settings_file(config);
  if (!values) return false;
  for (const app::SettingInfo& info : app::settings_table()) {
    if (info.secret && values->contains(info.name)) return true;
  }
  // A receiver's URL may hold a password.
  const auto forward = values->find("forward");
  return forward != values->end() && forward->second.find('@') != std::string::npos;
}

Finding examine_modes(const Patient& patient) {
  const app::Settings& settings = patient.settings;
  std::vector<doctor::FileMode> files;
  const auto look = [&](const fs::path& path, doctor::Secrecy secrecy) {
    if (auto mode = doctor::mode_of(path, secrecy)) files.push_back(*std::move(mode));
  };
  look(settings.data, doctor::Secrecy::kOwner);
  // What cannot be entered is told by the folder's own line.
  std::error_code error;
  fs::recursive_directory_iterator at(settings.data, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    look(at->path(), doctor::Secrecy::kOwner);
  }
  look(settings.tls_key, doctor::Secrecy::kGroup);
  look(settings.upstream_credentials_file, doctor::Secrecy::kGroup);
  if (!patient.config.empty() && holds_secrets(patient.config)) look(patient.config, doctor::Secrecy::kGroup);
  return doctor::check_modes(files);
}

Finding examine_descriptors(const doctor::FileCensus& census, const Patient& patient) {
  const auto limit = doctor::descriptor_limit(patient.holder);
  if (!limit) return doctor::note("files", "the running server's limits cannot be read by this user");
  return doctor::check_descriptors(
      {*limit, patient.holder.has_value(), patient.settings.http.limits.connections_max, census.sealed_files});
}

Finding examine_memory(const Patient& patient) {
  const app::Settings& settings = patient.settings;
  doctor::MemoryFacts facts = doctor::measure_memory();
  facts.cache_bytes = settings.api.events.cache_bytes;
  facts.queued_bytes_max = settings.event_log.queued_bytes_max;
  facts.bodies_bytes_max = settings.http.limits.bodies_bytes_max;
  facts.answers_bytes_max = settings.http.limits.answers_bytes_max;
  facts.tail_bytes = settings.store.tail_bytes_max;
  return doctor::check_memory(facts);
}

Finding examine_certificate(const Patient& patient, const Process& process) {
  const app::Settings& settings = patient.settings;
  const base::WallTime now = process.clock.now();
  const auto look = [&]() -> Result<std::optional<doctor::CertificateFacts>> {
    std::optional<http::TlsFiles> files = app::self_signed_files(settings.data);
    std::error_code error;
    if (!settings.tls_self_signed) {
      TRY_ASSIGN(files, app::prepare_tls(settings, now));
    } else if (!fs::exists(files->certificate, error)) {
      // The next start makes it.
      files.reset();
    }
    if (!files) return std::optional<doctor::CertificateFacts>();
    TRY_ASSIGN(const auto context, http::TlsContext::load(*files));
    return std::optional(doctor::CertificateFacts{files->certificate, context->not_after(), now});
  };
  return doctor::check_certificate(look(), !settings.tls_self_signed && app::is_reachable(settings.http.host));
}

bool is_waybill(const Patient& patient, const std::string& url) {
  http::Client client(client_options(patient));
  const auto answer = client.send(http::Method::kGet, url + "/", {}, "");
  codec::JsonChecker checker;
  constexpr std::size_t kNestingMax = 16;
  const auto body = answer ? checker.check(answer->body, kNestingMax) : Result<codec::CheckedJson>(answer.error());
  return body && text_member(*body, "service") == "waybill";
}

Finding examine_port(const Patient& patient) {
  const app::Settings& settings = patient.settings;
  const std::string listen = settings.http.host + ":" + std::to_string(settings.http.port);
  if (patient.holder && (patient.url_is_given || patient.url_is_known)) {
    return doctor::check_port({patient.url, doctor::PortState::kOurs, "", patient.holder});
  }
  const auto tried = http::ListeningSocket::open(settings.http.host, settings.http.port);
  doctor::PortFacts facts{listen, doctor::PortState::kFree, "", patient.holder};
  if (tried) return doctor::check_port(facts);
  facts.detail = tried.error().message();
  facts.state = doctor::PortState::kRefused;
  if (tried.error().code() == base::ErrorCode::kConflict) {
    const bool is_ours = is_waybill(patient, local_url(settings));
    facts.state = !is_ours         ? doctor::PortState::kOther
                  : patient.holder ? doctor::PortState::kOurs
                                   : doctor::PortState::kWaybill;
  }
  return doctor::check_port(facts);
}

}  // namespace

std::vector<Finding> examine_machine(const Patient& patient, const std::optional<ClockSkew>& skew,
                                     const Process& process) {
  const fs::path folder = existing(patient.settings.data);
  const doctor::FileCensus census = doctor::count_files(patient.settings.data);
  doctor::ClockFacts clock{process.clock.now(), doctor::clock_keeping(), census.newest, {}, ""};
  if (skew) {
    clock.ahead = skew->ahead;
    clock.other = skew->other;
  }
  std::vector<Finding> findings;
  // First: what else is seen of a database with a damaged log would mislead.
  const auto log = store::check_database_log(patient.settings.data);
  if (!log && log.error().code() == base::ErrorCode::kCorruption) {
    findings.push_back(
        doctor::mend("log", log.error().message(), "run `waybill repair` before anything else opens it"));
  }
  findings.push_back(doctor::check_disk(doctor::measure_flushes(folder, process.files, process.clock)));
  findings.push_back(examine_space(folder, census, patient, process));
  findings.push_back(examine_modes(patient));
  findings.push_back(doctor::check_clock(clock));
  findings.push_back(examine_descriptors(census, patient));
  findings.push_back(doctor::check_mappings(doctor::mapping_limit(), census.sealed_files));
  findings.push_back(examine_memory(patient));
  findings.push_back(examine_certificate(patient, process));
  findings.push_back(examine_port(patient));
  return findings;
}

std::vector<Finding> examine(const RunningServer& server, const Process& process) {
  const auto patient = find_patient(server, process);
  if (!patient) {
    return {doctor::mend("settings", patient.error().message(), "put it right: no server starts with these settings")};
  }
  std::vector<Finding> findings = {
      doctor::fine("settings", std::to_string(patient->settings.given.size()) + " given, and a server takes them")};
  Examined of_server = examine_server(*patient, process);
  Examined of_upstream = examine_upstream(*patient, process);
  const auto skew = of_upstream.skew ? of_upstream.skew : of_server.skew;
  std::vector<Finding> of_machine;
  if (patient->has_directory) {
    of_machine = examine_machine(*patient, skew, process);
  } else if (skew) {
    of_machine.push_back(
        doctor::check_clock({process.clock.now(), doctor::ClockKeeping::kUnknown, {}, skew->ahead, skew->other}));
  }
  for (std::vector<Finding>* part : {&of_machine, &of_server.findings, &of_upstream.findings}) {
    for (Finding& finding : *part) findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace waybill::cli
