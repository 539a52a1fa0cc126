// Runs every .evt file of this folder over every kind of store. scripts/README.md says what a script is.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "base/strings.h"
#include "base/time_text.h"
#include "support/stores.h"

namespace waybill::testing {
namespace {

using model::Dimension;

// One command: its line, the lines below it, and what must come (nothing if there is no "----").
struct Command {
  std::size_t line_number = 0;
  std::string line;
  std::vector<std::string> input;
  std::optional<std::vector<std::string>> want;
};

std::vector<Command> read_script(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::vector<Command> commands;
  std::string line;
  bool inside = false;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    const std::string text(base::trim(line));
    if (text.starts_with('#')) continue;
    if (text.empty()) {
      inside = false;
    } else if (!inside) {
      commands.push_back({number, text, {}, {}});
      inside = true;
    } else if (text == "----") {
      commands.back().want.emplace();
    } else {
      (commands.back().want ? *commands.back().want : commands.back().input).push_back(text);
    }
  }
  return commands;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

base::WallTime time_of_day(const std::string& text, bool end_of_unit) {
  const auto span = base::parse_time("2026-11-23T" + text + "Z");
  if (!span) throw std::invalid_argument("no time of day: " + text);
  return end_of_unit && text.find('.') != std::string::npos ? span->last : span->first;
}

const std::map<std::string, Dimension>& dimensions() {
  static const std::map<std::string, Dimension> kDimensions = {
      {"type", Dimension::kEventType},     {"task", Dimension::kTask},         {"worker", Dimension::kWorker},
      {"queue", Dimension::kTaskQueue},    {"workflow", Dimension::kWorkflow}, {"reservation", Dimension::kReservation},
      {"channel", Dimension::kTaskChannel}};
  return kDimensions;
}

// Runs one script. A failure names the command's line.
class Runner {
 public:
  explicit Runner(const StoreKind& kind) : under_test_(kind.make()), account_(make_first_account(store())) {
    if (!kind.is_this(store())) throw std::invalid_argument("this is no " + kind.name + " store");
  }

  void run(const Command& command) {
    const std::vector<std::string> words = words_of(command.line);
    std::vector<std::string> got;
    if (words[0] == "load") {
      got = load(command, words);
    } else if (command.line == "find next") {
      got = next();
    } else if (words[0] == "find") {
      got = find(words);
    } else if (command.line == "reopen") {
      under_test_->reopen();
    } else {
      throw std::invalid_argument("unknown command: " + command.line);
    }
    if (command.want || words[0] == "load") {
      const std::string all = "accepted " + std::to_string(command.input.size()) + " duplicates 0 variants 0";
      EXPECT_EQ(got, command.want.value_or(std::vector<std::string>{all}));
    }
  }

 private:
  store::EventStore& store() { return under_test_->store(); }

  static std::pair<std::string, std::string> pair_of(const std::string& word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) throw std::invalid_argument("no key=value: " + word);
    return {word.substr(0, equals), word.substr(equals + 1)};
  }

  // A value as a term: short names stand for what they name, in every dimension alike.
  static model::Term term(const std::string& key, const std::string& value) {
    const auto dimension = dimensions().find(key);
    if (dimension == dimensions().end()) throw std::invalid_argument("unknown key: " + key);
    return {dimension->second, value};
  }

  std::vector<std::string> load(const Command& command, const std::vector<std::string>& words) {
    std::uint8_t workspace = 1;
    if (words.size() > 1) workspace = static_cast<std::uint8_t>(std::stoi(pair_of(words[1]).second));
    std::vector<model::Event> events;
    for (const std::string& line : command.input) {
      const std::vector<std::string> parts = words_of(line);
      std::vector<model::Term> terms = {term("type", parts.at(2))};
      std::string record = parts[0];
      for (std::size_t i = 3; i < parts.size(); ++i) {
        const auto [key, value] = pair_of(parts[i]);
        if (key == "record") {
          record = value;
        } else {
          terms.push_back(term(key, value));
        }
      }
      events.push_back(make_event(parts[0], base::to_ms(time_of_day(parts.at(1), false)), terms, record));
    }
    const store::Unit unit = make_unit(account_, workspace, std::move(events));
    const auto outcomes = store().append({&unit, 1});
    if (!outcomes) return {outcomes.error().message()};
    const store::UnitOutcome& outcome = outcomes->front();
    return {"accepted " + std::to_string(outcome.accepted) + " duplicates " + std::to_string(outcome.duplicates) +
            " variants " + std::to_string(outcome.variants)};
  }

  std::vector<std::string> find(const std::vector<std::string>& words) {
    query_ = {};
    std::uint8_t workspace = 1;
    for (std::size_t i = 1; i < words.size(); ++i) {
      const auto [key, value] = pair_of(words[i]);
      if (key == "from")
        query_.from = time_of_day(value, false);
      else if (key == "to")
        query_.to = time_of_day(value, true);
      else if (key == "limit")
        query_.limit = static_cast<std::uint32_t>(std::stoul(value));
      else if (key == "order")
        query_.direction = value == "newest" ? model::Direction::kNewestFirst : model::Direction::kOldestFirst;
      else if (key == "workspace")
        workspace = static_cast<std::uint8_t>(std::stoi(value));
      else if (key == "sid")
        query_.sid = make_event(value, 0, {}).sid;
      else
        query_.terms.push_back(term(key, value));
    }
    query_.workspace = store().find_workspace(account_.number, workspace_sid(workspace)).value().number;
    return ask();
  }

  std::vector<std::string> next() {
    query_.horizon = horizon_;
    query_.after = last_;
    return ask();
  }

  std::vector<std::string> ask() {
    const auto page = store().list(query_);
    if (!page) return {page.error().message()};
    std::vector<std::string> out;
    for (const model::FoundEvent& event : page->events) out.push_back(event.record);
    if (page->more) out.emplace_back("more");
    horizon_ = page->horizon;
    if (!page->events.empty()) last_ = page->events.back().key;
    return out;
  }

  std::unique_ptr<StoreUnderTest> under_test_;
  const model::Account account_;
  model::EventQuery query_;
  model::Position horizon_ = model::kNoPosition;
  model::SortKey last_;
};

class ScriptTest : public ::testing::Test {
 public:
  ScriptTest(std::filesystem::path path, StoreKind kind) : path_(std::move(path)), kind_(std::move(kind)) {}

  void TestBody() override {
    const std::vector<Command> commands = read_script(path_);
    ASSERT_FALSE(commands.empty());
    Runner runner(kind_);
    for (const Command& command : commands) {
      SCOPED_TRACE(path_.string() + ":" + std::to_string(command.line_number) + ": " + command.line);
      runner.run(command);
    }
  }

 private:
  const std::filesystem::path path_;
  const StoreKind kind_;
};

void register_scripts(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".evt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    for (const StoreKind& kind : store_kinds()) {
      ::testing::RegisterTest("Script", (path.stem().string() + "/" + kind.name).c_str(), nullptr, nullptr, __FILE__,
                              __LINE__, [path, kind]() -> ::testing::Test* { return new ScriptTest(path, kind); });
    }
  }
}

}  // namespace
}  // namespace waybill::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  waybill::testing::register_scripts(WAYBILL_SCRIPTS);
  return RUN_ALL_TESTS();
}
