#include "bundle/hidden_secrets.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "http/url.h"

namespace waybill::bundle {
namespace {

// Shorter ones would take words out of the text that have nothing to do with them.
constexpr std::size_t kSecretBytesMin = 6;

void replace_all(std::string& text, const std::string& secret) {
  constexpr std::string_view kShown = "(secret)";
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kShown.size())) {
    text.replace(at, secret.size(), kShown);
  }
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string hide_secrets(std::string_view text, std::span<const std::string> secrets) {
  std::vector<std::string> spellings;
  for (const std::string& secret : secrets) {
    if (secret.size() < kSecretBytesMin) continue;
    spellings.push_back(secret);
    spellings.push_back(http::percent_encode(secret));
    // Inside JSON, and inside JSON that stands in JSON.
    spellings.push_back(escaped(secret));
    spellings.push_back(escaped(spellings.back()));
  }
  // A secret that is part of another would leave the other's rest.
  std::sort(spellings.begin(), spellings.end(),
            [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  std::string out(text);
  for (const std::string& spelling : spellings) replace_all(out, spelling);
  return out;
}

}  // namespace waybill::bundle
