#include "segment/writer.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "model/record_parts.h"
#include "segment/format.h"
#include "segment/index_builder.h"
#include "segment/paged_output.h"

namespace waybill::segment {
namespace {

void put_varint(std::string& out, std::uint32_t number) {
  for (; number >= 128; number >>= 7U) out += static_cast<char>(number | 128U);
  out += static_cast<char>(number);
}

}  // namespace

class Writer::Impl {
 public:
  Impl(std::unique_ptr<PagedOutput> output, const WriterOptions& options)
      : output_(std::move(output)),
        values_(options.hash_key),
        keys_(options.block_bits),
        terms_(options.block_bits, values_, options.hash_key) {
    layout_.summary.block_bits = options.block_bits;
    layout_.place(Section::kRecords).offset = output_->offset();
  }

  base::Result<void> add(const Row& row) {
    query::Source::Summary& summary = layout_.summary;
    CHECK(summary.rows < std::min(kRowsMax, kBlocksMax << std::min(summary.block_bits, 8U)));
    CHECK(summary.rows == 0 || summary.last_key < row.key);
    if (summary.rows == 0) {
      summary.first_key = row.key;
      summary.position_min = row.key.position;
    }
    summary.last_key = row.key;
    summary.position_min = std::min(summary.position_min, row.key.position);
    summary.position_max = std::max(summary.position_max, row.key.position);
    TRY(add_record(row));
    keys_.add(row.key);
    sids_ += base::as_text(row.sid.bytes());
    TRY(terms_.add(row.workspace, row.terms));
    if (summary.rows == 0 || row.workspace != last_workspace_) workspaces_.insert(row.workspace);
    last_workspace_ = row.workspace;
    ++summary.rows;
    return {};
  }

  [[nodiscard]] Measure measure() const {
    return {layout_.summary.rows, terms_.size(), values_.size(), terms_.text_bytes(),
            output_->offset() - layout_.place(Section::kRecords).offset};
  }

  base::Result<void> finish(const Owners& owners) {
    CHECK(layout_.summary.rows > 0);
    Place& records = layout_.place(Section::kRecords);
    records.length = output_->offset() - records.offset;
    lengths_.finish();
    keys_.finish();
    const TermIndex::Sections index = terms_.finish();
    layout_.terms = index.terms;
    TRY(write(Section::kRecordGroups, lengths_.groups()));
    TRY(write(Section::kLongRecords, lengths_.long_records()));
    TRY(write(Section::kKeyGroups, keys_.groups()));
    TRY(write(Section::kKeyData, keys_.data()));
    TRY(write(Section::kSids, sids_));
    TRY(write(Section::kValues, values_.bytes()));
    TRY(write(Section::kSlots, index.slots));
    TRY(write(Section::kTerms, index.entries));
    TRY(write(Section::kTexts, index.texts));
    TRY(write(Section::kDirectories, index.directories));
    TRY(write(Section::kLists, index.lists));
    TRY(write(Section::kBitmaps, index.bitmaps));
    TRY(write(Section::kBounds, keys_.bounds()));
    TRY(write(Section::kMeetingBlocks, index.meetings.blocks));
    TRY(write(Section::kMeetings, index.meetings.meetings));
    TRY(write(Section::kOwners, encode_owners(those_here(owners))));
    return output_->finish(encode(layout_));
  }

 private:
  // A sid that many records name is written once, and in each of them as a number.
  base::Result<void> add_record(const Row& row) {
    stored_.clear();
    if (const auto parts = model::split_record(row.record)) {
      stored_ += kStoredWithValues;
      stored_ += static_cast<char>(parts->values.size() / kValueBytes);
      const std::string_view own = base::as_text(row.sid.bytes());
      for (std::size_t at = 0; at < parts->values.size(); at += kValueBytes) {
        const std::string_view value = parts->values.substr(at, kValueBytes);
        put_varint(stored_, value == own ? 0 : 1 + values_.intern(value));
      }
      stored_ += parts->body;
    } else {
      stored_ += kStoredWhole;
      stored_ += row.record;
    }
    CHECK(stored_.size() <= kRecordBytesMax);
    lengths_.add(layout_.summary.rows, static_cast<std::uint32_t>(stored_.size()));
    return output_->append(stored_);
  }

  [[nodiscard]] Owners those_here(const Owners& owners) const {
    Owners here;
    for (const model::WorkspaceNumber number : workspaces_) {
      if (const auto owner = owners.find(number); owner != owners.end()) here.insert(*owner);
    }
    return here;
  }

  base::Result<void> write(Section section, std::string_view bytes) {
    TRY(output_->align());
    layout_.place(section) = {output_->offset(), bytes.size()};
    return output_->append(bytes);
  }

  const std::unique_ptr<PagedOutput> output_;
  Layout layout_;
  ValueTable values_;
  RecordLengths lengths_;
  KeyColumn keys_;
  TermIndex terms_;
  std::string sids_;
  std::set<model::WorkspaceNumber> workspaces_;  // that have rows
  model::WorkspaceNumber last_workspace_{};
  std::string stored_;  // one record; kept for its memory
};

Writer::Writer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Writer::~Writer() = default;

base::Result<std::unique_ptr<Writer>> Writer::create(base::FileSystem& files, const std::filesystem::path& path,
                                                     const WriterOptions& options) {
  CHECK(options.block_bits >= kBlockBitsMin && options.block_bits <= kBlockBitsMax);
  TRY_ASSIGN(auto output,
             PagedOutput::create(files, path, kSegmentKind, {options.store_id, options.number, options.replaces}));
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): the constructor is private
  return std::unique_ptr<Writer>(new Writer(std::make_unique<Impl>(std::move(output), options)));
}

base::Result<void> Writer::add(const Row& row) { return impl_->add(row); }
Measure Writer::measure() const { return impl_->measure(); }
base::Result<void> Writer::finish(const Owners& owners) { return impl_->finish(owners); }

}  // namespace waybill::segment
