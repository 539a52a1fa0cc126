#include "store/local/manifest.h"

#include <algorithm>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "store/local/schema.h"

namespace waybill::store {
namespace {

base::Result<std::int64_t> counter(sqlite::Connection& connection, const char* name) {
  auto value = connection.query_integer(std::string("SELECT value FROM counters WHERE name = '") + name + "'");
  if (value || value.error().code() != base::ErrorCode::kNotFound) return value;
  return base::corruption(std::string(kDatabaseFile) + " has no counter " + name);
}

base::Result<void> set_counter(sqlite::Connection& connection, std::string_view name, std::uint64_t value) {
  TRY_ASSIGN(sqlite::Statement update, connection.prepare("UPDATE counters SET value = max(value, ?) WHERE name = ?"));
  return update.run(static_cast<std::int64_t>(value), name);
}

std::set<std::string> names_of(const std::vector<ManifestFile>& files) {
  std::set<std::string> names;
  for (const ManifestFile& file : files) names.insert(file_name(file.number, file.kind));
  return names;
}

base::Result<std::vector<std::string>> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    names.push_back(at->path().filename().string());
  }
  if (error) return base::io_error("reading " + folder.string() + ": " + error.message());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

base::Result<Manifest> read_manifest(sqlite::Connection& connection) {
  Manifest manifest;
  TRY_ASSIGN(const std::int64_t sealed, counter(connection, "sealed_through"));
  TRY_ASSIGN(const std::int64_t next, counter(connection, "next_file"));
  manifest.sealed_through = model::Position{static_cast<std::uint64_t>(sealed)};
  manifest.next_number = static_cast<std::uint64_t>(next);
  TRY_ASSIGN(const std::int64_t forgotten,
             connection.query_integer("SELECT count(*) FROM counters WHERE name = 'sids_forgotten'"));
  manifest.has_forgotten_sids = forgotten != 0;
  TRY_ASSIGN(sqlite::Statement select,
             connection.prepare("SELECT number, kind, is_live, rows, bytes FROM files ORDER BY number"));
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return manifest;
    const std::int64_t kind = select.integer(1);
    if (kind != 1 && kind != 2) {
      return base::corruption(std::string(kDatabaseFile) + " has a file of the unknown kind " + std::to_string(kind));
    }
    const ManifestFile file{static_cast<std::uint64_t>(select.integer(0)), static_cast<FileKind>(kind),
                            static_cast<std::uint64_t>(select.integer(3)),
                            static_cast<std::uint64_t>(select.integer(4))};
    (select.integer(2) != 0 ? manifest.live : manifest.obsolete).push_back(file);
  }
}

base::Result<void> write_manifest(sqlite::Connection& connection, const ManifestChange& change) {
  TRY_ASSIGN(sqlite::Statement insert,
             connection.prepare("INSERT INTO files (number, kind, is_live, rows, bytes) VALUES (?, ?, 1, ?, ?)"));
  std::uint64_t next = 0;
  for (const ManifestFile& file : change.added) {
    TRY(insert.run(static_cast<std::int64_t>(file.number), static_cast<std::int64_t>(file.kind),
                   static_cast<std::int64_t>(file.rows), static_cast<std::int64_t>(file.bytes)));
    next = std::max(next, file.number + 1);
  }
  TRY_ASSIGN(sqlite::Statement replace, connection.prepare("UPDATE files SET is_live = 0 WHERE number = ?"));
  for (const std::uint64_t number : change.replaced) TRY(replace.run(static_cast<std::int64_t>(number)));
  TRY(set_counter(connection, "next_file", next));
  if (!change.sealed_through) return {};
  return set_counter(connection, "sealed_through", to_number(*change.sealed_through));
}

base::Result<void> note_forgotten_sids(sqlite::Connection& connection) {
  return connection.execute("INSERT OR IGNORE INTO counters (name, value) VALUES ('sids_forgotten', 1)");
}

base::Result<void> forget_files(sqlite::Connection& connection, const std::vector<std::uint64_t>& numbers) {
  TRY_ASSIGN(sqlite::Statement forget, connection.prepare("DELETE FROM files WHERE number = ? AND is_live = 0"));
  for (const std::uint64_t number : numbers) TRY(forget.run(static_cast<std::int64_t>(number)));
  return {};
}

std::string file_name(std::uint64_t number, FileKind kind) {
  return fmt::format("{:06}.{}", number, kind == FileKind::kSegment ? "seg" : "sid");
}

base::Result<void> tidy_folder(base::FileSystem& files, const std::filesystem::path& folder, const Manifest& manifest) {
  const std::set<std::string> live = names_of(manifest.live);
  const std::set<std::string> obsolete = names_of(manifest.obsolete);
  TRY_ASSIGN(const auto names, names_in(folder));
  const std::set<std::string> there(names.begin(), names.end());
  // A database of before lacks files as well; that it is older says more.
  for (const std::string& name : names) {
    const bool is_ours = name.ends_with(".seg") || name.ends_with(".sid");
    if (!is_ours || live.contains(name) || obsolete.contains(name)) continue;
    return base::corruption((folder / name).string() +
                            " is unknown to waybill.db, which may be older than it; nothing was changed. "
                            "`waybill repair` makes it known, unless you have the waybill.db that belongs to it; or "
                            "move the file away if it does not belong here");
  }
  for (const std::string& name : live) {
    if (there.contains(name) || there.contains(name + kNewSuffix)) continue;
    return base::corruption((folder / name).string() +
                            " is missing, and waybill.db needs it; bring it back from a backup, or save the rest with "
                            "`waybill repair`");
  }
  for (const std::string& name : names) {
    const bool is_new = name.ends_with(kNewSuffix);
    const std::string whole = is_new ? name.substr(0, name.size() - std::string_view(kNewSuffix).size()) : name;
    if (is_new && live.contains(whole) && !there.contains(whole)) {
      TRY(files.rename(folder / name, folder / whole));
    } else if (is_new || obsolete.contains(name)) {
      TRY(files.remove(folder / name));
    }
  }
  return files.sync_folder(folder);
}

}  // namespace waybill::store
