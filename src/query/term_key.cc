#include "query/term_key.h"

#include "base/bytes.h"

namespace waybill::query {
namespace {

constexpr std::uint8_t kWorkspaceDimension = 0;

std::string key(model::WorkspaceNumber workspace, std::uint8_t dimension, std::string_view value) {
  std::string out;
  out.reserve(5 + value.size());
  base::put_le(out, static_cast<std::uint32_t>(workspace));
  base::put_le(out, dimension);
  out += value;
  return out;
}

}  // namespace

std::string term_key(model::WorkspaceNumber workspace, const model::Term& term) {
  return key(workspace, static_cast<std::uint8_t>(term.dimension), term.value);
}

std::string workspace_key(model::WorkspaceNumber workspace) { return key(workspace, kWorkspaceDimension, {}); }

std::vector<std::string> keys_of(model::WorkspaceNumber workspace, const model::TermList& terms) {
  std::vector<std::string> keys;
  keys.push_back(workspace_key(workspace));
  for (const model::TermView term : terms) {
    keys.push_back(key(workspace, static_cast<std::uint8_t>(term.dimension), term.value));
  }
  return keys;
}

}  // namespace waybill::query
