#pragma once

namespace waybill::sqlite {

// The name of a way to the disk that is SQLite's usual one but for shared memory: every byte of a -shm file has room on
// the disk before it is used. SQLite makes sure of one byte in each 4 KiB only, so that on a full disk with smaller
// blocks a look into that memory would end the process by SIGBUS. Without room there is SQLITE_FULL instead. Registers
// it at the first call. Null where SQLite's usual way is not its own, as in simulations. Safe for concurrent use.
const char* reserving_vfs();

}  // namespace waybill::sqlite
