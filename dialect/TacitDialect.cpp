//===- TacitDialect.cpp - Registers the dialect -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/Tacit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Transforms/InliningUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::tacit;

#include "dialect/TacitDialect.cpp.inc"
#include "dialect/TacitEnums.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialect/TacitTypes.cpp.inc"

#include "dialect/TacitOpInterfaces.cpp.inc"

/// Bodies of steps and evaluations take any function's operations. Operations
/// of this dialect move along with the function that holds them.
struct TacitInlinerInterface : public DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;

  bool isLegalToInline(Region *, Region *, bool, IRMapping &) const final {
    return true;
  }
  bool isLegalToInline(Operation *, Region *, bool, IRMapping &) const final {
    return true;
  }
};

void TacitDialect::initialize() {
  addInterfaces<TacitInlinerInterface>();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialect/TacitTypes.cpp.inc"
      >();
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "dialect/TacitOps.cpp.inc"
      >();
}

Operation *TacitDialect::materializeConstant(OpBuilder &builder,
                                             Attribute value, Type type,
                                             Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}

LogicalResult TacitDialect::verifyRegionArgAttribute(Operation *op,
                                                     unsigned regionIndex,
                                                     unsigned argIndex,
                                                     NamedAttribute attribute) {
  StringRef name = attribute.getName();
  if (name == kArenaAttrName || name == kClassesAttrName ||
      name == kRankAttrName || name == kTypeAttrName)
    return success();
  if (!llvm::is_contained({kParameterAttrName, kDataAttrName, kStateAttrName,
                           kInitAttrName, kVariableAttrName, kResultAttrName},
                          name))
    return op->emitError() << "argument #" << argIndex
                           << " has the unknown attribute '" << name
                           << "'; a model's arguments take '"
                           << kParameterAttrName << "', '" << kDataAttrName
                           << "', '" << kStateAttrName << "' and '"
                           << kInitAttrName << "'";
  if (name == kInitAttrName) {
    if (!isa<InitializerAttrInterface>(attribute.getValue()))
      return op->emitError()
             << "argument #" << argIndex << ": '" << name
             << "' must be an initialiser such as #tacit.zeros, got "
             << attribute.getValue();
    return success();
  }
  if (!isa<StringAttr>(attribute.getValue()))
    return op->emitError() << "argument #" << argIndex << ": '" << name
                           << "' must be a string, the argument's name, got "
                           << attribute.getValue();
  return success();
}
