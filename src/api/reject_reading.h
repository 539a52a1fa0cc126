#pragma once

#include <optional>
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "model/limits.h"
#include "model/workspace.h"
#include "store/event_store.h"
#include "store/rejects.h"

namespace waybill::api {

// What a person adds to an element that does not say it.
struct RejectAid {
  std::optional<model::Account> account;
  std::optional<model::WorkspaceSid> workspace;
};

// Reads elements that were kept aside again, as the road that each came by would today. Safe for concurrent use.
class RejectReader {
 public:
  // Both must outlive this object.
  RejectReader(const store::Registry& registry, base::Random& random, model::Limits limits)
      : registry_(registry), random_(random), limits_(limits) {}

  // The event that an element is, as it goes into the log. kInvalidArgument, naming the member and the rule, if it is
  // none today either, or if nobody says whose it is; or as Registry::accounts.
  [[nodiscard]] base::Result<store::Unit> read(const store::Reject& reject, const RejectAid& aid) const;

 private:
  struct Home;
  [[nodiscard]] base::Result<model::Account> account_of(const store::Reject& reject, const RejectAid& aid,
                                                        std::string_view told) const;
  [[nodiscard]] base::Result<Home> home_of(const store::Reject& reject, const RejectAid& aid, std::string_view account,
                                           std::string_view workspace) const;
  [[nodiscard]] base::Result<store::Unit> read_json(const store::Reject& reject, const RejectAid& aid) const;
  [[nodiscard]] base::Result<store::Unit> read_form(const store::Reject& reject, const RejectAid& aid) const;
  [[nodiscard]] base::Result<store::Unit> read_cloud_event(const store::Reject& reject, const RejectAid& aid) const;

  const store::Registry& registry_;
  base::Random& random_;
  const model::Limits limits_;
};

}  // namespace waybill::api
