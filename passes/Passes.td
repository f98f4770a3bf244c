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
    `{tacit.parameter = "name"}` or `{tacit.state = "name"}`, perhaps with a
    `tacit.init`, or `{tacit.data = "name"}`. It becomes a trainer: a variable
    for each parameter, then one for each state, in the order of arguments, and
    a step that takes a batch and updates each parameter by `tacit.sgd` with
    lr(0.1), until `tacit-set-optimizer` says otherwise. The trainer bears the
    module's name, or its file's.

    A function that returns the gradients of its parameters, in the order of
    arguments, after the loss is taken at its word: the step calls it instead of
    differentiating.

    Model state, such as running means, is what a step changes but does not
    train. Its new values are the function's last results, one for each state,
    in the order of arguments: (loss, states...), or (loss, gradients...,
    states...). The step sets them; `tacit-average-state` averages them.

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
    tensors become `linalg.generic`, `linalg.softmax` what it is made of, and
    upstream's folding removes dimensions of extent 1, with the constant maps
    that exporters broadcast by. Functions that only gradients used are erased
    if private. Values in `wrt` that the loss does not read have the gradient
    0. What the function returns besides the loss is not differentiated.

    An operation's rule is its `DifferentiableOpInterface`; arith, math, tensor,
    linalg and scf have them, as external models. All structured operations of
    linalg, named or generic, share one: it differentiates the body, so that the
    rules of scalars serve on tensors too. Contractions give `linalg.contract`,
    with transposition in the maps. Reductions may be sums, or a maximum or
    minimum, whose gradient is split evenly among the entries that equal it.

    Loops (`scf.for` with constant bounds) get one that runs backward. What it
    needs of each iteration is saved, or computed again if that is cheap; a
    remark (`--remarks-filter=tacit-differentiate`) says how many bytes are
    saved. Branches (`scf.if`) get one on the same condition. A lookup in the
    body of a linalg operation (`tensor.extract`) gets a loop that adds up.

    Where a function has a kink: `maximumf` and `minimumf` give the gradient to
    the second operand at a tie (a constant is the second), so relu'(0) is 0; the
    derivative of `absf` at 0 is 0.

    An operation without a rule between an operand in `wrt` and the loss is an
    error that names it.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

def SetOptimizerPass : Pass<"tacit-set-optimizer", "::mlir::ModuleOp"> {
  let summary = "Replace the optimizer, or its schedule, of every trainer";
  let description = [{
    `optimizer` is `sgd{lr=0.1 momentum=0 nesterov=off weight-decay=0}` or
    `adamw{lr=0.001 beta1=0.9 beta2=0.999 epsilon=1e-8 weight-decay=0.01}`;
    those are the defaults. `schedule` is `constant`, `step{every=N gamma=G}`,
    `cosine{steps=N final=F}` or `warmup{steps=N}`, N in local steps; those joined by `+` are multiplied. What is not given
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
    `tacit.all_reduce mean`. Bound to one rank, nothing is exchanged, unless
    `one-rank` says so: a compressor acts on one rank, too. A step whose
    gradients are exchanged already is an error, as is one without an optimizer.
  }];
  let options = [
    Option<"oneRank", "one-rank", "bool", /*default=*/"false",
           "Exchange on one rank as well">
  ];
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
    the mean gradients; before it, each rank's own, which compression needs: with
    `per-rank`, the norm is divided by the square root of the number of ranks.
    Squares are summed in f64.
  }];
  let options = [
    Option<"norm", "norm", "double", /*default=*/"1.0", "The largest norm">,
    Option<"perRank", "per-rank", "bool", /*default=*/"false",
           "The norm bounds the mean of gradients that are clipped one by one">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
}

def SparsifyPass : Pass<"tacit-sparsify", "::mlir::ModuleOp"> {
  let summary = "Exchange payloads instead of gradients";
  let description = [{
    Behind `tacit-data-parallel`: the exchanges of gradients become one of a
    payload, made by `compressor` of all gradients as one flat vector in the
    order of their variables, or, with `scope` = variable, one each. Variables
    that match `exclude`, or have fewer than `min-elements` elements, stay dense.
    What a biased compressor leaves out is returned as a rest, for
    `tacit-error-feedback` to keep; without `error-feedback` it is forgotten.
    With `powersgd`, which takes each matrix by itself, its factors become
    variables, and tensors that are no larger than theirs stay dense.
  }];
  let options = [
    Option<"compressor", "compressor", "std::string",
           /*default=*/"\"top_k{density=0.001}\"",
           "top_k{density=}, sampled_top_k{density=}, random_k{density=}, threshold{value=}, sign, qsgd{levels=}, powersgd{rank=} or bf16">,
    Option<"exchange", "exchange", "std::string", /*default=*/"\"all_gather\"",
           "all_gather, gtopk, ok_topk or dense">,
    Option<"putBack", "put-back", "std::string", /*default=*/"\"conserving\"",
           "Where what an exchange drops goes: conserving or published">,
    Option<"scope", "scope", "std::string", /*default=*/"\"global\"",
           "What a selection is made from: global or variable">,
    Option<"exclude", "exclude", "std::string", /*default=*/"\"\"",
           "Variables that stay dense, by a regular expression on names">,
    Option<"minElements", "min-elements", "int64_t", /*default=*/"0",
           "Variables with fewer elements stay dense">,
    Option<"plainIndices", "plain-indices", "bool", /*default=*/"false",
           "Send indices as they are, never coded">,
    Option<"warmUp", "warm-up", "bool", /*default=*/"false",
           "Begin with a density of 25%, as deep gradient compression does">,
    Option<"errorFeedback", "error-feedback", "bool", /*default=*/"true",
           "Return what is left out">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
}

def AccumulateGradientsPass
    : Pass<"tacit-accumulate-gradients", "::mlir::ModuleOp"> {
  let summary = "Let gradients of several batches make one step";
  let description = [{
    The batch of a step becomes `batches` times as large, and what makes
    gradients of a batch goes into a loop over its parts, each of the rows that
    the model says. What optimizers take, and what the step yields, is the mean
    of the parts' gradients and losses: that of the whole batch, where the loss
    is a mean over rows, with the memory of a part. New model state is the mean
    of what each part makes of the old, as over ranks. Runs when losses are
    differentiated, and before anything is exchanged.
  }];
  let options = [
    Option<"batches", "batches", "int64_t", /*default=*/"1",
           "Batches whose gradients make a step">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

def AsyncExchangePass : Pass<"tacit-async-exchange", "::mlir::ModuleOp"> {
  let summary = "Let ranks train without waiting for all others";
  let description = [{
    Adds a `tacit.channel` of all parameters that the step updates. Under the
    policy `decentralized` (DASGD; Tosi and Theobald, 2023), what has arrived is
    applied before the step reads parameters, by `tacit.collect`; optimizers give
    what they would subtract, and `tacit.publish` subtracts and sends it. Under
    `norm_bounded` and `variance_bounded` (elastic scheduling; Nadiradze et al.,
    "Elastic Consistency", AAAI 2021), gradients go through
    `tacit.elastic_await`, which moves the parameters by plain SGD; momentum,
    weight decay and AdamW are refused.

    `tacit-sparsify` makes the channel's messages payloads.
  }];
  let options = [
    Option<"policy", "policy", "std::string", /*default=*/"\"decentralized\"",
           "decentralized, norm_bounded or variance_bounded">,
    Option<"topology", "topology", "std::string", /*default=*/"\"complete\"",
           "complete, ring, exponential or edges=FILE">,
    Option<"maxStaleness", "max-staleness", "int64_t", /*default=*/"-1",
           "decentralized: steps that other ranks may be behind; -1: any">,
    Option<"damping", "damping", "bool", /*default=*/"false",
           "decentralized: received updates count 1 / (1 + staleness)">,
    Option<"scale", "scale", "std::string", /*default=*/"\"sum\"",
           "decentralized: sum applies updates in full; mean divides them by "
           "the number of ranks">,
    Option<"sendEvery", "send-every", "int64_t", /*default=*/"1",
           "decentralized: steps whose updates are sent as one">,
    Option<"beta", "beta", "double", /*default=*/"0.5",
           "norm_bounded: go on at so much of the own gradient's norm; inf: "
           "wait for all">,
    Option<"wait", "wait", "double", /*default=*/"0",
           "variance_bounded: seconds to wait before going on; inf: for all">,
    Option<"granularity", "granularity", "std::string", /*default=*/"\"rank\"",
           "norm_bounded: what arrives bit by bit, rank or bucket">,
    Option<"bucketBytes", "bucket-bytes", "int64_t", /*default=*/"1048576",
           "by bucket: the most bytes in a bucket of several gradients">,
    Option<"maxDelay", "max-delay", "int64_t", /*default=*/"4",
           "elastic: steps that a gradient may be late">,
    Option<"resync", "resync", "int64_t", /*default=*/"0",
           "Steps after which replicas are averaged; 0: never">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def LocalUpdatePass : Pass<"tacit-local-update", "::mlir::ModuleOp"> {
  let summary = "Average parameters every so many local steps";
  let description = [{
    The step stays what one worker does. `tacit.end_round` is added, which
    averages every parameter that the step sets (Stich, "Local SGD converges fast
    and communicates little", ICLR 2019). The period is a variable, @tau, and so
    is the number of steps that the round at hand has behind it,
    @round_position; @round_loss is the sum of their losses. The step reports
    "tau", "round_ended" and "round_loss".

    With `change`, what is averaged is by how much each parameter has changed in
    the round, and the mean is applied by SGD of rate 1 to what all ranks began
    with: that can be compressed, and given an optimizer of its own.
  }];
  let options = [
    Option<"period", "period", "int64_t", /*default=*/"8",
           "Local steps of a round">,
    Option<"change", "change", "bool", /*default=*/"false",
           "Average changes of parameters">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ElasticAveragingPass
    : Pass<"tacit-elastic-averaging", "::mlir::ModuleOp"> {
  let summary = "Pull ranks and a centre together every so many local steps";
  let description = [{
    Elastic averaging, EASGD (Zhang, Choromanska and LeCun, "Deep learning with
    elastic averaging SGD", NeurIPS 2015, section 3), in its synchronous form.
    Every rank trains a copy of each parameter, @w.own; @w itself is the centre
    c, the same on all ranks, and what is evaluated and saved. Rounds end with

        e_i = alpha (x_i - c);  x_i <- x_i - e_i;  c <- c + sum over ranks of e_i

    Rounds are counted as by `tacit-local-update`. Ranks never hold the same
    parameters, so that there is no change that all of them could compress.
  }];
  let options = [
    Option<"period", "period", "int64_t", /*default=*/"8",
           "Local steps of a round">,
    Option<"alpha", "alpha", "double", /*default=*/"0",
           "How far a rank and the centre move to one another; 0: 0.9 over the "
           "number of ranks">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def AdaptPeriodPass : Pass<"tacit-adapt-period", "::mlir::ModuleOp"> {
  let summary = "Adapt the period of local updates to the loss";
  let description = [{
    AdaComm (Wang and Joshi, MLSys 2019): when at least `interval-steps` local
    steps have passed, what ends the round makes a new period of the mean loss of
    its steps over all ranks, that of the first round, and the learning rates of
    then and now, by `tacit.adapt_period`. The loss is all-reduced, in f64, in
    these rounds and the first alone.

    With `interval-seconds`, what counts is time: that of rank 0's clock, which it
    broadcasts whenever a round ends.
  }];
  let options = [
    Option<"intervalSteps", "interval-steps", "int64_t", /*default=*/"0",
           "Local steps after which the period is adapted; 0: a fifth of the run's">,
    Option<"intervalSeconds", "interval-seconds", "double", /*default=*/"0",
           "Seconds after which it is adapted, instead of steps; 0: by steps">,
    Option<"gated", "gated", "bool", /*default=*/"false",
           "Let schedules of the learning rate wait until the period is 1">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

def OuterOptimizerPass : Pass<"tacit-outer-optimizer", "::mlir::ModuleOp"> {
  let summary = "Give the mean changes of rounds momentum";
  let description = [{
    Behind `tacit-local-update` with `change`. With D the mean change of a round
    and b the momentum: `nesterov` is v = b v + D, x = x - lr (D + b v) (DiLoCo,
    Douillard et al., 2023); `block_momentum` is u = b u + D / g, x = x - lr g u,
    with g the learning rate of the round's last local step (BMUF, Chen and Huo,
    ICASSP 2016; SlowMo, Wang et al., ICLR 2020).
  }];
  let options = [
    Option<"kind", "kind", "std::string", /*default=*/"\"nesterov\"",
           "nesterov or block_momentum">,
    Option<"lr", "lr", "double", /*default=*/"0.7", "The outer learning rate">,
    Option<"momentum", "momentum", "double", /*default=*/"0.9", "From 0 to below 1">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect"];
}

def LocalOptimizerStatePass
    : Pass<"tacit-local-optimizer-state", "::mlir::ModuleOp"> {
  let summary = "Say what becomes of optimizers' state when a round ends";
  let description = [{
    Behind `tacit-expand-optimizer`: the variables that the step's optimizers
    keep, which differ between ranks, stay as they are (`keep`), become zeros
    (`reset`) or the mean over ranks (`average`, which leaves counts alone).
  }];
  let options = [
    Option<"state", "state", "std::string", /*default=*/"\"keep\"",
           "keep, reset or average">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def AverageStatePass : Pass<"tacit-average-state", "::mlir::ModuleOp"> {
  let summary = "Average model state over the ranks when they exchange";
  let description = [{
    Variables of the role `model_state` that the step sets to values which
    differ between ranks, such as statistics of each rank's own batch, become
    the mean over ranks: at the end of each step, or, behind
    `tacit-local-update`, when a round ends; all of one element type in one
    message. What all ranks compute alike, such as a count of steps, is left
    alone. Integers that differ have no mean, and are an error.

    Ranks that train through a `tacit.channel` make different numbers of steps,
    and keep their own; the model's is rank 0's.
  }];
}

def SelectExchangePass : Pass<"tacit-select-exchange", "::mlir::ModuleOp"> {
  let summary = "Pick the cheapest exchange of payloads for a network";
  let description = [{
    Estimates, for each exchange of a sparse payload, the seconds that
    `all_gather`, `gtopk`, `ok_topk` and `dense` take: latencies on the longest
    path, and the bytes that a rank sends, by the entries of the payload, the
    length of the vector and the number of ranks. Takes the cheapest that goes
    with the compressor, and says in a remark what each would cost. gtopk and
    ok_topk apply fewer entries than all_gather: what they drop goes back into
    residuals.
  }];
  let options = [
    Option<"latency", "latency", "double", /*default=*/"50.0",
           "Of a message, in microseconds">,
    Option<"bandwidth", "bandwidth", "double", /*default=*/"1.0",
           "Of a rank, in Gbit/s">
  ];
}

def MomentumCorrectionPass
    : Pass<"tacit-momentum-correction", "::mlir::ModuleOp"> {
  let summary = "Apply momentum before compression";
  let description = [{
    Each rank accumulates a velocity u = momentum u + g of its own gradient,
    which is what is compressed; entries that are sent are cleared from it (Lin
    et al., "Deep Gradient Compression", ICLR 2018). Velocities are variables of
    the role `residual`, `w.velocity`. An optimizer with a momentum of its own is
    an error.
  }];
  let options = [
    Option<"momentum", "momentum", "double", /*default=*/"0.9",
           "The factor of the old velocity">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect"];
}

def ErrorFeedbackPass : Pass<"tacit-error-feedback", "::mlir::ModuleOp"> {
  let summary = "Add what was not sent to the next gradient";
  let description = [{
    Gives each compressor that leaves a rest a residual: a variable of the role
    `residual` for each gradient, `w.residual`, which is added to the gradient
    before it is compressed and holds the rest behind the exchange. Where the
    learning rate changes, it is scaled by the ratio of the last rate to this
    one, which is exact for plain SGD.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
}

def FuseCompressionPass : Pass<"tacit-fuse-compression", "::mlir::ModuleOp"> {
  let summary = "Accumulate residuals in the sweep that selects";
  let description = [{
    `tacit.compress` of a `tacit.accumulate_residual` takes gradient and residual
    itself, so that adding, selecting, packing and writing the residual are one
    sweep over the gradient.
  }];
  let statistics = [
    Statistic<"numFused", "num-fused", "Compressors with their accumulation">
  ];
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

    In a step that has a channel, whose updates come and go at any time,
    `tacit.progress` is all that is added.
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

def ConsistencyPass : Pass<"tacit-consistency", "::mlir::ModuleOp"> {
  let summary = "Bound how far ranks' views of the model are apart";
  let description = [{
    Elastic consistency (Nadiradze et al., AAAI 2021): E|x - v|^2 <= lr^2 B^2,
    where x are the parameters that hold every gradient computed so far and v
    those that a rank uses. Walks a trainer that is bound to ranks, before
    compressors are lowered, and prints what each operation contributes to B, in
    multiples of M, the largest norm of a gradient; their sum; the memory that
    strategies keep on a rank; and, given L, up to which learning rate the
    gradient at v differs from that at x by no more than M: 1 / (L B). Changes
    nothing.
  }];
  let options = [
    Option<"lipschitz", "lipschitz", "double", /*default=*/"0",
           "L, the Lipschitz constant of the gradient; 0: not known">,
    Option<"format", "format", "std::string", /*default=*/"\"text\"",
           "text or json, on standard output">
  ];
}

def BindRanksPass : Pass<"tacit-bind-ranks", "::mlir::ModuleOp"> {
  let summary = "Fix the number of ranks of every trainer";
  let description = [{
    Sets `ranks` on each `tacit.trainer`, replaces `tacit.num_ranks` by the
    constant, and gives every `tacit.all_gather` its static extent. With one
    rank, dense exchanges fold away, so that updates can merge into matrix
    products.
  }];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
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

def OutlinePass : Pass<"tacit-outline", "::mlir::ModuleOp"> {
  let summary = "Make functions of a trainer's step and evaluation";
  let description = [{
    The bodies become private functions `@NAME.step` and `@NAME.evaluate` on
    tensors, with one buffer argument for each variable that they use, for each
    data argument and for each result. What a step sets is materialised at its
    end; a get after a set sees the new value. Of the trainer, a `tacit.program`
    stays that holds the variables. Exchanges are marked with the variables that
    they serve.
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::memref::MemRefDialect"];
}

def LowerCompressionPass : Pass<"tacit-lower-compression", "::mlir::ModuleOp"> {
  let summary = "Give payloads places, as bytes";
  let description = [{
    Behind `tacit-outline`: payloads become tensors of bytes, and what works on
    them writes in place. The program lists its compressors in `compressions`.
    The rest of a biased compressor that nothing keeps is an error.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def RaiseConvolutionPass
    : Pass<"tacit-raise-convolution", "::mlir::func::FuncOp"> {
  let summary = "Recognise convolutions and their gradients";
  let description = [{
    A structured operation that sums up products along two windows, whether named
    or generic, becomes a `tacit.convolution`: the convolution itself, or the
    gradient of its input or of its filter, in any order of loops and extents.
    Zeros that `tensor.pad` puts around the input become its padding. Others stay
    loop nests, and a remark says why.
  }];
  let dependentDialects = ["::mlir::tacit::TacitDialect",
                           "::mlir::tensor::TensorDialect"];
  let options = [
    Option<"minWork", "min-work", "int64_t", /*default=*/"16384",
           "The least number of multiplications that is worth a call">,
  ];
}

def FuseElementwisePass : Pass<"tacit-fuse-elementwise", "::mlir::func::FuncOp"> {
  let summary = "Fuse elementwise operations, and leave contractions whole";
  let description = [{
    Named operations become `linalg.generic` first, fills excepted. A producer is
    fused into its consumer if that is its only one, or if computing it again
    costs less than reading it. Nothing is fused into a contraction except a
    transposition, which becomes part of its maps.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
}

def InferClassesPass : Pass<"tacit-infer-classes", "::mlir::func::FuncOp"> {
  let summary = "Find out how many classes labels have";
  let description = [{
    A data argument of integers whose entries are compared with the counter of a
    loop over n classes, as one-hot encodings do, holds numbers from 0 to n - 1.
    The argument is marked with `tacit.classes`, so that the runtime refuses
    labels out of range: they would train without a word.
  }];
}

def FuseUpdatePass : Pass<"tacit-fuse-update", "::mlir::func::FuncOp"> {
  let summary = "Accumulate gradients straight into parameters";
  let description = [{
    An update w - s * g, where g is a contraction or another sum and has no other
    use, becomes the sum that starts from w, so that it needs no gradient
    buffer. s is a product of any scalars. A sum that is no contraction must have
    few terms: each is rounded to the parameter's digits.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::arith::ArithDialect"];
}

def BufferizePass : Pass<"tacit-bufferize", "::mlir::ModuleOp"> {
  let summary = "Put tensors into buffers, updates in place";
  let description = [{
    Upstream's one-shot bufferization, after every destination that two
    operations share has been given to each of them separately, so that neither
    copies it. Loops carry tensors in the same buffers from one iteration to the
    next.
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ConvertContractionPass
    : Pass<"tacit-convert-contraction", "::mlir::func::FuncOp"> {
  let summary = "Turn contractions into matrix products";
  let description = [{
    A contraction of f32 buffers becomes `tacit.gemm`, whatever is transposed;
    loops that a matrix product does not have (batches, extents that do not
    merge) go around it. A zero fill of the result vanishes into the product.
    What has no contiguous extent, another type, or too little to do for a call
    stays a loop nest; a remark says which.
  }];
  let options = [
    Option<"minWork", "min-work", "int64_t", /*default=*/"4096",
           "Fewest multiplications for which a call pays">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tacit::TacitDialect"];
}

def OutlineKernelsPass : Pass<"tacit-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Give each loop nest a function of its own";
  let description = [{
    In a function of its own a nest's buffers are arguments that are known not
    to overlap, so that it is vectorized without checks.
  }];
  let dependentDialects = ["::mlir::func::FuncDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

def OrderLoopsPass : Pass<"tacit-order-loops", "::mlir::func::FuncOp"> {
  let summary = "Make the innermost loop the one that walks memory in order";
  let description = [{
    Interchanges the loops of every `linalg.generic` on buffers, so that the
    innermost has stride 1 or 0 in as many operands as it can, and outer loops
    have descending strides. A sum over rows is then an accumulation of rows,
    which is vectorized as it is.
  }];
}

def ParallelizeKernelsPass
    : Pass<"tacit-parallelize-kernels", "::mlir::ModuleOp"> {
  let summary = "Let kernels compute a part of their outermost loop";
  let description = [{
    A function of loop nests that can all be cut along their outermost loop gets
    two more arguments, the iterations of it to begin and to end with, and is
    called with all of them; `tacit.pieces` on it says how many there are. The
    nests must be parallel along that loop, and what one of them writes and
    another uses must lie in the same piece, so that nothing depends on how
    pieces are dealt to threads.
  }];
  let dependentDialects = ["::mlir::scf::SCFDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
  let options = [
    Option<"minWork", "min-work", "int64_t", /*default=*/"1048576",
           "The least number of operations that is worth waking a thread">,
  ];
}

def CallPoolPass : Pass<"tacit-call-pool", "::mlir::ModuleOp"> {
  let summary = "Run kernels on the pool of threads";
  let description = [{
    Calls of functions that `tacit-parallelize-kernels` has prepared become calls
    of `tacit_parallel_for`, with a function that takes its arguments from a
    context on the caller's stack. Comes after the conversion to LLVM.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def PlanArenaPass : Pass<"tacit-plan-arena", "::mlir::ModuleOp"> {
  let summary = "Place every buffer of a step in one arena";
  let description = [{
    Every allocation becomes a view of one argument, marked `tacit.arena`;
    buffers that are not alive at the same time share its bytes (first fit).
    Members of a bucket lie side by side, unpadded, in order; what is in flight
    stays alive until it is awaited. An operand of a bucket that has no place in
    the arena is copied there and back, and a remark says so. A size that is
    known only at run time is an error.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::memref::MemRefDialect"];
  let statistics = [
    Statistic<"bytesPlanned", "arena-bytes", "Bytes of all arenas">,
    Statistic<"bytesAllocated", "allocated-bytes",
              "Bytes of all buffers, without sharing">
  ];
}

def ConvertExchangePass : Pass<"tacit-convert-exchange", "::mlir::ModuleOp"> {
  let summary = "Turn exchanges and matrix products into calls of the runtime";
  let description = [{
    Numbers the exchanges of the step and lists them in the `tacit.program`.
    Functions that call the runtime get an argument marked `tacit.rank` and
    return the status of the first call that failed, or 0.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::cf::ControlFlowDialect",
                           "::mlir::memref::MemRefDialect"];
}

def LowerMathPass : Pass<"tacit-lower-math", "::mlir::func::FuncOp"> {
  let summary = "Make arithmetic ready for vectors";
  let description = [{
    Functions in f32 such as exp become polynomials, which are vectorized.
    Products may be contracted with sums; only accumulations of a reduction may
    be reordered. NaN and infinities are kept.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

def CheckStatusPass : Pass<"tacit-check-status", "::mlir::func::FuncOp"> {
  let summary = "Return at once when a call of the runtime fails";
  let description = [{
    After each call of the runtime, a branch returns its status unless it is 0.
    Needs control flow as branches.
  }];
  let dependentDialects = ["::mlir::cf::ControlFlowDialect",
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::arith::ArithDialect"];
}

def ConvertToLLVMPass : Pass<"tacit-convert-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Convert what is left to the LLVM dialect";
  let description = [{
    One conversion of arith, cf, func, index, math, memref and ub. Buffers are
    passed as bare pointers.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def EmitProgramPass : Pass<"tacit-emit-program", "::mlir::ModuleOp"> {
  let summary = "Emit the entries and the descriptor of a program";
  let description = [{
    The entries take a rank and a batch, as `runtime/abi/tacit_abi.h` says, and
    call the functions with the addresses of variables, arena, data and results.
    The descriptor is the constant `tacit_program`. No global is mutable.
  }];
  let options = [
    Option<"strategy", "strategy", "std::string", /*default=*/"\"\"",
           "The text that chose the passes, for the descriptor">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def VerifyStagePass : Pass<"tacit-verify-stage", "::mlir::ModuleOp"> {
  let summary = "Check that nothing of an earlier stage is left";
  let description = [{
    Stages of the lowering, in order, and what each leaves behind:
    `exchange` (no trainer, gradient, optimizer or payload), `buffers` (no tensors),
    `calls` (no exchanges, tokens or matrix products), `llvm` (only the LLVM
    dialect). The first operation left over is named.
  }];
  let options = [
    Option<"stage", "stage", "std::string", /*default=*/"\"\"",
           "exchange, buffers, calls or llvm">
  ];
}

#endif // TACIT_PASSES_TD
