#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/crypto.h"
#include "model/sid.h"

namespace waybill::model {

// Numbers a store gives to accounts and workspaces; they mean nothing outside their store.
enum class AccountNumber : std::uint32_t {};
enum class WorkspaceNumber : std::uint32_t {};

// Somebody whose events these are.
struct Account {
  AccountNumber number{};
  AccountSid sid;
  std::string auth_token;  // kept readable: it is the key of webhook signatures
  std::string friendly_name;
  base::WallTime created;
  std::optional<base::WallTime> disabled;
};

// A second way for an account to log in. Only the secret's hash is kept.
struct ApiKey {
  ApiKeySid sid;
  AccountNumber account{};
  base::Sha256 secret_hash{};
  std::string friendly_name;
  base::WallTime created;
  std::optional<base::WallTime> revoked;
};

// The same workspace sid under two accounts is two workspaces.
struct Workspace {
  WorkspaceNumber number{};
  AccountNumber account{};
  WorkspaceSid sid;
  std::string sid_text;  // as first written
  std::string friendly_name;
  base::WallTime created;
};

}  // namespace waybill::model
