#include "base/out_of_memory.h"

#include <string>  // libstdc++'s own way to say so comes with it

namespace waybill::base {

void fail_without_memory() { std::__throw_bad_alloc(); }

}  // namespace waybill::base
