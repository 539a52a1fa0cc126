#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/commands.h"
#include "cli/patient.h"
#include "doctor/finding.h"

namespace waybill::cli {

// How far this machine's clock is ahead of another's.
struct ClockSkew {
  std::string other;
  std::chrono::seconds ahead{0};
};

// Findings, and what was learned of the clock on the way.
struct Examined {
  std::vector<doctor::Finding> findings;
  std::optional<ClockSkew> skew;
};

// Server, proxies and signatures: asks the running server, and leaves no trace in its store. Empty where none runs.
Examined examine_server(const Patient& patient, const Process& process);

// The upstream to pull from.
Examined examine_upstream(const Patient& patient, const Process& process);

// Disk, room, modes, clock, limits, memory, certificate and port. Writes a file of its own into the data directory, and
// removes it.
std::vector<doctor::Finding> examine_machine(const Patient& patient, const std::optional<ClockSkew>& skew,
                                             const Process& process);

// All of it, in the order in which it is told; settings that no server would take are all there is to tell.
std::vector<doctor::Finding> examine(const RunningServer& server, const Process& process);

}  // namespace waybill::cli
