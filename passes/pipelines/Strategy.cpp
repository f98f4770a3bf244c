//===- Strategy.cpp - How ranks train together, by name -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/pipelines/Strategy.h"

#include "passes/Passes.h"
#include "passes/transforms/OptimizerText.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::tacit;

//===----------------------------------------------------------------------===//
// The plan
//===----------------------------------------------------------------------===//

namespace {
/// When ranks exchange. A strategy fills slots; a slot is filled once.
struct ExchangeSchedule {
  std::string filledBy; ///< The strategy's name; empty as long as it is free.
  BucketPassOptions buckets;
  bool overlap = true;
  double clip = 0; ///< The most that a mean gradient's norm may be; 0: any.
};

/// What all strategies of a text come to.
struct Plan {
  ExchangeSchedule schedule;
};

/// One strategy: its name, and how its options go into a plan.
struct Strategy {
  StringLiteral name;
  LogicalResult (*fill)(const NamedTerm &term, Plan &plan,
                        TextErrorHandler error);
};
} // namespace

//===----------------------------------------------------------------------===//
// Strategies
//===----------------------------------------------------------------------===//

static LogicalResult fillSSGD(const NamedTerm &term, Plan &plan,
                              TextErrorHandler error) {
  ExchangeSchedule &schedule = plan.schedule;
  if (!schedule.filledBy.empty())
    return error("strategies '" + schedule.filledBy + "' and '" + term.name +
                 "' do not go together: both say when gradients are exchanged");
  schedule.filledBy = term.name;

  TermReader reader(term, error);
  if (const std::string *text = reader.read("bucket-bytes")) {
    std::optional<int64_t> bytes = parseBytes(*text);
    if (!bytes)
      return error("option 'bucket-bytes' of '" + term.name +
                   "' must be a number of bytes, such as 25MiB, got '" + *text +
                   "'");
    schedule.buckets.bucketBytes = *bytes;
  }
  reader.read("overlap", schedule.overlap);
  if (const std::string *text = reader.read("clip"); text && *text != "off") {
    if (StringRef(*text).getAsDouble(schedule.clip) || !(schedule.clip > 0) ||
        std::isinf(schedule.clip))
      return error("option 'clip' of '" + term.name +
                   "' must be off or a norm above 0, got '" + *text + "'");
  }
  return reader.finish();
}

static constexpr Strategy kStrategies[] = {{"ssgd", fillSSGD}};

/// Names that are settled, of strategies that this version does not have yet.
static constexpr StringLiteral kLaterStrategies[] = {
    "topk",           "gtopk",  "ok_topk", "compress", "pasgd",  "adacomm",
    "block_momentum", "diloco", "easgd",   "dasgd",    "elastic"};

static LogicalResult fill(const NamedTerm &term, Plan &plan,
                          TextErrorHandler error) {
  for (const Strategy &strategy : kStrategies)
    if (term.name == strategy.name)
      return strategy.fill(term, plan, error);

  SmallVector<StringRef> names;
  for (const Strategy &strategy : kStrategies)
    names.push_back(strategy.name);
  if (llvm::is_contained(kLaterStrategies, term.name))
    return error("strategy '" + term.name +
                 "' is not available in this version; available: " +
                 llvm::join(names, ", "));
  llvm::append_range(names, kLaterStrategies);
  return error("unknown strategy '" + term.name + "'" +
               suggestName(term.name, names));
}

//===----------------------------------------------------------------------===//
// Pipelines
//===----------------------------------------------------------------------===//

/// Passes run in this order, whatever the order of the text.
static void addPasses(OpPassManager &pm, const Plan &plan) {
  const ExchangeSchedule &schedule = plan.schedule;
  pm.addPass(createDataParallelPass());
  pm.addPass(createBucketPass(schedule.buckets));
  // The norm needs every gradient: before the overlap, which then knows.
  if (schedule.clip > 0)
    pm.addPass(createClipGradientsPass({schedule.clip}));
  if (schedule.overlap)
    pm.addPass(createOverlapPass());
}

static FailureOr<Plan> parsePlan(StringRef text, TextErrorHandler error) {
  FailureOr<SmallVector<NamedTerm>> terms = parseTerms(text, "strategy", error);
  if (failed(terms))
    return failure();
  Plan plan;
  for (const NamedTerm &term : *terms)
    if (failed(fill(term, plan, error)))
      return failure();
  return plan;
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
  if (options.ranks < 1)
    return error("ranks must be at least 1, got " + Twine(options.ranks));
  FailureOr<Plan> plan = parsePlan(options.strategy, error);
  if (failed(plan))
    return failure();
  // The pass reads them again; here they fail before there is a model.
  if ((!options.optimizer.empty() &&
       failed(parseOptimizer(options.optimizer, error))) ||
      (!options.schedule.empty() &&
       failed(parseSchedule(options.schedule, error))))
    return failure();

  pm.addPass(createBuildTrainerPass());
  if (!options.optimizer.empty() || !options.schedule.empty())
    pm.addPass(createSetOptimizerPass({options.optimizer, options.schedule}));
  pm.addPass(createBindRanksPass({options.ranks}));
  pm.addPass(createInlinePass());
  pm.addPass(createDifferentiatePass());
  addPasses(pm, *plan);
  pm.addPass(createExpandOptimizerPass());
  pm.addPass(createVerifyUniformPass());
  return success();
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

namespace {
/// What `--help` says of `tacit-ssgd`. Its text is read as that of the strategy
/// is, so that both take the same and say the same.
struct SSGDHelp : public PassPipelineOptions<SSGDHelp> {
  Option<std::string> bucketBytes{
      *this, "bucket-bytes",
      llvm::cl::desc("The most bytes in a bucket of several gradients"),
      llvm::cl::init("25MiB")};
  Option<std::string> overlap{
      *this, "overlap",
      llvm::cl::desc("Exchange while the step computes: on or off"),
      llvm::cl::init("on")};
  Option<std::string> clip{
      *this, "clip",
      llvm::cl::desc("The most that the norm of the mean gradient may be; off"),
      llvm::cl::init("off")};
};

struct TrainPipelineOptions : public PassPipelineOptions<TrainPipelineOptions> {
  Option<std::string> strategy{*this, "strategy",
                               llvm::cl::desc("How ranks train together"),
                               llvm::cl::init(kDefaultStrategy.str())};
  Option<int64_t> ranks{*this, "ranks",
                        llvm::cl::desc("Number of ranks that will run it"),
                        llvm::cl::init(1)};
  Option<std::string> optimizer{
      *this, "optimizer",
      llvm::cl::desc("The optimizer; empty keeps the model's"),
      llvm::cl::init("")};
  Option<std::string> schedule{
      *this, "schedule",
      llvm::cl::desc("Schedules of the learning rate; empty keeps them"),
      llvm::cl::init("")};
};
} // namespace

void mlir::tacit::registerTacitPipelines() {
  registerPassPipeline(
      "tacit-ssgd", "Synchronous SGD: data-parallel, bucket, overlap",
      [](OpPassManager &pm, StringRef options, TextErrorHandler error) {
        return buildStrategyPipeline(pm, ("ssgd{" + options + "}").str(),
                                     error);
      },
      [](function_ref<void(const detail::PassOptions &)> show) {
        show(SSGDHelp());
      });
  registerPassPipeline(
      "tacit-train", "From a model to the step that each rank runs, on tensors",
      [](OpPassManager &pm, StringRef text, TextErrorHandler error) {
        TrainPipelineOptions options;
        std::string message;
        llvm::raw_string_ostream out(message);
        if (failed(options.parseFromString(text, out)))
          return error(StringRef(message).rtrim());
        return buildTrainingPipeline(pm,
                                     {options.strategy, options.ranks,
                                      options.optimizer, options.schedule},
                                     error);
      },
      [](function_ref<void(const detail::PassOptions &)> show) {
        show(TrainPipelineOptions());
      });
}
