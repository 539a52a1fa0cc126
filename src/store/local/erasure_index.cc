#include "store/local/erasure_index.h"

#include <algorithm>

#include "query/term_key.h"

namespace waybill::store {

std::string erased_key(const ErasureRequest& request) {
  if (!request.subject) return query::workspace_key(request.workspace);
  return query::term_key(request.workspace, {request.subject->dimension, request.subject->value});
}

ErasureIndex::ErasureIndex(std::span<const RecordedErasure> erasures) {
  for (const RecordedErasure& erasure : erasures) {
    const ErasureRequest& request = erasure.note.request;
    workspaces_.insert(request.workspace);
    if (request.subject) dimensions_.insert(request.subject->dimension);
    by_key_[erased_key(request)].push_back({request.from, request.to});
    all_.push_back({request.from, request.to});
  }
  for (auto& [key, spans] : by_key_) join(spans);
  join(all_);
}

void ErasureIndex::join(Spans& spans) {
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
  Spans joined;
  for (const Span& span : spans) {
    if (!joined.empty() && span.from <= joined.back().to) {
      joined.back().to = std::max(joined.back().to, span.to);
    } else {
      joined.push_back(span);
    }
  }
  spans = std::move(joined);
}

bool ErasureIndex::holds(const Spans& spans, base::WallTime time) {
  const auto behind = std::upper_bound(spans.begin(), spans.end(), time,
                                       [](base::WallTime t, const Span& span) { return t < span.from; });
  return behind != spans.begin() && time <= std::prev(behind)->to;
}

bool ErasureIndex::holds(const std::string& key, base::WallTime time) const {
  const auto at = by_key_.find(key);
  return at != by_key_.end() && holds(at->second, time);
}

bool ErasureIndex::names(model::WorkspaceNumber workspace, base::WallTime time, const model::TermList& terms) const {
  if (!workspaces_.contains(workspace)) return false;
  if (holds(query::workspace_key(workspace), time)) return true;
  return std::any_of(terms.begin(), terms.end(), [&](const model::TermView& term) {
    return dimensions_.contains(term.dimension) && holds(query::term_key(workspace, term), time);
  });
}

bool ErasureIndex::spans(base::WallTime time) const { return holds(all_, time); }

}  // namespace waybill::store
