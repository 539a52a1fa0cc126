#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

namespace waybill::doctor {

enum class State {
  kFine,
  kNote,  // worth knowing; nothing must be done, or it could not be told
  kMend,  // something must be done
};

// What a check found.
struct Finding {
  std::string check;  // its name: one word
  State state = State::kFine;
  std::string text;    // what was found
  std::string advice;  // what to do; empty if nothing is
};

Finding fine(std::string check, std::string text);
Finding note(std::string check, std::string text, std::string advice = "");
Finding mend(std::string check, std::string text, std::string advice);

// A line each, for a person.
std::string to_text(std::span<const Finding> findings);
// One object: whether all is fine, and the findings.
std::string to_json(std::span<const Finding> findings);

// How many of them say that something must be done.
std::size_t count_to_mend(std::span<const Finding> findings);

// 1.5 GiB; 12 ms. For a person, so rounded.
std::string bytes_text(std::uint64_t bytes);
std::string duration_text(std::chrono::nanoseconds duration);

}  // namespace waybill::doctor
