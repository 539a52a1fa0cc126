#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/testing/fake_clock.h"
#include "store/event_store.h"
#include "store/local/local_options.h"

namespace waybill::testing {

// A store under test, and the means to close it and open it again. A store that keeps nothing is not closed.
class StoreUnderTest {
 public:
  StoreUnderTest() = default;
  StoreUnderTest(const StoreUnderTest&) = delete;
  StoreUnderTest& operator=(const StoreUnderTest&) = delete;
  virtual ~StoreUnderTest() = default;

  [[nodiscard]] virtual store::EventStore& store() const = 0;
  virtual void reopen() = 0;
  // The same, as a store that keeps events so long where a workspace says nothing else.
  virtual void reopen(const store::Retention& retention) = 0;
  // One step of what a store does by itself in the background; false if there is nothing to do. A store that does it on
  // a thread of its own, or not at all, answers false.
  virtual bool run_upkeep_step() { return false; }

  // The clock that the store goes by.
  base::testing::FakeClock& clock() { return clock_; }

 private:
  base::testing::FakeClock clock_{base::from_ms(1'000'000'000)};
};

// A kind of store. Each run of a suite asserts that it holds the kind it was asked for.
struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>()> make;
  // Whether `store` is of this kind.
  bool (*is_this)(const store::EventStore& store);
};

std::span<const StoreKind> store_kinds();

// Options with which a local store seals, cuts and merges a few dozen events at a time, when it is told to, so that a
// small history meets every border.
store::LocalOptions tiny_options();

// A folder of its own that vanishes with this object.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::filesystem::path& parent = std::filesystem::temp_directory_path());
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// An account whose number means the same in every store: the first one of an empty store.
model::Account make_first_account(store::EventStore& store);

// An event with a name: the same name is the same sid. The record is no JSON; stores do not look inside.
model::Event make_event(std::string_view name, std::int64_t time_ms, std::vector<model::Term> terms,
                        std::string_view record = {});

// A unit for workspace number `workspace` (a small number standing for a sid) of `account`.
store::Unit make_unit(const model::Account& account, std::uint8_t workspace, std::vector<model::Event> events);
model::WorkspaceSid workspace_sid(std::uint8_t workspace);

// Records are compared as bytes.
bool records_differ(std::string_view a, std::string_view b);

}  // namespace waybill::testing
