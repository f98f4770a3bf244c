//===- powersgd.h - Matrices of low rank ------------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// PowerSGD (Vogels, Karimireddy and Jaggi, "PowerSGD: practical low-rank
/// gradient compression for distributed optimization", NeurIPS 2019, algorithm
/// 1): one step of subspace iteration, warm-started. For each variable, with
/// the accumulated gradient of a rank as an n x m matrix M (all dimensions but
/// the last, times the last) and Q, m x r, from the step before:
///
///     P  = mean over ranks of M Q        MultiplyByFactor, an all-reduce
///     P  = orthogonal columns            Orthogonalize, alike on all ranks
///     Q  = mean over ranks of M^T P      MultiplyTransposed, an all-reduce
///     M' = P Q^T                         RebuildAndSubtract, alike on all
///     ranks residual = M - M'
///
/// All matrices are row-major. Products of floats are exact in double, in which
/// they are summed, and each result is rounded once; the order of a sum does
/// not depend on the number of threads. Orthogonalize and RebuildAndSubtract
/// give the same bits on any processor, as replicas need.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPRESS_POWERSGD_H
#define TACIT_RUNTIME_COMPRESS_POWERSGD_H

#include <cstddef>
#include <cstdint>

namespace tacit {

/// A variable's matrix, and the rank of what is sent of it.
struct LowRankShape {
  uint64_t rows = 0;    ///< n
  uint64_t columns = 0; ///< m
  uint64_t rank = 0;    ///< r

  uint64_t elements() const { return rows * columns; }
  /// Elements of P and Q together: what travels.
  uint64_t factor_elements() const { return (rows + columns) * rank; }
  /// Whether that is less than the matrix. If not, and for variables with one
  /// dimension, the matrix is sent as it is, and nothing stays behind.
  bool saves() const { return factor_elements() < elements(); }
};

/// p = M q: (n x m) (m x r).
void MultiplyByFactor(const float *matrix, const LowRankShape &shape,
                      const float *q, float *p);

/// Modified Gram-Schmidt on the r columns of p, in their order. A column whose
/// norm falls to at most 1e-6 of what it was becomes 0.
void Orthogonalize(uint64_t rows, uint64_t rank, float *p);

/// q = M^T p: (m x n) (n x r).
void MultiplyTransposed(const float *matrix, const LowRankShape &shape,
                        const float *p, float *q);

/// dense = p q^T, and matrix -= dense: the accumulated gradient becomes the
/// residual. `matrix` may be null: then there is no residual.
void RebuildAndSubtract(const LowRankShape &shape, const float *p,
                        const float *q, float *matrix, float *dense);

} // namespace tacit

#endif // TACIT_RUNTIME_COMPRESS_POWERSGD_H
