//===- RuntimeTerms.cpp - The dialect in the ABI's terms --------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/conversion/RuntimeTerms.h"

#include "passes/conversion/DescriptorBuilder.h"
#include "runtime/abi/tacit_abi.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::tacit;

// The dialect numbers its enumerations as the runtime does.
static_assert(static_cast<int>(Role::parameter) == TACIT_PARAMETER);
static_assert(static_cast<int>(Role::optimizer) == TACIT_OPTIMIZER);
static_assert(static_cast<int>(Role::residual) == TACIT_RESIDUAL);
static_assert(static_cast<int>(Role::outer) == TACIT_OUTER);
static_assert(static_cast<int>(Role::counter) == TACIT_COUNTER);
static_assert(static_cast<int>(Role::model_state) == TACIT_MODEL_STATE);
static_assert(static_cast<int>(Reduction::sum) == TACIT_SUM);
static_assert(static_cast<int>(Reduction::mean) == TACIT_MEAN);
static_assert(static_cast<int>(Reduction::max) == TACIT_MAX);
static_assert(static_cast<int>(Reduction::min) == TACIT_MIN);
static_assert(static_cast<int>(ExchangeKind::all_reduce) == TACIT_ALL_REDUCE);
static_assert(static_cast<int>(ExchangeKind::all_gather) == TACIT_ALL_GATHER);
static_assert(static_cast<int>(ExchangeKind::broadcast) == TACIT_BROADCAST);
static_assert(static_cast<int>(PayloadAlgorithm::all_gather) ==
              TACIT_PAYLOAD_ALL_GATHER);
static_assert(static_cast<int>(PayloadAlgorithm::gtopk) == TACIT_PAYLOAD_GTOPK);
static_assert(static_cast<int>(PayloadAlgorithm::ok_topk) ==
              TACIT_PAYLOAD_OK_TOPK);
static_assert(static_cast<int>(PayloadAlgorithm::dense) == TACIT_PAYLOAD_DENSE);
static_assert(static_cast<int>(TopologyKind::complete) == TACIT_COMPLETE);
static_assert(static_cast<int>(TopologyKind::ring) == TACIT_RING);
static_assert(static_cast<int>(TopologyKind::exponential) == TACIT_EXPONENTIAL);
static_assert(static_cast<int>(TopologyKind::edges) == TACIT_EDGES);
static_assert(static_cast<int>(Granularity::rank) == TACIT_BY_RANK);
static_assert(static_cast<int>(Granularity::bucket) == TACIT_BY_BUCKET);
static_assert(static_cast<int>(PutBack::conserving) ==
              TACIT_PUT_BACK_CONSERVING);
static_assert(static_cast<int>(PutBack::published) == TACIT_PUT_BACK_PUBLISHED);

FailureOr<int32_t> mlir::tacit::dtypeOf(Type element) {
  if (element.isF32())
    return TACIT_F32;
  if (element.isF64())
    return TACIT_F64;
  if (element.isInteger(32))
    return TACIT_I32;
  if (element.isInteger(64))
    return TACIT_I64;
  if (element.isInteger(8))
    return TACIT_I8;
  if (element.isInteger(1))
    return TACIT_I1;
  return failure();
}

ResolvedCompressor
mlir::tacit::resolveCompressor(CompressorAttrInterface attr) {
  return llvm::TypeSwitch<Attribute, ResolvedCompressor>(attr)
      .Case([](TopKAttr topK) {
        return ResolvedCompressor{TACIT_TOP_K,
                                  topK.getDensity().convertToDouble()};
      })
      .Case([](RandomKAttr randomK) {
        return ResolvedCompressor{TACIT_RANDOM_K,
                                  randomK.getDensity().convertToDouble()};
      })
      .Case([](ThresholdAttr threshold) {
        return ResolvedCompressor{TACIT_THRESHOLD,
                                  threshold.getValue().convertToDouble()};
      })
      .Case([](SignAttr) { return ResolvedCompressor{TACIT_SIGN, 0}; })
      .Case([](QSGDAttr qsgd) {
        return ResolvedCompressor{TACIT_QSGD,
                                  static_cast<double>(qsgd.getLevels())};
      })
      .Case([](BF16Attr) { return ResolvedCompressor{TACIT_BF16, 0}; })
      .Case([](PowerSGDAttr powersgd) {
        return ResolvedCompressor{TACIT_POWERSGD,
                                  static_cast<double>(powersgd.getRank())};
      })
      .Case([](SampledTopKAttr topK) {
        return ResolvedCompressor{TACIT_SAMPLED_TOP_K,
                                  topK.getDensity().convertToDouble()};
      });
}

ResolvedScheduler mlir::tacit::resolveScheduler(SchedulerAttrInterface attr) {
  ResolvedScheduler resolved;
  resolved.resync = attr.getResyncPeriod();
  llvm::TypeSwitch<Attribute>(attr)
      .Case([&](DecentralizedAttr policy) {
        resolved.damping = policy.getDamping();
        resolved.mean = policy.getMean();
        resolved.maxStaleness = policy.getMaxStaleness();
        resolved.sendEvery = policy.getSendEvery();
      })
      .Case([&](NormBoundedAttr policy) {
        resolved.kind = TACIT_NORM_BOUNDED;
        resolved.granularity = static_cast<int32_t>(policy.getGranularity());
        resolved.maxDelay = policy.getMaxDelay();
        resolved.beta = policy.getBeta().convertToDouble();
        resolved.bucketBytes = policy.getBucketBytes();
      })
      .Case([&](VarianceBoundedAttr policy) {
        resolved.kind = TACIT_VARIANCE_BOUNDED;
        resolved.maxDelay = policy.getMaxDelay();
        resolved.wait = policy.getWait().convertToDouble();
      });
  return resolved;
}

int64_t mlir::tacit::roomIn(Type payload) {
  if (auto sparse = dyn_cast<SparseType>(payload))
    return sparse.getCapacity();
  return cast<QuantizedType>(payload).getParts();
}

int64_t mlir::tacit::payloadBytes(Type payload) {
  if (auto sparse = dyn_cast<SparseType>(payload))
    return static_cast<int64_t>(
        tacit_sparse_bytes(static_cast<uint64_t>(sparse.getElements()),
                           static_cast<uint64_t>(sparse.getCapacity())));
  return cast<QuantizedType>(payload).getBytes();
}

SmallVector<int64_t> mlir::tacit::convolutionFields(ConvolutionOp op) {
  Value values[] = {op.getInput(), op.getFilter(), op.getOutput()};
  SmallVector<int64_t> extents[3], strides[3];
  for (unsigned i : {0, 1, 2}) {
    auto type = cast<MemRefType>(values[i].getType());
    auto [own, offset] = type.getStridesAndOffset();
    StringRef layout = cast<StringAttr>(op.getLayouts()[i]).getValue();
    for (unsigned place :
         *ConvolutionOp::placesOf(layout, i == 1 ? "oihw" : "nchw")) {
      extents[i].push_back(type.getDimSize(place));
      strides[i].push_back(own[place]);
    }
  }
  ArrayRef<int64_t> padding = op.getPadding();
  SmallVector<int64_t> fields = {static_cast<int64_t>(op.getKind())};
  llvm::append_range(fields, extents[0]);
  llvm::append_range(fields, extents[2]);
  llvm::append_range(fields, ArrayRef(extents[1]).drop_front(2));
  llvm::append_range(fields, op.getStrides());
  llvm::append_range(fields, op.getDilations());
  llvm::append_values(fields, padding[0], padding[2], padding[1], padding[3]);
  for (ArrayRef<int64_t> own : strides)
    llvm::append_range(fields, own);
  assert(fields.size() * sizeof(int64_t) == sizeof(tacit_convolution));
  return fields;
}
