#include "webhook/example_event.h"

#include <gtest/gtest.h>

#include "webhook/callback_form.h"
#include "webhook/cloud_event.h"

namespace waybill::webhook {
namespace {

ExampleEvent example(const std::string& type) {
  return {.account_sid = "AC" + std::string(32, '1'),
          .workspace_sid = "WS" + std::string(32, '2'),
          .sid = "EV" + std::string(32, '3'),
          .type = type,
          .time = base::from_ms(1'795'428'009'123),
          .hex_part = std::string(32, '4')};
}

TEST(ExampleEvent, is_taken_as_a_form_and_as_a_stream) {
  const codec::Arrival arrival{"AC" + std::string(32, '1'), "WS" + std::string(32, '2'),
                               [] { return model::EventSid(model::SidBytes{}); }};
  for (const char* type :
       {"task.created", "reservation.accepted", "worker.activity.update", "task-queue.entered", "workspace.created",
        "workflow.target-matched", "activity.created", "task-channel.created"}) {
    const ExampleEvent event = example(type);
    EXPECT_TRUE(decode_callback(example_form(event), arrival, model::Limits())) << type;
    const auto batch = decode_stream(example_stream(std::vector{event, event}), model::Limits());
    ASSERT_TRUE(batch) << type;
    EXPECT_TRUE(batch->bad.empty());
    ASSERT_EQ(batch->events.size(), 2U);
    EXPECT_EQ(batch->events[0].workspace_sid, event.workspace_sid);
    EXPECT_TRUE(batch->events[0].event.build(arrival, model::Limits())) << type;
  }
}

TEST(ExampleEvent, has_the_sid_of_its_resource) {
  EXPECT_EQ(find_parameter(example_form(example("task-queue.entered")), "TaskQueueSid"), "WQ" + std::string(32, '4'));
  EXPECT_EQ(find_parameter(example_form(example("reservation.created")), "ReservationSid"),
            "WR" + std::string(32, '4'));
  EXPECT_EQ(find_parameter(example_form(example("workspace.created")), "ResourceSid"), "WS" + std::string(32, '2'));
}

}  // namespace
}  // namespace waybill::webhook
