#include "http/router.h"

#include <string>

#include <gtest/gtest.h>

namespace waybill::http {
namespace {

using Kind = RouteMatch::Kind;

// What a match says, as one line: "1 EventSid=EV1 Sid=WS1", "405 GET,HEAD", "404".
std::string check(const Router& router, Method method, std::string_view path) {
  const RouteMatch match = router.match(method, path);
  std::string out;
  switch (match.kind) {
    case Kind::kNoSuchPath: return "404";
    case Kind::kMethodNotAllowed:
      for (const Method allowed : match.allowed) out += (out.empty() ? "405 " : ",") + std::string(to_text(allowed));
      return out;
    case Kind::kFound:
      out = std::to_string(match.route);
      for (const auto& [name, value] : match.parameters) out.append(" ").append(name).append("=").append(value);
      return out;
  }
  return out;
}

Router events_router() {
  Router router;
  router.add(Method::kGet, "/v1/Workspaces/{Sid}/Events");
  router.add(Method::kGet, "/v1/Workspaces/{Sid}/Events/{EventSid}");
  router.add(Method::kPost, "/v1/Workspaces/{Sid}/Events");
  router.add(Method::kGet, "/");
  router.add(Method::kDelete, "/v1/Workspaces/{Sid}");
  return router;
}

TEST(RouterTest, PathsLeadToTheirRoutes) {
  const Router router = events_router();
  struct Case {
    Method method;
    std::string_view path, want;
  };
  const Case cases[] = {
      {Method::kGet, "/v1/Workspaces/WS1/Events", "0 Sid=WS1"},
      {Method::kHead, "/v1/Workspaces/WS1/Events", "0 Sid=WS1"},
      {Method::kPost, "/v1/Workspaces/WS1/Events", "2 Sid=WS1"},
      {Method::kGet, "/v1/Workspaces/WS1/Events/EV1", "1 EventSid=EV1 Sid=WS1"},
      {Method::kGet, "/", "3"},
      {Method::kGet, "/v1/Workspaces/a%20b%2Fc/Events", "0 Sid=a b/c"},
      {Method::kGet, "/v1/Workspaces/a+b/Events", "0 Sid=a+b"},
      {Method::kPut, "/v1/Workspaces/WS1/Events", "405 GET,HEAD,POST"},
      {Method::kOther, "/", "405 GET,HEAD"},
      {Method::kGet, "/v1/Workspaces/WS1", "405 DELETE"},
      {Method::kHead, "/v1/Workspaces/WS1", "405 DELETE"},
      {Method::kGet, "", "404"},
      {Method::kGet, "*", "404"},
      {Method::kGet, "v1/Workspaces/WS1/Events", "404"},
      {Method::kGet, "//", "404"},
      {Method::kGet, "/v1/workspaces/WS1/Events", "404"},
      {Method::kGet, "/v1/Workspaces/WS1/Events/", "404"},
      {Method::kGet, "/v1/Workspaces//Events", "404"},
      {Method::kGet, "/v1/Workspaces/WS1/Events/EV1/x", "404"},
      {Method::kGet, "/v1/Workspaces/%zz/Events", "404"},
      {Method::kGet, "/v1/Work%73paces/WS1/Events", "404"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(to_text(c.method)) + " " + std::string(c.path));
    EXPECT_EQ(check(router, c.method, c.path), c.want);
  }
}

TEST(RouterTest, AMatchNamesTheMethodsOfItsPath) {
  const RouteMatch match = events_router().match(Method::kGet, "/v1/Workspaces/WS1/Events");
  EXPECT_EQ(match.allowed, (std::vector<Method>{Method::kGet, Method::kHead, Method::kPost}));
}

TEST(RouterTest, ALiteralPieceWinsOverAParameterInEitherOrder) {
  for (const bool literal_first : {true, false}) {
    SCOPED_TRACE(literal_first);
    Router router;
    router.add(Method::kGet, literal_first ? "/a/b" : "/a/{Name}");
    router.add(Method::kGet, literal_first ? "/a/{Name}" : "/a/b");
    EXPECT_EQ(check(router, Method::kGet, "/a/b"), literal_first ? "0" : "1");
    EXPECT_EQ(check(router, Method::kGet, "/a/c"), literal_first ? "1 Name=c" : "0 Name=c");
  }
}

TEST(RouterTest, TheLeftmostLiteralDecides) {
  Router router;
  router.add(Method::kGet, "/{X}/b");
  router.add(Method::kGet, "/a/{Y}");
  EXPECT_EQ(check(router, Method::kGet, "/a/b"), "1 Y=b");
}

TEST(RouterTest, ARouteOfHeadsOwnWinsOverTheOneOfGet) {
  Router router;
  router.add(Method::kGet, "/a");
  router.add(Method::kHead, "/a");
  EXPECT_EQ(check(router, Method::kGet, "/a"), "0");
  EXPECT_EQ(check(router, Method::kHead, "/a"), "1");
}

TEST(RouterDeathTest, TheSameRouteTwiceIsABrokenInvariant) {
  Router router;
  router.add(Method::kGet, "/a/{X}");
  EXPECT_DEATH(router.add(Method::kGet, "/a/{Y}"), "same_shape");
  EXPECT_DEATH(router.add(Method::kGet, "a"), "starts_with");
}

}  // namespace
}  // namespace waybill::http
