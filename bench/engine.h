#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/event_feed.h"
#include "model/event_query.h"

namespace waybill::bench {

// A page as every engine gives it: keys, and in `record` the event's JSON as the API shows it, in memory of the
// caller's own.
using Answer = std::vector<model::FoundEvent>;

// Something that keeps events and finds them again. For one thread, except where load() starts its own.
class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  // Takes all events of the feed in. When it returns they are on disk for good.
  virtual base::Result<void> load(EventFeed& feed) = 0;

  // Does what follows a load before questions are asked: indexes, statistics.
  virtual base::Result<void> finish_load() { return {}; }

  // The ways of answering there are to choose from, by name; at least one. Each list of questions is asked in the way
  // that suits it best.
  [[nodiscard]] virtual std::vector<std::string> plans() const { return {"the only one"}; }

  // Answers by plans()[index] from here on.
  virtual base::Result<void> use_plan(std::size_t /*index*/) { return {}; }

  // Does what a program that asks such a question often has done once, such as preparing its statement. Not timed.
  virtual base::Result<void> prepare(const model::EventQuery& /*query*/) { return {}; }

  // The first query.limit events that match. query.workspace is not looked at: there is one. This is what is timed.
  virtual base::Result<Answer> answer(const model::EventQuery& query) = 0;
};

// The engine called `name` (waybill, postgres, postgres_partitioned, sqlite) at `place`: a data directory, a connection
// string, a connection string, a file. kInvalidArgument for another name; the engine's own errors.
base::Result<std::unique_ptr<Engine>> open_engine(const std::string& name, const std::string& place);

}  // namespace waybill::bench
