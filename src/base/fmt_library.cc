// {fmt}'s functions, compiled once, out of its headers: Debian has its library as a shared one alone. The compiler is
// told to keep every inline function of this file (see CMakeLists.txt), so that all other files find them here.
#define FMT_HEADER_ONLY
#include <fmt/format.h>
