#include "support/stores.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <typeinfo>

#include "base/check.h"
#include "base/crypto.h"
#include "base/file_system.h"
#include "base/random.h"
#include "obs/log.h"
#include "store/local/local_store.h"
#include "store/memory/memory_store.h"

namespace waybill::testing {
namespace {

class MemoryUnderTest final : public StoreUnderTest {
 public:
  [[nodiscard]] store::EventStore& store() const override { return store_; }
  void reopen() override {}
  void reopen(const store::Retention& retention) override { store_.set_default_retention_for_test(retention); }

 private:
  mutable store::MemoryStore store_{{1, "secret"}, records_differ, clock()};
};

class LocalUnderTest : public StoreUnderTest {
 public:
  explicit LocalUnderTest(store::LocalOptions options) : options_(std::move(options)) { LocalUnderTest::reopen(); }
  [[nodiscard]] store::EventStore& store() const override { return *store_; }
  void reopen() override {
    store_.reset();
    auto opened = store::LocalStore::open(folder_.path(), {random_, clock(), log_, files_, records_differ}, options_);
    CHECK(opened.has_value());
    store_ = *std::move(opened);
  }
  void reopen(const store::Retention& retention) override {
    options_.retention = retention;
    reopen();
  }
  bool run_upkeep_step() override {
    if (options_.background) return false;
    const auto did_something = store_->run_upkeep_step();
    CHECK(did_something.has_value());
    return *did_something;
  }

 private:
  store::LocalOptions options_;
  base::SystemRandom random_;
  base::SystemFiles files_;
  const obs::Log log_{obs::LogForm::kText, obs::LogLevel::kError};
  TemporaryFolder folder_;
  std::unique_ptr<store::LocalStore> store_;
};

const std::array kKinds = {
    StoreKind{"memory", [] { return std::make_unique<MemoryUnderTest>(); },
              [](const store::EventStore& store) { return typeid(store) == typeid(store::MemoryStore); }},
    StoreKind{"local",
              [] {
                store::LocalOptions options;
                options.removal_grace = std::chrono::milliseconds(0);
                return std::make_unique<LocalUnderTest>(std::move(options));
              },
              [](const store::EventStore& store) { return typeid(store) == typeid(store::LocalStore); }},
    StoreKind{"local_live",
              [] {
                store::LocalOptions options = tiny_options();
                options.background = true;
                return std::make_unique<LocalUnderTest>(std::move(options));
              },
              [](const store::EventStore& store) { return typeid(store) == typeid(store::LocalStore); }},
    StoreKind{"local_tiny", [] { return std::make_unique<LocalUnderTest>(tiny_options()); },
              [](const store::EventStore& store) { return typeid(store) == typeid(store::LocalStore); }},
};

model::SidBytes digest(std::string_view text) {
  const base::Sha256 hash = base::sha256(text);
  model::SidBytes bytes{};
  std::copy_n(hash.begin(), bytes.size(), bytes.begin());
  return bytes;
}

}  // namespace

std::span<const StoreKind> store_kinds() { return kKinds; }

store::LocalOptions tiny_options() {
  store::LocalOptions options;
  options.seal_rows = 48;
  options.segment_rows_max = 400;
  options.block_bits = 6;
  options.background = false;
  options.removal_grace = std::chrono::milliseconds(0);
  return options;
}

TemporaryFolder::TemporaryFolder(const std::filesystem::path& parent) {
  std::string pattern = (parent / "waybill-test-XXXXXX").string();
  CHECK(mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

model::Account make_first_account(store::EventStore& store) {
  auto made = store.create_account({{}, model::AccountSid(digest("account")), "token", "test", base::from_ms(0), {}});
  CHECK(made.has_value());
  return *std::move(made);
}

model::Event make_event(std::string_view name, std::int64_t time_ms, std::vector<model::Term> terms,
                        std::string_view record) {
  return {model::EventSid(digest(name)), base::from_ms(time_ms), std::move(terms),
          std::string(record.empty() ? name : record), ""};
}

model::WorkspaceSid workspace_sid(std::uint8_t workspace) {
  model::SidBytes bytes{};
  bytes.back() = workspace;
  return model::WorkspaceSid(bytes);
}

store::Unit make_unit(const model::Account& account, std::uint8_t workspace, std::vector<model::Event> events) {
  const model::WorkspaceSid sid = workspace_sid(workspace);
  return {account.number, sid, sid.to_text(), base::from_ms(1'000), std::move(events)};
}

bool records_differ(std::string_view a, std::string_view b) { return a != b; }

}  // namespace waybill::testing
