#include "segment/owners.h"

#include <algorithm>
#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"

namespace waybill::segment {
namespace {

constexpr std::size_t kWorkspaceBytes = 34;  // the text of a SID
constexpr std::size_t kAccountAt = 8;
constexpr std::size_t kWorkspaceAt = kAccountAt + sizeof(model::SidBytes);
constexpr std::size_t kNameAt = kWorkspaceAt + kWorkspaceBytes;

}  // namespace

std::string encode_owners(const Owners& owners) {
  std::string out;
  for (const auto& [number, owner] : owners) {
    CHECK(owner.workspace.size() == kWorkspaceBytes);
    base::put_le(out, static_cast<std::uint32_t>(number));
    base::put_le(out, static_cast<std::uint32_t>(owner.friendly_name.size()));
    out += base::as_text(owner.account.bytes());
    out += owner.workspace;
    out += owner.friendly_name;
  }
  return out;
}

std::optional<Owners> decode_owners(std::string_view bytes) {
  Owners owners;
  while (!bytes.empty()) {
    if (bytes.size() < kNameAt) return std::nullopt;
    const model::WorkspaceNumber number{base::get_le<std::uint32_t>(bytes, 0)};
    const auto name_bytes = base::get_le<std::uint32_t>(bytes, 4);
    if (bytes.size() - kNameAt < name_bytes) return std::nullopt;
    if (!owners.empty() && owners.rbegin()->first >= number) return std::nullopt;
    model::SidBytes account;
    std::copy_n(bytes.begin() + kAccountAt, account.size(), account.begin());
    Owner owner{model::AccountSid(account), std::string(bytes.substr(kWorkspaceAt, kWorkspaceBytes)),
                std::string(bytes.substr(kNameAt, name_bytes))};
    if (!model::WorkspaceSid::parse(owner.workspace)) return std::nullopt;
    owners.emplace(number, std::move(owner));
    bytes.remove_prefix(kNameAt + name_bytes);
  }
  return owners;
}

}  // namespace waybill::segment
