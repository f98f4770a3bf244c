//===- Plan.h - What strategies come to -------------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A strategy text fills the slots of a plan: when ranks exchange, and what
/// travels. This header is for the files that read strategies and make passes
/// of the plan.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_PIPELINES_PLAN_H
#define TACIT_PASSES_PIPELINES_PLAN_H

#include "passes/Passes.h"
#include "passes/transforms/TermText.h"

#include <optional>
#include <string>

namespace mlir::tacit {

/// Local steps between exchanges.
struct LocalSchedule {
  LocalUpdatePassOptions update;
  /// Set: instead of being averaged, ranks are pulled to a centre.
  std::optional<ElasticAveragingPassOptions> elastic;
  std::string state = "keep"; ///< Of local optimizers, when a round ends.
  std::optional<AdaptPeriodPassOptions> adapt;
  std::optional<OuterOptimizerPassOptions> outer;
};

/// When ranks exchange. A strategy fills slots; a slot is filled once.
struct ExchangeSchedule {
  std::string filledBy; ///< The strategy's name; empty as long as it is free.
  BucketPassOptions buckets;
  bool overlap = true;
  double clip = 0; ///< The most that a mean gradient's norm may be; 0: any.
  /// Set: ranks average parameters when rounds end, and no gradients.
  std::optional<LocalSchedule> local;
  /// Set: ranks exchange through a channel, and wait for nobody, or for some.
  std::optional<AsyncExchangePassOptions> async;
};

/// What travels instead of gradients.
struct Payload {
  std::string filledBy;
  SparsifyPassOptions options;
  double momentum = 0; ///< Of momentum correction; 0: none.
  /// Set: the exchange is chosen for this network.
  std::optional<SelectExchangePassOptions> network;
  double clip = 0; ///< The most that the mean gradient's norm may be.
};

/// What all strategies of a text come to.
struct Plan {
  ExchangeSchedule schedule;
  Payload payload;
  int64_t accumulate = 0; ///< Batches of a step; 0: no strategy says.
};

/// Reads the strategies of `text`, and checks that they go together. Fails like
/// buildStrategyPipeline.
FailureOr<Plan> parsePlan(StringRef text, TextErrorHandler error);

//===----------------------------------------------------------------------===//
// How each strategy fills it
//===----------------------------------------------------------------------===//

// Each fails on options that are unknown, malformed, or make no sense together,
// and on a slot that is filled.

LogicalResult fillSSGD(const NamedTerm &term, Plan &plan,
                       TextErrorHandler error);
/// `pasgd`, `adacomm`, `block_momentum`, `diloco` and `easgd`.
LogicalResult fillLocal(const NamedTerm &term, Plan &plan,
                        TextErrorHandler error);
LogicalResult fillDASGD(const NamedTerm &term, Plan &plan,
                        TextErrorHandler error);
LogicalResult fillElastic(const NamedTerm &term, Plan &plan,
                          TextErrorHandler error);
/// `topk`, `gtopk` and `ok_topk`: top_k by one exchange.
LogicalResult fillTopK(const NamedTerm &term, Plan &plan,
                       TextErrorHandler error);
LogicalResult fillCompress(const NamedTerm &term, Plan &plan,
                           TextErrorHandler error);

/// Fails on what a channel cannot carry, of a plan that has both.
LogicalResult checkChannelPayload(const Plan &plan, TextErrorHandler error);

//===----------------------------------------------------------------------===//
// What they have in common
//===----------------------------------------------------------------------===//

/// Takes the slot that says when ranks exchange.
LogicalResult takeScheduleSlot(const NamedTerm &term, Plan &plan,
                               TextErrorHandler error);

/// Reads a norm to clip by; 0 if it is off.
LogicalResult readClip(TermReader &reader, const NamedTerm &term, double &clip,
                       TextErrorHandler error);

/// Reads a whole number of at least `least`; `value` stays if the option is not
/// given.
void readWhole(TermReader &reader, StringRef key, int64_t least,
               int64_t &value);

/// A word out of a few; `value` stays if the option is not given.
LogicalResult readWord(TermReader &reader, const NamedTerm &term, StringRef key,
                       ArrayRef<StringRef> words, std::string &value,
                       TextErrorHandler error);

/// Reads the option that all strategies have.
LogicalResult readAccumulate(TermReader &reader, const NamedTerm &term,
                             Plan &plan, TextErrorHandler error);

} // namespace mlir::tacit

#endif // TACIT_PASSES_PIPELINES_PLAN_H
