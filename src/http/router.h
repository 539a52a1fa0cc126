#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace waybill::http {

// Decoded pieces of a path by the names the route's pattern gives them.
using PathParameters = std::map<std::string, std::string, std::less<>>;

// What a path and a method lead to.
struct RouteMatch {
  enum class Kind { kFound, kNoSuchPath, kMethodNotAllowed };
  Kind kind = Kind::kNoSuchPath;
  std::size_t route = 0;        // kFound: what add() returned
  PathParameters parameters;    // kFound
  std::vector<Method> allowed;  // kMethodNotAllowed, and kFound: the methods of this path, HEAD with GET
};

// A table of routes. Patterns look like "/v1/Workspaces/{WorkspaceSid}/Events"; a piece in braces stands for one
// non-empty piece of the path, which is percent-decoded (one that does not decode matches nothing). HEAD finds the
// route of GET. Paths are matched exactly: case counts, and so does a slash at the end. Where several patterns match,
// the one whose leftmost differing piece is literal wins. Not for concurrent changes; concurrent matching is fine.
class Router {
 public:
  // Returns the route's number: 0, 1, 2 … in the order of the calls.
  // REQUIRES: `pattern` begins with '/'; no earlier route has this method and a pattern that matches the same paths.
  std::size_t add(Method method, std::string_view pattern);

  [[nodiscard]] RouteMatch match(Method method, std::string_view path) const;

 private:
  struct Piece {
    std::string text;  // the literal, or the parameter's name
    bool is_parameter;
  };
  struct Route {
    Method method;
    std::vector<Piece> pieces;
  };

  static bool same_shape(const Route& a, const Route& b);
  static bool matches(const Route& route, const std::vector<std::string_view>& pieces);
  static bool is_more_literal(const Route& a, const Route& b);

  std::vector<Route> routes_;
};

}  // namespace waybill::http
