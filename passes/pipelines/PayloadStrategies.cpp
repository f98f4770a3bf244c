//===- PayloadStrategies.cpp - What travels instead of gradients -*- C++
//-*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/pipelines/Plan.h"

#include "dialect/Tacit.h"
#include "passes/transforms/CompressorText.h"

using namespace mlir;
using namespace mlir::tacit;

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

LogicalResult mlir::tacit::fillTopK(const NamedTerm &term, Plan &plan,
                                    TextErrorHandler error) {
  if (failed(takePayloadSlot(term, plan, error)))
    return failure();
  plan.payload.options.exchange =
      term.name == "topk" ? "all_gather" : term.name;
  TermReader reader(term, error);
  return fillPayload(term, reader, CompressorChoice(), plan, error);
}

LogicalResult mlir::tacit::fillCompress(const NamedTerm &term, Plan &plan,
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
