//===- FuseCompression.cpp - One sweep over the gradient --------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"

#include "mlir/IR/Remarks.h"

#define DEBUG_TYPE "tacit-fuse-compression"

namespace mlir::tacit {
#define GEN_PASS_DEF_FUSECOMPRESSIONPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct FuseCompressionPass
    : public tacit::impl::FuseCompressionPassBase<FuseCompressionPass> {
  using FuseCompressionPassBase::FuseCompressionPassBase;
  void runOnOperation() override;
};
} // namespace

/// Fuses the accumulation that `compress`, a CompressOp or an
/// AllReduceLowRankOp, compresses into it, if that is all that it is for.
template <typename OpTy> static bool fuse(OpTy compress) {
  auto sum =
      compress.getInputs()[0].template getDefiningOp<AccumulateResidualOp>();
  auto stays = [&](StringRef why) {
    remark::missed(compress.getLoc(),
                   remark::RemarkOpts::name("NotFused").category(DEBUG_TYPE))
        << why;
    return false;
  };
  if (!sum || !compress.getAdded().empty())
    return stays("compresses no sum with a residual");
  if (ValueRange(sum.getResults()) != ValueRange(compress.getInputs()))
    return stays("compresses other than one sum with residuals, in its order");
  for (Value result : sum.getResults())
    if (!result.hasOneUse())
      return stays("the sum with the residual is used elsewhere too");
  compress.getInputsMutable().assign(sum.getResiduals());
  compress.getAddedMutable().assign(sum.getValues());
  if (sum.getScale())
    compress.getScaleMutable().assign(sum.getScale());
  sum.erase();
  return true;
}

void FuseCompressionPass::runOnOperation() {
  getOperation().walk([&](Operation *op) {
    if (auto compress = dyn_cast<CompressOp>(op))
      numFused += fuse(compress);
    else if (auto lowRank = dyn_cast<AllReduceLowRankOp>(op))
      numFused += fuse(lowRank);
  });
}
