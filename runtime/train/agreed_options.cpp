//===- agreed_options.cpp - That ranks were started alike -----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/agreed_options.h"

#include "runtime/train/replica_check.h"

#include "absl/strings/str_cat.h"

#include <bit>

namespace tacit {

static int64_t HashText(absl::string_view text) {
  return static_cast<int64_t>(HashBytes(
      {reinterpret_cast<const std::byte *>(text.data()), text.size()}));
}

NamedNumbers NumbersOf(const tacit_program &program, const TrainOptions &o) {
  // -1 stands for an option that is not given.
  NamedNumbers numbers = {
      {"fingerprint of the program", static_cast<int64_t>(program.fingerprint)},
      {"hash of the strategy", HashText(program.strategy)},
      {"number of exchanges in the program", program.num_sites},
      {"--rounds", o.rounds.value_or(-1)},
      {"--epochs", o.epochs.value_or(-1)},
      {"--evaluations", o.evaluations.value_or(-1)},
      {"whether --seed is given", o.seed.has_value()},
      {"--seed", static_cast<int64_t>(o.seed.value_or(0))},
      {"--shuffle", o.shuffle ? int64_t{*o.shuffle} : -1},
      {"number of --eval-data", static_cast<int64_t>(o.eval_data.size())},
      {"--eval-every", o.eval_every},
      {"hash of --stop-at-loss",
       o.stop_at_loss ? HashText(o.stop_at_loss->name) ^
                            std::bit_cast<int64_t>(o.stop_at_loss->loss)
                      : -1},
      {"whether --save is given", !o.save.empty()},
      {"--save-every", o.save_every},
      {"whether --load is given", !o.load.empty()},
      {"whether --load-parameters is given", !o.load_parameters.empty()},
      {"what to do on a nan", static_cast<int64_t>(o.on_nan)},
      {"--check-replicas", o.check_replicas},
      {"whether --trace is given", !o.trace.empty()},
      {"--measure-consistency", o.measure_consistency},
  };
  return numbers;
}

absl::Status CompareWithRankZero(Communicator &communicator,
                                 const NamedNumbers &numbers,
                                 absl::Status &difference) {
  difference = absl::OkStatus();
  std::vector<int64_t> mine;
  for (const auto &[name, value] : numbers)
    mine.push_back(value);
  std::vector<int64_t> all(mine.size() *
                           static_cast<size_t>(communicator.size()));
  if (absl::Status status =
          communicator.AllGather("comparison of options", mine.data(),
                                 all.data(), mine.size() * sizeof(int64_t));
      !status.ok())
    return status;
  for (size_t i = 0; i < all.size(); ++i) {
    const size_t which = i % mine.size();
    if (all[i] == all[which])
      continue;
    difference = absl::InvalidArgumentError(
        absl::StrCat("ranks were started differently: ", numbers[which].first,
                     " is ", all[i], " on rank ", i / mine.size(), " and ",
                     all[which], " on rank 0"));
    return absl::OkStatus();
  }
  return absl::OkStatus();
}

} // namespace tacit
