#include "http/router.h"

#include <algorithm>

#include "base/check.h"
#include "base/strings.h"
#include "http/url.h"

namespace waybill::http {
namespace {

// The pieces of a path behind its first slash; a path that does not begin with one has none.
std::vector<std::string_view> pieces_of(std::string_view path) {
  if (!path.starts_with('/')) return {};
  return base::split(path.substr(1), '/');
}

bool answers(Method route, Method asked) { return route == asked || (route == Method::kGet && asked == Method::kHead); }

void add_once(std::vector<Method>& methods, Method method) {
  if (std::find(methods.begin(), methods.end(), method) == methods.end()) methods.push_back(method);
}

}  // namespace

std::size_t Router::add(Method method, std::string_view pattern) {
  CHECK(pattern.starts_with('/'));
  Route route{method, {}};
  for (const std::string_view piece : pieces_of(pattern)) {
    const bool is_parameter = piece.size() > 2 && piece.starts_with('{') && piece.ends_with('}');
    route.pieces.push_back({std::string(is_parameter ? piece.substr(1, piece.size() - 2) : piece), is_parameter});
  }
  for (const Route& earlier : routes_) CHECK(earlier.method != method || !same_shape(earlier, route));
  routes_.push_back(std::move(route));
  return routes_.size() - 1;
}

RouteMatch Router::match(Method method, std::string_view path) const {
  const std::vector<std::string_view> pieces = pieces_of(path);
  std::vector<Method> allowed;
  const Route* best = nullptr;
  for (const Route& route : routes_) {
    if (!matches(route, pieces)) continue;
    add_once(allowed, route.method);
    if (route.method == Method::kGet) add_once(allowed, Method::kHead);
    if (!answers(route.method, method)) continue;
    // A route of HEAD's own is nearer than the one of GET, and a literal piece nearer than a parameter.
    const bool nearer_method = best != nullptr && best->method != method && route.method == method;
    if (best == nullptr || is_more_literal(route, *best) || (same_shape(route, *best) && nearer_method)) {
      best = &route;
    }
  }

  RouteMatch match;
  if (allowed.empty()) return match;
  std::sort(allowed.begin(), allowed.end());
  match.allowed = std::move(allowed);
  if (best == nullptr) {
    match.kind = RouteMatch::Kind::kMethodNotAllowed;
    return match;
  }
  match.kind = RouteMatch::Kind::kFound;
  match.route = static_cast<std::size_t>(best - routes_.data());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (best->pieces[i].is_parameter) match.parameters[best->pieces[i].text] = percent_decode(pieces[i]).value();
  }
  return match;
}

bool Router::same_shape(const Route& a, const Route& b) {
  return std::equal(a.pieces.begin(), a.pieces.end(), b.pieces.begin(), b.pieces.end(),
                    [](const Piece& x, const Piece& y) {
                      return x.is_parameter == y.is_parameter && (x.is_parameter || x.text == y.text);
                    });
}

bool Router::matches(const Route& route, const std::vector<std::string_view>& pieces) {
  return std::equal(route.pieces.begin(), route.pieces.end(), pieces.begin(), pieces.end(),
                    [](const Piece& want, std::string_view have) {
                      if (!want.is_parameter) return want.text == have;
                      return !have.empty() && (have.find('%') == have.npos || percent_decode(have).has_value());
                    });
}

bool Router::is_more_literal(const Route& a, const Route& b) {
  return std::lexicographical_compare(a.pieces.begin(), a.pieces.end(), b.pieces.begin(), b.pieces.end(),
                                      [](const Piece& x, const Piece& y) { return !x.is_parameter && y.is_parameter; });
}

}  // namespace waybill::http
