#include <algorithm>
#include <cstdio>
#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "app/shown_settings.h"
#include "base/files.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "bundle/archive.h"
#include "bundle/hidden_secrets.h"
#include "cli/commands.h"
#include "cli/examination.h"
#include "cli/json_member.h"
#include "cli/known_spans.h"
#include "cli/table.h"
#include "cli/version.h"
#include "codec/json_scan.h"
#include "doctor/machine_probe.h"
#include "store/local/sql_registry.h"

namespace waybill::cli {
namespace {

namespace fs = std::filesystem;
using base::Result;

constexpr std::size_t kLogBytesMax = 256UL * 1024;

constexpr const char* kAbout =
    "What `waybill debug bundle` collected for somebody who is asked for help. Secrets are replaced, and no event is "
    "in here,\nbut names are: of this machine, of accounts and workspaces (their SIDs), of addresses. Look through it "
    "before you pass it on.\n\n"
    "version.txt       the release that made this file, and what it was built from\n"
    "machine.txt       system, processors, memory\n"
    "settings.txt      as a server that is started like this would have them\n"
    "doctor.txt        what `waybill doctor` says\n"
    "server.json       what the running server says of itself: the settings in force\n"
    "readyz.json, metrics.txt, log.json   from the running server\n"
    "log.txt           the end of the file that --log named\n"
    "files.txt         the files of the data directory\n"
    "workspaces.txt    how much each workspace holds\n"
    "completeness.txt  which spans are proven, claimed or open\n"
    "missing.txt       what could not be had, and why\n";

// What is collected, and what of it could not be had.
class Collection {
 public:
  void add(std::string name, std::string text) { files_.push_back({std::move(name), std::move(text)}); }
  void add(const std::string& name, const Result<std::string>& text) {
    if (text) return add(name, *text);
    missing_ += name + ": " + text.error().message() + "\n";
  }

  // All of it, without the secrets.
  std::vector<bundle::ArchiveFile> finish(const std::vector<std::string>& secrets) {
    add("missing.txt", missing_.empty() ? "nothing\n" : missing_);
    for (bundle::ArchiveFile& file : files_) file.text = bundle::hide_secrets(file.text, secrets);
    return std::move(files_);
  }

 private:
  std::vector<bundle::ArchiveFile> files_;
  std::string missing_;
};

std::string machine_text() {
  utsname system{};
  uname(&system);
  const doctor::MemoryFacts memory = doctor::measure_memory();
  return fmt::format(
      "system      {} {} {}\nprocessors  {}\nmemory      {}{}\n", system.sysname, system.release, system.machine,
      sysconf(_SC_NPROCESSORS_ONLN), doctor::bytes_text(memory.machine_bytes),
      memory.group_bytes ? ", " + doctor::bytes_text(*memory.group_bytes) + " for its control group" : "");
}

std::string settings_text(const app::Settings& settings) {
  const auto shown = app::shown_settings(settings.given);
  std::string out;
  for (const app::SettingInfo& info : app::settings_table()) {
    const auto at = shown.find(info.name);
    const std::string fallback = info.default_text.empty() ? "none" : info.default_text;
    out += info.name + " = " + (at == shown.end() ? fallback + "  (default)" : at->second) + "\n";
  }
  return out;
}

std::string files_text(const fs::path& folder) {
  std::vector<std::vector<std::string>> rows = {{"FILE", "BYTES", "CHANGED", "MODE"}};
  std::error_code error;
  auto at = fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    const auto mode = doctor::mode_of(at->path(), doctor::Secrecy::kOwner);
    const auto changed = doctor::time_of_change(at->path());
    std::error_code gone;
    const auto bytes = at->is_regular_file(gone) ? at->file_size(gone) : 0;
    if (!mode || !changed || gone) continue;
    rows.push_back({at->path().lexically_relative(folder).string(), std::to_string(bytes),
                    base::to_second_text(*changed), fmt::format("{:o}", mode->mode & 07777U)});
  }
  std::sort(rows.begin() + 1, rows.end());
  return to_table(rows);
}

Result<std::string> workspaces_text(const fs::path& folder) {
  TRY_ASSIGN(const auto registry, store::open_registry(folder));
  TRY_ASSIGN(const auto accounts, registry->accounts());
  TRY_ASSIGN(const auto summaries, registry->summaries());
  std::vector<std::vector<std::string>> rows = {{"ACCOUNT", "WORKSPACE", "EVENTS", "VARIANTS", "FIRST", "LAST"}};
  for (const store::WorkspaceSummary& summary : summaries) {
    const auto account = std::find_if(accounts.begin(), accounts.end(), [&](const model::Account& one) {
      return one.number == summary.workspace.account;
    });
    const bool has_events = summary.events > 0;
    rows.push_back({account == accounts.end() ? "?" : account->sid.to_text(), summary.workspace.sid_text,
                    std::to_string(summary.events), std::to_string(summary.variants),
                    has_events ? base::to_second_text(summary.first) : "-",
                    has_events ? base::to_second_text(summary.last) : "-"});
  }
  return to_table(rows);
}

Result<std::string> completeness_text(const Patient& patient, const Process& process) {
  GapsOptions options;
  options.upstream = "https://taskrouter.twilio.com";
  std::string place;
  if (patient.has_directory) {
    options.data = patient.settings.data;
    place = "--data " + options.data.string();
  } else {
    if (!is_private_way(patient.url)) {
      return base::not_found("credentials are not sent to " + patient.url + " without TLS");
    }
    options.url = patient.url;
    place = "--url " + options.url;
  }
  TRY_ASSIGN(const auto workspaces,
             patient.has_directory ? known_in_directory(options, process) : known_by_server(options, process));
  std::string out;
  for (const KnownWorkspace& known : workspaces) out += to_text(known, options.upstream, place) + "\n";
  return out;
}

// The last lines, however long the file is.
Result<std::string> end_of_log(const fs::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff bytes = file ? static_cast<std::streamoff>(file.tellg()) : -1;
  if (bytes < 0) return base::io_error(path.string() + " cannot be read");
  const std::streamoff begin = std::max<std::streamoff>(0, bytes - std::streamoff{kLogBytesMax});
  file.seekg(begin);
  std::string text(static_cast<std::size_t>(bytes - begin), '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return begin == 0 ? text : text.substr(std::min(text.size(), text.find('\n') + 1));
}

void add_server_words(Collection& collection, const Patient& patient) {
  constexpr std::pair<const char*, const char*> kPlaces[] = {{"server.json", "/admin/v1/Server"},
                                                             {"readyz.json", "/readyz"},
                                                             {"metrics.txt", "/metrics"},
                                                             {"log.json", "/admin/v1/Log"}};
  for (const auto& [name, place] : kPlaces) {
    if (patient.url.empty()) {
      collection.add(name, Result<std::string>(base::not_found("no running server is known")));
      continue;
    }
    const auto client = make_client(patient, patient.url);
    const auto answer = client->send(http::Method::kGet, place);
    // /readyz answers 503 with its reasons.
    const bool is_told = answer && (answer->status == 200 || std::string_view(name) == "readyz.json");
    collection.add(name, is_told  ? Result<std::string>(answer->body)
                         : answer ? Result<std::string>(client->refusal(*answer))
                                  : Result<std::string>(answer.error()));
  }
}

// Everything that must not be in the bundle, wherever it might have got in.
std::vector<std::string> secrets_of(const Patient& patient, const Process& process) {
  const app::Settings& settings = patient.settings;
  std::vector<std::string> secrets = {patient.admin_token, settings.auth_token, settings.upstream.call.password};
  for (const api::WebhookToken& token : settings.api.webhooks.tokens) secrets.push_back(token.token);
  for (const app::SettingInfo& info : app::settings_table()) {
    const auto at = settings.given.find(info.name);
    if (info.secret && at != settings.given.end()) secrets.push_back(at->second);
  }
  for (const char* name : {"WAYBILL_AUTH_TOKEN", "WAYBILL_ADMIN_TOKEN", "TWILIO_AUTH_TOKEN", "TWILIO_API_SECRET"}) {
    secrets.push_back(process.environment.find(name).value_or(""));
  }
  if (!patient.has_directory) return secrets;
  const auto registry = store::open_registry(settings.data);
  const auto accounts = registry ? (*registry)->accounts() : Result<std::vector<model::Account>>(registry.error());
  if (!accounts) return secrets;
  for (const model::Account& account : *accounts) secrets.push_back(account.auth_token);
  return secrets;
}

}  // namespace

Result<void> run_debug_bundle(const BundleOptions& options, const Process& process) {
  std::error_code error;
  const std::string name = options.out.filename().string();
  if (name.find('.') != std::string::npos && !name.ends_with(".tar.gz") && !name.ends_with(".tgz")) {
    return base::invalid_argument("--out: " + options.out.string() + ": a bundle is a .tar.gz");
  }
  if (fs::exists(fs::symlink_status(options.out, error))) {
    return base::invalid_argument("--out: " + options.out.string() + " is there already");
  }
  TRY_ASSIGN(const Patient patient, find_patient(options.server, process));
  Collection collection;
  collection.add("about.txt", kAbout);
  collection.add("version.txt", build_facts());
  collection.add("machine.txt", machine_text());
  collection.add("settings.txt", settings_text(patient.settings));
  const auto findings = examine(options.server, process);
  collection.add("doctor.txt", doctor::to_text(findings));
  add_server_words(collection, patient);
  if (!options.log.empty()) collection.add("log.txt", end_of_log(options.log));
  if (patient.has_directory) {
    collection.add("files.txt", files_text(patient.settings.data));
    collection.add("workspaces.txt", workspaces_text(patient.settings.data));
  }
  collection.add("completeness.txt", completeness_text(patient, process));
  const auto files = collection.finish(secrets_of(patient, process));
  TRY_ASSIGN(const std::string archive, bundle::make_archive("waybill-debug", files, process.clock.now()));
  TRY(base::write_private_file(options.out, archive));
  std::fputs((options.out.string() + ": " + doctor::bytes_text(archive.size()) +
              "; it should hold no secret and no event, but look through it before you pass it on\n")
                 .c_str(),
             stdout);
  return {};
}

}  // namespace waybill::cli
