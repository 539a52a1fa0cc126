#pragma once

#include "http/message.h"

namespace waybill::testing {

// What holds for every answer there is: its common headers, the four members of an error, JSON without white space, the
// members of meta and of an event in their order. A breach fails the test that runs.
void check_invariants(const http::Request& request, const http::Response& response);

}  // namespace waybill::testing
