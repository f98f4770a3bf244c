//===- TacitInterfaces.td - Interfaces of the dialect -*- tablegen -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_INTERFACES_TD
#define TACIT_INTERFACES_TD

include "mlir/IR/OpBase.td"

def Tacit_InitializerAttrInterface : AttrInterface<"InitializerAttrInterface"> {
  let cppNamespace = "::mlir::tacit";
  let description = [{
    How a variable gets its first value. Every initialiser resolves to one of
    the kinds that the runtime knows: a constant, a normal or a uniform
    distribution, a factor of PowerSGD, what another variable begins with, or
    a part of the run's steps, each with up to two numbers.
  }];
  let methods = [
    InterfaceMethod<"The runtime's kind and its two numbers.",
      "::mlir::tacit::ResolvedInitializer", "resolve", (ins)>
  ];
}

def Tacit_ScheduleAttrInterface : AttrInterface<"ScheduleAttrInterface"> {
  let cppNamespace = "::mlir::tacit";
  let description = [{
    A factor of the learning rate as a function of the local step t = 0, 1, ...
    Several are multiplied.
  }];
  let methods = [
    InterfaceMethod<"True if the factor is 1 at every step.",
      "bool", "isConstant", (ins)>,
    InterfaceMethod<"True if the factor is 0 at some step.",
      "bool", "reachesZero", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{
        Builds the factor, an f64, at local step `step`, an i64.
      }], "::mlir::Value", "buildFactor",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$step)>
  ];
}

def Tacit_CompressorAttrInterface : AttrInterface<"CompressorAttrInterface"> {
  let cppNamespace = "::mlir::tacit";
  let description = [{
    A way to send less than a whole vector. What passes ask of it, so that a new
    compressor is one attribute and one kernel of the runtime.
  }];
  let methods = [
    InterfaceMethod<[{
        The type of the payload that it makes of tensors of these types, end to
        end. `warm_up`: also while the density is still that of the first epoch.
      }], "::mlir::Type", "getPayloadType",
      (ins "::mlir::TypeRange":$types, "bool":$warm_up)>,
    InterfaceMethod<[{
        True if the expectation of what it keeps is not the vector itself: it
        then needs a residual to converge.
      }], "bool", "isBiased", (ins)>,
    InterfaceMethod<[{
        The largest delta for which |C(x) - x|^2 <= (1 - delta) |x|^2 for any
        vector of so many elements, in expectation; nothing if there is none
        above 0.
      }], "::std::optional<double>", "getContractionFactor",
      (ins "int64_t":$elements)>,
    InterfaceMethod<"True if it draws random numbers for each exchange.",
      "bool", "isRandom", (ins)>,
    InterfaceMethod<[{
        Why payloads of it cannot be combined by `algorithm`, and what to use
        instead; empty if they can.
      }], "::std::string", "whyNot",
      (ins "::mlir::tacit::PayloadAlgorithm":$algorithm)>
  ];
}

def Tacit_SchedulerAttrInterface : AttrInterface<"SchedulerAttrInterface"> {
  let cppNamespace = "::mlir::tacit";
  let description = [{
    When a rank goes on, with what has reached it of the others.
  }];
  let methods = [
    InterfaceMethod<[{
        True if gradients travel, and parameters move by their mean; otherwise
        updates travel, and each moves them in full.
      }], "bool", "isElastic", (ins)>,
    InterfaceMethod<[{
        What it contributes to the constant of elastic consistency, on so many
        ranks.
      }], "::mlir::tacit::ConsistencyTerm", "getTerm", (ins "int64_t":$ranks)>,
    InterfaceMethod<[{
        How much what each rank keeps for itself counts, in multiples of what it
        does where gradients are averaged.
      }], "double", "getFeedbackFactor", (ins "int64_t":$ranks)>,
    InterfaceMethod<"Steps between averages of all replicas; 0: none.",
      "int64_t", "getResyncPeriod", (ins)>
  ];
}

def Tacit_ConsistencyOpInterface : OpInterface<"ConsistencyOpInterface"> {
  let cppNamespace = "::mlir::tacit";
  let description = [{
    An operation by which ranks go on with parameters that lack something of the
    gradients computed so far. Elastic consistency bounds by how much: with x the
    parameters that hold them all and v those that a rank uses,
    E|x - v|^2 <= lr^2 B^2 (Nadiradze et al., "Elastic Consistency", AAAI 2021).
    What several operations contribute to B adds up.
  }];
  let methods = [
    InterfaceMethod<"What it contributes to B, on so many ranks.",
      "::mlir::tacit::ConsistencyTerm", "getConsistencyTerm",
      (ins "int64_t":$ranks)>
  ];
}

def Tacit_TiedResultsOpInterface : OpInterface<"TiedResultsOpInterface"> {
  let cppNamespace = "::mlir::tacit";
  let description = [{
    An operation that computes results in the place of operands.
  }];
  let methods = [
    InterfaceMethod<[{
        The operand in whose place result `index` is computed; null if it has a
        place of its own.
      }], "::mlir::OpOperand *", "getTiedOperand", (ins "unsigned":$index)>
  ];
}

def Tacit_ContiguousOpInterface : OpInterface<"ContiguousOpInterface"> {
  let cppNamespace = "::mlir::tacit";
  let description = [{
    An operation that takes several operands as one piece of memory: they lie end
    to end, unpadded, in their order.
  }];
  let methods = [
    InterfaceMethod<"The operands that make up each piece.",
      "::llvm::SmallVector<::mlir::MutableOperandRange>",
      "getContiguousOperands", (ins)>
  ];
}

def Tacit_ExchangeOpInterface : OpInterface<"ExchangeOpInterface"> {
  let cppNamespace = "::mlir::tacit";
  let description = [{
    An operation by which ranks exchange tensors. What passes, reports and the
    lowering ask of it, without knowing which it is.
  }];
  let methods = [
    InterfaceMethod<"Which exchange this is.",
      "::mlir::tacit::ExchangeKind", "getExchangeKind", (ins)>,
    InterfaceMethod<"The tensors (or buffers) that this rank brings.",
      "::mlir::OperandRange", "getExchanged", (ins)>
  ];
}

def Tacit_ContributionOpInterface
    : OpInterface<"ContributionOpInterface"> {
  let cppNamespace = "::mlir::tacit";
  let description = [{
    An operation that hands a rank's update or gradient to a channel, and moves
    parameters. What a compressor and the lowering ask of it.
  }];
  let methods = [
    InterfaceMethod<"The channel's name.", "::llvm::StringRef",
      "getChannelName", (ins), [{}], [{ return $_op.getChannel(); }]>,
    InterfaceMethod<"What is sent.", "::mlir::MutableOperandRange",
      "getSentOperands", (ins), [{}], [{ return $_op.getSentMutable(); }]>,
    InterfaceMethod<"What a compressor keeps of it.",
      "::mlir::MutableOperandRange", "getRestOperands", (ins), [{}],
      [{ return $_op.getRestMutable(); }]>,
    InterfaceMethod<"The learning rate.", "::mlir::Value", "getRate", (ins),
      [{}], [{ return $_op.getLr(); }]>,
    InterfaceMethod<"What the rate follows; null where it does not change.",
      "::mlir::ArrayAttr", "getScheduleFactors", (ins), [{}],
      [{ return $_op.getScheduleAttr(); }]>,
    InterfaceMethod<"Says which compressor made what is sent.", "void",
      "setPayloadSite", (ins "int64_t":$site), [{}],
      [{ $_op.setSite(static_cast<uint64_t>(site)); }]>,
    InterfaceMethod<"The same; none if it is dense.",
      "::std::optional<uint64_t>", "getPayloadSite", (ins), [{}],
      [{ return $_op.getSite(); }]>,
    InterfaceMethod<"The parameters that move.",
      "::mlir::MutableOperandRange", "getMovedOperands", (ins), [{}],
      [{ return $_op.getParametersMutable(); }]>
  ];
}

def Tacit_OptimizerOpInterface : OpInterface<"OptimizerOpInterface"> {
  let cppNamespace = "::mlir::tacit";
  let description = [{
    One variable's update from its gradient. `tacit-data-parallel` exchanges
    the gradient of each, and `tacit-expand-optimizer` writes each out.
  }];
  let methods = [
    InterfaceMethod<"The value before the update.",
      "::mlir::Value", "getParameterValue", (ins), [{}],
      [{ return $_op.getParameter(); }]>,
    InterfaceMethod<"The gradient.", "::mlir::OpOperand &",
      "getGradientOperand", (ins), [{}],
      [{ return $_op.getGradientMutable(); }]>,
    InterfaceMethod<"True if the result is what to subtract.", "bool",
      "isUpdate", (ins), [{}], [{ return $_op.getUpdate(); }]>,
    InterfaceMethod<"Lets the result be what to subtract.", "void",
      "makeUpdate", (ins), [{}], [{ $_op.setUpdate(true); }]>,
    InterfaceMethod<"The learning rate at which schedules are 1.",
      "double", "getBaseLearningRate", (ins), [{}],
      [{ return $_op.getLr().convertToDouble(); }]>,
    InterfaceMethod<"Schedules, to be multiplied; null if there are none.",
      "::mlir::ArrayAttr", "getScheduleFactors", (ins), [{}],
      [{ return $_op.getScheduleAttr(); }]>,
    InterfaceMethod<"Replaces the schedules; null for none.",
      "void", "setScheduleFactors", (ins "::mlir::ArrayAttr":$factors), [{}],
      [{ $_op.setScheduleAttr(factors); }]>
  ];
}

#endif // TACIT_INTERFACES_TD
