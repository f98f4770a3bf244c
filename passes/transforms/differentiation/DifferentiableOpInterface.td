//===- DifferentiableOpInterface.td - Reverse mode of an op -*- tablegen -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_DIFFERENTIABLE_OP_INTERFACE_TD
#define TACIT_DIFFERENTIABLE_OP_INTERFACE_TD

include "mlir/IR/OpBase.td"

def Tacit_DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::mlir::tacit";
  let description = [{
    The differentiation rule of an operation: from the gradients of its results
    to what they add to the gradients of its operands. A rule of a scalar
    operation serves on scalars, in the body of a linalg operation, and on
    tensors, elementwise.
  }];
  let methods = [
    InterfaceMethod<[{
        Adds, to each operand that needs a gradient, what flows to it from the
        results. Fails with an error on the operation where no rule holds.
      }],
      "::llvm::LogicalResult", "buildAdjoint",
      (ins "::mlir::tacit::AdjointBuilder &":$adjoint)>,
    InterfaceMethod<[{
        True if the results do not change with the operands, wherever they have
        a derivative: comparisons, roundings, shapes.
      }],
      "bool", "hasZeroDerivative", (ins), [{}], [{ return false; }]>
  ];
}

#endif // TACIT_DIFFERENTIABLE_OP_INTERFACE_TD
