#include "transfer/json_elements.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace waybill::transfer {
namespace {

using Lines = std::vector<std::string>;

// All elements of a text, each with its line, and `!` if it is broken; an error ends them as its message.
Lines elements_of(const std::string& text, std::size_t piece) {
  JsonElements reader(bytes_of(text, piece));
  Lines out;
  for (;;) {
    const auto element = reader.next();
    if (!element) out.push_back(element.error().message());
    if (!element || !*element) return out;
    out.push_back(std::to_string(reader.line_number()) + (reader.is_broken() ? "! " : " ") + std::string(**element));
    EXPECT_EQ(reader.number(), out.size());
  }
}

void expect_elements(const std::string& text, const Lines& want) {
  for (const std::size_t piece : {1UL, 2UL, 7UL, 10'000UL}) EXPECT_EQ(elements_of(text, piece), want) << text << piece;
}

TEST(JsonElements, are_those_of_arrays_pages_and_values_behind_each_other) {
  const std::pair<std::string, Lines> cases[] = {
      {"", {}},
      {" \n", {}},
      {"[]", {}},
      {"[{\"a\":1},{\"b\":[2,{}]}]", {"1 {\"a\":1}", "1 {\"b\":[2,{}]}"}},
      {"[\n  {\n    \"a\": 1\n  },\n  {\"b\": 2}\n]\n", {"2 {     \"a\": 1   }", "5 {\"b\": 2}"}},
      {"[{\"a\":1}]\n[{\"b\":2}]", {"1 {\"a\":1}", "2 {\"b\":2}"}},
      {"{\"a\":\"]}\\\"\"}{\"b\":2}", {"1 {\"a\":\"]}\\\"\"}", "1 {\"b\":2}"}},
      {"{\"a\":1},\r\n{\"b\":2},\r\n", {"1 {\"a\":1}", "2 {\"b\":2}"}},
      {"{\"a\":1}\r{\"b\":2}\r", {"1 {\"a\":1}", "2 {\"b\":2}"}},
      {"\x1e{\"a\":1}\n\x1e{\"b\":2}\n", {"1 {\"a\":1}", "2 {\"b\":2}"}},
      {"[1, \"x\",null]", {"1 1", "1 \"x\"", "1 null"}},
      {"12", {"1 12"}},
      {"{\"meta\":{\"events\":[0]},\"events\":[{\"a\":1},{\"b\":2}]}", {"1 {\"a\":1}", "1 {\"b\":2}"}},
      {"{\"events\":[{\"a\":1}],\n\"meta\":{\"x\":[{}]}}\n{\"events\":[]}{\"events\":[{\"b\":2}]}",
       {"1 {\"a\":1}", "3 {\"b\":2}"}},
      {"[{\"meta\":{},\"events\":[{\"a\":1}]},{\"meta\":{},\"events\":[{\"b\":2}]}]", {"1 {\"a\":1}", "1 {\"b\":2}"}},
      // An event may have a member of that name.
      {"[{\"sid\":\"EV1\",\"events\":[{\"a\":1}]}]", {"1 {\"sid\":\"EV1\",\"events\":[{\"a\":1}]}"}},
      {"[{\"data\":{\"events\":[{\"a\":1}]}}]", {"1 {\"data\":{\"events\":[{\"a\":1}]}}"}},
  };
  for (const auto& [text, want] : cases) expect_elements(text, want);
}

TEST(JsonElements, one_that_is_broken_costs_itself_alone) {
  const std::pair<std::string, Lines> cases[] = {
      {"[{\"a\" 1},{\"b\":2}]", {"1! {\"a\" 1}", "1 {\"b\":2}"}},
      {"[{\"a\":1,,\"x\":[1}]},{\"b\":2}]", {"1! {\"a\":1,,\"x\":[1}]", "1! }", "1 {\"b\":2}"}},
      // No closing brace, no closing quote.
      {"[{\"a\":{\"x\":1},{\"b\":2}]", {"1! {\"a\":{\"x\":1}", "1 {\"b\":2}"}},
      {"[{\"a\":\"x},\n{\"b\":2}]", {"1! {\"a\":\"x}", "2 {\"b\":2}"}},
      {"[\n  {\n    \"a\": \"x\n  },\n  {\n    \"b\": 2\n  }\n]",
       {"2! {\n    \"a\": \"x\n  }", "5 {     \"b\": 2   }"}},
      {"[\n{\"a\":{},\n{\"b\":2}\n]", {"2! {\"a\":{}", "3 {\"b\":2}"}},
      {"[{\"a\":1}, nonsense here, {\"b\":2}]", {"1 {\"a\":1}", "1 nonsense", "1 here", "1 {\"b\":2}"}},
      {"{\"a\":1}\n]\n{\"b\":2}", {"1 {\"a\":1}", "2! ]", "3 {\"b\":2}"}},
      {"{\n \"a\": 1,\n{\n \"b\": 2\n}\n", {"1! {\n \"a\": 1", "3 {  \"b\": 2 }"}},
  };
  for (const auto& [text, want] : cases) expect_elements(text, want);
}

TEST(JsonElements, a_text_that_is_cut_off_is_told_from_one_that_ends) {
  const std::pair<std::string, Lines> cases[] = {
      {"[{\"a\":1},", {"1 {\"a\":1}", "the file ends inside an array, 1 events were read before: it was cut off"}},
      {"[{\"a\":1},{\"b\"", {"1 {\"a\":1}", "the file ends inside event 2, 1 events were read before: it was cut off"}},
      {"{\"events\":[{\"a\":1}",
       {"1 {\"a\":1}", "the file ends inside a page, 1 events were read before: it was cut off"}},
      {"{\"events\":[{\"a\":1}],\"m",
       {"1 {\"a\":1}", "the file ends inside a page, 1 events were read before: it was cut off"}},
      {"{\"events\":[{\"a\":1}]]", {"1 {\"a\":1}", "line 1: behind its events the page of event 1 is not valid JSON"}},
  };
  for (const auto& [text, want] : cases) expect_elements(text, want);
}

TEST(JsonElements, one_may_be_as_long_as_the_limit_and_no_longer) {
  const std::string longest = "\"" + std::string(JsonElements::kElementBytesMax - 2, 'x') + "\"";
  EXPECT_EQ(elements_of("[" + longest + ",1]", 65'536).size(), 2U);
  EXPECT_EQ(elements_of("[\n1,\"x" + longest.substr(1) + "]", 65'536).back(),
            "line 2: event 2 is longer than 16777216 bytes");
  EXPECT_EQ(elements_of("[\n1,\"xx" + longest.substr(1, longest.size() - 2), 65'536).back(),
            "line 2: event 2 is longer than 16777216 bytes");
}

TEST(JsonElements, many_are_read_with_the_memory_of_one) {
  // Gives an array of many elements that is nowhere as a whole.
  class Endless final : public ByteSource {
   public:
    base::Result<bool> read(std::string& out) override {
      longest_ = std::max(longest_, out.size());
      if (count_ == 20'000) return false;
      out += (count_ == 0 ? "[" : ",") + ("{\"a\":\"" + std::string(1'000, 'x') + "\"}");
      if (++count_ == 20'000) out += "]";
      return true;
    }
    [[nodiscard]] std::uint64_t file_bytes() const override { return longest_; }

   private:
    std::size_t count_ = 0;
    std::size_t longest_ = 0;
  };
  JsonElements reader(std::make_unique<Endless>());
  std::size_t count = 0;
  for (;;) {
    const auto element = reader.next();
    ASSERT_TRUE(element);
    if (!*element) break;
    ++count;
  }
  EXPECT_EQ(count, 20'000U);
  EXPECT_LT(reader.file_bytes(), 10'000U);
}

}  // namespace
}  // namespace waybill::transfer
