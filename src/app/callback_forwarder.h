#pragma once

#include "api/callback_listener.h"
#include "relay/relay.h"

namespace waybill::app {

// Gives callbacks that are stored to a relay. Safe for concurrent use.
class CallbackForwarder final : public api::CallbackListener {
 public:
  // `relay` must outlive this object; none: they go nowhere.
  explicit CallbackForwarder(relay::Relay* relay) : relay_(relay) {}

  void stored(api::StoredCallback callback) override;

 private:
  relay::Relay* const relay_;
};

}  // namespace waybill::app
