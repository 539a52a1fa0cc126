#include "store/local/damage_log.h"

#include <algorithm>
#include <vector>

namespace waybill::store {

void DamageLog::look(const Archive& archive) {
  const std::vector<DamagedFile> damage = archive.damage();
  for (const DamagedFile& file : damage) {
    {
      const base::MutexLock lock(mutex_);
      if (!told_.insert(file.name).second) continue;
    }
    const bool is_segment = file.kind == DamagedFile::Kind::kSegment;
    log_.error(is_segment ? "a segment is damaged: lists that need the damaged part fail, all else goes on"
                          : "a sid file is damaged: the segments are asked instead, and it will be made anew",
               {{"file", file.name}, {"damage", file.first}});
  }
  const base::MutexLock lock(mutex_);
  std::erase_if(told_, [&](const std::string& name) {
    return std::none_of(damage.begin(), damage.end(), [&](const DamagedFile& file) { return file.name == name; });
  });
}

void DamageLog::count_uncompared(std::uint64_t events, const std::string& why) {
  if (uncompared_.fetch_add(events) != 0) return;
  log_.error("events kept as variants: their stored copies are unreadable", {{"events", events}, {"reason", why}});
}

}  // namespace waybill::store
