//===- Strategy.cpp - How ranks train together, by name -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/pipelines/Strategy.h"

#include "dialect/Tacit.h"
#include "passes/Passes.h"
#include "passes/transforms/CompressorText.h"
#include "passes/transforms/OptimizerText.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::tacit;

//===----------------------------------------------------------------------===//
// The plan
//===----------------------------------------------------------------------===//

namespace {
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

/// Reads a norm to clip by; 0 if it is off.
static LogicalResult readClip(TermReader &reader, const NamedTerm &term,
                              double &clip, TextErrorHandler error) {
  const std::string *text = reader.read("clip");
  if (!text || *text == "off")
    return success();
  if (StringRef(*text).getAsDouble(clip) || !(clip > 0) || std::isinf(clip))
    return error("option 'clip' of '" + term.name +
                 "' must be off or a norm above 0, got '" + *text + "'");
  return success();
}

static bool isAsync(StringRef strategy) {
  return strategy == "dasgd" || strategy == "elastic";
}

static LogicalResult takeScheduleSlot(const NamedTerm &term, Plan &plan,
                                      TextErrorHandler error) {
  ExchangeSchedule &schedule = plan.schedule;
  if (!schedule.filledBy.empty()) {
    std::string why = "both say when ranks exchange";
    StringRef async = isAsync(term.name) ? StringRef(term.name)
                                         : StringRef(schedule.filledBy);
    StringRef other = async == StringRef(term.name)
                          ? StringRef(schedule.filledBy)
                          : StringRef(term.name);
    if (isAsync(async) && !isAsync(other))
      why = "in '" + other.str() +
            "' all ranks wait for one another, and in '" + async.str() +
            "' they do not, so that they make different numbers of steps";
    if (async == "dasgd" && other == "pasgd")
      why += "; for the sum of n local updates every n steps, write "
             "dasgd{send-every=n}";
    return error("strategies '" + schedule.filledBy + "' and '" + term.name +
                 "' do not go together: " + why);
  }
  schedule.filledBy = term.name;
  return success();
}

/// Reads a whole number of at least `least`; `value` stays if the option is not
/// given.
static void readWhole(TermReader &reader, StringRef key, int64_t least,
                      int64_t &value) {
  double number = static_cast<double>(value);
  std::string wanted =
      "that is whole, and " + std::to_string(least) + " or more";
  reader.read(
      key, number,
      [least](double read) {
        return read >= static_cast<double>(least) && read <= 0x1p53 &&
               read == std::floor(read);
      },
      wanted);
  value = static_cast<int64_t>(number);
}

/// Reads the option that all strategies have.
static LogicalResult readAccumulate(TermReader &reader, const NamedTerm &term,
                                    Plan &plan, TextErrorHandler error) {
  int64_t batches = 0;
  readWhole(reader, "accumulate", 1, batches);
  if (batches > 0 && plan.accumulate > 0 && batches != plan.accumulate)
    return error("option 'accumulate' of '" + term.name + "' is " +
                 Twine(batches) + ", and " + Twine(plan.accumulate) +
                 " of another strategy; a step has one number of batches: give "
                 "it once");
  plan.accumulate = std::max(plan.accumulate, batches);
  return success();
}

static LogicalResult fillSSGD(const NamedTerm &term, Plan &plan,
                              TextErrorHandler error) {
  ExchangeSchedule &schedule = plan.schedule;
  if (failed(takeScheduleSlot(term, plan, error)))
    return failure();

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
  if (failed(readClip(reader, term, schedule.clip, error)) ||
      failed(readAccumulate(reader, term, plan, error)))
    return failure();
  return reader.finish();
}

/// A word out of a few; `value` stays if the option is not given.
static LogicalResult readWord(TermReader &reader, const NamedTerm &term,
                              StringRef key, ArrayRef<StringRef> words,
                              std::string &value, TextErrorHandler error) {
  const std::string *text = reader.read(key);
  if (!text)
    return success();
  if (!llvm::is_contained(words, *text))
    return error("option '" + key + "' of '" + term.name + "' must be " +
                 llvm::join(words, " or ") + ", got '" + *text + "'");
  value = *text;
  return success();
}

/// Reads what all strategies that compress have in common. `options.exchange`
/// and the compressor have been chosen.
static LogicalResult fillPayload(const NamedTerm &term, TermReader &reader,
                                 CompressorChoice compressor, Plan &plan,
                                 TextErrorHandler error) {
  Payload &payload = plan.payload;
  SparsifyPassOptions &options = payload.options;
  readCompressorOption(reader, compressor);
  std::string indices = "auto", warmUp = "none";
  if (failed(readWord(reader, term, "put-back", {"conserving", "published"},
                      options.putBack, error)) ||
      failed(readWord(reader, term, "scope", {"global", "variable"},
                      options.scope, error)) ||
      failed(readWord(reader, term, "index-encoding", {"auto", "plain"},
                      indices, error)) ||
      failed(
          readWord(reader, term, "warm-up", {"none", "dgc"}, warmUp, error)) ||
      failed(readClip(reader, term, payload.clip, error)) ||
      failed(readAccumulate(reader, term, plan, error)))
    return failure();
  options.plainIndices = indices == "plain";
  options.warmUp = warmUp == "dgc";
  reader.read("min-elements", options.minElements);
  if (options.minElements < 0)
    return error("option 'min-elements' of '" + term.name +
                 "' must be 0 or more, got '" + Twine(options.minElements) +
                 "'");
  if (const std::string *text = reader.read("exclude"))
    options.exclude = *text;
  if (const std::string *text = reader.read("momentum-correction");
      text && *text != "off" &&
      (StringRef(*text).getAsDouble(payload.momentum) ||
       !(payload.momentum > 0 && payload.momentum < 1)))
    return error("option 'momentum-correction' of '" + term.name +
                 "' must be off or above 0 and below 1, got '" + *text + "'");
  if (failed(reader.finish()))
    return failure();
  options.compressor = compressor.str();

  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<TacitDialect>();
  auto attribute = compressor.getAttribute(&context);
  PayloadAlgorithm algorithm = *symbolizePayloadAlgorithm(options.exchange);
  if (std::string why = attribute.whyNot(algorithm); !why.empty())
    return error("strategy '" + term.name + "': compressor '" +
                 options.compressor + "' and exchange '" + options.exchange +
                 "' do not go together: " + why);
  if (options.putBack == "published" && algorithm != PayloadAlgorithm::gtopk)
    return error("strategy '" + term.name +
                 "': put-back=published is defined for gtopk alone; leave it "
                 "out");
  if (options.putBack == "published" && !options.errorFeedback)
    return error("strategy '" + term.name +
                 "': put-back=published and error-feedback=off do not go "
                 "together: nothing is put back where nothing is kept; leave "
                 "one of them out");
  if (reader.read("index-encoding") && !compressor.sendsIndices())
    return error("strategy '" + term.name + "': compressor '" +
                 options.compressor +
                 "' sends no indices; leave index-encoding out");
  if (options.warmUp && compressor.kind != CompressorChoice::Kind::TopK)
    return error("strategy '" + term.name +
                 "': warm-up=dgc lowers a density step by step, which is "
                 "defined for the compressor top_k alone; leave it out");
  if (payload.momentum > 0 &&
      (compressor.kind == CompressorChoice::Kind::Sign ||
       compressor.kind == CompressorChoice::Kind::PowerSGD ||
       compressor.kind == CompressorChoice::Kind::BF16))
    return error("strategy '" + term.name + "': compressor '" +
                 options.compressor +
                 "' sends something of every entry, which clears the whole "
                 "momentum in every step; leave momentum-correction out, and "
                 "give the optimizer a momentum");
  if (payload.momentum > 0 && (!attribute.isBiased() || !options.errorFeedback))
    return error("strategy '" + term.name +
                 "': momentum-correction accumulates what is not sent, and "
                 "needs error-feedback=on and a biased compressor");
  return success();
}

static LogicalResult takePayloadSlot(const NamedTerm &term, Plan &plan,
                                     TextErrorHandler error) {
  if (!plan.payload.filledBy.empty())
    return error("strategies '" + plan.payload.filledBy + "' and '" +
                 term.name +
                 "' do not go together: both say what is sent "
                 "instead of gradients");
  plan.payload.filledBy = term.name;
  return success();
}

/// `topk`, `gtopk` and `ok_topk`: top_k by one exchange.
static LogicalResult fillTopK(const NamedTerm &term, Plan &plan,
                              TextErrorHandler error) {
  if (failed(takePayloadSlot(term, plan, error)))
    return failure();
  plan.payload.options.exchange =
      term.name == "topk" ? "all_gather" : term.name;
  TermReader reader(term, error);
  return fillPayload(term, reader, CompressorChoice(), plan, error);
}

static LogicalResult fillCompress(const NamedTerm &term, Plan &plan,
                                  TextErrorHandler error) {
  if (failed(takePayloadSlot(term, plan, error)))
    return failure();
  TermReader reader(term, error);
  CompressorChoice compressor;
  if (const std::string *text = reader.read("compressor")) {
    FailureOr<CompressorChoice::Kind> kind = parseCompressorKind(*text, error);
    if (failed(kind))
      return failure();
    compressor.kind = *kind;
  }
  SparsifyPassOptions &options = plan.payload.options;
  // What is averaged, or added up piece by piece, is not gathered.
  if (compressor.kind == CompressorChoice::Kind::PowerSGD ||
      compressor.kind == CompressorChoice::Kind::BF16)
    options.exchange = "dense";
  if (const std::string *text = reader.read("exchange")) {
    if (*text == "auto")
      plan.payload.network.emplace();
    else if (failed(parsePayloadAlgorithm(*text, error)))
      return failure();
    else
      options.exchange = *text;
  }
  if (plan.payload.network) {
    reader.read(
        "latency", plan.payload.network->latency,
        [](double value) { return value >= 0; }, "of microseconds, 0 or more");
    reader.read(
        "bandwidth", plan.payload.network->bandwidth,
        [](double value) { return value > 0; }, "of Gbit/s above 0");
  }
  bool feedback = true;
  reader.read("error-feedback", feedback);
  if (feedback && compressor.kind == CompressorChoice::Kind::QSGD &&
      reader.read("error-feedback"))
    return error("strategy 'compress': compressor 'qsgd' is unbiased and keeps "
                 "nothing; leave error-feedback out");
  options.errorFeedback = feedback;
  return fillPayload(term, reader, compressor, plan, error);
}

/// `pasgd`, `adacomm`, `block_momentum`, `diloco` and `easgd`.
static LogicalResult fillLocal(const NamedTerm &term, Plan &plan,
                               TextErrorHandler error) {
  if (failed(takeScheduleSlot(term, plan, error)))
    return failure();
  ExchangeSchedule &schedule = plan.schedule;
  LocalSchedule &local = schedule.local.emplace();
  TermReader reader(term, error);
  bool adapts = term.name == "adacomm";
  bool isBlock = term.name == "block_momentum",
       isDiLoCo = term.name == "diloco";
  local.update.period = adapts ? 32 : isDiLoCo ? 500 : 8;
  readWhole(reader, adapts ? "initial-period" : "period", 1,
            local.update.period);
  if (term.name == "easgd") {
    ElasticAveragingPassOptions &elastic = local.elastic.emplace();
    elastic.period = local.update.period;
    reader.read(
        "alpha", elastic.alpha,
        [](double value) { return value > 0 && value < 1; },
        "above 0 and below 1");
  }
  if (adapts) {
    AdaptPeriodPassOptions &adapt = local.adapt.emplace();
    readWhole(reader, "interval-steps", 1, adapt.intervalSteps);
    reader.read(
        "interval-seconds", adapt.intervalSeconds,
        [](double value) { return value > 0 && !std::isinf(value); },
        "above 0");
    if (adapt.intervalSteps > 0 && adapt.intervalSeconds > 0)
      return error("options 'interval-steps' and 'interval-seconds' of '" +
                   term.name +
                   "' do not go together: an interval has one "
                   "length; leave one of them out");
    reader.read("gated", adapt.gated);
  }
  local.state = adapts || isBlock ? "reset" : "keep";
  if (failed(readWord(reader, term, "local-optimizer-state",
                      {"keep", "reset", "average"}, local.state, error)))
    return failure();
  if (isBlock || isDiLoCo) {
    OuterOptimizerPassOptions &outer = local.outer.emplace();
    outer.kind = isBlock ? "block_momentum" : "nesterov";
    outer.lr = isBlock ? 1 : 0.7;
    outer.momentum = isBlock ? 0.3 : 0.9;
    reader.read(
        isBlock ? "beta" : "outer-momentum", outer.momentum,
        [](double value) { return value >= 0 && value < 1; },
        "of 0 or more and below 1");
    reader.read(
        "outer-lr", outer.lr, [](double value) { return value > 0; },
        "above 0");
  }
  if (failed(readClip(reader, term, schedule.clip, error)) ||
      failed(readAccumulate(reader, term, plan, error)))
    return failure();
  return reader.finish();
}

/// `max-staleness` or `send-every` and the like: whole, or `word` for `none`.
static void readWholeOr(TermReader &reader, StringRef key, StringRef word,
                        int64_t least, int64_t none, int64_t &value) {
  const std::string *text = reader.read(key);
  if (text && *text == word) {
    value = none;
    return;
  }
  if (text)
    readWhole(reader, key, least, value);
}

/// A number of at least 0, or `inf`.
static void readBound(TermReader &reader, StringRef key, StringRef wanted,
                      double &value) {
  const std::string *text = reader.read(key);
  if (text && *text == "inf") {
    value = std::numeric_limits<double>::infinity();
    return;
  }
  if (text)
    reader.read(key, value, [](double read) { return read >= 0; }, wanted);
}

static LogicalResult fillDASGD(const NamedTerm &term, Plan &plan,
                               TextErrorHandler error) {
  if (failed(takeScheduleSlot(term, plan, error)))
    return failure();
  AsyncExchangePassOptions &options = plan.schedule.async.emplace();
  TermReader reader(term, error);
  if (const std::string *text = reader.read("topology")) {
    StringRef kind = *text;
    if (!kind.starts_with("edges=") &&
        !llvm::is_contained({"complete", "ring", "exponential"}, kind))
      return error("option 'topology' of 'dasgd' must be complete, ring, "
                   "exponential or edges=FILE, got '" +
                   kind + "'");
    options.topology = *text;
  }
  readWholeOr(reader, "max-staleness", "none", 0, -1, options.maxStaleness);
  readWholeOr(reader, "resync", "off", 1, 0, options.resync);
  readWhole(reader, "send-every", 1, options.sendEvery);
  reader.read("damping", options.damping);
  if (failed(readWord(reader, term, "scale", {"sum", "mean"}, options.scale,
                      error)) ||
      failed(readAccumulate(reader, term, plan, error)) ||
      failed(reader.finish()))
    return failure();
  if (options.maxStaleness >= 0 && options.maxStaleness < options.sendEvery - 1)
    return error("options 'max-staleness' and 'send-every' of 'dasgd' do not "
                 "go together: ranks would wait for steps whose update is not "
                 "sent yet, forever; give max-staleness at least " +
                 Twine(options.sendEvery - 1) + ", or leave it out");
  return success();
}

static LogicalResult fillElastic(const NamedTerm &term, Plan &plan,
                                 TextErrorHandler error) {
  if (failed(takeScheduleSlot(term, plan, error)))
    return failure();
  AsyncExchangePassOptions &options = plan.schedule.async.emplace();
  options.policy = "norm_bounded";
  TermReader reader(term, error);
  if (failed(readWord(reader, term, "scheduler",
                      {"norm_bounded", "variance_bounded"}, options.policy,
                      error)) ||
      failed(readWord(reader, term, "granularity", {"rank", "bucket"},
                      options.granularity, error)))
    return failure();
  readBound(reader, "beta", "of 0 or more, or inf", options.beta);
  readBound(reader, "wait", "of seconds, 0 or more, or inf", options.wait);
  if (const std::string *text = reader.read("bucket-bytes")) {
    std::optional<int64_t> bytes = parseBytes(*text);
    if (!bytes || *bytes < 1)
      return error("option 'bucket-bytes' of 'elastic' must be a number of "
                   "bytes, such as 1MiB, got '" +
                   *text + "'");
    options.bucketBytes = *bytes;
  }
  readWhole(reader, "max-delay", 0, options.maxDelay);
  readWholeOr(reader, "resync", "off", 1, 0, options.resync);
  if (failed(readAccumulate(reader, term, plan, error)))
    return failure();
  bool isNorm = options.policy == "norm_bounded";
  for (StringRef key : {"beta", "granularity", "bucket-bytes"})
    if (!isNorm && reader.read(key))
      return error("option '" + key +
                   "' of 'elastic' is of the scheduler norm_bounded, got "
                   "scheduler=variance_bounded; leave it out");
  if (isNorm && reader.read("wait"))
    return error("option 'wait' of 'elastic' is of the scheduler "
                 "variance_bounded; give scheduler=variance_bounded, or leave "
                 "it out");
  if (options.granularity != "bucket" && reader.read("bucket-bytes"))
    return error("option 'bucket-bytes' of 'elastic' goes with "
                 "granularity=bucket; give that, or leave it out");
  return reader.finish();
}

static constexpr Strategy kStrategies[] = {
    {"ssgd", fillSSGD},     {"pasgd", fillLocal},
    {"adacomm", fillLocal}, {"block_momentum", fillLocal},
    {"diloco", fillLocal},  {"easgd", fillLocal},
    {"dasgd", fillDASGD},   {"elastic", fillElastic},
    {"topk", fillTopK},     {"gtopk", fillTopK},
    {"ok_topk", fillTopK},  {"compress", fillCompress}};

static LogicalResult fill(const NamedTerm &term, Plan &plan,
                          TextErrorHandler error) {
  for (const Strategy &strategy : kStrategies)
    if (term.name == strategy.name)
      return strategy.fill(term, plan, error);

  SmallVector<StringRef> names;
  for (const Strategy &strategy : kStrategies)
    names.push_back(strategy.name);
  return error("unknown strategy '" + term.name + "'" +
               suggestName(term.name, names));
}

//===----------------------------------------------------------------------===//
// Pipelines
//===----------------------------------------------------------------------===//

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
  if (schedule.overlap)
    pm.addPass(createOverlapPass());
}

/// Fails on what a channel cannot carry.
static LogicalResult checkChannelPayload(const Plan &plan,
                                         TextErrorHandler error) {
  const Payload &payload = plan.payload;
  const SparsifyPassOptions &options = payload.options;
  auto refuse = [&](const Twine &what, const Twine &why) {
    return error("strategies '" + plan.schedule.filledBy + "' and '" +
                 payload.filledBy + "' do not go together" + what + ": " + why);
  };
  if (payload.network ||
      (options.exchange != "all_gather" && options.exchange != "dense"))
    return refuse(payload.filledBy == options.exchange
                      ? Twine("")
                      : " with exchange=" +
                            Twine(payload.network ? "auto" : options.exchange),
                  "that exchange is synchronous: it merges the payloads of all "
                  "ranks, which wait for one another, and in '" +
                      plan.schedule.filledBy +
                      "' they do not; use topk, or compress{compressor=...}");
  if (StringRef(options.compressor).starts_with("powersgd"))
    return refuse(" with compressor=powersgd",
                  "it averages factors over all ranks, which wait for one "
                  "another; use another compressor");
  if (payload.momentum > 0)
    return refuse(" with momentum-correction",
                  "it is defined for gradients that all ranks average together;"
                  " leave it out");
  if (payload.clip > 0)
    return refuse(" with clip",
                  "it bounds the mean of all ranks' gradients, which nobody "
                  "forms; leave it out");
  if (options.warmUp)
    return refuse(" with warm-up",
                  "a channel's messages are all of one size; leave it out");
  if (options.scope != "global" || options.minElements > 0 ||
      !options.exclude.empty())
    return refuse(options.scope != "global" ? " with scope=variable"
                  : options.minElements > 0 ? " with min-elements"
                                            : " with exclude",
                  "a channel's message is one payload, of all parameters; "
                  "leave it out");
  if (plan.schedule.async->sendEvery > 1)
    return refuse(" with send-every above 1",
                  "own steps are then applied before they are sent, so that "
                  "nobody could apply exactly what is sent; leave send-every "
                  "out");
  if (plan.schedule.async->granularity == "bucket")
    return refuse(" with granularity=bucket",
                  "buckets are all-reduced, and payloads are not cut up; use "
                  "granularity=rank");
  return success();
}

static FailureOr<Plan> parsePlan(StringRef text, TextErrorHandler error) {
  FailureOr<SmallVector<NamedTerm>> terms = parseTerms(text, "strategy", error);
  if (failed(terms))
    return failure();
  Plan plan;
  for (const NamedTerm &term : *terms)
    if (failed(fill(term, plan, error)))
      return failure();
  if (plan.schedule.local && plan.schedule.local->elastic &&
      !plan.payload.filledBy.empty())
    return error(
        "strategies '" + plan.schedule.filledBy + "' and '" +
        plan.payload.filledBy +
        "' do not go together: ranks that are pulled to a centre never "
        "hold the same parameters, whose change could be compressed; "
        "leave '" +
        plan.payload.filledBy + "' out, or average by 'pasgd'");
  if (plan.schedule.async && !plan.payload.filledBy.empty() &&
      failed(checkChannelPayload(plan, error)))
    return failure();
  if (plan.schedule.local && plan.payload.momentum > 0)
    return error("momentum-correction of '" + plan.payload.filledBy +
                 "' is for gradients, and '" + plan.schedule.filledBy +
                 "' exchanges changes of parameters; leave it out, and give "
                 "the optimizer a momentum");
  if (plan.schedule.local && plan.payload.clip > 0)
    return error("clip of '" + plan.payload.filledBy +
                 "' bounds gradients, and '" + plan.schedule.filledBy +
                 "' exchanges changes of parameters; give clip to '" +
                 plan.schedule.filledBy + "', which clips each local step's");
  if (!plan.schedule.local && plan.schedule.clip > 0 &&
      !plan.payload.filledBy.empty())
    return error("clip of '" + plan.schedule.filledBy +
                 "' bounds the mean gradient, which '" + plan.payload.filledBy +
                 "' does not exchange; give clip to '" + plan.payload.filledBy +
                 "', which clips each rank's own");
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
