//===- AsynchronousOps.td - Exchanges that nobody waits for -*- tablegen -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_ASYNCHRONOUS_OPS_TD
#define TACIT_ASYNCHRONOUS_OPS_TD

include "dialect/AsynchronousAttributes.td"
include "dialect/CompressionAttributes.td"
include "dialect/ExchangeOps.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/SymbolInterfaces.td"

/// What a rank sends: tensors, one payload, or, lowered, buffers.
def Tacit_Sent : AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef, Tacit_Payload],
                           "tensor, payload or buffer">;

/// Not collective: ranks reach these as often as they like.
class Tacit_ChannelUserOp<string mnemonic, list<Trait> traits = []>
    : Tacit_Op<mnemonic, !listconcat(traits,
        [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
         DeclareOpInterfaceMethods<SymbolUserOpInterface>,
         DeclareOpInterfaceMethods<Tacit_TiedResultsOpInterface>])>;

/// What hands something to a channel and moves parameters by it.
class Tacit_ContributionOp<string mnemonic, list<Trait> traits = []>
    : Tacit_ChannelUserOp<mnemonic, !listconcat(traits,
        [AttrSizedOperandSegments, Tacit_ContributionOpInterface])> {
  let arguments = (ins FlatSymbolRefAttr:$channel, Variadic<Tacit_Sent>:$sent,
                       Variadic<Tacit_Exchanged>:$rest, F64:$lr,
                       Variadic<Tacit_Exchanged>:$parameters,
                       OptionalAttr<ArrayAttr>:$schedule,
                       OptionalAttr<I64Attr>:$site);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $channel $sent (`leaving` $rest^)? `lr` $lr (`schedule` `(` $schedule^ `)`)? `into` $parameters
    (`site` custom<PlainI64>($site)^)? attr-dict `:`
    custom<ContributionTypes>(type($sent), type($rest), type($parameters), type($results))
  }];
  let hasVerifier = 1;
}

let opDocGroup = Tacit_AsynchronousDocs in {

def Tacit_ChannelOp : Tacit_Op<"channel",
    [Symbol, ParentOneOf<["TrainerOp", "ProgramOp"]>]> {
  let summary = "What outlives a step: updates on their way between ranks";
  let description = [{
    Ranks that do not wait for one another send updates of the variables
    `members`, as one vector in their order, along the edges of a topology; the
    scheduler says when a rank goes on with what has come. Every update reaches
    every live rank once, whatever the topology.

    **Constraints:**
    - (channel_c1) Members are variables of the trainer, parameters of f32, each
      once, and there is at least one.
    - (channel_c2) A listed edge joins ranks below the trainer's `ranks`, where
      those are bound.
    - (channel_c3) The topology joins all ranks, where those are bound.
    - (channel_c4) It stands directly in a `tacit.trainer` or `tacit.program`.
    - (channel_c5) The scheduler implements `SchedulerAttrInterface`.

    Example:
    ```mlir
    tacit.channel @updates of [@w0, @b0] over #tacit.topology<ring>
      by #tacit.decentralized<send_every = 1>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       TypedArrayAttrBase<FlatSymbolRefAttr,
                                          "list of variables">:$members,
                       Tacit_TopologyAttr:$topology,
                       AnyAttr:$scheduler);
  let assemblyFormat = [{
    $sym_name `of` $members `over` qualified($topology) `by` $scheduler attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    SchedulerAttrInterface getPolicy();
    ::llvm::SmallVector<::llvm::StringRef> getMemberNames();
  }];
}

def Tacit_CollectOp : Tacit_ChannelUserOp<"collect"> {
  let summary = "Applies the updates that have come";
  let description = [{
    Waits as the scheduler's `max_staleness` says, and subtracts from parameters
    every update that has arrived, each by itself, in the order of arrival. Each
    result stands in the place of its parameter.

    **Constraints:**
    - (collect_c1) The symbol names the trainer's channel.
    - (collect_c2) Parameters have the types of the channel's members.
    - (collect_c3) The channel's scheduler is `#tacit.decentralized`.
    - (collect_c4) Results are the parameters' types; none on buffers.

    Example:
    ```mlir
    %v:2 = tacit.collect @updates into %w0, %b0 : tensor<784x512xf32>, tensor<512xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$channel,
                       Variadic<Tacit_Exchanged>:$parameters);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $channel `into` $parameters attr-dict `:` custom<TiedTypes>(type($parameters), type($results))
  }];
  let hasVerifier = 1;
}

def Tacit_PublishOp : Tacit_ContributionOp<"publish",
    [DeclareOpInterfaceMethods<Tacit_ConsistencyOpInterface>]> {
  let summary = "Applies an update, and sends it to all";
  let description = [{
    Subtracts an update from parameters and sends it: every other rank will
    subtract the same. Waits for nothing but room. What is sent is a tensor for
    each parameter, or one payload that stands for all; `leaving` is what the
    payload's compressor keeps of it, which is only measured. `lr` is the learning
    rate that the update was made with, and `schedule`, where it changes, what it
    follows. Lowered, `site` says which compressor made the payload.

    **Constraints:**
    - (publish_c1) The symbol names the trainer's channel.
    - (publish_c2) What is sent has the types of the channel's members, or is one
      payload of as many elements.
    - (publish_c3) Parameters have the types of the channel's members.
    - (publish_c4) The channel's scheduler is `#tacit.decentralized`.
    - (publish_c5) Only a payload leaves something, of the members' types.
    - (publish_c6) Results are the parameters' types; none on buffers.

    Example:
    ```mlir
    %n = tacit.publish @updates %u lr %lr into %w : tensor<512xf32> into tensor<512xf32>
    ```
  }];
}

def Tacit_ElasticAwaitOp : Tacit_ContributionOp<"elastic_await",
    [DeclareOpInterfaceMethods<Tacit_ConsistencyOpInterface>]> {
  let summary = "Sends a gradient, and goes on when enough has come";
  let description = [{
    Sends the gradient, waits as the scheduler says, and moves parameters by
    lr / P times the sum of the gradients that have come, this rank's own
    included, in rank order; then by those of earlier steps that have come, with
    the learning rates of theirs. What is sent is as in `tacit.publish`.

    **Constraints:**
    - (elastic_await_c1) The symbol names the trainer's channel.
    - (elastic_await_c2) What is sent has the types of the channel's members, or
      is one payload of as many elements.
    - (elastic_await_c3) Parameters have the types of the channel's members.
    - (elastic_await_c4) The channel's scheduler is `#tacit.norm_bounded` or
      `#tacit.variance_bounded`.
    - (elastic_await_c5) Only a payload leaves something, of the members' types.
    - (elastic_await_c6) Results are the parameters' types; none on buffers.

    Example:
    ```mlir
    %n = tacit.elastic_await @updates %g lr %lr into %w : tensor<512xf32> into tensor<512xf32>
    ```
  }];
}

} // opDocGroup

#endif // TACIT_ASYNCHRONOUS_OPS_TD
