#pragma once

#include <string_view>

namespace waybill::app {

// Whether a variable of the environment is one of those that Kubernetes puts into each pod beside a Service whose name
// is, or begins with, waybill: WAYBILL_SERVICE_HOST, WAYBILL_METRICS_SERVICE_PORT_HTTP,
// WAYBILL_PORT=tcp://10.96.0.12:8080, WAYBILL_PORT_8080_TCP_ADDR. Such a variable is no setting, and no misspelt one.
bool is_service_link(std::string_view name, std::string_view value);

}  // namespace waybill::app
