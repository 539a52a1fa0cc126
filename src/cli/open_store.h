#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "cli/commands.h"
#include "store/local/local_store.h"

namespace waybill::cli {

// The store of a data directory, for a command that writes; made if it is missing. It keeps events as long as the last
// start confirmed, whatever `options` says. What `process` lends must outlive it. Fails as LocalStore::open: kConflict
// if a server holds the directory.
base::Result<std::unique_ptr<store::LocalStore>> open_store(const std::filesystem::path& folder, const Process& process,
                                                            store::LocalOptions options);

// A data directory, and the account that events belong to that are brought into it.
struct OpenedDirectory {
  std::unique_ptr<store::LocalStore> store;
  model::Account account;
};

// Opens one as a server with this environment would: with its settings, and with a first account, whose credentials go
// to standard error if they had to be invented. Fails as resolve_settings, before the folder is made, as open_store,
// and with kInvalidArgument where there are several accounts and WAYBILL_ACCOUNT_SID names none.
base::Result<OpenedDirectory> open_directory(const std::filesystem::path& folder, const Process& process);

// The account that `named` names; where it is empty, the only one there is, else that of WAYBILL_ACCOUNT_SID.
// kInvalidArgument, kNotFound.
base::Result<model::Account> account_for(const store::Registry& registry, const std::string& named,
                                         const app::Environment& environment);

// A workspace with its account: the one that is named; where `named` is empty, the only one that has the workspace,
// else that of WAYBILL_ACCOUNT_SID. kInvalidArgument, kNotFound.
base::Result<model::Workspace> workspace_for(const store::Registry& registry, const std::string& named,
                                             const std::string& workspace_sid, const app::Environment& environment);

}  // namespace waybill::cli
