#pragma once

#include <filesystem>
#include <string>

#include "cli/commands.h"

namespace waybill::cli {

// Whom to trust at `url`, beside those the system knows: what --ca-file names, or WAYBILL_CA_FILE; else, for a server
// of this machine, the certificate that one made for itself in `data`; else what SSL_CERT_FILE names; empty for nobody.
std::filesystem::path trust_file_for(const std::string& url, const std::filesystem::path& data, const Process& process);
// The same with the data directory of WAYBILL_DATA, or `data`.
std::filesystem::path trust_file_for(const std::string& url, const Process& process);

// Whether a URL leads to this machine by its own name for itself.
bool is_this_machine(const std::string& url);

}  // namespace waybill::cli
