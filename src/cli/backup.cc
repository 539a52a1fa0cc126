#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/privileges.h"
#include "app/settings.h"
#include "backup/repository.h"
#include "backup/restoring.h"
#include "backup/taking.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "cli/commands.h"
#include "cli/file_lines.h"
#include "cli/table.h"
#include "codec/event_difference.h"

namespace waybill::cli {
namespace {

using base::Result;

std::string to_size(std::uint64_t bytes) {
  constexpr double kStep = 1000;
  constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB"};
  auto size = static_cast<double>(bytes) / kStep;
  const char* const* unit = std::begin(kUnits);
  for (; size >= kStep && std::next(unit) != std::end(kUnits); ++unit) size /= kStep;
  return fmt::format("{:.1f} {}", size, *unit);
}

Result<backup::Moment> parse_moment(const RestoreOptions& options) {
  backup::Moment moment;
  moment.name = options.name;
  if (!options.position.empty()) {
    const auto position = base::parse_int(options.position);
    if (!position || *position < 0) {
      return base::invalid_argument("--position: " + base::quoted_for_message(options.position) +
                                    " is no position; it must be a whole number, 0 or more");
    }
    moment.position = model::Position{static_cast<std::uint64_t>(*position)};
  }
  if (!options.time.empty()) {
    const auto time = base::parse_time(options.time);
    if (!time) {
      return base::invalid_argument("--time: " + base::quoted_for_message(options.time) + ": " +
                                    time.error().message());
    }
    moment.time = time->last;
  }
  return moment;
}

void print_restored(const backup::Restored& restored, const std::filesystem::path& data) {
  std::string text = fmt::format("restored {} into {}: {} events, up to position {}\n", restored.backup.name,
                                 data.string(), restored.events, to_number(restored.position));
  if (restored.left_out > 0) {
    text += fmt::format("left out: {} events that came after position {}\n", restored.left_out,
                        to_number(restored.position));
  }
  if (restored.erasures > 0) {
    text += fmt::format("erased again: what {} erasures took that later backups know of\n", restored.erasures);
  }
  text += "Page tokens issued before this restore no longer work. Check the store with `waybill verify`.\n";
  std::fputs(text.c_str(), stdout);
}

}  // namespace

Result<void> run_backup(const BackupOptions& options, const Process& process) {
  if (options.to.empty()) return base::invalid_argument("--to: is needed: the folder of backups");
  TRY_ASSIGN(const app::Settings settings, app::resolve_settings({}, process.environment, {}));
  FileLines lines;
  const backup::TakeParts parts{process.files, process.clock,
                                options.copy ? backup::Sharing::kCopies : backup::Sharing::kLinks,
                                [&](const std::string& file) { lines.show(file); }, settings.store.at_step};
  const auto taken = backup::take_backup(options.data, options.to, parts);
  lines.end();
  if (!taken) return taken.error();
  const std::string text = fmt::format(
      "{}: {} events, up to position {}; {} in {} files\n"
      "  copied {}, linked with the data directory {}, shared with earlier backups {}\n",
      (options.to / taken->name).string(), taken->manifest.events, to_number(taken->manifest.position),
      to_size(taken->manifest.bytes()), taken->manifest.files.size(), to_size(taken->bytes_copied),
      to_size(taken->bytes_linked), to_size(taken->bytes_shared));
  std::fputs(text.c_str(), stdout);
  return {};
}

Result<void> run_backup_list(const BackupOptions& options, const Process& /*process*/) {
  if (options.to.empty()) return base::invalid_argument("--to: is needed: the folder of backups");
  if (std::error_code error; !std::filesystem::is_directory(options.to, error)) {
    return base::not_found("there is no folder " + options.to.string());
  }
  TRY_ASSIGN(const backup::BackupList list, backup::list_backups(options.to));
  std::vector<std::vector<std::string>> rows = {{"BACKUP", "TAKEN", "POSITION", "EVENTS", "FILES", "SIZE"}};
  for (const backup::Backup& one : list.backups) {
    const backup::Manifest& manifest = one.manifest;
    rows.push_back({one.name, base::to_second_text(manifest.taken), std::to_string(to_number(manifest.position)),
                    std::to_string(manifest.events), std::to_string(manifest.files.size()), to_size(manifest.bytes())});
  }
  std::fputs(to_table(rows).c_str(), stdout);
  if (list.unreadable.empty()) return {};
  for (const base::Error& error : list.unreadable) std::fputs((error.message() + "\n").c_str(), stderr);
  return base::corruption(fmt::format("{} backups cannot be read", list.unreadable.size()));
}

Result<void> run_restore(const RestoreOptions& options, const Process& process) {
  TRY_ASSIGN(const app::Settings settings, app::resolve_settings({}, process.environment, {}));
  TRY_ASSIGN(const backup::Moment moment, parse_moment(options));
  FileLines lines;
  const store::LocalParts store{process.random, process.clock, process.log, process.files, codec::events_differ};
  const backup::RestoreParts parts{store, [&](const std::string& doing) { lines.show(doing); }, settings.store.at_step};
  const auto restored = backup::restore_backup(options.from, options.data, moment, parts);
  lines.end();
  if (!restored) return restored.error();
  TRY(app::give_to_owner(options.data));
  print_restored(*restored, options.data);
  return {};
}

}  // namespace waybill::cli
