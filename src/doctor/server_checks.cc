#include "doctor/server_checks.h"

#include <utility>

#include <fmt/format.h>

namespace waybill::doctor {
namespace {

constexpr const char* kServer = "server";
constexpr const char* kProxy = "proxy";
constexpr const char* kSignature = "signature";
constexpr const char* kRejects = "rejects";
constexpr const char* kUpstream = "upstream";

// Of the room there is, from which on somebody must look; and of the time.
constexpr std::uint64_t kNearlyFullPercent = 90;
constexpr std::chrono::hours kNearlyExpired{72};

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// The headers of a proxy, by name, with what they say.
std::string headers_of(const SeenRequest& seen) {
  std::vector<std::string> words;
  if (!seen.forwarded_for.empty()) words.push_back("X-Forwarded-For: " + seen.forwarded_for);
  if (!seen.forwarded_proto.empty()) words.push_back("X-Forwarded-Proto: " + seen.forwarded_proto);
  if (!seen.forwarded_host.empty()) words.push_back("X-Forwarded-Host: " + seen.forwarded_host);
  if (!seen.other_proxy_headers.empty()) words.push_back(seen.other_proxy_headers);
  return joined(words);
}

}  // namespace

Finding check_server(const base::Result<ReadyFacts>& facts, const std::string& url) {
  if (!facts) {
    // A server whose certificate is refused was found, and runs.
    if (facts.error().code() == base::ErrorCode::kUntrusted) {
      return mend(kServer, facts.error().message(),
                  "it runs: trust its certificate (--ca-file), or ask it by a name that the certificate is for");
    }
    return mend(kServer, facts.error().message(),
                "start it, or name the right address with --url (asked: " + url + ")");
  }
  if (facts->is_ready && !facts->reasons.empty()) {
    return mend(kServer, facts->url + " is degraded: " + joined(facts->reasons),
                "stop it, look at the disk, and run `waybill verify` and `waybill repair`");
  }
  if (facts->is_ready && !facts->notes.empty()) {
    return note(kServer, facts->url + " is ready, but " + joined(facts->notes), "see its log");
  }
  if (facts->is_ready) return fine(kServer, facts->url + " is ready");
  return mend(kServer, facts->url + " is not ready: " + joined(facts->reasons),
              "see its log; once the cause is mended, start it again");
}

Finding check_proxy(const base::Result<SeenRequest>& seen, const std::string& asked, bool is_public) {
  if (!seen) return note(kProxy, "the server was not asked what it sees: " + seen.error().message());
  const std::string headers = headers_of(*seen);
  if (!headers.empty() && !seen->is_trusted_proxy) {
    return mend(kProxy, fmt::format("{} sends {}, and is not believed", seen->peer_address, headers),
                "set trusted-proxy to its address, if it is yours");
  }
  if (is_public && seen->public_base != asked) {
    return mend(kProxy,
                fmt::format("asked as {}, the server takes itself for {}: the URLs of its answers lead there", asked,
                            seen->public_base),
                "set public-url to how others reach it, or have the proxy send X-Forwarded-Proto and X-Forwarded-Host");
  }
  // Who asks from a proxy's own machine, and not through it, has nobody to speak for.
  if (is_public && seen->is_trusted_proxy && seen->forwarded_for.empty()) {
    return mend(kProxy,
                "the trusted proxy " + seen->peer_address +
                    " does not say for whom it asks, so that all its clients count as one",
                "have it send X-Forwarded-For");
  }
  if (headers.empty()) {
    return fine(kProxy, "none on the way from here; URLs begin with " + seen->public_base);
  }
  return fine(kProxy, fmt::format("{} is trusted and sends {}; URLs begin with {}", seen->peer_address, headers,
                                  seen->public_base));
}

Finding check_signature(const base::Result<SignatureFacts>& facts) {
  if (!facts) return note(kSignature, "no signed webhook was tried: " + facts.error().message());
  if (facts->allows_unsigned) {
    return mend(kSignature, "webhooks are taken whatever their signature: whoever reaches the server can write into it",
                "leave out allow-unsigned");
  }
  if (!facts->url_fits) {
    return mend(
        kSignature,
        fmt::format("a webhook for {} would be checked as one for {}, and refused", facts->base, facts->server_base),
        "set public-url to the URL that the sender has, up to /webhooks");
  }
  if (facts->tries.empty()) return note(kSignature, "no Auth Token is known here to sign with");
  std::string taken;
  for (const SignatureTry& one : facts->tries) {
    if (one.status != 200) {
      return mend(kSignature,
                  fmt::format("a webhook for {}, signed with the token {}, was answered {}", facts->base, one.token,
                              one.status),
                  one.status == 403
                      ? "start the server with the settings that the doctor was given, the tokens included"
                      : "see the server's log");
    }
    taken += (taken.empty() ? "" : ", ") + one.token;
  }
  if (facts->accounts > facts->accounts_tried) {
    taken += fmt::format(" ({} of {} accounts)", facts->accounts_tried, facts->accounts);
  }
  return fine(kSignature, fmt::format("webhooks for {} are taken, signed with the token {}", facts->base, taken));
}

Finding check_rejects(const base::Result<RejectFacts>& facts) {
  constexpr const char* kAdvice =
      "look at them with `waybill rejects list`; then retry or drop them (`waybill rejects retry`, `drop`)";
  if (!facts) return note(kRejects, "what is kept aside was not looked at: " + facts.error().message());
  if (facts->count == 0) return fine(kRejects, "nothing had to be kept aside");
  const std::string text = fmt::format("{} {} could not be stored and {} kept aside, {} of at most {}", facts->count,
                                       facts->count == 1 ? "event" : "events", facts->count == 1 ? "is" : "are",
                                       bytes_text(facts->bytes), bytes_text(facts->bytes_max));
  const bool is_full = facts->count * 100 >= facts->count_max * kNearlyFullPercent ||
                       facts->bytes * 100 >= facts->bytes_max * kNearlyFullPercent;
  if (is_full) return mend(kRejects, text + ": beyond that feeds are answered with 503", kAdvice);
  if (facts->oldest && facts->age_max && *facts->oldest + *facts->age_max - facts->now < kNearlyExpired) {
    return mend(kRejects, text + "; the oldest of them is removed within three days (rejects-for)", kAdvice);
  }
  return note(kRejects, text, kAdvice);
}

Finding check_upstream(const std::optional<base::Result<UpstreamFacts>>& facts) {
  if (!facts) return fine(kUpstream, "none is set");
  if (!*facts) {
    return mend(kUpstream, facts->error().message(),
                "see to the way there: name, network, proxy (https_proxy), certificates (ca-certificates)");
  }
  const UpstreamFacts& known = **facts;
  if (known.status == 200) return fine(kUpstream, known.url + " answers to the credentials there are");
  const std::string told =
      fmt::format("{} answered {}{}{}", known.url, known.status, known.message.empty() ? "" : ": ", known.message);
  if (known.status == 401 || known.status == 403) {
    return mend(kUpstream, told,
                "set the credentials of an account that may read there (TWILIO_ACCOUNT_SID and "
                "TWILIO_AUTH_TOKEN, TWILIO_API_KEY and TWILIO_API_SECRET, or upstream-credentials-file)");
  }
  if (known.status == 404) return mend(kUpstream, told, "name workspaces that are there (upstream-workspaces)");
  return mend(kUpstream, told, "try again later; if it stays so, see to what upstream names");
}

}  // namespace waybill::doctor
