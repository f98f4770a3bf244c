//===- LocalUpdateOps.td - Rounds of several local steps -*- tablegen -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_LOCAL_UPDATE_OPS_TD
#define TACIT_LOCAL_UPDATE_OPS_TD

include "dialect/ProgramOps.td"
include "dialect/TacitInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

let opDocGroup = Tacit_LocalUpdateDocs in {

def Tacit_EndRoundOp : Tacit_Op<"end_round",
    [HasParent<"TrainerOp">, IsolatedFromAbove, NoRegionArguments,
     NoTerminator, SingleBlock,
     DeclareOpInterfaceMethods<Tacit_ConsistencyOpInterface>]> {
  let summary = "What ends a round of local steps";
  let description = [{
    A round is as many local steps as the variable `period` says when it ends,
    and then this body: it averages parameters, say. Without it, a round is a
    step. `position` is the variable that counts the steps of the round at hand;
    the step adds to it and reports under "round_ended" whether the round is
    over, and this body sets it to 0. Both are state, so that a run can be saved
    and resumed anywhere. A run that ends within a round ends with this body.

    **Constraints:**
    - (end_round_c1) It stands directly in a `tacit.trainer`.
    - (end_round_c2) `period` and `position` name variables of the trainer, of
      one i64, with the role `counter`.

    Example:
    ```mlir
    tacit.end_round period @tau position @round_position {
      %w = tacit.get @w : tensor<4xf32>
      %m = tacit.all_reduce mean %w : tensor<4xf32>
      tacit.set @w, %m : tensor<4xf32>
      %zero = arith.constant dense<0> : tensor<i64>
      tacit.set @round_position, %zero : tensor<i64>
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$period, FlatSymbolRefAttr:$position);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat =
      "`period` $period `position` $position attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
}

def Tacit_ClockOp : Tacit_Op<"clock",
    [MemoryEffects<[MemRead<Tacit_Time>, MemWrite<Tacit_Time>]>]> {
  let summary = "How long the run has trained, in seconds";
  let description = [{
    Counted from the run's very start, evaluations left out, on this rank's own
    clock; under a simulated network, a virtual one. Clocks differ between ranks:
    whatever ranks decide together by time needs a `tacit.broadcast` of one.

    Example:
    ```mlir
    %seconds = tacit.clock : f64
    ```
  }];
  let results = (outs F64:$seconds);
  let assemblyFormat = "attr-dict `:` type($seconds)";
}

def Tacit_AdaptPeriodOp : Tacit_Op<"adapt_period",
    [NoMemoryEffect]> {
  let summary = "The next period of AdaComm";
  let description = [{
    With F the loss of an interval's last round, F_0 that of the first round and
    tau_0 the initial period,

        ceil(sqrt(lr_0 / lr * F / F_0) * tau_0)

    or, where that is no less than the period until now, half of that, rounded
    up; never below 1 (Wang and Joshi, "Adaptive communication strategies to
    achieve the best error-runtime trade-off in local-update SGD", MLSys 2019,
    section 4). It is as uniform as its operands. At run time it is an error if
    F_0 is no positive, finite number, or F is below 0 or not finite: so it is
    not speculated.

    **Constraints:**
    - (adapt_period_c1) The initial period is at least 1.

    Example:
    ```mlir
    %next = tacit.adapt_period %tau loss %f first %f0 ratio %r initial 32
    ```
  }];
  let arguments = (ins I64:$period, F64:$loss, F64:$first_loss, F64:$ratio,
                       I64Attr:$initial);
  let results = (outs I64:$result);
  let assemblyFormat = [{
    $period `loss` $loss `first` $first_loss `ratio` $ratio `initial` custom<PlainI64>($initial) attr-dict
  }];
  let hasVerifier = 1;
}

} // opDocGroup

#endif // TACIT_LOCAL_UPDATE_OPS_TD
