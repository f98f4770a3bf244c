//===- Bucket.cpp - Merges exchanges of gradients -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/transforms/ServedVariable.h"

#include "mlir/IR/Remarks.h"

#define DEBUG_TYPE "tacit-bucket"

namespace mlir::tacit {
#define GEN_PASS_DEF_BUCKETPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct BucketPass : public tacit::impl::BucketPassBase<BucketPass> {
  using BucketPassBase::BucketPassBase;
  void runOnOperation() override;
};

/// The exchange of one variable's gradient.
struct Member {
  AllReduceOp exchange;
  int64_t variable;    ///< Its number among the trainer's parameters.
  Operation *producer; ///< Of the gradient, in the step's block.
  Operation *consumer; ///< The first, in the step's block.
  int64_t bytes;
};

/// Members that become one exchange.
struct Bucket {
  SmallVector<Member> members;
  Operation *lastProducer = nullptr;
  Operation *firstConsumer = nullptr;
  int64_t bytes = 0;

  /// True if the bucket stays within `limit`, and is known before it is
  /// needed, with `member` in it.
  bool hasRoomFor(const Member &member, int64_t limit) const;
  void add(const Member &member);
};
} // namespace

static Operation *laterOf(Operation *a, Operation *b) {
  return a && (!b || b->isBeforeInBlock(a)) ? a : b;
}

static Operation *earlierOf(Operation *a, Operation *b) {
  return a && (!b || a->isBeforeInBlock(b)) ? a : b;
}

bool Bucket::hasRoomFor(const Member &member, int64_t limit) const {
  if (members.empty())
    return true;
  return bytes + member.bytes <= limit &&
         laterOf(lastProducer, member.producer)
             ->isBeforeInBlock(earlierOf(firstConsumer, member.consumer));
}

void Bucket::add(const Member &member) {
  members.push_back(member);
  lastProducer = laterOf(lastProducer, member.producer);
  firstConsumer = earlierOf(firstConsumer, member.consumer);
  bytes += member.bytes;
}

/// The exchanges of `trainer` that can go into buckets.
static SmallVector<Member> collectMembers(TrainerOp trainer) {
  llvm::StringMap<int64_t> numbers;
  for (auto variable : trainer.getBody().getOps<VariableOp>())
    if (variable.getRole() == Role::parameter)
      numbers.try_emplace(variable.getSymName(), numbers.size());

  Block &block = trainer.getExchangingBody();
  SmallVector<Member> members;
  for (auto op : block.getOps<AllReduceOp>()) {
    StringRef parameter;
    if (op.getInputs().size() == 1)
      parameter = getServedVariable(op.getResult(0));
    Operation *producer = op.getInputs()[0].getDefiningOp();
    auto number = numbers.find(parameter);
    if (number == numbers.end() || !producer) {
      remark::missed(op.getLoc(),
                     remark::RemarkOpts::name("Alone").category(DEBUG_TYPE))
          << "stays alone: it is not the exchange of one parameter's gradient";
      continue;
    }
    Operation *consumer = nullptr;
    for (Operation *user : op->getUsers())
      consumer = earlierOf(block.findAncestorOpInBlock(*user), consumer);
    auto type = cast<RankedTensorType>(op.getInputs()[0].getType());
    members.push_back(
        {op, number->second, producer, consumer,
         type.getNumElements() * int64_t(type.getElementTypeBitWidth()) / 8});
  }
  return members;
}

/// Splits members, sorted by variable, where the next is not its neighbour or
/// does not go with it.
static SmallVector<SmallVector<Member>>
splitIntoRuns(ArrayRef<Member> members) {
  SmallVector<SmallVector<Member>> runs;
  for (const Member &member : members) {
    if (!runs.empty()) {
      Member &last = runs.back().back();
      AllReduceOp a = last.exchange, b = member.exchange;
      if (member.variable == last.variable + 1 &&
          a.getReduction() == b.getReduction() &&
          getElementTypeOrSelf(a.getInputs()[0]) ==
              getElementTypeOrSelf(b.getInputs()[0])) {
        runs.back().push_back(member);
        continue;
      }
    }
    runs.push_back({member});
  }
  return runs;
}

/// Fills buckets from the end of the run whose gradient is known first.
static void fillBuckets(SmallVector<Member> run, int64_t limit,
                        SmallVectorImpl<Bucket> &buckets) {
  if (!run.front().producer->isBeforeInBlock(run.back().producer))
    std::reverse(run.begin(), run.end());
  Bucket bucket;
  for (const Member &member : run) {
    if (!bucket.hasRoomFor(member, limit)) {
      buckets.push_back(std::move(bucket));
      bucket = {};
    }
    bucket.add(member);
  }
  buckets.push_back(std::move(bucket));
}

/// Replaces the exchanges of a bucket by one, right behind the last gradient.
static void merge(Bucket &bucket) {
  if (bucket.members.size() == 1)
    return;
  llvm::sort(bucket.members, [](const Member &a, const Member &b) {
    return a.variable < b.variable;
  });
  SmallVector<Value> inputs;
  SmallVector<Type> types;
  SmallVector<Location> locs;
  for (Member &member : bucket.members) {
    inputs.push_back(member.exchange.getInputs()[0]);
    types.push_back(inputs.back().getType());
    locs.push_back(member.exchange.getLoc());
  }
  OpBuilder builder(bucket.lastProducer->getContext());
  builder.setInsertionPointAfter(bucket.lastProducer);
  auto merged =
      AllReduceOp::create(builder, builder.getFusedLoc(locs), types,
                          bucket.members[0].exchange.getReduction(), inputs);
  for (auto [member, result] : llvm::zip(bucket.members, merged.getResults())) {
    member.exchange.getResult(0).replaceAllUsesWith(result);
    member.exchange.erase();
  }
}

static void fillAndMerge(TrainerOp trainer, int64_t limit) {
  SmallVector<Member> members = collectMembers(trainer);
  if (members.empty())
    return;
  llvm::sort(members, [](Member a, Member b) {
    return a.variable != b.variable ? a.variable < b.variable
                                    : a.exchange->isBeforeInBlock(b.exchange);
  });
  SmallVector<Bucket> buckets;
  for (SmallVector<Member> &run : splitIntoRuns(members))
    fillBuckets(run, limit, buckets);
  // Two that are complete at once are inserted at one place, each before the
  // one that was inserted earlier: backwards, the first comes to stand first.
  int64_t largest = 0;
  for (Bucket &bucket : llvm::reverse(buckets)) {
    largest = std::max(largest, bucket.bytes);
    merge(bucket);
  }
  remark::passed(trainer.getStep().getLoc(),
                 remark::RemarkOpts::name("Merged").category(DEBUG_TYPE))
      << remark::add("{0} exchanges become {1}, the largest of {2} bytes",
                     members.size(), buckets.size(), largest);
}

void BucketPass::runOnOperation() {
  if (bucketBytes < 0) {
    emitError(getOperation().getLoc())
        << "tacit-bucket: bucket-bytes must not be negative, got "
        << bucketBytes.getValue() << "; 0 leaves each gradient alone";
    return signalPassFailure();
  }
  for (auto trainer : getOperation().getOps<TrainerOp>())
    fillAndMerge(trainer, bucketBytes);
}
