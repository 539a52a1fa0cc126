#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/term.h"
#include "model/workspace.h"

namespace waybill::query {

// A term inside its workspace, as bytes that can be compared and hashed: the workspace's number (four bytes, little end
// first), the dimension (one byte), the value.
std::string term_key(model::WorkspaceNumber workspace, const model::Term& term);

// The key that every event of a workspace has: dimension 0, no value.
std::string workspace_key(model::WorkspaceNumber workspace);

// The keys of an event: its workspace's, and one for each of its terms.
std::vector<std::string> keys_of(model::WorkspaceNumber workspace, const model::TermList& terms);

}  // namespace waybill::query
