//===- SelectExchange.cpp - Picks how payloads are combined -----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"

#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

#define DEBUG_TYPE "tacit-select-exchange"

namespace mlir::tacit {
#define GEN_PASS_DEF_SELECTEXCHANGEPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct SelectExchangePass
    : public tacit::impl::SelectExchangePassBase<SelectExchangePass> {
  using SelectExchangePassBase::SelectExchangePassBase;
  void runOnOperation() override;
};

/// A network between so many ranks.
struct Network {
  double latency; ///< Seconds of a message.
  double secondsPerByte;
  int64_t ranks;
};
} // namespace

/// Seconds of an exchange: its latencies, one behind the other, and the bytes
/// that a rank sends. An entry is an index and a value of 4 bytes each.
static double estimateSeconds(PayloadAlgorithm algorithm, SparseType payload,
                              const Network &network) {
  auto ranks = static_cast<uint64_t>(network.ranks);
  double others = static_cast<double>(ranks - 1);
  double share = others / static_cast<double>(ranks);
  double entries = 8.0 * static_cast<double>(payload.getCapacity());
  double messages = 0, bytes = 0;
  switch (algorithm) {
  case PayloadAlgorithm::all_gather:
    messages = llvm::Log2_64_Ceil(ranks);
    bytes = entries * others;
    break;
  case PayloadAlgorithm::gtopk:
    // Ranks beyond a power of two hand in before, and are told after.
    messages = llvm::Log2_64(ranks) + (llvm::isPowerOf2_64(ranks) ? 0 : 2);
    bytes = entries * messages;
    break;
  case PayloadAlgorithm::ok_topk:
    messages = 1 + 3 * llvm::Log2_64_Ceil(ranks);
    bytes = 3 * entries * share;
    break;
  case PayloadAlgorithm::dense:
    messages = 2 * others;
    bytes = 8.0 * static_cast<double>(payload.getElements()) * share;
    break;
  }
  return messages * network.latency + bytes * network.secondsPerByte;
}

static std::string formatSeconds(double seconds) {
  return llvm::formatv("{0:f1} us", seconds * 1e6);
}

/// Picks the cheapest algorithm for `op`, and says what each would cost.
static void select(AllReducePayloadOp op, const Network &network) {
  auto stays = [&](StringRef why) {
    remark::missed(op.getLoc(),
                   remark::RemarkOpts::name("Kept").category(DEBUG_TYPE))
        << remark::add("stays {0}: {1}",
                       stringifyPayloadAlgorithm(op.getAlgorithm()).str(),
                       why.str());
  };
  auto payload = dyn_cast<SparseType>(op.getPayload().getType());
  if (!payload)
    return stays("quantized vectors are gathered");
  if (isa<ThresholdAttr>(op.getCompressor()))
    return stays("how many entries a threshold keeps is not known");
  if (network.ranks == 1)
    return stays("there is nobody to exchange with");
  if (op.getPutBack() && *op.getPutBack() == PutBack::published)
    return stays("the published put-back is defined for gtopk alone");

  PayloadAlgorithm best = op.getAlgorithm();
  double least = INFINITY;
  std::string costs;
  for (auto algorithm : {PayloadAlgorithm::all_gather, PayloadAlgorithm::gtopk,
                         PayloadAlgorithm::ok_topk, PayloadAlgorithm::dense}) {
    if (!op.getCompressor().whyNot(algorithm).empty())
      continue;
    double seconds = estimateSeconds(algorithm, payload, network);
    costs += (costs.empty() ? "" : ", ") +
             stringifyPayloadAlgorithm(algorithm).str() + " " +
             formatSeconds(seconds);
    if (seconds < least) {
      least = seconds;
      best = algorithm;
    }
  }
  op.setAlgorithm(best);
  op.getResult().setType(
      AllReducePayloadOp::getResultType(best, payload, network.ranks));
  remark::passed(op.getLoc(),
                 remark::RemarkOpts::name("Selected").category(DEBUG_TYPE))
      << remark::add("{0} of {1} entries out of {2} on {3} ranks: {4}",
                     stringifyPayloadAlgorithm(best).str(),
                     payload.getCapacity(), payload.getElements(),
                     network.ranks, costs);
}

void SelectExchangePass::runOnOperation() {
  if (!(latency >= 0) || !std::isfinite(latency) || !(bandwidth > 0)) {
    emitError(getOperation().getLoc())
        << "tacit-select-exchange: needs a latency of at least 0 and a "
           "bandwidth above 0, got "
        << latency.getValue() << " us and " << bandwidth.getValue()
        << " Gbit/s";
    return signalPassFailure();
  }
  for (auto trainer : getOperation().getOps<TrainerOp>()) {
    if (!trainer.getRanks()) {
      trainer.emitOpError() << "has no number of ranks, on which the cost of "
                               "an exchange depends; run tacit-bind-ranks "
                               "first";
      return signalPassFailure();
    }
    Network network{latency * 1e-6, 8e-9 / bandwidth,
                    static_cast<int64_t>(*trainer.getRanks())};
    trainer.walk([&](AllReducePayloadOp op) { select(op, network); });
  }
}
