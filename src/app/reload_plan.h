#pragma once

#include <map>
#include <string>

namespace waybill::app {

// Whether a running server can take another certificate: one that speaks plain HTTP cannot begin with TLS, nor the
// other way round.
enum class CertificateChange { kNow, kAtStart };

// What other settings mean for a running server; names are joined by commas.
struct ReloadPlan {
  std::string changed;                          // can be put in force
  std::string for_a_start;                      // cannot, before the next start
  std::map<std::string, std::string> in_force;  // what is given, as far as it is in force afterwards
};

// Compares the texts that were given, by setting.
ReloadPlan plan_reload(const std::map<std::string, std::string>& old_given,
                       const std::map<std::string, std::string>& new_given, CertificateChange certificate);

}  // namespace waybill::app
