//===- CompiledOps.td - A trainer on its way to a program -*- tablegen -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_COMPILED_OPS_TD
#define TACIT_COMPILED_OPS_TD

include "dialect/TacitAttributes.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"

def Tacit_SiteAttr : Tacit_Attr<"Site", "site"> {
  let summary = "One exchange in a program's text";
  let description = [{
    What the runtime is told of an exchange before it runs: a readable name, its
    kind, how values are combined (for an all_reduce), the element type, the
    root (of a broadcast) and the number of elements that each rank brings.

    Example:
    ```mlir
    #tacit.site<name = "all_reduce 0", kind = all_reduce, reduction = mean, element = f32, root = 0, count = 512>
    ```
  }];
  let parameters = (ins StringRefParameter<>:$name,
                        EnumParameter<Tacit_ExchangeKind>:$kind,
                        EnumParameter<Tacit_Reduction>:$reduction,
                        "::mlir::Type":$element, "int64_t":$root,
                        "int64_t":$count);
  let assemblyFormat = "`<` struct(params) `>`";
}

let opDocGroup = Tacit_CompiledDocs in {

def Tacit_ProgramOp : Tacit_Op<"program",
    [IsolatedFromAbove, NoTerminator, NoRegionArguments, SingleBlock, Symbol,
     SymbolTable, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A trainer whose bodies are functions";
  let description = [{
    What `tacit-outline` leaves of a `tacit.trainer`: its variables, in order,
    and the names of the functions that its step and its evaluation have become.
    `sites` lists the exchanges once they are calls. `tacit-emit-program` turns
    it into the descriptor that a runtime loads.

    **Constraints:**
    - (program_c1) The body holds only `tacit.variable`.
    - (program_c2) `step` and `evaluate` name functions.

    Example:
    ```mlir
    tacit.program @line step @line.step {
      tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, FlatSymbolRefAttr:$step,
                       OptionalAttr<FlatSymbolRefAttr>:$evaluate,
                       OptionalAttr<I64Attr>:$ranks,
                       OptionalAttr<TypedArrayAttrBase<Tacit_SiteAttr,
                                    "list of exchange sites">>:$sites);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `step` $step (`evaluate` $evaluate^)? attr-dict-with-keyword $body
  }];
  let hasRegionVerifier = 1;
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

} // opDocGroup

#endif // TACIT_COMPILED_OPS_TD
