#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/url.h"

namespace waybill::webhook {

// The header that holds a request's signature, and the query parameter that ties a body which is no form to its URL.
constexpr std::string_view kSignatureHeader = "X-Twilio-Signature";
constexpr std::string_view kBodyHashParameter = "bodySHA256";

// What a form adds to the URL that is signed: each name, in the order of its bytes, with each of its distinct values,
// in theirs; nothing in between.
std::string form_suffix(const http::Parameters& form);

// base64(HMAC-SHA1(token, url + suffix)), with the suffix of a form, or none.
std::string sign(std::string_view token, std::string_view url, std::string_view suffix);

// One spelling of a URL that a sender may have signed.
struct SignedUrl {
  std::string url;
  std::string variant;  // how it differs from the URL as it was given: "as given", "without the port", …
};

// The spellings that a verifier tries, since senders are not of one mind about the standard port, and some encode the
// query once more: as given; without a port; with the scheme's standard port where there was none; each of these with
// the query encoded anew, as Node's `querystring` does. What is no http or https URL has one spelling.
std::vector<SignedUrl> signed_urls(std::string_view url);

// A request as it came, with the URL that it was sent to.
struct SignedRequest {
  std::string url;        // scheme, host, path, query, as the sender has it
  std::string signature;  // of the header; empty if there is none
  std::string suffix;     // of a form; empty for any other body
  bool is_form = false;   // otherwise bodySHA256 of the URL's query must be the body's
  std::string_view body;  // looked at only if it is no form
};

enum class SignatureCheck {
  kMatches,
  kNoSignature,     // there is none
  kNoBodyHash,      // the body is no form, and the URL has no bodySHA256 that would tie it to the signature
  kWrongBodyHash,   // it has another body's
  kWrongSignature,  // no spelling of the URL fits, with any of the tokens
};

struct Verdict {
  SignatureCheck check = SignatureCheck::kWrongSignature;
  std::size_t token = 0;  // kMatches: the index of the token that signed
  std::string variant;    // kMatches: SignedUrl::variant of what was signed
};

// Holds a request's signature against what each of the tokens would have signed. Signatures are compared in constant
// time. An empty token signs nothing.
Verdict check_signature(const SignedRequest& request, std::span<const std::string> tokens);

}  // namespace waybill::webhook
