//===- rooted_exchange.h - What the first live rank makes for all -*- C++
//-*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// All live ranks bring something to the first of them, which makes one thing
/// of it that all get: like a reduction and a broadcast, of ranks some of which
/// may be lost at any time.
///
/// A rank brings its contribution to the first live rank it knows of, the
/// *root*; if that is lost before the result has come, to the next. Whoever has
/// a result keeps it, and gives it to a root that comes after, and, as a root,
/// to those who still bring something: so that all get the same result although
/// a root was lost while it gave it away.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_ASYNC_ROOTED_EXCHANGE_H
#define TACIT_RUNTIME_ASYNC_ROOTED_EXCHANGE_H

#include "runtime/async/meetings.h"
#include "runtime/async/update_stream.h"

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace tacit {

class RootedExchange {
public:
  static constexpr uint32_t kFirst = Meetings::kLast + 1, kLast = kFirst + 1;

  using Wait = std::function<absl::Status(absl::FunctionRef<bool()>)>;
  /// What ranks have brought, by rank; none of those that were lost before.
  using Contributions = std::vector<std::optional<Message>>;
  /// Makes the result, of NewResult.
  using Combine =
      absl::FunctionRef<absl::StatusOr<Message>(const Contributions &)>;

  RootedExchange(UpdateStream &stream, int rank, int ranks);

  /// To be filled in. `control`: whether the bytes count as control.
  Message NewContribution(size_t bytes, bool control);
  Message NewResult(size_t bytes, bool control);

  /// Brings `mine`, and returns the result. `last`: no other message follows,
  /// so that ranks tell each other that they have it before they go. Every live
  /// rank makes the same calls in the same order; those that make fewer, and
  /// are not lost, are waited for.
  absl::StatusOr<Message> Run(const Message &mine, const Wait &wait,
                              Combine combine, bool last);

  absl::Status OnControl(int from, const Message &message);
  absl::Status OnLost(int rank);

private:
  int root() const;
  bool HasAll() const;

  UpdateStream &stream_;
  const int rank_;
  uint64_t number_ = 0; ///< Of the exchange at hand; 0: before the first.
  Message result_;      ///< Of it.
  int result_from_ = -1;
  Contributions contributions_; ///< To the exchange at hand or to come.
};

} // namespace tacit

#endif // TACIT_RUNTIME_ASYNC_ROOTED_EXCHANGE_H
