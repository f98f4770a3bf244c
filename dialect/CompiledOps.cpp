//===- CompiledOps.cpp - Verifies programs ----------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/Tacit.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace mlir::tacit;

LogicalResult ProgramOp::verifyRegions() {
  for (Operation &op : getBody().front()) {
    if (isa<VariableOp>(op))
      continue;
    InFlightDiagnostic diagnostic = emitOpError()
                                    << "holds only tacit.variable";
    diagnostic.attachNote(op.getLoc()) << "got '" << op.getName() << "' here";
    return diagnostic;
  }
  return success();
}

LogicalResult ProgramOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  auto verifyFunction = [&](FlatSymbolRefAttr name) -> LogicalResult {
    Operation *found =
        symbolTable.lookupNearestSymbolFrom((*this)->getParentOp(), name);
    if (isa_and_nonnull<FunctionOpInterface>(found))
      return success();
    return emitOpError() << "'" << name << "' does not name a function";
  };
  if (failed(verifyFunction(getStepAttr())))
    return failure();
  return getEvaluateAttr() ? verifyFunction(getEvaluateAttr()) : success();
}

LogicalResult GemmOp::verify() {
  for (Value buffer : {getA(), getB(), getC()})
    if (auto type = cast<MemRefType>(buffer.getType());
        !type.getElementType().isF32())
      return emitOpError() << "multiplies f32, got " << type;
  ArrayRef<int64_t> sizes = getSizes();
  ArrayRef<int64_t> leading = getLeading();
  if (sizes.size() != 3 || leading.size() != 3)
    return emitOpError() << "needs 3 sizes and 3 leading dimensions, got "
                         << sizes.size() << " and " << leading.size();
  if (llvm::any_of(sizes, [](int64_t size) { return size < 1; }))
    return emitOpError() << "needs sizes of at least 1, got [" << sizes << "]";
  int64_t m = sizes[0], n = sizes[1], k = sizes[2];
  int64_t rows[3] = {getTransposeA() ? m : k, getTransposeB() ? k : n, n};
  for (auto [name, length, distance] :
       llvm::zip(StringRef("ABC"), rows, leading))
    if (distance < length)
      return emitOpError() << "has rows of " << length << " elements in "
                           << name << " but a leading dimension of "
                           << distance;
  return success();
}

void GemmOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), &getAMutable());
  effects.emplace_back(MemoryEffects::Read::get(), &getBMutable());
  if (getAccumulate())
    effects.emplace_back(MemoryEffects::Read::get(), &getCMutable());
  effects.emplace_back(MemoryEffects::Write::get(), &getCMutable());
}
