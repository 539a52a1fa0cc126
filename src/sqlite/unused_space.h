#pragma once

#include <cstdint>
#include <span>

namespace waybill::sqlite {

// The part of a page of a database that no row uses: between the pointers to a leaf's rows and the first of its rows.
// SQLite does not overwrite it: where rows move from page to page because others were deleted, copies of them stay
// there, also when they are deleted themselves later, and whatever `secure_delete` says. Empty for pages of other
// kinds, of which one cannot be sure what they are. REQUIRES: `page` is a whole one, and begins at `offset` of the
// database.
std::span<const char> unused_space(std::span<const char> page, std::uint64_t offset);

}  // namespace waybill::sqlite
