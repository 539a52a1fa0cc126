# What is installed, and the Debian package that `./dev package` makes of it.
include(GNUInstallDirs)

install(TARGETS waybill RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES packaging/waybill.service DESTINATION lib/systemd/system)
install(FILES packaging/waybill.toml DESTINATION /etc/waybill)
install(FILES README.md CHANGELOG.md RELIABILITY.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN decisions EXCLUDE)

# Manuals and completions are made by the program itself, so they know what it knows.
set(texts ${CMAKE_BINARY_DIR}/package-texts)
add_custom_target(package_texts
  COMMAND ${CMAKE_SOURCE_DIR}/tools/package_texts.sh $<TARGET_FILE:waybill> ${texts}
  DEPENDS waybill VERBATIM)
install(DIRECTORY ${texts}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} OPTIONAL)
install(FILES ${texts}/waybill.bash DESTINATION share/bash-completion/completions RENAME waybill OPTIONAL)
install(FILES ${texts}/_waybill DESTINATION share/zsh/vendor-completions OPTIONAL)
install(FILES ${texts}/waybill.fish DESTINATION share/fish/vendor_completions.d OPTIONAL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME waybill)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Archive of TaskRouter events that answers the Events API")
set(CPACK_PACKAGE_DESCRIPTION
    "Keeps every event of a contact centre's routing for as long as one likes, and answers the Events API as\n it is documented publicly, so that the usual client libraries work unchanged. Not affiliated with Twilio.")
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The Waybill maintainers <waybill@localhost>")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates")
set(CPACK_STRIP_FILES ON)
set(scripts ${CMAKE_SOURCE_DIR}/packaging/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${scripts}/postinst ${scripts}/prerm ${scripts}/postrm ${scripts}/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
include(CPack)
