//===- partition.h - How rows are dealt to ranks ----------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `partition=` and `uneven=` of a data text: which rows are which rank's, and
/// how long an epoch is where ranks have different numbers of them.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_DATA_PARTITION_H
#define TACIT_RUNTIME_DATA_PARTITION_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/data/data_text.h"

#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tacit {

class DataSet;

enum class PartitionKind {
  kIid,       ///< All ranks share all rows; each takes its turn, see Sampler.
  kOwn,       ///< A rank's data set is its own: it takes all of its rows.
  kLabel,     ///< Each rank has rows of so many classes only.
  kDirichlet, ///< Each class is shared out in random, unequal parts.
};

/// What an epoch is where ranks have different numbers of rows.
enum class Uneven {
  kWrap,     ///< As long as the longest's; others take rows again.
  kShortest, ///< As long as the shortest's; others leave rows out of it.
};

struct Partition {
  PartitionKind kind = PartitionKind::kIid;
  int64_t classes = 0; ///< Of a rank, if kLabel.
  double alpha = 0;    ///< If kDirichlet.
  Uneven uneven = Uneven::kWrap;
  /// The data argument that holds a row's class, and its element type; if
  /// kLabel or kDirichlet.
  int label = -1;
  tacit_dtype label_dtype = TACIT_I32;
};

/// Reads `partition=iid|own|label{classes=N}|dirichlet{alpha=A}` and
/// `uneven=wrap|shortest` of `text`. Error: another value; N not an integer of
/// at least 1, or A not a number greater than 0; classes to tell apart where
/// `arguments` has not exactly one of i32 or i64 with one element a row;
/// `uneven` of data that all ranks share.
absl::StatusOr<Partition>
ParsePartition(const DataText &text,
               absl::Span<const tacit_named_tensor> arguments);

/// As it is written: `label{classes=2}`.
std::string ToString(const Partition &partition);

/// The rank of each row of `data`, whose partition is kLabel or kDirichlet, for
/// `ranks` ranks. Every row goes to one rank; a rank may get none. Streams are
/// of `seed` (support/random.h), shuffles shuffle.h's. C distinct classes are
/// numbered in the order of their labels, and the rows of class c are taken in
/// order and shuffled by stream 9 2^32 + 1 + 2 c.
///
/// label{classes=N}: stream 9 2^32 shuffles the classes. Rank p has places
/// pN .. pN+N-1 of P N, place s is for rows of the class at s mod C, and the
/// m rows of a class with h places go to them in runs: the k-th takes those
/// from floor(k m / h) up to floor((k + 1) m / h). After McMahan et al.,
/// "Communication-efficient learning of deep networks from decentralized data",
/// AISTATS 2017, section 3, without shards that straddle two classes.
/// Error: N > C, or P N < C, so that rows would belong to nobody.
///
/// dirichlet{alpha=A}: the shares q_p of class c are drawn from Dirichlet(A),
/// by P gamma variates of stream 9 2^32 + 2 + 2 c, and rank p takes the rows
/// from floor(m (q_0 + ... + q_p-1)) up to floor(m (q_0 + ... + q_p)); the last
/// takes what is left. Hsu, Qi and Brown, "Measuring the effects of
/// non-identical data distribution for federated visual classification", 2019;
/// with a Dirichlet vector per class, as in Yurochkin et al., ICML 2019.
absl::StatusOr<std::vector<int>> DealRows(const DataSet &data, int ranks,
                                          uint64_t seed);

} // namespace tacit

#endif // TACIT_RUNTIME_DATA_PARTITION_H
