//===- TacitInterfaces.td - Interfaces of the dialect -*- tablegen -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_INTERFACES_TD
#define TACIT_INTERFACES_TD

include "mlir/IR/OpBase.td"

def Tacit_InitializerAttrInterface : AttrInterface<"InitializerAttrInterface"> {
  let cppNamespace = "::mlir::tacit";
  let description = [{
    How a variable gets its first value. Every initialiser resolves to one of
    the three kinds that the runtime knows: a constant, a normal or a uniform
    distribution, each with two numbers.
  }];
  let methods = [
    InterfaceMethod<"The runtime's kind and its two numbers.",
      "::mlir::tacit::ResolvedInitializer", "resolve", (ins)>
  ];
}

def Tacit_ScheduleAttrInterface : AttrInterface<"ScheduleAttrInterface"> {
  let cppNamespace = "::mlir::tacit";
  let description = [{
    A factor of the learning rate as a function of the local step t = 0, 1, ...
    Several are multiplied.
  }];
  let methods = [
    InterfaceMethod<"True if the factor is 1 at every step.",
      "bool", "isConstant", (ins)>,
    InterfaceMethod<[{
        Builds the factor, an f64, at local step `step`, an i64.
      }], "::mlir::Value", "buildFactor",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$step)>
  ];
}

def Tacit_ExchangeOpInterface : OpInterface<"ExchangeOpInterface"> {
  let cppNamespace = "::mlir::tacit";
  let description = [{
    An operation by which ranks exchange tensors. What passes, reports and the
    lowering ask of it, without knowing which it is.
  }];
  let methods = [
    InterfaceMethod<"Which exchange this is.",
      "::mlir::tacit::ExchangeKind", "getExchangeKind", (ins)>,
    InterfaceMethod<"The tensors (or buffers) that this rank brings.",
      "::mlir::OperandRange", "getExchanged", (ins)>
  ];
}

def Tacit_OptimizerOpInterface : OpInterface<"OptimizerOpInterface"> {
  let cppNamespace = "::mlir::tacit";
  let description = [{
    One variable's update from its gradient. `tacit-data-parallel` exchanges
    the gradient of each, and `tacit-expand-optimizer` writes each out.
  }];
  let methods = [
    InterfaceMethod<"The value before the update.",
      "::mlir::Value", "getParameterValue", (ins), [{}],
      [{ return $_op.getParameter(); }]>,
    InterfaceMethod<"The gradient.", "::mlir::OpOperand &",
      "getGradientOperand", (ins), [{}],
      [{ return $_op.getGradientMutable(); }]>,
    InterfaceMethod<"The learning rate at which schedules are 1.",
      "double", "getBaseLearningRate", (ins), [{}],
      [{ return $_op.getLr().convertToDouble(); }]>,
    InterfaceMethod<"Schedules, to be multiplied; null if there are none.",
      "::mlir::ArrayAttr", "getScheduleFactors", (ins), [{}],
      [{ return $_op.getScheduleAttr(); }]>,
    InterfaceMethod<"Replaces the schedules; null for none.",
      "void", "setScheduleFactors", (ins "::mlir::ArrayAttr":$factors), [{}],
      [{ $_op.setScheduleAttr(factors); }]>
  ];
}

#endif // TACIT_INTERFACES_TD
