#include <algorithm>
#include <cstdio>

#include "app/server_address.h"
#include "app/tls_setup.h"
#include "base/files.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "cli/address.h"
#include "cli/commands.h"
#include "cli/gap_advice.h"
#include "cli/known_spans.h"
#include "codec/json_writer.h"
#include "doctor/machine_probe.h"
#include "model/sid.h"
#include "store/local/schema.h"

namespace waybill::cli {
namespace {

// Where a backfill may write: the server that holds the directory, or the directory itself.
GapPlace place_in_directory(const std::filesystem::path& data) {
  const auto holder = doctor::find_holder(data / store::kLockFile);
  if (!holder) return {"--data " + shell_word(data.string()), "", ""};
  if (const auto server = app::read_address(data, *holder)) {
    const std::filesystem::path own = app::self_signed_files(data).certificate;
    std::error_code error;
    const bool is_own = server->url.starts_with("https://") && std::filesystem::exists(own, error);
    return {"--url " + shell_word(server->url) + (is_own ? " --ca-file " + shell_word(own.string()) : ""), "", ""};
  }
  return {"--url SERVER",
          "SERVER stands for the address of the server (process " + std::to_string(*holder) + ") that holds " +
              data.string() + ".",
          ""};
}

// A backfill into a directory writes for one account: the first, unless it is told which.
GapPlace place_of(const GapsOptions& options, const KnownWorkspace& known, const std::filesystem::path& ca_file) {
  const std::string trust = ca_file.empty() ? "" : " --ca-file " + shell_word(ca_file.string());
  if (!options.url.empty()) return {"--url " + shell_word(options.url) + trust, "", ""};
  GapPlace place = place_in_directory(options.data);
  if (place.arguments.find(" --ca-file ") == std::string::npos) place.arguments += trust;
  if (known.has_other_accounts && place.arguments.starts_with("--data")) {
    place.prefix = "WAYBILL_ACCOUNT_SID=" + known.account_sid;
  }
  return place;
}

const char* word_of(NextStep step) {
  switch (step) {
    case NextStep::kNothingKnown: return "nothing_known";
    case NextStep::kNothingSettled: return "nothing_settled";
    case NextStep::kServerCloses: return "server_closes";
    case NextStep::kClose: return "close";
    case NextStep::kProve: return "prove";
    case NextStep::kNothingOpen: return "nothing_open";
  }
  return "nothing_known";
}

void write_time(codec::JsonWriter& out, std::string_view name, const std::optional<base::WallTime>& time) {
  out.key(name);
  time ? out.text(base::to_millisecond_text(std::clamp(*time, base::kTimeMin, base::kTimeMax))) : out.null();
}

void write_json(codec::JsonWriter& out, const KnownWorkspace& known, const GapAdvice& advice) {
  out.begin_object();
  out.member("account_sid", known.account_sid).member("workspace_sid", known.workspace_sid);
  write_time(out, "settled_through", known.settled_through);
  write_time(out, "complete_from", known.complete_from);
  write_time(out, "complete_through", known.complete_through);
  out.key("settled_gap").boolean(has_settled_gap(known));
  out.key("spans").begin_array();
  for (const KnownSpan& span : known.spans) {
    out.begin_object();
    write_time(out, "from", span.from);
    write_time(out, "to", span.to);
    out.member("state", span.state).member("by", span.by).end_object();
  }
  out.end_array();
  out.member("next", word_of(advice.step));
  out.key("command");
  advice.command.empty() ? out.null() : out.text(advice.command);
  out.key("remark");
  advice.remark.empty() ? out.null() : out.text(advice.remark);
  write_time(out, "after", advice.after);
  out.end_object();
}

void print(const GapsOptions& options, const std::vector<KnownWorkspace>& workspaces,
           const std::filesystem::path& ca_file) {
  std::string text;
  std::string json;
  codec::JsonWriter out(json);
  out.begin_object().key("workspaces").begin_array();
  for (const KnownWorkspace& known : workspaces) {
    const GapAdvice advice = advice_of(known, options.upstream, place_of(options, known, ca_file));
    if (options.json) {
      write_json(out, known, advice);
    } else {
      text += (text.empty() ? "" : "\n") + to_text(known, advice);
    }
  }
  out.end_array().end_object();
  std::fputs((options.json ? json + "\n" : text).c_str(), stdout);
}

}  // namespace

base::Result<void> run_gaps(const GapsOptions& given, const Process& process) {
  const GapsOptions options = with_default_url(given, process);
  if (options.url.empty() && options.data.empty()) {
    return base::invalid_argument("say where: --url URL or --data DIR (or set WAYBILL_URL)");
  }
  if (!options.workspace_sid.empty()) {
    const auto sid = model::WorkspaceSid::parse(options.workspace_sid);
    if (!sid) return sid.error().while_doing("--workspace");
  }
  TRY_ASSIGN(const auto workspaces,
             options.url.empty() ? known_in_directory(options, process) : known_by_server(options, process));
  if (workspaces.empty() && !options.json) {
    return base::not_found("there is no workspace yet in " +
                           (options.url.empty() ? options.data.string() : "this account of " + options.url));
  }
  print(options, workspaces, process.ca_file);
  const auto open = std::count_if(workspaces.begin(), workspaces.end(), has_settled_gap);
  if (!options.exit_code || open == 0) return {};
  return base::unavailable("settled spans of " + std::to_string(open) +
                           (open == 1 ? " workspace are open" : " workspaces are open"));
}

}  // namespace waybill::cli
