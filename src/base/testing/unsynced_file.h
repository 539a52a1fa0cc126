#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace waybill::base::testing {

// What of a change is on the disk.
enum class Durability : std::uint8_t {
  kPending,    // only in memory; the next sync brings it to the disk
  kForsaken,   // only in memory, where a failed sync left it marked as written: no later sync brings it to the disk
  kOnTheDisk,  // there, whatever happens
};

// One file as the disk sees it: its content as of the last sync, and what was done to it since. A power cut leaves each
// sector as it was at some moment since that sync, one sector independently of the other, and so the file's length:
// writes are lost, torn, or overtake each other. Value type.
class UnsyncedFile {
 public:
  explicit UnsyncedFile(std::string synced = {}) : synced_(std::move(synced)), size_(synced_.size()) {}

  void write(std::uint64_t offset, std::string_view bytes);
  void truncate(std::uint64_t size);

  // Everything pending is on the disk.
  void sync();
  // A sync that failed: Linux marks the pages as written all the same, so that only a later write to a sector brings it
  // to the disk.
  void fail_sync();

  // Whether a power cut leaves the file as it is.
  [[nodiscard]] bool is_safe() const { return changes_.empty(); }

  // One of the contents that a power cut may leave.
  [[nodiscard]] std::string after_power_loss(SeededRandom& random) const;

 private:
  struct Change {
    std::uint64_t offset = 0;    // of a truncation: the new size
    std::string bytes;           // of a truncation: empty
    std::uint64_t size_now = 0;  // the file's, from this change on
    Durability durability = Durability::kPending;
  };
  struct Survival;

  void add(Change change);
  [[nodiscard]] bool is_truncation(const Change& change) const { return change.bytes.empty(); }
  [[nodiscard]] std::uint64_t longest() const;
  [[nodiscard]] std::uint64_t end_of(const Change& change) const;
  [[nodiscard]] Survival survival(SeededRandom& random) const;
  [[nodiscard]] std::string replay(const std::vector<std::size_t>& newest, std::uint64_t size) const;

  std::string synced_;
  std::uint64_t size_;
  std::vector<Change> changes_;
};

}  // namespace waybill::base::testing
