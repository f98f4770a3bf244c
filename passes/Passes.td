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

def BuildTrainerPass : Pass<"tacit-build-trainer", "::mlir::ModuleOp"> {
  let summary = "Make a trainer of a function with marked arguments";
  let description = [{
    The function returns the loss, and each of its arguments is marked
    `{tacit.parameter = "name"}`, perhaps with a `tacit.init`, or
    `{tacit.data = "name"}`. It becomes a trainer: a variable for each
    parameter, in the order of arguments, and a step that takes a batch and
    updates each parameter by `tacit.sgd` with lr(0.1), until
    `tacit-set-optimizer` says otherwise. The trainer bears the module's name,
    or its file's.

    A function that returns the gradients of its parameters after the loss is
    taken at its word: the step calls it instead of differentiating.

    `@evaluate`, if the file has it, takes what the loss takes (with any number
    of rows) and returns the loss of each row and, for a classifier, 1 or 0 for
    each; without it, evaluation yields the mean loss.

    Functions that these call go along. A module that has one trainer already
    is left alone.
  }];
  let dependentDialects = ["::mlir::tacit::TacitDialect",
                           "::mlir::func::FuncDialect"];
}

def DifferentiatePass : Pass<"tacit-differentiate", "::mlir::ModuleOp"> {
  let summary = "Expand the gradient of a loss, by reverse mode";
  let description = [{
    Each `tacit.value_and_grad` becomes the body of its function, followed by
    the adjoint of every operation on the way from the operands in `wrt` to the
    loss. The function is first normalised, in a copy: elementwise operations on
    tensors become `linalg.generic`, and upstream's folding removes dimensions
    of extent 1, with the constant maps that exporters broadcast by. Functions
    that only gradients used are erased if private.

    An operation's rule is its `DifferentiableOpInterface`; arith, math, tensor
    and linalg have them, as external models. All structured operations of
    linalg, named or generic, share one: it differentiates the body, so that the
    rules of scalars serve on tensors too. Contractions give `linalg.contract`,
    with transposition in the maps. Reductions may be sums, or a maximum or
    minimum, whose gradient is split evenly among the entries that equal it.

    Where a function has a kink: `maximumf` and `minimumf` give the gradient to
    the second operand at a tie (a constant is the second), so relu'(0) is 0; the
    derivative of `absf` at 0 is 0.

    An operation without a rule between an operand in `wrt` and the loss is an
    error that names it.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
}

def SetOptimizerPass : Pass<"tacit-set-optimizer", "::mlir::ModuleOp"> {
  let summary = "Replace the optimizer, or its schedule, of every trainer";
  let description = [{
    `optimizer` is `sgd{lr=0.1 momentum=0 nesterov=off weight-decay=0}` or
    `adamw{lr=0.001 beta1=0.9 beta2=0.999 epsilon=1e-8 weight-decay=0.01}`;
    those are the defaults. `schedule` is `constant` or `step{every=N gamma=G}`,
    N in local steps; those joined by `+` are multiplied. What is not given
    stays as the trainer has it.
  }];
  let options = [
    Option<"optimizer", "optimizer", "std::string", /*default=*/"",
           "The optimizer; empty keeps each">,
    Option<"schedule", "schedule", "std::string", /*default=*/"",
           "Schedules of the learning rate; empty keeps them">
  ];
  let dependentDialects = ["::mlir::tacit::TacitDialect"];
}

def ExpandOptimizerPass : Pass<"tacit-expand-optimizer", "::mlir::ModuleOp"> {
  let summary = "Write optimizers out as linalg on tensors";
  let description = [{
    Each update becomes one `linalg.generic` whose `outs` is the parameter, and
    the optimizer's state where it has any, so that all are updated in place. It
    is placed after the last read of the old value.

    State becomes variables of the role `optimizer`: `w.momentum`; for AdamW
    `w.first_moment`, `w.second_moment`, and the number of updates
    `adamw.updates`, which all parameters share. A learning rate that changes is
    computed in f64 from the counter variable `step`, the number of local steps
    so far, then converted to the element type. `"lr"` is reported: of the first
    optimizer, should they differ.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
}

def DataParallelPass : Pass<"tacit-data-parallel", "::mlir::ModuleOp"> {
  let summary = "Average each gradient over the ranks before it is used";
  let description = [{
    Synchronous data parallelism: the gradient of each optimizer goes through
    `tacit.all_reduce mean`. Bound to one rank, nothing is exchanged. A step
    whose gradients are exchanged already is an error, as is one without an
    optimizer.
  }];
}

def BucketPass : Pass<"tacit-bucket", "::mlir::ModuleOp"> {
  let summary = "Merge the exchanges of gradients into fewer, larger ones";
  let description = [{
    Merges all_reduces of one reduction and element type whose variables are
    neighbours among the trainer's parameters. Buckets fill up from the gradient
    that is known first, which is usually that of the last layer; within one,
    gradients stand in the order of their variables, so that they can lie side
    by side. An exchange that something needs before the bucket is complete
    stays out of it.
  }];
  let options = [
    Option<"bucketBytes", "bucket-bytes", "int64_t", /*default=*/"26214400",
           "The most bytes in a bucket of several gradients">
  ];
}

def ClipGradientsPass : Pass<"tacit-clip-gradients", "::mlir::ModuleOp"> {
  let summary = "Bound the norm of the gradient of all parameters";
  let description = [{
    Where the norm of all gradients together, as optimizers take them, is above
    `norm`, scales each by `norm` over it. Behind `tacit-data-parallel` these are
    the mean gradients. Squares are summed in f64.
  }];
  let options = [
    Option<"norm", "norm", "double", /*default=*/"1.0", "The largest norm">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
}

def OverlapPass : Pass<"tacit-overlap", "::mlir::ModuleOp"> {
  let summary = "Compute while gradients are exchanged";
  let description = [{
    Splits each `tacit.all_reduce` of a step into a `tacit.start` right behind
    the last of its operands, and a `tacit.await` where its results are first
    used. What follows the last start is sorted by the exchange that it waits
    for, in the order of starts: so updates of one bucket run while the next is
    under way. Between large computations, `tacit.progress` moves exchanges
    along. An exchange with nothing to compute meanwhile stays whole.
  }];
}

def VerifyUniformPass : Pass<"tacit-verify-uniform", "::mlir::ModuleOp"> {
  let summary = "Prove that no rank is left waiting for another";
  let description = [{
    Separates the values that are equal on every rank (constants, counters, the
    results of collectives) from those that may differ (the rank's number, its
    batch, and what follows from them). A collective under control flow that a
    value of the second kind decides is an error, which names that value and
    where it comes from.

    Variables that ranks may hold different values of are marked
    `tacit.per_rank`.
  }];
}

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
