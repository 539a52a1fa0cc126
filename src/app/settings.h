#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/api.h"
#include "app/access_log.h"
#include "app/environment.h"
#include "backfill/service.h"
#include "base/result.h"
#include "eventlog/event_log.h"
#include "http/server.h"
#include "obs/log.h"
#include "relay/relay.h"
#include "store/local/local_options.h"

namespace waybill::app {

// Everything a server can be told. The defaults are those of settings_table().
struct Settings {
  std::filesystem::path data = "data";
  http::ServerOptions http;
  api::ApiSettings api;
  eventlog::EventLogLimits event_log;
  store::LocalOptions store;
  relay::RelaySettings relay;
  std::string account_sid;  // of the first account; empty: a random one
  std::string auth_token;   // of the first account; empty: a random one
  bool demo = false;
  bool retain_confirm = false;                      // retention may take more than half of the store
  std::filesystem::path address_file;               // gets the URL once the server is ready; empty: none
  backfill::ServiceOptions upstream;                // to pull from, if its url is not empty
  std::filesystem::path upstream_credentials_file;  // empty: they stand in the environment
  std::filesystem::path tls_certificate;            // empty: none
  std::filesystem::path tls_key;                    // empty: none
  bool tls_self_signed = false;
  std::string user;                                 // to drop privileges to after binding; empty: keep them
  std::chrono::milliseconds stop_delay{0};          // between saying that the server will stop and stopping
  std::chrono::milliseconds stop_time_max{10'000};  // for what runs when it stops
  obs::LogForm log_form = obs::LogForm::kText;
  obs::LogLevel log_level = obs::LogLevel::kInfo;
  std::string metrics_host;             // empty: metrics have no port of their own
  std::uint16_t metrics_port = 0;       // 0: a free one
  std::string client_proxy_host;        // empty: there is no client proxy
  std::uint16_t client_proxy_port = 0;  // 0: a free one
  AccessLines access_log = AccessLines::kErrors;
  std::map<std::string, std::string> given;  // the texts of those that were given, by name; secrets too
};

// One setting: `--name` on the command line, WAYBILL_NAME in the environment, `name` in the TOML file.
struct SettingInfo {
  std::string name;
  std::string value_name;    // what stands for the value in --help; empty for a switch
  std::string default_text;  // as --help shows it
  std::string help;
  bool secret = false;  // no flag: a command line is seen by every user of the machine
  base::Result<void> (*apply)(Settings& settings, const std::string& value);
  bool reloads = false;  // a server that runs can take another value
};

// How long to keep events: an age of at least a minute (base/age_text.h); `never` forgets none.
base::Result<store::Retention> parse_retention(const std::string& text);

// All settings, in the order of --help.
std::span<const SettingInfo> settings_table();

// WAYBILL_PUBLIC_URL for public-url.
std::string environment_name(const std::string& setting);

// A sentence for each variable WAYBILL_… that is no setting, with the nearest one: a misspelt setting, perhaps. What
// Kubernetes sets in each pod beside a Service of that name is passed over.
std::vector<std::string> unknown_variables(const Environment& environment);

// Variables that other commands take from the environment, and that are therefore no misspelt settings.
std::span<const std::string> other_environment_names();

// The values of a TOML file by setting; arrays of strings are joined by commas. kInvalidArgument with file and line
// for what is not TOML, and for a key that is no setting, naming the nearest one.
base::Result<std::map<std::string, std::string>> read_settings_file(const std::filesystem::path& path);

// Settings from flags, then environment, then file, then defaults. kInvalidArgument names where a bad value came from,
// the value and the rule.
base::Result<Settings> resolve_settings(const std::map<std::string, std::string>& flags, const Environment& environment,
                                        const std::map<std::string, std::string>& file);

}  // namespace waybill::app
