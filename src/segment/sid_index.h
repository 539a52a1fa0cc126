#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
namespace waybill::segment {
struct SidMerge {
  std::size_t begin;
  std::size_t end;
};
std::optional<SidMerge> choose_sid_merge(std::span<const std::uint64_t> entries);
}  // namespace waybill::segment
