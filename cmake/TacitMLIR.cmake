# MLIR 22 from its packages, linked as shared libraries.
if(EXISTS /usr/lib/llvm-22/lib/cmake/mlir)
  list(APPEND CMAKE_PREFIX_PATH /usr/lib/llvm-22)
endif()
find_package(MLIR 22.1 REQUIRED CONFIG)
message(STATUS "MLIR ${LLVM_PACKAGE_VERSION} in ${MLIR_DIR}")

set(MLIR_BINARY_DIR "${PROJECT_BINARY_DIR}") # add_mlir_doc writes below it
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)
# Installed tools find libMLIR where it is: beside Debian's other libraries of
# LLVM 22, a folder that the loader does not search.
list(APPEND CMAKE_INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}" "${LLVM_LIBRARY_DIR}")
include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
add_definitions(${LLVM_DEFINITIONS})

# A library of the compiler: links the one shared MLIR, and precompiles the
# headers that every file of it reads.
function(tacit_add_compiler_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC MLIR LLVM ${ARG_LINK})
  if(TACIT_SANITIZE)
    target_compile_options(${name} PRIVATE -O0)
  endif()
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  # Precompiled once, for the first of them; a copy each would take as long as a
  # large source file.
  if(name STREQUAL TacitDialect)
    target_precompile_headers(${name} PRIVATE "${PROJECT_SOURCE_DIR}/cmake/CompilerHeaders.h")
  else()
    target_precompile_headers(${name} REUSE_FROM TacitDialect)
  endif()
endfunction()

# A tool with the dialect and all passes, for compiler engineers.
function(tacit_add_compiler_tool name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE TacitDialect TacitPasses MLIR LLVM)
  tacit_use_sanitizer_defaults(${name})
  install(TARGETS ${name} RUNTIME COMPONENT tools)
endfunction()
