#include "bundle/archive.h"

#include <array>
#include <chrono>
#include <memory>

#include <archive.h>
#include <archive_entry.h>

namespace waybill::bundle {
namespace {

using base::Result;

template <auto free_function>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};
using Writer = std::unique_ptr<archive, Free<archive_write_free>>;
using Reader = std::unique_ptr<archive, Free<archive_read_free>>;
using Entry = std::unique_ptr<archive_entry, Free<archive_entry_free>>;

base::Error failed(archive* of) {
  const char* const why = archive_error_string(of);
  return base::io_error(std::string("making an archive: ") + (why == nullptr ? "unknown" : why));
}

la_ssize_t take_bytes(archive* /*of*/, void* user, const void* bytes, std::size_t count) {
  static_cast<std::string*>(user)->append(static_cast<const char*>(bytes), count);
  return static_cast<la_ssize_t>(count);
}

Result<void> add_file(archive* to, const std::string& name, std::string_view text, base::WallTime now) {
  constexpr int kOwnerOnly = 0600;
  const Entry entry(archive_entry_new2(to));
  if (entry == nullptr) return failed(to);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), kOwnerOnly);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(text.size()));
  archive_entry_set_mtime(entry.get(), std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count(), 0);
  if (archive_write_header(to, entry.get()) != ARCHIVE_OK) return failed(to);
  const la_ssize_t written = archive_write_data(to, text.data(), text.size());
  if (written != static_cast<la_ssize_t>(text.size())) return failed(to);
  return {};
}

}  // namespace

Result<std::string> make_archive(const std::string& folder, std::span<const ArchiveFile> files, base::WallTime now) {
  std::string out;
  const Writer writer(archive_write_new());
  if (writer == nullptr) return base::io_error("making an archive: out of memory");
  if (archive_write_set_format_pax_restricted(writer.get()) != ARCHIVE_OK ||
      archive_write_add_filter_gzip(writer.get()) != ARCHIVE_OK ||
      // Otherwise zeros would fill it up to a whole block of a tape.
      archive_write_set_bytes_in_last_block(writer.get(), 1) != ARCHIVE_OK ||
      archive_write_open(writer.get(), &out, nullptr, take_bytes, nullptr) != ARCHIVE_OK) {
    return failed(writer.get());
  }
  for (const ArchiveFile& file : files) TRY(add_file(writer.get(), folder + "/" + file.name, file.text, now));
  if (archive_write_close(writer.get()) != ARCHIVE_OK) return failed(writer.get());
  return out;
}

Result<std::vector<ArchiveFile>> read_archive_for_test(std::string_view bytes) {
  const Reader reader(archive_read_new());
  if (reader == nullptr) return base::io_error("reading an archive: out of memory");
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_format_tar(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) return failed(reader.get());
  std::vector<ArchiveFile> files;
  archive_entry* entry = nullptr;
  int next = ARCHIVE_OK;
  while ((next = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK) {
    ArchiveFile& file = files.emplace_back();
    file.name = archive_entry_pathname(entry);
    std::array<char, 4096> piece{};
    la_ssize_t count = 0;
    while ((count = archive_read_data(reader.get(), piece.data(), piece.size())) > 0) {
      file.text.append(piece.data(), static_cast<std::size_t>(count));
    }
    if (count < 0) return failed(reader.get());
  }
  if (next != ARCHIVE_EOF) return failed(reader.get());
  return files;
}

}  // namespace waybill::bundle
