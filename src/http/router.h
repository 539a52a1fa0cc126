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
  std::size_t route = 0;            // kFound: what add() returned
  PathParameters parameters;        // kFound
  std::vector<Method> allowed;      // kMethodNotAllowed, and kFound: the methods of this path, HEAD with GET
};

// A table of routes. Patterns look like "/v1/Workspaces/{WorkspaceSid}/Events"; a piece in braces stands for one
// non-empty piece of the path, which is percent-decoded. HEAD finds the route of GET. Paths are matched exactly: case
// counts, and so does a slash at the end. Not for concurrent changes; concurrent matching is fine.
class Router {
 public:
  // Returns the route's number: 0, 1, 2 … in the order of the calls.
  // REQUIRES: no earlier route has this method and a pattern that matches the same paths.
  std::size_t add(Method method, std::string_view pattern);

  [[nodiscard]] RouteMatch match(Method method, std::string_view path) const;

 private:
  struct Route {
    Method method;
    std::vector<std::string> pieces;
  };
  std::vector<Route> routes_;
};

}  // namespace waybill::http
