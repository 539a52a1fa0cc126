#include "backup/checking.h"

#include <utility>

#include "backup/file_copy.h"
#include "store/local/database_copy.h"
#include "store/local/schema.h"

namespace waybill::backup {
namespace {

using base::Result;

std::string wrong_size(std::uint64_t bytes, const BackupFile& file) {
  return "has " + std::to_string(bytes) + " bytes, and the manifest says " + std::to_string(file.bytes);
}

// Whether the manifest tells the truth about the database it came with.
void compare_with_database(const Backup& backup, store::VerifyReport& report) {
  const auto find = [&](std::string what) { report.findings.push_back({kManifestFile, std::move(what)}); };
  const auto summary = store::summarize_database(backup.path);
  if (!summary) return find(summary.error().message());
  const Manifest& manifest = backup.manifest;
  if (summary->facts.store_id != manifest.store_id || summary->facts.identity.incarnation != manifest.incarnation) {
    find("is of another store, or of another life of it, than waybill.db");
  }
  if (summary->position != manifest.position) {
    find("says position " + std::to_string(to_number(manifest.position)) + ", and waybill.db " +
         std::to_string(to_number(summary->position)));
  }
  for (const store::ManifestFile& file : summary->manifest.live) {
    const std::string name = std::string(store::kSegmentFolder) + "/" + store::file_name(file.number, file.kind);
    if (manifest.find(name) == nullptr) find("does not have " + name + ", which waybill.db needs");
  }
}

}  // namespace

Result<std::vector<store::Finding>> check_files(const std::filesystem::path& folder, const Manifest& manifest,
                                                const std::function<void(const std::string& file)>& progress) {
  std::vector<store::Finding> findings;
  for (const BackupFile& file : manifest.files) {
    progress(file.name);
    auto held = HeldFile::open(folder / file.name);
    if (!held && held.error().code() == base::ErrorCode::kNotFound) {
      findings.push_back({file.name, "is missing"});
      continue;
    }
    if (!held) return std::move(held).error();
    TRY_ASSIGN(const HeldFile::Content content, held->read_all());
    if (content.bytes != file.bytes) {
      findings.push_back({file.name, wrong_size(content.bytes, file)});
    } else if (content.sha256 != file.sha256) {
      findings.push_back({file.name, "its SHA-256 is not the one in the manifest"});
    }
  }
  return findings;
}

Result<store::VerifyReport> verify_backup(const Backup& backup, const store::VerifyParts& parts) {
  TRY_ASSIGN(std::vector<store::Finding> findings,
             check_files(backup.path, backup.manifest, [&](const std::string& file) { parts.progress(file, 0, 0); }));
  // Once more in depth; what differs from the manifest is not worth more words.
  if (!findings.empty()) {
    store::VerifyReport report;
    report.findings = std::move(findings);
    return report;
  }
  TRY_ASSIGN(store::VerifyReport report, store::verify_copy(backup.path, parts));
  compare_with_database(backup, report);
  return report;
}

}  // namespace waybill::backup
