#include "store/local/salvage.h"

#include <span>
#include <utility>

namespace waybill::store {

base::Result<Salvage> Salvage::begin(std::shared_ptr<const segment::Segment> segment,
                                     std::optional<model::WorkspaceNumber> only) {
  TRY_ASSIGN(auto workspaces, segment->readable_workspaces());
  for (auto& workspace : workspaces) {
    if (!workspace) workspace = only;
  }
  return Salvage(std::move(segment), std::move(workspaces));
}

base::Result<std::optional<SalvagedRow>> Salvage::read(std::uint32_t row, const DescribeRecord& describe) const {
  const auto nothing = [] { return std::optional<SalvagedRow>(); };
  if (!workspaces_[row]) return nothing();
  const auto key = segment_->key(row);
  auto records = segment_->records(std::span(&row, 1));
  for (const base::Error* error : {key ? nullptr : &key.error(), records ? nullptr : &records.error()}) {
    if (error != nullptr && error->code() != base::ErrorCode::kCorruption) return *error;
    if (error != nullptr) return nothing();
  }
  auto described = describe(records->front());
  if (!described || described->time != key->time) return nothing();
  return std::optional(SalvagedRow{*key, *workspaces_[row], *std::move(described), std::move(records->front())});
}

}  // namespace waybill::store
