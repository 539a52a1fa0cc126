#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "cli/assign.h"
#include "cli/commands.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}

namespace waybill::cli {

// What the command line asks for; empty until a command was found in it.
using Action = std::function<base::Result<void>(const Process&)>;

// All options of all commands, filled in by the parser, which keeps their addresses.
struct Options {
  ServeOptions serve;
  ImportOptions import;
  ExportOptions export_;
  BackfillOptions backfill;
  GenerateOptions generate;
  AccountOptions account;
  KeyOptions key;
  WorkspaceOptions workspace;
  AssignOptions assign;
  RetainOptions retain;
  EraseOptions erase;
  ForwardOptions forward;
  BackupOptions backup;
  RestoreOptions restore;
  StoreOptions store;
  std::string shell;
  GapsOptions gaps;
  LifecycleOptions lifecycle;
  DoctorOptions doctor;
  BundleOptions bundle;
  ControlOptions control;
  std::filesystem::path ca_file;
  WebhookVerifyOptions webhook_verify;
  WebhookSendOptions webhook_send;
  VariantsOptions variants;
  RejectsOptions rejects;
};

// An option for each setting of a server that is no secret, and --config.
void add_settings_options(CLI::App& command, ServeOptions& serve);

// Each makes the commands of one group, with their options in `options`; the one that the parser finds is put into
// `action`. `options` and `action` must outlive what is done with `app`.

// serve, status, stop, reload, forward, webhook
void add_server_commands(CLI::App& app, Options& options, Action& action);
// import, export, backfill, generate
void add_event_commands(CLI::App& app, Options& options, Action& action);
// account, key, workspace, erase, backup, restore, verify, repair, variants, rejects
void add_directory_commands(CLI::App& app, Options& options, Action& action);
// gaps, doctor, debug
void add_insight_commands(CLI::App& app, Options& options, Action& action);

}  // namespace waybill::cli
