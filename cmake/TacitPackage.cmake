# Debian packages, by `cpack` in the build folder. Configure with
# -DCMAKE_INSTALL_PREFIX=/usr for the folders that Debian has for libraries.
set(CPACK_PACKAGE_NAME tacit)
set(CPACK_PACKAGE_VENDOR "The Tacit project")
set(CPACK_PACKAGE_CONTACT "The Tacit project <tacit@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_GENERATOR DEB)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}/packages")

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)

# tacit_package(COMPONENT NAME SECTION SUMMARY [DEPENDS text] [RECOMMENDS text])
macro(tacit_package component name section summary)
  cmake_parse_arguments(PACKAGE "" "DEPENDS;RECOMMENDS" "" ${ARGN})
  string(TOUPPER "${component}" key)
  set(CPACK_DEBIAN_${key}_PACKAGE_NAME ${name})
  set(CPACK_DEBIAN_${key}_PACKAGE_SECTION ${section})
  set(CPACK_DEBIAN_${key}_DESCRIPTION "${summary}")
  set(CPACK_DEBIAN_${key}_PACKAGE_DEPENDS "${PACKAGE_DEPENDS}")
  set(CPACK_DEBIAN_${key}_PACKAGE_RECOMMENDS "${PACKAGE_RECOMMENDS}")
  install(FILES LICENSE DESTINATION "share/doc/${name}" RENAME copyright COMPONENT ${component})
endmacro()

set(any_mpi "tacit-mpi-openmpi | tacit-mpi-mpich")
tacit_package(runtime libtacit-runtime0 libs
  "Runtime of programs that tacit-compile makes of training steps" RECOMMENDS "${any_mpi}")
if(TARGET tacit_mpi_openmpi)
  tacit_package(openmpi tacit-mpi-openmpi libs "Tacit's ranks under Open MPI")
endif()
if(TARGET tacit_mpi_mpich)
  tacit_package(mpich tacit-mpi-mpich libs "Tacit's ranks under MPICH")
endif()
tacit_package(dev libtacit-dev libdevel
  "Headers for programs that train with Tacit"
  DEPENDS "libtacit-runtime0 (= ${PROJECT_VERSION})" RECOMMENDS "tacit-tools")
if(TACIT_ENABLE_COMPILER)
  tacit_package(tools tacit-tools devel
    "Compilers of training steps: tacit-run, tacit-compile, tacit-opt" RECOMMENDS "${any_mpi}")
endif()
# Whoever depends on the library finds out by itself which package it needs.
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)

get_cmake_property(CPACK_COMPONENTS_ALL COMPONENTS)
list(REMOVE_ITEM CPACK_COMPONENTS_ALL Unspecified)
include(CPack)
