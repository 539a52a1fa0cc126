#include "bundle/archive.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <numeric>

#include <fmt/format.h>

#include "base/check.h"
#include "http/gzip.h"

namespace waybill::bundle {
namespace {

using base::Result;

// POSIX.1-1988, ustar: a file is a head of one block and its bytes in whole blocks; two empty blocks end it all.
constexpr std::size_t kBlock = 512;
constexpr std::size_t kNameMax = 100;
constexpr std::uint64_t kFileBytesMax = 077777777777;  // what eleven octal digits hold

struct Field {
  std::size_t at;
  std::size_t length;
};
constexpr Field kMode{100, 8}, kUser{108, 8}, kGroup{116, 8}, kSize{124, 12}, kTime{136, 12}, kSum{148, 8};
constexpr std::size_t kKindAt = 156;
constexpr std::size_t kMagicAt = 257;

using Head = std::array<char, kBlock>;

void put_text(Head& head, std::size_t at, std::string_view text) {
  std::copy(text.begin(), text.end(), head.begin() + static_cast<std::ptrdiff_t>(at));
}

// Octal digits, and the zero byte that is there already.
void put_number(Head& head, Field field, std::uint64_t number) {
  put_text(head, field.at, fmt::format("{:0{}o}", number, field.length - 1));
}

void put_sum(Head& head) {
  // While it is added up, its own place holds blanks.
  put_text(head, kSum.at, std::string(kSum.length, ' '));
  const auto sum = std::accumulate(head.begin(), head.end(), std::uint64_t{0}, [](std::uint64_t sum_so_far, char byte) {
    return sum_so_far + static_cast<unsigned char>(byte);
  });
  put_text(head, kSum.at, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
}

Result<void> add_file(std::string& to, const std::string& name, std::string_view text, base::WallTime now) {
  if (name.size() >= kNameMax) return base::invalid_argument("making an archive: the name is too long: " + name);
  if (text.size() > kFileBytesMax) return base::too_large("making an archive: the file is too long: " + name);
  Head head{};
  put_text(head, 0, name);
  put_number(head, kMode, 0600);
  put_number(head, kUser, 0);
  put_number(head, kGroup, 0);
  put_number(head, kSize, text.size());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  put_number(head, kTime, static_cast<std::uint64_t>(std::clamp<std::int64_t>(seconds, 0, kFileBytesMax)));
  head[kKindAt] = '0';
  put_text(head, kMagicAt,
           std::string_view("ustar\0"
                            "00",
                            8));
  put_sum(head);
  to.append(head.data(), head.size());
  to += text;
  to.append((kBlock - text.size() % kBlock) % kBlock, '\0');
  return {};
}

}  // namespace

Result<std::string> make_archive(const std::string& folder, std::span<const ArchiveFile> files, base::WallTime now) {
  std::string tar;
  for (const ArchiveFile& file : files) TRY(add_file(tar, folder + "/" + file.name, file.text, now));
  tar.append(2 * kBlock, '\0');
  // The zeros alone make it shorter: only what is too long for gzip is not compressed.
  auto compressed = http::Gzip().compress(tar);
  if (!compressed) return base::too_large("making an archive: more than 4 GiB");
  return std::move(*compressed);
}

}  // namespace waybill::bundle
