#include <span>
#include <string>
#include <vector>

#include "fuzz/target.h"
#include "webhook/signature.h"

// The URLs that a sender may have signed: the one given is among them, none is there twice, and a signature over any of
// them is taken while one under another token is not.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace waybill;
  std::string_view rest = fuzz::text_of(data, size);
  const std::string url(fuzz::take_line(rest));
  const auto form = http::parse_form(rest);
  const auto urls = webhook::signed_urls(url);
  CHECK(!urls.empty() && urls.front().url == url);
  for (std::size_t i = 0; i < urls.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) CHECK(urls[i].url != urls[j].url);
  }
  const std::vector<std::string> tokens = {"12345", "67890"};
  webhook::SignedRequest request;
  request.url = url;
  request.is_form = true;
  if (form) request.suffix = webhook::form_suffix(*form);
  for (const webhook::SignedUrl& spelling : urls) {
    request.signature = webhook::sign(tokens[1], spelling.url, request.suffix);
    const webhook::Verdict verdict = webhook::check_signature(request, tokens);
    CHECK(verdict.check == webhook::SignatureCheck::kMatches && verdict.token == 1);
    const webhook::Verdict other = webhook::check_signature(request, std::span(tokens).first(1));
    CHECK(other.check == webhook::SignatureCheck::kWrongSignature);
  }
  // No other spelling is the URL twice, and none fits what nobody signed.
  request.signature = "nonsense";
  request.credentials = rest.substr(0, 64);
  const webhook::SearchResult searched = webhook::search_signature(request, tokens, {.spellings_max = 64});
  CHECK(searched.verdict.check == webhook::SignatureCheck::kWrongSignature && searched.tried <= 64);
  // As a body that is no form.
  request.is_form = false;
  request.suffix.clear();
  request.body = rest;
  static_cast<void>(webhook::check_signature(request, tokens));
  return 0;
}
