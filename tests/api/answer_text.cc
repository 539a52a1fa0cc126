#include "api/answer_text.h"

#include <stdexcept>
#include <utility>

#include "api/shorthand.h"
#include "base/strings.h"
#include "codec/json_scan.h"

namespace waybill::testing {
namespace {

constexpr std::size_t kNestingMax = 100;

using Members = std::vector<std::pair<std::string, std::string>>;

Members members_of(std::string_view json) {
  codec::JsonChecker checker;
  const auto checked = checker.check(json, kNestingMax);
  Members out;
  if (!checked || !checked->is_object()) return out;
  for (codec::MemberScanner scan(*checked); scan.next();) out.emplace_back(scan.name(), scan.value().text());
  return out;
}

std::vector<std::string> elements_of(std::string_view json) {
  codec::JsonChecker checker;
  const auto checked = checker.check(json, kNestingMax);
  std::vector<std::string> out;
  if (!checked || !checked->is_array()) return out;
  for (codec::ElementScanner scan(*checked); scan.next();) out.emplace_back(scan.value().text());
  return out;
}

std::string member_of(std::string_view json, std::string_view name) {
  for (auto& [key, value] : members_of(json)) {
    if (key == name) return std::move(value);
  }
  return "";
}

// The text of a JSON string; anything else as it stands.
std::string plain(const std::string& json) {
  codec::JsonChecker checker;
  const auto checked = checker.check(json, kNestingMax);
  return checked && checked->is_string() ? *checked->string() : json;
}

// The items of a list's page, or the one object that was fetched.
std::vector<std::string> items_of(const http::Response& response) {
  const Members members = members_of(response.body);
  if (members.size() == 2 && members[0].first == "meta") return elements_of(members[1].second);
  return {response.body};
}

// "[EV~1 EV~2] next previous": the page's items, and which neighbours it has.
std::string sids_line(const http::Response& response) {
  const auto list = ListAnswer::parse(response);
  if (!list) throw std::runtime_error("show sids: this is no list");
  std::string out = "[";
  for (const std::string& sid : list->sids()) out += (out.size() > 1 ? " " : "") + sid;
  out += "]";
  const std::string meta = member_of(response.body, "meta");
  for (const char* const name : {"next", "previous"}) {
    if (member_of(meta, std::string(name) + "_page_url") != "null") out += std::string(" ") + name;
  }
  return out;
}

void append_lines(std::vector<std::string>& lines, std::string_view text) {
  for (const std::string_view line : base::split(text, '\n')) {
    lines.push_back(mask_page_tokens(shorten_sids(line)));
  }
}

void append_part(std::vector<std::string>& lines, const std::vector<std::string>& part,
                 const http::Response& response) {
  const std::string& kind = part[0];
  if (kind == "sids") return append_lines(lines, sids_line(response));
  if (kind == "meta") return append_lines(lines, laid_out(member_of(response.body, "meta")));
  if (kind == "body") return append_lines(lines, laid_out(response.body));
  if (kind == "members") {
    for (const std::string& item : items_of(response)) {
      std::string line;
      for (std::size_t i = 1; i < part.size(); ++i) line += (i > 1 ? "  " : "") + member_of(item, part[i]);
      append_lines(lines, line);
    }
    return;
  }
  if (kind != "status" && kind != "headers") throw std::runtime_error("show what? " + kind);
}

}  // namespace

std::optional<ListAnswer> ListAnswer::parse(const http::Response& response) {
  const Members members = members_of(response.body);
  if (response.status != 200 || members.size() != 2 || members[0].first != "meta") return std::nullopt;
  ListAnswer list;
  list.meta_ = members[0].second;
  for (const std::string& item : elements_of(members[1].second)) list.sids_.push_back(plain(member_of(item, "sid")));
  return list;
}

bool ListAnswer::has(const std::string& name) const { return member_of(meta_, name + "_page_url") != "null"; }

std::string ListAnswer::url(const std::string& name) const {
  const std::string member = member_of(meta_, name == "url" ? "url" : name + "_page_url");
  if (member.empty() || member == "null") throw std::runtime_error("the last list has no " + name);
  return plain(member);
}

std::string plain_member_of(std::string_view json, std::string_view name) { return plain(member_of(json, name)); }

void View::add(const std::vector<std::string>& words) {
  if (words.empty()) throw std::runtime_error("show what?");
  parts_.push_back(words);
}

std::vector<std::string> View::text_of(const http::Response& response) const {
  std::vector<std::string> lines = {std::to_string(response.status)};
  for (const std::vector<std::string>& part : parts_) {
    if (part[0] != "headers") continue;
    for (std::size_t i = 1; i < part.size(); ++i) {
      append_lines(lines, part[i] + ": " + std::string(response.header(part[i]).value_or("(absent)")));
    }
  }
  const bool only_headers = parts_.size() == 1 && parts_[0][0] == "headers" && response.status < 300;
  if (response.status >= 300 || parts_.empty()) {
    const bool is_error = response.status >= 300;
    if (!response.body.empty()) append_lines(lines, is_error ? response.body : laid_out(response.body));
  } else if (!only_headers) {
    for (const std::vector<std::string>& part : parts_) append_part(lines, part, response);
  }
  return lines;
}

}  // namespace waybill::testing
