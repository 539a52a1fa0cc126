# embed_asset(<file> <header> <namespace> <function> <output>): writes <output> into the current binary folder, a source
# that defines `std::string_view <namespace>::<function>()`, declared in <header>, with the bytes of <file>. Runs again
# when the file changes.
function(embed_asset file header namespace function output)
  add_custom_command(
    OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${output}
    COMMAND ${CMAKE_COMMAND} -DFILE=${file} -DHEADER=${header} -DNAMESPACE=${namespace} -DFUNCTION=${function}
            -DOUTPUT=${CMAKE_CURRENT_BINARY_DIR}/${output} -P ${CMAKE_SOURCE_DIR}/cmake/write_asset.cmake
    DEPENDS ${file} ${CMAKE_SOURCE_DIR}/cmake/write_asset.cmake
    VERBATIM)
endfunction()
