#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "store/event_store.h"
#include "store/local/local_state.h"
#include "store/local/reading.h"
#include "store/local/sid_table.h"

namespace waybill::store {

// A look at a data directory, also while a server holds it: all answers are those of the moment at which it was opened,
// whatever is appended, sealed, merged, erased or expires afterwards. Takes no lock, and changes nothing. What is not
// sealed is copied into memory. Safe for concurrent use.
class LocalReader final : public EventReader {
 public:
  // `retention` is for workspaces without one of their own, and counts from `now`. kNotFound if the folder is
  // no data directory; kConflict if a later release wrote it; kCorruption, kBusy, kIo.
  static base::Result<std::unique_ptr<LocalReader>> open(const std::filesystem::path& folder, base::WallTime now,
                                                         Retention retention);

  [[nodiscard]] base::Result<model::FoundPage> list(const model::EventQuery& query) const override;
  [[nodiscard]] base::Result<std::optional<model::FoundEvent>> find(model::WorkspaceNumber workspace,
                                                                    const model::EventSid& sid) const override;
  // As they are when this is called.
  [[nodiscard]] base::Result<std::vector<Variant>> variants(const VariantQuery& query) const override;
  [[nodiscard]] base::WallTime oldest_shown(model::WorkspaceNumber workspace) const override;
  [[nodiscard]] model::Position horizon() const override { return view_.horizon; }

  [[nodiscard]] const StoreIdentity& identity() const { return facts_.identity; }
  // The directory's accounts and workspaces, as they are.
  [[nodiscard]] const Registry& registry() const { return *registry_; }

 private:
  // What the database says of one moment.
  struct Moment;

  LocalReader(std::filesystem::path folder, base::WallTime now, std::unique_ptr<Registry> registry,
              std::unique_ptr<Moment> moment, std::shared_ptr<const Archive> archive);
  static base::Result<std::unique_ptr<Moment>> read_moment(const std::filesystem::path& folder, Retention retention);
  [[nodiscard]] SidPlaces places() const;

  const std::filesystem::path folder_;
  const base::WallTime opened_;
  const std::unique_ptr<Registry> registry_;
  StoreFacts facts_;
  std::unique_ptr<SidTable> tail_sids_;
  View view_;
};

}  // namespace waybill::store
