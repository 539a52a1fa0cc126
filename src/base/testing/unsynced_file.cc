#include "base/testing/unsynced_file.h"

#include <algorithm>
#include <iterator>

namespace waybill::base::testing {
namespace {

// What a disk writes whole or not at all.
constexpr std::uint64_t kSectorBytes = 512;

std::uint64_t sector_of(std::uint64_t offset) { return offset / kSectorBytes; }

// How much of what was not synced a power cut spares.
enum class Loss { kEverything, kNothing, kTheEnd, kAnything };

Loss any_loss(SeededRandom& random) {
  constexpr Loss kLosses[] = {Loss::kEverything, Loss::kNothing, Loss::kTheEnd, Loss::kAnything};
  return kLosses[random.below(std::size(kLosses))];
}

}  // namespace

void UnsyncedFile::write(std::uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  add({offset, std::string(bytes), std::max(size_, offset + bytes.size()), Durability::kPending});
}

void UnsyncedFile::truncate(std::uint64_t size) { add({size, {}, size, Durability::kPending}); }

void UnsyncedFile::add(Change change) {
  size_ = change.size_now;
  changes_.push_back(std::move(change));
}

void UnsyncedFile::sync() {
  bool any_forsaken = false;
  for (Change& change : changes_) {
    if (change.durability == Durability::kPending) change.durability = Durability::kOnTheDisk;
    any_forsaken = any_forsaken || change.durability == Durability::kForsaken;
  }
  // What was forsaken is still in memory, and goes to the disk with the next write to its sector.
  if (any_forsaken) return;
  for (const Change& change : changes_) {
    if (is_truncation(change)) {
      synced_.resize(change.offset);
    } else {
      synced_.resize(std::max<std::uint64_t>(synced_.size(), end_of(change)));
      synced_.replace(change.offset, change.bytes.size(), change.bytes);
    }
  }
  changes_.clear();
}

void UnsyncedFile::fail_sync() {
  for (Change& change : changes_) {
    if (change.durability == Durability::kPending) change.durability = Durability::kForsaken;
  }
}

// Which changes a power cut spares: of each sector the newest one (its number from 1; 0 for none), which has all the
// earlier ones in it, and the size.
struct UnsyncedFile::Survival {
  std::vector<std::size_t> newest;
  std::uint64_t size = 0;
};

std::uint64_t UnsyncedFile::longest() const {
  std::uint64_t longest = synced_.size();
  for (const Change& change : changes_) longest = std::max(longest, change.size_now);
  return longest;
}

// A truncation touches everything behind the new size.
std::uint64_t UnsyncedFile::end_of(const Change& change) const {
  return is_truncation(change) ? std::max(longest(), change.offset) : change.offset + change.bytes.size();
}

UnsyncedFile::Survival UnsyncedFile::survival(SeededRandom& random) const {
  constexpr double kForsakenSurvives = 0.1;
  constexpr double kTorn = 0.3;
  const Loss loss = any_loss(random);
  const double spared = random.unit();
  const std::size_t cut = random.below(changes_.size() + 1);
  Survival survival{std::vector<std::size_t>(sector_of(longest()) + 1, 0), 0};
  std::size_t size_from = 0;  // the size is that of this change or a later one
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const Change& change = changes_[i];
    const bool dice = loss == Loss::kAnything && random.chance(spared);
    bool whole = loss == Loss::kNothing || (loss == Loss::kTheEnd && i < cut) || dice;
    if (change.durability == Durability::kForsaken) whole = random.chance(kForsakenSurvives);
    if (change.durability == Durability::kOnTheDisk) {
      whole = true;
      size_from = i + 1;
    }
    const bool may_be_torn = !is_truncation(change) && change.durability == Durability::kPending &&
                             (loss == Loss::kTheEnd ? i == cut : loss == Loss::kAnything);
    const bool torn = !whole && may_be_torn && random.chance(loss == Loss::kTheEnd ? 1.0 : kTorn);
    if (!whole && !torn) continue;
    const std::uint64_t end = end_of(change);
    for (std::uint64_t sector = sector_of(change.offset); sector * kSectorBytes < end; ++sector) {
      if (whole || random.chance(0.5)) survival.newest[sector] = i + 1;
    }
  }
  std::size_t moment = size_from + random.below(changes_.size() - size_from + 1);
  if (loss == Loss::kNothing) moment = changes_.size();
  if (loss == Loss::kTheEnd) moment = std::max(size_from, cut);
  survival.size = moment == 0 ? synced_.size() : changes_[moment - 1].size_now;
  return survival;
}

std::string UnsyncedFile::replay(const std::vector<std::size_t>& newest, std::uint64_t size) const {
  std::string content = synced_;
  content.resize(std::max(longest(), size));
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const Change& change = changes_[i];
    const std::uint64_t end = end_of(change);
    for (std::uint64_t at = change.offset; at < end;) {
      const std::uint64_t next = std::min(end, (sector_of(at) + 1) * kSectorBytes);
      if (newest[sector_of(at)] > i) {
        const auto begin = content.begin() + static_cast<std::ptrdiff_t>(at);
        if (is_truncation(change)) {
          std::fill_n(begin, next - at, '\0');
        } else {
          std::copy_n(change.bytes.begin() + static_cast<std::ptrdiff_t>(at - change.offset), next - at, begin);
        }
      }
      at = next;
    }
  }
  content.resize(size);
  return content;
}

std::string UnsyncedFile::after_power_loss(SeededRandom& random) const {
  if (is_safe()) return synced_;
  const Survival survived = survival(random);
  return replay(survived.newest, survived.size);
}

}  // namespace waybill::base::testing
