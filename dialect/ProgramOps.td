//===- ProgramOps.td - Trainer, variables, step, evaluate -*- tablegen -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_PROGRAM_OPS_TD
#define TACIT_PROGRAM_OPS_TD

include "dialect/TacitAttributes.td"
include "dialect/TacitTypes.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"

let opDocGroup = Tacit_ProgramDocs in {

def Tacit_TrainerOp : Tacit_Op<"trainer",
    [IsolatedFromAbove, NoTerminator, NoRegionArguments, SingleBlock, Symbol,
     SymbolTable]> {
  let summary = "A model, its state, and how one step trains it";
  let description = [{
    Holds the trainer's variables, the functions they are used with, one
    `tacit.step`, at most one `tacit.end_round`, at most one `tacit.evaluate`
    and at most one `tacit.channel`. The order of its variables
    is the order of the flat vector that compressors and random numbers see.

    `ranks`, if present, is the number of ranks that the program is bound to;
    `accumulate`, if present, of how many parts of a step's batch the gradients
    are computed one after the other and added up.

    **Constraints:**
    - (trainer_c1) The body holds only `tacit.variable`, `func.func`,
      `tacit.step`, `tacit.end_round`, `tacit.evaluate` and `tacit.channel`.
    - (trainer_c2) There is exactly one `tacit.step`.
    - (trainer_c3) There is at most one `tacit.evaluate`.
    - (trainer_c4) `ranks` is at least 1.
    - (trainer_c5) There is at most one `tacit.end_round`.
    - (trainer_c6) `accumulate` is at least 1.
    - (trainer_c7) There is at most one `tacit.channel`, and none where there is
      a `tacit.end_round`.

    Example:
    ```mlir
    tacit.trainer @line {
      tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
      tacit.step {
        %x = tacit.next_batch ["x"] : tensor<4xf32>
        ...
        tacit.yield %loss : tensor<f32>
      }
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, OptionalAttr<I64Attr>:$ranks,
                       OptionalAttr<I64Attr>:$accumulate);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    StepOp getStep();
    EndRoundOp getEndRound(); ///< Null if each step is a round.
    EvaluateOp getEvaluate(); ///< Null if there is none.
    ChannelOp getChannel();   ///< Null if ranks exchange synchronously.
    /// The body in which ranks exchange: what ends a round, or the step.
    Block &getExchangingBody();
  }];
}

def Tacit_VariableOp : Tacit_Op<"variable",
    [Symbol, ParentOneOf<["TrainerOp", "ProgramOp"]>]> {
  let summary = "A tensor that outlives the step";
  let description = [{
    State with a role: checkpointing, reports and analyses work from roles and
    know no pass by name. A variable without an initialiser must be loaded.

    **Constraints:**
    - (variable_c1) The type has a static shape.
    - (variable_c2) The element type is f32, f64, i32 or i64.
    - (variable_c3) The initialiser implements `InitializerAttrInterface`.
    - (variable_c4) A variable of integers takes only `#tacit.zeros`, a whole
      `#tacit.constant` or `#tacit.of_run`.
    - (variable_c5) It stands directly in a `tacit.trainer` or `tacit.program`.

    Example:
    ```mlir
    tacit.variable @w0 : tensor<784x512xf32> = #tacit.he_normal<fan_in = 784>
      {role = #tacit.role<parameter>}
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       TypeAttrOf<AnyRankedTensor>:$type,
                       OptionalAttr<AnyAttr>:$initializer,
                       Tacit_RoleAttr:$role);
  let assemblyFormat = [{
    $sym_name `:` $type (`=` $initializer^)? attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    RankedTensorType getTensorType() {
      return ::llvm::cast<RankedTensorType>(getType());
    }
    /// True of a parameter that is a rank's own copy of another: it begins as
    /// that, and is named after it with kOwnSuffix.
    bool isOwnCopy();
  }];
}

def Tacit_GetOp : Tacit_Op<"get",
    [DeclareOpInterfaceMethods<SymbolUserOpInterface>,
     MemoryEffects<[MemRead<Tacit_State>]>]> {
  let summary = "The present value of a variable";
  let description = [{
    What the last `tacit.set` before it gave the variable, in this step or in
    one before.

    **Constraints:**
    - (get_c1) The symbol names a `tacit.variable` of the trainer.
    - (get_c2) The result has the variable's type.
    - (get_c3) It stands directly in the body of a `tacit.step`, a
      `tacit.end_round` or a `tacit.evaluate`.

    Example:
    ```mlir
    %w = tacit.get @w0 : tensor<784x512xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$variable);
  let results = (outs AnyRankedTensor:$value);
  let assemblyFormat = "$variable attr-dict `:` type($value)";
}

def Tacit_SetOp : Tacit_Op<"set",
    [DeclareOpInterfaceMethods<SymbolUserOpInterface>,
     MemoryEffects<[MemWrite<Tacit_State>]>]> {
  let summary = "Gives a variable another value";
  let description = [{
    Every `tacit.get` after it sees the value, in this step and in those after.

    **Constraints:**
    - (set_c1) The symbol names a `tacit.variable` of the trainer.
    - (set_c2) The operand has the variable's type.
    - (set_c3) It stands directly in the body of a `tacit.step` or a
      `tacit.end_round`: an evaluation changes nothing.

    Example:
    ```mlir
    tacit.set @w0, %n : tensor<784x512xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$variable, AnyRankedTensor:$value);
  let assemblyFormat = "$variable `,` $value attr-dict `:` type($value)";
}

def Tacit_StepOp : Tacit_Op<"step",
    [HasParent<"TrainerOp">, IsolatedFromAbove, NoRegionArguments,
     SingleBlock]> {
  let summary = "One local step of training";
  let description = [{
    Takes a batch, yields the loss at the parameters it was computed with.

    **Constraints:**
    - (step_c1) The terminator is a `tacit.yield` of one scalar tensor of
      floats: the loss.
    - (step_c2) There is at most one `tacit.next_batch`.
    - (step_c3) It stands directly in a `tacit.trainer`.

    Example:
    ```mlir
    tacit.step {
      %x, %y = tacit.next_batch : tensor<64x784xf32>, tensor<64xi32>
      ...
      tacit.yield %loss : tensor<f32>
    }
    ```
  }];
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
}

def Tacit_EvaluateOp : Tacit_Op<"evaluate",
    [HasParent<"TrainerOp">, IsolatedFromAbove, NoRegionArguments,
     SingleBlock]> {
  let summary = "How good the model is on a batch";
  let description = [{
    Yields the loss of each row and, for classifiers, whether the row is
    classified correctly (1 or 0); or only the mean loss of the batch.

    **Constraints:**
    - (evaluate_c1) The terminator is a `tacit.yield` of a scalar tensor of
      floats, or of a tensor of floats with one entry per row and, optionally, a
      second of the same shape.
    - (evaluate_c2) There is exactly one `tacit.next_batch`.
    - (evaluate_c3) Nothing in it exchanges: ranks evaluate different numbers of
      batches.
    - (evaluate_c4) It stands directly in a `tacit.trainer`.

    Example:
    ```mlir
    tacit.evaluate {
      %x, %y = tacit.next_batch : tensor<64x784xf32>, tensor<64xi32>
      ...
      tacit.yield %loss, %correct : tensor<64xf32>, tensor<64xf32>
    }
    ```
  }];
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
}

def Tacit_NextBatchOp : Tacit_Op<"next_batch",
    [ParentOneOf<["StepOp", "EvaluateOp"]>,
     MemoryEffects<[MemRead<Tacit_Batches>, MemWrite<Tacit_Batches>]>]> {
  let summary = "The rank's rows of this step";
  let description = [{
    Each result is one data argument; its first extent is the number of rows.
    Names are those of the command line's `--data`; without them the arguments
    are "x" and "y".

    **Constraints:**
    - (next_batch_c1) There is at least one result. There are as many names as
      results, all different; names may be left out for one or two results only.
    - (next_batch_c2) Results have a static shape with at least one extent.
    - (next_batch_c3) All have the same first extent.
    - (next_batch_c4) Element types are f32, f64, i32 or i64.
    - (next_batch_c5) It stands directly in a `tacit.step` or `tacit.evaluate`.

    Example:
    ```mlir
    %x, %y = tacit.next_batch ["x", "y"] : tensor<64x784xf32>, tensor<64xi32>
    ```
  }];
  let arguments = (ins OptionalAttr<StrArrayAttr>:$names);
  let results = (outs Variadic<AnyRankedTensor>:$values);
  let assemblyFormat = "($names^)? attr-dict `:` type($values)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The name of result `index`, given or by default.
    StringRef getArgumentName(unsigned index);
  }];
}

def Tacit_ReportOp : Tacit_Op<"report",
    [ParentOneOf<["StepOp"]>, MemoryEffects<[MemWrite<Tacit_Report>]>]> {
  let summary = "Hands a scalar to the metrics of this step";
  let description = [{
    The step's line of metrics carries it under its key, beside the loss.

    **Constraints:**
    - (report_c1) No other `tacit.report` of the step has the same key, and it
      is not "loss".
    - (report_c2) The value is a scalar tensor of f32, f64 or i64.
    - (report_c3) It stands directly in a `tacit.step`.

    Example:
    ```mlir
    tacit.report "lr", %lr : tensor<f64>
    ```
  }];
  let arguments = (ins StrAttr:$key, 0DTensorOf<[F32, F64, I64]>:$value);
  let assemblyFormat = "$key `,` $value attr-dict `:` type($value)";
  let hasVerifier = 1;
}

def Tacit_YieldOp : Tacit_Op<"yield",
    [Pure, Terminator, ParentOneOf<["StepOp", "EvaluateOp"]>]> {
  let summary = "Ends a step or an evaluation";
  let description = [{
    What it takes is what the step or the evaluation hands to the program that
    runs it (step_c1, evaluate_c1).

    **Constraints:**
    - (yield_c1) It stands directly in a `tacit.step` or `tacit.evaluate`.

    Example:
    ```mlir
    tacit.yield %loss : tensor<f32>
    ```
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

def Tacit_NumRanksOp : Tacit_Op<"num_ranks", [Pure]> {
  let summary = "How many ranks train";
  let description = [{
    The same on every rank. Becomes a constant when ranks are bound.

    Example:
    ```mlir
    %p = tacit.num_ranks : i64
    ```
  }];
  let results = (outs I64:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
  let hasFolder = 1;
}

def Tacit_RankOp : Tacit_Op<"rank", [Pure]> {
  let summary = "Which rank this is";
  let description = [{
    From 0. Differs between ranks, hence must not decide whether a collective
    runs.

    Example:
    ```mlir
    %p = tacit.rank : i64
    ```
  }];
  let results = (outs I64:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

} // opDocGroup

#endif // TACIT_PROGRAM_OPS_TD
