#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "http/tls.h"

namespace waybill::http::testing {

inline const base::WallTime kNow =
    std::chrono::floor<std::chrono::milliseconds>(std::chrono::sys_days(std::chrono::January / 1 / 2026));
inline constexpr std::chrono::days kCentury{36'525};

// A folder with certificates, gone at the end.
class Certificates {
 public:
  Certificates()
      : folder_(std::filesystem::temp_directory_path() /
                ("waybill-tls-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)))) {
    std::filesystem::create_directories(folder_);
  }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  ~Certificates() { std::filesystem::remove_all(folder_); }

  // Writes a text into the folder.
  [[nodiscard]] std::filesystem::path put(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }

  // A new certificate for localhost with its key.
  [[nodiscard]] TlsFiles make(const std::string& name) const {
    auto made = make_self_signed({"localhost", "127.0.0.1", "::1"}, kNow, kCentury);
    EXPECT_TRUE(made) << made.error().message();
    return {put(name + ".pem", made->certificate), put(name + ".key", made->key)};
  }

 private:
  std::filesystem::path folder_;
};

inline std::shared_ptr<const TlsContext> load(const TlsFiles& files) {
  auto context = TlsContext::load(files);
  EXPECT_TRUE(context) << context.error().message();
  return *std::move(context);
}

}  // namespace waybill::http::testing
