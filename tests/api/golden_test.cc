// Runs every case of cases/ in process and compares what comes with what the file says. README.md says what a case is.
//
//   api_golden_test [--answers FILE ROUTES]    writes every request and its answer to FILE, a JSON object a line, and
//                                              the methods and paths that there are to ROUTES, one a line
//   UPDATE_GOLDEN=1 api_golden_test            writes what comes into the files

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "api/answer_text.h"
#include "api/case_file.h"
#include "api/invariants.h"
#include "api/shorthand.h"
#include "api/world.h"
#include "base/bytes.h"
#include "base/strings.h"
#include "codec/json_writer.h"

namespace waybill::testing {
namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// Where every request and its answer is noted, if somebody wants to know.
std::ofstream& answers_file() {
  static std::ofstream file;
  return file;
}

std::chrono::milliseconds duration_of(const std::string& text) {
  constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {
      {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  for (const auto& [unit, ms] : kUnits) {
    if (text.substr(digits) == unit) return std::chrono::milliseconds(std::stoll(text.substr(0, digits)) * ms);
  }
  throw std::runtime_error("no duration: " + text);
}

http::Method method_of(const std::string& text) {
  using enum http::Method;
  for (const http::Method method : {kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions}) {
    if (http::to_text(method) == text) return method;
  }
  return kOther;
}

// The Authorization header of `as` and these words: nobody, admin, an account, a key, or user:password.
std::optional<std::string> authorization_of(const std::string& who) {
  if (who == "nobody") return std::nullopt;
  if (who == "admin") return "Bearer token-of-the-administrator";
  const std::size_t colon = who.find(':');
  const std::string user = expand_sids(who.substr(0, colon));
  const std::string secret = colon != std::string::npos ? who.substr(colon + 1)
                             : user.starts_with("SK")   ? "secret-of-" + who
                                                        : "token-of-" + who;
  return "Basic " + base::to_base64(user + ":" + secret);
}

// What a step that is a request says.
struct Ask {
  http::Request request;
  View view;
};

// Runs the steps of one case. What is wrong with the case itself is thrown.
class Runner {
 public:
  explicit Runner(std::string name) : name_(std::move(name)) {}

  // What came of a step, as the case file writes it; nothing if nothing can come of it.
  std::optional<std::vector<std::string>> run(const Step& step) {
    const std::vector<std::string> words = words_of(step.command);
    if (words[0] == "serve") return serve(words);
    if (words[0] == "load") return load(step, words);
    if (words.size() == 2 && words[0] == "advance") {
      world_.advance(duration_of(words[1]));
      return std::nullopt;
    }
    if (words.size() == 2 && words[0] == "disk") {
      world_.set_disk(words[1]);
      return std::nullopt;
    }
    if (step.command == "restore") {
      world_.restore();
      return std::nullopt;
    }
    return ask(ask_of(step, words));
  }

 private:
  std::optional<std::vector<std::string>> serve(const std::vector<std::string>& words) {
    std::map<std::string, std::string> flags;
    for (std::size_t i = 1; i + 1 < words.size(); i += 2) flags.emplace(words[i].substr(2), words[i + 1]);
    world_.serve(flags);
    return std::nullopt;
  }

  // Each line below `load WS~1 [as AC~2]` is an event: its sid, its time, and members; those that are not an event's
  // own are event_data's.
  std::optional<std::vector<std::string>> load(const Step& step, const std::vector<std::string>& words) {
    Ask ask;
    ask.request.method = http::Method::kPost;
    ask.request.path = "/v1/Workspaces/" + expand_sids(words.at(1)) + "/Events";
    ask.request.headers = {{"Host", "waybill.test"}, {"Content-Type", "application/x-ndjson"}};
    set_authorization(ask.request, words.size() == 4 ? words[3] : "AC~1");
    for (const std::string& line : step.details) ask.request.body += event_of(words_of(line)) + "\n";
    auto got = this->ask(ask);
    if (step.want) return got;
    const std::string all = "{\"accepted\":" + std::to_string(step.details.size()) + ",";
    if (got.at(0) != "201" || !got.at(1).starts_with(all)) throw std::runtime_error("not all was loaded: " + got.at(1));
    return std::nullopt;
  }

  static std::string event_of(const std::vector<std::string>& words) {
    constexpr std::string_view kOwn[] = {"source",           "actor_sid",    "actor_url",     "actor_type",
                                         "event_date",       "event_type",   "account_sid",   "description",
                                         "resource_sid",     "resource_url", "resource_type", "workspace_sid",
                                         "source_ip_address"};
    std::string out;
    std::string data;
    codec::JsonWriter event(out);
    codec::JsonWriter event_data(data);
    event.begin_object().member("sid", expand_sids(words.at(0)));
    const bool has_day = words.at(1).find('-') != std::string::npos;
    event.member("event_date", has_day ? words[1] : "2026-11-23T" + words[1] + "Z");
    event_data.begin_object();
    for (std::size_t i = 2; i < words.size(); ++i) {
      const std::size_t equals = words[i].find('=');
      const std::string name = words[i].substr(0, equals);
      const bool is_own = std::find(std::begin(kOwn), std::end(kOwn), name) != std::end(kOwn);
      (is_own ? event : event_data).member(name, expand_sids(words[i].substr(equals + 1)));
    }
    event_data.end_object();
    event.key("event_data").raw(data).end_object();
    return out;
  }

  static void set_authorization(http::Request& request, const std::string& who) {
    if (const auto header = authorization_of(who)) request.headers.push_back({"Authorization", *header});
  }

  Ask ask_of(const Step& step, const std::vector<std::string>& words) {
    Ask ask;
    ask.request.method = method_of(words[0]);
    const std::string target = target_of(filled_in(expand_sids(words.at(1))));
    const std::size_t question = std::min(target.find('?'), target.size());
    ask.request.path = target.substr(0, question);
    ask.request.query = target.substr(std::min(question + 1, target.size()));
    ask.request.peer_address = "127.0.0.1";
    std::string who = "AC~1";
    bool has_host = false;
    std::optional<std::string> body;
    for (const std::string& detail : step.details) {
      const std::vector<std::string> parts = words_of(detail);
      const std::size_t colon = detail.find(": ");
      if (detail.starts_with('|')) {
        body = (body ? *body + "\n" : "") + expand_sids(detail.substr(std::min<std::size_t>(2, detail.size())));
      } else if (parts[0] == "as") {
        who = filled_in(parts.at(1));
      } else if (parts[0] == "from") {
        ask.request.peer_address = parts.at(1);
      } else if (parts[0] == "show") {
        ask.view.add({parts.begin() + 1, parts.end()});
      } else if (colon != std::string::npos) {
        has_host = has_host || detail.starts_with("Host:");
        ask.request.headers.push_back({detail.substr(0, colon), detail.substr(colon + 2)});
      } else {
        throw std::runtime_error("what is '" + detail + "'?");
      }
    }
    ask.request.body = body.value_or("");
    if (!has_host) ask.request.headers.push_back({"Host", "waybill.test"});
    if (!ask.request.header("Authorization")) set_authorization(ask.request, who);
    return ask;
  }

  // `@next`, `@previous`, `@first` and `@url` are the URLs of the last list.
  [[nodiscard]] std::string target_of(const std::string& target) const {
    if (!target.starts_with('@')) return target;
    const std::size_t end = std::min(target.find_first_of("&?"), target.size());
    const std::string url = list_.url(target.substr(1, end - 1));
    return url.substr(url.find("/v1/")) + target.substr(end);
  }

  // {next_token} and {previous_token} are the tokens in the URLs of the last list; another name in braces is a member
  // of the last object that came.
  [[nodiscard]] std::string filled_in(std::string text) const {
    for (std::size_t at = 0; (at = text.find('{', at)) != std::string::npos;) {
      const std::size_t end = text.find('}', at);
      if (end == std::string::npos) return text;
      const std::string name = text.substr(at + 1, end - at - 1);
      const std::string value = name == "next_token"       ? token_in(list_.url("next"))
                                : name == "previous_token" ? token_in(list_.url("previous"))
                                                           : plain_member_of(object_, name);
      text.replace(at, end + 1 - at, value);
      at += value.size();
    }
    return text;
  }

  static std::string token_in(const std::string& url) {
    constexpr std::string_view kName = "PageToken=";
    const std::size_t at = url.find(kName);
    if (at == std::string::npos) throw std::runtime_error("no token in " + url);
    return url.substr(at + kName.size());
  }

  std::vector<std::string> ask(const Ask& ask) {
    const http::Response response = world_.ask(ask.request);
    check_invariants(ask.request, response);
    note(ask.request, response);
    if (auto list = ListAnswer::parse(response)) list_ = *std::move(list);
    if (response.status < 300) object_ = response.body;
    return ask.view.text_of(response);
  }

  void note(const http::Request& request, const http::Response& response) const {
    if (!answers_file().is_open()) return;
    std::string line;
    codec::JsonWriter out(line);
    out.begin_object()
        .member("case", name_)
        .member("method", http::to_text(request.method))
        .member("path", request.path);
    out.member("request_type", request.header("Content-Type").value_or("")).member("request_body", request.body);
    out.key("status").number(response.status);
    out.key("headers").begin_array();
    for (const http::Header& header : response.headers) {
      out.begin_array().text(header.name).text(header.value).end_array();
    }
    out.end_array().member("body", response.body).end_object();
    answers_file() << line << '\n';
  }

  const std::string name_;
  World world_;
  ListAnswer list_;
  std::string object_;
};

std::vector<std::filesystem::path> case_paths() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(WAYBILL_API_CASES)) {
    if (entry.path().extension() == ".http") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

using Path = std::filesystem::path;

class Golden : public ::testing::TestWithParam<Path> {};

TEST_P(Golden, what_comes_is_what_the_file_says) {
  const bool is_update = std::getenv("UPDATE_GOLDEN") != nullptr;  // NOLINT(concurrency-mt-unsafe)
  CaseFile file = read_case(GetParam());
  Runner runner(GetParam().stem().string());
  for (Step& step : file.steps) {
    SCOPED_TRACE(GetParam().string() + ":" + std::to_string(step.line_number) + ": " + step.command);
    const auto got = runner.run(step);
    if (is_update) {
      step.want = got;
    } else {
      EXPECT_EQ(step.want, got) << file.behaviour;
    }
  }
  if (is_update) write_case(GetParam(), file);
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, ::testing::ValuesIn(case_paths()),
                         [](const ::testing::TestParamInfo<Path>& each) { return each.param.stem().string(); });

}  // namespace
}  // namespace waybill::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (argc == 4 && std::string_view(argv[1]) == "--answers") {
    waybill::testing::answers_file().open(argv[2]);
    std::ofstream routes(argv[3]);
    for (const auto& route : waybill::api::Api::routes()) routes << route.method << ' ' << route.pattern << '\n';
  } else if (argc != 1) {
    std::cerr << "usage: api_golden_test [--answers FILE ROUTES]\n";
    return 2;
  }
  return RUN_ALL_TESTS();
}
