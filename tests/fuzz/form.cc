#include "fuzz/target.h"
#include "http/url.h"

// The form decoder: what it takes it can write again, and that means the same.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace waybill;
  const auto parameters = http::parse_form(fuzz::text_of(data, size));
  if (!parameters) return 0;
  const auto again = http::parse_form(http::encode_form(*parameters));
  CHECK(again.has_value());
  CHECK(*again == *parameters);
  return 0;
}
