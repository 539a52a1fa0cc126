#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace waybill::codec {

// Appends compact JSON (RFC 8259) to a string, commas included. It trusts its caller to pair begin and end and to
// give each object member its key. REQUIRES: text given to it is UTF-8; `out` outlives the writer.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  JsonWriter& key(std::string_view name);
  JsonWriter& text(std::string_view value);
  JsonWriter& number(std::int64_t value);
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  // A value that is JSON already.
  JsonWriter& raw(std::string_view json);

  // A member whose value is text.
  JsonWriter& member(std::string_view name, std::string_view value) { return key(name).text(value); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string& out_;
  bool needs_comma_ = false;
};

// `text` as a JSON string, quotes included, appended to `out`. Only what must be escaped is.
void append_json_string(std::string& out, std::string_view text);

}  // namespace waybill::codec
