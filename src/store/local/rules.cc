#include "store/local/rules.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace waybill::store {

std::shared_ptr<const Rules::Erasures> Rules::indexed(std::vector<RecordedErasure> erasures) {
  auto out = std::make_shared<Erasures>();
  out->index = ErasureIndex(erasures);
  std::copy_if(erasures.begin(), erasures.end(), std::back_inserter(out->pending),
               [](const RecordedErasure& erasure) { return !erasure.note.completed; });
  out->all = std::move(erasures);
  return out;
}

Rules::Rules(Retention retention, std::map<model::WorkspaceNumber, Retention> own,
             std::vector<RecordedErasure> erasures, ExpiryMarks marks)
    : retention_(retention), own_(std::move(own)), erasures_(indexed(std::move(erasures))), marks_(std::move(marks)) {}

std::shared_ptr<const Rules> Rules::with_own_retention(std::map<model::WorkspaceNumber, Retention> own) const {
  auto rules = std::make_shared<Rules>(*this);
  rules->own_ = std::move(own);
  return rules;
}

std::shared_ptr<const Rules> Rules::with_erasures(std::vector<RecordedErasure> erasures) const {
  auto rules = std::make_shared<Rules>(*this);
  rules->erasures_ = indexed(std::move(erasures));
  return rules;
}

std::shared_ptr<const Rules> Rules::with_marks(ExpiryMarks marks) const {
  auto rules = std::make_shared<Rules>(*this);
  rules->marks_ = std::move(marks);
  return rules;
}

base::WallTime Rules::mark(model::WorkspaceNumber workspace) const {
  const auto at = marks_.find(workspace);
  return at == marks_.end() ? base::kTimeMin : at->second;
}

base::WallTime Rules::oldest_retained(model::WorkspaceNumber workspace, base::WallTime now) const {
  const auto own = own_.find(workspace);
  const Retention& retention = own == own_.end() ? retention_ : own->second;
  if (!retention || now - *retention < base::kTimeMin) return base::kTimeMin;
  return now - *retention;
}

base::WallTime Rules::oldest_kept(model::WorkspaceNumber workspace, base::WallTime now) const {
  return std::max(mark(workspace), oldest_retained(workspace, now));
}

bool Rules::retains_less_than_all() const {
  return retention_ || std::any_of(own_.begin(), own_.end(), [](const auto& own) { return own.second.has_value(); });
}

bool Rules::is_erased(model::WorkspaceNumber workspace, base::WallTime time, const model::TermList& terms) const {
  return erasures_->index.names(workspace, time, terms);
}

Fate Rules::fate(model::WorkspaceNumber workspace, base::WallTime time, const model::TermList& terms,
                 base::WallTime oldest) const {
  if (is_erased(workspace, time, terms)) return Fate::kErased;
  return time < oldest ? Fate::kExpired : Fate::kKept;
}

void Rules::apply(query::Search& search, base::WallTime now) const {
  search.low = std::max(search.low, model::SortKey{oldest_kept(search.workspace, now), model::kNoPosition});
  for (const RecordedErasure& erasure : pending()) {
    const ErasureRequest& request = erasure.note.request;
    if (request.workspace != search.workspace) continue;
    search.exclusions.push_back({erased_key(request), request.from, request.to});
  }
}

}  // namespace waybill::store
