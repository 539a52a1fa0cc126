#include "model/sid.h"

namespace waybill::model {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

bool is_any_sid(std::string_view text) {
  SidBytes bytes;
  return text.size() == kSidLength && is_letter(text[0]) && is_letter(text[1]) && base::from_hex(text.substr(2), bytes);
}

}  // namespace waybill::model
