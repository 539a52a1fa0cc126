#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/engine.h"
#include "bench/question.h"

namespace waybill::bench {

// What each run writes to standard output is a line for each fact, fields separated by tabs, the kind first. Times are
// nanoseconds.

// Loads all of the feed, then finishes. Writes "load" and "finish", each with its time.
base::Result<void> run_load(Engine& engine, EventFeed& feed, const base::Clock& clock);

// Asks a list of questions until they are all answered or `limit` is over, after choosing the engine's best plan for
// them and warming up. Writes "plan", list, its name; and for each question "answer", list, number, time, number of
// events, and a digest of everything in the answer.
base::Result<void> run_list(Engine& engine, const std::string& list, const std::vector<model::EventQuery>& questions,
                            std::chrono::milliseconds limit, const base::Clock& clock);

// Walks through the whole archive by pages of 50 and asks for some of them again and again. Writes "page", its number
// from 1, and a time, for each time it was asked for.
base::Result<void> run_walk(Engine& engine, const base::Clock& clock);

// Asks single questions of a Waybill data directory with nothing of its records in memory; with nothing of its files at
// all for kEverything. Only pages that are full count. Writes "cold", and a time.
enum class Cooled { kRecords, kEverything };

base::Result<void> run_cold(Engine& engine, const std::string& folder, const std::vector<model::EventQuery>& questions,
                            Cooled cooled, const base::Clock& clock);

}  // namespace waybill::bench
