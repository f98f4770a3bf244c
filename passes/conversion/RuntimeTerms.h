//===- RuntimeTerms.h - The dialect in the ABI's terms ----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What attributes and types of the dialect are called by the runtime.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_CONVERSION_RUNTIMETERMS_H
#define TACIT_PASSES_CONVERSION_RUNTIMETERMS_H

#include "dialect/Tacit.h"

namespace mlir::tacit {

/// A compressor in the terms of the runtime.
struct ResolvedCompressor {
  int32_t kind = 0;
  double parameter = 0;
};

ResolvedCompressor resolveCompressor(CompressorAttrInterface compressor);

/// A scheduler in the terms of the runtime: see tacit_channel.
struct ResolvedScheduler {
  int32_t kind = 0, granularity = 0, damping = 0, mean = 0;
  int64_t maxStaleness = -1, sendEvery = 1, maxDelay = 0, resync = 0;
  double beta = 0, wait = 0;
  int64_t bucketBytes = 0;
};

ResolvedScheduler resolveScheduler(SchedulerAttrInterface scheduler);

/// What a payload has room for: entries; of quantized vectors, parts.
int64_t roomIn(Type payload);

/// Bytes of a payload of one rank.
int64_t payloadBytes(Type payload);

/// The fields of a tacit_convolution, in their order.
SmallVector<int64_t> convolutionFields(ConvolutionOp op);

} // namespace mlir::tacit

#endif // TACIT_PASSES_CONVERSION_RUNTIMETERMS_H
