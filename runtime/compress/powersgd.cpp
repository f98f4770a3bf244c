//===- powersgd.cpp - Matrices of low rank --------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Highway compiles what is between its guards once for each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/compress/powersgd.cpp"
#include "hwy/foreach_target.h" // IWYU pragma: keep

#include "runtime/compress/pieces.h"
#include "runtime/compress/powersgd.h"

#include "hwy/highway.h"

#include <algorithm>
#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace tacit {
namespace HWY_NAMESPACE {

// Plain loops: the compiler makes vectors of them for each target. All work on
// tiles that fit into the first cache.

// Pointers that do not alias let it.
constexpr uint64_t kTileRows = 8;
constexpr uint64_t kTileColumns = 512;
constexpr uint64_t kProductRows = 32;
constexpr uint64_t kProductColumns = 128;
constexpr uint64_t kColumnsAtOnce = 4; // of Q

// Column c of rows [begin, end) of a matrix with `stride` columns.
static void GatherColumn(const float *__restrict factor, uint64_t begin,
                         uint64_t end, uint64_t stride, uint64_t c,
                         double *__restrict column) {
  for (uint64_t i = begin; i < end; ++i)
    column[i - begin] = factor[i * stride + c];
}

// sums[c] += the product of a row's `count` elements and columns[c]. Eight sums
// for each column, which are added at last, hide the latency of one.
template <uint64_t kColumns>
static void AddProducts(const float *row, uint64_t count,
                        const double (*columns)[kProductColumns],
                        double *sums) {
  double lanes[kColumns][8] = {};
  uint64_t j = 0;
  for (; j + 8 <= count; j += 8)
    for (uint64_t c = 0; c < kColumns; ++c)
      for (uint64_t lane = 0; lane < 8; ++lane)
        lanes[c][lane] +=
            static_cast<double>(row[j + lane]) * columns[c][j + lane];
  for (uint64_t c = 0; c < kColumns; ++c) {
    for (uint64_t lane = 0; j + lane < count; ++lane)
      lanes[c][lane] +=
          static_cast<double>(row[j + lane]) * columns[c][j + lane];
    for (uint64_t lane = 0; lane < 8; ++lane)
      sums[c] += lanes[c][lane];
  }
}

// Columns c, c + 1, ... of rows [begin, end) of P = M Q.
template <uint64_t kColumns>
static void MultiplyTile(const float *matrix, const LowRankShape &shape,
                         const float *q, uint64_t c, uint64_t begin,
                         uint64_t end, float *p) {
  double columns[kColumns][kProductColumns];
  double sums[kProductRows][kColumns] = {};
  for (uint64_t j = 0; j < shape.columns; j += kProductColumns) {
    const uint64_t j_end = std::min(j + kProductColumns, shape.columns);
    for (uint64_t g = 0; g < kColumns; ++g)
      GatherColumn(q, j, j_end, shape.rank, c + g, columns[g]);
    for (uint64_t i = begin; i < end; ++i)
      AddProducts<kColumns>(matrix + i * shape.columns + j, j_end - j, columns,
                            sums[i - begin]);
  }
  for (uint64_t i = begin; i < end; ++i)
    for (uint64_t g = 0; g < kColumns; ++g)
      p[i * shape.rank + c + g] = static_cast<float>(sums[i - begin][g]);
}

static void MultiplyRows(const float *matrix, const LowRankShape &shape,
                         const float *q, uint64_t begin, uint64_t end,
                         float *p) {
  for (uint64_t tile = begin; tile < end; tile += kProductRows) {
    const uint64_t tile_end = std::min(tile + kProductRows, end);
    uint64_t c = 0;
    for (; c + 4 <= shape.rank; c += 4)
      MultiplyTile<4>(matrix, shape, q, c, tile, tile_end, p);
    for (; c + 2 <= shape.rank; c += 2)
      MultiplyTile<2>(matrix, shape, q, c, tile, tile_end, p);
    if (c < shape.rank)
      MultiplyTile<1>(matrix, shape, q, c, tile, tile_end, p);
  }
}

// Rows [begin, end) of Q = M^T P: columns of M.
static void MultiplyColumns(const float *matrix, const LowRankShape &shape,
                            const float *p, uint64_t begin, uint64_t end,
                            float *q) {
  for (uint64_t j = begin; j < end; j += kTileColumns) {
    const uint64_t count = std::min(kTileColumns, end - j);
    for (uint64_t c = 0; c < shape.rank; c += kColumnsAtOnce) {
      const uint64_t group = std::min(kColumnsAtOnce, shape.rank - c);
      double sums[kColumnsAtOnce][kTileColumns] = {};
      for (uint64_t i = 0; i < shape.rows; ++i) {
        const float *const row = matrix + i * shape.columns + j;
        for (uint64_t g = 0; g < group; ++g) {
          const double factor = p[i * shape.rank + c + g];
          for (uint64_t k = 0; k < count; ++k)
            sums[g][k] += factor * static_cast<double>(row[k]);
        }
      }
      for (uint64_t k = 0; k < count; ++k)
        for (uint64_t g = 0; g < group; ++g)
          q[(j + k) * shape.rank + c + g] = static_cast<float>(sums[g][k]);
    }
  }
}

// Rows [begin, end) of P Q^T. Products are exact, so that it does not matter
// whether they are fused with the sums.
static void RebuildRows(const LowRankShape &shape, const float *p,
                        const float *q, uint64_t begin, uint64_t end,
                        float *__restrict matrix, float *__restrict dense) {
  double column[kTileColumns];
  double sums[kTileRows][kTileColumns];
  for (uint64_t tile = begin; tile < end; tile += kTileRows) {
    const uint64_t rows = std::min(kTileRows, end - tile);
    for (uint64_t j = 0; j < shape.columns; j += kTileColumns) {
      const uint64_t count = std::min(kTileColumns, shape.columns - j);
      for (uint64_t i = 0; i < rows; ++i)
        std::fill_n(sums[i], count, 0.0);
      for (uint64_t c = 0; c < shape.rank; ++c) {
        GatherColumn(q, j, j + count, shape.rank, c, column);
        for (uint64_t i = 0; i < rows; ++i) {
          const double factor = p[(tile + i) * shape.rank + c];
          for (uint64_t k = 0; k < count; ++k)
            sums[i][k] += factor * column[k];
        }
      }
      for (uint64_t i = 0; i < rows; ++i) {
        const uint64_t at = (tile + i) * shape.columns + j;
        for (uint64_t k = 0; k < count; ++k)
          dense[at + k] = static_cast<float>(sums[i][k]);
        if (matrix)
          for (uint64_t k = 0; k < count; ++k)
            matrix[at + k] -= dense[at + k];
      }
    }
  }
}

} // namespace HWY_NAMESPACE
} // namespace tacit
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tacit {

HWY_EXPORT(MultiplyRows);
HWY_EXPORT(MultiplyColumns);
HWY_EXPORT(RebuildRows);

/// Runs `body(begin, end)` on rows or columns, on one thread if the matrix is
/// small.
template <typename Body>
static void ParallelLines(uint64_t lines, uint64_t tile,
                          const LowRankShape &shape, const Body &body) {
  if (shape.elements() < 2 * kLeastPiece)
    return body(0, lines);
  ParallelRanges((lines + tile - 1) / tile, [&](uint64_t begin, uint64_t end) {
    body(begin * tile, std::min(end * tile, lines));
  });
}

void MultiplyByFactor(const float *matrix, const LowRankShape &shape,
                      const float *q, float *p) {
  ParallelLines(shape.rows, 32, shape, [&](uint64_t begin, uint64_t end) {
    HWY_DYNAMIC_DISPATCH(MultiplyRows)(matrix, shape, q, begin, end, p);
  });
}

void MultiplyTransposed(const float *matrix, const LowRankShape &shape,
                        const float *p, float *q) {
  ParallelLines(shape.columns, 512, shape, [&](uint64_t begin, uint64_t end) {
    HWY_DYNAMIC_DISPATCH(MultiplyColumns)(matrix, shape, p, begin, end, q);
  });
}

void RebuildAndSubtract(const LowRankShape &shape, const float *p,
                        const float *q, float *matrix, float *dense) {
  ParallelLines(shape.rows, 8, shape, [&](uint64_t begin, uint64_t end) {
    HWY_DYNAMIC_DISPATCH(RebuildRows)(shape, p, q, begin, end, matrix, dense);
  });
}

// Columns a and b of p, multiplied and summed: row i into sum i mod 8.
static double ColumnProduct(uint64_t rows, uint64_t rank, const float *p,
                            uint64_t a, uint64_t b) {
  double lanes[8] = {}, sum = 0;
  for (uint64_t i = 0; i < rows; ++i)
    lanes[i % 8] += static_cast<double>(p[i * rank + a]) *
                    static_cast<double>(p[i * rank + b]);
  for (const double lane : lanes)
    sum += lane;
  return sum;
}

void Orthogonalize(uint64_t rows, uint64_t rank, float *p) {
#pragma STDC FP_CONTRACT OFF
  for (uint64_t c = 0; c < rank; ++c) {
    const double before = std::sqrt(ColumnProduct(rows, rank, p, c, c));
    for (uint64_t b = 0; b < c; ++b) {
      const double share = ColumnProduct(rows, rank, p, b, c);
      for (uint64_t i = 0; i < rows; ++i)
        p[i * rank + c] =
            static_cast<float>(p[i * rank + c] - share * p[i * rank + b]);
    }
    const double norm = std::sqrt(ColumnProduct(rows, rank, p, c, c));
    const bool vanished = norm <= 1e-6 * before;
    for (uint64_t i = 0; i < rows; ++i)
      p[i * rank + c] =
          vanished ? 0 : static_cast<float>(p[i * rank + c] / norm);
  }
}

} // namespace tacit
#endif // HWY_ONCE
