#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/access.h"
#include "model/workspace.h"
#include "store/event_store.h"
#include "store/ledger.h"

namespace waybill::api {

// An Auth Token of the service that sends webhooks.
struct WebhookToken {
  std::string account_sid;  // whose; empty: every account's
  std::string token;
};

// Tokens that may have signed a request, and whose each is; an empty sid is everybody's. The two have one length.
struct SigningTokens {
  std::vector<std::string> secrets;
  std::vector<std::string> owners;
};

// So many accounts are tried for one request at most, however many there are.
constexpr std::size_t kSignersMax = 8;

// The accounts that may have signed a request that does not say so in a place of its own: those whose sids stand in the
// URL's query or, behind them, in the body, in any place of it; the first kSignersMax of them. Behind them, all
// accounts if they are no more than that. Costs one look over the text, which is not parsed.
std::vector<model::Account> possible_signers(const Access& access, std::string_view query, std::string_view body);

// The first workspace that a body names in the same way and that one of these accounts has here.
std::optional<store::LedgerSubject> named_workspace(const store::Registry& registry,
                                                    const std::vector<model::Account>& accounts, std::string_view body);

// The tokens of these accounts: of the configured ones those of every account and theirs, then their own.
SigningTokens tokens_of(const std::vector<WebhookToken>& configured, const std::vector<model::Account>& accounts);

}  // namespace waybill::api
