#include "webhook/signature_diagnosis.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"

namespace waybill::webhook {
namespace {

// A piece of a URL in another spelling, and what that is called.
struct Piece {
  std::string text;
  std::string differs;  // empty: as it was given
};

// Each guess in its likeliest spellings.
constexpr SearchLimits kLimitsOfGuess{.spellings_max = 48, .hashed_bytes_max = 16UL * 1024 * 1024};

constexpr std::size_t kHostsMax = 4;
constexpr std::size_t kPathsMax = 6;

void add_piece(std::vector<Piece>& pieces, std::string text, std::string differs) {
  const bool known = std::any_of(pieces.begin(), pieces.end(), [&](const Piece& one) { return one.text == text; });
  if (!known) pieces.push_back({std::move(text), std::move(differs)});
}

std::string host_of(const std::string& authority) {
  const std::size_t colon = authority.rfind(':');
  const std::size_t bracket = authority.rfind(']');
  const bool has_port = colon != std::string::npos && (bracket == std::string::npos || bracket < colon);
  return has_port ? authority.substr(0, colon) : authority;
}

std::vector<Piece> authorities(const std::string& given, std::span<const std::string> other_hosts) {
  std::vector<Piece> out;
  add_piece(out, given, "");
  for (const char* port : {"", ":80", ":443", ":8080", ":8443"}) add_piece(out, host_of(given) + port, "port");
  for (const std::string& other : other_hosts.first(std::min(other_hosts.size(), kHostsMax))) {
    if (host_of(other).empty()) continue;
    const bool is_same = host_of(other) == host_of(given);
    add_piece(out, other, is_same ? "port" : "host");
    for (const char* port : {"", ":80", ":443"}) add_piece(out, host_of(other) + port, is_same ? "port" : "host");
  }
  return out;
}

std::vector<Piece> paths(const std::string& given) {
  std::vector<Piece> out;
  add_piece(out, given, "");
  if (given.ends_with('/')) {
    add_piece(out, given.substr(0, given.size() - 1), "trailing slash");
  } else {
    add_piece(out, given + "/", "trailing slash");
  }
  for (std::size_t slash = given.find('/', 1); slash != std::string::npos && out.size() < kPathsMax;
       slash = given.find('/', slash + 1)) {
    add_piece(out, given.substr(slash), "path");
  }
  add_piece(out, "/", "path");
  add_piece(out, "", "path");
  return out;
}

// The query with its question mark. What ties the body to the URL is never left out, since senders always add it.
std::vector<Piece> queries(const std::string& given) {
  std::vector<Piece> out;
  add_piece(out, given, "");
  const std::size_t hash = given.find(kBodyHashParameter);
  if (hash == std::string::npos) {
    add_piece(out, "", "query");
    return out;
  }
  const std::string own = given.substr(hash, given.find('&', hash) - hash);
  add_piece(out, "?" + own, "query");
  return out;
}

bool fits(const SignedRequest& request, std::span<const std::string> tokens, const std::string& url,
          std::string_view suffix) {
  return std::any_of(tokens.begin(), tokens.end(), [&](const std::string& token) {
    return !token.empty() &&
           base::equal_in_constant_time(sign(token, url, suffix, *request.algorithm), request.signature);
  });
}

// Every combination of pieces, those that differ in little first.
struct Guess {
  std::string url;
  std::vector<std::string> differs;
};

std::vector<Guess> guesses(const http::Url& url, std::span<const std::string> other_hosts) {
  const std::size_t mark = std::min(url.path.find('?'), url.path.size());
  std::vector<Piece> schemes = {{url.scheme, ""}, {url.scheme == "https" ? "http" : "https", "scheme"}};
  std::vector<Guess> out;
  for (const Piece& authority : authorities(url.authority, other_hosts)) {
    for (const Piece& path : paths(url.path.substr(0, mark))) {
      for (const Piece& query : queries(url.path.substr(mark))) {
        for (const Piece& scheme : schemes) {
          Guess guess{scheme.text + "://" + authority.text + path.text + query.text, {}};
          for (const Piece* piece : {&scheme, &authority, &path, &query}) {
            if (!piece->differs.empty()) guess.differs.push_back(piece->differs);
          }
          out.push_back(std::move(guess));
        }
      }
    }
  }
  std::sort(out.begin(), out.end(), [](const Guess& a, const Guess& b) {
    return std::pair(a.differs.size(), a.url) < std::pair(b.differs.size(), b.url);
  });
  return out;
}

}  // namespace

Diagnosis diagnose(const SignedRequest& request, std::span<const std::string> tokens,
                   std::span<const std::string> other_hosts) {
  Diagnosis diagnosis;
  const auto url = http::parse_url(request.url);
  if (!url || request.signature.empty() || !request.algorithm) return diagnosis;
  for (Guess& guess : guesses(*url, other_hosts)) {
    SignedRequest guessed = request;
    guessed.url = guess.url;
    const SearchResult found = search_signature(guessed, tokens, kLimitsOfGuess);
    diagnosis.tried += found.tried;
    if (found.verdict.check != SignatureCheck::kMatches) continue;
    diagnosis.signed_url = found.url;
    diagnosis.differs = std::move(guess.differs);
    return diagnosis;
  }
  for (const SignedUrl& one : signed_urls(request.url)) {
    ++diagnosis.tried;
    if (request.suffix.empty() || !fits(request, tokens, one.url, "")) continue;
    diagnosis.signed_url = one.url;
    diagnosis.differs = {"form"};
    return diagnosis;
  }
  return diagnosis;
}

std::string to_sentence(const Diagnosis& diagnosis, const SignedRequest& request) {
  if (diagnosis.signed_url.empty()) {
    return "of " + std::to_string(diagnosis.tried) + " spellings of " + request.url +
           " none fits: the sender's Auth Token is none of those known here, or the URL differs in more than its "
           "scheme, host, port, trailing slash, first path pieces, user and password, or the spelling, order or "
           "absence "
           "of its query's parameters, or the body was changed on its way";
  }
  std::string what;
  for (const std::string& one : diagnosis.differs) what += (what.empty() ? "" : ", ") + one;
  return "what was signed is " + diagnosis.signed_url + ", not " + request.url + ": they differ in " +
         (what == "form" ? "that the form's parameters were not signed" : what);
}

}  // namespace waybill::webhook
