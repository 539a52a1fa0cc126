#include "webhook/signature.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/strings.h"

namespace waybill::webhook {
namespace {

// What encodeURIComponent leaves as it is.
bool is_left_plain(char c) {
  constexpr std::string_view kMarks = "-_.!~*'()";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kMarks.find(c) != std::string_view::npos;
}

void append_encoded(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (is_left_plain(c)) {
      out += c;
    } else {
      out += http::percent_encode({&c, 1});
    }
  }
}

// The URL with its query decoded and encoded again; nothing if it has none, or one that does not decode.
std::optional<std::string> with_query_encoded_anew(const std::string& url) {
  const std::size_t mark = url.find('?');
  if (mark == std::string::npos) return std::nullopt;
  const auto parameters = http::parse_form(std::string_view(url).substr(mark + 1));
  if (!parameters) return std::nullopt;
  std::string out = url.substr(0, mark + 1);
  for (const auto& [name, value] : *parameters) {
    if (!out.ends_with('?')) out += '&';
    append_encoded(out, name);
    out += '=';
    append_encoded(out, value);
  }
  return out;
}

// Where the port of an authority begins, at its colon; the end if it has none.
std::size_t port_of(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  const std::size_t bracket = authority.rfind(']');
  const bool is_port = colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon);
  return is_port ? colon : authority.size();
}

void add_url(std::vector<SignedUrl>& urls, std::string url, std::string variant) {
  const bool known = std::any_of(urls.begin(), urls.end(), [&](const SignedUrl& one) { return one.url == url; });
  if (!known) urls.push_back({std::move(url), std::move(variant)});
}

// Whether the URL's query says what the body's hash is, and says it right.
SignatureCheck check_body_hash(const SignedRequest& request) {
  const std::size_t mark = request.url.find('?');
  if (mark == std::string::npos) return SignatureCheck::kNoBodyHash;
  const auto query = http::parse_form(std::string_view(request.url).substr(mark + 1));
  if (!query) return SignatureCheck::kNoBodyHash;
  const auto told = std::find_if(query->begin(), query->end(),
                                 [](const auto& parameter) { return parameter.first == kBodyHashParameter; });
  if (told == query->end()) return SignatureCheck::kNoBodyHash;
  const std::string own = base::to_hex(base::sha256(request.body));
  return base::equal_in_constant_time(base::to_lower(told->second), own) ? SignatureCheck::kMatches
                                                                         : SignatureCheck::kWrongBodyHash;
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

std::string sign(std::string_view token, std::string_view url, std::string_view suffix) {
  std::string text;
  text.reserve(url.size() + suffix.size());
  text.append(url).append(suffix);
  return base::to_base64(base::as_text(base::hmac_sha1(token, text)));
}

std::vector<SignedUrl> signed_urls(std::string_view url) {
  std::vector<SignedUrl> urls;
  add_url(urls, std::string(url), "as given");
  const auto parts = http::parse_url(url);
  if (!parts) return urls;
  const std::string scheme = parts->scheme + "://";
  const std::size_t port = port_of(parts->authority);
  if (port < parts->authority.size()) {
    add_url(urls, scheme + parts->authority.substr(0, port) + parts->path, "without the port");
  } else {
    const char* const standard = parts->scheme == "https" ? ":443" : ":80";
    add_url(urls, scheme + parts->authority + standard + parts->path, "with the standard port");
  }
  const std::vector<SignedUrl> plain = urls;
  for (const SignedUrl& one : plain) {
    auto again = with_query_encoded_anew(one.url);
    if (again) add_url(urls, *std::move(again), one.variant + ", its query encoded anew");
  }
  return urls;
}

Verdict check_signature(const SignedRequest& request, std::span<const std::string> tokens) {
  if (request.signature.empty()) return {SignatureCheck::kNoSignature, 0, {}};
  if (!request.is_form) {
    const SignatureCheck hash = check_body_hash(request);
    if (hash != SignatureCheck::kMatches) return {hash, 0, {}};
  }
  // The first spelling is nearly always the one, so the others are made only when it is not.
  const SignedUrl given{request.url, "as given"};
  const auto find = [&](const SignedUrl& url) -> std::optional<Verdict> {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (tokens[i].empty()) continue;
      if (base::equal_in_constant_time(sign(tokens[i], url.url, request.suffix), request.signature)) {
        return Verdict{SignatureCheck::kMatches, i, url.variant};
      }
    }
    return std::nullopt;
  };
  if (auto found = find(given)) return *std::move(found);
  for (const SignedUrl& url : signed_urls(request.url)) {
    if (auto found = find(url)) return *std::move(found);
  }
  return {SignatureCheck::kWrongSignature, 0, {}};
}

}  // namespace waybill::webhook
