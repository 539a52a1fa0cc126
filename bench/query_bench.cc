// Loads engines with events and asks them questions; bench/run.py drives it and makes tables of what it writes.
//
//   query_bench lists --out FILE --events N [--questions N] [--seed S] EVENTS…
//   query_bench load  --engine NAME --place PLACE [--batch N] [--first-position N] EVENTS…
//   query_bench ask   --engine NAME --place PLACE --questions FILE [--seconds N] [--walk]
//   query_bench cold  --place FOLDER --questions FILE [--everything]
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "bench/question_lists.h"
#include "bench/runs.h"

namespace waybill::bench {
namespace {

using base::Result;

constexpr std::string_view kColdList = "cold";
constexpr std::size_t kReadBatch = 1'000;

struct Options {
  std::string engine = "waybill";
  std::string place;
  std::string questions;
  std::string out;
  std::vector<std::string> events;
  ListSettings lists;
  std::size_t batch = 10'000;
  std::uint64_t first_position = 1;
  int seconds = 60;
  bool walk = false;
  bool everything = false;
};

// Anonymous memory of this process, as the kernel counts it.
void print_memory() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("RssAnon:")) std::printf("memory\t%s\n", line.c_str() + line.find_first_of("0123456789"));
  }
}

Result<void> lists(const Options& options, const base::Clock& /*clock*/) {
  TRY_ASSIGN(EventFeed feed, EventFeed::open(options.events, 1, kReadBatch));
  return make_lists(feed, options.lists, options.out);
}

Result<void> load(const Options& options, const base::Clock& clock) {
  TRY_ASSIGN(EventFeed feed, EventFeed::open(options.events, options.first_position, options.batch));
  TRY_ASSIGN(const auto engine, open_engine(options.engine, options.place));
  return run_load(*engine, feed, clock);
}

Result<void> ask(const Options& options, const base::Clock& clock) {
  TRY_ASSIGN(const Questions questions, read_questions(options.questions));
  const base::SteadyTime start = clock.steady_now();
  TRY_ASSIGN(const auto engine, open_engine(options.engine, options.place));
  std::printf("open\t%lld\n", static_cast<long long>(std::chrono::nanoseconds(clock.steady_now() - start).count()));
  for (const auto& [name, list] : questions.lists) {
    if (name == kColdList) continue;
    TRY(run_list(*engine, name, list, std::chrono::seconds(options.seconds), clock));
  }
  print_memory();
  return options.walk ? run_walk(*engine, clock) : Result<void>();
}

Result<void> cold(const Options& options, const base::Clock& clock) {
  TRY_ASSIGN(const Questions questions, read_questions(options.questions));
  TRY_ASSIGN(const auto engine, open_engine("waybill", options.place));
  const Cooled cooled = options.everything ? Cooled::kEverything : Cooled::kRecords;
  for (const auto& [name, list] : questions.lists) {
    if (name == kColdList) TRY(run_cold(*engine, options.place, list, cooled, clock));
  }
  return {};
}

using Action = Result<void> (*)(const Options& options, const base::Clock& clock);

void add_commands(CLI::App& app, Options& options, Action& action) {
  CLI::App* const lists_command = app.add_subcommand("lists", "Make lists of questions");
  lists_command->add_option("--out", options.out)->required();
  lists_command->add_option("--events", options.lists.events)->required();
  lists_command->add_option("--questions", options.lists.questions_per_list);
  lists_command->add_option("--seed", options.lists.seed);
  lists_command->add_option("files", options.events)->required();
  lists_command->callback([&] { action = lists; });

  CLI::App* const load_command = app.add_subcommand("load", "Load an engine");
  load_command->add_option("--engine", options.engine);
  load_command->add_option("--place", options.place)->required();
  load_command->add_option("--batch", options.batch);
  load_command->add_option("--first-position", options.first_position);
  load_command->add_option("files", options.events)->required();
  load_command->callback([&] { action = load; });

  CLI::App* const ask_command = app.add_subcommand("ask", "Ask an engine all lists");
  ask_command->add_option("--engine", options.engine);
  ask_command->add_option("--place", options.place)->required();
  ask_command->add_option("--questions", options.questions)->required();
  ask_command->add_option("--seconds", options.seconds, "for each list");
  ask_command->add_flag("--walk", options.walk);
  ask_command->callback([&] { action = ask; });

  CLI::App* const cold_command = app.add_subcommand("cold", "Ask Waybill single questions, its records not in memory");
  cold_command->add_option("--place", options.place)->required();
  cold_command->add_option("--questions", options.questions)->required();
  cold_command->add_flag("--everything", options.everything, "nor anything else of its files");
  cold_command->callback([&] { action = cold; });
}

}  // namespace
}  // namespace waybill::bench

int main(int argc, char** argv) {
  waybill::bench::Options options;
  waybill::bench::Action action = nullptr;
  CLI::App app("Loads engines with events and asks them questions", "query_bench");
  app.require_subcommand(1);
  waybill::bench::add_commands(app, options, action);
  CLI11_PARSE(app, argc, argv);
  const waybill::base::SystemClock clock;
  const auto done = action(options, clock);
  if (done) return 0;
  std::fprintf(stderr, "query_bench: %s\n", done.error().message().c_str());
  return 1;
}
