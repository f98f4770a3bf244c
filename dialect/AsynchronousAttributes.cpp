//===- AsynchronousAttributes.cpp - Verifies who hears whom -----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/Tacit.h"

#include "llvm/ADT/EquivalenceClasses.h"

#include <set>

using namespace mlir;
using namespace mlir::tacit;

//===----------------------------------------------------------------------===//
// TopologyAttr
//===----------------------------------------------------------------------===//

LogicalResult TopologyAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   TopologyKind kind, ArrayRef<int32_t> edges) {
  if (kind != TopologyKind::edges) {
    if (edges.empty())
      return success();
    return emitError() << stringifyTopologyKind(kind)
                       << " has no list of edges; write edges";
  }
  if (edges.empty() || edges.size() % 2 != 0)
    return emitError() << "needs a list of edges, two ranks each, got "
                       << edges.size() << " ranks";
  std::set<std::pair<int32_t, int32_t>> seen;
  for (size_t i = 0; i < edges.size(); i += 2) {
    auto [low, high] = std::minmax(edges[i], edges[i + 1]);
    if (low < 0)
      return emitError() << "needs ranks of 0 and more, got " << low;
    if (low == high)
      return emitError() << "joins rank " << low << " to itself";
    if (!seen.insert({low, high}).second)
      return emitError() << "joins ranks " << low << " and " << high
                         << " twice; edges have no direction";
  }
  return success();
}

bool TopologyAttr::joins(int64_t first, int64_t second, int64_t ranks) const {
  int64_t distance = second - first;
  switch (getKind()) {
  case TopologyKind::complete:
    return true;
  case TopologyKind::ring:
    return distance == 1 || distance == ranks - 1;
  case TopologyKind::exponential:
    return llvm::isPowerOf2_64(static_cast<uint64_t>(distance)) ||
           llvm::isPowerOf2_64(static_cast<uint64_t>(ranks - distance));
  case TopologyKind::edges:
    break;
  }
  ArrayRef<int32_t> edges = getEdges();
  for (size_t i = 0; i < edges.size(); i += 2)
    if (std::min(edges[i], edges[i + 1]) == first &&
        std::max(edges[i], edges[i + 1]) == second)
      return true;
  return false;
}

SmallVector<SmallVector<int64_t>> TopologyAttr::getParts(int64_t ranks) const {
  // Other kinds join each rank to the next.
  if (getKind() != TopologyKind::edges)
    return {llvm::to_vector(llvm::seq<int64_t>(0, ranks))};
  llvm::EquivalenceClasses<int64_t> joined;
  for (int64_t rank = 0; rank < ranks; ++rank)
    joined.insert(rank);
  ArrayRef<int32_t> edges = getEdges();
  for (size_t i = 0; i < edges.size(); i += 2)
    joined.unionSets(edges[i], edges[i + 1]);
  SmallVector<SmallVector<int64_t>> parts;
  DenseMap<int64_t, size_t> partOf;
  for (int64_t rank = 0; rank < ranks; ++rank) {
    auto [found, isNew] =
        partOf.try_emplace(joined.getLeaderValue(rank), parts.size());
    if (isNew)
      parts.emplace_back();
    parts[found->second].push_back(rank);
  }
  return parts;
}

//===----------------------------------------------------------------------===//
// Schedulers
//===----------------------------------------------------------------------===//

static LogicalResult
verifyNotNegative(function_ref<InFlightDiagnostic()> emitError, StringRef name,
                  int64_t value) {
  if (value >= 0)
    return success();
  return emitError() << name << " must be 0 or more, got " << value;
}

static LogicalResult
verifyNotNegative(function_ref<InFlightDiagnostic()> emitError, StringRef name,
                  const APFloat &value) {
  if (!value.isNaN() && value.convertToDouble() >= 0)
    return success();
  return emitError() << name << " must be 0 or more, or inf, got "
                     << value.convertToDouble();
}

LogicalResult
DecentralizedAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                          int64_t sendEvery, int64_t maxStaleness, bool, bool,
                          int64_t resync) {
  if (sendEvery < 1)
    return emitError() << "send_every must be at least 1, got " << sendEvery;
  if (maxStaleness < -1)
    return emitError() << "max_staleness must be 0 or more, got "
                       << maxStaleness << "; leave it out to have no bound";
  if (maxStaleness >= 0 && maxStaleness < sendEvery - 1)
    return emitError() << "max_staleness " << maxStaleness
                       << " is below send_every - 1 = " << sendEvery - 1
                       << ": ranks would wait for steps whose update is not "
                          "sent yet, forever";
  return verifyNotNegative(emitError, "resync", resync);
}

LogicalResult
NormBoundedAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                        APFloat beta, int64_t maxDelay, int64_t resync,
                        Granularity granularity, int64_t bucketBytes) {
  if (failed(verifyNotNegative(emitError, "beta", beta)) ||
      failed(verifyNotNegative(emitError, "max_delay", maxDelay)) ||
      failed(verifyNotNegative(emitError, "resync", resync)))
    return failure();
  bool byBucket = granularity == Granularity::bucket;
  if (byBucket ? bucketBytes < 1 : bucketBytes != 0)
    return emitError() << "bucket_bytes must be "
                       << (byBucket ? "at least 1 by bucket" : "0 by rank")
                       << ", got " << bucketBytes;
  return success();
}

LogicalResult
VarianceBoundedAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                            APFloat wait, int64_t maxDelay, int64_t resync) {
  return success(
      succeeded(verifyNotNegative(emitError, "wait", wait)) &&
      succeeded(verifyNotNegative(emitError, "max_delay", maxDelay)) &&
      succeeded(verifyNotNegative(emitError, "resync", resync)));
}

bool DecentralizedAttr::isElastic() const { return false; }
bool NormBoundedAttr::isElastic() const { return true; }
bool VarianceBoundedAttr::isElastic() const { return true; }

int64_t DecentralizedAttr::getResyncPeriod() const { return getResync(); }
int64_t NormBoundedAttr::getResyncPeriod() const { return getResync(); }
int64_t VarianceBoundedAttr::getResyncPeriod() const { return getResync(); }
