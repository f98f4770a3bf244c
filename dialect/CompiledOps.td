//===- CompiledOps.td - A trainer on its way to a program -*- tablegen -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_COMPILED_OPS_TD
#define TACIT_COMPILED_OPS_TD

include "dialect/CompressionAttributes.td"
include "dialect/ExchangeOps.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"

def Tacit_SiteAttr : Tacit_Attr<"Site", "site"> {
  let summary = "One exchange in a program's text";
  let description = [{
    What the runtime is told of an exchange before it runs: a readable name, its
    kind, how values are combined (for an all_reduce), the element type, the
    root (of a broadcast), the number of elements that each rank brings, and
    whether it is `control`: ranks decide by it, and metrics count its bytes
    apart from the payload's.

    Example:
    ```mlir
    #tacit.site<name = "all_reduce 0", kind = all_reduce, reduction = mean, element = f32, root = 0, count = 512>
    ```
  }];
  let parameters = (ins StringRefParameter<>:$name,
                        EnumParameter<Tacit_ExchangeKind>:$kind,
                        EnumParameter<Tacit_Reduction>:$reduction,
                        "::mlir::Type":$element, "int64_t":$root,
                        "int64_t":$count,
                        DefaultValuedParameter<"bool", "false">:$control);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Tacit_CompressionAttr : Tacit_Attr<"Compression", "compression"> {
  let summary = "One compressor in a program's text";
  let description = [{
    What the runtime is told of a compression before it runs: a readable name,
    the compressor, how payloads are combined and what becomes of what is
    dropped (if anything), the types of the payload before and after the
    exchange, and the names, lengths and last extents of the tensors that make
    up the vector.

    Example:
    ```mlir
    #tacit.compression<name = "gtopk of w0", compressor = #tacit.top_k<density = 0.01>, algorithm = gtopk,
      put_back = conserving, plain_indices = false, warm_up = false,
      payload = !tacit.sparse<1000xf32, capacity = 10>, result = !tacit.sparse<1000xf32, capacity = 10>,
      members = ["w0"], lengths = [1000], columns = [10]>
    ```
  }];
  let parameters = (ins StringRefParameter<>:$name,
                        "::mlir::tacit::CompressorAttrInterface":$compressor,
                        EnumParameter<Tacit_PayloadAlgorithm>:$algorithm,
                        OptionalParameter<"::mlir::tacit::PutBackAttr">:$put_back,
                        "bool":$plain_indices, "bool":$warm_up,
                        "::mlir::Type":$payload, "::mlir::Type":$result,
                        "::mlir::ArrayAttr":$members,
                        "::mlir::DenseI64ArrayAttr":$lengths,
                        "::mlir::DenseI64ArrayAttr":$columns);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Tacit_ConvolutionKind
    : I32Enum<"ConvolutionKind", "which of three tensors is computed", [
        I32EnumCase<"forward", 0>, I32EnumCase<"backward_data", 1>,
        I32EnumCase<"backward_weights", 2>]> {
  let cppNamespace = "::mlir::tacit";
}
def Tacit_ConvolutionKindAttr
    : EnumAttr<Tacit_Dialect, Tacit_ConvolutionKind, "convolution_kind"> {
  let summary = "Which of a convolution's three tensors is computed";
  let description = [{
    `forward`: the output, from the input and the filter. `backward_data`: the
    input's gradient, from the output's gradient and the filter.
    `backward_weights`: the filter's gradient, from the input and the output's
    gradient.

    Example:
    ```mlir
    forward
    ```
  }];
  let assemblyFormat = "$value";
}

class Tacit_StoredOp<string mnemonic, list<Trait> traits = []>
    : Tacit_Op<mnemonic, !listconcat(traits,
        [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
         DeclareOpInterfaceMethods<Tacit_TiedResultsOpInterface>,
         DeclareOpInterfaceMethods<Tacit_ContiguousOpInterface>])> {
  let hasVerifier = 1;
}

let opDocGroup = Tacit_CompiledDocs in {

def Tacit_EncodeOp : Tacit_StoredOp<"encode", [AttrSizedOperandSegments]> {
  let summary = "Compresses into the bytes of a payload";
  let description = [{
    `tacit.compress` with a place for its payload. `site` counts the compressors
    of the program. Without `lossy`, the values become the rest. On buffers there
    are no results. Becomes a call of `tacit_encode`.

    **Constraints:**
    - (encode_c1) There is at least one value.
    - (encode_c2) Results are the tensors among values, unless lossy, and payload.

    Example:
    ```mlir
    %rest, %q = tacit.encode 0 %r plus %g into %p : tensor<1000xf32>, tensor<1000xf32> into tensor<192xi8>
    ```
  }];
  let arguments = (ins I64Attr:$site, UnitAttr:$lossy,
                       Variadic<Tacit_Exchanged>:$values,
                       Variadic<Tacit_Exchanged>:$added,
                       Optional<F64>:$scale, Optional<I64>:$number,
                       Tacit_Exchanged:$payload);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    custom<PlainI64>($site) (`lossy` $lossy^)? $values (`plus` $added^)? (`scaled` `by` $scale^)? (`number` $number^)?
    `into` $payload attr-dict `:` type($values) (`plus` type($added)^)? `into` type($payload) (`->` type($results)^)?
  }];
}

def Tacit_ExchangeEncodedOp
    : Tacit_StoredOp<"exchange_encoded", [Tacit_Collective]> {
  let summary = "Exchanges the bytes of payloads";
  let description = [{
    `tacit.all_reduce_payload` with a place for its result. On buffers there are
    no results. Becomes a call of `tacit_exchange_payload`.

    **Constraints:**
    - (exchange_encoded_c1) Results are the tensors among output and rest.

    Example:
    ```mlir
    %q, %rest1 = tacit.exchange_encoded 0 %p into %o, %rest : tensor<192xi8> into tensor<192xi8>, tensor<1000xf32>
    ```
  }];
  let arguments = (ins I64Attr:$site, Tacit_Exchanged:$payload,
                       Tacit_Exchanged:$output,
                       Variadic<Tacit_Exchanged>:$rest);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    custom<PlainI64>($site) $payload `into` $output (`,` $rest^)? attr-dict `:` type($payload) `into` type($output) (`,` type($rest)^)?
    (`->` type($results)^)?
  }];
}

def Tacit_DecodeOp : Tacit_StoredOp<"decode"> {
  let summary = "Expands the bytes of a payload";
  let description = [{
    `tacit.decompress` with a place for its results; `exchanged` if the payload
    is what an exchange gave. On buffers there are no results. Becomes a call of
    `tacit_decode`.

    **Constraints:**
    - (decode_c1) There is at least one output.
    - (decode_c2) Results are the tensors among outputs.

    Example:
    ```mlir
    %a = tacit.decode 0 exchanged %p into %e : tensor<192xi8> into tensor<1000xf32>
    ```
  }];
  let arguments = (ins I64Attr:$site, UnitAttr:$exchanged,
                       Tacit_Exchanged:$payload,
                       Variadic<Tacit_Exchanged>:$outputs);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    custom<PlainI64>($site) (`exchanged` $exchanged^)? $payload `into` $outputs attr-dict `:` type($payload) `into` type($outputs)
    (`->` type($results)^)?
  }];
}

def Tacit_ExchangeLowRankOp
    : Tacit_StoredOp<"exchange_low_rank",
        [AttrSizedOperandSegments, Tacit_Collective]> {
  let summary = "Exchanges matrices of low rank";
  let description = [{
    `tacit.all_reduce_low_rank` with a place for the means. `site` counts the
    compressors of the program. Without `lossy`, the values become the rest. On
    buffers there are no results. Becomes a call of `tacit_exchange_low_rank`.

    **Constraints:**
    - (exchange_low_rank_c1) There is at least one value.
    - (exchange_low_rank_c2) Results are the tensors among outputs, values,
      unless lossy, and factors.

    Example:
    ```mlir
    %mean, %rest, %q1 = tacit.exchange_low_rank 0 %r plus %g factors %q into %o
      : tensor<8x4xf32> plus tensor<8x4xf32> factors tensor<4x1xf32> into tensor<8x4xf32>
      -> tensor<8x4xf32>, tensor<8x4xf32>, tensor<4x1xf32>
    ```
  }];
  let arguments = (ins I64Attr:$site, UnitAttr:$lossy,
                       Variadic<Tacit_Exchanged>:$values,
                       Variadic<Tacit_Exchanged>:$added,
                       Optional<F64>:$scale,
                       Variadic<Tacit_Exchanged>:$factors,
                       Variadic<Tacit_Exchanged>:$outputs);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    custom<PlainI64>($site) (`lossy` $lossy^)? $values (`plus` $added^)? (`scaled` `by` $scale^)?
    `factors` $factors `into` $outputs attr-dict `:` type($values) (`plus` type($added)^)?
    `factors` type($factors) `into` type($outputs) (`->` type($results)^)?
  }];
}

def Tacit_ClearEncodedOp : Tacit_StoredOp<"clear_encoded"> {
  let summary = "Sets to 0 what the bytes of a payload have entries of";
  let description = [{
    `tacit.clear_selected`, in place. On buffers there are no results. Becomes a
    call of `tacit_clear_selected`.

    **Constraints:**
    - (clear_encoded_c1) There is at least one value.
    - (clear_encoded_c2) Results are the tensors among values.

    Example:
    ```mlir
    %u1 = tacit.clear_encoded 0 %p in %u : tensor<192xi8> in tensor<1000xf32>
    ```
  }];
  let arguments = (ins I64Attr:$site, Tacit_Exchanged:$payload,
                       Variadic<Tacit_Exchanged>:$values);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    custom<PlainI64>($site) $payload `in` $values attr-dict `:` type($payload) `in` type($values) (`->` type($results)^)?
  }];
}

def Tacit_ProgramOp : Tacit_Op<"program",
    [IsolatedFromAbove, NoTerminator, NoRegionArguments, SingleBlock, Symbol,
     SymbolTable, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A trainer whose bodies are functions";
  let description = [{
    What `tacit-outline` leaves of a `tacit.trainer`: its variables, in order,
    its channel, and the names of the functions that its step, what ends a round, and its
    evaluation have become.
    `sites` lists the exchanges once they are calls, `compressions` the
    compressors once they have places for their payloads. `tacit-emit-program` turns
    it into the descriptor that a runtime loads.

    **Constraints:**
    - (program_c1) The body holds only `tacit.variable` and at most one
      `tacit.channel`.
    - (program_c2) `step`, `end_round` and `evaluate` name functions.

    Example:
    ```mlir
    tacit.program @line step @line.step {
      tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, FlatSymbolRefAttr:$step,
                       OptionalAttr<FlatSymbolRefAttr>:$end_round,
                       OptionalAttr<FlatSymbolRefAttr>:$evaluate,
                       OptionalAttr<I64Attr>:$ranks,
                       OptionalAttr<I64Attr>:$accumulate,
                       OptionalAttr<TypedArrayAttrBase<Tacit_SiteAttr,
                                    "list of exchange sites">>:$sites,
                       OptionalAttr<TypedArrayAttrBase<Tacit_CompressionAttr,
                                    "list of compressors">>:$compressions);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `step` $step (`end_round` $end_round^)? (`evaluate` $evaluate^)? attr-dict-with-keyword $body
  }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ChannelOp getChannel(); ///< Null if ranks exchange synchronously.
  }];
}

def Tacit_GemmOp : Tacit_Op<"gemm",
    [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "A product of two matrices, into a buffer";
  let description = [{
    C = alpha op(A) op(B), or C += alpha op(A) op(B) if it says `accumulate`.
    `sizes` are m, n and k: op(A) is m x k, op(B) is k x n. `leading` are the
    distances between rows of A, B and C as stored, in elements. The shapes of
    the buffers do not matter: a matrix begins at a buffer's first element.
    Becomes a call of `tacit_gemm_f32`.

    **Constraints:**
    - (gemm_c1) Elements are f32.
    - (gemm_c2) There are three sizes, and three leading dimensions.
    - (gemm_c3) Sizes are at least 1.
    - (gemm_c4) Rows do not overlap: a leading dimension is at least the length
      of a row as stored.

    Example:
    ```mlir
    tacit.gemm %one, %x, %w into %y sizes [64, 512, 784] leading [784, 512, 512]
      : memref<64x784xf32>, memref<784x512xf32>, memref<64x512xf32>
    ```
  }];
  let arguments = (ins F32:$alpha, AnyStridedMemRef:$a, AnyStridedMemRef:$b,
                       AnyStridedMemRef:$c, DenseI64ArrayAttr:$sizes,
                       DenseI64ArrayAttr:$leading, UnitAttr:$transpose_a,
                       UnitAttr:$transpose_b, UnitAttr:$accumulate);
  let assemblyFormat = [{
    $alpha `,` $a (`transposed` $transpose_a^)? `,` $b (`transposed` $transpose_b^)?
    `into` $c (`accumulate` $accumulate^)? `sizes` $sizes `leading` $leading
    attr-dict `:` type($a) `,` type($b) `,` type($c)
  }];
  let hasVerifier = 1;
}

def Tacit_ConvolutionOp : Tacit_StoredOp<"convolution"> {
  let summary = "A convolution in two dimensions, or one of its gradients";
  let description = [{
    Three tensors belong to a convolution: its input, its filter and its output.
    `forward` computes the output from the input and the filter, `backward_data`
    the input's gradient from the output's and the filter, and
    `backward_weights` the filter's gradient from the input and the output's
    gradient. Like deep-learning libraries, it does not turn the filter round.
    `layouts` name the extents of input, filter and output in the order in which
    they are stored: n for the batch, c for channels, h and w; of the filter, o
    and i for the channels of output and input. `padding` is how many zeros lie
    before and behind the input: top, bottom, left, right. On buffers there are
    no results. Becomes a call of `tacit_convolution_f32`.

    **Constraints:**
    - (convolution_c1) Elements are f32, and extents are known.
    - (convolution_c2) There are three layouts, of n, c, h, w for input and
      output, and of o, i, h, w for the filter.
    - (convolution_c3) There are two strides and two dilations, at least 1, and
      four paddings, at least 0.
    - (convolution_c4) Batches and channels agree.
    - (convolution_c5) The output's h and w are as many as fit.
    - (convolution_c6) The result is the output's place, if that is a tensor.

    Example:
    ```mlir
    %y = tacit.convolution forward %x, %w into %e layouts ["nhwc", "hwio", "nhwc"] strides [1, 1] dilations [1, 1]
      padding [2, 2, 2, 2] : tensor<64x28x28x1xf32>, tensor<5x5x1x16xf32> into tensor<64x28x28x16xf32> -> tensor<64x28x28x16xf32>
    ```
  }];
  let arguments = (ins Tacit_ConvolutionKindAttr:$kind, Tacit_Exchanged:$lhs,
                       Tacit_Exchanged:$rhs, Tacit_Exchanged:$place,
                       StrArrayAttr:$layouts, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilations,
                       DenseI64ArrayAttr:$padding);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $kind $lhs `,` $rhs `into` $place `layouts` $layouts `strides` $strides `dilations` $dilations `padding` $padding
    attr-dict `:` type($lhs) `,` type($rhs) `into` type($place) (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    Value getInput();  ///< The input, or the place of its gradient.
    Value getFilter(); ///< The filter, or the place of its gradient.
    Value getOutput(); ///< The output's place, or its gradient.

    /// Where each letter of `order` stands in `layout`; fails unless each does,
    /// once.
    static ::mlir::FailureOr<::llvm::SmallVector<unsigned>>
    placesOf(::llvm::StringRef layout, ::llvm::StringRef order);
  }];
}

} // opDocGroup

#endif // TACIT_COMPILED_OPS_TD
