#include "store/local/lost_database.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <system_error>

#include "base/bytes.h"
#include "base/files.h"
#include "segment/paged_format.h"
#include "segment/segment.h"
#include "store/local/schema.h"

namespace waybill::store {
namespace {

// Made whole in a folder of its own, so that an interruption leaves no half database behind.
constexpr const char* kWorkFolder = "repair.new";

// What a file's footer says without having been compared with anything.
std::optional<std::uint64_t> claimed_store_id(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(sizeof(std::uint64_t), '\0');
  const auto at = static_cast<std::streamoff>(segment::kFooterBytes - segment::kFooterStoreAt);
  if (!file.seekg(-at, std::ios::end)) return std::nullopt;
  if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) return std::nullopt;
  return base::get_le<std::uint64_t>(bytes, 0);
}

// The store id of the first segment whose footer is right.
base::Result<std::uint64_t> find_store_id(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() == ".seg") paths.push_back(at->path());
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    const auto id = claimed_store_id(path);
    if (id && segment::Segment::open(path, *id)) return *id;
  }
  return base::not_found(folder.string() + " has no segment that could be read, so there is nothing to repair");
}

base::Result<void> write_store_id(const std::filesystem::path& folder, std::uint64_t id, base::Random& random) {
  TRY_ASSIGN(OpenedDatabase database, open_database(folder, random, {}));
  sqlite::Connection& connection = database.connection;
  std::string bytes;
  base::put_le(bytes, id);
  TRY_ASSIGN(sqlite::Statement update, connection.prepare("UPDATE facts SET value = ? WHERE name = 'store_id'"));
  TRY(update.run(sqlite::Blob{bytes}));
  return connection.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace

base::Result<void> set_aside_damaged(const std::filesystem::path& path, base::FileSystem& files) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return {};
  std::filesystem::path aside = path;
  aside += kDamagedSuffix;
  // It may not be the first that is set aside.
  for (int number = 2; std::filesystem::exists(aside, error); ++number) {
    aside = path;
    aside += kDamagedSuffix + std::to_string(number);
  }
  return files.rename(path, aside);
}

base::Result<void> make_lost_database(const std::filesystem::path& folder, const RepairParts& parts) {
  TRY_ASSIGN(const std::uint64_t id, find_store_id(folder / kSegmentFolder));
  const std::filesystem::path work = folder / kWorkFolder;
  std::error_code error;
  std::filesystem::remove_all(work, error);
  TRY(write_store_id(work, id, parts.random));
  for (const char* const end : {"-wal", "-shm", ""}) {
    TRY(set_aside_damaged(folder / (kDatabaseFile + std::string(end)), parts.files));
  }
  TRY(parts.files.rename(work / kDatabaseFile, folder / kDatabaseFile));
  TRY(parts.files.sync_folder(folder));
  std::filesystem::remove_all(work, error);
  return {};
}

}  // namespace waybill::store
