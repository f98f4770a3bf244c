//===- sparse_exchange.cpp - What a sparse exchange is asked to do --------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/sparse_exchange.h"

#include "runtime/comm/sparse_sum.h"
#include "runtime/comm/transport.h"

#include "absl/strings/str_cat.h"

#include <algorithm>

namespace tacit {

uint64_t OutputCapacity(const SparseExchange &exchange, int ranks) {
  const uint64_t all = exchange.elements, one = exchange.input_capacity;
  if (exchange.algorithm == SparseAlgorithm::kAllGather)
    return std::min(all, one * static_cast<uint64_t>(ranks));
  // Merging begins with all that a rank brings.
  return std::min(all, std::max(exchange.keep, one));
}

static absl::Status CheckBuffers(const SparseExchange &exchange) {
  if (!exchange.input || !exchange.output)
    return absl::InvalidArgumentError("a sparse exchange without buffers");
  if (exchange.input == exchange.output)
    return absl::InvalidArgumentError("input and output of a sparse exchange "
                                      "are the same buffer: wanted two");
  if (exchange.put_back != PutBack::kNone && !exchange.rest &&
      exchange.algorithm != SparseAlgorithm::kAllGather)
    return absl::InvalidArgumentError(
        "a sparse exchange that puts back, without a residual: give one, or "
        "say that nothing is put back");
  return absl::OkStatus();
}

template <typename Index>
static absl::Status CheckInput(const SparseExchange &exchange) {
  const SparseOperands<Index> of(exchange);
  if (of.input.count > exchange.input_capacity)
    return absl::InvalidArgumentError(
        absl::StrCat("a sparse vector of ", of.input.count,
                     " entries in a buffer for ", exchange.input_capacity));
  const absl::Status status = CheckEntries(of.input, exchange.elements);
  return status.ok() ? status : absl::InvalidArgumentError(status.message());
}

absl::Status CheckSparseExchange(const SparseExchange &exchange, int ranks) {
  const uint64_t elements = exchange.elements;
  if (elements == 0 || elements > kMostElements)
    return absl::InvalidArgumentError(
        absl::StrCat("a sparse exchange of vectors of ", elements,
                     " elements: wanted 1 to 2^48"));
  if (ranks > kMostSummed)
    return absl::InvalidArgumentError(absl::StrCat("a sparse exchange among ",
                                                   ranks, " ranks: wanted ",
                                                   kMostSummed, " at most"));
  if (absl::Status status = CheckBuffers(exchange); !status.ok())
    return status;
  if (exchange.algorithm != SparseAlgorithm::kAllGather &&
      (exchange.keep == 0 || exchange.keep > elements))
    return absl::InvalidArgumentError(
        absl::StrCat("a sparse exchange that keeps ", exchange.keep, " of ",
                     elements, " elements: wanted 1 to ", elements));
  const uint64_t wanted = OutputCapacity(exchange, ranks);
  if (exchange.output_capacity < wanted)
    return absl::InvalidArgumentError(
        absl::StrCat("the result of a sparse exchange needs room for ", wanted,
                     " entries, got ", exchange.output_capacity));
  const bool wide = NeedsWideIndices(elements);
  const uint64_t most =
      Transport::kMostBytes /
      (wide ? MessageBytes<uint64_t>(1) : MessageBytes<uint32_t>(1));
  if (std::max(exchange.input_capacity, exchange.keep) > most)
    return absl::InvalidArgumentError(
        absl::StrCat("a sparse exchange of ",
                     std::max(exchange.input_capacity, exchange.keep),
                     " entries: a message has ", most,
                     " at most; lower the density or exchange densely"));
  return wide ? CheckInput<uint64_t>(exchange) : CheckInput<uint32_t>(exchange);
}

template <typename Index>
void DivideOutput(const SparseOperands<Index> &of, int ranks) {
  const float divisor = static_cast<float>(ranks);
  for (uint64_t i = 0; i < *of.output.count; ++i)
    of.output.values[i] /= divisor;
}

template <typename Index> void PutBackMissing(const SparseOperands<Index> &of) {
  uint64_t at = 0;
  for (size_t i = 0; i < of.input.count; ++i) {
    const Index index = of.input.indices[i];
    while (at < *of.output.count && of.output.indices[at] < index)
      ++at;
    if (at == *of.output.count || of.output.indices[at] != index)
      of.how.rest[index] += of.input.values[i];
  }
}

absl::Status FromRank(int rank, const absl::Status &status) {
  return absl::Status(
      status.code(), absl::StrCat("rank ", rank, " sent a ", status.message()));
}

#define INSTANTIATE(Index)                                                     \
  template void DivideOutput(const SparseOperands<Index> &, int);              \
  template void PutBackMissing(const SparseOperands<Index> &);
INSTANTIATE(uint32_t)
INSTANTIATE(uint64_t)
#undef INSTANTIATE

} // namespace tacit
