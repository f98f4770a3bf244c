//===- communicator.cpp - Exchanges that are awaited at once --------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/communicator.h"

namespace tacit {

static absl::Status AwaitStarted(Communicator &communicator,
                                 const absl::StatusOr<tacit_token> &token) {
  return token.ok() ? communicator.Await(*token) : token.status();
}

absl::Status Communicator::AllReduce(absl::string_view name, void *buffer,
                                     size_t count, tacit_dtype dtype,
                                     tacit_reduction reduction,
                                     Purpose purpose) {
  return AwaitStarted(
      *this, StartAllReduce(name, buffer, count, dtype, reduction, purpose));
}

absl::Status Communicator::AllGather(absl::string_view name, const void *input,
                                     void *output, size_t bytes,
                                     Purpose purpose) {
  return AwaitStarted(*this,
                      StartAllGather(name, input, output, bytes, purpose));
}

absl::Status Communicator::AllToAll(absl::string_view name, const void *input,
                                    void *output, size_t bytes,
                                    Purpose purpose) {
  return AwaitStarted(*this,
                      StartAllToAll(name, input, output, bytes, purpose));
}

absl::Status Communicator::Broadcast(absl::string_view name, void *buffer,
                                     size_t bytes, int root, Purpose purpose) {
  return AwaitStarted(*this,
                      StartBroadcast(name, buffer, bytes, root, purpose));
}

absl::Status Communicator::Sparse(absl::string_view name,
                                  const SparseExchange &sparse,
                                  Purpose purpose) {
  return AwaitStarted(*this, StartSparse(name, sparse, purpose));
}

} // namespace tacit
