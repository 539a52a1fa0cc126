#include "cli/address.h"

namespace waybill::cli {

std::string default_url(const Process& process) { return process.environment.find("WAYBILL_URL").value_or(""); }

}  // namespace waybill::cli
