#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "doctor/finding.h"

namespace waybill::doctor {

// Who may read a file: its owner alone, or a group too, as a file that root keeps for a service.
enum class Secrecy { kOwner, kGroup };

struct FileMode {
  std::filesystem::path path;
  Secrecy secrecy = Secrecy::kOwner;
  std::uint32_t mode = 0;  // of stat
  std::uint32_t owner = 0;
};

// `modes`: whether nobody else can read what is secret, and whether all of it (of kOwner) belongs to one user.
Finding check_modes(std::span<const FileMode> files);

struct CertificateFacts {
  std::filesystem::path file;
  base::WallTime not_after;
  base::WallTime now;
};

// `certificate`: whether it and its key fit, and for how long it is good. An error is something to mend; nothing is
// plain HTTP, or a certificate that the next start makes.
Finding check_certificate(const base::Result<std::optional<CertificateFacts>>& facts, bool is_reachable);

enum class PortState {
  kFree,
  kOurs,     // the running server of the data directory has it
  kWaybill,  // a Waybill has it that is not that server
  kOther,    // somebody else has it
  kRefused,  // the system does not let us have it
};

struct PortFacts {
  std::string listen;  // HOST:PORT
  PortState state = PortState::kFree;
  std::string detail;                  // of kRefused: why
  std::optional<std::int64_t> holder;  // the process that holds the data directory
};

// `port`: whether a server could listen, or does.
Finding check_port(const PortFacts& facts);

}  // namespace waybill::doctor
