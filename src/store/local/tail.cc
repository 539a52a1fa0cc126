#include "store/local/tail.h"

#include <iterator>
#include <utility>

#include "base/check.h"

namespace waybill::store {
namespace {

// A scan of so many loose rows costs some ten microseconds; freezing them a few hundred.
constexpr std::size_t kLooseRowsMax = 1024;
// A large run is as many events as one probe may stand for, and takes some ten milliseconds to build.
constexpr std::size_t kSmallRunsMax = 16;
static_assert(kLooseRowsMax * kSmallRunsMax <= query::kRunRowsMax);

std::shared_ptr<std::vector<query::IndexedRow>> new_loose_rows() {
  auto rows = std::make_shared<std::vector<query::IndexedRow>>();
  rows->reserve(kLooseRowsMax);
  return rows;
}

}  // namespace

Tail::Tail() : loose_(new_loose_rows()) {
  view_.runs = std::make_shared<const std::vector<std::shared_ptr<const query::Run>>>();
  view_.loose_rows = loose_;
}

void Tail::append(std::vector<query::IndexedRow> rows, model::Position horizon) {
  bool runs_changed = false;
  for (query::IndexedRow& row : rows) {
    if (loose_->size() == kLooseRowsMax) {
      freeze_loose_rows();
      runs_changed = true;
    }
    CHECK(loose_->size() < loose_->capacity());
    loose_->push_back(std::move(row));
  }
  View next;
  if (runs_changed) {
    auto runs = std::make_shared<std::vector<std::shared_ptr<const query::Run>>>(large_runs_);
    runs->insert(runs->end(), small_runs_.begin(), small_runs_.end());
    next.runs = std::move(runs);
  }
  next.loose_rows = loose_;
  next.loose_count = loose_->size();
  next.horizon = horizon;

  const base::MutexLock lock(mutex_);
  CHECK(view_.horizon <= horizon);
  if (!runs_changed) next.runs = std::move(view_.runs);
  view_ = std::move(next);
}

Tail::View Tail::view() const {
  const base::MutexLock lock(mutex_);
  return view_;
}

void Tail::freeze_loose_rows() {
  small_runs_.push_back(query::Run::build(*loose_));
  small_rows_.insert(small_rows_.end(), loose_->begin(), loose_->end());
  loose_ = new_loose_rows();
  if (small_runs_.size() == kSmallRunsMax) join_small_runs();
}

void Tail::join_small_runs() {
  large_runs_.push_back(query::Run::build(small_rows_));
  small_rows_.clear();
  small_runs_.clear();
}

}  // namespace waybill::store
