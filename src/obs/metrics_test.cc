#include "obs/metrics.h"

#include <limits>
#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace waybill::obs {
namespace {

TEST(Metrics, counts_in_series_that_their_labels_tell_apart) {
  Metrics metrics;
  const Counter read = metrics.counter("waybill_things_total", "Things.", {{"kind", "read"}});
  metrics.counter("waybill_things_total", "Things.", {{"kind", "written"}}).add(2);
  read.add();
  metrics.counter("waybill_things_total", "Things.", {{"kind", "read"}}).add(3);
  const std::string text = metrics.text();
  EXPECT_NE(text.find("# HELP waybill_things_total Things.\n# TYPE waybill_things_total counter\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("waybill_things_total{kind=\"read\"} 4\n"), std::string::npos) << text;
  EXPECT_NE(text.find("waybill_things_total{kind=\"written\"} 2\n"), std::string::npos) << text;
}

TEST(Metrics, a_histogram_counts_what_lies_at_or_below_each_bound) {
  Metrics metrics;
  const Histogram times = metrics.histogram("waybill_times_seconds", "Times.", {0.5, 2});
  for (const double value : {0.25, 0.5, 1.0, 4.0}) times.observe(value);
  const std::string text = metrics.text();
  for (const char* line : {"waybill_times_seconds_bucket{le=\"0.5\"} 2\n", "waybill_times_seconds_bucket{le=\"2\"} 3\n",
                           "waybill_times_seconds_bucket{le=\"+Inf\"} 4\n", "waybill_times_seconds_count 4\n",
                           "waybill_times_seconds_sum 5.75\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

TEST(Metrics, what_is_prepared_is_prepared_once_a_look) {
  Metrics metrics;
  int looks = 0;
  metrics.before_look([&] { ++looks; });
  for (const char* const name : {"waybill_a", "waybill_b"}) {
    metrics.gauge(name, "The look.", [&] { return static_cast<double>(looks); });
  }
  for (const char* const count : {"1", "2"}) {
    const std::string text = metrics.text();
    EXPECT_NE(text.find(std::string("waybill_a ") + count + "\n"), std::string::npos) << text;
    EXPECT_NE(text.find(std::string("waybill_b ") + count + "\n"), std::string::npos) << text;
  }
}

TEST(Metrics, help_and_labels_may_hold_anything) {
  Metrics metrics;
  metrics.counter("waybill_things_total", "A \\ and\na \" stand here.", {{"name", "a\\b\nc\"d"}}).add();
  EXPECT_EQ(metrics.text(),
            "# HELP waybill_things_total A \\\\ and\\na \" stand here.\n# TYPE waybill_things_total counter\n"
            "waybill_things_total{name=\"a\\\\b\\nc\\\"d\"} 1\n");
}

TEST(Metrics, values_are_written_so_that_they_can_be_read_back) {
  Metrics metrics;
  const struct {
    double value;
    const char* text;
  } cases[] = {{0, "0"},
               {1'000'000, "1000000"},
               {1'798'761'600'123, "1798761600123"},
               {0.0001, "0.0001"},
               {-2.5, "-2.5"},
               {std::numeric_limits<double>::infinity(), "+Inf"},
               {-std::numeric_limits<double>::infinity(), "-Inf"},
               {std::numeric_limits<double>::quiet_NaN(), "NaN"}};
  double value = 0;
  metrics.gauge("waybill_level", "A level.", [&] { return value; });
  for (const auto& c : cases) {
    value = c.value;
    EXPECT_TRUE(metrics.text().ends_with(std::string("\nwaybill_level ") + c.text + "\n")) << metrics.text();
  }
}

TEST(Metrics, a_metric_that_is_given_in_parts_is_named_once) {
  Metrics metrics;
  metrics.counter("waybill_things_total", "Things.", {{"kind", "a"}}).add();
  metrics.counters("waybill_things_total", "Things.",
                   [] { return std::vector<std::pair<Labels, double>>{{{{"kind", "b"}}, 2}}; });
  EXPECT_EQ(metrics.text(),
            "# HELP waybill_things_total Things.\n# TYPE waybill_things_total counter\n"
            "waybill_things_total{kind=\"a\"} 1\nwaybill_things_total{kind=\"b\"} 2\n");
}

TEST(Metrics, a_gauge_is_read_whenever_somebody_looks) {
  Metrics metrics;
  double value = 1;
  metrics.gauge("waybill_level", "A level.", [&] { return value; });
  EXPECT_NE(metrics.text().find("waybill_level 1\n"), std::string::npos);
  value = 7;
  EXPECT_NE(metrics.text().find("waybill_level 7\n"), std::string::npos);
}

TEST(Metrics, a_series_that_is_gone_is_shown_no_more) {
  Metrics metrics;
  std::vector<std::pair<Labels, double>> levels = {{{{"of", "a"}}, 1}, {{{"of", "b"}}, 2}};
  metrics.gauges("waybill_level", "Levels.", [&] { return levels; });
  EXPECT_NE(metrics.text().find("waybill_level{of=\"b\"} 2\n"), std::string::npos);
  levels.pop_back();
  const std::string text = metrics.text();
  EXPECT_NE(text.find("waybill_level{of=\"a\"} 1\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("of=\"b\""), std::string::npos) << text;
}

TEST(Metrics, gauges_that_were_forgotten_are_asked_for_nothing) {
  Metrics metrics;
  auto level = std::make_unique<double>(1);
  metrics.gauge("waybill_level", "A level.", [&] { return *level; });
  metrics.counter("waybill_things_total", "Things.").add();
  metrics.forget_gauges();
  level.reset();
  const std::string text = metrics.text();
  EXPECT_EQ(text.find("waybill_level"), std::string::npos) << text;
  EXPECT_NE(text.find("waybill_things_total 1\n"), std::string::npos) << text;
}

TEST(Metrics, what_was_made_by_default_says_nothing) {
  Counter().add();
  Histogram().observe(1);
}

}  // namespace
}  // namespace waybill::obs
