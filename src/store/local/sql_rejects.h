#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "sqlite/connection.h"
#include "store/rejects.h"

namespace waybill::store {

// Whoever else writes the same file: after a write that may or may not have reached the disk nobody may go on.
struct RejectGuard {
  std::function<std::optional<base::Error>()> broken;  // why nothing is written any more
  std::function<void(const base::Error&)> failed;      // notes that a write failed
};

// What is kept aside, in waybill.db (table `rejects`). Its transactions are short, and run on a connection of its own,
// which overwrites what it deletes; SQLite orders them with those of the event log.
class SqlRejects final : public Rejects {
 public:
  // Of a data directory, also one that a server holds. kNotFound if it is none; kConflict if it has a format from
  // before this table, and no server of this release has opened it since; or as open_existing_database.
  static base::Result<std::unique_ptr<SqlRejects>> open(const std::filesystem::path& folder, const RejectLimits& limits,
                                                        const std::string& vfs, RejectGuard guard = {});

  // For looking only; what changes something fails with kIo. A directory of an earlier format has nothing kept aside.
  static base::Result<std::unique_ptr<SqlRejects>> open_to_read(const std::filesystem::path& folder,
                                                                const RejectLimits& limits = {});

  base::Result<std::vector<std::uint64_t>> keep(std::span<const Reject> rejects) override;
  [[nodiscard]] base::Result<std::vector<Reject>> list(const RejectQuery& query) const override;
  [[nodiscard]] base::Result<std::optional<Reject>> find(std::uint64_t number) const override;
  base::Result<void> set_problem(std::uint64_t number, const std::string& problem) override;
  base::Result<std::uint64_t> drop(std::span<const std::uint64_t> numbers) override;
  base::Result<std::uint64_t> drop_all(const RejectQuery& query) override;
  base::Result<std::uint64_t> expire(base::WallTime time) override;
  [[nodiscard]] base::Result<RejectFigures> figures() const override;

 private:
  SqlRejects(sqlite::Connection connection, const RejectLimits& limits, bool has_table, RejectGuard guard)
      : limits_(limits), has_table_(has_table), guard_(std::move(guard)), connection_(std::move(connection)) {}

  template <class Change>
  auto guarded(Change change) -> decltype(change());
  base::Result<std::vector<std::uint64_t>> keep_all(std::span<const Reject> rejects);
  base::Result<void> change_problem(std::uint64_t number, const std::string& problem);
  base::Result<std::uint64_t> remove(std::span<const std::uint64_t> numbers);
  base::Result<std::optional<std::uint64_t>> count_again(const Reject& reject) REQUIRES_LOCK(mutex_);
  base::Result<std::uint64_t> insert(const Reject& reject) REQUIRES_LOCK(mutex_);
  base::Result<void> check_room_now(bool has_posts) const REQUIRES_LOCK(mutex_);
  base::Result<RejectFigures> count() const REQUIRES_LOCK(mutex_);

  const RejectLimits limits_;
  const bool has_table_;
  const RejectGuard guard_;

  mutable base::Mutex mutex_;
  mutable sqlite::Connection connection_ GUARDED_BY(mutex_);
  decltype(RejectFigures::kept) kept_ GUARDED_BY(mutex_){};
};

}  // namespace waybill::store
