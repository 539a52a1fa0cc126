# Reading the standard library's headers takes half of a build. They are compiled once, with waybill_base, and taken
# from there by every target that is compiled alike. Whether a header of ours names all that it needs is judged without
# them, by the target all_verify_interface_header_sets.
set(standard_headers <algorithm> <array> <atomic> <charconv> <chrono> <cstdint> <cstdio> <cstring> <filesystem> <fstream>
                     <functional> <map> <memory> <mutex> <optional> <set> <span> <string> <string_view> <system_error>
                     <thread> <utility> <vector>)

function(precompile_headers folder)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target ${targets})
    get_target_property(type ${target} TYPE)
    # waybill_fmt is compiled in another way.
    if(type MATCHES "^(STATIC_LIBRARY|EXECUTABLE)$" AND NOT target MATCHES "^waybill_(base|fmt)$")
      target_precompile_headers(${target} REUSE_FROM waybill_base)
    endif()
  endforeach()
  get_property(folders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(inner ${folders})
    precompile_headers(${inner})
  endforeach()
endfunction()

target_precompile_headers(waybill_base PRIVATE ${standard_headers})
precompile_headers(${CMAKE_SOURCE_DIR})
