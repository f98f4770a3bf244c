# What find_package(Tacit) and pkg-config find of an installed Tacit.
include(CMakePackageConfigHelpers)
set(TACIT_CMAKE_FOLDER "${CMAKE_INSTALL_LIBDIR}/cmake/Tacit")

set_target_properties(tacit_runtime PROPERTIES EXPORT_NAME runtime)
target_include_directories(tacit_runtime INTERFACE "$<INSTALL_INTERFACE:include>")
# Of compiled code, which calls what no polynomial stands for.
target_link_libraries(tacit_runtime INTERFACE m)
install(EXPORT TacitTargets NAMESPACE Tacit::
  DESTINATION "${TACIT_CMAKE_FOLDER}" COMPONENT dev)

configure_package_config_file(cmake/TacitConfig.cmake.in
  "${PROJECT_BINARY_DIR}/cmake/TacitConfig.cmake"
  INSTALL_DESTINATION "${TACIT_CMAKE_FOLDER}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/cmake/TacitConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/cmake/TacitConfig.cmake"
  "${PROJECT_BINARY_DIR}/cmake/TacitConfigVersion.cmake"
  cmake/TacitCompile.cmake
  DESTINATION "${TACIT_CMAKE_FOLDER}" COMPONENT dev)

# Relative to itself, so that what is installed can be moved.
file(RELATIVE_PATH TACIT_PREFIX_FROM_PC
  "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
configure_file(cmake/tacit.pc.in "${PROJECT_BINARY_DIR}/cmake/tacit.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/cmake/tacit.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT dev)
