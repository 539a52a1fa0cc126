#include "api/signing_tokens.h"

#include <algorithm>
#include <set>

#include "base/strings.h"

namespace waybill::api {
namespace {

// Texts in the form of a sid that are looked up. A body that has more of them before the one that matters is not one of
// the service's.
constexpr std::size_t kMentionsMax = 64;

// Calls `visit` with each text in the form of such a sid, once, until it is false or there were kMentionsMax of them.
template <class Sid, class Visit>
void visit_mentions(std::string_view text, std::string_view prefix, std::set<std::string_view>& seen,
                    const Visit& visit) {
  for (std::size_t at = text.find(prefix); at != std::string_view::npos; at = text.find(prefix, at + 1)) {
    const std::string_view mention = text.substr(at, model::kSidLength);
    if (seen.contains(mention)) continue;
    const auto sid = Sid::parse(mention);
    if (!sid) continue;
    seen.insert(mention);
    if (!visit(*sid) || seen.size() == kMentionsMax) return;
  }
}

bool is_for(const WebhookToken& token, const std::vector<model::Account>& accounts) {
  return token.account_sid.empty() || std::any_of(accounts.begin(), accounts.end(), [&](const model::Account& one) {
           return base::equals_ignoring_case(token.account_sid, one.sid.to_text());
         });
}

}  // namespace

std::vector<model::Account> possible_signers(const Access& access, std::string_view query, std::string_view body) {
  std::vector<model::Account> signers;
  std::set<std::string_view> seen;
  const auto meet = [&](const model::AccountSid& sid) {
    if (auto account = access.find_account(sid.to_text())) {
      const bool is_new = std::none_of(signers.begin(), signers.end(),
                                       [&](const model::Account& one) { return one.number == account->number; });
      if (is_new) signers.push_back(*std::move(account));
    }
    return signers.size() < kSignersMax;
  };
  visit_mentions<model::AccountSid>(query, model::AccountKind::kPrefix, seen, meet);
  if (signers.size() < kSignersMax) visit_mentions<model::AccountSid>(body, model::AccountKind::kPrefix, seen, meet);
  // Who signs need not be mentioned; where all fit, all are tried.
  for (model::Account& account : access.accounts_if_few(kSignersMax)) {
    const model::AccountSid sid = account.sid;
    const bool is_new =
        std::none_of(signers.begin(), signers.end(), [&](const model::Account& one) { return one.sid == sid; });
    if (is_new && signers.size() < kSignersMax) signers.push_back(std::move(account));
  }
  return signers;
}

std::optional<store::LedgerSubject> named_workspace(const store::Registry& registry,
                                                    const std::vector<model::Account>& accounts,
                                                    std::string_view body) {
  std::optional<store::LedgerSubject> found;
  std::set<std::string_view> seen;
  visit_mentions<model::WorkspaceSid>(body, model::WorkspaceKind::kPrefix, seen, [&](const model::WorkspaceSid& sid) {
    const auto owner = std::find_if(accounts.begin(), accounts.end(), [&](const model::Account& one) {
      return registry.find_workspace(one.number, sid).has_value();
    });
    if (owner != accounts.end()) found = store::LedgerSubject{owner->number, sid};
    return !found;
  });
  return found;
}

SigningTokens tokens_of(const std::vector<WebhookToken>& configured, const std::vector<model::Account>& accounts) {
  SigningTokens tokens;
  for (const WebhookToken& token : configured) {
    if (!is_for(token, accounts)) continue;
    tokens.secrets.push_back(token.token);
    tokens.owners.push_back(token.account_sid);
  }
  for (const model::Account& one : accounts) {
    tokens.secrets.push_back(one.auth_token);
    tokens.owners.push_back(one.sid.to_text());
  }
  return tokens;
}

}  // namespace waybill::api
