#include "base/testing/fault_disk.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "base/check.h"
#include "base/files.h"

namespace waybill::base::testing {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  auto content = read_file(path);
  CHECK(content.has_value());
  return *std::move(content);
}

void write_content(const fs::path& path, const std::string& content) {
  // A file that is made anew costs nothing; one that is emptied and written again ext4 takes to the disk at once.
  fs::remove(path);
  {
    std::ofstream out(path, std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    CHECK(out.flush().good());
  }
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
}

}  // namespace

FaultDisk::FaultDisk(const fs::path& folder, EntryRule entry_rule)
    : root_(fs::canonical(folder)), entry_rule_(entry_rule) {
  const MutexLock lock(mutex_);
  read_folder();
}

void FaultDisk::plan(const FaultPlan& plan) {
  const MutexLock lock(mutex_);
  plan_ = plan;
  matching_ = 0;
  has_struck_ = false;
}

void FaultDisk::mend() {
  const MutexLock lock(mutex_);
  plan_.reset();
  has_struck_ = false;
}

bool FaultDisk::has_struck() const {
  const MutexLock lock(mutex_);
  return has_struck_;
}

std::uint64_t FaultDisk::operations(DiskOperation kind) const {
  const MutexLock lock(mutex_);
  return operations_[static_cast<std::size_t>(kind)];
}

std::uint64_t FaultDisk::operations() const {
  const MutexLock lock(mutex_);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kDiskOperations; ++i) {
    if (is_change(static_cast<DiskOperation>(i))) sum += operations_[i];
  }
  return sum;
}

bool FaultDisk::holds(const fs::path& path) const {
  const fs::path below = inside(path);
  return !below.empty() && *below.begin() != "..";
}

std::optional<DiskFault> FaultDisk::admit(DiskOperation operation) {
  const MutexLock lock(mutex_);
  ++operations_[static_cast<std::size_t>(operation)];
  if (!plan_) return std::nullopt;
  const std::vector<DiskOperation>& kinds = plan_->kinds;
  const bool is_meant =
      kinds.empty() ? is_change(operation) : std::find(kinds.begin(), kinds.end(), operation) != kinds.end();
  if (!is_meant) return std::nullopt;
  const std::uint64_t number = matching_++;
  const bool fails = plan_->lasting ? number >= plan_->after : number == plan_->after;
  if (!fails) return std::nullopt;
  has_struck_ = true;
  return plan_->fault;
}

FaultDisk::File FaultDisk::created(const fs::path& path) {
  {
    // A file of this name that is known has been taken away without a door.
    const fs::path below = inside(path);
    const MutexLock lock(mutex_);
    folder_of(below).now.erase(below.filename());
  }
  return opened(path);
}

FaultDisk::File FaultDisk::opened(const fs::path& path) {
  const fs::path below = inside(path);
  const std::string name = below.filename();
  const MutexLock lock(mutex_);
  ++open_;
  Folder& folder = folder_of(below);
  if (const auto known = folder.now.find(name); known != folder.now.end()) return known->second;
  const File file = add_file(content_of(path));
  change(folder, {std::nullopt, name, file});
  return file;
}

void FaultDisk::closed(File /*file*/) {
  const MutexLock lock(mutex_);
  CHECK(open_ > 0);
  --open_;
}

void FaultDisk::written(File file, std::uint64_t offset, std::string_view bytes) {
  const MutexLock lock(mutex_);
  at(file).write(offset, bytes);
}

void FaultDisk::truncated(File file, std::uint64_t size) {
  const MutexLock lock(mutex_);
  at(file).truncate(size);
}

void FaultDisk::synced(File file) {
  const MutexLock lock(mutex_);
  at(file).sync();
  if (entry_rule_ == EntryRule::kFolderSync) return;
  for (auto& [path, folder] : folders_) {
    for (EntryChange& change : folder.changes) {
      if (change.file == file && change.come) change.durability = Durability::kOnTheDisk;
    }
  }
}

void FaultDisk::failed_to_sync(File file) {
  const MutexLock lock(mutex_);
  at(file).fail_sync();
}

void FaultDisk::renamed(const fs::path& from, const fs::path& to) {
  const fs::path old_name = inside(from);
  const fs::path new_name = inside(to);
  CHECK(old_name.parent_path() == new_name.parent_path());
  const MutexLock lock(mutex_);
  Folder& folder = folder_of(old_name);
  const auto known = folder.now.find(old_name.filename());
  // What no door has opened is not watched.
  if (known == folder.now.end()) return;
  change(folder, {old_name.filename(), new_name.filename(), known->second});
}

void FaultDisk::removed(const fs::path& path) {
  const fs::path below = inside(path);
  const MutexLock lock(mutex_);
  Folder& folder = folder_of(below);
  const auto known = folder.now.find(below.filename());
  if (known == folder.now.end()) return;
  change(folder, {below.filename(), std::nullopt, known->second});
}

void FaultDisk::synced_folder(const fs::path& path) {
  const MutexLock lock(mutex_);
  Folder& folder = folder_of(inside(path / "entry"));
  bool any_forsaken = false;
  for (EntryChange& change : folder.changes) {
    if (change.durability == Durability::kPending) change.durability = Durability::kOnTheDisk;
    any_forsaken = any_forsaken || change.durability == Durability::kForsaken;
  }
  if (any_forsaken) return;
  folder.synced = folder.now;
  folder.changes.clear();
}

void FaultDisk::failed_to_sync_folder(const fs::path& path) {
  const MutexLock lock(mutex_);
  for (EntryChange& change : folder_of(inside(path / "entry")).changes) {
    if (change.durability == Durability::kPending) change.durability = Durability::kForsaken;
  }
}

// Below the root; something that begins with ".." for what lies elsewhere. A file need not be there, its folder must.
fs::path FaultDisk::inside(const fs::path& path) const {
  std::error_code missing;
  const fs::path parent = fs::canonical(path.has_parent_path() ? path.parent_path() : ".", missing);
  if (missing) return "..";
  return (parent / path.filename()).lexically_relative(root_);
}

void FaultDisk::read_folder() {
  files_.clear();
  folders_.clear();
  for (const auto& entry : fs::recursive_directory_iterator(root_)) {
    if (!entry.is_regular_file()) continue;
    const fs::path below = entry.path().lexically_relative(root_);
    const File file = add_file(content_of(entry.path()));
    Folder& folder = folder_of(below);
    folder.now.emplace(below.filename(), file);
    folder.synced.emplace(below.filename(), file);
  }
}

FaultDisk::File FaultDisk::add_file(std::string synced) {
  files_.emplace_back(std::move(synced));
  return File{files_.size() - 1};
}

UnsyncedFile& FaultDisk::at(File file) { return files_[static_cast<std::size_t>(file)]; }

FaultDisk::Folder& FaultDisk::folder_of(const fs::path& path) { return folders_[path.parent_path()]; }

void FaultDisk::change(Folder& folder, EntryChange change) {
  if (change.gone) folder.now.erase(*change.gone);
  if (change.come) folder.now.insert_or_assign(*change.come, change.file);
  folder.changes.push_back(std::move(change));
}

// A journal keeps the order of changes and loses the last ones; POSIX promises not even that.
FaultDisk::Entries FaultDisk::after_power_loss(const Folder& folder, SeededRandom& random) {
  constexpr double kInOrder = 0.5;
  const bool in_order = random.chance(kInOrder);
  const std::size_t cut = random.below(folder.changes.size() + 1);
  Entries left = folder.synced;
  for (std::size_t i = 0; i < folder.changes.size(); ++i) {
    const EntryChange& change = folder.changes[i];
    bool survives = in_order ? i < cut : random.chance(0.5);
    if (change.durability == Durability::kForsaken) survives = false;
    if (change.durability == Durability::kOnTheDisk) survives = true;
    if (!survives) continue;
    if (change.gone) {
      const auto there = left.find(*change.gone);
      if (there != left.end() && there->second == change.file) left.erase(there);
    }
    if (change.come) left.insert_or_assign(*change.come, change.file);
  }
  return left;
}

// Makes the real files of one folder those that are left.
void FaultDisk::leave(const fs::path& name, const Folder& folder, const Entries& left, SeededRandom& random) {
  for (const auto& [entry, file] : folder.now) {
    if (!left.contains(entry)) fs::remove(root_ / name / entry);
  }
  for (const auto& [entry, file] : left) {
    const auto now = folder.now.find(entry);
    const bool as_it_was = now != folder.now.end() && now->second == file && at(file).is_safe();
    if (!as_it_was) write_content(root_ / name / entry, at(file).after_power_loss(random));
  }
}

// What came to be without a door.
void FaultDisk::leave_strangers(SeededRandom& random) {
  std::set<fs::path> strangers;
  for (const auto& entry : fs::recursive_directory_iterator(root_)) {
    const fs::path below = entry.path().lexically_relative(root_);
    if (entry.is_regular_file() && !folder_of(below).now.contains(below.filename())) strangers.insert(entry.path());
  }
  for (const fs::path& stranger : strangers) {
    if (random.chance(0.5)) fs::remove(stranger);
  }
}

void FaultDisk::power_loss(SeededRandom& random) {
  const MutexLock lock(mutex_);
  CHECK(open_ == 0);
  plan_.reset();
  has_struck_ = false;
  leave_strangers(random);
  for (const auto& [name, folder] : folders_) leave(name, folder, after_power_loss(folder, random), random);
  read_folder();
}

}  // namespace waybill::base::testing
