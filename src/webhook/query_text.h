#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::webhook {

// A URL's query taken apart so that it can be spelled otherwise: each character of a name or a value with the text that
// it was given as. Nothing is refused: a '%' without two hex digits is a '%' that stands raw. Looks at the text it was
// made of, which must outlive it.
class QueryText {
 public:
  // How one kind of character is spelled.
  enum class Spelling {
    kAsGiven,
    kRaw,       // a blank as a blank
    kEscaped,   // a blank as %20
    kPlus,      // a blank as '+'
    kPlusSign,  // a '+', which may have been meant as one, as %2B
  };
  enum class HexDigits { kAsGiven, kLower, kUpper };
  // Whether a '=' stands behind a name without a value.
  enum class Equals { kAsGiven, kAlways, kNever };

  // How the whole query is spelled. Kinds that are not named stay as given.
  struct Dress {
    std::map<unsigned char, Spelling> kinds;  // by kind_of()
    HexDigits digits = HexDigits::kAsGiven;
    Equals equals = Equals::kAsGiven;
    std::vector<std::size_t> order;  // of the parameters; empty: as given
  };

  // A kind of character that the query holds, and the spellings that differ from its own.
  struct Kind {
    unsigned char kind = 0;
    std::vector<Spelling> others;
  };

  // Everything that is no ASCII is one kind, since an encoder treats all of it alike.
  static constexpr unsigned char kBeyondAscii = 0x80;
  // What no encoder escapes: letters, digits, '-', '_' and '.'.
  static bool is_always_plain(char byte);
  static unsigned char kind_of(char byte) {
    const auto value = static_cast<unsigned char>(byte);
    return value < kBeyondAscii ? value : kBeyondAscii;
  }

  explicit QueryText(std::string_view query);

  [[nodiscard]] std::size_t size() const { return parameters_.size(); }
  // The name of a parameter as it was given.
  [[nodiscard]] std::string_view name(std::size_t index) const { return parameters_[index].name_text; }
  // The kinds that may stand raw or escaped, in the order of their bytes. Letters, digits, '-', '_' and '.', which no
  // encoder escapes, are among them only where they stand escaped; '&' and '#' never, since they would end a value.
  [[nodiscard]] const std::vector<Kind>& kinds() const { return kinds_; }
  [[nodiscard]] bool has_escapes() const { return has_escapes_; }
  // Whether a name stands without a value, with a '=' or without.
  [[nodiscard]] bool has_bare_names() const { return has_bare_names_; }

  [[nodiscard]] std::string text(const Dress& dress) const;

 private:
  struct Unit {
    char byte = 0;
    std::string_view given;
  };
  struct Parameter {
    std::string_view name_text;
    std::vector<Unit> name;
    std::vector<Unit> value;
    bool has_equals = false;
  };
  static std::vector<Unit> units_of(std::string_view text);
  void note_kinds();

  std::vector<Parameter> parameters_;
  std::vector<Kind> kinds_;
  bool has_escapes_ = false;
  bool has_bare_names_ = false;
};

}  // namespace waybill::webhook
