#pragma once

namespace waybill::sqlite {

// The name of a way to the disk that is SQLite's usual one but for two things. Every byte of a -shm file has room on
// the disk before it is used: SQLite makes sure of one byte in each 4 KiB only, so that on a full disk with smaller
// blocks a look into that memory would end the process by SIGBUS. Without room there is SQLITE_FULL instead. And what
// no row of a page uses (sqlite/unused_space.h) is written to the database as zeros, so that what was deleted is in it
// no more once the write-ahead log is empty. Registers it at the first call. Null where SQLite's usual way is not its
// own, as in simulations. Safe for concurrent use.
const char* reserving_vfs();

}  // namespace waybill::sqlite
