//===- top_k.h - The largest entries, exactly -------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Top-k sparsification with error feedback (Stich, Cordonnier and Jaggi,
/// "Sparsified SGD with memory", NeurIPS 2018):
///
///     acc      = residual * ratio + gradient
///     S        = the k indices of largest |acc|; of equal ones the lower
///     sent     = (S, acc[S]) in the order of the indices
///     residual = acc, 0 on S
///
/// **How.** The vector is read and written once. A sample, a cache line of 16
/// elements from each of up to 4096 strata, tells which magnitude some more
/// than k elements exceed. The sweep that accumulates moves those that do, the
/// candidates, out of the residual and into a buffer. The k-th largest of the
/// candidates is found by histograms of their bits, they are written out, and
/// those below it are put back. Should fewer than k be found, all is put back
/// and swept again with a limit from a histogram of the whole vector; should a
/// buffer fill up, it is cut to its k largest, which raises the limit for what
/// follows. So whatever the numbers are, the result is that of the definition,
/// on any number of threads, bit for bit, and the time is linear.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPRESS_TOP_K_H
#define TACIT_RUNTIME_COMPRESS_TOP_K_H

#include "runtime/compress/accumulate.h"
#include "runtime/compress/candidates.h"
#include "runtime/compress/payload.h"

#include "absl/status/status.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace tacit {

/// What a selection needs besides its operands; for one caller at a time. Grows
/// when it is used for more elements, more entries or more threads than before,
/// and allocates nothing otherwise.
class SelectionWorkspace {
public:
  /// Makes room for selections of up to `entries` of `elements` elements on
  /// the threads that the pool has now. Selecting does it, too. Memory is
  /// reserved for 2 entries + 4096 candidates of 8 bytes for each thread; what
  /// is used of it, and so becomes resident, is in total some 1.5 entries.
  void Reserve(uint64_t elements, uint64_t entries);

private:
  template <typename Index>
  friend absl::Status SelectLargest(const Accumulation &accumulation,
                                    uint64_t least, uint64_t most,
                                    SelectionWorkspace &workspace,
                                    const SparseView<Index> &selected);
  friend class Selection;

  /// What belongs to one thread.
  struct Piece {
    uint64_t begin, end;
    Candidates candidates;
    Histogram histogram;
    uint64_t first_bad; ///< kNone, or the first element that is not finite.
    uint64_t kept, ties;
    std::unique_ptr<uint32_t[]> offsets;
    std::unique_ptr<float[]> values;
  };

  std::vector<std::unique_ptr<Piece>> pieces_;
  std::unique_ptr<uint32_t[]> lines_;
  std::unique_ptr<float[]> sample_;
  Histogram histogram_;
};

/// Selects the `entries` largest of acc. `entries` is from 1 to all elements,
/// 0 of none, and at most the capacity of `selected`; uint32_t and uint64_t are
/// instantiated.
///
/// Error: `entries` out of range, or NonFiniteError for the first element that
/// is infinite or no number: nothing is then selected, `*selected.count` is 0
/// and the residual holds acc.
template <typename Index>
absl::Status TopK(const Accumulation &accumulation, uint64_t entries,
                  SelectionWorkspace &workspace,
                  const SparseView<Index> &selected);

/// Selects at least `least` and at most `most` of the largest of acc: a k from
/// that range for which the candidates need not be looked at more closely,
/// exactly `least` where |acc| has many equal elements. Otherwise as TopK.
template <typename Index>
absl::Status SelectLargest(const Accumulation &accumulation, uint64_t least,
                           uint64_t most, SelectionWorkspace &workspace,
                           const SparseView<Index> &selected);

} // namespace tacit

#endif // TACIT_RUNTIME_COMPRESS_TOP_K_H
