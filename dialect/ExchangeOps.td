//===- ExchangeOps.td - What ranks say to each other -*- tablegen -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_EXCHANGE_OPS_TD
#define TACIT_EXCHANGE_OPS_TD

include "dialect/TacitAttributes.td"
include "dialect/TacitTypes.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/SymbolInterfaces.td"

/// Tensors before bufferization, buffers after it.
def Tacit_Exchanged
    : AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef], "tensor or buffer">;

class Tacit_ExchangeOp<string mnemonic, list<Trait> traits = []>
    : Tacit_Op<mnemonic, !listconcat(traits,
        [Tacit_Collective,
         DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
         DeclareOpInterfaceMethods<Tacit_ExchangeOpInterface>])>;

let opDocGroup = Tacit_ExchangeDocs in {

def Tacit_AllReduceOp : Tacit_ExchangeOp<"all_reduce"> {
  let summary = "Combines a value of every rank, the same result on all";
  let description = [{
    Variadic: its operands are one bucket, exchanged as one message. The result
    is bitwise equal on all ranks. `mean` is the sum, then one division by the
    number of ranks. On buffers it works in place and has no results.

    **Constraints:**
    - (all_reduce_c1) There is at least one operand.
    - (all_reduce_c2) All have one element type: f32, f64, i32 or i64.
    - (all_reduce_c3) Shapes are static.
    - (all_reduce_c4) Results are the operands' types, in order; none on buffers.
    - (all_reduce_c5) `mean` needs floats.
    - (all_reduce_c6) Operands are all tensors or all buffers.

    Example:
    ```mlir
    %a:2 = tacit.all_reduce mean %g0, %g1 : tensor<784x512xf32>, tensor<512xf32>
    ```
  }];
  let arguments = (ins Tacit_ReductionAttr:$reduction,
                       Variadic<Tacit_Exchanged>:$inputs);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    custom<Reduction>($reduction) $inputs attr-dict `:` custom<TiedTypes>(type($inputs), type($results))
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def Tacit_BroadcastOp : Tacit_ExchangeOp<"broadcast"> {
  let summary = "Gives every rank one rank's value";
  let description = [{
    Variadic: one message. On buffers it works in place and has no results.

    **Constraints:**
    - (broadcast_c1) There is at least one operand.
    - (broadcast_c2) All have one element type: f32, f64, i32 or i64.
    - (broadcast_c3) Shapes are static.
    - (broadcast_c4) Results are the operands' types, in order; none on buffers.
    - (broadcast_c5) `root` is not negative, and below the trainer's `ranks`
      where those are bound.
    - (broadcast_c6) Operands are all tensors or all buffers.

    Example:
    ```mlir
    %b = tacit.broadcast from 0 %w : tensor<784x512xf32>
    ```
  }];
  let arguments = (ins I64Attr:$root, Variadic<Tacit_Exchanged>:$inputs);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `from` custom<PlainI64>($root) $inputs attr-dict `:` custom<TiedTypes>(type($inputs), type($results))
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def Tacit_AllGatherOp
    : Tacit_ExchangeOp<"all_gather", [AttrSizedOperandSegments]> {
  let summary = "Gives every rank the values of all, in rank order";
  let description = [{
    Variadic: one message. `outputs` is where the result goes: each has the
    operand's shape behind an extent more, the number of ranks, which is dynamic
    as long as ranks are not bound. On buffers there are no results.

    **Constraints:**
    - (all_gather_c1) There is at least one operand.
    - (all_gather_c2) All have one element type: f32, f64, i32 or i64.
    - (all_gather_c3) Operands' shapes are static.
    - (all_gather_c4) There are as many outputs as operands; each has its
      operand's shape and element type behind one leading extent.
    - (all_gather_c5) A static leading extent is the trainer's `ranks`, where
      those are bound.
    - (all_gather_c6) Results are the outputs' types, in order; none on buffers.
    - (all_gather_c7) Operands and outputs are all tensors or all buffers.

    Example:
    ```mlir
    %a = tacit.all_gather %x into %e : tensor<8xf32> into tensor<4x8xf32>
    ```
  }];
  let arguments = (ins Variadic<Tacit_Exchanged>:$inputs,
                       Variadic<Tacit_Exchanged>:$outputs);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def Tacit_StartOp : Tacit_Op<"start",
    [AttrSizedOperandSegments, Tacit_Collective,
     DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
     DeclareOpInterfaceMethods<SymbolUserOpInterface>,
     DeclareOpInterfaceMethods<Tacit_ExchangeOpInterface>]> {
  let summary = "Starts an exchange";
  let description = [{
    Starts the all_reduce, broadcast or all_gather that `kind` names and returns
    at once, with a token, and with the tensors that it holds: ordinary tensors,
    each tied to an operand (to an output, for an all_gather). They are not to
    be read before the `tacit.await` that takes them and the token. On buffers
    nothing is held.

    **Constraints:**
    - (start_c1) There is at least one operand.
    - (start_c2) All have one element type: f32, f64, i32 or i64.
    - (start_c3) Operands' shapes are static.
    - (start_c4) An all_reduce has a `reduction`, a broadcast has a `root`, and
      an all_gather has outputs; no other kind has these.
    - (start_c5) What is held are the types of the operands (of the outputs, for
      an all_gather), in order; nothing is held on buffers.
    - (start_c6) Operands are all tensors or all buffers.
    - (start_c7) The token is awaited exactly once on every path. Control flow
      may hand it on, as in `iter_args` of an `scf.for`.
    - (start_c8) What is held is used only by the await of its token.
    - (start_c9) `mean` needs floats.
    - (start_c10) The token does not leave the step or function.
    - (start_c11) A root is as for `tacit.broadcast` (broadcast_c5), outputs are
      as for `tacit.all_gather` (all_gather_c4, all_gather_c5).

    Example:
    ```mlir
    %h, %t = tacit.start all_reduce mean %g : tensor<512xf32>
    ...
    %a = tacit.await %t, %h : tensor<512xf32>
    ```
  }];
  let arguments = (ins Tacit_ExchangeKindAttr:$kind,
                       OptionalAttr<Tacit_ReductionAttr>:$reduction,
                       OptionalAttr<I64Attr>:$root,
                       Variadic<Tacit_Exchanged>:$inputs,
                       Variadic<Tacit_Exchanged>:$outputs);
  let results = (outs Variadic<AnyRankedTensor>:$held, Tacit_TokenType:$token);
  let assemblyFormat = [{
    custom<ExchangeKind>($kind) (custom<OptionalReduction>($reduction)^)? (`from` custom<PlainI64>($root)^)? $inputs (`into` $outputs^)? attr-dict `:`
    custom<StartTypes>(type($inputs), type($outputs), type($held))
  }];
  let hasVerifier = 1;
}

def Tacit_AwaitOp : Tacit_Op<"await",
    [Tacit_Collective, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "Waits for an exchange that was started";
  let description = [{
    Takes the token of a `tacit.start` and the tensors that it holds; returns
    them with the exchange's result in them. On buffers there are no results.

    **Constraints:**
    - (await_c1) Results are the types of what was held, in order; none on
      buffers.
    - (await_c2) What it takes is what the start of its token holds, all of it,
      in order.
    - (await_c3) The token is no argument of the step or function.

    Example:
    ```mlir
    %a = tacit.await %t, %h : tensor<512xf32>
    ```
  }];
  let arguments = (ins Tacit_TokenType:$token, Variadic<Tacit_Exchanged>:$held);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $token (`,` $held^)? attr-dict (`:` custom<TiedTypes>(type($held), type($results))^)?
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def Tacit_ProgressOp : Tacit_Op<"progress",
    [MemoryEffects<[MemRead<Tacit_Wire>, MemWrite<Tacit_Wire>]>]> {
  let summary = "Moves exchanges in flight along";
  let description = [{
    Never waits. `tacit-overlap` puts it between pieces of computation.

    Example:
    ```mlir
    tacit.progress
    ```
  }];
  let assemblyFormat = "attr-dict";
}

} // opDocGroup

#endif // TACIT_EXCHANGE_OPS_TD
