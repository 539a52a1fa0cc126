#include "app/server_address.h"

#include <unistd.h>

#include "base/files.h"
#include "base/strings.h"

namespace waybill::app {

base::Result<void> write_address(const std::filesystem::path& data, const ServerAddress& address) {
  return base::write_private_file(data / kAddressFile,
                                  std::to_string(getpid()) + " " + address.url + " " + address.version + "\n");
}

void remove_address(const std::filesystem::path& data) {
  std::error_code ignored;
  std::filesystem::remove(data / kAddressFile, ignored);
}

std::optional<ServerAddress> read_address(const std::filesystem::path& data, std::int64_t holder) {
  const auto text = base::read_file(data / kAddressFile);
  if (!text) return std::nullopt;
  const auto words = base::split(base::trim(*text), ' ');
  if (words.size() != 3 || base::parse_int(words[0]) != holder) return std::nullopt;
  return ServerAddress{std::string(words[1]), std::string(words[2])};
}

}  // namespace waybill::app
