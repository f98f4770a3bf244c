# TACIT_SANITIZE is a list of -fsanitize= groups for everything that is built.
if(TACIT_SANITIZE)
  list(JOIN TACIT_SANITIZE "," TACIT_SANITIZE_GROUPS)
  # Optimised little: instrumented code takes a compiler four times as long.
  add_compile_options(-fsanitize=${TACIT_SANITIZE_GROUPS} -fno-omit-frame-pointer
    -fno-sanitize-recover=all -O1 -gline-tables-only)
  add_link_options(-fsanitize=${TACIT_SANITIZE_GROUPS})
endif()

# Compiles into `target`, which uses LLVM, the options that it needs then.
function(tacit_use_sanitizer_defaults target)
  if(TACIT_SANITIZE MATCHES "address")
    target_sources(${target} PRIVATE "${PROJECT_SOURCE_DIR}/cmake/SanitizerDefaults.cpp")
    set_source_files_properties("${PROJECT_SOURCE_DIR}/cmake/SanitizerDefaults.cpp"
      TARGET_DIRECTORY ${target} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  endif()
endfunction()
