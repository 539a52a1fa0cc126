#include "cli/known_spans.h"

#include <gtest/gtest.h>

namespace waybill::cli {
namespace {

base::WallTime at(std::int64_t seconds) { return base::from_ms(seconds * 1000); }

KnownWorkspace known(std::vector<KnownSpan> spans) {
  return {"AC1", "WS1", at(1'000), std::nullopt, std::nullopt, std::move(spans)};
}

TEST(KnownSpans, prints_the_one_command_that_closes_what_is_open) {
  const struct {
    std::string name;
    KnownWorkspace known;
    std::string want;
  } cases[] = {
      {"all open spans together",
       known({{at(0), at(9), "open", "x"}, {at(10), at(19), "proven", "y"}, {at(20), at(29), "open", "z"}}),
       "This closes what is open:\n  waybill backfill --from 'http://a b' --workspace WS1 --since 1970-01-01T00:00:00Z "
       "--until 1970-01-01T00:00:29Z --url u\n"},
      {"not what has not settled yet", known({{at(900), at(2'000), "open", "x"}}),
       "--since 1970-01-01T00:15:00Z --until 1970-01-01T00:16:40Z --url u\n"},
      {"claims, where nothing is open",
       known({{at(0), at(9), "claimed", "callback"}, {at(1'001), at(2'000), "open", "x"}}),
       "This proves what is claimed:\n  waybill backfill --from 'http://a b' --workspace WS1 --since "
       "1970-01-01T00:00:00Z --until 1970-01-01T00:00:09Z --url u\n"},
      {"all proven", known({{at(0), at(1'000), "proven", "y"}}), "All that has settled is proven.\n"},
      {"nothing known", known({}), "Complete through: nothing is proven yet.\nNo pull, no feed and no gap is known.\n"},
  };
  for (const auto& c : cases) {
    const std::string text = to_text(c.known, "http://a b", "--url u");
    EXPECT_TRUE(text.ends_with(c.want)) << c.name << "\n" << text;
  }
}

TEST(KnownSpans, shows_the_mark_and_each_span) {
  KnownWorkspace one = known({{at(0), at(4), "proven", "https://up"}, {at(5), at(9), "proven", "https://up"}});
  one.complete_from = at(0);
  one.complete_through = at(9);
  EXPECT_EQ(to_text(one, "u", "p"),
            "WS1 of AC1\n"
            "Complete through 1970-01-01T00:00:09.000Z, from 1970-01-01T00:00:00.000Z on.\n"
            "STATE   FROM                      TO                        BY\n"
            "proven  1970-01-01T00:00:00.000Z  1970-01-01T00:00:09.000Z  https://up\n"
            "All that has settled is proven.\n");
}

}  // namespace
}  // namespace waybill::cli
