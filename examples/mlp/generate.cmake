# Writes the model for each batch size from mlp.mlir.in:
#   cmake [-DOUT=FOLDER] -P examples/mlp/generate.cmake
# The files are committed, so that they can be read and run without a build; a
# test runs this into another folder and compares.
if(NOT OUT)
  set(OUT "${CMAKE_CURRENT_LIST_DIR}")
endif()
foreach(pair 64:mlp 16:mlp_b16 256:mlp_b256)
  string(REPLACE ":" ";" pair "${pair}")
  list(GET pair 0 BATCH)
  list(GET pair 1 name)
  configure_file("${CMAKE_CURRENT_LIST_DIR}/mlp.mlir.in" "${OUT}/${name}.mlir" @ONLY)
endforeach()
