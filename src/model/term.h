#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace waybill::model {

// What an event can be found by. The numbers are on disk: a number, once given, keeps its meaning for ever.
enum class Dimension : std::uint8_t {
  kEventType = 1,
  kTask = 2,
  kWorker = 3,
  kTaskQueue = 4,
  kWorkflow = 5,
  kReservation = 6,
  kTaskChannel = 7,
};

constexpr Dimension kAllDimensions[] = {
    Dimension::kEventType, Dimension::kTask,        Dimension::kWorker,      Dimension::kTaskQueue,
    Dimension::kWorkflow,  Dimension::kReservation, Dimension::kTaskChannel,
};

// One value of one dimension. For the dimensions of a sid the value is its 16 bytes; for the event type its text; for
// the channel the unique name, or the sid as text with lower-case digits (so a name that looks like a sid is one).
struct Term {
  Dimension dimension;
  std::string value;
  friend auto operator<=>(const Term&, const Term&) = default;
};

// The longest value a term can have, in bytes. A longer event type is refused; a longer channel name is no term.
constexpr std::size_t kTermValueMax = 255;

// The term for `text` as a filter or an event's member gives it. kInvalidArgument, with the rule, if `text` cannot be
// a value of that dimension.
base::Result<Term> parse_term(Dimension dimension, std::string_view text);

// Terms as bytes: for each its dimension, its value's length (one byte each) and its value. REQUIRES: no value longer
// than kTermValueMax.
std::string encode_terms(const std::vector<Term>& terms);
// kCorruption if the bytes are not what encode_terms writes.
base::Result<std::vector<Term>> decode_terms(std::string_view bytes);

}  // namespace waybill::model
