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
  }];
  let parameters = (ins StringRefParameter<>:$name,
                        EnumParameter<Tacit_ExchangeKind>:$kind,
                        EnumParameter<Tacit_Reduction>:$reduction,
                        "::mlir::Type":$element, "int64_t":$root,
                        "int64_t":$count);
  let assemblyFormat = "`<` struct(params) `>`";
}

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

#endif // TACIT_COMPILED_OPS_TD
