//===- CompressorText.h - Compressors by name -------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_TRANSFORMS_COMPRESSORTEXT_H
#define TACIT_PASSES_TRANSFORMS_COMPRESSORTEXT_H

#include "dialect/Tacit.h"
#include "passes/transforms/TermText.h"

namespace mlir::tacit {

/// A compressor, with its number in the range that its attribute takes.
struct CompressorChoice {
  enum class Kind {
    TopK,
    SampledTopK,
    RandomK,
    Threshold,
    Sign,
    QSGD,
    PowerSGD,
    BF16
  };
  Kind kind = Kind::TopK;
  double density = 0.001;
  double value = 0.001;
  int64_t levels = 16;
  int64_t rank = 2;

  /// Whether ranks tell each other which entries they keep.
  bool sendsIndices() const;
  /// `top_k{density=0.001}`: what parseCompressor reads.
  std::string str() const;
  CompressorAttrInterface getAttribute(MLIRContext *context) const;
};

/// Parses `top_k{density=0.01}`, `sampled_top_k{density=}`,
/// `random_k{density=}`, `threshold{value=}`, `sign`, `qsgd{levels=}`,
/// `powersgd{rank=}` or `bf16`; a malformed one is one call of `error`.
FailureOr<CompressorChoice> parseCompressor(StringRef text,
                                            TextErrorHandler error);

/// The kind called `name`; a name that is none is one call of `error`.
FailureOr<CompressorChoice::Kind> parseCompressorKind(StringRef name,
                                                      TextErrorHandler error);

/// Reads the option by which a compressor of `choice.kind` is set.
void readCompressorOption(TermReader &reader, CompressorChoice &choice);

/// The algorithm called `name`; a name that is none is one call of `error`.
FailureOr<PayloadAlgorithm> parsePayloadAlgorithm(StringRef name,
                                                  TextErrorHandler error);

} // namespace mlir::tacit

#endif // TACIT_PASSES_TRANSFORMS_COMPRESSORTEXT_H
