#include "app/admin_token.h"

#include "base/bounded_files.h"
#include "base/crypto.h"
#include "base/files.h"
#include "base/strings.h"

namespace waybill::app {

bool is_admin_token(std::string_view text) {
  constexpr std::size_t kDigits = 32;
  return text.size() == kDigits && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

base::Result<std::string> read_admin_token(const std::filesystem::path& file) {
  const auto wrong = [&](const std::string& what) { return base::corruption(file.string() + " " + what); };
  const auto is_small = base::check_small_file(file);
  if (!is_small && is_small.error().code() == base::ErrorCode::kInvalidArgument) {
    return base::corruption(is_small.error().message() + ", so it holds no administrator's token");
  }
  TRY(is_small);
  TRY_ASSIGN(const std::string text, base::read_file_up_to(file, base::kSmallFileMax));
  std::string token(base::trim(text));
  if (token.empty()) return wrong("is empty; remove it, and the next start makes a new one");
  if (!is_admin_token(token)) {
    return wrong(
        "holds no administrator's token, which is 32 hexadecimal digits; remove it, and the next start makes "
        "a new one");
  }
  return token;
}

base::Result<std::string> ensure_admin_token(const std::filesystem::path& folder, base::Random& random) {
  const std::filesystem::path path = folder / kAdminTokenFile;
  auto known = read_admin_token(path);
  if (known || known.error().code() != base::ErrorCode::kNotFound) return known;
  std::string token = base::new_secret(random);
  TRY(base::write_private_file(path, token + "\n"));
  return token;
}

}  // namespace waybill::app
