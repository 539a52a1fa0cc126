#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/file_system.h"
#include "base/random.h"
#include "base/testing/fake_clock.h"
#include "obs/log.h"
#include "store/local/local_store.h"
#include "support/stores.h"

namespace waybill::testing {

// Tests of the store on disk alone: one in a folder of its own, with an account, on the machine's files.
class DiskStore : public ::testing::Test {
 protected:
  explicit DiskStore(base::WallTime now) : clock_(now) {}

  // Closes it if it is open; makes the account the first time.
  void open(store::LocalOptions options = tiny_options()) {
    store_.reset();
    auto opened =
        store::LocalStore::open(folder_.path(), {random_, clock_, log_, files_, records_differ}, std::move(options));
    ASSERT_TRUE(opened.has_value()) << opened.error().message();
    store_ = *std::move(opened);
    if (account_ == nullptr) account_ = std::make_unique<model::Account>(make_first_account(*store_));
  }

  store::UnitOutcome append(std::vector<model::Event> events, std::uint8_t workspace = 1) {
    const store::Unit unit = make_unit(*account_, workspace, std::move(events));
    const auto outcome = store_->append({&unit, 1});
    EXPECT_TRUE(outcome.has_value()) << outcome.error().message();
    return outcome ? outcome->front() : store::UnitOutcome{};
  }

  // How many events of the first workspace the list shows, with all of these terms.
  std::size_t seen(std::vector<model::Term> terms = {}) {
    model::EventQuery query;
    query.workspace = model::WorkspaceNumber{1};
    query.terms = std::move(terms);
    query.limit = 100'000;
    const auto page = store_->list(query);
    EXPECT_TRUE(page.has_value()) << page.error().message();
    return page ? page->events.size() : 0;
  }

  TemporaryFolder folder_;
  base::testing::FakeClock clock_;
  base::SystemRandom random_;
  base::SystemFiles files_;
  const obs::Log log_{obs::LogForm::kText, obs::LogLevel::kError};
  std::unique_ptr<model::Account> account_;
  std::unique_ptr<store::LocalStore> store_;
};

}  // namespace waybill::testing
