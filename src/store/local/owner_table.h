#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "model/sid.h"
#include "segment/owners.h"
#include "sqlite/connection.h"

namespace waybill::store {

// Whose the workspaces are, as waybill.db says. Events are never asked: the account that they name is data of whoever
// sent them.

struct OwnersPart {
  segment::Owners owners;
  model::WorkspaceNumber last{};  // of the workspaces looked at; as asked for where there was none
};
// The owners of the next `count_max` workspaces above `above`, by number. Those that are held are left out: whose they
// are is not known. kCorruption for a SID that is none.
base::Result<OwnersPart> read_owners(sqlite::Connection& connection, model::WorkspaceNumber above,
                                     std::int64_t count_max);
// All of them.
base::Result<segment::Owners> read_all_owners(sqlite::Connection& connection);

// The SIDs of the accounts that hold workspaces of which nothing says whose they are. They are disabled for ever, so
// that nobody reads them. One is enough, but where two such workspaces have one SID.
base::Result<std::vector<std::string>> read_held_accounts(sqlite::Connection& connection);
// The number of one that has no workspace of that SID; makes one if need be. REQUIRES: a transaction is open.
base::Result<std::int64_t> held_account_for(sqlite::Connection& connection, const std::string& workspace_sid,
                                            base::Random& random, base::WallTime now);

struct Assignment {
  model::WorkspaceSid workspace{model::SidBytes{}};
  std::optional<model::AccountSid> from;  // which held account has it, where several do
  model::AccountSid to{model::SidBytes{}};
};
// Gives a held workspace of a data directory to an account, with all its events. Holds the folder's lock meanwhile.
// kNotFound if no held account has such a workspace, or if there is no account `to` that could own it; kConflict if
// that account has a workspace of that SID already, if several held accounts have one, or if another process holds the
// folder; kBusy, kStorageFull, kIo.
base::Result<void> assign_held_workspace(const std::filesystem::path& folder, const Assignment& assignment);

}  // namespace waybill::store
