#include "store/local/rules.h"

#include <algorithm>
#include <utility>

#include "query/term_key.h"

namespace waybill::store {

Rules::Rules(Retention retention, std::map<model::WorkspaceNumber, Retention> own,
             std::vector<RecordedErasure> erasures, bool removal_waits)
    : retention_(retention), own_(std::move(own)), erasures_(std::move(erasures)), removal_waits_(removal_waits) {
  for (std::size_t i = 0; i < erasures_.size(); ++i) {
    by_workspace_.emplace(erasures_[i].note.request.workspace, i);
  }
}

base::WallTime Rules::oldest_kept(model::WorkspaceNumber workspace, base::WallTime now) const {
  const auto own = own_.find(workspace);
  const Retention& retention = own == own_.end() ? retention_ : own->second;
  if (!retention || now - *retention < base::kTimeMin) return base::kTimeMin;
  return now - *retention;
}

base::WallTime Rules::oldest_stored(model::WorkspaceNumber workspace, base::WallTime now) const {
  return removal_waits_ ? base::kTimeMin : oldest_kept(workspace, now);
}

bool Rules::retains_less_than_all() const {
  return retention_ || std::any_of(own_.begin(), own_.end(), [](const auto& own) { return own.second.has_value(); });
}

bool Rules::is_erased(model::WorkspaceNumber workspace, base::WallTime time, const model::TermList& terms) const {
  const auto [first, last] = by_workspace_.equal_range(workspace);
  return std::any_of(first, last, [&](const auto& entry) {
    const ErasureRequest& request = erasures_[entry.second].note.request;
    return request.from <= time && time <= request.to && (!request.subject || terms.contains(*request.subject));
  });
}

Fate Rules::fate(model::WorkspaceNumber workspace, base::WallTime time, const model::TermList& terms,
                 base::WallTime now) const {
  if (is_erased(workspace, time, terms)) return Fate::kErased;
  return time < oldest_stored(workspace, now) ? Fate::kExpired : Fate::kKept;
}

std::vector<const ErasureRequest*> Rules::erasures_of(model::WorkspaceNumber workspace) const {
  std::vector<const ErasureRequest*> out;
  const auto [first, last] = by_workspace_.equal_range(workspace);
  for (auto at = first; at != last; ++at) out.push_back(&erasures_[at->second].note.request);
  return out;
}

void Rules::apply(query::Search& search, base::WallTime now) const {
  search.low = std::max(search.low, model::SortKey{oldest_kept(search.workspace, now), model::kNoPosition});
  const auto [first, last] = by_workspace_.equal_range(search.workspace);
  for (auto at = first; at != last; ++at) {
    const Erasure& erasure = erasures_[at->second].note;
    if (erasure.completed) continue;
    search.exclusions.push_back({erased_key(erasure.request), erasure.request.from, erasure.request.to});
  }
}

std::vector<RecordedErasure> Rules::pending() const {
  std::vector<RecordedErasure> out;
  std::copy_if(erasures_.begin(), erasures_.end(), std::back_inserter(out),
               [](const RecordedErasure& erasure) { return !erasure.note.completed; });
  return out;
}

std::string erased_key(const ErasureRequest& request) {
  if (!request.subject) return query::workspace_key(request.workspace);
  return query::term_key(request.workspace, {request.subject->dimension, request.subject->value});
}

}  // namespace waybill::store
