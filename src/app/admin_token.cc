#include "app/admin_token.h"

#include "base/crypto.h"
#include "base/files.h"
#include "base/strings.h"

namespace waybill::app {

base::Result<std::string> ensure_admin_token(const std::filesystem::path& folder, base::Random& random) {
  const std::filesystem::path path = folder / kAdminTokenFile;
  auto text = base::read_file(path);
  if (text) {
    std::string token(base::trim(*text));
    if (token.empty())
      return base::corruption(path.string() + " is empty; remove it, and the next start makes a new one");
    return token;
  }
  if (text.error().code() != base::ErrorCode::kNotFound) return text;
  std::string token = base::new_secret(random);
  TRY(base::write_private_file(path, token + "\n"));
  return token;
}

}  // namespace waybill::app
