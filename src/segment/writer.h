#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "segment/measure.h"
#include "segment/owners.h"
#include "segment/row.h"

namespace waybill::segment {

struct WriterOptions {
  std::uint64_t store_id = 0;           // of the store it belongs to
  std::uint64_t number = 0;             // its own, never used twice in a store
  std::vector<std::uint64_t> replaces;  // the segments whose events it holds anew
  std::uint32_t block_bits = 16;        // 6 to 16: rows of a block
  // Of tables in memory; changes no byte of the file. Should be hard to guess: values are chosen by whoever sends
  // events, and must not collide.
  std::uint64_t hash_key = 0;
};

// Rows in one segment at most.
constexpr std::uint32_t kRowsMax = 1U << 23U;

// Bytes of one record at most.
constexpr std::uint64_t kRecordBytesMax = 1ULL << 30U;

// Writes one segment file (docs/formats/segment.md): records go out as they come, the index is built in memory and
// follows. Not for concurrent use.
class Writer {
 public:
  // Makes the file. kInvalidArgument if it replaces more than 256 segments; otherwise fails as FileSystem::create.
  static base::Result<std::unique_ptr<Writer>> create(base::FileSystem& files, const std::filesystem::path& path,
                                                      const WriterOptions& options);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();

  // REQUIRES: keys rise strictly; `row.terms` is what TermList::bytes() gives; at most kRowsMax rows, in at most 65,536
  // blocks; a record below kRecordBytesMax. kTooLarge for more than kTermsMax different terms; kStorageFull, kIo.
  base::Result<void> add(const Row& row);

  // What was added.
  [[nodiscard]] Measure measure() const;

  // Writes the index and syncs the file; its name is synced by whoever owns the folder. Of `owners`, those of
  // workspaces that have rows here are written. REQUIRES: at least one row.
  base::Result<void> finish(const Owners& owners);

 private:
  class Impl;
  explicit Writer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::segment
