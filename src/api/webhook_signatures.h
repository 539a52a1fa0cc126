#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "api/context.h"
#include "api/guess_watch.h"
#include "api/public_base.h"
#include "base/clock.h"
#include "base/thread_pool.h"
#include "http/server.h"
#include "obs/log.h"
#include "webhook/signature.h"

namespace waybill::api {

// Forms longer than this are held against the usual spellings of their URL alone.
constexpr std::size_t kSearchedFormBytesMax = 64UL * 1024;

// Checks the signatures of webhooks in two steps: the usual spellings of the URL at once; the search for others, which
// costs up to SearchLimits, on a thread of its own, and not too often for one address. Safe for concurrent use.
class WebhookSignatures {
 public:
  enum class Depth { kUsual, kSearch };

  struct Outcome {
    webhook::Verdict verdict;
    std::size_t tried = 0;                     // spellings
    bool needs_search = false;                 // the usual ones do not fit; call search_later() and check again
    std::optional<std::chrono::seconds> wait;  // a search is due, but the address has to wait for it
  };

  // `clock` and `logger` must outlive it. `settings` tells addresses apart; `limits` say how many searches of one may
  // fail.
  WebhookSignatures(const base::Clock& clock, const obs::Log& logger, PublicBaseSettings settings,
                    const GuessLimits& limits);

  // With kUsual for a body that is longer than kQuickBodyBytesMax, which is not handled on its connection's thread, the
  // search is made at once where one is due.
  [[nodiscard]] Outcome check(const Context& context, const webhook::SignedRequest& request,
                              std::span<const std::string> tokens, Depth depth);

  // What tells clients apart: the address, or the network of one, of who sent the request.
  [[nodiscard]] std::string network_of(const Context& context) const {
    return client_network(settings_, context.request);
  }

  // Calls `again` with a copy of the request, on another thread; answers 503 if too many searches wait already.
  void search_later(const Context& context, http::Reply reply,
                    std::function<void(const Context& context, http::Reply reply)> again);

 private:
  const base::Clock& clock_;
  const obs::Log& logger_;
  const PublicBaseSettings settings_;

  GuessWatch failed_searches_;
  base::ThreadPool threads_;  // the last member: its jobs use the others
};

}  // namespace waybill::api
