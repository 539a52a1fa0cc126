#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "api/webhook_signatures.h"
#include "app/settings.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "http/message.h"
#include "webhook/callback_form.h"
#include "webhook/signature_diagnosis.h"

namespace waybill::cli {
namespace {

constexpr std::size_t kRequestBytesMax = 64UL * 1024 * 1024;

// A request as it was captured: its first line, its headers, an empty line, its body.
struct Captured {
  std::string target;  // of the first line: path and query, or a whole URL
  http::Request request;
};

base::Result<std::string> read_all(const std::string& file) {
  std::string text;
  if (file == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    std::ifstream in(file, std::ios::binary);
    if (!in) return base::invalid_argument(file + ": cannot be read");
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
  if (text.size() > kRequestBytesMax) return base::too_large(file + ": is longer than 64 MiB");
  return text;
}

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

base::Result<Captured> parse_captured(std::string_view text) {
  Captured captured;
  const auto first = base::split(take_line(text), ' ');
  if (first.size() < 2 || first[0] != "POST") {
    return base::invalid_argument(
        "the first line must be that of a request, such as POST /webhooks/taskrouter HTTP/1.1");
  }
  captured.target = first[1];
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      return base::invalid_argument(base::quoted_for_message(line) + " is no header");
    }
    captured.request.headers.push_back(
        {std::string(line.substr(0, colon)), std::string(base::trim(line.substr(colon + 1)))});
  }
  captured.request.body = text;
  return captured;
}

base::Result<std::string> url_of(const Captured& captured, const std::string& public_url) {
  if (http::parse_url(captured.target)) return captured.target;
  if (!public_url.empty()) return public_url + captured.target;
  const http::Request& request = captured.request;
  const auto host = request.header("X-Forwarded-Host") ? request.header("X-Forwarded-Host") : request.header("Host");
  if (!host) return base::invalid_argument("the request has no Host; give --public-url");
  return std::string(request.header("X-Forwarded-Proto").value_or("http")) + "://" + std::string(*host) +
         captured.target;
}

// The body of a form may have got a line's end from the editor it was saved with.
std::string_view form_text(const std::string& body) { return base::trim(body); }

base::Result<webhook::SignedRequest> signed_request(const Captured& captured, std::string url) {
  const std::string type = base::to_lower(captured.request.header("Content-Type").value_or(""));
  webhook::SignedRequest request = webhook::signed_request(captured.request);
  request.url = std::move(url);
  request.is_form = type.starts_with("application/x-www-form-urlencoded");
  request.body = captured.request.body;
  if (!request.is_form) return request;
  TRY_ASSIGN(const http::Parameters form, webhook::decode_form(form_text(captured.request.body)));
  request.suffix = webhook::form_suffix(form);
  return request;
}

std::vector<std::string> other_hosts(const Captured& captured) {
  std::vector<std::string> hosts;
  for (const char* name : {"Host", "X-Forwarded-Host"}) {
    if (const auto value = captured.request.header(name)) hosts.emplace_back(*value);
  }
  return hosts;
}

std::string sentence_of(webhook::SignatureCheck check) {
  switch (check) {
    case webhook::SignatureCheck::kNoSignature: return "the request has no X-Twilio-Signature";
    case webhook::SignatureCheck::kNoBodyHash:
      return "the body is no form, and the URL has no bodySHA256, so that nothing ties the body to the signature";
    case webhook::SignatureCheck::kWrongBodyHash:
      return "bodySHA256 in the URL is not the SHA-256 of the body, which was changed on its way or in the capture";
    case webhook::SignatureCheck::kWrongAlgorithm:
      return "X-Twilio-Webhooks-Signature-Settings names an algorithm that is neither HMAC_SHA1 nor HMAC_SHA256";
    case webhook::SignatureCheck::kMatches:
    case webhook::SignatureCheck::kWrongSignature: break;
  }
  return "the signature does not fit";
}

void print_match(const webhook::Verdict& verdict, std::size_t tokens, const std::string& sent,
                 const std::string& signed_url) {
  std::cout << "fine: signed with token " << verdict.token + 1 << " of " << tokens << "; the URL " << sent
            << " matched " << verdict.variant << "\n";
  if (!signed_url.empty()) std::cout << "what was signed is " << signed_url << "\n";
}

bool is_by_other_algorithm(webhook::SignedRequest request, const std::vector<std::string>& tokens) {
  const bool is_sha1 = request.algorithm == webhook::Algorithm::kHmacSha1;
  request.algorithm = is_sha1 ? webhook::Algorithm::kHmacSha256 : webhook::Algorithm::kHmacSha1;
  return webhook::check_signature(request, tokens).check == webhook::SignatureCheck::kMatches;
}

// For a signature that fits none of the usual spellings: first the same URL in all its spellings, then other URLs.
base::Result<void> look_further(const webhook::SignedRequest& request, const std::vector<std::string>& tokens,
                                const Captured& captured) {
  const webhook::SearchResult found = webhook::search_signature_to_its_end(request, tokens);
  if (found.verdict.check != webhook::SignatureCheck::kMatches) {
    if (is_by_other_algorithm(request, tokens)) {
      return base::conflict(
          request.algorithm == webhook::Algorithm::kHmacSha1
              ? "the signature is by HMAC-SHA256, and the request has no X-Twilio-Webhooks-Signature-Settings that "
                "says "
                "so; a proxy may have dropped that header"
              : "the signature is by HMAC-SHA1, and X-Twilio-Webhooks-Signature-Settings says HMAC-SHA256");
    }
    webhook::Diagnosis diagnosis = webhook::diagnose(request, tokens, other_hosts(captured));
    diagnosis.tried += found.tried;
    return base::conflict(webhook::to_sentence(diagnosis, request));
  }
  print_match(found.verdict, tokens.size(), request.url, found.url);
  // A server looks less far.
  const bool is_form_too_long = request.is_form && request.body.size() > api::kSearchedFormBytesMax;
  const bool is_found = !is_form_too_long && webhook::search_signature(request, tokens, {}).verdict.check ==
                                                 webhook::SignatureCheck::kMatches;
  if (is_found) return {};
  return base::conflict("a server does not look so far: it was spelling " + std::to_string(found.tried) +
                        " of the URL; let the sender sign " + request.url);
}

}  // namespace

base::Result<void> run_webhook_verify(const WebhookVerifyOptions& options, const Process& process) {
  std::map<std::string, std::string> file;
  if (!options.config.empty()) {
    TRY_ASSIGN(file, app::read_settings_file(options.config));
  }
  std::map<std::string, std::string> flags;
  if (!options.public_url.empty()) flags.emplace("public-url", options.public_url);
  TRY_ASSIGN(const app::Settings settings, app::resolve_settings(flags, process.environment, file));
  std::vector<std::string> tokens;
  for (const api::WebhookToken& token : settings.api.webhooks.tokens) tokens.push_back(token.token);
  if (!settings.auth_token.empty()) tokens.push_back(settings.auth_token);
  if (tokens.empty()) {
    return base::invalid_argument("no Auth Token is known: set WAYBILL_WEBHOOK_AUTH_TOKENS, or give --config");
  }
  TRY_ASSIGN(const std::string text, read_all(options.file));
  auto captured = parse_captured(text);
  if (!captured) return captured.error().while_doing(options.file);
  TRY_ASSIGN(std::string url, url_of(*captured, settings.api.public_base.public_url));
  TRY_ASSIGN(const webhook::SignedRequest request, signed_request(*captured, std::move(url)));
  const webhook::Verdict verdict = webhook::check_signature(request, tokens);
  if (verdict.check == webhook::SignatureCheck::kMatches) {
    print_match(verdict, tokens.size(), request.url, "");
    return {};
  }
  if (verdict.check == webhook::SignatureCheck::kWrongSignature) return look_further(request, tokens, *captured);
  return base::conflict(sentence_of(verdict.check));
}

}  // namespace waybill::cli
