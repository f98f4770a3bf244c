//===- OptimizerOps.td - Optimizers -*- tablegen -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_OPTIMIZER_OPS_TD
#define TACIT_OPTIMIZER_OPS_TD

include "dialect/TacitAttributes.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

let opDocGroup = Tacit_OptimizerDocs in {

def Tacit_SGDOp : Tacit_Op<"sgd", [Pure,
    AllTypesMatch<["parameter", "gradient", "result"]>,
    Tacit_OptimizerOpInterface]> {
  let summary = "Stochastic gradient descent";
  let description = [{
    With gradient g, parameter w, and a momentum buffer v that starts at 0:
    ```
    g += weight_decay * w
    v  = momentum * v + g
    w -= lr * v                      // or lr * (g + momentum * v): nesterov
    ```
    There is no dampening, and the learning rate stays outside the buffer. The
    buffer exists only if `momentum` is not 0. The result is w, or, with `update`,
    what would be subtracted from it.

    **Constraints:**
    - (sgd_c1) Parameters are floats.
    - (sgd_c2) `lr` is positive and finite.
    - (sgd_c3) `momentum` is in [0, 1).
    - (sgd_c4) `weight_decay` is not negative.
    - (sgd_c5) `nesterov` needs a momentum.
    - (sgd_c6) Each schedule implements `ScheduleAttrInterface`.
    - (sgd_c7) Parameter, gradient and result have one type.

    Example:
    ```mlir
    %n = tacit.sgd %w, %g lr(0.1) momentum(0.9) nesterov : tensor<784x512xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$parameter, AnyRankedTensor:$gradient,
                       F64Attr:$lr,
                       DefaultValuedAttr<F64Attr, "0.0">:$momentum,
                       DefaultValuedAttr<F64Attr, "0.0">:$weight_decay,
                       UnitAttr:$nesterov,
                       OptionalAttr<ArrayAttr>:$schedule, UnitAttr:$update);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    (`update` $update^)? $parameter `,` $gradient `lr` `(` custom<PlainF64>($lr) `)`
    (`momentum` `(` custom<PlainF64>($momentum)^ `)`)?
    (`weight_decay` `(` custom<PlainF64>($weight_decay)^ `)`)?
    (`nesterov` $nesterov^)?
    (`schedule` `(` $schedule^ `)`)? attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
}

def Tacit_AdamWOp : Tacit_Op<"adamw", [Pure,
    AllTypesMatch<["parameter", "gradient", "result"]>,
    Tacit_OptimizerOpInterface]> {
  let summary = "Adam with decoupled weight decay";
  let description = [{
    Loshchilov, Hutter: Decoupled Weight Decay Regularization, 2019, algorithm 2.
    With w from before the step, and t = 1, 2, ... the number of updates:
    ```
    m  = beta1 * m + (1 - beta1) * g
    v  = beta2 * v + (1 - beta2) * g * g
    w -= lr * (m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)
               + weight_decay * w)
    ```
    m, v and t are optimizer state. The result is w, or, with `update`, what would
    be subtracted from it.

    **Constraints:**
    - (adamw_c1) Parameters are floats.
    - (adamw_c2) `lr` is positive and finite.
    - (adamw_c3) `beta1` and `beta2` are in [0, 1).
    - (adamw_c4) `epsilon` is positive.
    - (adamw_c5) `weight_decay` is not negative.
    - (adamw_c6) Each schedule implements `ScheduleAttrInterface`.
    - (adamw_c7) Parameter, gradient and result have one type.

    Example:
    ```mlir
    %n = tacit.adamw %w, %g lr(1.0e-3) : tensor<784x512xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$parameter, AnyRankedTensor:$gradient,
                       F64Attr:$lr,
                       DefaultValuedAttr<F64Attr, "0.9">:$beta1,
                       DefaultValuedAttr<F64Attr, "0.999">:$beta2,
                       DefaultValuedAttr<F64Attr, "1.0e-8">:$epsilon,
                       DefaultValuedAttr<F64Attr, "0.01">:$weight_decay,
                       OptionalAttr<ArrayAttr>:$schedule, UnitAttr:$update);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    (`update` $update^)? $parameter `,` $gradient `lr` `(` custom<PlainF64>($lr) `)`
    (`beta1` `(` custom<PlainF64>($beta1)^ `)`)?
    (`beta2` `(` custom<PlainF64>($beta2)^ `)`)?
    (`epsilon` `(` custom<PlainF64>($epsilon)^ `)`)?
    (`weight_decay` `(` custom<PlainF64>($weight_decay)^ `)`)?
    (`schedule` `(` $schedule^ `)`)? attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
}

} // opDocGroup

#endif // TACIT_OPTIMIZER_OPS_TD
