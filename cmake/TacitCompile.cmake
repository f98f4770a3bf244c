# tacit_compile(TARGET MODEL
#   [NAME name]            what its names begin with; default: the model's file
#   [STRATEGY text]        as in tacit-compile; default ssgd
#   [OPTIMIZER text] [SCHEDULE text]
#   [RANKS n]              default: any number
#   [TARGET_CPU cpu])      default: native, this machine's
#
# Compiles the model, when it or the compiler has changed, and puts it into
# TARGET, an executable or a library: its object, the runtime, and the headers
# NAME.h and, for C++20, NAME.hpp.
function(tacit_compile target model)
  cmake_parse_arguments(PARSE_ARGV 2 ARG "" "NAME;STRATEGY;OPTIMIZER;SCHEDULE;RANKS;TARGET_CPU" "")
  if(NOT TARGET "${target}")
    message(FATAL_ERROR "tacit_compile: there is no target '${target}'; add it before")
  endif()
  if(ARG_UNPARSED_ARGUMENTS OR ARG_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "tacit_compile(${target}): cannot make anything of "
      "'${ARG_UNPARSED_ARGUMENTS}${ARG_KEYWORDS_MISSING_VALUES}'; it takes a target, a model, and "
      "NAME, STRATEGY, OPTIMIZER, SCHEDULE, RANKS and TARGET_CPU with a value each")
  endif()
  find_program(TACIT_COMPILE tacit-compile HINTS "${TACIT_TOOL_FOLDER}" NO_CMAKE_FIND_ROOT_PATH)
  if(NOT TACIT_COMPILE)
    message(FATAL_ERROR "tacit_compile: there is no tacit-compile in ${TACIT_TOOL_FOLDER} or in PATH; "
      "install Tacit's tools (Debian's package tacit-tools), or say -DTACIT_COMPILE=FILE")
  endif()

  get_filename_component(model "${model}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  if(NOT ARG_NAME)
    get_filename_component(ARG_NAME "${model}" NAME_WE)
    string(MAKE_C_IDENTIFIER "${ARG_NAME}" ARG_NAME)
  endif()
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/tacit/${target}")
  file(MAKE_DIRECTORY "${folder}")
  set(options "--name=${ARG_NAME}")
  foreach(key STRATEGY OPTIMIZER SCHEDULE RANKS TARGET_CPU)
    if(NOT "${ARG_${key}}" STREQUAL "")
      string(TOLOWER "--${key}=" option)
      string(REPLACE "_" "-" option "${option}")
      list(APPEND options "${option}${ARG_${key}}")
    endif()
  endforeach()

  set(object "${folder}/${ARG_NAME}.o")
  set(headers "${folder}/${ARG_NAME}.h" "${folder}/${ARG_NAME}.hpp")
  add_custom_command(OUTPUT "${object}" ${headers}
    COMMAND "${TACIT_COMPILE}" "${model}" ${options} -o "${object}"
      "--header=${folder}/${ARG_NAME}.h" "--cpp-header=${folder}/${ARG_NAME}.hpp"
    DEPENDS "${model}" "${TACIT_COMPILE}"
    COMMENT "Compiling the model ${ARG_NAME}"
    VERBATIM)
  set_source_files_properties("${object}" PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  target_sources(${target} PRIVATE "${object}" ${headers})
  target_include_directories(${target} PRIVATE "${folder}")
  target_link_libraries(${target} PRIVATE Tacit::runtime)
endfunction()
