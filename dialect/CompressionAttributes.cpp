//===- CompressionAttributes.cpp - Compressors and payloads -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/Tacit.h"

#include "runtime/abi/tacit_abi.h"

#include "mlir/IR/DialectImplementation.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace mlir::tacit;

//===----------------------------------------------------------------------===//
// Payloads
//===----------------------------------------------------------------------===//

/// Parses `1000xf32`.
static FailureOr<std::pair<int64_t, Type>> parseVector(AsmParser &parser) {
  SmallVector<int64_t> extents;
  Type element;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseDimensionList(extents, /*allowDynamic=*/false,
                                /*withTrailingX=*/true) ||
      parser.parseType(element))
    return failure();
  if (extents.size() != 1) {
    parser.emitError(loc) << "expected a flat vector such as 1000xf32";
    return failure();
  }
  return std::pair(extents[0], element);
}

static LogicalResult verifyVector(function_ref<InFlightDiagnostic()> emitError,
                                  int64_t elements, Type element) {
  if (elements < 1)
    return emitError() << "needs at least one element, got " << elements;
  if (!element.isF32())
    return emitError() << "needs elements of f32, got " << element;
  return success();
}

Type SparseType::parse(AsmParser &parser) {
  if (parser.parseLess())
    return {};
  FailureOr<std::pair<int64_t, Type>> vector = parseVector(parser);
  int64_t capacity = 0;
  if (failed(vector) || parser.parseComma() ||
      parser.parseKeyword("capacity") || parser.parseEqual() ||
      parser.parseInteger(capacity) || parser.parseGreater())
    return {};
  return parser.getChecked<SparseType>(parser.getContext(), vector->first,
                                       vector->second, capacity);
}

void SparseType::print(AsmPrinter &printer) const {
  printer << "<" << getElements() << "x" << getElementType()
          << ", capacity = " << getCapacity() << ">";
}

LogicalResult SparseType::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t elements, Type element,
                                 int64_t capacity) {
  if (failed(verifyVector(emitError, elements, element)))
    return failure();
  if (capacity < 1 || capacity > elements)
    return emitError() << "needs a capacity from 1 to " << elements
                       << ", the number of elements, got " << capacity;
  return success();
}

Type QuantizedType::parse(AsmParser &parser) {
  if (parser.parseLess())
    return {};
  FailureOr<std::pair<int64_t, Type>> vector = parseVector(parser);
  int64_t bytes = 0, parts = 0;
  if (failed(vector) || parser.parseComma() || parser.parseKeyword("bytes") ||
      parser.parseEqual() || parser.parseInteger(bytes) ||
      parser.parseComma() || parser.parseKeyword("parts") ||
      parser.parseEqual() || parser.parseInteger(parts) ||
      parser.parseGreater())
    return {};
  return parser.getChecked<QuantizedType>(parser.getContext(), vector->first,
                                          vector->second, bytes, parts);
}

void QuantizedType::print(AsmPrinter &printer) const {
  printer << "<" << getElements() << "x" << getElementType()
          << ", bytes = " << getBytes() << ", parts = " << getParts() << ">";
}

LogicalResult
QuantizedType::verify(function_ref<InFlightDiagnostic()> emitError,
                      int64_t elements, Type element, int64_t bytes,
                      int64_t parts) {
  if (failed(verifyVector(emitError, elements, element)))
    return failure();
  if (bytes < 1 || parts < 1)
    return emitError() << "needs at least one byte and one part, got bytes = "
                       << bytes << ", parts = " << parts;
  return success();
}

int64_t mlir::tacit::countElements(TypeRange types) {
  int64_t elements = 0;
  for (Type type : types)
    elements += cast<RankedTensorType>(type).getNumElements();
  return elements;
}

int64_t mlir::tacit::getPayloadElements(Type payload) {
  if (auto sparse = dyn_cast<SparseType>(payload))
    return sparse.getElements();
  return cast<QuantizedType>(payload).getElements();
}

//===----------------------------------------------------------------------===//
// Compressors that keep some entries
//===----------------------------------------------------------------------===//

// The density of the first epoch of DGC's warm-up.
static constexpr double kFirstDensity = 0.25;

int64_t mlir::tacit::getSelectedCount(double density, int64_t elements) {
  double count = std::ceil(density * static_cast<double>(elements) - 1e-6);
  return std::clamp(static_cast<int64_t>(count), int64_t{1}, elements);
}

static Type sparseOf(MLIRContext *context, TypeRange types, double density,
                     bool warmUp) {
  int64_t elements = countElements(types);
  if (warmUp)
    density = std::max(density, kFirstDensity);
  return SparseType::get(context, elements, Float32Type::get(context),
                         getSelectedCount(density, elements));
}

static LogicalResult verifyDensity(function_ref<InFlightDiagnostic()> emitError,
                                   double density) {
  if (!(density > 0 && density <= 1))
    return emitError() << "needs a density above 0 and at most 1, got "
                       << density;
  return success();
}

Type TopKAttr::getPayloadType(TypeRange types, bool warmUp) const {
  return sparseOf(getContext(), types, getDensity().convertToDouble(), warmUp);
}
bool TopKAttr::isBiased() const { return true; }
std::optional<double> TopKAttr::getContractionFactor(int64_t elements) const {
  return static_cast<double>(
             getSelectedCount(getDensity().convertToDouble(), elements)) /
         static_cast<double>(elements);
}
bool TopKAttr::isRandom() const { return false; }
std::string TopKAttr::whyNot(PayloadAlgorithm) const { return ""; }
LogicalResult TopKAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               APFloat densityValue) {
  return verifyDensity(emitError, densityValue.convertToDouble());
}

Type RandomKAttr::getPayloadType(TypeRange types, bool warmUp) const {
  return sparseOf(getContext(), types, getDensity().convertToDouble(), warmUp);
}
bool RandomKAttr::isBiased() const { return true; }
std::optional<double>
RandomKAttr::getContractionFactor(int64_t elements) const {
  return static_cast<double>(
             getSelectedCount(getDensity().convertToDouble(), elements)) /
         static_cast<double>(elements);
}
bool RandomKAttr::isRandom() const { return true; }
std::string RandomKAttr::whyNot(PayloadAlgorithm algorithm) const {
  // Every rank sends the same indices: there is nothing to merge or to choose.
  if (algorithm == PayloadAlgorithm::all_gather ||
      algorithm == PayloadAlgorithm::dense)
    return "";
  return "all ranks keep the same entries, so that no choice among them is "
         "left to make; use all_gather, which sends their values alone";
}
LogicalResult RandomKAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  APFloat densityValue) {
  return verifyDensity(emitError, densityValue.convertToDouble());
}

Type SampledTopKAttr::getPayloadType(TypeRange types, bool) const {
  int64_t elements = countElements(types);
  int64_t most = static_cast<int64_t>(tacit_most_of_sampled_top_k(
      static_cast<uint64_t>(
          getSelectedCount(getDensity().convertToDouble(), elements)),
      static_cast<uint64_t>(elements)));
  return SparseType::get(getContext(), elements, Float32Type::get(getContext()),
                         most);
}
bool SampledTopKAttr::isBiased() const { return true; }
std::optional<double>
SampledTopKAttr::getContractionFactor(int64_t elements) const {
  return static_cast<double>(
             getSelectedCount(getDensity().convertToDouble(), elements)) /
         static_cast<double>(elements);
}
bool SampledTopKAttr::isRandom() const { return false; }
std::string SampledTopKAttr::whyNot(PayloadAlgorithm algorithm) const {
  if (algorithm == PayloadAlgorithm::all_gather ||
      algorithm == PayloadAlgorithm::dense)
    return "";
  return "an estimated threshold keeps more or less than k entries, and merges "
         "are defined for exactly k; use all_gather, or the compressor top_k";
}
LogicalResult
SampledTopKAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                        APFloat densityValue) {
  return verifyDensity(emitError, densityValue.convertToDouble());
}

Type ThresholdAttr::getPayloadType(TypeRange types, bool) const {
  int64_t elements = countElements(types);
  return SparseType::get(getContext(), elements, Float32Type::get(getContext()),
                         elements);
}
bool ThresholdAttr::isBiased() const { return true; }
std::optional<double> ThresholdAttr::getContractionFactor(int64_t) const {
  return std::nullopt;
}
bool ThresholdAttr::isRandom() const { return false; }
std::string ThresholdAttr::whyNot(PayloadAlgorithm algorithm) const {
  if (algorithm == PayloadAlgorithm::all_gather ||
      algorithm == PayloadAlgorithm::dense)
    return "";
  return "a threshold keeps any number of entries, and there is no k to keep "
         "of a merge; use all_gather, or the compressor top_k";
}
LogicalResult
ThresholdAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                      APFloat valueAttr) {
  double value = valueAttr.convertToDouble();
  if (!(value > 0) || !std::isfinite(value))
    return emitError() << "needs a positive and finite value, got " << value;
  return success();
}

//===----------------------------------------------------------------------===//
// Compressors that keep all entries in fewer bits
//===----------------------------------------------------------------------===//

static Type quantizedOf(MLIRContext *context, int64_t elements,
                        uint64_t bytes) {
  return QuantizedType::get(context, elements, Float32Type::get(context),
                            static_cast<int64_t>(bytes), /*parts=*/1);
}

/// Sums of quantized vectors are not quantized.
static std::string whyNotQuantized(PayloadAlgorithm algorithm) {
  if (algorithm == PayloadAlgorithm::all_gather)
    return "";
  return "its payloads cannot be merged; use all_gather";
}

Type SignAttr::getPayloadType(TypeRange types, bool) const {
  int64_t elements = countElements(types);
  return quantizedOf(getContext(), elements,
                     tacit_sign_bytes(static_cast<uint64_t>(elements)));
}
bool SignAttr::isBiased() const { return true; }
std::optional<double> SignAttr::getContractionFactor(int64_t elements) const {
  return 1.0 / static_cast<double>(elements);
}
bool SignAttr::isRandom() const { return false; }
std::string SignAttr::whyNot(PayloadAlgorithm algorithm) const {
  return whyNotQuantized(algorithm);
}

Type QSGDAttr::getPayloadType(TypeRange types, bool) const {
  int64_t elements = countElements(types);
  return quantizedOf(getContext(), elements,
                     tacit_qsgd_bytes(static_cast<uint64_t>(elements),
                                      static_cast<uint32_t>(getLevels())));
}
bool QSGDAttr::isBiased() const { return false; }
std::optional<double> QSGDAttr::getContractionFactor(int64_t) const {
  return std::nullopt;
}
bool QSGDAttr::isRandom() const { return true; }
std::string QSGDAttr::whyNot(PayloadAlgorithm algorithm) const {
  return whyNotQuantized(algorithm);
}
LogicalResult QSGDAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               int64_t levels) {
  if (levels < 1 || levels > 65535)
    return emitError() << "needs from 1 to 65535 levels, got " << levels;
  return success();
}

Type BF16Attr::getPayloadType(TypeRange types, bool) const {
  int64_t elements = countElements(types);
  return quantizedOf(getContext(), elements,
                     tacit_bf16_bytes(static_cast<uint64_t>(elements)));
}
bool BF16Attr::isBiased() const { return true; }
std::optional<double> BF16Attr::getContractionFactor(int64_t) const {
  return 1 - 0x1p-16;
}
bool BF16Attr::isRandom() const { return false; }
std::string BF16Attr::whyNot(PayloadAlgorithm algorithm) const {
  if (algorithm == PayloadAlgorithm::dense)
    return "";
  return whyNotQuantized(algorithm);
}

//===----------------------------------------------------------------------===//
// PowerSGD
//===----------------------------------------------------------------------===//

/// The extents of a tensor seen as a matrix.
static std::pair<int64_t, int64_t> matrixOf(RankedTensorType type) {
  int64_t columns = type.getRank() > 0 ? type.getShape().back() : 1;
  return {type.getNumElements() / columns, columns};
}

bool PowerSGDAttr::saves(RankedTensorType type) const {
  auto [rows, columns] = matrixOf(type);
  return type.getRank() > 1 && (rows + columns) * getRank() < rows * columns;
}

RankedTensorType PowerSGDAttr::getFactorType(RankedTensorType type) const {
  return RankedTensorType::get({matrixOf(type).second, getRank()},
                               type.getElementType());
}

/// Both factors of each tensor.
Type PowerSGDAttr::getPayloadType(TypeRange types, bool) const {
  int64_t factors = 0;
  for (Type type : types) {
    auto [rows, columns] = matrixOf(cast<RankedTensorType>(type));
    factors += (rows + columns) * getRank();
  }
  return quantizedOf(getContext(), countElements(types),
                     static_cast<uint64_t>(4 * factors));
}
bool PowerSGDAttr::isBiased() const { return true; }
std::optional<double> PowerSGDAttr::getContractionFactor(int64_t) const {
  return std::nullopt;
}
bool PowerSGDAttr::isRandom() const { return false; }
std::string PowerSGDAttr::whyNot(PayloadAlgorithm algorithm) const {
  if (algorithm == PayloadAlgorithm::dense)
    return "";
  return "its factors are averaged, one after the other; use dense";
}
LogicalResult PowerSGDAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t rank) {
  if (rank < 1)
    return emitError() << "needs a rank of at least 1, got " << rank;
  return success();
}
