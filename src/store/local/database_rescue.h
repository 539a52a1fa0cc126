#pragma once

#include <filesystem>

#include "base/result.h"
#include "store/local/repair.h"

namespace waybill::store {

// Looks at waybill.db and its write-ahead log before SQLite does. Where SQLite would forget commits, or what it makes
// of both does not fit the segments, it puts in their place the best of what can be made of them: the database with all
// pages of the log that are right, that with damaged pages too where they hold nothing but events, the database without
// the log, or what SQLite makes of both. The best is the one with the most events that no segment has, then the one
// that fits the segments best. Both files stay beside, with .damaged behind their names. May be run again after an
// interruption.
//
// Tells in `report` what it did. Does nothing where there is no log, or where SQLite reads it whole and all fits.
// REQUIRES: no process has the database open. kStorageFull, kIo.
base::Result<void> rescue_database(const std::filesystem::path& folder, const RepairParts& parts, RepairReport& report);

}  // namespace waybill::store
