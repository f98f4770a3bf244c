//===- AsynchronousAttributes.td - Who hears whom, and when -*- tablegen -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_ASYNCHRONOUS_ATTRIBUTES_TD
#define TACIT_ASYNCHRONOUS_ATTRIBUTES_TD

include "dialect/TacitAttributes.td"

//===----------------------------------------------------------------------===//
// Topologies
//===----------------------------------------------------------------------===//

def Tacit_TopologyKind : I32Enum<"TopologyKind", "along which edges updates travel", [
    I32EnumCase<"complete", 0>, I32EnumCase<"ring", 1>,
    I32EnumCase<"exponential", 2>, I32EnumCase<"edges", 3>]> {
  let cppNamespace = "::mlir::tacit";
}

def Tacit_TopologyAttr : Tacit_Attr<"Topology", "topology"> {
  let summary = "Between which ranks updates travel";
  let description = [{
    The edges of a graph of ranks, each of which updates take in both directions:
    all pairs (`complete`), each rank and the next (`ring`), each rank p and
    p + 2^k for every 2^k below the number of ranks (`exponential`), or those
    listed (`edges`), two ranks each. Ranks relay what they hear, so that any
    graph will do that is connected.

    **Constraints:**
    - (topology_c1) `edges` lists ranks in pairs, and nothing else has a list.
    - (topology_c2) No rank is negative.
    - (topology_c3) An edge joins two different ranks, and stands once.

    Example:
    ```mlir
    #tacit.topology<edges, [0, 1, 1, 2]>
    ```
  }];
  let parameters = (ins EnumParameter<Tacit_TopologyKind>:$kind,
                        OptionalArrayRefParameter<"int32_t">:$edges);
  let assemblyFormat = "`<` $kind (`,` `[` $edges^ `]`)? `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Whether an edge joins two of so many ranks, the first the smaller.
    bool joins(int64_t first, int64_t second, int64_t ranks) const;
    /// The parts into which so many ranks fall that no edge joins; one if the
    /// graph is connected.
    ::llvm::SmallVector<::llvm::SmallVector<int64_t>>
    getParts(int64_t ranks) const;
  }];
}

//===----------------------------------------------------------------------===//
// Schedulers
//===----------------------------------------------------------------------===//

/// A number in double precision that may be infinite, written `inf`.
def Tacit_ExtendedF64Parameter
    : APFloatParameter<"a number in double precision, or inf"> {
  let parser = "::mlir::tacit::parseExtendedF64($_parser)";
  let printer = "::mlir::tacit::printExtendedF64($_printer, $_self)";
}

class Tacit_SchedulerAttr<string name, string attrMnemonic>
    : Tacit_Attr<name, attrMnemonic,
        [DeclareAttrInterfaceMethods<Tacit_SchedulerAttrInterface>]> {
  let genVerifyDecl = 1;
}

def Tacit_DecentralizedAttr
    : Tacit_SchedulerAttr<"Decentralized", "decentralized"> {
  let summary = "Ranks apply what has come, and go on";
  let description = [{
    DASGD (Tosi and Theobald, 2023): a rank applies the updates that have
    arrived, each in full, computes its own, applies that and sends it to all.

    A rank starts step t when it has applied the updates of step
    t - 1 - `max_staleness` of every live rank; with 0, ranks run in lock-step;
    without it, they never wait. An update is of `send_every` steps. With
    `damping`, a received one counts 1 / (1 + its staleness), and replicas do not
    agree in the end. `mean` says that updates were divided by the number of
    ranks. Every `resync` steps replicas are averaged; 0: never.

    **Constraints:**
    - (decentralized_c1) `send_every` is at least 1.
    - (decentralized_c2) `max_staleness` is at least `send_every` - 1, or ranks
      would wait for what is not sent yet.
    - (decentralized_c3) `resync` is not negative.

    Example:
    ```mlir
    #tacit.decentralized<send_every = 1, max_staleness = 4>
    ```
  }];
  let parameters = (ins "int64_t":$send_every,
                        DefaultValuedParameter<"int64_t", "-1">:$max_staleness,
                        DefaultValuedParameter<"bool", "false">:$damping,
                        DefaultValuedParameter<"bool", "false">:$mean,
                        DefaultValuedParameter<"int64_t", "0">:$resync);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Tacit_Granularity : I32Enum<"Granularity", "what a scheduler waits for parts of", [
    I32EnumCase<"rank", 0>, I32EnumCase<"bucket", 1>]> {
  let cppNamespace = "::mlir::tacit";
}

def Tacit_NormBoundedAttr : Tacit_SchedulerAttr<"NormBounded", "norm_bounded"> {
  let summary = "Ranks go on when enough of the norm has come";
  let description = [{
    Elastic scheduling (Nadiradze et al., "Elastic Consistency", AAAI 2021): a
    rank goes on when the norm of the sum of the gradients that have arrived is at
    least `beta` times that of its own, or all have; those that come later are
    applied when they do. No gradient is computed before all of the steps up to
    `max_delay` + 1 before it have been applied. By `bucket`, what arrives is not
    a rank's gradient but a part of up to `bucket_bytes` of the mean of all.

    **Constraints:**
    - (norm_bounded_c1) `beta` is not negative; `inf` waits for all.
    - (norm_bounded_c2) `max_delay` is not negative.
    - (norm_bounded_c3) `resync` is not negative.
    - (norm_bounded_c4) `bucket_bytes` is positive by `bucket`, and 0 by `rank`.

    Example:
    ```mlir
    #tacit.norm_bounded<beta = 0.5, max_delay = 4>
    ```
  }];
  let parameters = (ins Tacit_ExtendedF64Parameter:$beta,
                        "int64_t":$max_delay,
                        DefaultValuedParameter<"int64_t", "0">:$resync,
                        DefaultValuedParameter<"::mlir::tacit::Granularity",
                                               "::mlir::tacit::Granularity::rank">:$granularity,
                        DefaultValuedParameter<"int64_t", "0">:$bucket_bytes);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Tacit_VarianceBoundedAttr
    : Tacit_SchedulerAttr<"VarianceBounded", "variance_bounded"> {
  let summary = "Ranks go on with their own gradient in place of others'";
  let description = [{
    Elastic scheduling (Nadiradze et al., "Elastic Consistency", AAAI 2021): a
    rank goes on at once, or when it has waited for `wait` seconds; its own
    gradient stands for those that are missing, and is taken back when they come.
    `max_delay` is as in `#tacit.norm_bounded`.

    **Constraints:**
    - (variance_bounded_c1) `wait` is not negative; `inf` waits for all.
    - (variance_bounded_c2) `max_delay` is not negative.
    - (variance_bounded_c3) `resync` is not negative.

    Example:
    ```mlir
    #tacit.variance_bounded<wait = 0.0, max_delay = 4>
    ```
  }];
  let parameters = (ins Tacit_ExtendedF64Parameter:$wait,
                        "int64_t":$max_delay,
                        DefaultValuedParameter<"int64_t", "0">:$resync);
  let assemblyFormat = "`<` struct(params) `>`";
}

#endif // TACIT_ASYNCHRONOUS_ATTRIBUTES_TD
