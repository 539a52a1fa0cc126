# waybill_module(NAME <folder under src> SOURCES … HEADERS … [TESTS …] [TESTING …] [LINK …] [TESTING_LINK …]
#                [TEST_LINK …])
#
# One static library per folder, named waybill_<folder with / as _>, and one test program beside it. LINK names the
# modules and libraries it may use: a call into a module that is not named there does not link. HEADERS are compiled
# alone by the target all_verify_interface_header_sets. TESTING are the sources and headers of the folder testing that are
# a library of their own, waybill_<folder>_testing, for the tests of every module that may see them.
function(waybill_module)
  cmake_parse_arguments(M "" "NAME" "SOURCES;HEADERS;TESTS;TESTING;LINK;TESTING_LINK;TEST_LINK" ${ARGN})
  string(REPLACE "/" "_" id ${M_NAME})
  set(target waybill_${id})
  if(M_SOURCES)
    add_library(${target} STATIC)
    target_sources(${target} PRIVATE ${M_SOURCES})
    set(scope PUBLIC)
    if(WAYBILL_UNITY)
      # Half of a build is instantiating the same templates and reading the same headers in each source. GCC takes the
      # included sources for headers, whose anonymous namespaces others might see; nothing else includes them.
      set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
      target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
    endif()
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${target} ${scope} ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${target} ${scope} ${M_LINK})
  if(M_HEADERS)
    target_sources(${target} ${scope} FILE_SET HEADERS BASE_DIRS ${CMAKE_SOURCE_DIR}/src FILES ${M_HEADERS})
    set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  endif()
  if(M_TESTING AND WAYBILL_WITH_TESTS)
    add_library(${target}_testing STATIC ${M_TESTING})
    target_link_libraries(${target}_testing PUBLIC ${target} ${M_TESTING_LINK})
    list(APPEND M_TEST_LINK ${target}_testing)
  endif()
  if(M_TESTS AND WAYBILL_WITH_TESTS)
    add_executable(${id}_test ${M_TESTS})
    target_link_libraries(${id}_test PRIVATE ${target} ${M_TEST_LINK} GTest::gtest_main)
    add_test(NAME unit.${id} COMMAND ${id}_test)
    set_tests_properties(unit.${id} PROPERTIES LABELS unit TIMEOUT 300)
  endif()
endfunction()
