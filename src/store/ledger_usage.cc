#include "store/ledger_usage.h"

#include <fmt/format.h>

namespace waybill::store {
namespace {

void add(LedgerSize& size, const LedgerSize& growth) {
  size.gaps += growth.gaps;
  size.pulls += growth.pulls;
  size.sources += growth.sources;
  size.bytes += growth.bytes;
}

// Nothing if there is room for what is new.
base::Result<void> check_one(const char* whose, const char* what, const char* name, std::int64_t held,
                             std::int64_t growth, std::size_t most) {
  if (growth <= 0 || held + growth <= static_cast<std::int64_t>(most)) return {};
  return base::too_large(
      fmt::format("the ledger of this {} has no room for more: it may hold {} {} (limit {})", whose, most, what, name));
}

LedgerSize size_of(const std::vector<Pull>& pulls) {
  LedgerSize size;
  size.pulls = static_cast<std::int64_t>(pulls.size());
  size.sources = pulls.empty() ? 0 : 1;
  for (const Pull& pull : pulls) size.bytes += static_cast<std::int64_t>(pull.source.size());
  return size;
}

LedgerSize size_of(const std::vector<Gap>& gaps) {
  LedgerSize size;
  size.gaps = static_cast<std::int64_t>(gaps.size());
  for (const Gap& gap : gaps) size.bytes += static_cast<std::int64_t>(gap.detail.size());
  return size;
}

LedgerSize less(const LedgerSize& a, const LedgerSize& b) {
  return {a.gaps - b.gaps, a.pulls - b.pulls, a.sources - b.sources, a.bytes - b.bytes};
}

}  // namespace

LedgerSize growth_of(const std::vector<Pull>& before, const std::vector<Pull>& after) {
  return less(size_of(after), size_of(before));
}

LedgerSize growth_of(const std::vector<Gap>& before, const std::vector<Gap>& after) {
  return less(size_of(after), size_of(before));
}

void LedgerUsage::note(const std::optional<LedgerSubject>& subject, const LedgerSize& growth) {
  Known& known = subject ? subjects_[{subject->account, subject->workspace}] : every_workspace_;
  ++known.changes;
  add(known.size, growth);
  if (subject) add(accounts_[subject->account], growth);
}

base::Result<void> LedgerUsage::check(const LedgerSubject& subject, const LedgerSize& growth) const {
  const auto known = subjects_.find({subject.account, subject.workspace});
  const LedgerSize own = known == subjects_.end() ? LedgerSize() : known->second.size;
  const auto account = accounts_.find(subject.account);
  const LedgerSize all = account == accounts_.end() ? LedgerSize() : account->second;
  constexpr const char* kWorkspace = "workspace";
  constexpr const char* kAccount = "account";
  TRY(check_one(kWorkspace, "gaps", "workspace_gaps_max", own.gaps, growth.gaps, limits_.workspace_gaps_max));
  TRY(check_one(kWorkspace, "spans of pulls", "workspace_pulls_max", own.pulls, growth.pulls,
                limits_.workspace_pulls_max));
  TRY(check_one(kWorkspace, "sources", "workspace_sources_max", own.sources, growth.sources,
                limits_.workspace_sources_max));
  TRY(check_one(kAccount, "gaps and spans of pulls", "account_rows_max", all.gaps + all.pulls,
                growth.gaps + growth.pulls, limits_.account_rows_max));
  return check_one(kAccount, "bytes of text", "account_bytes_max", all.bytes, growth.bytes, limits_.account_bytes_max);
}

bool LedgerUsage::is_full_of_gaps(const std::optional<LedgerSubject>& subject) const {
  const auto limit = static_cast<std::int64_t>(limits_.workspace_gaps_max);
  if (!subject) return every_workspace_.size.gaps >= limit;
  const auto known = subjects_.find({subject->account, subject->workspace});
  return known != subjects_.end() && known->second.size.gaps >= limit;
}

std::vector<SubjectChanges> LedgerUsage::changes() const {
  std::vector<SubjectChanges> out;
  out.reserve(subjects_.size());
  for (const auto& [key, known] : subjects_) {
    out.push_back({{key.first, key.second}, known.changes + every_workspace_.changes});
  }
  return out;
}

}  // namespace waybill::store
