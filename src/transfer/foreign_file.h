#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace waybill::transfer {

// How many of a file's first bytes check_is_text looks at.
constexpr std::size_t kForeignBytes = 512;

// Recognizes files that hold no text with events by their first bytes (kForeignBytes of them, or the whole file if it
// is shorter): workbooks, archives, PDF, HTML, Parquet and the like. kInvalidArgument that names the kind of file and
// what to do with it; success for everything else, gzip and zstd included.
base::Result<void> check_is_text(std::string_view first);

}  // namespace waybill::transfer
