//===- AsyncStrategies.cpp - Exchanges that nobody waits for ----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/pipelines/Plan.h"

#include <limits>

using namespace mlir;
using namespace mlir::tacit;

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

LogicalResult mlir::tacit::fillDASGD(const NamedTerm &term, Plan &plan,
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

LogicalResult mlir::tacit::fillElastic(const NamedTerm &term, Plan &plan,
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

LogicalResult mlir::tacit::checkChannelPayload(const Plan &plan,
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
