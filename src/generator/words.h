#pragma once

#include <span>
#include <string_view>

namespace waybill::generator {

// The words lives are told in. All people are invented, phone numbers are of the ranges kept for fiction, addresses
// and hosts of those kept for documentation.

std::span<const std::string_view> first_names();   // 64 of them
std::span<const std::string_view> family_names();  // 64 of them

std::span<const std::string_view> queue_names();
std::span<const std::string_view> workflow_names();
std::span<const std::string_view> errand_names();  // for what exists only for a while

// North American area codes; their numbers 555-0100 to 555-0199 belong to nobody.
std::span<const std::string_view> area_codes();

// What customers want, and how it ends.
std::span<const std::string_view> topics();
std::span<const std::string_view> outcomes();

// One of the kinds of conversation, with how many of them a worker can have at once.
struct ChannelWords {
  std::string_view unique_name;
  std::string_view name;
  int capacity;
};
std::span<const ChannelWords> channel_words();  // 15 of them, the most used first

}  // namespace waybill::generator
