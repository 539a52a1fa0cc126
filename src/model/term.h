#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
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

// A term as a view of somebody else's bytes.
struct TermView {
  Dimension dimension;
  std::string_view value;
  friend bool operator==(const TermView&, const TermView&) = default;
};

// The terms of one event, sorted by dimension and value, each once, in the bytes that stores keep: for each term its
// dimension, its value's length (one byte each) and its value. Value type; one allocation whatever the number of terms.
class TermList {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = TermView;
    using difference_type = std::ptrdiff_t;
    using pointer = const TermView*;
    using reference = TermView;

    explicit Iterator(const char* at) : at_(at) {}
    TermView operator*() const { return {static_cast<Dimension>(at_[0]), {at_ + 2, length()}}; }
    Iterator& operator++() {
      at_ += 2 + length();
      return *this;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    [[nodiscard]] std::size_t length() const { return static_cast<std::uint8_t>(at_[1]); }
    const char* at_;
  };

  TermList() = default;
  // REQUIRES: no value longer than kTermValueMax.
  TermList(std::vector<Term> terms);
  TermList(std::initializer_list<Term> terms) : TermList(std::vector<Term>(terms)) {}

  // kCorruption if the bytes are not those of a list: cut short, an unknown dimension, or out of order.
  static base::Result<TermList> decode(std::string_view bytes);

  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] Iterator begin() const { return Iterator(bytes_.data()); }
  [[nodiscard]] Iterator end() const { return Iterator(bytes_.data() + bytes_.size()); }
  [[nodiscard]] bool contains(const Term& term) const;

  friend bool operator==(const TermList&, const TermList&) = default;

 private:
  friend class TermGatherer;
  std::string bytes_;
};

// Gathers the terms of one event without asking for memory.
class TermGatherer {
 public:
  static constexpr std::size_t kTermsMax = 12;

  // Adds parse_term(dimension, text), and fails as it does. REQUIRES: fewer than kTermsMax terms have been added.
  base::Result<void> add(Dimension dimension, std::string_view text);

  [[nodiscard]] TermList list() const;

 private:
  // A term as TermList keeps it: dimension, length, value.
  using Slot = std::array<char, 2 + kTermValueMax>;

  std::size_t count_ = 0;
  std::array<Slot, kTermsMax> slots_;
};

}  // namespace waybill::model
