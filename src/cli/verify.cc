#include "store/local/verify.h"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

#include "app/settings.h"
#include "cli/commands.h"
#include "cli/describe.h"

namespace waybill::cli {
namespace {

// A line for each file; on a terminal it renews itself while the file is read.
class FileLines {
 public:
  void show(const std::string& file, std::uint64_t events, std::uint64_t events_total) {
    const bool is_new = file != file_;
    if (on_terminal_) {
      const std::string share = events_total == 0 ? "" : fmt::format("  {} of {} events", events, events_total);
      std::fputs(((is_new && !file_.empty() ? "\n" : "") + std::string("\r\x1b[K") + file + share).c_str(), stderr);
    } else if (is_new) {
      std::fputs((file + "\n").c_str(), stderr);
    }
    file_ = file;
  }
  void end() const {
    if (on_terminal_) std::fputs("\n", stderr);
  }

 private:
  const bool on_terminal_ = isatty(STDERR_FILENO) != 0;
  std::string file_;
};

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
  TRY_ASSIGN(const store::VerifyReport report, store::verify_store(options.data, parts));
  lines.end();
  for (const store::Finding& finding : report.findings) {
    std::fputs((finding.file + ": " + finding.what + "\n").c_str(), stdout);
  }
  const std::string seen =
      fmt::format("{} events in {} segments and {} in the log", report.events, report.segments, report.in_log);
  if (!report.findings.empty()) {
    return base::corruption(fmt::format("{} findings; looked at {}", report.findings.size(), seen));
  }
  std::fputs(("fine: " + seen + "\n").c_str(), stdout);
  return {};
}

}  // namespace waybill::cli
