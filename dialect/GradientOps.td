//===- GradientOps.td - The gradient of a loss -*- tablegen -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_GRADIENT_OPS_TD
#define TACIT_GRADIENT_OPS_TD

include "dialect/TacitDialect.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"

let opDocGroup = Tacit_GradientDocs in {

def Tacit_ValueAndGradOp : Tacit_Op<"value_and_grad",
    [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A loss and its gradient";
  let description = [{
    Calls the function with the operands; its first result is the loss. For each
    number in `wrt` there is a result more: the gradient of the loss with
    respect to that operand. What else the function returns, such as new model
    state, comes after the gradients as it is. `tacit-differentiate` expands it.

    **Constraints:**
    - (value_and_grad_c1) The callee is a `func.func` with a body, of the trainer
      around (of the module, where there is none).
    - (value_and_grad_c2) Operands have the types of its arguments.
    - (value_and_grad_c3) Its first result is a scalar tensor of floats, and the
      first result here has that type; its others have those of the results
      after the gradients.
    - (value_and_grad_c4) Numbers in `wrt` are numbers of operands, increasing.
    - (value_and_grad_c5) Operands in `wrt` are tensors of floats; the results
      after the first have their types, in order, as many as there are.
    - (value_and_grad_c6) Nothing in the callee exchanges: it says what one
      worker computes, and may be computed any number of times.

    Example:
    ```mlir
    %loss, %g = tacit.value_and_grad @loss(%w, %x, %y) wrt [0]
      : (tensor<784x10xf32>, tensor<64x784xf32>, tensor<64xi32>)
      -> (tensor<f32>, tensor<784x10xf32>)
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee,
                       Variadic<AnyRankedTensor>:$operands,
                       DenseI64ArrayAttr:$wrt);
  let results = (outs AnyRankedTensor:$loss,
                      Variadic<AnyRankedTensor>:$others);
  let assemblyFormat = [{
    $callee `(` $operands `)` `wrt` $wrt attr-dict `:`
    functional-type($operands, results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// By the number of their operand in `wrt`.
    ResultRange getGradients() {
      return getOthers().take_front(getWrt().size());
    }
    /// What the function returns after the loss.
    ResultRange getExtras() { return getOthers().drop_front(getWrt().size()); }
  }];
}

} // opDocGroup

#endif // TACIT_GRADIENT_OPS_TD
