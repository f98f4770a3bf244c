//===- CompressionOps.td - What is kept of gradients -*- tablegen -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_COMPRESSION_OPS_TD
#define TACIT_COMPRESSION_OPS_TD

include "dialect/CompressionAttributes.td"
include "mlir/IR/BuiltinAttributes.td"

let opDocGroup = Tacit_CompressionDocs in {

def Tacit_AccumulateResidualOp : Tacit_Op<"accumulate_residual",
    [Pure, AttrSizedOperandSegments,
     DeclareOpInterfaceMethods<Tacit_TiedResultsOpInterface>]> {
  let summary = "Adds what compression left out before";
  let description = [{
    residual * scale + value, entry by entry; without a scale it is 1. The scale
    is the ratio of the last step's learning rate to this one's, which keeps
    error feedback exact where the rate changes. Each result is meant to be
    computed in place of its residual.

    **Constraints:**
    - (accumulate_residual_c1) There is at least one value.
    - (accumulate_residual_c2) There are as many residuals as values, of the same
      types.
    - (accumulate_residual_c3) Types are static tensors of f32.

    Example:
    ```mlir
    %acc:2 = tacit.accumulate_residual %g0, %g1 onto %r0, %r1
      : tensor<784x512xf32>, tensor<512xf32>
    ```
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$values,
                       Variadic<AnyRankedTensor>:$residuals,
                       Optional<F64>:$scale);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $values `onto` $residuals (`scaled` `by` $scale^)? attr-dict `:`
    custom<SameTypes>(type($values), type($residuals), type($results))
  }];
  let hasVerifier = 1;
}

def Tacit_CompressOp : Tacit_Op<"compress",
    [Pure, AttrSizedOperandSegments,
     DeclareOpInterfaceMethods<Tacit_ConsistencyOpInterface>,
     DeclareOpInterfaceMethods<Tacit_TiedResultsOpInterface>]> {
  let summary = "Keeps of a flat vector what is to be sent";
  let description = [{
    Takes tensors as one flat vector, end to end in their order, and gives what
    the compressor keeps of it, and the rest: the vector with that taken away.
    With `plus`, the vector is operand * scale + what is added, as in
    `tacit.accumulate_residual`, in the same sweep. Without a rest, what is not
    kept is forgotten; a biased compressor then says `lossy`.

    `number` tells a compressor that draws random numbers which exchange this is.
    With `warm_up`, the density begins at 25% and falls to the compressor's own
    over the first epochs (Lin et al., "Deep Gradient Compression", ICLR 2018).

    **Constraints:**
    - (compress_c1) There is at least one operand.
    - (compress_c2) Types are static tensors of f32.
    - (compress_c3) The payload has the type that the compressor says.
    - (compress_c4) The rest has the operands' types, or there is none.
    - (compress_c5) What is added has the operands' types.
    - (compress_c6) There is a scale only where something is added.
    - (compress_c7) A compressor that draws random numbers has a `number`, and no
      other has.
    - (compress_c8) `lossy` stands where a biased compressor has no rest, and
      nowhere else.
    - (compress_c9) Only `#tacit.top_k` has a warm-up.
    - (compress_c10) The compressor is not `#tacit.powersgd`, which is defined
      for the mean over ranks.

    Example:
    ```mlir
    %p, %rest:2 = tacit.compress #tacit.top_k<density = 0.001> %a0, %a1
      : tensor<784x512xf32>, tensor<512xf32>
      -> !tacit.sparse<401920xf32, capacity = 402>, tensor<784x512xf32>, tensor<512xf32>
    ```
  }];
  let arguments = (ins Tacit_CompressorAttrInterface:$compressor,
                       Variadic<AnyRankedTensor>:$inputs,
                       Variadic<AnyRankedTensor>:$added,
                       Optional<F64>:$scale, Optional<I64>:$number,
                       UnitAttr:$lossy, UnitAttr:$warm_up);
  let results = (outs Tacit_Payload:$payload,
                      Variadic<AnyRankedTensor>:$rest);
  let assemblyFormat = [{
    $compressor (`lossy` $lossy^)? (`warm_up` $warm_up^)? $inputs
    (`plus` $added^)? (`scaled` `by` $scale^)? (`number` $number^)? attr-dict `:`
    custom<CompressTypes>(ref($added), type($inputs), type($added), type($payload), type($rest))
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
  let extraClassDeclaration = [{
    /// Elements of all operands together.
    int64_t getNumElements();
    /// The exchange that takes the payload; null if there is none.
    AllReducePayloadOp getExchange();
  }];
}

def Tacit_AllReducePayloadOp : Tacit_Op<"all_reduce_payload",
    [Tacit_Collective,
     DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
     DeclareOpInterfaceMethods<Tacit_TiedResultsOpInterface>]> {
  let summary = "The mean of all ranks' payloads";
  let description = [{
    Combines payloads as the algorithm says and divides once by the number of
    ranks. The result is bitwise equal on all ranks. What the algorithm drops is
    added to the rest, as `put_back` says, so that nothing is lost.

    **Constraints:**
    - (all_reduce_payload_c1) The algorithm goes with the compressor.
    - (all_reduce_payload_c2) The result is what so many ranks make of the
      payload: one of its capacity for `gtopk` and `ok_topk`; otherwise of as
      many times that as there are ranks, and at most the elements. Quantized, a
      part for each rank, or one of `dense`.
    - (all_reduce_payload_c3) The rest are static tensors of f32 with as many
      elements, and are returned.
    - (all_reduce_payload_c4) `put_back` and a rest stand together.
    - (all_reduce_payload_c5) Only `gtopk` has another `put_back` than
      `conserving`.

    Example:
    ```mlir
    %q, %rest2 = tacit.all_reduce_payload gtopk #tacit.top_k<density = 0.01> %p
      put_back conserving %rest : !tacit.sparse<1000xf32, capacity = 10>, tensor<1000xf32>
      -> !tacit.sparse<1000xf32, capacity = 10>
    ```
  }];
  let arguments = (ins Tacit_PayloadAlgorithmAttr:$algorithm,
                       Tacit_CompressorAttrInterface:$compressor,
                       Tacit_Payload:$payload,
                       OptionalAttr<Tacit_PutBackAttr>:$put_back,
                       Variadic<AnyRankedTensor>:$rest,
                       UnitAttr:$plain_indices);
  let results = (outs Tacit_Payload:$result,
                      Variadic<AnyRankedTensor>:$rest_results);
  let assemblyFormat = [{
    custom<PayloadAlgorithm>($algorithm) $compressor (`plain_indices` $plain_indices^)? $payload
    (`put_back` custom<PutBack>($put_back)^)? ($rest^)? attr-dict `:`
    custom<PayloadTypes>(type($payload), type($rest), type($result), type($rest_results))
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The type of the result for a payload of so many ranks.
    static Type getResultType(PayloadAlgorithm algorithm, Type payload,
                              int64_t ranks);
  }];
}

def Tacit_DecompressOp : Tacit_Op<"decompress", [Pure]> {
  let summary = "The dense vector that a payload stands for";
  let description = [{
    Entries that the payload has not are 0. Results are parts of the vector, end
    to end in their order.

    **Constraints:**
    - (decompress_c1) There is at least one result.
    - (decompress_c2) Results are static tensors of f32, with as many elements as
      the payload's vector.

    Example:
    ```mlir
    %a:2 = tacit.decompress %q : !tacit.sparse<401920xf32, capacity = 402>
      -> tensor<784x512xf32>, tensor<512xf32>
    ```
  }];
  let arguments = (ins Tacit_Payload:$payload);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = "$payload attr-dict `:` type($payload) `->` type($results)";
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def Tacit_ClearSelectedOp : Tacit_Op<"clear_selected",
    [Pure, DeclareOpInterfaceMethods<Tacit_TiedResultsOpInterface>]> {
  let summary = "Sets to 0 what a payload has entries of";
  let description = [{
    Momentum correction forgets the momentum of what was sent (Lin et al., "Deep
    Gradient Compression", ICLR 2018, section 3.2).

    **Constraints:**
    - (clear_selected_c1) There is at least one value.
    - (clear_selected_c2) Values are static tensors of f32, with as many elements
      as the payload's vector.

    Example:
    ```mlir
    %u1 = tacit.clear_selected %p in %u : !tacit.sparse<1000xf32, capacity = 10>, tensor<1000xf32>
    ```
  }];
  let arguments = (ins Tacit_Payload:$payload,
                       Variadic<AnyRankedTensor>:$values);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $payload `in` $values attr-dict `:` type($payload) `,`
    custom<TiedTypes>(type($values), type($results))
  }];
  let hasVerifier = 1;
}

def Tacit_AllReduceLowRankOp : Tacit_Op<"all_reduce_low_rank",
    [Tacit_Collective, AttrSizedOperandSegments, AttrSizedResultSegments,
     DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
     DeclareOpInterfaceMethods<Tacit_ConsistencyOpInterface>,
     DeclareOpInterfaceMethods<Tacit_TiedResultsOpInterface>]> {
  let summary = "The mean of all ranks' matrices, of low rank";
  let description = [{
    One step of PowerSGD for each matrix M of n rows and m columns, given the
    factor Q (m x r) of the exchange before:

        P = mean over ranks of M Q, its columns made orthogonal
        Q = mean over ranks of M^T P
        mean = P Q^T, rest = M - P Q^T

    Returns the means and the new factors, which are bitwise equal on all ranks,
    and between them the rest, or, where it says `lossy`, none. All P travel
    together, and so do all Q. With `plus`, M is operand * scale + what is added,
    as in `tacit.accumulate_residual`.

    **Constraints:**
    - (all_reduce_low_rank_c1) There is at least one operand.
    - (all_reduce_low_rank_c2) Operands are static tensors of f32.
    - (all_reduce_low_rank_c3) The factors of each operand are smaller than it:
      others are exchanged as they are.
    - (all_reduce_low_rank_c4) Each operand has a factor of its last extent times
      the rank.
    - (all_reduce_low_rank_c5) What is added has the operands' types.
    - (all_reduce_low_rank_c6) There is a scale only where something is added.
    - (all_reduce_low_rank_c7) Results are means of the operands' types, a rest
      of the same unless lossy, and new factors.

    Example:
    ```mlir
    %mean, %rest, %q1 = tacit.all_reduce_low_rank #tacit.powersgd<rank = 2> %a factors %q
      : tensor<784x512xf32> factors tensor<512x2xf32> leaving tensor<784x512xf32>
    ```
  }];
  let arguments = (ins Tacit_PowerSGDAttr:$compressor, UnitAttr:$lossy,
                       Variadic<AnyRankedTensor>:$inputs,
                       Variadic<AnyRankedTensor>:$added,
                       Optional<F64>:$scale,
                       Variadic<AnyRankedTensor>:$factors);
  let results = (outs Variadic<AnyRankedTensor>:$means,
                      Variadic<AnyRankedTensor>:$rest,
                      Variadic<AnyRankedTensor>:$new_factors);
  let assemblyFormat = [{
    qualified($compressor) (`lossy` $lossy^)? $inputs (`plus` $added^)? (`scaled` `by` $scale^)?
    `factors` $factors attr-dict `:`
    custom<LowRankTypes>(ref($added), type($inputs), type($added), type($factors), type($means),
                         type($rest), type($new_factors))
  }];
  let hasVerifier = 1;
}

} // opDocGroup

#endif // TACIT_COMPRESSION_OPS_TD
