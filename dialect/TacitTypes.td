//===- TacitTypes.td - Types of the dialect -*- tablegen -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_TYPES_TD
#define TACIT_TYPES_TD

include "dialect/TacitDialect.td"
include "mlir/IR/AttrTypeBase.td"

class Tacit_Type<string name, string typeMnemonic, list<Trait> traits = []>
    : TypeDef<Tacit_Dialect, name, traits> {
  let mnemonic = typeMnemonic;
}

def Tacit_TokenType : Tacit_Type<"Token", "token"> {
  let summary = "An exchange in flight";
  let description = [{
    What `tacit.start` returns and `tacit.await` takes. Linear: on every path
    from its definition it is awaited exactly once, and it never leaves its
    step. The buffer in flight is not part of it: that is the tensor that
    `tacit.start` holds.

    Example:
    ```mlir
    !tacit.token
    ```
  }];
}

#endif // TACIT_TYPES_TD
