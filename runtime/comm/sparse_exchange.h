//===- sparse_exchange.h - What a sparse exchange is asked to do *- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The description of an exchange of sparse vectors, and what all its
/// algorithms have in common.
///
/// Every rank brings a sparse vector S_p of one flat vector's entries, with its
/// residual cleared there. All ranks get the same sparse vector: the mean of
/// what was applied, which is a sum and then one division by the number of
/// ranks. What an exchange keeps out of it goes back into residuals, so that
///
///     sum_p rest_p(after) + P * output == sum_p rest_p(before) + sum_p input_p
///
/// holds to rounding, unless the put-back is another.
///
/// P is the number of ranks, k the entries that each brings, L = ceil(log2 P),
/// m = floor(log2 P). "Elements" are numbers that a rank sends, a value and an
/// index being two; 4 bytes each, or 8 for wide indices.
///
/// | algorithm | result | latencies | elements sent by a rank |
/// |---|---|---|---|
/// | all_gather | the sum, on the union of supports | L | 2k (P-1) |
/// | gtopk | k entries, by merging | m, or m + 2 | 2k m, or 2k (m + 1) |
/// | ok_topk | the k largest of the sum | 1 + 3L | <= 6k (P-1)/P if balanced |
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_SPARSE_EXCHANGE_H
#define TACIT_RUNTIME_COMM_SPARSE_EXCHANGE_H

#include "runtime/comm/index_encoding.h"
#include "runtime/compress/payload.h"

#include <cstddef>
#include <cstdint>

namespace tacit {

enum class SparseAlgorithm { kAllGather, kGtopK, kOkTopK };

/// What becomes of entries that an exchange leaves out.
enum class PutBack {
  /// They are lost: for training without error feedback.
  kNone,
  /// Nothing is lost: what a merge drops is added to residuals of the ranks
  /// that merged.
  kConserve,
  /// A rank's own entries go back into its residual unless their index is in
  /// the result: what gTop-k's authors published (Shi et al., "A Distributed
  /// Synchronous SGD Algorithm with Global Top-k Sparsification for Low
  /// Bandwidth Networks", ICDCS 2019). Partial sums that merges drop are lost.
  kPublished,
};

/// All ranks say the same, except what the buffers hold.
struct SparseExchange {
  SparseAlgorithm algorithm = SparseAlgorithm::kGtopK;
  PutBack put_back = PutBack::kConserve;
  IndexEncoding encoding = IndexEncoding::kAuto;

  /// Length of the flat vector. Indices have 64 bits if NeedsWideIndices.
  uint64_t elements = 0;
  /// Entries that merging keeps, and that Ok-Topk applies: k. All-gather keeps
  /// all.
  uint64_t keep = 0;

  /// A sparse vector as payload.h lays it out, in SparseBytes(elements,
  /// capacity) bytes. Unchanged; stays until the exchange is awaited, as do the
  /// others.
  const void *input = nullptr;
  uint64_t input_capacity = 0;

  /// Room for the result; not the input's. The capacity is at least that of
  /// OutputCapacity.
  void *output = nullptr;
  uint64_t output_capacity = 0;

  /// The residual, of `elements` elements; null if nothing is put back.
  float *rest = nullptr;
};

/// Entries that the result of an exchange among `ranks` ranks may have.
uint64_t OutputCapacity(const SparseExchange &exchange, int ranks);

/// Error: what one of the algorithms cannot do, or an input that is no sparse
/// vector.
absl::Status CheckSparseExchange(const SparseExchange &exchange, int ranks);

/// As SparseExchange, with buffers of known types.
template <typename Index> struct SparseOperands {
  explicit SparseOperands(const SparseExchange &from)
      : how(from),
        output(ViewSparse<Index>(from.output, from.output_capacity)) {
    // ViewSparse takes what may be written, but nothing is.
    const SparseView<Index> view =
        ViewSparse<Index>(const_cast<void *>(from.input), from.input_capacity);
    input = {view.indices, view.values, static_cast<size_t>(*view.count)};
  }

  /// Room for the indices of one coded message, and so on: none if all are
  /// plain.
  size_t CodedRoom(size_t entries) const {
    return how.encoding == IndexEncoding::kAuto ? entries : 0;
  }

  SparseExchange how;
  Entries<Index> input;
  SparseView<Index> output;
};

/// The result has its sums: makes them means.
template <typename Index>
void DivideOutput(const SparseOperands<Index> &of, int ranks);

/// The result is there: adds the entries of the input whose index it does not
/// have to the residual.
template <typename Index> void PutBackMissing(const SparseOperands<Index> &of);

/// An error of a message of `rank`.
absl::Status FromRank(int rank, const absl::Status &status);

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_SPARSE_EXCHANGE_H
