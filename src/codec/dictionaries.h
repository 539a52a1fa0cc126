#pragma once

#include <string_view>

namespace waybill::codec {

// The bytes of src/codec/dictionaries/1.dictionary.
std::string_view dictionary_1();

}  // namespace waybill::codec
