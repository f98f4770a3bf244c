//===- TacitOps.cpp - Generated code of the operations and its syntax -*- C++
//-*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/Tacit.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace mlir::tacit;

//===----------------------------------------------------------------------===//
// Pieces of assembly format
//===----------------------------------------------------------------------===//

FailureOr<APFloat> mlir::tacit::parseF64(AsmParser &parser) {
  // A whole number is no float to the lexer, and neither is a sign.
  double sign = succeeded(parser.parseOptionalMinus()) ? -1.0 : 1.0;
  int64_t whole;
  OptionalParseResult integer = parser.parseOptionalInteger(whole);
  if (integer.has_value()) {
    if (failed(*integer))
      return failure();
    return APFloat(sign * static_cast<double>(whole));
  }
  double value;
  if (parser.parseFloat(value))
    return failure();
  return APFloat(sign * value);
}

FailureOr<APFloat> mlir::tacit::parseExtendedF64(AsmParser &parser) {
  if (succeeded(parser.parseOptionalKeyword("inf")))
    return APFloat::getInf(APFloat::IEEEdouble());
  return parseF64(parser);
}

void mlir::tacit::printExtendedF64(AsmPrinter &printer, const APFloat &value) {
  if (value.isInfinity())
    printer << "inf";
  else
    printer.printFloat(value);
}

static ParseResult parsePlainF64(OpAsmParser &parser, FloatAttr &attr) {
  FailureOr<APFloat> value = parseF64(parser);
  if (failed(value))
    return failure();
  attr = parser.getBuilder().getF64FloatAttr(value->convertToDouble());
  return success();
}

static void printPlainF64(OpAsmPrinter &printer, Operation *op,
                          FloatAttr attr) {
  printer.printFloat(attr.getValue());
}

/// An enumerator as a bare keyword, whatever its attribute's own syntax.
template <typename AttrT, typename SymbolizeT>
static ParseResult parseEnumerator(OpAsmParser &parser, AttrT &attr,
                                   SymbolizeT symbolize, StringRef wanted) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef keyword;
  if (failed(parser.parseOptionalKeyword(&keyword)))
    return parser.emitError(loc) << "expected " << wanted;
  auto value = symbolize(keyword);
  if (!value)
    return parser.emitError(loc)
           << "expected " << wanted << ", got '" << keyword << "'";
  attr = AttrT::get(parser.getContext(), *value);
  return success();
}

static ParseResult parseReduction(OpAsmParser &parser, ReductionAttr &attr) {
  return parseEnumerator(
      parser, attr, [](StringRef word) { return symbolizeReduction(word); },
      "sum, mean, max or min");
}

static void printReduction(OpAsmPrinter &printer, Operation *op,
                           ReductionAttr attr) {
  printer << stringifyReduction(attr.getValue());
}

static ParseResult parseExchangeKind(OpAsmParser &parser,
                                     ExchangeKindAttr &attr) {
  return parseEnumerator(
      parser, attr, [](StringRef word) { return symbolizeExchangeKind(word); },
      "all_reduce, all_gather or broadcast");
}

static void printExchangeKind(OpAsmPrinter &printer, Operation *op,
                              ExchangeKindAttr attr) {
  printer << stringifyExchangeKind(attr.getValue());
}

static OptionalParseResult parseOptionalReduction(OpAsmParser &parser,
                                                  ReductionAttr &attr) {
  StringRef keyword;
  if (failed(
          parser.parseOptionalKeyword(&keyword, {"sum", "mean", "max", "min"})))
    return std::nullopt;
  attr = ReductionAttr::get(parser.getContext(), *symbolizeReduction(keyword));
  return success();
}

static void printOptionalReduction(OpAsmPrinter &printer, Operation *op,
                                   ReductionAttr attr) {
  printer << stringifyReduction(attr.getValue());
}

static ParseResult parsePlainI64(OpAsmParser &parser, IntegerAttr &attr) {
  int64_t value;
  if (parser.parseInteger(value))
    return failure();
  attr = parser.getBuilder().getI64IntegerAttr(value);
  return success();
}

static void printPlainI64(OpAsmPrinter &printer, Operation *op,
                          IntegerAttr attr) {
  printer << attr.getInt();
}

/// Results that are tied to operands: their types, if tensors; none on buffers.
static void tieTypes(ArrayRef<Type> operands, SmallVectorImpl<Type> &results) {
  for (Type type : operands)
    if (isa<RankedTensorType>(type))
      results.push_back(type);
}

static ParseResult parseTiedTypes(OpAsmParser &parser,
                                  SmallVectorImpl<Type> &operands,
                                  SmallVectorImpl<Type> &results) {
  if (parser.parseTypeList(operands))
    return failure();
  tieTypes(operands, results);
  return success();
}

static void printTiedTypes(OpAsmPrinter &printer, Operation *op,
                           TypeRange operands, TypeRange results) {
  printer << operands;
}

static ParseResult parseStartTypes(OpAsmParser &parser,
                                   SmallVectorImpl<Type> &inputs,
                                   SmallVectorImpl<Type> &outputs,
                                   SmallVectorImpl<Type> &held) {
  if (parser.parseTypeList(inputs))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("into"))) {
    if (parser.parseTypeList(outputs))
      return failure();
    tieTypes(outputs, held);
    return success();
  }
  tieTypes(inputs, held);
  return success();
}

static void printStartTypes(OpAsmPrinter &printer, Operation *op,
                            TypeRange inputs, TypeRange outputs,
                            TypeRange held) {
  printer << inputs;
  if (!outputs.empty())
    printer << " into " << outputs;
}

static ParseResult parseSameTypes(OpAsmParser &parser,
                                  SmallVectorImpl<Type> &values,
                                  SmallVectorImpl<Type> &residuals,
                                  SmallVectorImpl<Type> &results) {
  if (parser.parseTypeList(values))
    return failure();
  residuals = values;
  results = values;
  return success();
}

static void printSameTypes(OpAsmPrinter &printer, Operation *op,
                           TypeRange values, TypeRange, TypeRange) {
  printer << values;
}

/// What is added and the rest have the operands' types: if there is any, the
/// number of operands, or of results, says so.
static ParseResult parseCompressTypes(
    OpAsmParser &parser, ArrayRef<OpAsmParser::UnresolvedOperand> added,
    SmallVectorImpl<Type> &inputTypes, SmallVectorImpl<Type> &addedTypes,
    Type &payload, SmallVectorImpl<Type> &rest) {
  if (parser.parseTypeList(inputTypes) || parser.parseArrow() ||
      parser.parseType(payload))
    return failure();
  if (!added.empty())
    addedTypes = inputTypes;
  if (succeeded(parser.parseOptionalComma()))
    return parser.parseTypeList(rest);
  return success();
}

static void printCompressTypes(OpAsmPrinter &printer, Operation *op,
                               OperandRange, TypeRange inputs, TypeRange,
                               Type payload, TypeRange rest) {
  printer << inputs << " -> " << payload;
  if (!rest.empty())
    printer << ", " << rest;
}

static ParseResult parsePayloadTypes(OpAsmParser &parser, Type &payload,
                                     SmallVectorImpl<Type> &rest, Type &result,
                                     SmallVectorImpl<Type> &restResults) {
  if (parser.parseType(payload))
    return failure();
  while (succeeded(parser.parseOptionalComma()))
    if (parser.parseType(rest.emplace_back()))
      return failure();
  restResults = rest;
  return failure(parser.parseArrow() || parser.parseType(result));
}

static void printPayloadTypes(OpAsmPrinter &printer, Operation *op,
                              Type payload, TypeRange rest, Type result,
                              TypeRange) {
  printer << payload;
  for (Type type : rest)
    printer << ", " << type;
  printer << " -> " << result;
}

/// All types but those of the rest follow from the operands' and factors'.
static ParseResult parseLowRankTypes(
    OpAsmParser &parser, ArrayRef<OpAsmParser::UnresolvedOperand> added,
    SmallVectorImpl<Type> &inputTypes, SmallVectorImpl<Type> &addedTypes,
    SmallVectorImpl<Type> &factors, SmallVectorImpl<Type> &means,
    SmallVectorImpl<Type> &rest, SmallVectorImpl<Type> &newFactors) {
  if (parser.parseTypeList(inputTypes) || parser.parseKeyword("factors") ||
      parser.parseTypeList(factors))
    return failure();
  if (!added.empty())
    addedTypes = inputTypes;
  means = inputTypes;
  newFactors = factors;
  if (succeeded(parser.parseOptionalKeyword("leaving")))
    return parser.parseTypeList(rest);
  return success();
}

static void printLowRankTypes(OpAsmPrinter &printer, Operation *op,
                              OperandRange, TypeRange inputs, TypeRange,
                              TypeRange factors, TypeRange, TypeRange rest,
                              TypeRange) {
  printer << inputs << " factors " << factors;
  if (!rest.empty())
    printer << " leaving " << rest;
}

/// `SENT (leaving REST)? into PARAMETERS`
static ParseResult parseContributionTypes(OpAsmParser &parser,
                                          SmallVectorImpl<Type> &sent,
                                          SmallVectorImpl<Type> &rest,
                                          SmallVectorImpl<Type> &parameters,
                                          SmallVectorImpl<Type> &results) {
  if (parser.parseTypeList(sent))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("leaving")) &&
      parser.parseTypeList(rest))
    return failure();
  if (parser.parseKeyword("into") || parser.parseTypeList(parameters))
    return failure();
  tieTypes(parameters, results);
  return success();
}

static void printContributionTypes(OpAsmPrinter &printer, Operation *op,
                                   TypeRange sent, TypeRange rest,
                                   TypeRange parameters, TypeRange) {
  printer << sent;
  if (!rest.empty())
    printer << " leaving " << rest;
  printer << " into " << parameters;
}

static ParseResult parsePayloadAlgorithm(OpAsmParser &parser,
                                         PayloadAlgorithmAttr &attr) {
  return parseEnumerator(
      parser, attr,
      [](StringRef word) { return symbolizePayloadAlgorithm(word); },
      "all_gather, gtopk, ok_topk or dense");
}

static void printPayloadAlgorithm(OpAsmPrinter &printer, Operation *op,
                                  PayloadAlgorithmAttr attr) {
  printer << stringifyPayloadAlgorithm(attr.getValue());
}

static ParseResult parsePutBack(OpAsmParser &parser, PutBackAttr &attr) {
  return parseEnumerator(
      parser, attr, [](StringRef word) { return symbolizePutBack(word); },
      "conserving or published");
}

static void printPutBack(OpAsmPrinter &printer, Operation *op,
                         PutBackAttr attr) {
  printer << stringifyPutBack(attr.getValue());
}

#define GET_OP_CLASSES
#include "dialect/TacitOps.cpp.inc"
