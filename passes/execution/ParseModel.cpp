//===- ParseModel.cpp - Reads a file of MLIR as a model ---------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/execution/ParseModel.h"

#include "dialect/Tacit.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace mlir::tacit;

static InFlightDiagnostic emitDialectError(Location loc, StringRef operation) {
  return emitError(loc)
         << "'" << operation << "' is of the dialect '"
         << operation.split('.').first
         << "', which models are not written in: they are of linalg, tensor, "
            "arith, math, scf and func on tensors; lower it to those first, as "
            "examples/jax does for JAX";
}

/// The operation in the parser's message that its dialect is not known; empty
/// of any other message.
static std::string findUnknownOperation(const Diagnostic &diagnostic) {
  std::string text = diagnostic.str();
  StringRef rest = text;
  if (!rest.consume_front("Dialect `"))
    return "";
  StringRef marker = "for custom op '";
  size_t at = rest.find(marker);
  if (at == StringRef::npos)
    return "";
  return rest.substr(at + marker.size()).split('\'').first.str();
}

OwningOpRef<ModuleOp> mlir::tacit::parseModel(llvm::SourceMgr &sources,
                                              MLIRContext &context) {
  OwningOpRef<ModuleOp> model;
  bool told = false;
  // The parser would tell how to register a dialect.
  context.allowUnregisteredDialects(true);
  {
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      told |= diagnostic.getSeverity() == DiagnosticSeverity::Error;
      std::string unknown = findUnknownOperation(diagnostic);
      if (unknown.empty())
        return failure();
      emitDialectError(diagnostic.getLocation(), unknown);
      return success();
    });
    model = parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
  }
  context.allowUnregisteredDialects(false);
  if (!model) {
    // MLIR gives up on some damaged bytecode without a word.
    if (!told)
      emitError(UnknownLoc::get(&context))
          << "'"
          << sources.getMemoryBuffer(sources.getMainFileID())
                 ->getBufferIdentifier()
          << "' is damaged: MLIR cannot read it, and does not say why; write "
             "it again, as text if it was bytecode";
    return {};
  }
  WalkResult walk = model->walk([&](Operation *op) {
    if (op->isRegistered())
      return WalkResult::advance();
    emitDialectError(op->getLoc(), op->getName().getStringRef());
    return WalkResult::interrupt();
  });
  return walk.wasInterrupted() ? OwningOpRef<ModuleOp>() : std::move(model);
}

llvm::StringMap<std::string> mlir::tacit::findDataArguments(ModuleOp model) {
  llvm::StringMap<std::string> places;
  auto add = [&](StringRef name, Location loc) {
    if (auto at = loc->findInstanceOf<FileLineColLoc>())
      places.try_emplace(name,
                         (at.getFilename().getValue() + ":" +
                          Twine(at.getLine()) + ":" + Twine(at.getColumn()))
                             .str());
  };
  model.walk([&](NextBatchOp op) {
    for (OpResult value : op.getValues())
      add(op.getArgumentName(value.getResultNumber()), op.getLoc());
  });
  for (auto function : model.getOps<func::FuncOp>())
    for (BlockArgument argument : function.getArguments())
      if (auto name = function.getArgAttrOfType<StringAttr>(
              argument.getArgNumber(), kDataAttrName))
        add(name.getValue(), argument.getLoc());
  return places;
}
