#pragma once

#include <functional>

namespace waybill::api {

// Runs a job on a thread that may wait for the disk. False if too many wait for one already; the job is dropped then.
// What the job uses must live until the thread's pool has ended.
using RunLater = std::function<bool(std::function<void()> job)>;

}  // namespace waybill::api
