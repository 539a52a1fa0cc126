#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "model/sid.h"
#include "model/workspace.h"

namespace waybill::segment {

// The account and the workspace that a workspace number stands for, as the store knows them.
struct Owner {
  model::AccountSid account{model::SidBytes{}};
  std::string workspace;      // the workspace's SID, spelled as it was first given
  std::string friendly_name;  // of the workspace
  friend bool operator==(const Owner&, const Owner&) = default;
};
using Owners = std::map<model::WorkspaceNumber, Owner>;

// The section `owners` of a segment (docs/formats/segment.md). REQUIRES: each `workspace` is the text of a
// WorkspaceSid.
std::string encode_owners(const Owners& owners);
// Nothing if the bytes are no such section: cut short, out of order, or with a workspace that is no SID.
std::optional<Owners> decode_owners(std::string_view bytes);

}  // namespace waybill::segment
