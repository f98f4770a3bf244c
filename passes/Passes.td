//===- Passes.td - Every pass of Tacit -*- tablegen -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_TD
#define TACIT_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// Transforms: from a model to a distributed training step
//===----------------------------------------------------------------------===//

def BindRanksPass : Pass<"tacit-bind-ranks", "::mlir::ModuleOp"> {
  let summary = "Fix the number of ranks of every trainer";
  let description = [{
    Sets `ranks` on each `tacit.trainer`, replaces `tacit.num_ranks` by the
    constant, and gives every `tacit.all_gather` its static extent. With one
    rank, dense exchanges fold away, so that updates can merge into matrix
    products.
  }];
  let options = [
    Option<"ranks", "ranks", "int64_t", /*default=*/"1",
           "Number of ranks that will run the program">
  ];
}

def InlinePass : Pass<"tacit-inline", "::mlir::ModuleOp"> {
  let summary = "Inline every call inside a trainer";
  let description = [{
    Steps and evaluations are no functions, hence no nodes of the call graph
    that upstream's inliner walks. This pass inlines the calls in them, and in
    the functions of the trainer, until none is left, and erases private
    functions that nothing uses any more. A recursive function is an error.
  }];
}

//===----------------------------------------------------------------------===//
// Conversion: from a training step to calls of the runtime
//===----------------------------------------------------------------------===//

#endif // TACIT_PASSES_TD
