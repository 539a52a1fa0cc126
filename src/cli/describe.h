#pragma once

#include <string_view>

#include "base/result.h"
#include "store/local/event_description.h"

namespace waybill::cli {

// store::DescribeRecord, by the codec.
base::Result<store::EventDescription> describe_record(std::string_view record);

}  // namespace waybill::cli
