//===- agreement.cpp - What ranks must decide together --------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/agreement.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace tacit {

absl::StatusOr<Agreement::Verdict> Agreement::Finish() {
  Verdict verdict;
  if (!token_)
    return verdict;
  const tacit_token token = *token_;
  token_.reset();
  if (absl::Status status = communicator_.Await(token); !status.ok())
    return status;
  // See Report for the encoding.
  if (values_[0] > 0) {
    verdict.bad_rank =
        communicator_.size() - static_cast<int>((values_[0] + 1) / 2);
    verdict.infinite = values_[0] % 2 == 0;
  }
  verdict.signal = static_cast<int>(values_[1]);
  verdict.step = values_[2];
  return verdict;
}

absl::StatusOr<Agreement::Verdict> Agreement::Report(int64_t step, double loss,
                                                     int signal) {
  absl::StatusOr<Verdict> last = Finish();
  if (!last.ok())
    return last;
  // The maximum must single out the lowest rank: with q = P - rank, a nan is
  // 2 q - 1 and an infinite loss 2 q.
  const int64_t q = communicator_.size() - communicator_.rank();
  values_[0] = std::isnan(loss) ? 2 * q - 1 : std::isinf(loss) ? 2 * q : 0;
  values_[1] = signal;
  values_[2] = step;
  absl::StatusOr<tacit_token> token = communicator_.StartAllReduce(
      "agreement", values_, 3, TACIT_I64, TACIT_MAX, Purpose::kControl);
  if (!token.ok())
    return token.status();
  token_ = *token;
  return last;
}

absl::Status AgreeOnStatus(Communicator &communicator, absl::string_view name,
                           const absl::Status &mine) {
  const int32_t code = static_cast<int32_t>(mine.code());
  std::vector<int32_t> codes(static_cast<size_t>(communicator.size()));
  if (absl::Status status =
          communicator.AllGather(name, &code, codes.data(), sizeof code);
      !status.ok())
    return status;
  const auto failed = std::find_if(codes.begin(), codes.end(),
                                   [](int32_t each) { return each != 0; });
  if (failed == codes.end())
    return absl::OkStatus();
  const int root = static_cast<int>(failed - codes.begin());
  std::array<char, 1024> text = {};
  if (communicator.rank() == root)
    mine.message().copy(text.data(), text.size() - 1);
  if (absl::Status status =
          communicator.Broadcast(name, text.data(), text.size(), root);
      !status.ok())
    return status;
  // Where all failed, they were most likely told to do the same wrong thing.
  const bool all = std::find(codes.begin(), codes.end(), 0) == codes.end();
  return AgreedError(absl::Status(
      static_cast<absl::StatusCode>(*failed),
      all || root == 0 ? std::string(text.data())
                       : absl::StrCat("rank ", root, ": ", text.data())));
}

static constexpr char kAgreed[] = "tacit/agreed-by-all-ranks";

absl::Status AgreedError(absl::Status status) {
  status.SetPayload(kAgreed, absl::Cord());
  return status;
}

bool IsAgreedError(const absl::Status &status) {
  return status.GetPayload(kAgreed).has_value();
}

} // namespace tacit
