#pragma once

#include <string>

namespace waybill::api {

// An event callback that was let in.
struct StoredCallback {
  std::string account_sid;
  std::string event_sid;     // made from the form where it has none
  std::string resource_sid;  // empty: none
  std::string form;          // the body as it came
};

// Is told of event callbacks once they are on disk, in the order of their commits; of redeliveries too. Called on the
// event log's thread: implementations never block, and never call back into the log.
class CallbackListener {
 public:
  CallbackListener() = default;
  CallbackListener(const CallbackListener&) = delete;
  CallbackListener& operator=(const CallbackListener&) = delete;
  virtual ~CallbackListener() = default;

  virtual void stored(StoredCallback callback) = 0;
};

}  // namespace waybill::api
