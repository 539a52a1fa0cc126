#include "webhook/signature.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/strings.h"

namespace waybill::webhook {
namespace {

// Whether the URL's query says what the body's hash is, and says it right.
SignatureCheck check_body_hash(const SignedRequest& request) {
  const std::size_t mark = request.url.find('?');
  if (mark == std::string::npos) return SignatureCheck::kNoBodyHash;
  const auto query = http::read_form(std::string_view(request.url).substr(mark + 1));
  const auto told = std::find_if(query.begin(), query.end(),
                                 [](const auto& parameter) { return parameter.first == kBodyHashParameter; });
  if (told == query.end()) return SignatureCheck::kNoBodyHash;
  const std::string own = base::to_hex(base::sha256(request.body));
  return base::equal_in_constant_time(base::to_lower(told->second), own) ? SignatureCheck::kMatches
                                                                         : SignatureCheck::kWrongBodyHash;
}

// HMAC-SHA1 where nothing is said, or this.
std::optional<Algorithm> algorithm_of(std::string_view settings) {
  for (const std::string_view piece : base::split(settings, ',')) {
    const std::size_t equals = std::min(piece.find('='), piece.size());
    if (!base::equals_ignoring_case(base::trim(piece.substr(0, equals)), "algorithm")) continue;
    const std::string_view name = base::trim(piece.substr(std::min(equals + 1, piece.size())));
    if (base::equals_ignoring_case(name, "HMAC_SHA256")) return Algorithm::kHmacSha256;
    if (!base::equals_ignoring_case(name, "HMAC_SHA1")) return std::nullopt;
  }
  return Algorithm::kHmacSha1;
}

// The index of the token that signed this URL.
std::optional<std::size_t> signer_of(const SignedRequest& request, std::span<const std::string> tokens,
                                     std::string_view url) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].empty()) continue;
    if (base::equal_in_constant_time(sign(tokens[i], url, request.suffix, *request.algorithm), request.signature)) {
      return i;
    }
  }
  return std::nullopt;
}

SearchResult search(const SignedRequest& request, std::span<const std::string> tokens, Thoroughness thoroughness,
                    const std::optional<SearchLimits>& limits) {
  SearchResult result;
  if (request.signature.empty() || !request.algorithm) return result;
  std::size_t hashed = 0;
  std::size_t token = 0;
  const auto visit = [&](const std::string& url) {
    const std::size_t bytes = (url.size() + request.suffix.size()) * tokens.size();
    if (limits && (result.tried >= limits->spellings_max || hashed + bytes > limits->hashed_bytes_max)) {
      return Visit::kGiveUp;
    }
    ++result.tried;
    hashed += bytes;
    const auto signer = signer_of(request, tokens, url);
    token = signer.value_or(0);
    return signer ? Visit::kFits : Visit::kGoOn;
  };
  auto found = search_spellings({request.url, request.credentials}, thoroughness, visit);
  if (!found) return result;
  result.verdict = {SignatureCheck::kMatches, token, std::move(found->variant)};
  result.url = std::move(found->url);
  return result;
}

}  // namespace

std::string form_suffix(const http::Parameters& form) {
  std::vector<std::pair<std::string_view, std::string_view>> sorted(form.begin(), form.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::size_t length = 0;
  for (const auto& [name, value] : sorted) length += name.size() + value.size();
  std::string out;
  out.reserve(length);
  for (const auto& [name, value] : sorted) out.append(name).append(value);
  return out;
}

std::string sign(std::string_view token, std::string_view url, std::string_view suffix, Algorithm algorithm) {
  std::string text;
  text.reserve(url.size() + suffix.size());
  text.append(url).append(suffix);
  switch (algorithm) {
    case Algorithm::kHmacSha1: return base::to_base64(base::as_text(base::hmac_sha1(token, text)));
    case Algorithm::kHmacSha256: return base::to_base64(base::as_text(base::hmac_sha256(token, text)));
  }
  return {};
}

SignedRequest signed_request(const http::Request& request) {
  constexpr std::string_view kBasic = "Basic ";
  SignedRequest out;
  out.signature = request.header(kSignatureHeader).value_or("");
  out.algorithm = algorithm_of(request.header(kSettingsHeader).value_or(""));
  const std::string_view authorization = request.header("Authorization").value_or("");
  if (authorization.starts_with(kBasic)) {
    out.credentials = base::from_base64(base::trim(authorization.substr(kBasic.size()))).value_or("");
  }
  return out;
}

Verdict check_signature(const SignedRequest& request, std::span<const std::string> tokens) {
  if (request.signature.empty()) return {SignatureCheck::kNoSignature, 0, {}};
  if (!request.algorithm) return {SignatureCheck::kWrongAlgorithm, 0, {}};
  if (!request.is_form) {
    const SignatureCheck hash = check_body_hash(request);
    if (hash != SignatureCheck::kMatches) return {hash, 0, {}};
  }
  // The first spelling is nearly always the one, so the others are made only when it is not.
  const SignedUrl given{request.url, "as given"};
  const auto find = [&](const SignedUrl& url) -> std::optional<Verdict> {
    const auto token = signer_of(request, tokens, url.url);
    if (!token) return std::nullopt;
    return Verdict{SignatureCheck::kMatches, *token, url.variant};
  };
  if (auto found = find(given)) return *std::move(found);
  for (const SignedUrl& url : signed_urls(request.url)) {
    if (auto found = find(url)) return *std::move(found);
  }
  return {SignatureCheck::kWrongSignature, 0, {}};
}

SearchResult search_signature(const SignedRequest& request, std::span<const std::string> tokens,
                              const SearchLimits& limits) {
  return search(request, tokens, Thoroughness::kUsual, limits);
}

SearchResult search_signature_to_its_end(const SignedRequest& request, std::span<const std::string> tokens) {
  return search(request, tokens, Thoroughness::kAll, std::nullopt);
}

}  // namespace waybill::webhook
