#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "doctor/finding.h"

namespace waybill::doctor {

struct ReadyFacts {
  std::string url;
  bool is_ready = false;
  std::vector<std::string> reasons;  // why it is not, or is degraded
  std::vector<std::string> notes;    // what a ready one has trouble with
};

// `server`: whether a running one takes requests. An error: it did not answer.
Finding check_server(const base::Result<ReadyFacts>& facts, const std::string& url);

// What a server says that it saw of a request.
struct SeenRequest {
  std::string peer_address;
  bool is_trusted_proxy = false;
  std::string forwarded_for;  // of X-Forwarded-…; empty: not there
  std::string forwarded_proto;
  std::string forwarded_host;
  std::string other_proxy_headers;  // Forwarded or Via, by name; empty: none
  std::string public_base;          // what its URLs begin with
};

// `proxy`: whether the server knows how it is reached. `asked` is the URL it was asked by, without a slash at its end;
// `is_public` says that this is how others reach it, rather than a way of its own machine.
Finding check_proxy(const base::Result<SeenRequest>& seen, const std::string& asked, bool is_public);

// One try of a signed webhook.
struct SignatureTry {
  std::string token;  // which: "of webhook-auth-tokens", "of account AC…"; never the token
  int status = 0;     // of the answer
};

struct SignatureFacts {
  std::string base;         // where a sender posts
  bool url_fits = false;    // the server would check the signature for a URL that the sender may have signed
  std::string server_base;  // what it would check it for
  bool allows_unsigned = false;
  std::vector<SignatureTry> tries;  // none if url_fits is false, or no token is known
  std::size_t accounts = 0;         // that there are, of which some were tried
  std::size_t accounts_tried = 0;
};

// `signature`: whether webhooks that are signed for `base` are taken. An error is a note: it could not be tried.
Finding check_signature(const base::Result<SignatureFacts>& facts);

struct RejectFacts {
  std::uint64_t count = 0;
  std::uint64_t count_max = 0;
  std::uint64_t bytes = 0;
  std::uint64_t bytes_max = 0;
  std::optional<base::WallTime> oldest;         // when that one came last
  std::optional<std::chrono::minutes> age_max;  // rejects-for; unset: for ever
  base::WallTime now;
};

// `rejects`: whether something could not be stored and is kept aside, and for how much longer. An error is a note: it
// could not be seen.
Finding check_rejects(const base::Result<RejectFacts>& facts);

struct UpstreamFacts {
  std::string url;
  int status = 0;       // of the answer
  std::string message;  // of an answer that is no list
};

// `upstream`: whether it answers to the credentials there are. Unset: there is none to pull from. An error: it did not
// answer.
Finding check_upstream(const std::optional<base::Result<UpstreamFacts>>& facts);

}  // namespace waybill::doctor
