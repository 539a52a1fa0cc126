#pragma once

#include <memory>
#include <string>

#include "backfill/patient_client.h"
#include "backfill/sink.h"

namespace waybill::backfill {

// A Waybill server, over HTTP.
class ServerSink final : public Sink {
 public:
  // kInvalidArgument for a URL that is none. `parts` must outlive it.
  static base::Result<std::unique_ptr<ServerSink>> open(const std::string& url, const std::string& workspace_sid,
                                                        CallOptions options, const CallParts& parts);

  base::Result<Spans> proven(std::chrono::seconds settle) override;
  base::Result<StoredLines> store(const std::string& lines) override;
  base::Result<void> record_pull(const PullNote& pull) override;
  base::Result<void> record_gap(const Span& span, const std::string& detail) override;

  [[nodiscard]] PatientClient& client() { return client_; }

 private:
  ServerSink(std::string workspace_url, CallOptions options, const CallParts& parts);
  base::Result<http::Response> send(http::Method method, const std::string& place, const std::string& type,
                                    const std::string& body);
  base::Result<void> post(const std::string& place, const std::string& json);

  const std::string workspace_url_;
  PatientClient client_;
};

}  // namespace waybill::backfill
