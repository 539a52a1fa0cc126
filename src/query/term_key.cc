#include "query/term_key.h"

#include "base/bytes.h"

namespace waybill::query {
namespace {

constexpr std::uint8_t kWorkspaceDimension = 0;

void put_key(std::string& out, model::WorkspaceNumber workspace, std::uint8_t dimension, std::string_view value) {
  out.clear();
  base::put_le(out, static_cast<std::uint32_t>(workspace));
  base::put_le(out, dimension);
  out += value;
}

}  // namespace

std::string term_key(model::WorkspaceNumber workspace, const model::TermView& term) {
  std::string out;
  put_term_key(out, workspace, term);
  return out;
}

std::string workspace_key(model::WorkspaceNumber workspace) {
  std::string out;
  put_workspace_key(out, workspace);
  return out;
}

void put_term_key(std::string& out, model::WorkspaceNumber workspace, const model::TermView& term) {
  put_key(out, workspace, static_cast<std::uint8_t>(term.dimension), term.value);
}

void put_workspace_key(std::string& out, model::WorkspaceNumber workspace) {
  put_key(out, workspace, kWorkspaceDimension, {});
}

}  // namespace waybill::query
