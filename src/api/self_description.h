#pragma once

#include <map>
#include <string>

#include "api/context.h"
#include "api/public_base.h"
#include "base/mutex.h"
#include "obs/log.h"

namespace waybill::api {

// What a server tells its administrator about itself. Safe for concurrent use.
class SelfDescription {
 public:
  // Both must outlive it.
  SelfDescription(const PublicBaseSettings& public_base, const obs::Log& log) : public_base_(public_base), log_(log) {}

  // The settings in force, as they may be shown: no secret in them.
  void set_settings(std::map<std::string, std::string> settings);

  // GET /admin/v1/Server: the settings, and what the server sees of this very request: who asks, what proxies on the
  // way say, and what the URLs of an answer would begin with.
  [[nodiscard]] ApiResult<http::Response> describe(const Context& context) const;

  // GET /admin/v1/Log: the newest lines of the log.
  [[nodiscard]] ApiResult<http::Response> recent_lines() const;

 private:
  const PublicBaseSettings& public_base_;
  const obs::Log& log_;

  mutable base::Mutex mutex_;

  std::map<std::string, std::string> settings_ GUARDED_BY(mutex_);
};

}  // namespace waybill::api
