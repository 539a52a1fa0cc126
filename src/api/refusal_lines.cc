#include "api/refusal_lines.h"

#include <utility>

namespace waybill::api {

RefusalLines::Verdict RefusalLines::admit(const std::string& address, base::SteadyTime now) {
  const base::MutexLock lock(mutex_);
  Address& known = address_of(address, now);
  const bool write = has_room(known.window, limits_.of_address, limits_.address_time, now) &&
                     has_room(all_, limits_.of_all, limits_.all_time, now);
  if (!write) {
    ++left_out_;
    return {};
  }
  ++known.window.lines;
  ++all_.lines;
  return {true, std::exchange(left_out_, 0)};
}

// Begins the window anew where its time is over.
bool RefusalLines::has_room(Window& window, std::size_t lines_max, std::chrono::seconds time, base::SteadyTime now) {
  if (window.lines == 0 || now - window.began >= time) window = {now, 0};
  return window.lines < lines_max;
}

RefusalLines::Address& RefusalLines::address_of(const std::string& name, base::SteadyTime now) {
  const auto known = addresses_.find(name);
  if (known != addresses_.end()) {
    quiet_longest_.splice(quiet_longest_.end(), quiet_longest_, known->second.place);
    return known->second;
  }
  if (addresses_.size() >= limits_.addresses_max) {
    addresses_.erase(quiet_longest_.front());
    quiet_longest_.pop_front();
  }
  quiet_longest_.push_back(name);
  return addresses_.emplace(name, Address{{now, 0}, std::prev(quiet_longest_.end())}).first->second;
}

}  // namespace waybill::api
