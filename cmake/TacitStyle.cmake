# check-format and check-tidy: the tree against .clang-format and .clang-tidy.
find_program(TACIT_CLANG_FORMAT NAMES clang-format-22)
find_program(TACIT_RUN_CLANG_TIDY NAMES run-clang-tidy-22)
find_package(Git QUIET)

if(TACIT_CLANG_FORMAT AND GIT_FOUND)
  # Tracked files only: a build folder may lie in the tree.
  add_custom_target(check-format
    COMMAND "${GIT_EXECUTABLE}" ls-files -z -- "*.h" "*.c" "*.cpp"
      | xargs -0 "${TACIT_CLANG_FORMAT}" --dry-run -Werror
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    COMMENT "Checking the format of tracked files")
endif()

if(TACIT_RUN_CLANG_TIDY)
  # Needs generated headers: build first. Takes minutes.
  add_custom_target(check-tidy
    COMMAND "${TACIT_RUN_CLANG_TIDY}" -quiet -p "${PROJECT_BINARY_DIR}"
      "^${PROJECT_SOURCE_DIR}/(dialect|passes|runtime|tools)/.*"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    COMMENT "Running clang-tidy"
    USES_TERMINAL
    VERBATIM)
endif()
