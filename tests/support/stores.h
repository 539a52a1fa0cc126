#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "store/event_store.h"

namespace waybill::testing {

// A store under test, and the means to close it and open it again. A store that keeps nothing is not closed.
class StoreUnderTest {
 public:
  StoreUnderTest() = default;
  StoreUnderTest(const StoreUnderTest&) = delete;
  StoreUnderTest& operator=(const StoreUnderTest&) = delete;
  virtual ~StoreUnderTest() = default;

  virtual store::EventStore& store() = 0;
  virtual void reopen() = 0;
};

// A kind of store. Each run of a suite asserts that it holds the kind it was asked for.
struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>()> make;
  // Whether `store` is of this kind.
  bool (*is_this)(const store::EventStore& store);
};

std::span<const StoreKind> store_kinds();

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
