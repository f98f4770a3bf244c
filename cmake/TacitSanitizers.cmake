# TACIT_SANITIZE is a list of -fsanitize= groups for everything that is built.
if(TACIT_SANITIZE)
  list(JOIN TACIT_SANITIZE "," TACIT_SANITIZE_GROUPS)
  add_compile_options(-fsanitize=${TACIT_SANITIZE_GROUPS} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TACIT_SANITIZE_GROUPS})
endif()
