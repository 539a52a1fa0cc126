#include "segment/fault_guard.h"

#include <array>
#include <cerrno>
#include <utility>

#include <signal.h>
#include <sys/mman.h>

#include "segment/paged_format.h"

namespace waybill::segment {
namespace {

constexpr std::size_t kSlots = 8192;

enum class SlotState : std::uint32_t { kFree, kBusy, kLive };

struct Slot {
  std::atomic<SlotState> state{SlotState::kFree};
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> length{0};
  std::atomic<FaultOffset*> fault{nullptr};
};

// A signal handler is given nothing but the address, and may take no lock: hence one table for the process, of atomics.
std::array<Slot, kSlots>& slots() {
  static std::array<Slot, kSlots> table;
  return table;
}

// Makes the page at `offset` of a mapping readable again. What failed is written down first, so that whoever sees zeros
// also sees that.
bool cover(const Slot& slot, std::uintptr_t begin, std::uintptr_t address) {
  const std::uintptr_t page = address / kPageBytes * kPageBytes;
  std::uint64_t none = kNoFault;
  slot.fault.load()->compare_exchange_strong(none, page - begin);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a fault's address is a number by nature.
  void* const place = reinterpret_cast<void*>(page);
  return mmap(place, kPageBytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == place;
}

bool cover_if_ours(std::uintptr_t address) {
  for (const Slot& slot : slots()) {
    if (slot.state.load(std::memory_order_acquire) != SlotState::kLive) continue;
    const std::uintptr_t begin = slot.begin.load();
    if (address >= begin && address - begin < slot.length.load()) return cover(slot, begin, address);
  }
  return false;
}

void on_bus_error(int signal, siginfo_t* info, void* /*context*/) {
  const int saved = errno;
  // Somebody else's fault happens again as soon as this returns, and then ends the process.
  if (!cover_if_ours(reinterpret_cast<std::uintptr_t>(info->si_addr))) ::signal(signal, SIG_DFL);
  errno = saved;
}

bool install() {
  slots();  // made before any handler can ask for it
  struct sigaction action{};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigemptyset(&action.sa_mask);
  return sigaction(SIGBUS, &action, nullptr) == 0;
}

}  // namespace

base::Result<FaultGuard> FaultGuard::take(const char* begin, std::size_t length, FaultOffset& fault) {
  static const bool kInstalled = install();
  if (!kInstalled) return base::io_error("the handler of SIGBUS cannot be installed");
  for (std::size_t i = 0; i < kSlots; ++i) {
    Slot& slot = slots()[i];
    SlotState free = SlotState::kFree;
    if (!slot.state.compare_exchange_strong(free, SlotState::kBusy)) continue;
    slot.begin.store(reinterpret_cast<std::uintptr_t>(begin));
    slot.length.store(length);
    slot.fault.store(&fault);
    slot.state.store(SlotState::kLive, std::memory_order_release);
    return FaultGuard(i);
  }
  return base::io_error("more than " + std::to_string(kSlots) + " files are mapped");
}

FaultGuard::FaultGuard(FaultGuard&& other) noexcept : slot_(std::exchange(other.slot_, kNoSlot)) {}

FaultGuard& FaultGuard::operator=(FaultGuard&& other) noexcept {
  std::swap(slot_, other.slot_);
  return *this;
}

FaultGuard::~FaultGuard() {
  if (slot_ != kNoSlot) slots()[slot_].state.store(SlotState::kFree, std::memory_order_release);
}

}  // namespace waybill::segment
