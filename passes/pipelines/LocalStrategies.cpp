//===- LocalStrategies.cpp - Averages now and then --------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/pipelines/Plan.h"

#include <cmath>

using namespace mlir;
using namespace mlir::tacit;

LogicalResult mlir::tacit::fillLocal(const NamedTerm &term, Plan &plan,
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
