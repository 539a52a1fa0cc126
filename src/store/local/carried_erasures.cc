#include "store/local/carried_erasures.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "segment/sid_file.h"
#include "store/local/erasure_table.h"
#include "store/local/local_store.h"
#include "store/local/manifest.h"
#include "store/local/schema.h"

namespace waybill::store {
namespace {

// A workspace as every copy of a store knows it, whatever its number there.
struct Home {
  std::string account_sid;
  std::string workspace_sid;
  std::string sid_text;
  std::string friendly_name;
  std::int64_t created_ms = 0;
};
using Homes = std::map<model::WorkspaceNumber, Home>;

// What tells an erasure from every other in all copies of a store.
using ErasureName =
    std::tuple<std::string, std::string, int, std::string, base::WallTime, base::WallTime, base::WallTime>;

ErasureName name_of(const Home& home, const Erasure& note) {
  const auto& subject = note.request.subject;
  return {home.account_sid,
          home.workspace_sid,
          subject ? static_cast<int>(subject->dimension) : 0,
          subject ? subject->value : "",
          note.request.from,
          note.request.to,
          note.requested};
}

base::Result<Homes> read_homes(sqlite::Connection& connection) {
  TRY_ASSIGN(sqlite::Statement select,
             connection.prepare("SELECT w.number, a.sid, w.sid, w.sid_text, w.friendly_name, w.created_ms "
                                "FROM workspaces w JOIN accounts a ON a.number = w.account"));
  Homes homes;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return homes;
    homes[model::WorkspaceNumber{static_cast<std::uint32_t>(select.integer(0))}] = {
        std::string(select.bytes(1)), std::string(select.bytes(2)), std::string(select.bytes(3)),
        std::string(select.bytes(4)), select.integer(5)};
  }
}

class Carrier {
 public:
  Carrier(std::filesystem::path folder, std::filesystem::path newer, const LocalParts& parts,
          sqlite::Connection older_database, sqlite::Connection newer_database)
      : folder_(std::move(folder)),
        newer_(std::move(newer)),
        parts_(parts),
        older_(std::move(older_database)),
        newest_(std::move(newer_database)) {}

  base::Result<std::uint64_t> run() {
    TRY(find_missing());
    if (missing_.empty()) return std::uint64_t{0};
    TRY(add_sids());
    TRY(erase());
    TRY(write_notes());
    TRY(older_.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    return missing_.size();
  }

 private:
  struct Missing {
    Erasure note;                        // as the newer copy has it
    model::WorkspaceNumber workspace{};  // the older copy's number
    std::uint64_t number = 0;            // of the erasure, in the older copy
  };

  base::Result<void> find_missing() {
    TRY_ASSIGN(const Homes known_homes, read_homes(older_));
    TRY_ASSIGN(const auto known, read_erasures(older_));
    std::set<ErasureName> names;
    for (const RecordedErasure& erasure : known) {
      const auto home = known_homes.find(erasure.note.request.workspace);
      if (home != known_homes.end()) names.insert(name_of(home->second, erasure.note));
    }
    TRY_ASSIGN(const Homes homes, read_homes(newest_));
    TRY_ASSIGN(const auto erasures, read_erasures(newest_));
    for (const RecordedErasure& erasure : erasures) {
      const auto home = homes.find(erasure.note.request.workspace);
      if (home == homes.end() || names.contains(name_of(home->second, erasure.note))) continue;
      TRY_ASSIGN(const auto workspace, find_or_add(home->first, home->second));
      if (workspace) missing_.push_back({erasure.note, *workspace});
    }
    return {};
  }

  // The older copy's number of a workspace, which is added there if need be, with the same number if that is free:
  // digests of sids hold for a number. Nothing if its account is not known.
  base::Result<std::optional<model::WorkspaceNumber>> find_or_add(model::WorkspaceNumber newer_number,
                                                                  const Home& home) {
    TRY_ASSIGN(sqlite::Statement add,
               older_.prepare("INSERT OR IGNORE INTO workspaces (number, account, sid, sid_text, friendly_name, "
                              "created_ms) SELECT iif(EXISTS (SELECT 1 FROM workspaces WHERE number = ?1), NULL, ?1), "
                              "number, ?2, ?3, ?4, ?5 FROM accounts WHERE sid = ?6"));
    TRY(add.run(static_cast<std::int64_t>(newer_number), std::string_view(home.workspace_sid),
                std::string_view(home.sid_text), std::string_view(home.friendly_name), home.created_ms,
                std::string_view(home.account_sid)));
    TRY_ASSIGN(sqlite::Statement find,
               older_.prepare("SELECT w.number FROM workspaces w JOIN accounts a ON a.number = w.account "
                              "WHERE a.sid = ? AND w.sid = ?"));
    find.bind_all(std::string_view(home.account_sid), std::string_view(home.workspace_sid));
    TRY_ASSIGN(const bool found, find.step());
    if (!found) return std::optional<model::WorkspaceNumber>();
    return std::optional(model::WorkspaceNumber{static_cast<std::uint32_t>(find.integer(0))});
  }

  // Digests are asked for only where a sid file knows the sid, so the older copy learns the newer one's sids. Those of
  // events that it does not have lead nowhere, and do no harm.
  base::Result<void> add_sids() {
    TRY_ASSIGN(const StoreFacts facts, read_facts(older_));
    TRY_ASSIGN(const Manifest theirs, read_manifest(newest_));
    // Sids of what was erased may be in none of their files; then each new one is looked up among the erased ones.
    if (theirs.has_forgotten_sids) TRY(note_forgotten_sids(older_));
    std::vector<std::shared_ptr<const segment::SidFile>> inputs;
    for (const ManifestFile& file : theirs.live) {
      if (file.kind != FileKind::kSids) continue;
      TRY_ASSIGN(auto sids,
                 segment::SidFile::open(newer_ / kSegmentFolder / file_name(file.number, file.kind), facts.store_id));
      inputs.push_back(std::move(sids));
    }
    if (inputs.empty()) return {};
    TRY_ASSIGN(const Manifest ours, read_manifest(older_));
    const std::filesystem::path path = folder_ / kSegmentFolder / file_name(ours.next_number, FileKind::kSids);
    TRY(segment::merge_sid_files(parts_.files, path, {facts.store_id, ours.next_number, {}}, inputs, {}));
    TRY_ASSIGN(const auto merged, segment::SidFile::open(path, facts.store_id));
    TRY(merged->check_pages());
    TRY(parts_.files.sync_folder(folder_ / kSegmentFolder));
    TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(older_));
    const ManifestFile entry{ours.next_number, FileKind::kSids, merged->entries(), merged->file_bytes()};
    TRY(write_manifest(older_, {{entry}, {}, {}}));
    return transaction.commit();
  }

  base::Result<void> erase() {
    LocalOptions options;
    options.background = false;
    TRY_ASSIGN(const auto store, LocalStore::open(folder_, parts_, options));
    for (Missing& missing : missing_) {
      ErasureRequest request = missing.note.request;
      request.workspace = missing.workspace;
      TRY_ASSIGN(const Erasure done, store->erase(request));
      missing.number = done.number;
    }
    return store->run_upkeep();
  }

  base::Result<void> write_notes() {
    TRY_ASSIGN(const StoreFacts ours, read_facts(older_));
    TRY_ASSIGN(const StoreFacts theirs, read_facts(newest_));
    const bool same_key = ours.identity.token_secret == theirs.identity.token_secret;
    TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(older_));
    TRY_ASSIGN(sqlite::Statement note, older_.prepare("UPDATE erasures SET requested_ms = ? WHERE number = ?"));
    for (const Missing& missing : missing_) {
      TRY(note.run(base::to_ms(missing.note.requested), static_cast<std::int64_t>(missing.number)));
      if (same_key && missing.workspace == missing.note.request.workspace) TRY(copy_digests(missing));
    }
    return transaction.commit();
  }

  base::Result<void> copy_digests(const Missing& missing) {
    TRY_ASSIGN(sqlite::Statement select, newest_.prepare("SELECT sid_digest FROM erased WHERE erasure = ?"));
    TRY_ASSIGN(sqlite::Statement insert,
               older_.prepare("INSERT OR IGNORE INTO erased (workspace, sid_digest, erasure) VALUES (?, ?, ?)"));
    select.bind_all(static_cast<std::int64_t>(missing.note.number));
    for (;;) {
      TRY_ASSIGN(const bool more, select.step());
      if (!more) return {};
      const std::string digest(select.bytes(0));
      TRY(insert.run(static_cast<std::int64_t>(missing.workspace), sqlite::Blob{digest},
                     static_cast<std::int64_t>(missing.number)));
    }
  }

  const std::filesystem::path folder_;
  const std::filesystem::path newer_;
  const LocalParts& parts_;
  sqlite::Connection older_;
  sqlite::Connection newest_;
  std::vector<Missing> missing_;
};

}  // namespace

base::Result<std::uint64_t> carry_erasures(const std::filesystem::path& folder, const std::filesystem::path& newer,
                                           const LocalParts& parts) {
  TRY_ASSIGN(sqlite::Connection older_database, open_existing_database(folder, {}));
  TRY_ASSIGN(sqlite::Connection newer_database, open_database_to_read(newer));
  return Carrier(folder, newer, parts, std::move(older_database), std::move(newer_database)).run();
}

}  // namespace waybill::store
