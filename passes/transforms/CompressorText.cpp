//===- CompressorText.cpp - Compressors by name -----------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/CompressorText.h"

#include "llvm/ADT/StringExtras.h"

#include <charconv>
#include <cmath>

using namespace mlir;
using namespace mlir::tacit;

using Kind = CompressorChoice::Kind;

static constexpr std::pair<StringLiteral, Kind> kCompressors[] = {
    {"top_k", Kind::TopK},        {"sampled_top_k", Kind::SampledTopK},
    {"random_k", Kind::RandomK},  {"threshold", Kind::Threshold},
    {"sign", Kind::Sign},         {"qsgd", Kind::QSGD},
    {"powersgd", Kind::PowerSGD}, {"bf16", Kind::BF16}};

FailureOr<Kind> mlir::tacit::parseCompressorKind(StringRef name,
                                                 TextErrorHandler error) {
  SmallVector<StringRef> names;
  for (auto &[known, kind] : kCompressors) {
    if (name == known)
      return kind;
    names.push_back(known);
  }
  return error("unknown compressor '" + name + "'" + suggestName(name, names));
}

/// Reads a whole number from 1 to `most`.
static void readCount(TermReader &reader, StringRef key, int64_t most,
                      const Twine &range, int64_t &count) {
  double number = static_cast<double>(count);
  std::string wanted = ("that is whole, " + range).str();
  reader.read(
      key, number,
      [most](double value) {
        return value >= 1 && value <= static_cast<double>(most) &&
               value == std::floor(value);
      },
      wanted);
  count = static_cast<int64_t>(number);
}

void mlir::tacit::readCompressorOption(TermReader &reader,
                                       CompressorChoice &choice) {
  switch (choice.kind) {
  case Kind::TopK:
  case Kind::SampledTopK:
  case Kind::RandomK:
    reader.read(
        "density", choice.density,
        [](double density) { return density > 0 && density <= 1; },
        "above 0 and at most 1");
    break;
  case Kind::Threshold:
    reader.read(
        "value", choice.value,
        [](double value) { return value > 0 && std::isfinite(value); },
        "above 0");
    break;
  case Kind::QSGD:
    readCount(reader, "levels", 65535, "from 1 to 65535", choice.levels);
    break;
  case Kind::PowerSGD:
    readCount(reader, "rank", 65535, "from 1 to 65535", choice.rank);
    break;
  case Kind::Sign:
  case Kind::BF16:
    break;
  }
}

FailureOr<CompressorChoice>
mlir::tacit::parseCompressor(StringRef text, TextErrorHandler error) {
  FailureOr<SmallVector<NamedTerm>> terms =
      parseTerms(text, "compressor", error);
  if (failed(terms))
    return failure();
  if (terms->size() != 1)
    return error("one compressor is needed, got '" + text + "'");
  FailureOr<Kind> kind = parseCompressorKind(terms->front().name, error);
  if (failed(kind))
    return failure();
  CompressorChoice choice;
  choice.kind = *kind;
  TermReader reader(terms->front(), error);
  readCompressorOption(reader, choice);
  if (failed(reader.finish()))
    return failure();
  return choice;
}

bool CompressorChoice::sendsIndices() const {
  return kind == Kind::TopK || kind == Kind::SampledTopK ||
         kind == Kind::Threshold;
}

/// The shortest text that reads as `value` again.
static std::string shortest(double value) {
  char text[32];
  std::to_chars_result end = std::to_chars(text, text + sizeof(text), value);
  return std::string(text, end.ptr);
}

std::string CompressorChoice::str() const {
  switch (kind) {
  case Kind::TopK:
    return "top_k{density=" + shortest(density) + "}";
  case Kind::SampledTopK:
    return "sampled_top_k{density=" + shortest(density) + "}";
  case Kind::RandomK:
    return "random_k{density=" + shortest(density) + "}";
  case Kind::Threshold:
    return "threshold{value=" + shortest(value) + "}";
  case Kind::Sign:
    return "sign";
  case Kind::QSGD:
    return "qsgd{levels=" + std::to_string(levels) + "}";
  case Kind::PowerSGD:
    return "powersgd{rank=" + std::to_string(rank) + "}";
  case Kind::BF16:
    return "bf16";
  }
  return "";
}

CompressorAttrInterface
CompressorChoice::getAttribute(MLIRContext *context) const {
  switch (kind) {
  case Kind::TopK:
    return TopKAttr::get(context, APFloat(density));
  case Kind::SampledTopK:
    return SampledTopKAttr::get(context, APFloat(density));
  case Kind::RandomK:
    return RandomKAttr::get(context, APFloat(density));
  case Kind::Threshold:
    return ThresholdAttr::get(context, APFloat(value));
  case Kind::Sign:
    return SignAttr::get(context);
  case Kind::QSGD:
    return QSGDAttr::get(context, levels);
  case Kind::PowerSGD:
    return PowerSGDAttr::get(context, rank);
  case Kind::BF16:
    return BF16Attr::get(context);
  }
  return {};
}

FailureOr<PayloadAlgorithm>
mlir::tacit::parsePayloadAlgorithm(StringRef name, TextErrorHandler error) {
  if (auto algorithm = symbolizePayloadAlgorithm(name))
    return *algorithm;
  return error("unknown exchange '" + name + "'" +
               suggestName(name, {"all_gather", "gtopk", "ok_topk", "dense"}));
}
