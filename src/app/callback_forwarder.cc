#include "app/callback_forwarder.h"

#include <utility>

namespace waybill::app {

void CallbackForwarder::stored(api::StoredCallback callback) {
  if (relay_ == nullptr) return;
  // Nobody waits: what is not on disk yet when the process dies can be replayed out of the store.
  relay_->forward({std::move(callback.account_sid), std::move(callback.event_sid), std::move(callback.resource_sid),
                   std::move(callback.form)},
                  [] {});
}

}  // namespace waybill::app
