//===- Strategy.cpp - How ranks train together, by name ---------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/pipelines/Strategy.h"

#include "passes/pipelines/Plan.h"
#include "passes/transforms/OptimizerText.h"

using namespace mlir;
using namespace mlir::tacit;

/// What travels when ranks exchange, once it is known where they do.
static void addPayloadPasses(OpPassManager &pm, const Payload &payload) {
  pm.addPass(createSparsifyPass(payload.options));
  if (payload.network)
    pm.addPass(createSelectExchangePass(*payload.network));
  if (payload.momentum > 0)
    pm.addPass(createMomentumCorrectionPass({payload.momentum}));
  pm.addPass(createErrorFeedbackPass());
  pm.addPass(createFuseCompressionPass());
}

/// Local steps, and what ends a round of them.
static void addLocalPasses(OpPassManager &pm, const Plan &plan) {
  const ExchangeSchedule &schedule = plan.schedule;
  const LocalSchedule &local = *schedule.local;
  bool compresses = !plan.payload.filledBy.empty();
  if (schedule.clip > 0)
    pm.addPass(createClipGradientsPass({schedule.clip, /*perRank=*/false}));
  if (local.elastic) {
    pm.addPass(createElasticAveragingPass(*local.elastic));
  } else {
    LocalUpdatePassOptions update = local.update;
    update.change = compresses || local.outer;
    pm.addPass(createLocalUpdatePass(update));
  }
  if (local.adapt)
    pm.addPass(createAdaptPeriodPass(*local.adapt));
  if (local.outer)
    pm.addPass(createOuterOptimizerPass(*local.outer));
  if (compresses)
    addPayloadPasses(pm, plan.payload);
  pm.addPass(createBucketPass(schedule.buckets));
  pm.addPass(createExpandOptimizerPass());
  pm.addPass(createLocalOptimizerStatePass({local.state}));
  pm.addPass(createAverageStatePass());
}

/// Passes run in this order, whatever the order of the text.
static void addPasses(OpPassManager &pm, const Plan &plan) {
  const ExchangeSchedule &schedule = plan.schedule;
  if (plan.accumulate > 1)
    pm.addPass(createAccumulateGradientsPass({plan.accumulate}));
  const Payload &payload = plan.payload;
  if (schedule.local)
    return addLocalPasses(pm, plan);
  if (schedule.async) {
    pm.addPass(createAsyncExchangePass(*schedule.async));
    if (!payload.filledBy.empty())
      addPayloadPasses(pm, payload);
    pm.addPass(createAverageStatePass());
    // Gradients are where a rank spends its time, and messages move only
    // while someone looks.
    pm.addPass(createOverlapPass());
    return;
  }
  bool compresses = !payload.filledBy.empty();
  // Each rank's own gradient is clipped before it is compressed.
  if (payload.clip > 0)
    pm.addPass(createClipGradientsPass({payload.clip, /*perRank=*/true}));
  pm.addPass(createDataParallelPass({/*oneRank=*/compresses}));
  if (compresses)
    addPayloadPasses(pm, payload);
  pm.addPass(createBucketPass(schedule.buckets));
  // The norm needs every gradient: before the overlap, which then knows.
  if (schedule.clip > 0)
    pm.addPass(createClipGradientsPass({schedule.clip, /*perRank=*/false}));
  pm.addPass(createAverageStatePass());
  if (schedule.overlap)
    pm.addPass(createOverlapPass());
}

LogicalResult mlir::tacit::buildStrategyPipeline(OpPassManager &pm,
                                                 StringRef text,
                                                 TextErrorHandler error) {
  FailureOr<Plan> plan = parsePlan(text, error);
  if (failed(plan))
    return failure();
  addPasses(pm, *plan);
  return success();
}

LogicalResult mlir::tacit::buildTrainingPipeline(OpPassManager &pm,
                                                 const TrainingOptions &options,
                                                 TextErrorHandler error) {
  if (options.ranks && *options.ranks < 1)
    return error("ranks must be at least 1, got " + Twine(*options.ranks));
  FailureOr<Plan> plan = parsePlan(options.strategy, error);
  if (failed(plan))
    return failure();
  if (!options.ranks && !plan->payload.filledBy.empty())
    return error("'" + plan->payload.filledBy +
                 "' compresses, and the size of what ranks exchange then "
                 "depends on how many they are; say so, by --ranks=N");
  // The pass reads them again; here they fail before there is a model.
  if ((!options.optimizer.empty() &&
       failed(parseOptimizer(options.optimizer, error))) ||
      (!options.schedule.empty() &&
       failed(parseSchedule(options.schedule, error))))
    return failure();

  pm.addPass(createBuildTrainerPass());
  if (!options.optimizer.empty() || !options.schedule.empty())
    pm.addPass(createSetOptimizerPass({options.optimizer, options.schedule}));
  if (options.ranks)
    pm.addPass(createBindRanksPass({*options.ranks}));
  pm.addPass(createInlinePass());
  pm.addPass(createDifferentiatePass());
  addPasses(pm, *plan);
  pm.addPass(createExpandOptimizerPass());
  pm.addPass(createVerifyUniformPass());
  return success();
}
