#include "webhook/url_spellings.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "base/crypto.h"
#include "base/strings.h"
#include "http/url.h"
#include "webhook/query_text.h"

namespace waybill::webhook {
namespace {

using Spelling = QueryText::Spelling;

// More than this and not every subset, or order, of them is tried.
constexpr std::size_t kKindsMax = 12;
constexpr std::size_t kPermutedUsual = 4;
constexpr std::size_t kPermutedAll = 5;
constexpr std::size_t kCredentialBytesMax = 256;

// An encoder that writes whole queries: what it leaves raw beside letters, digits, '-', '_' and '.'.
struct Encoder {
  const char* name;
  std::string_view leaves_raw;
  Spelling blank;
  Spelling beyond_ascii;
  Spelling others;  // of the kinds that are not named
  QueryText::Equals equals = QueryText::Equals::kAsGiven;
};

constexpr Encoder kEncoders[] = {
    {"its query encoded as by encodeURIComponent", "~!*'()", Spelling::kEscaped, Spelling::kEscaped, Spelling::kEscaped,
     QueryText::Equals::kAlways},
    {"its query encoded as a form (Python, WHATWG)", "~", Spelling::kPlus, Spelling::kEscaped, Spelling::kEscaped},
    {"its query encoded as a form (Java)", "*", Spelling::kPlus, Spelling::kEscaped, Spelling::kEscaped},
    {"its query encoded as a form (PHP)", "", Spelling::kPlus, Spelling::kEscaped, Spelling::kEscaped},
    {"its query encoded as by RFC 3986", "~", Spelling::kEscaped, Spelling::kEscaped, Spelling::kEscaped},
    {"its query with what RFC 3986 lets stand raw", "~!$'()*,;=:@/?", Spelling::kEscaped, Spelling::kEscaped,
     Spelling::kEscaped},
    {"its query decoded", "", Spelling::kRaw, Spelling::kRaw, Spelling::kRaw},
    {"its query decoded, blanks as +", "", Spelling::kPlus, Spelling::kRaw, Spelling::kRaw},
    {"its query decoded, blanks as %20", "", Spelling::kEscaped, Spelling::kRaw, Spelling::kRaw},
};

// One way in which a spelling may differ from the URL as given, and its choices beside "not at all".
struct Choice {
  std::string name;
  std::function<void(QueryText::Dress&)> put_on;  // of the query; empty: the choice is about what stands before it
  std::string text;                               // an authority, or user and password
};
struct Dimension {
  enum class What { kAuthority, kCredentials, kEncoder, kKind, kQuery };
  What what = What::kQuery;
  std::vector<Choice> choices;
};

// Where the port of an authority begins, at its colon; the end if it has none.
std::size_t port_of(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  const std::size_t bracket = authority.rfind(']');
  const bool is_port = colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon);
  return is_port ? colon : authority.size();
}

Choice other_authority(const http::Url& url) {
  const std::size_t port = port_of(url.authority);
  if (port < url.authority.size()) return {"without the port", {}, url.authority.substr(0, port)};
  return {"with the standard port", {}, url.authority + (url.scheme == "https" ? ":443" : ":80")};
}

std::vector<Choice> credential_choices(std::string_view credentials) {
  std::vector<Choice> choices;
  if (credentials.empty() || credentials.size() > kCredentialBytesMax) return choices;
  const std::size_t colon = std::min(credentials.find(':'), credentials.size());
  const std::string user = http::percent_encode(credentials.substr(0, colon));
  const std::string password =
      colon < credentials.size() ? http::percent_encode(credentials.substr(colon + 1)) : std::string();
  choices.push_back({"with user and password", {}, user + (password.empty() ? "" : ":" + password) + "@"});
  const std::string raw = std::string(credentials) + "@";
  if (raw != choices.front().text) choices.push_back({"with user and password, unescaped", {}, raw});
  choices.push_back({"with the user", {}, user + "@"});
  return choices;
}

// What the official validator for Node does: repeated names are brought together.
std::vector<std::size_t> grouped(const QueryText& query) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < query.size(); ++i) {
    if (std::find(order.begin(), order.end(), i) != order.end()) continue;
    for (std::size_t other = i; other < query.size(); ++other) {
      if (query.name(other) == query.name(i)) order.push_back(other);
    }
  }
  return order;
}

std::vector<std::vector<std::size_t>> orders_of(const QueryText& query, std::size_t permuted_max) {
  std::vector<std::size_t> given(query.size());
  std::iota(given.begin(), given.end(), std::size_t{0});
  std::vector<std::vector<std::size_t>> orders = {grouped(query)};
  std::vector<std::size_t> sorted = given;
  std::sort(sorted.begin(), sorted.end(),
            [&](std::size_t a, std::size_t b) { return std::pair(query.name(a), a) < std::pair(query.name(b), b); });
  orders.push_back(sorted);
  std::reverse(sorted.begin(), sorted.end());
  orders.push_back(sorted);
  orders.emplace_back(given.rbegin(), given.rend());
  if (given.size() > 1) {
    // A parameter that was added at the other end.
    std::vector<std::size_t> turned = given;
    std::rotate(turned.begin(), turned.begin() + 1, turned.end());
    orders.push_back(turned);
    turned = given;
    std::rotate(turned.begin(), turned.end() - 1, turned.end());
    orders.push_back(turned);
  }
  if (given.size() <= permuted_max) {
    std::vector<std::size_t> next = given;
    while (std::next_permutation(next.begin(), next.end())) orders.push_back(next);
  }
  std::vector<std::vector<std::size_t>> out;
  for (std::vector<std::size_t>& order : orders) {
    if (order != given && std::find(out.begin(), out.end(), order) == out.end()) out.push_back(std::move(order));
  }
  return out;
}

std::string name_of(unsigned char kind) {
  if (kind == ' ') return "blanks";
  if (kind == QueryText::kBeyondAscii) return "letters beyond ASCII";
  return base::printable(std::string(1, static_cast<char>(kind)));
}

std::string name_of(unsigned char kind, Spelling spelling) {
  std::string what = "with " + name_of(kind);
  switch (spelling) {
    case Spelling::kAsGiven: return what;
    case Spelling::kRaw: return what + " unescaped";
    case Spelling::kEscaped: return kind == ' ' ? what + " as %20" : what + " escaped";
    case Spelling::kPlus: return what + " as +";
    case Spelling::kPlusSign: return "with + escaped";
  }
  return what;
}

Dimension encoder_dimension(const QueryText& query) {
  Dimension encoders{Dimension::What::kEncoder, {}};
  for (const Encoder& encoder : kEncoders) {
    const auto put_on = [&encoder, &query](QueryText::Dress& dress) {
      for (const QueryText::Kind& kind : query.kinds()) {
        const char character = static_cast<char>(kind.kind);
        Spelling spelling = encoder.others;
        if (kind.kind == ' ') spelling = encoder.blank;
        if (kind.kind == QueryText::kBeyondAscii) spelling = encoder.beyond_ascii;
        const bool is_plain = QueryText::is_always_plain(character);
        if (is_plain || encoder.leaves_raw.find(character) != std::string_view::npos) spelling = Spelling::kRaw;
        dress.kinds[kind.kind] = spelling;
      }
      dress.digits = QueryText::HexDigits::kUpper;
      dress.equals = encoder.equals;
    };
    encoders.choices.push_back({encoder.name, put_on, ""});
  }
  return encoders;
}

std::vector<Dimension> kind_dimensions(const QueryText& query) {
  std::vector<Dimension> out;
  for (const QueryText::Kind& kind : query.kinds()) {
    if (out.size() == kKindsMax) break;
    Dimension dimension{Dimension::What::kKind, {}};
    for (const Spelling spelling : kind.others) {
      dimension.choices.push_back(
          {name_of(kind.kind, spelling),
           [number = kind.kind, spelling](QueryText::Dress& dress) { dress.kinds[number] = spelling; }, ""});
    }
    out.push_back(std::move(dimension));
  }
  return out;
}

// What else a query may differ in: its escapes, its bare names, its order.
std::vector<Dimension> query_dimensions(const QueryText& query, Thoroughness thoroughness) {
  Dimension digits{Dimension::What::kQuery, {}};
  digits.choices.push_back({"with escapes in small letters",
                            [](QueryText::Dress& dress) { dress.digits = QueryText::HexDigits::kLower; }, ""});
  digits.choices.push_back(
      {"with escapes in capitals", [](QueryText::Dress& dress) { dress.digits = QueryText::HexDigits::kUpper; }, ""});
  Dimension equals{Dimension::What::kQuery, {}};
  if (query.has_bare_names()) {
    equals.choices.push_back(
        {"with = behind bare names", [](QueryText::Dress& dress) { dress.equals = QueryText::Equals::kAlways; }, ""});
    equals.choices.push_back(
        {"without = behind bare names", [](QueryText::Dress& dress) { dress.equals = QueryText::Equals::kNever; }, ""});
  }
  Dimension order{Dimension::What::kQuery, {}};
  const bool is_all = thoroughness == Thoroughness::kAll;
  for (std::vector<std::size_t>& one : orders_of(query, is_all ? kPermutedAll : kPermutedUsual)) {
    order.choices.push_back({"with the query's parameters in another order",
                             [one = std::move(one)](QueryText::Dress& dress) { dress.order = one; }, ""});
  }
  return {digits, equals, order};
}

// Goes through the combinations of dimensions, those with the fewest changes first.
class Search {
 public:
  Search(const http::Url& url, std::string_view credentials, Thoroughness thoroughness,
         const std::function<Visit(const std::string& url)>& visit)
      : url_(url),
        mark_(std::min(url_.path.find('?'), url_.path.size())),
        query_(std::string_view(url_.path).substr(std::min(mark_ + 1, url_.path.size()))),
        visit_(visit) {
    add({Dimension::What::kAuthority, {other_authority(url_)}});
    add({Dimension::What::kCredentials, credential_choices(credentials)});
    if (mark_ == url_.path.size()) return;
    add(encoder_dimension(query_));
    for (Dimension& dimension : kind_dimensions(query_)) add(std::move(dimension));
    for (Dimension& dimension : query_dimensions(query_, thoroughness)) add(std::move(dimension));
  }

  std::optional<SignedUrl> run() {
    for (std::size_t changes = 0; changes <= dimensions_.size() && visited_ != Visit::kGiveUp; ++changes) {
      if (choose(0, changes)) return found_;
    }
    return std::nullopt;
  }

 private:
  void add(Dimension dimension) {
    if (!dimension.choices.empty()) dimensions_.push_back(std::move(dimension));
  }

  // Whether the search is at its end, with what has been chosen and so many changes more.
  bool choose(std::size_t at, std::size_t changes) {
    if (visited_ == Visit::kGiveUp || dimensions_.size() - at < changes) return false;
    if (changes == 0) return look();
    const Dimension& dimension = dimensions_[at];
    const bool is_dressed = dimension.what == Dimension::What::kKind && has_encoder_;
    if (!is_dressed) {
      for (const Choice& choice : dimension.choices) {
        const bool is_encoder = dimension.what == Dimension::What::kEncoder;
        has_encoder_ = has_encoder_ || is_encoder;
        chosen_.emplace_back(&dimension, &choice);
        const bool is_found = choose(at + 1, changes - 1);
        chosen_.pop_back();
        if (is_encoder) has_encoder_ = false;
        if (is_found) return true;
      }
    }
    return choose(at + 1, changes);
  }

  bool look() {
    std::string authority = url_.authority;
    std::string credentials;
    QueryText::Dress dress;
    for (const auto& [dimension, choice] : chosen_) {
      if (dimension->what == Dimension::What::kAuthority) authority = choice->text;
      if (dimension->what == Dimension::What::kCredentials) credentials = choice->text;
      if (choice->put_on) choice->put_on(dress);
    }
    std::string url = url_.scheme + "://" + credentials + authority + url_.path.substr(0, mark_);
    if (mark_ < url_.path.size()) url += "?" + query_.text(dress);
    if (!seen_.insert(base::hash64(url)).second) return false;
    visited_ = visit_(url);
    if (visited_ != Visit::kFits) return false;
    found_ = {std::move(url), chosen_.empty() ? "as given" : ""};
    for (const auto& [dimension, choice] : chosen_)
      found_.variant += (found_.variant.empty() ? "" : ", ") + choice->name;
    return true;
  }

  const http::Url url_;
  const std::size_t mark_;
  const QueryText query_;
  const std::function<Visit(const std::string& url)>& visit_;
  std::vector<Dimension> dimensions_;
  std::vector<std::pair<const Dimension*, const Choice*>> chosen_;
  bool has_encoder_ = false;
  std::unordered_set<std::uint64_t> seen_;
  Visit visited_ = Visit::kGoOn;
  SignedUrl found_;
};

void add_url(std::vector<SignedUrl>& urls, std::string url, std::string variant) {
  const bool known = std::any_of(urls.begin(), urls.end(), [&](const SignedUrl& one) { return one.url == url; });
  if (!known) urls.push_back({std::move(url), std::move(variant)});
}

// What encodeURIComponent leaves as it is.
bool is_left_plain(char c) {
  constexpr std::string_view kMarks = "~!*'()";
  return QueryText::is_always_plain(c) || kMarks.find(c) != std::string_view::npos;
}

void append_encoded(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (is_left_plain(c)) {
      out += c;
    } else {
      out += http::percent_encode({&c, 1});
    }
  }
}

// The URL with its query decoded and encoded again; nothing if it has none, or one that does not decode.
std::optional<std::string> with_query_encoded_anew(const std::string& url) {
  const std::size_t mark = url.find('?');
  if (mark == std::string::npos) return std::nullopt;
  const auto parameters = http::parse_form(std::string_view(url).substr(mark + 1));
  if (!parameters) return std::nullopt;
  std::string out = url.substr(0, mark + 1);
  for (const auto& [name, value] : *parameters) {
    if (!out.ends_with('?')) out += '&';
    append_encoded(out, name);
    out += '=';
    append_encoded(out, value);
  }
  return out;
}

}  // namespace

std::vector<SignedUrl> signed_urls(std::string_view url) {
  std::vector<SignedUrl> urls;
  add_url(urls, std::string(url), "as given");
  const auto parts = http::parse_url(url);
  if (!parts) return urls;
  const Choice other = other_authority(*parts);
  add_url(urls, parts->scheme + "://" + other.text + parts->path, other.name);
  const std::vector<SignedUrl> plain = urls;
  for (const SignedUrl& one : plain) {
    auto again = with_query_encoded_anew(one.url);
    if (again) add_url(urls, *std::move(again), one.variant + ", its query encoded anew");
  }
  return urls;
}

std::optional<SignedUrl> search_spellings(const SearchedUrl& searched, Thoroughness thoroughness,
                                          const std::function<Visit(const std::string& url)>& visit) {
  // The query may hold bytes that no URL should, and some do.
  const std::size_t mark = std::min(searched.url.find('?'), searched.url.size());
  auto url = http::parse_url(searched.url.substr(0, mark));
  if (!url) return std::nullopt;
  url->path += searched.url.substr(mark);
  return Search(*url, searched.credentials, thoroughness, visit).run();
}

}  // namespace waybill::webhook
