#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace waybill::testing {

// The page URLs of a list's answer.
class ListAnswer {
 public:
  ListAnswer() = default;
  // Nothing if the answer is no list.
  static std::optional<ListAnswer> parse(const http::Response& response);

  // Whether there is a page `next` or `previous`.
  [[nodiscard]] bool has(const std::string& name) const;
  // The URL of `next`, `previous` or `first`, or of the page itself (`url`). Throws std::runtime_error if it is null.
  [[nodiscard]] std::string url(const std::string& name) const;
  // The sids of the items on the page.
  [[nodiscard]] const std::vector<std::string>& sids() const { return sids_; }

 private:
  std::string meta_;
  std::vector<std::string> sids_;
};

// The text of a member of a JSON object; another value as it stands, and nothing where there is none.
std::string plain_member_of(std::string_view json, std::string_view name);

// What a case wants to see of an answer.
class View {
 public:
  // `headers NAME…`, `sids`, `meta`, `members NAME…`, `events`, `body` or `status`. Without any, the body.
  void add(const std::vector<std::string>& words);

  // The status, then what was asked for, a line each; the body of an answer that is no success comes always, and on one
  // line.
  [[nodiscard]] std::vector<std::string> text_of(const http::Response& response) const;

 private:
  std::vector<std::vector<std::string>> parts_;
};

}  // namespace waybill::testing
