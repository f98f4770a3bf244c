//===- Registration.cpp - Pipelines and their help --------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What `tacit-opt --help` says of each pipeline: its text is read as that of
/// the strategy is, so that both take the same and say the same.
///
//===----------------------------------------------------------------------===//

#include "passes/pipelines/Strategy.h"

#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;
using namespace mlir::tacit;

namespace {
/// What `--help` says of every strategy.
struct StrategyHelp : public PassPipelineOptions<StrategyHelp> {
  Option<int64_t> accumulate{
      *this, "accumulate",
      llvm::cl::desc("Batches whose gradients make one step"),
      llvm::cl::init(1)};
};

/// The same of `tacit-ssgd`.
struct SSGDHelp : public StrategyHelp {
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

/// The same of the strategies that compress; those that fix the compressor
/// leave out how it is chosen.
struct PayloadHelp : public StrategyHelp {
  Option<double> density{*this, "density",
                         llvm::cl::desc("The part of all entries to keep"),
                         llvm::cl::init(0.001)};
  Option<std::string> putBack{
      *this, "put-back",
      llvm::cl::desc("Where what gtopk drops goes: conserving or published"),
      llvm::cl::init("conserving")};
  Option<std::string> momentumCorrection{
      *this, "momentum-correction",
      llvm::cl::desc("Momentum before compression; off"),
      llvm::cl::init("off")};
  Option<std::string> clip{
      *this, "clip",
      llvm::cl::desc("The most that the norm of the mean gradient may be, each "
                     "rank's own being clipped; off"),
      llvm::cl::init("off")};
  Option<std::string> warmUp{
      *this, "warm-up",
      llvm::cl::desc("dgc: begin at a density of 25%, lower with each epoch"),
      llvm::cl::init("none")};
  Option<int64_t> minElements{
      *this, "min-elements",
      llvm::cl::desc("Variables with fewer elements stay dense"),
      llvm::cl::init(0)};
  Option<std::string> exclude{
      *this, "exclude",
      llvm::cl::desc("Variables that stay dense, a regular expression"),
      llvm::cl::init("")};
  Option<std::string> scope{
      *this, "scope",
      llvm::cl::desc("Select among all variables or in each: global, variable"),
      llvm::cl::init("global")};
  Option<std::string> indexEncoding{
      *this, "index-encoding",
      llvm::cl::desc("How indices travel: auto or plain"),
      llvm::cl::init("auto")};
};

struct CompressHelp : public PayloadHelp {
  Option<std::string> compressor{
      *this, "compressor",
      llvm::cl::desc("top_k, random_k, threshold, sign, qsgd or bf16"),
      llvm::cl::init("top_k")};
  Option<std::string> exchange{
      *this, "exchange",
      llvm::cl::desc("all_gather, gtopk, ok_topk, dense, or auto: the cheapest "
                     "by latency and bandwidth"),
      llvm::cl::init("all_gather")};
  Option<double> latency{*this, "latency",
                         llvm::cl::desc("Microseconds of a message, for auto"),
                         llvm::cl::init(50)};
  Option<double> bandwidth{*this, "bandwidth",
                           llvm::cl::desc("Gbit/s of a rank, for auto"),
                           llvm::cl::init(1)};
  Option<double> value{*this, "value", llvm::cl::desc("Of threshold"),
                       llvm::cl::init(0.001)};
  Option<int64_t> levels{*this, "levels", llvm::cl::desc("Of qsgd"),
                         llvm::cl::init(16)};
  Option<std::string> errorFeedback{
      *this, "error-feedback", llvm::cl::desc("off: forget what is not sent"),
      llvm::cl::init("on")};
};

/// The same of the strategies that average now and then.
struct LocalHelp : public StrategyHelp {
  Option<std::string> state{
      *this, "local-optimizer-state",
      llvm::cl::desc("When a round ends: keep, reset or average; keep by "
                     "default in pasgd, diloco and easgd, reset in the "
                     "others"),
      llvm::cl::init("")};
  Option<std::string> clip{
      *this, "clip",
      llvm::cl::desc("The most that the norm of a step's gradient may be; off"),
      llvm::cl::init("off")};
};

struct PASGDHelp : public LocalHelp {
  Option<int64_t> period{*this, "period",
                         llvm::cl::desc("Local steps of a round"),
                         llvm::cl::init(8)};
};

struct AdaCommHelp : public LocalHelp {
  Option<int64_t> initialPeriod{
      *this, "initial-period",
      llvm::cl::desc("Local steps of a round, at first"), llvm::cl::init(32)};
  Option<int64_t> intervalSteps{
      *this, "interval-steps",
      llvm::cl::desc("Local steps after which the period is adapted; left out: "
                     "a fifth of the run's"),
      llvm::cl::init(0)};
  Option<double> intervalSeconds{
      *this, "interval-seconds",
      llvm::cl::desc("Seconds of rank 0's clock after which it is adapted, "
                     "instead of steps"),
      llvm::cl::init(0)};
  Option<std::string> gated{
      *this, "gated",
      llvm::cl::desc("on: the learning rate's schedule waits until the period "
                     "is 1"),
      llvm::cl::init("off")};
};

struct EASGDHelp : public PASGDHelp {
  Option<double> alpha{
      *this, "alpha",
      llvm::cl::desc("How far a rank and the centre move to one another; left "
                     "out: 0.9 over the number of ranks"),
      llvm::cl::init(0)};
};

struct BlockMomentumHelp : public PASGDHelp {
  Option<double> beta{*this, "beta",
                      llvm::cl::desc("Momentum from round to round"),
                      llvm::cl::init(0.3)};
  Option<double> outerLr{*this, "outer-lr",
                         llvm::cl::desc("The outer learning rate"),
                         llvm::cl::init(1)};
};

struct DiLoCoHelp : public LocalHelp {
  Option<int64_t> period{*this, "period",
                         llvm::cl::desc("Local steps of a round"),
                         llvm::cl::init(500)};
  Option<double> outerLr{*this, "outer-lr",
                         llvm::cl::desc("The outer learning rate"),
                         llvm::cl::init(0.7)};
  Option<double> outerMomentum{*this, "outer-momentum",
                               llvm::cl::desc("Of Nesterov's method"),
                               llvm::cl::init(0.9)};
};

struct AsyncHelp : public StrategyHelp {
  Option<std::string> resync{
      *this, "resync",
      llvm::cl::desc("Steps after which replicas are averaged; off"),
      llvm::cl::init("off")};
};

struct DASGDHelp : public AsyncHelp {
  Option<std::string> topology{
      *this, "topology",
      llvm::cl::desc("complete, ring, exponential, or edges=FILE: two ranks on "
                     "each line"),
      llvm::cl::init("complete")};
  Option<std::string> maxStaleness{
      *this, "max-staleness",
      llvm::cl::desc("Steps that other ranks may be behind; none: any"),
      llvm::cl::init("none")};
  Option<std::string> damping{
      *this, "damping",
      llvm::cl::desc("on: received updates count 1 / (1 + staleness)"),
      llvm::cl::init("off")};
  Option<std::string> scale{
      *this, "scale",
      llvm::cl::desc("sum applies updates in full; mean divides them by the "
                     "number of ranks"),
      llvm::cl::init("sum")};
  Option<int64_t> sendEvery{
      *this, "send-every",
      llvm::cl::desc("Steps whose updates are sent as one"), llvm::cl::init(1)};
};

struct ElasticHelp : public AsyncHelp {
  Option<std::string> scheduler{
      *this, "scheduler",
      llvm::cl::desc("When ranks go on: norm_bounded or variance_bounded"),
      llvm::cl::init("norm_bounded")};
  Option<double> beta{
      *this, "beta",
      llvm::cl::desc("norm_bounded: at so much of the own gradient's norm; "
                     "inf: wait for all"),
      llvm::cl::init(0.5)};
  Option<double> wait{*this, "wait",
                      llvm::cl::desc("variance_bounded: after so many seconds; "
                                     "inf: wait for all"),
                      llvm::cl::init(0)};
  Option<std::string> granularity{
      *this, "granularity",
      llvm::cl::desc("norm_bounded: what arrives bit by bit: rank or bucket"),
      llvm::cl::init("rank")};
  Option<std::string> bucketBytes{
      *this, "bucket-bytes",
      llvm::cl::desc("By bucket: the most bytes in one of several gradients"),
      llvm::cl::init("1MiB")};
  Option<int64_t> maxDelay{
      *this, "max-delay",
      llvm::cl::desc("Steps that a gradient may be late; 0: none"),
      llvm::cl::init(4)};
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

/// Registers `tacit-NAME`, which takes the options of strategy NAME.
template <typename Help>
static void registerStrategy(StringRef name, StringRef summary) {
  registerPassPipeline(
      ("tacit-" + name).str(), summary,
      [name](OpPassManager &pm, StringRef options, TextErrorHandler error) {
        return buildStrategyPipeline(pm, (name + "{" + options + "}").str(),
                                     error);
      },
      [](function_ref<void(const mlir::detail::PassOptions &)> show) {
        show(Help());
      });
}

void mlir::tacit::registerTacitPipelines() {
  registerStrategy<SSGDHelp>("ssgd",
                             "Synchronous SGD: data-parallel, bucket, overlap");
  registerStrategy<PayloadHelp>(
      "topk", "Top-k with error feedback, gathered from all ranks");
  registerStrategy<PayloadHelp>(
      "gtopk", "Global top-k with error feedback, by recursive doubling");
  registerStrategy<PayloadHelp>(
      "ok_topk", "Top-k with error feedback, summed by regions of indices");
  registerStrategy<CompressHelp>("compress",
                                 "Any compressor, exchange and memory");
  registerStrategy<PASGDHelp>("pasgd",
                              "Average parameters every so many local steps");
  registerStrategy<AdaCommHelp>(
      "adacomm", "Average parameters ever more often, as the loss falls");
  registerStrategy<BlockMomentumHelp>(
      "block_momentum", "Average changes of parameters, with momentum");
  registerStrategy<DiLoCoHelp>(
      "diloco", "Average changes of parameters, by Nesterov's method");
  registerStrategy<EASGDHelp>(
      "easgd", "Pull ranks and a centre together every so many local steps");
  registerStrategy<DASGDHelp>(
      "dasgd", "Send updates to all, apply what has come, and wait for nobody");
  registerStrategy<ElasticHelp>("elastic",
                                "Go on when enough of the gradients has come");
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
      [](function_ref<void(const mlir::detail::PassOptions &)> show) {
        show(TrainPipelineOptions());
      });
}
