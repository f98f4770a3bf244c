//===- Consistency.cpp - How far views of the model are apart ---*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"

#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

#include <cmath>

#define DEBUG_TYPE "tacit-consistency"

namespace mlir::tacit {
#define GEN_PASS_DEF_CONSISTENCYPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct ConsistencyPass
    : public tacit::impl::ConsistencyPassBase<ConsistencyPass> {
  using ConsistencyPassBase::ConsistencyPassBase;
  void runOnOperation() override;
};

/// What one trainer comes to.
struct Findings {
  std::string name;
  int64_t ranks = 1;
  SmallVector<std::pair<Operation *, ConsistencyTerm>> terms;
  double sum = 0; ///< In multiples of M; infinite: no bound.
  /// Bytes that a rank keeps besides the model, by role.
  llvm::MapVector<StringRef, int64_t> memory;
  std::optional<double> rate; ///< Up to which what is missed does no harm.
};
} // namespace

/// The role that memory is reported under; empty of what training without a
/// strategy keeps as well.
static StringRef getMemoryRole(VariableOp variable) {
  if (variable.isOwnCopy())
    return "copy";
  if (variable.getRole() == Role::residual || variable.getRole() == Role::outer)
    return stringifyRole(variable.getRole());
  return "";
}

/// Bytes of updates that a rank keeps for its channel, besides those that are
/// on their way.
static int64_t getChannelBytes(ChannelOp channel) {
  if (!channel)
    return 0;
  int64_t bytes = 0;
  for (VariableOp variable : getMemberVariables(channel))
    bytes += variable.getTensorType().getNumElements() * 4; // f32
  // What is not sent yet; own gradients, until those of others are there.
  if (auto policy = dyn_cast<DecentralizedAttr>(channel.getScheduler()))
    return policy.getSendEvery() > 1 ? bytes : 0;
  if (auto policy = dyn_cast<VarianceBoundedAttr>(channel.getScheduler()))
    return bytes * (policy.getMaxDelay() + 1);
  return 0;
}

static Findings analyze(TrainerOp trainer, int64_t ranks, double lipschitz) {
  Findings found;
  found.name = trainer.getSymName().str();
  found.ranks = ranks;
  trainer.walk<WalkOrder::PreOrder>([&](ConsistencyOpInterface op) {
    ConsistencyTerm term = op.getConsistencyTerm(ranks);
    found.sum += term.multiple;
    found.terms.push_back({op, std::move(term)});
  });
  for (auto variable : trainer.getBody().getOps<VariableOp>())
    if (StringRef role = getMemoryRole(variable); !role.empty()) {
      RankedTensorType type = variable.getTensorType();
      found.memory[role] +=
          type.getNumElements() * type.getElementTypeBitWidth() / 8;
    }
  if (int64_t bytes = getChannelBytes(trainer.getChannel()))
    found.memory["channel"] = bytes;
  if (lipschitz > 0)
    found.rate = 1 / (lipschitz * found.sum);
  return found;
}

static std::string formatMultiple(double multiple) {
  if (std::isinf(multiple))
    return "not bounded";
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.6g M", multiple);
  return text;
}

static void printText(const Findings &found, raw_ostream &out) {
  out << "@" << found.name << " on " << found.ranks
      << (found.ranks == 1 ? " rank" : " ranks")
      << ": E|x - v|^2 <= lr^2 B^2 under plain SGD, M the largest norm of a "
         "gradient\n";
  for (const auto &[op, term] : found.terms) {
    out << "  " << term.cause << ": " << formatMultiple(term.multiple) << "  ("
        << term.formula << ")\n";
    if (!term.assumed.empty())
      out << "    assumed: " << term.assumed << "\n";
  }
  out << "  B = " << formatMultiple(found.sum) << "\n";
  for (const auto &[role, bytes] : found.memory)
    out << "  memory of a rank, " << role << ": " << bytes << " bytes\n";
  if (!found.rate)
    return;
  if (*found.rate == 0)
    out << "  no learning rate is known to be harmless\n";
  else if (std::isinf(*found.rate))
    out << "  harmless at every learning rate: nothing is missed\n";
  else
    out << "  harmless up to a learning rate of "
        << llvm::format("%.4g", *found.rate) << "\n";
}

/// A number, or null where it is infinite.
static llvm::json::Value toNumber(double value) {
  return std::isinf(value) ? llvm::json::Value(nullptr)
                           : llvm::json::Value(value);
}

static llvm::json::Value toJSON(const Findings &found) {
  llvm::json::Array terms;
  for (const auto &[op, term] : found.terms) {
    llvm::json::Object object{{"operation", op->getName().getStringRef()},
                              {"cause", term.cause},
                              {"formula", term.formula},
                              {"multiple", toNumber(term.multiple)}};
    if (!term.assumed.empty())
      object["assumed"] = term.assumed;
    terms.push_back(std::move(object));
  }
  llvm::json::Object memory;
  for (const auto &[role, bytes] : found.memory)
    memory[role] = bytes;
  llvm::json::Object object{{"trainer", found.name},
                            {"ranks", found.ranks},
                            {"terms", std::move(terms)},
                            {"multiple", toNumber(found.sum)},
                            {"memory", std::move(memory)}};
  if (found.rate)
    object["harmless_lr"] = toNumber(*found.rate);
  return object;
}

void ConsistencyPass::runOnOperation() {
  auto error = [&](const Twine &message) {
    emitError(getOperation().getLoc()) << "tacit-consistency: " << message;
    signalPassFailure();
  };
  if (format != "text" && format != "json")
    return error("format must be text or json, got '" + format + "'");
  if (!(lipschitz >= 0) || std::isinf(lipschitz))
    return error("lipschitz must be 0 or more, got " +
                 Twine(std::to_string(lipschitz)));
  for (auto trainer : getOperation().getOps<TrainerOp>()) {
    if (!trainer.getRanks()) {
      trainer.emitOpError() << "is not bound to a number of ranks, of which "
                               "bounds are functions; run tacit-bind-ranks "
                               "first";
      return signalPassFailure();
    }
    auto ranks = static_cast<int64_t>(*trainer.getRanks());
    Findings found = analyze(trainer, ranks, lipschitz);
    for (const auto &[op, term] : found.terms)
      remark::analysis(op->getLoc(),
                       remark::RemarkOpts::name("Term").category(DEBUG_TYPE))
          << remark::add("{0}: {1}", term.cause, formatMultiple(term.multiple));
    if (format == "json")
      llvm::outs() << llvm::formatv("{0:2}", toJSON(found)) << "\n";
    else
      printText(found, llvm::outs());
  }
  markAllAnalysesPreserved();
}
