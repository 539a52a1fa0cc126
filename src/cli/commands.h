#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/environment.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/random.h"
#include "base/result.h"
#include "obs/log.h"

namespace waybill::cli {

// What main lends to every command.
struct Process {
  const base::Clock& clock;
  base::Random& random;
  base::FileSystem& files;
  const app::Environment& environment;
  const obs::Log& log;                 // of commands; a server makes its own, as its settings say
  std::filesystem::path ca_file = {};  // of --ca-file or WAYBILL_CA_FILE; empty: none
};

// One command: its options as they were typed, and what runs it. A failure is printed, and the process ends with 2 if
// what it was given is wrong (kInvalidArgument: a flag, a setting, a line of a file), with 1 otherwise. A server ends
// with 3 if somebody else holds its port or its directory, and with 4 if the stored bytes are damaged.

struct ServeOptions {
  std::map<std::string, std::string> flags;  // by setting (app/settings.h)
  std::filesystem::path config;              // empty: none
};
base::Result<void> run_serve(const ServeOptions& options, const Process& process);

struct ImportOptions {
  std::vector<std::string> files;  // `-` is standard input
  std::string url;                 // into a server …
  std::filesystem::path data;      // … or into a directory that no server holds
  std::string encoding;            // of files that do not say it; empty: UTF-8
};
base::Result<void> run_import(const ImportOptions& options, const Process& process);

struct ExportOptions {
  std::string workspace_sid;
  std::string account_sid;                     // empty: see cli/export_source.h
  std::map<std::string, std::string> filters;  // of the list, by their names in the API
  std::string url;                             // out of a server …
  std::filesystem::path admin_token_file;      // … as its administrator, if not empty
  std::filesystem::path data;                  // … or out of a directory
  std::string format;                          // ndjson, csv; empty: by the file's name
  std::string columns;                         // of CSV; empty: all members
  std::string compress;                        // gzip, zstd, none; empty: by the file's name
  std::string out = "-";                       // a file, `-` for standard output, or a folder with `split`
  std::string split;                           // day, or empty
  bool resume = false;
  bool progress = false;  // also where standard error is no terminal
};
base::Result<void> run_export(const ExportOptions& options, const Process& process);

struct BackfillOptions {
  std::string from;                     // an Events API
  std::vector<std::string> workspaces;  // empty: all that the upstream has
  std::string since = "30d";
  std::string until;                       // empty: now
  std::string url;                         // into a server …
  std::filesystem::path data;              // … or into a directory that no server holds
  std::filesystem::path credentials_file;  // of the upstream; empty: they stand in the environment
  double max_rps = 10;
  bool follow = false;
  std::string every = "60s";
  std::string trailing = "5m";
  std::string settle = "1h";
  std::string timeout = "60s";
  std::string upstream_keeps;  // empty: as is known of the hosted service
};
base::Result<void> run_backfill(const BackfillOptions& options, const Process& process);

struct GenerateOptions {
  std::string events;  // how many: 1000, 1_000, 1k, 2.5M
  std::uint64_t seed = 1;
  std::string start;  // of the first event; empty: the last event is now
  std::optional<std::uint32_t> workers;
  std::optional<std::uint32_t> queues;
  std::optional<std::uint32_t> tasks_per_hour;
  std::string account_sid;     // empty: WAYBILL_ACCOUNT_SID, or one made from the seed
  std::string workspace_sid;   // empty: one made from the seed
  std::string workspace_name;  // empty: the generator's own
};
base::Result<void> run_generate(const GenerateOptions& options, const Process& process);

struct AccountOptions {
  std::filesystem::path data;
  std::string sid;            // rotate, disable
  std::string friendly_name;  // create
};
base::Result<void> run_account_create(const AccountOptions& options, const Process& process);
base::Result<void> run_account_list(const AccountOptions& options, const Process& process);
base::Result<void> run_account_rotate(const AccountOptions& options, const Process& process);
base::Result<void> run_account_disable(const AccountOptions& options, const Process& process);

struct KeyOptions {
  std::filesystem::path data;
  std::string account_sid;    // create; empty: the only account
  std::string sid;            // revoke
  std::string friendly_name;  // create
};
base::Result<void> run_key_create(const KeyOptions& options, const Process& process);
base::Result<void> run_key_list(const KeyOptions& options, const Process& process);
base::Result<void> run_key_revoke(const KeyOptions& options, const Process& process);

struct WorkspaceOptions {
  std::filesystem::path data;
};
base::Result<void> run_workspace_list(const WorkspaceOptions& options, const Process& process);

// Where upkeep is asked for: a server, or a directory.
struct UpkeepPlace {
  std::string url;
  std::filesystem::path admin_token_file;  // empty: the token is in WAYBILL_ADMIN_TOKEN
  std::filesystem::path data;
};

struct EraseOptions {
  UpkeepPlace place;
  std::string account_sid;  // empty: the only account
  std::string workspace_sid;
  std::string task_sid;    // at most one of these two
  std::string worker_sid;  // …
  std::string from;
  std::string to;
  bool dry_run = false;
  bool even_if_none = false;  // leave a note also where nothing matches
  bool yes = false;           // ask nothing on a terminal
};
base::Result<void> run_erase(const EraseOptions& options, const Process& process);
base::Result<void> run_erase_status(const EraseOptions& options, const Process& process);

struct RetainOptions {
  UpkeepPlace place;
  std::string account_sid;  // empty: the only account
  std::string workspace_sid;
  std::string age;
  bool dry_run = false;
  bool confirm = false;  // also where it takes more than half
};
base::Result<void> run_workspace_retain(const RetainOptions& options, const Process& process);

// What becomes of callbacks that a server posts on; it is asked with the administrator's token.
struct ForwardOptions {
  std::string url;
  std::filesystem::path admin_token_file;  // empty: the token is in WAYBILL_ADMIN_TOKEN
  std::string receiver;                    // empty: all
  std::vector<std::string> numbers;        // of dead letters; empty: all
  std::string account_sid;                 // replay; empty: the only account
  std::string workspace_sid;               // replay
  std::string from;                        // replay
  std::string to;                          // replay; empty: now
};
base::Result<void> run_forward_list(const ForwardOptions& options, const Process& process);
base::Result<void> run_forward_dead(const ForwardOptions& options, const Process& process);
base::Result<void> run_forward_retry(const ForwardOptions& options, const Process& process);
base::Result<void> run_forward_drop(const ForwardOptions& options, const Process& process);
base::Result<void> run_forward_clear(const ForwardOptions& options, const Process& process);
base::Result<void> run_forward_replay(const ForwardOptions& options, const Process& process);

struct VariantsOptions {
  UpkeepPlace place;          // neither: the data directory that a server takes by default
  std::string account_sid;    // empty: the only account
  std::string workspace_sid;  // empty: all
};
base::Result<void> run_variants(const VariantsOptions& options, const Process& process);

// What could not be stored and is kept aside.
struct RejectsOptions {
  UpkeepPlace place;                 // neither: the data directory that a server takes by default
  std::vector<std::string> numbers;  // show, retry, drop
  bool all = false;                  // retry, drop
  std::string workspace_sid;         // list, drop: those of one workspace; retry: where they belong
  std::string account_sid;           // retry: whose they are
  std::string road;                  // list, drop; empty: all
  bool json = false;                 // list, show
};
base::Result<void> run_rejects_list(const RejectsOptions& options, const Process& process);
base::Result<void> run_rejects_show(const RejectsOptions& options, const Process& process);
// Fails if one could not be stored, after it has said why.
base::Result<void> run_rejects_retry(const RejectsOptions& options, const Process& process);
base::Result<void> run_rejects_drop(const RejectsOptions& options, const Process& process);

struct WebhookVerifyOptions {
  std::string file;              // a captured request; `-` is standard input
  std::string public_url;        // empty: WAYBILL_PUBLIC_URL, the settings file's, or what the request says
  std::filesystem::path config;  // empty: none
};
base::Result<void> run_webhook_verify(const WebhookVerifyOptions& options, const Process& process);

struct WebhookSendOptions {
  std::string url;         // a server, or a webhook of any receiver
  std::string public_url;  // to sign for instead, with the path of `url`; empty: WAYBILL_PUBLIC_URL, else `url` itself
  std::string event_type = "task.created";
  std::string workspace_sid;  // empty: one with the account's digits
  std::uint64_t count = 1;
  bool is_stream = false;  // a batch of Event Streams, not callbacks
  bool dump = false;       // shows what is sent
};
// Fails with kUnavailable for the first answer that is no 2xx.
base::Result<void> run_webhook_send(const WebhookSendOptions& options, const Process& process);

struct BackupOptions {
  std::filesystem::path data;
  std::filesystem::path to;  // the folder of backups
  bool copy = false;         // copy what could be hard-linked
};
base::Result<void> run_backup(const BackupOptions& options, const Process& process);
base::Result<void> run_backup_list(const BackupOptions& options, const Process& process);

struct RestoreOptions {
  std::filesystem::path from;  // a folder of backups, or one of them
  std::filesystem::path data;
  std::string name;      // of a backup; empty: the newest that fits
  std::string position;  // the last one that is wanted; empty: all
  std::string time;      // of a moment; empty: the newest
};
base::Result<void> run_restore(const RestoreOptions& options, const Process& process);

// A data directory that no server holds, or, to be verified, backups.
struct StoreOptions {
  std::filesystem::path data;
};
base::Result<void> run_verify(const StoreOptions& options, const Process& process);
base::Result<void> run_repair(const StoreOptions& options, const Process& process);

// What is known of the completeness of the history.
struct GapsOptions {
  std::string url;             // of a server …
  std::filesystem::path data;  // … or of a directory, also one that a server holds
  std::string workspace_sid;   // empty: all there are
  std::string upstream;        // where the command that is printed pulls from; empty: as the ledger knows it
  bool json = false;
  bool exit_code = false;  // fail while something that has settled is open
};
base::Result<void> run_gaps(const GapsOptions& options, const Process& process);

// A server as its settings describe it, whether it runs or not, and how to ask it if it does.
struct RunningServer {
  ServeOptions settings;
  std::string url;                         // empty: where the one listens that holds the data directory
  std::filesystem::path admin_token_file;  // empty: the token is in WAYBILL_ADMIN_TOKEN, or in the data directory
};

// A server by its data directory, from the same machine.
struct ControlOptions {
  std::filesystem::path data;
  std::string time_max = "60s";  // stop: how long to wait for its end
};
// What runs over the directory. kNotFound if nothing does, kUnavailable if it is not ready, after it was printed.
base::Result<void> run_status(const ControlOptions& options, const Process& process);
// Asks the server to end, and waits until it has. Fine if none runs; kUnavailable if it has not ended in time.
base::Result<void> run_stop(const ControlOptions& options, const Process& process);
// Has the server read its settings again; kNotFound if none runs.
base::Result<void> run_reload(const ControlOptions& options, const Process& process);

struct DoctorOptions {
  RunningServer server;
  bool json = false;
};
// Fails if something must be done, after it has said what.
base::Result<void> run_doctor(const DoctorOptions& options, const Process& process);

struct BundleOptions {
  RunningServer server;
  std::filesystem::path out;
  std::filesystem::path log;  // empty: none
};
base::Result<void> run_debug_bundle(const BundleOptions& options, const Process& process);

struct LifecycleOptions {
  std::string url;
  std::filesystem::path data;  // that no server holds
  std::string account_sid;     // empty: the only account; for `data`
  std::string workspace_sid;
  std::string task_life;  // an age; empty: as long as a task can live
};
base::Result<void> run_doctor_lifecycle(const LifecycleOptions& options, const Process& process);

}  // namespace waybill::cli
