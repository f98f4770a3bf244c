//===- Plan.cpp - What strategies come to -----------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/pipelines/Plan.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::tacit;

namespace {
/// One strategy: its name, and how its options go into a plan.
struct Strategy {
  StringLiteral name;
  LogicalResult (*fill)(const NamedTerm &term, Plan &plan,
                        TextErrorHandler error);
};
} // namespace

//===----------------------------------------------------------------------===//
// What strategies have in common
//===----------------------------------------------------------------------===//

LogicalResult mlir::tacit::readClip(TermReader &reader, const NamedTerm &term,
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

LogicalResult mlir::tacit::takeScheduleSlot(const NamedTerm &term, Plan &plan,
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

void mlir::tacit::readWhole(TermReader &reader, StringRef key, int64_t least,
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

LogicalResult mlir::tacit::readAccumulate(TermReader &reader,
                                          const NamedTerm &term, Plan &plan,
                                          TextErrorHandler error) {
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

LogicalResult mlir::tacit::readWord(TermReader &reader, const NamedTerm &term,
                                    StringRef key, ArrayRef<StringRef> words,
                                    std::string &value,
                                    TextErrorHandler error) {
  const std::string *text = reader.read(key);
  if (!text)
    return success();
  if (!llvm::is_contained(words, *text))
    return error("option '" + key + "' of '" + term.name + "' must be " +
                 llvm::join(words, " or ") + ", got '" + *text + "'");
  value = *text;
  return success();
}

//===----------------------------------------------------------------------===//
// Strategies by name
//===----------------------------------------------------------------------===//

LogicalResult mlir::tacit::fillSSGD(const NamedTerm &term, Plan &plan,
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

FailureOr<Plan> mlir::tacit::parsePlan(StringRef text, TextErrorHandler error) {
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
