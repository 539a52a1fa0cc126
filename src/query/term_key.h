#pragma once

#include <string>

#include "model/term.h"
#include "model/workspace.h"

namespace waybill::query {

// A term inside its workspace, as bytes that can be compared and hashed: the workspace's number (four bytes, little end
// first), the dimension (one byte), the value.
std::string term_key(model::WorkspaceNumber workspace, const model::TermView& term);

// The key that every event of a workspace has: dimension 0, no value.
std::string workspace_key(model::WorkspaceNumber workspace);

// The same, written over `out`, whose memory is kept.
void put_term_key(std::string& out, model::WorkspaceNumber workspace, const model::TermView& term);
void put_workspace_key(std::string& out, model::WorkspaceNumber workspace);

}  // namespace waybill::query
