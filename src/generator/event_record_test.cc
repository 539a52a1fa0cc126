// Generated events in the form in which they are stored.

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "codec/event_json.h"
#include "codec/record.h"
#include "generator/event_stream.h"
#include "generator/event_type.h"
#include "generator/settings.h"
#include "model/record_parts.h"

namespace waybill::generator {
namespace {

TEST(EventRecords, every_type_comes_back_as_it_was_written_and_is_small) {
  // Not those that the dictionary was trained on.
  for (const std::uint64_t seed : {1, 777}) {
    SCOPED_TRACE(seed);
    EventStream stream(Settings{.seed = seed, .events = 20'000, .start = base::from_ms(1'795'428'005'412)});
    const codec::Arrival arrival{stream.account_sid(), stream.workspace_sid(), nullptr};
    std::set<std::string> types;
    std::size_t events = 0;
    std::size_t body_bytes = 0;
    for (std::string line; stream.next(line); ++events) {
      const auto decoded = codec::decode_batch(line, codec::BatchForm::kJson, arrival, {});
      ASSERT_TRUE(decoded) << decoded.error().message();
      const model::Event& event = decoded->front();
      std::string shown;
      ASSERT_TRUE(
          codec::append_shown(shown, event.record, "https://taskrouter.twilio.com", codec::TaskAttributes::kShown));
      ASSERT_EQ(shown, line);
      const auto found = codec::describe_record(event.record);
      ASSERT_TRUE(found) << found.error().message();
      ASSERT_EQ(found->sid, event.sid);
      ASSERT_EQ(found->terms, event.terms);
      for (const model::TermView term : event.terms) {
        if (term.dimension == model::Dimension::kEventType) types.emplace(term.value);
      }
      body_bytes += model::split_record(event.record)->body.size();
    }
    EXPECT_EQ(types.size(), kEventTypeCount);
    EXPECT_LE(body_bytes / events, 80U);
  }
}

}  // namespace
}  // namespace waybill::generator
