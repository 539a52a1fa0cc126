#include "cli/known_spans.h"

namespace waybill::cli {

base::Error no_such_workspace(const std::string& sid, const std::string& place) {
  return base::not_found("there is no workspace " + sid + " in " + place +
                         "; `waybill workspace list` shows those of a data directory");
}

bool is_url(const std::string& source) { return source.starts_with("https://") || source.starts_with("http://"); }

}  // namespace waybill::cli
