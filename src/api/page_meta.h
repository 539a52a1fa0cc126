#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/json_writer.h"
#include "http/url.h"

namespace waybill::api {

// What `meta` is made of; the same for every list.
struct PageMeta {
  std::string list_url;      // absolute, without a query
  http::Parameters filters;  // repeated in every URL
  std::string_view key;      // the member that holds the list
  std::uint32_t page_size = 0;
  std::int64_t page = 0;
  std::string page_token;  // of this page; empty if it is the first
  std::optional<std::string> next_token;
  std::optional<std::string> previous_token;
};

// Writes the value of `meta`: seven members, absent neighbours null.
void write_page_meta(codec::JsonWriter& out, const PageMeta& meta);

}  // namespace waybill::api
