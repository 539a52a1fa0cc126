#include "store/local/local_reader.h"

#include <utility>
#include <vector>

#include "store/local/erasure_table.h"
#include "store/local/log_table.h"
#include "store/local/manifest.h"
#include "store/local/schema.h"
#include "store/local/sql_registry.h"
#include "store/local/variant_listing.h"

namespace waybill::store {
namespace {

// Opens a file that may not have its name yet: it gets it after the manifest knows it.
template <class File>
base::Result<std::shared_ptr<const File>> open_file(const std::filesystem::path& path, std::uint64_t store_id) {
  auto file = File::open(path, store_id);
  const auto is_missing = [&] { return !file && file.error().code() == base::ErrorCode::kNotFound; };
  if (is_missing()) file = File::open(path.string() + kNewSuffix, store_id);
  if (is_missing()) file = File::open(path, store_id);
  return file;
}

base::Result<std::shared_ptr<const Archive>> open_files(const std::filesystem::path& folder, const Manifest& manifest,
                                                        std::uint64_t store_id) {
  Segments segments;
  SidFiles sid_files;
  for (const ManifestFile& file : manifest.live) {
    const std::filesystem::path path = folder / file_name(file.number, file.kind);
    if (file.kind == FileKind::kSegment) {
      TRY_ASSIGN(auto segment, open_file<segment::Segment>(path, store_id));
      segments.push_back(std::move(segment));
    } else {
      TRY_ASSIGN(auto sid_file, open_file<segment::SidFile>(path, store_id));
      sid_files.push_back(std::move(sid_file));
    }
  }
  return std::make_shared<const Archive>(std::move(segments), std::move(sid_files));
}

}  // namespace

struct LocalReader::Moment {
  StoreFacts facts;
  Manifest manifest;
  std::shared_ptr<const Rules> rules;
  TailView tail;
  std::unique_ptr<SidTable> tail_sids;
  model::Position horizon = model::kNoPosition;
};

base::Result<std::unique_ptr<LocalReader>> LocalReader::open(const std::filesystem::path& folder, base::WallTime now,
                                                             Retention retention) {
  TRY_ASSIGN(sqlite::Connection for_registry, open_database_to_read(folder));
  auto registry = std::make_unique<SqlRegistry>(std::move(for_registry));
  // A file that the manifest names may be gone when its turn comes, since it was merged with others meanwhile. Then
  // what took its place is in a newer manifest; what is missing by one and the same manifest twice is missing for good.
  std::vector<ManifestFile> missed;
  for (;;) {
    TRY_ASSIGN(auto moment, read_moment(folder, retention));
    auto archive = open_files(folder / kSegmentFolder, moment->manifest, moment->facts.store_id);
    if (archive) {
      return std::unique_ptr<LocalReader>(
          new LocalReader(folder, now, std::move(registry), std::move(moment), *std::move(archive)));
    }
    if (archive.error().code() != base::ErrorCode::kNotFound) return std::move(archive).error();
    if (moment->manifest.live == missed) {
      return base::corruption("a file that the manifest names is missing: " + archive.error().message());
    }
    missed = std::move(moment->manifest.live);
  }
}

LocalReader::LocalReader(std::filesystem::path folder, base::WallTime now, std::unique_ptr<Registry> registry,
                         std::unique_ptr<Moment> moment, std::shared_ptr<const Archive> archive)
    : folder_(std::move(folder)),
      opened_(now),
      registry_(std::move(registry)),
      facts_(std::move(moment->facts)),
      tail_sids_(std::move(moment->tail_sids)),
      view_{std::move(moment->tail), moment->horizon, std::move(archive), std::move(moment->rules)} {}

// All in one transaction, which reads one state of the database and holds up nobody who writes.
base::Result<std::unique_ptr<LocalReader::Moment>> LocalReader::read_moment(const std::filesystem::path& folder,
                                                                            Retention retention) {
  TRY_ASSIGN(sqlite::Connection connection, open_database_to_read(folder));
  TRY(connection.execute("BEGIN"));
  auto moment = std::make_unique<Moment>();
  TRY_ASSIGN(moment->facts, read_facts(connection));
  TRY_ASSIGN(moment->manifest, read_manifest(connection));
  TRY_ASSIGN(auto erasures, read_erasures(connection));
  TRY_ASSIGN(auto own, read_retention(connection));
  TRY_ASSIGN(auto marks, read_expiry_marks(connection));
  moment->rules = std::make_shared<const Rules>(retention, std::move(own), std::move(erasures), std::move(marks));
  moment->horizon = moment->manifest.sealed_through;
  moment->tail_sids = std::make_unique<SidTable>(moment->facts.sid_key);
  Tail tail(moment->facts.sid_key);
  TRY(scan_log(connection, moment->manifest.sealed_through, [&](std::vector<TailEvent>&& events) {
    std::vector<std::pair<EventId, model::SortKey>> ids;
    ids.reserve(events.size());
    for (const TailEvent& event : events) ids.emplace_back(EventId{event.row.workspace, event.sid}, event.row.key);
    moment->horizon = events.back().row.key.position;
    moment->tail_sids->insert(ids);
    tail.append(std::move(events));
  }));
  moment->tail = tail.view();
  TRY(connection.execute("COMMIT"));
  return moment;
}

SidPlaces LocalReader::places() const {
  return {*tail_sids_, facts_.sid_key, [this] { return view_.archive; }};
}

base::Result<model::FoundPage> LocalReader::list(const model::EventQuery& query) const {
  return list_events(places(), view_, query, opened_);
}

base::Result<std::vector<Variant>> LocalReader::variants(const VariantQuery& query) const {
  return list_variants(folder_, query);
}

base::WallTime LocalReader::oldest_shown(model::WorkspaceNumber workspace) const {
  return view_.rules->oldest_kept(workspace, opened_);
}

base::Result<std::optional<model::FoundEvent>> LocalReader::find(model::WorkspaceNumber workspace,
                                                                 const model::EventSid& sid) const {
  TRY_ASSIGN(auto found, look_up(places(), view_, {workspace, sid}, view_.rules->oldest_kept(workspace, opened_)));
  if (!found.event || found.is_erased) return std::optional<model::FoundEvent>();
  return std::optional(model::FoundEvent{found.event->key, std::move(found.event->record)});
}

}  // namespace waybill::store
