#include "app/settings.h"

#include <cctype>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace waybill::app {
namespace {

using Values = std::map<std::string, std::string>;

// Everything that a setting can change, so that a test sees what changed and what did not.
std::string shown(const Settings& s) {
  const auto redact = s.api.events.redact_after;
  const http::ServerLimits& limits = s.http.limits;
  const std::string bounds =
      fmt::format(" limits={}/{}/{}/{}/{} times={}/{}/{}/{}/{} heavy={}/{} guess={}/{} stop={}/{} tls={}/{}/{} user={}",
                  limits.connections_per_address_max, limits.target_bytes_max, limits.header_bytes_max,
                  limits.bodies_bytes_max, limits.answers_bytes_max, limits.idle_time_max.count(),
                  limits.header_time_max.count(), limits.body_time_max.count(), limits.request_time_max.count(),
                  limits.write_time_max.count(), s.api.heavy_reads.in_all, s.api.heavy_reads.of_account,
                  s.api.guesses.free, s.api.guesses.delay_max.count(), s.stop_delay.count(), s.stop_time_max.count(),
                  s.tls_certificate.string(), s.tls_key.string(), s.tls_self_signed, s.user);
  return fmt::format(
             "data={} host={} port={} public={} proxies={} redact={} settling={} rate={} demo={} sid={} token={} "
             "form={} "
             "level={} "
             "store_threads={} connections={} body={} batch={} event={} nesting={} cache={} queued={}",
             s.data.string(), s.http.host, s.http.port, s.api.public_base.public_url,
             s.api.public_base.trusted_proxies.size(), redact ? std::to_string(redact->count()) : "never",
             s.api.settling / std::chrono::seconds(1), s.api.rate_limit_per_second, s.demo, s.account_sid, s.auth_token,
             s.log_form == obs::LogForm::kText ? "text" : "json", static_cast<int>(s.log_level), s.api.store_threads,
             s.http.limits.connections_max, s.http.limits.body_bytes_max, s.api.limits.batch_events_max,
             s.api.limits.event_bytes_max, s.api.limits.nesting_max, s.api.events.cache_bytes,
             s.event_log.queued_bytes_max) +
         bounds;
}

std::string shown(const base::Result<Settings>& settings) {
  return settings ? shown(*settings) : settings.error().message();
}

// Standard error is no terminal's business here.
Values with_form(Values flags) {
  flags.emplace("log-format", "json");
  return flags;
}

base::Result<Settings> resolve(Values flags, Values environment = {}, const Values& file = {}) {
  return resolve_settings(with_form(std::move(flags)), Environment(std::move(environment)), file);
}

constexpr std::string_view kDefaults =
    "data=data host=127.0.0.1 port=8080 public= proxies=0 redact=43200 settling=3600 rate=10000 demo=false sid= token= "
    "form=json "
    "level=1 store_threads=5 connections=10000 body=16777216 batch=10000 event=262144 nesting=32 "
    "cache=67108864 queued=134217728 limits=1000/8192/32768/536870912/268435456 times=75000/15000/60000/60000/60000 "
    "heavy=1000/500 guess=10/60000 stop=0/10000 tls=//false user=";

// The defaults, but for one of them.
std::string defaults_with(std::string_view old_value, std::string_view new_value) {
  std::string out(kDefaults);
  if (!old_value.empty()) out.replace(out.find(old_value), old_value.size(), new_value);
  return out;
}

TEST(Settings, without_any_are_the_documented_defaults) {
  EXPECT_EQ(shown(resolve({})), kDefaults);
  EXPECT_GE(resolve({})->http.threads, 1U);
}

TEST(Settings, the_default_that_help_shows_is_the_default) {
  for (const SettingInfo& info : settings_table()) {
    SCOPED_TRACE(info.name);
    EXPECT_FALSE(info.help.empty());
    EXPECT_EQ(info.value_name.empty(), info.default_text == "false") << "a switch has no value";
    if (info.default_text.find(' ') != std::string::npos || info.default_text == "none") continue;  // a description
    if (info.name == "log-format") continue;  // follows the terminal
    EXPECT_EQ(shown(resolve({{info.name, info.default_text}})), kDefaults);
  }
}

struct Case {
  const char* name;
  const char* value;
  std::string_view was;  // in kDefaults …
  std::string_view is;   // … and what stands there instead
};

TEST(Settings, each_is_read) {
  const Case cases[] = {
      {"data", "/var/lib/way bill", "data=data", "data=/var/lib/way bill"},
      {"listen", "0.0.0.0:80", "host=127.0.0.1 port=8080", "host=0.0.0.0 port=80"},
      {"listen", "localhost:0", "host=127.0.0.1 port=8080", "host=localhost port=0"},
      {"listen", "[::1]:65535", "host=127.0.0.1 port=8080", "host=::1 port=65535"},
      {"listen", "::1:80", "host=127.0.0.1 port=8080", "host=::1 port=80"},
      {"public-url", "https://events.example", "public=", "public=https://events.example"},
      {"public-url", "https://events.example/", "public=", "public=https://events.example"},
      {"public-url", "http://[::1]:8080/way/bill//", "public=", "public=http://[::1]:8080/way/bill"},
      {"trusted-proxy", "10.0.0.1", "proxies=0", "proxies=1"},
      {"trusted-proxy", " 10.0.0.0/8 , ::1,192.0.2.7, ", "proxies=0", "proxies=3"},
      {"trusted-proxy", "", "", ""},
      {"redact-after", "0", "redact=43200", "redact=0"},
      {"redact-after", "90m", "redact=43200", "redact=90"},
      {"redact-after", "12h", "redact=43200", "redact=720"},
      {"redact-after", "30d", "", ""},
      {"redact-after", "never", "redact=43200", "redact=never"},
      {"redact-after", "2147483647m", "redact=43200", "redact=2147483647"},
      {"redact-after", "2w", "redact=43200", "redact=20160"},
      {"redact-after", "1y", "redact=43200", "redact=525600"},
      {"redact-after", "1491308d", "redact=43200", "redact=2147483520"},
      {"settling-time", "0", "settling=3600", "settling=0"},
      {"settling-time", "365d", "settling=3600", "settling=31536000"},
      {"rate-limit", "0", "rate=10000", "rate=0"},
      {"rate-limit", "1000000000", "rate=10000", "rate=1000000000"},
      {"demo", "true", "demo=false", "demo=true"},
      {"demo", "false", "", ""},
      {"account-sid", "AC0123456789abcdef0123456789ABCDEF", "sid=", "sid=AC0123456789abcdef0123456789ABCDEF"},
      {"auth-token", "0123456789abcdef", "token=", "token=0123456789abcdef"},
      {"log-format", "text", "form=json", "form=text"},
      {"log-level", "debug", "level=1", "level=0"},
      {"log-level", "error", "level=1", "level=3"},
      {"store-threads", "1", "store_threads=5", "store_threads=1"},
      {"connections-max", "1", "connections=10000", "connections=1"},
      {"connections-per-address-max", "7", "limits=1000/", "limits=7/"},
      {"target-bytes-max", "100", "/8192/", "/100/"},
      {"header-bytes-max", "1000", "/32768/", "/1000/"},
      {"bodies-bytes-max", "2097152", "/536870912", "/2097152"},
      {"answers-bytes-max", "1048576", "/268435456 ", "/1048576 "},
      {"idle-time-max", "5s", "times=75000/", "times=5000/"},
      {"header-time-max", "500ms", "/15000/60000", "/500/60000"},
      {"body-time-max", "2m", "/15000/60000", "/15000/120000"},
      {"request-time-max", "1h", "/15000/60000/60000", "/15000/60000/3600000"},
      {"write-time-max", "24h", "/60000 heavy", "/86400000 heavy"},
      {"guesses-max", "3", "guess=10/", "guess=3/"},
      {"guess-delay-max", "3s", "/60000 stop", "/3000 stop"},
      {"stop-delay", "3s", "stop=0/", "stop=3000/"},
      {"stop-time-max", "2m", "/10000 tls", "/120000 tls"},
      {"stop-time-max", "0", "/10000 tls", "/0 tls"},
      {"tls-certificate", "c.pem", "tls=/", "tls=c.pem/"},
      {"tls-key", "k.pem", "//false", "/k.pem/false"},
      {"tls-self-signed", "true", "//false", "//true"},
      {"user", "waybill", "user=", "user=waybill"},
      {"heavy-reads-max", "3", "heavy=1000/", "heavy=3/"},
      {"heavy-reads-per-account-max", "4", "/500 guess", "/4 guess"},
      {"body-bytes-max", "1", "body=16777216", "body=1"},
      {"body-bytes-max", "1073741824", "body=16777216", "body=1073741824"},
      {"batch-events-max", "1000000", "batch=10000", "batch=1000000"},
      {"event-bytes-max", "1", "event=262144", "event=1"},
      {"nesting-max", "2", "nesting=32", "nesting=2"},
      {"nesting-max", "1000", "nesting=32", "nesting=1000"},
      {"cache-bytes", "0", "cache=67108864", "cache=0"},
      {"queued-bytes-max", "1", "queued=134217728", "queued=1"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(shown(resolve({{c.name, c.value}})), defaults_with(c.was, c.is)) << c.name << "=" << c.value;
  }
  EXPECT_EQ(resolve({{"http-threads", "3"}})->http.threads, 3U);
}

struct Refused {
  const char* name;
  std::vector<std::string> values;
  std::string_view rule;
};

TEST(Settings, a_bad_value_is_refused_with_its_name_and_the_rule) {
  const Refused cases[] = {
      {"listen",
       {"", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1"},
       "must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:0"},
      {"public-url",
       {"https://h?a=b", "https://h/x?", "https://h#x", "https://h/x#"},
       "must not have a query or a fragment"},
      {"trusted-proxy", {"localhost", "10.0.0.0/33", "10.0.0.1,x"}, "is no address and no range such as 10.0.0.0/8"},
      {"redact-after",
       {"", "x", "-1", "1s", "30 d", "1.5h", "m", "2147483648m", "1491309d", "Never", "99999999999999999999"},
       "must be a number with m, h, d, w or y, such as 30d, or never"},
      {"redact-after", {"43200"}, "needs a unit; did you mean 43200d?"},
      {"retain", {"365"}, "needs a unit; did you mean 365d?"},
      {"settling-time", {"60"}, "needs a unit; did you mean 60d?"},
      {"forward-for", {"24"}, "needs a unit; did you mean 24d?"},
      {"upstream-look-back", {"30"}, "needs a unit; did you mean 30s or 30d?"},
      {"idle-time-max", {"75"}, "needs a unit; did you mean 75s?"},
      {"stop-time-max", {"10"}, "needs a unit; did you mean 10s?"},
      {"settling-time", {"never", "366d"}, "must be no longer than 365d"},
      {"rate-limit", {"", "-1", "1000000001", "x", "1.5"}, "must be a whole number from 0 to 1000000000"},
      {"demo", {"", "yes", "1", "True"}, "must be true or false"},
      {"account-sid", {"", "x", "SK0123456789abcdef0123456789abcdef"}, "must match ^AC[0-9a-fA-F]{32}$"},
      {"log-format", {"", "xml", "JSON"}, "must be auto, text or json"},
      {"log-level", {"", "warn", "INFO"}, "must be debug, info, warning or error"},
      {"http-threads", {"0", "1025", ""}, "must be a whole number from 1 to 1024"},
      {"store-threads", {"0", "1025", "-1"}, "must be a whole number from 1 to 1024"},
      {"connections-max", {"0", "1000001"}, "must be a whole number from 1 to 1000000"},
      {"body-bytes-max", {"0", "1073741825", "16M"}, "must be a whole number from 1 to 1073741824"},
      {"batch-events-max", {"0", "1000001"}, "must be a whole number from 1 to 1000000"},
      {"event-bytes-max", {"0", "268435457"}, "must be a whole number from 1 to 268435456"},
      {"nesting-max", {"1", "1001"}, "must be a whole number from 2 to 1000"},
      {"cache-bytes", {"-1", "68719476737", "64M"}, "must be a whole number from 0 to 68719476736"},
      {"queued-bytes-max", {"0", "68719476737"}, "must be a whole number from 1 to 68719476736"},
      {"unsealed-bytes-max", {"1048575", "256M"}, "must be a whole number from 1048576 to 68719476736"},
  };
  for (const Refused& c : cases) {
    for (const std::string& value : c.values) {
      SCOPED_TRACE(std::string(c.name) + "=" + value);
      Values flags = {{"log-format", "json"}};
      flags[c.name] = value;
      const auto settings = resolve(flags);
      ASSERT_FALSE(settings);
      EXPECT_EQ(settings.error().code(), base::ErrorCode::kInvalidArgument);
      const std::string& message = settings.error().message();
      EXPECT_EQ(message.find(fmt::format("--{}: '{}': ", c.name, value)), 0U) << message;
      EXPECT_TRUE(message.ends_with(c.rule)) << message;
    }
  }
  for (const char* const value : {"", "x", "ftp://h", "https://", "h.example", "https://a b", "https://user:pw@h"}) {
    EXPECT_FALSE(resolve({{"public-url", value}})) << value;
  }
}

TEST(Settings, a_secret_is_never_repeated) {
  const auto refused = resolve({}, {{"WAYBILL_AUTH_TOKEN", "too-short"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), "WAYBILL_AUTH_TOKEN: (secret): must have 16 to 256 characters");
  EXPECT_FALSE(resolve({}, {{"WAYBILL_AUTH_TOKEN", std::string(257, 'x')}}));
  EXPECT_TRUE(resolve({}, {{"WAYBILL_AUTH_TOKEN", std::string(256, 'x')}}));
  EXPECT_FALSE(resolve({}, {{"WAYBILL_AUTH_TOKEN", std::string(15, 'x')}}));
}

TEST(Settings, white_space_around_a_secret_is_no_part_of_it) {
  const auto settings =
      resolve({},
              {{"WAYBILL_AUTH_TOKEN", " 0123456789abcdef\n"},
               {"WAYBILL_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef\r\n"}},
              {{"webhook-auth-tokens", "one that is long , AC0123456789abcdef0123456789abcdef : two that is long\n"}});
  ASSERT_TRUE(settings) << settings.error().message();
  EXPECT_EQ(settings->auth_token, "0123456789abcdef");
  EXPECT_EQ(settings->account_sid, "AC0123456789abcdef0123456789abcdef");
  ASSERT_EQ(settings->api.webhooks.tokens.size(), 2U);
  EXPECT_EQ(settings->api.webhooks.tokens[0].token, "one that is long");
  EXPECT_EQ(settings->api.webhooks.tokens[1].token, "two that is long");
  EXPECT_EQ(settings->api.webhooks.tokens[1].account_sid, "AC0123456789abcdef0123456789abcdef");
  EXPECT_FALSE(resolve({}, {{"WAYBILL_AUTH_TOKEN", "0123456789abcde "}})) << "15 characters and a blank";
  EXPECT_FALSE(resolve({}, {}, {{"webhook-auth-tokens", "0123456789abcde "}})) << "15 characters and a blank";
}

TEST(Settings, a_receiver_may_have_a_password_but_not_on_the_command_line) {
  const char* const url = "https://hook:pw-marker@crm.example.com/x?to=a@b";
  for (const auto& settings : {resolve({}, {{"WAYBILL_FORWARD", url}}), resolve({}, {}, {{"forward", url}})}) {
    ASSERT_TRUE(settings) << settings.error().message();
    ASSERT_EQ(settings->relay.receivers.size(), 1U);
    EXPECT_EQ(settings->relay.receivers[0].url, "https://crm.example.com/x?to=a@b");
    EXPECT_EQ(settings->relay.receivers[0].credentials, "hook:pw-marker");
  }
  const base::Result<Settings> refused[] = {
      resolve({{"forward", url}}),
      resolve({{"forward", "https://x/,https://hook:pw-marker@y"}}),
      resolve({}, {{"WAYBILL_FORWARD", "https://hook:pw-marker@"}}),
      resolve({}, {{"WAYBILL_FORWARD", "https://pw-marker@x/"}}),
      resolve({}, {{"WAYBILL_FORWARD", "https://hook:pw-marker@x/#f"}}),
      resolve({}, {{"WAYBILL_FORWARD", std::string(url) + "," + url}}),
  };
  for (const auto& settings : refused) {
    ASSERT_FALSE(settings);
    EXPECT_EQ(settings.error().message().find("pw-marker"), std::string::npos) << settings.error().message();
  }
  EXPECT_TRUE(resolve({{"forward", "https://crm.example.com/x?to=a@b"}}));
}

TEST(Settings, a_flag_wins_over_a_variable_over_the_file) {
  const Values flags = {{"nesting-max", "10"}};
  const Values variables = {{"WAYBILL_NESTING_MAX", "20"}};
  const Values file = {{"nesting-max", "30"}};
  const auto nesting = [](const base::Result<Settings>& settings) { return settings->api.limits.nesting_max; };
  EXPECT_EQ(nesting(resolve(flags, variables, file)), 10U);
  EXPECT_EQ(nesting(resolve({}, variables, file)), 20U);
  EXPECT_EQ(nesting(resolve({}, {}, file)), 30U);
  EXPECT_EQ(nesting(resolve({}, {{"WAYBILL_NESTING_MAX", ""}}, file)), 30U) << "an empty variable counts as unset";
}

TEST(Settings, a_bad_value_is_said_to_come_from_where_it_came) {
  EXPECT_EQ(shown(resolve({{"demo", "x"}})), "--demo: 'x': must be true or false");
  EXPECT_EQ(shown(resolve({}, {{"WAYBILL_DEMO", "x"}})), "WAYBILL_DEMO: 'x': must be true or false");
  EXPECT_EQ(shown(resolve({}, {}, {{"demo", "x"}})), "demo in the settings file: 'x': must be true or false");
  EXPECT_EQ(shown(resolve({{"demo", "true"}}, {{"WAYBILL_DEMO", "x"}})), defaults_with("demo=false", "demo=true"))
      << "what is not taken is not judged";
}

TEST(Settings, a_variable_that_is_no_setting_is_told_with_the_nearest) {
  const auto told = [](const Values& variables) { return unknown_variables(Environment(variables)); };
  using Sentences = std::vector<std::string>;
  EXPECT_EQ(told({{"WAYBILL_LISTN", "x"}}),
            Sentences{"the environment variable WAYBILL_LISTN is no setting; did you mean WAYBILL_LISTEN?"});
  EXPECT_EQ(told({{"WAYBILL_PUBLIC_URI", "x"}}),
            Sentences{"the environment variable WAYBILL_PUBLIC_URI is no setting; did you mean WAYBILL_PUBLIC_URL?"});
  EXPECT_EQ(told({{"WAYBILL_", "x"}, {"WAYBILL_RETAINS", "1d"}}).size(), 2U);
  EXPECT_EQ(told({{"WAYBILL_PORT", "8080"}}).size(), 1U) << "no address: somebody means to set a port";
  for (const char* const name : {"WAYBILL_SERVICE_PORTS", "WAYBILL_PORT_TCP", "WAYBILL_PORT_80_TCPX",
                                 "WAYBILL_PORT_80_TCP_HOST", "WAYBILL_SERVICE_HOSTS", "WAYBILL_PORT_80"}) {
    EXPECT_EQ(told({{name, "1"}}).size(), 1U) << name;
  }
  EXPECT_EQ(shown(resolve({}, {{"WAYBILL_LISTN", "x"}})), kDefaults) << "it is no reason to end";
  for (const std::string& name : other_environment_names()) EXPECT_EQ(told({{name, "7"}}), Sentences{}) << name;
  EXPECT_EQ(told({{"PATH", "x"}, {"waybill_listn", "x"}, {"XWAYBILL_LISTN", "x"}, {"WAYBILL_LISTEN", "x"}}),
            Sentences{});
}

TEST(Settings, what_kubernetes_sets_beside_a_service_is_passed_over) {
  const Values pod = {{"WAYBILL_PORT", "tcp://10.96.0.12:8080"},
                      {"WAYBILL_SERVICE_HOST", "10.96.0.12"},
                      {"WAYBILL_SERVICE_PORT", "8080"},
                      {"WAYBILL_SERVICE_PORT_HTTP", "8080"},
                      {"WAYBILL_PORT_8080_TCP", "tcp://10.96.0.12:8080"},
                      {"WAYBILL_PORT_8080_TCP_PROTO", "tcp"},
                      {"WAYBILL_PORT_8080_TCP_PORT", "8080"},
                      {"WAYBILL_PORT_8080_TCP_ADDR", "10.96.0.12"},
                      {"WAYBILL_PORT_53_UDP", "udp://10.96.0.12:53"},
                      {"WAYBILL_METRICS_PORT", "tcp://10.96.0.13:9090"},
                      {"WAYBILL_METRICS_SERVICE_HOST", "10.96.0.13"},
                      {"WAYBILL_METRICS_PORT_9090_TCP_ADDR", "10.96.0.13"}};
  EXPECT_EQ(unknown_variables(Environment(pod)), std::vector<std::string>());
  EXPECT_EQ(shown(resolve({}, pod)), kDefaults);
}

TEST(Settings, a_test_may_have_a_store_of_few_rows) {
  const auto settings = resolve({}, {{"WAYBILL_TEST_SEAL_ROWS", "100"}});
  ASSERT_TRUE(settings.has_value()) << settings.error().message();
  EXPECT_EQ(settings->store.seal_rows, 100U);
  EXPECT_EQ(settings->store.tail_rows_max, 800U);
  EXPECT_EQ(settings->store.segment_rows_max, 800U);
  EXPECT_EQ(settings->store.block_bits, 6U);
  EXPECT_EQ(shown(resolve({}, {{"WAYBILL_TEST_SEAL_ROWS", "x"}})),
            "WAYBILL_TEST_SEAL_ROWS: 'x': must be a whole number from 1 to 1000000");
}

TEST(Settings, sealing_begins_before_writes_wait_for_it) {
  const auto defaults = resolve({}, {});
  EXPECT_EQ(defaults->store.tail_bytes_max, 256U << 20U);
  EXPECT_EQ(defaults->store.seal_bytes, 96U << 20U);
  const auto settings = resolve({{"unsealed-bytes-max", "8388608"}}, {});
  EXPECT_EQ(settings->store.tail_bytes_max, 8U << 20U);
  EXPECT_EQ(settings->store.seal_bytes, 3U << 20U);
}

TEST(Settings, what_is_kept_aside_has_an_age_with_its_unit) {
  EXPECT_EQ(resolve({}, {})->store.rejects_for, std::chrono::days(30));
  EXPECT_EQ(resolve({{"rejects-for", "12h"}}, {})->store.rejects_for, std::chrono::hours(12));
  EXPECT_FALSE(resolve({{"rejects-for", "never"}}, {})->store.rejects_for);
  const auto bare = resolve({{"rejects-for", "30"}}, {});
  ASSERT_FALSE(bare);
  EXPECT_EQ(bare.error().message(), "--rejects-for: '30': needs a unit: 30m, 30h or 30d");
  EXPECT_FALSE(resolve({{"rejects-for", "0m"}}, {}));
}

TEST(Settings, a_test_may_have_room_to_keep_few_elements_aside) {
  EXPECT_EQ(resolve({}, {{"WAYBILL_TEST_REJECTS_MAX", "2"}})->store.reject_limits.count, 2U);
}

TEST(Settings, a_test_may_have_the_process_end_at_a_step) {
  const auto settings = resolve({}, {{"WAYBILL_TEST_KILL_AT", "trim:2"}});
  ASSERT_TRUE(settings.has_value()) << settings.error().message();
  ASSERT_TRUE(settings->store.at_step);
  settings->store.at_step("trim");
  settings->store.at_step("install.committed");
  EXPECT_EXIT(settings->store.at_step("trim"), testing::KilledBySignal(SIGKILL), "");
  for (const std::string text : {":1", "trim:", "trim:0", "trim:x"}) {
    EXPECT_EQ(shown(resolve({}, {{"WAYBILL_TEST_KILL_AT", text}})),
              "WAYBILL_TEST_KILL_AT: '" + text + "': must be STEP, or STEP:N with N from 1 to 1000000");
  }
}

TEST(Settings, each_has_a_variable_of_its_name) {
  EXPECT_EQ(environment_name("public-url"), "WAYBILL_PUBLIC_URL");
  for (const SettingInfo& info : settings_table()) {
    for (const char c : environment_name(info.name)) EXPECT_TRUE(std::isupper(c) != 0 || c == '_') << info.name;
  }
}

class SettingsFileTest : public ::testing::Test {
 public:
  SettingsFileTest() {
    std::string pattern = ::testing::TempDir() + "waybill_settings_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~SettingsFileTest() override { std::filesystem::remove_all(folder_); }

 protected:
  [[nodiscard]] std::filesystem::path path() const { return folder_ / "waybill.toml"; }

  [[nodiscard]] base::Result<Values> read(std::string_view text) const {
    std::ofstream(path()) << text;
    return read_settings_file(path());
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(SettingsFileTest, gives_values_as_flags_would) {
  const auto values = read(
      "# a comment\n"
      "listen = \"0.0.0.0:80\"\n"
      "rate-limit = 5_000\n"
      "demo = true\n"
      "trusted-proxy = [\"10.0.0.0/8\", \"::1\"]\n"
      "redact-after = '30d'\n");
  ASSERT_TRUE(values) << values.error().message();
  EXPECT_EQ(*values, (Values{{"listen", "0.0.0.0:80"},
                             {"rate-limit", "5000"},
                             {"demo", "true"},
                             {"trusted-proxy", "10.0.0.0/8,::1"},
                             {"redact-after", "30d"}}));
  EXPECT_EQ(resolve({}, {}, *values)->api.public_base.trusted_proxies.size(), 2U);
  EXPECT_TRUE(read("")->empty());
}

TEST_F(SettingsFileTest, what_is_wrong_is_named_with_file_and_line) {
  const std::string place = path().string();
  const std::pair<const char*, std::string> cases[] = {
      {"# x\nlisten = \"h:1\"\nlisen = 2\n", place + ":3: lisen is no setting; did you mean listen?"},
      {"[server]\nlisten = \"h:1\"\n", place + ":1: server is no setting"},
      {"\nlisten = 1.5\n", place + ":2: listen: must be a text, a number, true or false, or an array of texts"},
      {"listen = 2026-11-23\n", place + ":1: listen: must be a text, a number, true or false, or an array of texts"},
      {"trusted-proxy = [1]\n",
       place + ":1: trusted-proxy: must be a text, a number, true or false, or an array of texts"},
      {"listen = { a = 1 }\n", place + ":1: listen: must be a text, a number, true or false, or an array of texts"},
  };
  for (const auto& [text, message] : cases) {
    const auto values = read(text);
    ASSERT_FALSE(values) << text;
    EXPECT_EQ(values.error().message(), message);
  }
  for (const char* const text : {"listen = \n", "listen\n", "listen = \"x\n", "listen = 1\nlisten = 2\n", "=\n"}) {
    const auto values = read(std::string("\n") + text);
    ASSERT_FALSE(values) << text;
    EXPECT_EQ(values.error().message().find(place + ":"), 0U) << values.error().message();
  }
}

TEST_F(SettingsFileTest, must_be_there) {
  const auto missing = read_settings_file(path());
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message().find(path().string()), std::string::npos) << missing.error().message();
}

}  // namespace
}  // namespace waybill::app
