//===- matrix_products.h - Products of matrices by oneDNN -------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Products of f32 matrices for one rank, by oneDNN.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPUTE_MATRIX_PRODUCTS_H
#define TACIT_RUNTIME_COMPUTE_MATRIX_PRODUCTS_H

#include "absl/status/status.h"

#include <cstdint>
#include <memory>

namespace tacit {

/// C = alpha op(A) op(B) + beta C, row-major: op(A) is m x k, op(B) is k x n.
/// Leading dimensions are in elements, of the matrices as stored.
struct MatrixProduct {
  bool transpose_a = false;
  bool transpose_b = false;
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  int64_t lda = 0;
  int64_t ldb = 0;
  int64_t ldc = 0;
  float alpha = 1;
  float beta = 0;
};

/// What one rank keeps between products: oneDNN's primitives for the shapes
/// that it has met, and their scratch memory. Used by one thread at a time.
///
/// The same product of the same numbers gives the same bits again, on any rank
/// of machines of one kind, as long as the number of threads stays: oneDNN may
/// cut a sum differently for another number of threads.
class MatrixProducts {
public:
  MatrixProducts();
  ~MatrixProducts();

  /// With beta = 0, C is not read. Error: a negative size, a leading dimension
  /// shorter than a row, or what oneDNN reports.
  absl::Status Multiply(const MatrixProduct &product, const float *a,
                        const float *b, float *c);

private:
  struct Primitives;
  std::unique_ptr<Primitives> primitives_; ///< Made when first needed.
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMPUTE_MATRIX_PRODUCTS_H
