#include "store/local/verify.h"

#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "app/settings.h"
#include "backup/checking.h"
#include "backup/repository.h"
#include "cli/act_as_owner.h"
#include "cli/commands.h"
#include "cli/describe.h"
#include "cli/file_lines.h"

namespace waybill::cli {
namespace {

std::string seen_text(const store::VerifyReport& report) {
  return fmt::format("{} events in {} segments and {} in the log", report.events, report.segments, report.in_log);
}

void print_findings(const std::string& place, const store::VerifyReport& report) {
  for (const store::Finding& finding : report.findings) {
    std::fputs((place + finding.file + ": " + finding.what + "\n").c_str(), stdout);
  }
}

base::Result<void> verify_data(const std::filesystem::path& folder, const store::VerifyParts& parts, FileLines& lines) {
  TRY_ASSIGN(const store::VerifyReport report, store::verify_store(folder, parts));
  lines.end();
  print_findings("", report);
  if (!report.findings.empty()) {
    return base::corruption(fmt::format("{} findings; looked at {}", report.findings.size(), seen_text(report)));
  }
  std::fputs(("fine: " + seen_text(report) + "\n").c_str(), stdout);
  return {};
}

// One after the other; what is wrong with one does not keep the others from being looked at.
base::Result<void> verify_backups(const std::filesystem::path& folder, const store::VerifyParts& parts,
                                  FileLines& lines) {
  TRY_ASSIGN(const backup::BackupList list, backup::list_backups(folder));
  std::size_t damaged = list.unreadable.size();
  for (const base::Error& error : list.unreadable) std::fputs((error.message() + "\n").c_str(), stdout);
  for (const backup::Backup& one : list.backups) {
    const auto report = backup::verify_backup(one, parts);
    lines.end();
    if (report && report->findings.empty()) {
      std::fputs((one.name + " is fine: " + seen_text(*report) + "\n").c_str(), stdout);
      continue;
    }
    ++damaged;
    if (report) print_findings(one.name + "/", *report);
    if (!report) std::fputs((one.name + ": " + report.error().message() + "\n").c_str(), stdout);
  }
  const std::size_t all = list.backups.size() + list.unreadable.size();
  if (damaged == 0) return {};
  return base::corruption(fmt::format("of {} backups {} cannot be relied on", all, damaged));
}

}  // namespace

base::Result<void> run_verify(const StoreOptions& options, const Process& process) {
  TRY_ASSIGN(const app::Settings settings, app::resolve_settings({}, process.environment, {}));
  FileLines lines;
  store::VerifyParts parts;
  parts.describe = describe_record;
  parts.progress = [&](const std::string& file, std::uint64_t events, std::uint64_t events_total) {
    lines.show(file, events, events_total);
  };
  parts.now = process.clock.now();
  parts.retention = settings.store.retention;
  if (backup::has_backups(options.data)) return verify_backups(options.data, parts, lines);
  TRY(act_as_owner(options.data));
  return verify_data(options.data, parts, lines);
}

}  // namespace waybill::cli
