#include "http/connection_gate.h"

namespace waybill::http {

void ConnectionGate::set_limits(const Limits& limits) {
  const base::MutexLock lock(mutex_);
  limits_ = limits;
}

Entry ConnectionGate::enter(const std::string& network) {
  const base::MutexLock lock(mutex_);
  if (open_ + late_ >= limits_.in_all) return Entry::kTooMany;
  if (!network.empty()) {
    std::size_t& count = by_network_[network];
    if (count >= limits_.of_network) return Entry::kTooManyOfNetwork;
    ++count;
  }
  ++(is_closing_ ? late_ : open_);
  return is_closing_ ? Entry::kLate : Entry::kOpen;
}

void ConnectionGate::leave(const std::string& network, Entry entry) {
  const base::MutexLock lock(mutex_);
  if (const auto at = by_network_.find(network); at != by_network_.end() && --at->second == 0) by_network_.erase(at);
  if (entry == Entry::kLate) {
    --late_;
  } else if (--open_ == 0 && is_closing_) {
    emptied_.set_value();
  }
}

std::future<void> ConnectionGate::begin_to_close() {
  const base::MutexLock lock(mutex_);
  is_closing_ = true;
  if (open_ == 0) emptied_.set_value();
  return emptied_.get_future();
}

std::size_t ConnectionGate::count() const {
  const base::MutexLock lock(mutex_);
  return open_ + late_;
}

}  // namespace waybill::http
