#include "http/proxy.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/strings.h"

namespace waybill::http {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;
constexpr std::uint16_t kProxyPort = 1080;  // where a proxy's URL names none, as curl has it

struct Variable {
  const char* name = nullptr;
  std::string value;
};

std::optional<Variable> first_set(const Variables& variables, std::initializer_list<const char*> names) {
  for (const char* const name : names) {
    if (auto value = variables(name); value && !value->empty()) return Variable{name, *std::move(value)};
  }
  return std::nullopt;
}

// Whether an entry of no_proxy means the host: the host itself, or a domain that it lies in.
bool covers(std::string_view entry, std::string_view host) {
  if (entry == "*") return true;
  if (entry.starts_with('.')) entry.remove_prefix(1);
  if (entry.empty() || entry.size() > host.size()) return false;
  const std::string_view end = host.substr(host.size() - entry.size());
  if (!base::equals_ignoring_case(end, entry)) return false;
  return entry.size() == host.size() || host[host.size() - entry.size() - 1] == '.';
}

bool goes_direct(const std::string& host, const Variables& variables) {
  const auto listed = first_set(variables, {"no_proxy", "NO_PROXY"});
  if (!listed) return false;
  std::string entries = listed->value;
  std::replace(entries.begin(), entries.end(), ' ', ',');
  const std::vector<std::string_view> pieces = base::split(entries, ',');
  return std::any_of(pieces.begin(), pieces.end(), [&](std::string_view piece) {
    piece = base::trim(piece);
    if (piece.starts_with('[') && piece.ends_with(']')) piece = piece.substr(1, piece.size() - 2);
    return covers(piece, host);
  });
}

base::Error bad_proxy(const Variable& variable, std::string_view why) {
  return base::invalid_argument(std::string(variable.name) + ": " + std::string(why));
}

base::Result<Proxy> parse_proxy(const Variable& variable) {
  std::string text = variable.value;
  if (text.find("://") == std::string::npos) text.insert(0, "http://");
  const std::size_t host_at = text.find("://") + 3;
  Proxy proxy;
  const std::size_t user_end = text.substr(0, text.find('/', host_at)).rfind('@');
  if (user_end != std::string::npos) {
    const auto user = percent_decode(std::string_view(text).substr(host_at, user_end - host_at));
    if (!user) return bad_proxy(variable, "its user or password is not percent-encoded as it should be");
    proxy.authorization = "Basic " + base::to_base64(*user);
    text.erase(host_at, user_end + 1 - host_at);
  }
  const auto url = parse_url(text);
  if (!url) return bad_proxy(variable, "is not the URL of a proxy; it looks like http://HOST:PORT");
  if (url->scheme != "http") return bad_proxy(variable, "only proxies that speak http are supported");
  const HostAndPort place = host_and_port(*url);
  proxy.host = place.host;
  const bool has_port = url->authority.find(':', url->authority.find(']') + 1) != std::string::npos;
  proxy.port = has_port ? place.port : kProxyPort;
  return proxy;
}

}  // namespace

HostAndPort host_and_port(const Url& url) {
  const std::string_view authority = url.authority;
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  HostAndPort out{std::string(authority.substr(0, colon)), url.scheme == "https" ? kHttpsPort : kHttpPort};
  if (colon != std::string_view::npos) {
    out.port = static_cast<std::uint16_t>(base::parse_int(authority.substr(colon + 1)).value_or(out.port));
  }
  if (out.host.starts_with('[')) out.host = out.host.substr(1, out.host.size() - 2);
  return out;
}

base::Result<std::optional<Proxy>> proxy_of(const Url& url, const Variables& variables) {
  auto set = url.scheme == "https" ? first_set(variables, {"https_proxy", "HTTPS_PROXY"})
                                   : first_set(variables, {"http_proxy"});
  if (!set) set = first_set(variables, {"all_proxy", "ALL_PROXY"});
  if (!set || goes_direct(host_and_port(url).host, variables)) return std::optional<Proxy>();
  TRY_ASSIGN(Proxy proxy, parse_proxy(*set));
  return std::optional<Proxy>(std::move(proxy));
}

}  // namespace waybill::http
