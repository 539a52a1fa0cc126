#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "api/query_params.h"
#include "base/result.h"
#include "cli/commands.h"
#include "transfer/event_page.h"

namespace waybill::cli {

// Where exported events come from: one list, walked from its beginning or from a page of an earlier walk, always as it
// was when the first walk began. For one thread, but for stop().
class ExportSource {
 public:
  ExportSource() = default;
  ExportSource(const ExportSource&) = delete;
  ExportSource& operator=(const ExportSource&) = delete;
  virtual ~ExportSource() = default;

  // Begins a walk with the page that `token` (EventPage) names. kInvalidArgument for a token of another list.
  virtual base::Result<void> begin(const std::string& token) = 0;
  // Replaces `page` by the walk's next one; false if there is none. kUnavailable or kIo after trying again in vain;
  // kInvalidArgument for what the list refuses.
  virtual base::Result<bool> next(transfer::EventPage& page) = 0;
  // Lets next() fail soon, on whatever thread it waits.
  virtual void stop() {}

  // Whose eyes it sees with, for ExportRequest.
  [[nodiscard]] virtual std::string seen_by() const = 0;
  // How many events the list has; 0 if that is not known beforehand.
  [[nodiscard]] virtual std::uint64_t events_total() const { return 0; }
};

// What is to be listed.
struct ExportList {
  std::string workspace_sid;
  http::Parameters filters;    // of the list, by their names in the API
  api::EventListParams query;  // the same, read
};

// A data directory, also while a server holds it: nothing is hidden. The account is --account's, else the one that
// WAYBILL_ACCOUNT_SID names, else the only one. kNotFound for what is not there.
base::Result<std::unique_ptr<ExportSource>> open_directory_source(const ExportOptions& options, const ExportList& list,
                                                                  const Process& process);

// A server: with the administrator's token, where there is one, as the administrator and with nothing hidden; else as
// the account that WAYBILL_ACCOUNT_SID and WAYBILL_AUTH_TOKEN prove. kInvalidArgument if there is neither.
base::Result<std::unique_ptr<ExportSource>> open_server_source(const ExportOptions& options, const ExportList& list,
                                                               const Process& process);

}  // namespace waybill::cli
