//===- dense_fallback.cpp - Sparse vectors exchanged densely --------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/dense_fallback.h"

#include "runtime/comm/index_encoding.h"
#include "runtime/compress/payload.h"

#include "absl/strings/str_cat.h"

#include <algorithm>

namespace tacit {

/// Makes `dense` the sparse vector.
template <typename Index>
static absl::Status Spread(const void *input, uint64_t capacity,
                           uint64_t elements, float *dense) {
  const SparseView<Index> view =
      ViewSparse<Index>(const_cast<void *>(input), capacity);
  if (*view.count > capacity)
    return absl::InvalidArgumentError(
        absl::StrCat("a sparse vector of ", *view.count,
                     " entries in a buffer for ", capacity));
  const Entries<Index> entries{view.indices, view.values,
                               static_cast<size_t>(*view.count)};
  if (absl::Status status = CheckEntries(entries, elements); !status.ok())
    return absl::InvalidArgumentError(status.message());
  std::fill_n(dense, elements, 0.0f);
  for (size_t i = 0; i < entries.count; ++i)
    dense[entries.indices[i]] = entries.values[i];
  return absl::OkStatus();
}

absl::StatusOr<tacit_token>
StartDenseOfSparse(Communicator &communicator, absl::string_view name,
                   const void *input, uint64_t capacity, uint64_t elements,
                   float *dense, Purpose purpose) {
  const absl::Status status =
      NeedsWideIndices(elements)
          ? Spread<uint64_t>(input, capacity, elements, dense)
          : Spread<uint32_t>(input, capacity, elements, dense);
  if (!status.ok())
    return absl::Status(status.code(),
                        absl::StrCat("'", name, "': ", status.message()));
  return communicator.StartAllReduce(name, dense, elements, TACIT_F32,
                                     TACIT_MEAN, purpose);
}

} // namespace tacit
