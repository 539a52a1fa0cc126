#include "api/page_meta.h"

#include <algorithm>

namespace waybill::api {
namespace {

std::string page_url(const PageMeta& meta, std::int64_t page, const std::string& token) {
  http::Parameters parameters = meta.filters;
  parameters.emplace_back("PageSize", std::to_string(meta.page_size));
  parameters.emplace_back("Page", std::to_string(page));
  if (!token.empty()) parameters.emplace_back("PageToken", token);
  return meta.list_url + "?" + http::encode_form(parameters);
}

void write_neighbour(codec::JsonWriter& out, std::string_view name, const PageMeta& meta, std::int64_t page,
                     const std::optional<std::string>& token) {
  out.key(name);
  token ? out.text(page_url(meta, page, *token)) : out.null();
}

}  // namespace

void write_page_meta(codec::JsonWriter& out, const PageMeta& meta) {
  out.begin_object();
  out.member("key", meta.key);
  out.member("url", page_url(meta, meta.page, meta.page_token));
  out.key("page").number(meta.page);
  out.key("page_size").number(meta.page_size);
  write_neighbour(out, "next_page_url", meta, meta.page + 1, meta.next_token);
  out.member("first_page_url", page_url(meta, 0, ""));
  write_neighbour(out, "previous_page_url", meta, std::max<std::int64_t>(0, meta.page - 1), meta.previous_token);
  out.end_object();
}

}  // namespace waybill::api
