#include "doctor/setup_checks.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/time_text.h"

namespace waybill::doctor {
namespace {

constexpr const char* kModes = "modes";
constexpr const char* kCertificate = "certificate";
constexpr const char* kPort = "port";

constexpr std::uint32_t kOfOthers = 07;
constexpr std::uint32_t kOfGroup = 070;
constexpr std::uint32_t kOfGroupToWrite = 020;
constexpr std::chrono::days kSoon{14};

std::uint32_t forbidden(Secrecy secrecy) {
  switch (secrecy) {
    case Secrecy::kOwner: return kOfGroup | kOfOthers;
    case Secrecy::kGroup: return kOfGroupToWrite | kOfOthers;
  }
  return 0;
}

// The first few names, and how many more there are.
class NamedFiles {
 public:
  void add(const std::string& name) {
    if (++count_ <= kShown) text_ += (text_.empty() ? "" : ", ") + name;
  }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::string text() const {
    return count_ <= kShown ? text_ : text_ + " and " + std::to_string(count_ - kShown) + " more";
  }

 private:
  static constexpr std::size_t kShown = 5;
  std::size_t count_ = 0;
  std::string text_;
};

}  // namespace

Finding check_modes(std::span<const FileMode> files) {
  if (files.empty()) return note(kModes, "nothing is there yet; a server makes its files for its own user alone");
  NamedFiles open;
  NamedFiles strange;
  const auto first =
      std::find_if(files.begin(), files.end(), [](const FileMode& file) { return file.secrecy == Secrecy::kOwner; });
  for (const FileMode& file : files) {
    if ((file.mode & forbidden(file.secrecy)) != 0) {
      open.add(fmt::format("{} ({:o})", file.path.string(), file.mode & 0777U));
    }
    if (file.secrecy == Secrecy::kOwner && file.owner != first->owner) {
      strange.add(file.path.string());
    }
  }
  if (!open.empty())
    return mend(kModes, "open to others: " + open.text(),
                "take their rights away (chmod go-rwx; o-rwx for a file that root keeps for the service's group)");
  if (!strange.empty()) {
    return mend(kModes, "not of the user who owns " + first->path.string() + ": " + strange.text(),
                "give everything to the user who serves (chown -R)");
  }
  return fine(kModes, "nobody else can read what is secret, and one user owns all of it");
}

Finding check_certificate(const base::Result<std::optional<CertificateFacts>>& facts, bool is_reachable) {
  if (!facts) {
    return mend(kCertificate, facts.error().message(), "put right what tls-certificate and tls-key name");
  }
  if (!*facts) {
    if (!is_reachable) return fine(kCertificate, "none: plain HTTP, to this machine alone");
    return note(kCertificate, "none: plain HTTP, on an address that others can reach",
                "set tls-certificate and tls-key, or put a proxy with TLS in front");
  }
  const CertificateFacts& known = **facts;
  const std::string text =
      known.file.string() + " fits its key, and is good until " + base::to_second_text(known.not_after);
  if (known.not_after <= known.now) {
    return mend(kCertificate,
                known.file.string() + " has not been valid since " + base::to_second_text(known.not_after),
                "renew it; a running server takes the new files by itself");
  }
  if (known.not_after - known.now < kSoon) {
    return mend(kCertificate, text, "renew it; a running server takes the new files by itself");
  }
  return fine(kCertificate, text);
}

Finding check_port(const PortFacts& facts) {
  switch (facts.state) {
    case PortState::kFree:
      if (facts.holder) {
        return mend(kPort,
                    fmt::format("{} is free, though process {} serves the data directory", facts.listen, *facts.holder),
                    "that server listens elsewhere: give the doctor the settings it was started with, or --url");
      }
      return fine(kPort, facts.listen + " is free");
    case PortState::kOurs: return fine(kPort, fmt::format("{} is that of the running server", facts.listen));
    case PortState::kWaybill:
      return mend(kPort, facts.listen + " is taken by another Waybill, of another data directory",
                  "stop it, or listen elsewhere (listen)");
    case PortState::kOther:
      return mend(kPort, facts.listen + " is taken by something that is no Waybill",
                  "stop it, or listen elsewhere (listen)");
    case PortState::kRefused:
      return mend(
          kPort, facts.detail,
          "choose an address of this machine; a port below 1024 is for root, who may become another user (user)");
  }
  return {};
}

}  // namespace waybill::doctor
