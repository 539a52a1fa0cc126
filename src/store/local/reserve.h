#pragma once

#include <filesystem>

namespace waybill::store {

// Room on the disk that a data directory keeps for the start on a full one: to open a database SQLite needs its shared
// memory, a small file that a stop in order removes.
constexpr const char* kReserveFile = "waybill.reserve";

// Sees to it that the room is kept. Where there is none, or it cannot be kept, nothing is.
void keep_reserve(const std::filesystem::path& folder);
// Gives the room back; false if none was kept.
bool release_reserve(const std::filesystem::path& folder);

}  // namespace waybill::store
