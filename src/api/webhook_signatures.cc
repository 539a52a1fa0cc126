#include "api/webhook_signatures.h"

#include <exception>
#include <memory>
#include <utility>

namespace waybill::api {
namespace {

// One thread, so that all searches together take no more than one core.
constexpr std::size_t kSearchThreads = 1;
constexpr std::size_t kSearchesMax = 64;

bool may_be_searched(const Context& context, const webhook::SignedRequest& request) {
  return !request.is_form || context.request.body.size() <= kSearchedFormBytesMax;
}

}  // namespace

WebhookSignatures::WebhookSignatures(const base::Clock& clock, const obs::Log& logger, PublicBaseSettings settings,
                                     const GuessLimits& limits)
    : clock_(clock),
      logger_(logger),
      settings_(std::move(settings)),
      failed_searches_(limits),
      threads_("signatures", kSearchThreads, kSearchesMax, base::ThreadPool::Owners::kOne, base::Priority::kGivesWay) {}

WebhookSignatures::Outcome WebhookSignatures::check(const Context& context, const webhook::SignedRequest& request,
                                                    std::span<const std::string> tokens, Depth depth) {
  Outcome outcome;
  outcome.verdict = webhook::check_signature(request, tokens);
  outcome.tried = webhook::signed_urls(request.url).size();
  if (outcome.verdict.check != webhook::SignatureCheck::kWrongSignature) return outcome;
  if (!may_be_searched(context, request)) return outcome;
  const std::string address = client_network(settings_, context.request);
  if (depth == Depth::kUsual) {
    if (!failed_searches_.is_quiet()) outcome.wait = failed_searches_.wait_of(address, clock_.steady_now());
    if (outcome.wait) return outcome;
    outcome.needs_search = context.request.body.size() <= kQuickBodyBytesMax;
    if (outcome.needs_search) return outcome;
  }
  const webhook::SearchResult found = webhook::search_signature(request, tokens, {});
  outcome.tried += found.tried;
  if (found.verdict.check == webhook::SignatureCheck::kMatches) {
    outcome.verdict = found.verdict;
    return outcome;
  }
  // Every request counts, the same one twice too: each has cost a search.
  failed_searches_.was_wrong(address, context.request.id, clock_.steady_now());
  return outcome;
}

void WebhookSignatures::search_later(const Context& context, http::Reply reply,
                                     std::function<void(const Context& context, http::Reply reply)> again) {
  // A job must be copyable; a reply is not.
  const auto waiting = std::make_shared<std::pair<Context, http::Reply>>(context, std::move(reply));
  const bool is_queued = threads_.submit([this, waiting, again = std::move(again)] {
    try {
      again(waiting->first, std::move(waiting->second));
    } catch (const std::exception& error) {
      // Nothing of ours throws; memory may run out. The reply, dropped unsent, answers 500.
      logger_.error("webhook signature search failed unexpectedly",
                    {{"request", waiting->first.request.id}, {"what", error.what()}});
    }
  });
  if (is_queued) return;
  waiting->second.send(error_response(to_api_error(base::busy("too many signatures are waiting to be looked into"))));
}

}  // namespace waybill::api
