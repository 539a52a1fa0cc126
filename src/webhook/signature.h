#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "http/url.h"
#include "webhook/url_spellings.h"

namespace waybill::webhook {

// The header that holds a request's signature, and the query parameter that ties a body which is no form to its URL.
constexpr std::string_view kSignatureHeader = "X-Twilio-Signature";
constexpr std::string_view kBodyHashParameter = "bodySHA256";
// The header that names the algorithm and the key of a signature, where they are not the usual ones:
// key=webhooks_sharedkey_01,algorithm=HMAC_SHA256.
constexpr std::string_view kSettingsHeader = "X-Twilio-Webhooks-Signature-Settings";

enum class Algorithm { kHmacSha1, kHmacSha256 };

// What a form adds to the URL that is signed: each name, in the order of its bytes, with each of its distinct values,
// in theirs; nothing in between.
std::string form_suffix(const http::Parameters& form);

// base64(HMAC(token, url + suffix)), with the suffix of a form, or none.
std::string sign(std::string_view token, std::string_view url, std::string_view suffix,
                 Algorithm algorithm = Algorithm::kHmacSha1);

// A request as it came, with the URL that it was sent to.
struct SignedRequest {
  std::string url;        // scheme, host, path, query, as the sender has it
  std::string signature;  // of the header; empty if there is none
  std::string suffix;     // of a form; empty for any other body
  bool is_form = false;   // otherwise bodySHA256 of the URL's query must be the body's
  std::string_view body;  // looked at only if it is no form
  std::optional<Algorithm> algorithm = Algorithm::kHmacSha1;  // nothing: one that is unknown here
  std::string credentials = {};                               // user:password of Authorization; empty: none
};

// The request that signed headers came with: its signature, algorithm and credentials. The rest is left to the caller.
SignedRequest signed_request(const http::Request& request);

enum class SignatureCheck {
  kMatches,
  kNoSignature,     // there is none
  kNoBodyHash,      // the body is no form, and the URL has no bodySHA256 that would tie it to the signature
  kWrongBodyHash,   // it has another body's
  kWrongSignature,  // no spelling of the URL fits, with any of the tokens
  kWrongAlgorithm,  // it is none that is known here
};

struct Verdict {
  SignatureCheck check = SignatureCheck::kWrongSignature;
  std::size_t token = 0;  // kMatches: the index of the token that signed
  std::string variant;    // kMatches: SignedUrl::variant of what was signed
};

// Holds a request's signature against what each of the tokens would have signed for one of the usual spellings of its
// URL, signed_urls(). Signatures are compared in constant time. An empty token signs nothing.
Verdict check_signature(const SignedRequest& request, std::span<const std::string> tokens);

// What a search may spend on one request, over all tokens.
struct SearchLimits {
  std::size_t spellings_max = 256;
  std::size_t hashed_bytes_max = 4UL * 1024 * 1024;
};

// The same for every spelling that search_spellings() finds, within the limits: for a request whose check came to
// kWrongSignature. `tried` is how many spellings were looked at.
struct SearchResult {
  Verdict verdict;
  std::string url;  // kMatches: what was signed
  std::size_t tried = 0;
};
SearchResult search_signature(const SignedRequest& request, std::span<const std::string> tokens,
                              const SearchLimits& limits);
// The same without limits, over every combination, which may take half a minute.
SearchResult search_signature_to_its_end(const SignedRequest& request, std::span<const std::string> tokens);

}  // namespace waybill::webhook
