#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"

namespace waybill::app {

// In the data directory while a server runs: its process id, its URL and its release, for commands of the same machine.
constexpr const char* kAddressFile = "waybill.address";

struct ServerAddress {
  std::string url;
  std::string version;
  friend bool operator==(const ServerAddress&, const ServerAddress&) = default;
};

// Writes it for this process. kStorageFull, kIo.
base::Result<void> write_address(const std::filesystem::path& data, const ServerAddress& address);
// Removes it; fine if there is none.
void remove_address(const std::filesystem::path& data);

// Where the process that holds the directory (base::FileLock::holder) is reached; nothing if it is no server, does not
// listen yet, or left no address. One that a killed process left behind is of another process id.
std::optional<ServerAddress> read_address(const std::filesystem::path& data, std::int64_t holder);

}  // namespace waybill::app
