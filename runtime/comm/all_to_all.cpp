//===- all_to_all.cpp - Each rank a message for each ----------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/all_to_all.h"

#include <algorithm>

namespace tacit {

Steps AllToAll(Exchange &exchange, const void *input, void *output,
               size_t bytes) {
  const int rank = exchange.rank(), ranks = exchange.size();
  const auto *from = static_cast<const std::byte *>(input);
  auto *to = static_cast<std::byte *>(output);
  for (int step = 1; step < ranks; ++step) {
    const int next = (rank + step) % ranks;
    const int last = (rank + ranks - step) % ranks;
    const size_t sent_at = static_cast<size_t>(next) * bytes;
    const size_t received_at = static_cast<size_t>(last) * bytes;
    for (size_t done = 0; done < bytes; done += Transport::kMostBytes) {
      const size_t part = std::min(bytes - done, Transport::kMostBytes);
      const Transport::Request received =
          exchange.Receive(last, to + received_at + done, part);
      const Transport::Request sent =
          exchange.Send(next, from + sent_at + done, part);
      co_await exchange.Finish(received);
      co_await exchange.Finish(sent);
    }
  }
}

} // namespace tacit
