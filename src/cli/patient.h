#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "app/settings.h"
#include "base/result.h"
#include "cli/commands.h"
#include "cli/server_client.h"

namespace waybill::cli {

// A server that is looked at: what it is started with, and where it runs, if it does.
struct Patient {
  app::Settings settings;
  std::filesystem::path config;        // the settings file; empty: none
  bool has_directory = false;          // its data directory is looked at, and the machine
  std::optional<std::int64_t> holder;  // the process that holds the directory
  std::string url;                     // of the running server, without a slash at its end; empty: none is known
  bool url_is_given = false;           // somebody named it
  bool url_is_known = false;           // the server that holds the directory left it there
  std::filesystem::path trust_file;    // of its certificate; empty: as the system does
  std::string admin_token;             // empty: none is known
};

// Fails as read_settings, and for a file of a token that was named and cannot be read.
base::Result<Patient> find_patient(const RunningServer& server, const Process& process);

// Whoever asks the patient's server by that URL, soon tired of waiting. The administrator's token goes along only where
// nobody on the way can read it: by TLS, or within this machine.
std::unique_ptr<ServerClient> make_client(const Patient& patient, const std::string& url);
http::ClientOptions client_options(const Patient& patient);
bool is_private_way(const std::string& url);

// Where a server of these settings is reached on this machine; empty where the system chooses the port.
std::string local_url(const app::Settings& settings);

}  // namespace waybill::cli
