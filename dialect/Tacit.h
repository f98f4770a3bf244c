//===- Tacit.h - The tacit dialect ------------------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Operations, attributes, types and interfaces of the `tacit` dialect.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_DIALECT_TACIT_H
#define TACIT_DIALECT_TACIT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include <optional>
#include <string>

#include "dialect/TacitEnums.h.inc"

namespace mlir::tacit {

/// What ranks share: every exchange reads and writes it.
struct Wire : public SideEffects::Resource::Base<Wire> {
  StringRef getName() final { return "Wire"; }
};

/// The values of a trainer's variables.
struct State : public SideEffects::Resource::Base<State> {
  StringRef getName() final { return "State"; }
};

/// The position in the data: taking a batch moves it.
struct Batches : public SideEffects::Resource::Base<Batches> {
  StringRef getName() final { return "Batches"; }
};

/// The time that passes.
struct Time : public SideEffects::Resource::Base<Time> {
  StringRef getName() final { return "Time"; }
};

/// What a step hands to the program that runs it.
struct Report : public SideEffects::Resource::Base<Report> {
  StringRef getName() final { return "Report"; }
};

/// An initialiser in the terms of the runtime.
struct ResolvedInitializer {
  enum class Kind { Constant, Normal, Uniform, Factor, SameAs, OfRun };
  Kind kind;
  double a; ///< The constant; the mean; the lower bound; the variable;
            ///< the fraction.
  double b; ///< Unused; the standard deviation; the upper bound; unused.
};

/// What an operation contributes to the constant B of elastic consistency, in
/// multiples of M, which bounds the norm of a gradient.
struct ConsistencyTerm {
  std::string cause;   ///< "top_k with error feedback"
  std::string formula; ///< Of `multiple`; why not, if there is no bound.
  double multiple = 0; ///< Infinite: there is no bound.
  std::string assumed; ///< What the bound rests on, if it is not proven.
};

/// Marks operations that every rank must reach, or none.
template <typename ConcreteType>
class Collective : public OpTrait::TraitBase<ConcreteType, Collective> {};

/// Names of the argument attributes by which a plain function says what each
/// argument is; each holds the argument's name.
inline constexpr StringLiteral kParameterAttrName = "tacit.parameter";
inline constexpr StringLiteral kDataAttrName = "tacit.data";
inline constexpr StringLiteral kStateAttrName = "tacit.state";
/// Of a data argument of integers: how many classes its entries range over.
inline constexpr StringLiteral kClassesAttrName = "tacit.classes";
/// The initialiser of an argument marked as a parameter.
inline constexpr StringLiteral kInitAttrName = "tacit.init";
/// Names of the argument attributes of an outlined step or evaluation: a
/// variable or a result, by name; the arena and the rank handle, which have
/// none. Data arguments are marked as in a plain function.
inline constexpr StringLiteral kVariableAttrName = "tacit.variable";
inline constexpr StringLiteral kResultAttrName = "tacit.result";
inline constexpr StringLiteral kArenaAttrName = "tacit.arena";
inline constexpr StringLiteral kRankAttrName = "tacit.rank";
/// The buffer type that such an argument had before it became a pointer.
inline constexpr StringLiteral kTypeAttrName = "tacit.type";
/// On an exchange, a unit: ranks decide by it how to go on; it is no payload.
inline constexpr StringLiteral kControlAttrName = "tacit.control";
/// On an exchange: the names of the variables whose values it serves.
inline constexpr StringLiteral kServesAttrName = "tacit.serves";

/// The end of the symbols of parameters that are a rank's own copies of others:
/// outside of the program, both have one name.
inline constexpr StringLiteral kOwnSuffix = ".own";

/// The number of entries that a density keeps of a vector, in double
/// precision: clamp(ceil(density elements - 1e-6), 1, elements).
int64_t getSelectedCount(double density, int64_t elements);

/// The length of the vector that a payload type stands for.
int64_t getPayloadElements(Type payload);

/// The elements of tensors of these types together.
int64_t countElements(TypeRange types);

/// Parses a number without its type, `0.1` or `1`, in double precision.
FailureOr<APFloat> parseF64(AsmParser &parser);
/// The same, or `inf`.
FailureOr<APFloat> parseExtendedF64(AsmParser &parser);
void printExtendedF64(AsmPrinter &printer, const APFloat &value);

} // namespace mlir::tacit

#include "dialect/TacitAttrInterfaces.h.inc"
#include "dialect/TacitOpInterfaces.h.inc"

#include "dialect/TacitDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/TacitAttributes.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialect/TacitTypes.h.inc"

#define GET_OP_CLASSES
#include "dialect/TacitOps.h.inc"

namespace mlir::tacit {

/// True if `compressor` keeps every entry as it is.
bool keepsAll(CompressorAttrInterface compressor);

/// The variables behind the members of `channel`, in order; null where a name
/// is no variable's.
SmallVector<VariableOp> getMemberVariables(ChannelOp channel);

} // namespace mlir::tacit

#endif // TACIT_DIALECT_TACIT_H
