#include "webhook/query_text.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "base/strings.h"
#include "http/url.h"

namespace waybill::webhook {
namespace {

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string escaped(char byte, QueryText::HexDigits digits) {
  constexpr std::string_view kUpper = "0123456789ABCDEF";
  constexpr std::string_view kLower = "0123456789abcdef";
  const std::string_view hex = digits == QueryText::HexDigits::kLower ? kLower : kUpper;
  const auto value = static_cast<unsigned char>(byte);
  return {'%', hex[value >> 4U], hex[value & 15U]};
}

std::string with_digits(std::string_view given, QueryText::HexDigits digits) {
  std::string out(given);
  if (out.size() != 3 || digits == QueryText::HexDigits::kAsGiven) return out;
  for (char& c : out) {
    c = static_cast<char>(digits == QueryText::HexDigits::kLower ? std::tolower(static_cast<unsigned char>(c))
                                                                 : std::toupper(static_cast<unsigned char>(c)));
  }
  return out;
}

}  // namespace

bool QueryText::is_always_plain(char byte) {
  return is_letter_or_digit(byte) || byte == '-' || byte == '_' || byte == '.';
}

QueryText::QueryText(std::string_view query) {
  for (const std::string_view piece : base::split(query, '&')) {
    const std::size_t equals = std::min(piece.find('='), piece.size());
    Parameter parameter;
    parameter.name_text = piece.substr(0, equals);
    parameter.name = units_of(parameter.name_text);
    parameter.has_equals = equals < piece.size();
    if (parameter.has_equals) parameter.value = units_of(piece.substr(equals + 1));
    has_bare_names_ = has_bare_names_ || (parameter.value.empty() && !parameter.name.empty());
    parameters_.push_back(std::move(parameter));
  }
  note_kinds();
}

std::vector<QueryText::Unit> QueryText::units_of(std::string_view text) {
  std::vector<Unit> units;
  for (std::size_t at = 0; at < text.size();) {
    const bool is_escape = text[at] == '%' && at + 2 < text.size() && is_hex(text[at + 1]) && is_hex(text[at + 2]);
    const std::string_view given = text.substr(at, is_escape ? 3 : 1);
    // Decoding what was just found to be an escape cannot fail.
    const char byte = is_escape ? http::percent_decode(given)->front() : given == "+" ? ' ' : given.front();
    units.push_back({byte, given});
    at += given.size();
  }
  return units;
}

void QueryText::note_kinds() {
  std::map<unsigned char, std::set<Spelling>> seen;
  const auto note = [&](const std::vector<Unit>& units, bool is_name) {
    for (const Unit& unit : units) {
      const bool is_escape = unit.given.size() == 3;
      has_escapes_ = has_escapes_ || is_escape;
      if (unit.byte == '&' || unit.byte == '#' || (is_name && unit.byte == '=')) continue;
      if (!is_escape && is_always_plain(unit.byte)) continue;
      const Spelling own = is_escape ? Spelling::kEscaped : unit.given == "+" ? Spelling::kPlus : Spelling::kRaw;
      seen[kind_of(unit.byte)].insert(own);
    }
  };
  for (const Parameter& parameter : parameters_) {
    note(parameter.name, true);
    note(parameter.value, false);
  }
  for (const auto& [kind, spellings] : seen) {
    Kind found{kind, {}};
    for (const Spelling other : {Spelling::kEscaped, Spelling::kPlus, Spelling::kRaw, Spelling::kPlusSign}) {
      if (other == Spelling::kPlus && kind != ' ') continue;
      if (other == Spelling::kPlusSign && (kind != ' ' || !spellings.contains(Spelling::kPlus))) continue;
      if (spellings.size() == 1 && spellings.contains(other)) continue;
      found.others.push_back(other);
    }
    kinds_.push_back(std::move(found));
  }
}

std::string QueryText::text(const Dress& dress) const {
  std::string out;
  const auto append = [&](const std::vector<Unit>& units, bool is_name) {
    for (const Unit& unit : units) {
      const auto own = dress.kinds.find(kind_of(unit.byte));
      const bool is_fixed = unit.byte == '&' || unit.byte == '#' || (is_name && unit.byte == '=');
      switch (own == dress.kinds.end() || is_fixed ? Spelling::kAsGiven : own->second) {
        case Spelling::kAsGiven: out += with_digits(unit.given, dress.digits); break;
        case Spelling::kRaw: out += unit.byte; break;
        case Spelling::kEscaped: out += escaped(unit.byte, dress.digits); break;
        case Spelling::kPlus: out += '+'; break;
        case Spelling::kPlusSign: out += unit.given == "+" ? "%2B" : unit.given; break;
      }
    }
  };
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& parameter = parameters_[dress.order.empty() ? i : dress.order[i]];
    if (i > 0) out += '&';
    append(parameter.name, true);
    const bool is_bare = parameter.value.empty() && !parameter.name.empty();
    const bool may_change = is_bare && dress.equals != Equals::kAsGiven;
    if (may_change ? dress.equals == Equals::kAlways : parameter.has_equals) out += '=';
    append(parameter.value, false);
  }
  return out;
}

}  // namespace waybill::webhook
