#pragma once

#include <span>
#include <string>
#include <vector>

#include "webhook/signature.h"

namespace waybill::webhook {

// What was found out about a signature that does not match.
struct Diagnosis {
  std::string signed_url;            // what was signed most likely; empty if nothing that was tried fits
  std::vector<std::string> differs;  // in what it differs from the request's URL: "scheme", "host", "port", "path",
                                     // "trailing slash", "query"; or "form" if the parameters were not signed
  std::size_t tried = 0;             // how many spellings
};

// Tries URLs that differ in the ways in which they usually do: another scheme, one of `other_hosts` (with or without a
// port), the usual ports, a slash at the end more or less, without the path's first pieces, without its query or parts
// of it, each in its likeliest spellings; for a form, the URL alone too. Spends up to some ten thousand signatures for
// each token: not for every request.
Diagnosis diagnose(const SignedRequest& request, std::span<const std::string> tokens,
                   std::span<const std::string> other_hosts);

// The diagnosis as a sentence.
std::string to_sentence(const Diagnosis& diagnosis, const SignedRequest& request);

}  // namespace waybill::webhook
