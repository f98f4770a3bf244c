//===- tensor_type.h - Sizes and names of tensor types ----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Sizes of the types in a program's descriptor, and their names in messages.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_SUPPORT_TENSOR_TYPE_H
#define TACIT_RUNTIME_SUPPORT_TENSOR_TYPE_H

#include "runtime/abi/tacit_abi.h"

#include <cstdint>
#include <string>

namespace tacit {

/// Bytes of one element; 0 for a code that is not a type.
inline int64_t DtypeBytes(tacit_dtype dtype) {
  switch (dtype) {
  case TACIT_F64:
  case TACIT_I64:
    return 8;
  case TACIT_F32:
  case TACIT_I32:
    return 4;
  case TACIT_I8:
  case TACIT_I1:
    return 1;
  }
  return 0;
}

/// `f32`, as MLIR writes it.
inline const char *DtypeName(tacit_dtype dtype) {
  switch (dtype) {
  case TACIT_F32:
    return "f32";
  case TACIT_F64:
    return "f64";
  case TACIT_I32:
    return "i32";
  case TACIT_I64:
    return "i64";
  case TACIT_I8:
    return "i8";
  case TACIT_I1:
    return "i1";
  }
  return "an unknown type";
}

/// Element `index` of a tensor.
inline double ElementAt(tacit_dtype dtype, const void *data, int64_t index) {
  switch (dtype) {
  case TACIT_F32:
    return static_cast<const float *>(data)[index];
  case TACIT_F64:
    return static_cast<const double *>(data)[index];
  case TACIT_I32:
    return static_cast<const int32_t *>(data)[index];
  case TACIT_I64:
    return static_cast<double>(static_cast<const int64_t *>(data)[index]);
  default:
    return static_cast<const int8_t *>(data)[index];
  }
}

inline bool IsFloat(tacit_dtype dtype) {
  return dtype == TACIT_F32 || dtype == TACIT_F64;
}

/// Elements in one row of a data argument: the product of all extents but the
/// first.
inline int64_t RowElements(const tacit_tensor_type &type) {
  int64_t elements = 1;
  for (int32_t i = 1; i < type.rank; ++i)
    elements *= type.shape[i];
  return elements;
}

/// `64x784xf32`, as MLIR writes it between the brackets of a tensor.
inline std::string TypeName(const tacit_tensor_type &type) {
  std::string name;
  for (int32_t i = 0; i < type.rank; ++i)
    name += std::to_string(type.shape[i]) + "x";
  return name + DtypeName(type.dtype);
}

} // namespace tacit

#endif // TACIT_RUNTIME_SUPPORT_TENSOR_TYPE_H
