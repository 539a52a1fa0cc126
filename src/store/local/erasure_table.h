#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/sid.h"
#include "model/workspace.h"
#include "sqlite/connection.h"
#include "store/local/rules.h"
#include "store/local/schema.h"

namespace waybill::store {

// What waybill.db keeps of erasures and retention (tables `erasures`, `erased`, and a column of `workspaces`). Free
// functions over the connection that writes; where something is written, REQUIRES: a transaction is open.

base::Result<std::vector<RecordedErasure>> read_erasures(sqlite::Connection& connection);
base::Result<void> insert_erasure(sqlite::Connection& connection, const RecordedErasure& erasure);
base::Result<void> complete_erasure(sqlite::Connection& connection, std::uint64_t number, base::WallTime when);
base::Result<std::uint64_t> next_erasure_number(sqlite::Connection& connection);

// The digests of erased sids, in their order: what was erased can be told again when it comes again, and by nobody who
// does not have it already.
std::vector<std::string> erased_digests(const StoreFacts& facts, model::WorkspaceNumber workspace,
                                        std::span<const model::EventSid> sids);
base::Result<void> insert_erased_digests(sqlite::Connection& connection, model::WorkspaceNumber workspace,
                                         std::uint64_t erasure, std::span<const std::string> digests);
// Of the digests behind `after`, a few thousand at most, deletes those of erasures that were never committed, `limit`
// at most. Gives the last digest it looked at; nothing if there are no more.
struct DigestPlace {
  std::int64_t workspace = 0;
  std::string digest;
};
base::Result<std::optional<DigestPlace>> delete_unfinished_digests(sqlite::Connection& connection,
                                                                   const DigestPlace& after, std::size_t limit);
// Of the variants behind the number `after`, `limit` at most, deletes those of erased events of one workspace. Gives
// the last number it looked at; nothing if there are no more.
base::Result<std::optional<std::int64_t>> delete_erased_variants(sqlite::Connection& connection,
                                                                 const StoreFacts& facts,
                                                                 model::WorkspaceNumber workspace, std::int64_t after,
                                                                 std::size_t limit);
// The variants of some events go with them.
base::Result<void> delete_variants(sqlite::Connection& connection, model::WorkspaceNumber workspace,
                                   std::span<const model::EventSid> sids);
base::Result<bool> is_erased_sid(sqlite::Connection& connection, const StoreFacts& facts,
                                 model::WorkspaceNumber workspace, const model::EventSid& sid);
// Takes back the digests of erasures that were never committed, all at once.
base::Result<void> forget_unfinished_erasures(sqlite::Connection& connection);

// A workspace has so many events less.
base::Result<void> uncount_events(sqlite::Connection& connection, model::WorkspaceNumber workspace,
                                  std::int64_t events);

base::Result<std::map<model::WorkspaceNumber, Retention>> read_retention(sqlite::Connection& connection);
// kNotFound if there is no such workspace.
base::Result<void> write_retention(sqlite::Connection& connection, model::WorkspaceNumber workspace,
                                   const std::optional<Retention>& retention);

// The retention of the store as a whole that somebody has agreed to (LocalStore::confirm_retention), if anybody has.
base::Result<std::optional<Retention>> read_confirmed_retention(sqlite::Connection& connection);
base::Result<void> write_confirmed_retention(sqlite::Connection& connection, const Retention& retention);

}  // namespace waybill::store
