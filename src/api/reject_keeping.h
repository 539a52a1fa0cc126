#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "obs/log.h"
#include "store/rejects.h"

namespace waybill::api {

// A message for the log, where nothing may stand that somebody has sent: without what it quotes.
std::string without_quoted(std::string_view message);

// An element of a request that cannot be stored.
struct KeptElement {
  std::size_t index = 0;  // in the request
  std::string event_id;   // as the sender calls it; may be empty
  store::Reject reject;
};

// One of an Event Streams batch; the account, the workspace and the problem are the caller's to add.
KeptElement kept_element(base::WallTime arrived, const std::string& peer_address, std::size_t index,
                         const std::string& id, std::string_view text);

// What `ask` gives, a result; kBusy where memory runs out on the way.
template <class Ask>
auto or_shortage(const Ask& ask) -> decltype(ask()) {
  try {
    return ask();
  } catch (const std::bad_alloc&) {
    return base::busy("the server has no memory left for this request");
  }
}

struct KeepingParts {
  store::Rejects& rejects;
  const obs::Log& logger;
  std::string request_id;
  int status = 0;  // of the answer
};

// Keeps all of them aside, or none, as store::Rejects::keep. Where there is no room whoever brought them is told to
// come again: kBusy instead of kStorageFull.
base::Result<std::vector<std::uint64_t>> keep_for_feed(store::Rejects& rejects, std::span<const store::Reject> some);

// The same, and gives them their numbers. Logs a line for each, and one for the rest where there are many; no byte of
// an element is in it.
base::Result<void> keep_aside(const KeepingParts& parts, std::span<KeptElement> elements);

}  // namespace waybill::api
