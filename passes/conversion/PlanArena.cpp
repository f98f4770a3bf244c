//===- PlanArena.cpp - Places buffers in one arena --------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// First fit over intervals of the function's top-level operations, the
/// largest first. There is no upstream pass of the kind.
///
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/conversion/Conversion.h"
#include "passes/conversion/DescriptorBuilder.h"
#include "runtime/abi/tacit_abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_PLANARENAPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct PlanArenaPass : public tacit::impl::PlanArenaPassBase<PlanArenaPass> {
  using PlanArenaPassBase::PlanArenaPassBase;
  void runOnOperation() override;
};

/// Bytes that are placed as one: a buffer, or the members of a bucket.
struct Piece {
  SmallVector<memref::AllocOp> members;
  int64_t bytes = 0;
  int64_t first = INT64_MAX; ///< Number of the operation that first uses it.
  int64_t last = -1;
  int64_t offset = -1;
};

/// Plans one function.
class Planner {
public:
  Planner(func::FuncOp function, ProgramOp program)
      : function(function), program(program) {}

  LogicalResult run();
  int64_t arenaBytes() const { return size; }
  int64_t allocatedBytes() const { return allocated; }

private:
  LogicalResult checkAllocations();
  void placeBucketMembers();
  /// Gives operands `first` to `first + count` of `op` one place, end to end.
  /// `done`: where what `op` writes is complete.
  void placeTogether(Operation *op, unsigned first, unsigned count,
                     bool isWritten, Operation *done);
  void formPieces();
  void measureLifetimes();
  void firstFit();
  void rewrite();

  func::FuncOp function;
  ProgramOp program;
  SmallVector<memref::AllocOp> allocations;
  SmallVector<SmallVector<memref::AllocOp>> buckets;
  SmallVector<Piece> pieces;
  DenseSet<Operation *> taken; ///< Members of a bucket.
  int64_t size = 0;
  int64_t allocated = 0;
};
} // namespace

static int64_t alignUp(int64_t bytes) {
  return (bytes + TACIT_ALIGNMENT - 1) / TACIT_ALIGNMENT * TACIT_ALIGNMENT;
}

/// The allocation that is all of `buffer`: seen through views that change
/// neither its first byte nor its extent. Null if there is none.
static memref::AllocOp wholeAllocation(Value buffer) {
  while (auto view = buffer.getDefiningOp<ViewLikeOpInterface>()) {
    if (!isa<memref::CastOp, memref::ExpandShapeOp, memref::CollapseShapeOp>(
            *view))
      return {};
    buffer = view.getViewSource();
  }
  return buffer.getDefiningOp<memref::AllocOp>();
}

LogicalResult Planner::checkAllocations() {
  if (!function.getBody().hasOneBlock())
    return function.emitError()
           << "tacit-plan-arena: '@" << function.getSymName()
           << "' branches; lifetimes need structured control flow (scf.if, "
              "scf.for)";
  WalkResult result = function.walk([&](memref::AllocOp alloc) {
    MemRefType type = alloc.getType();
    if (!type.hasStaticShape() || !type.getLayout().isIdentity()) {
      alloc.emitError() << "tacit-plan-arena: the size of " << type
                        << " is known only at run time; a step needs buffers "
                           "of fixed sizes";
      return WalkResult::interrupt();
    }
    allocations.push_back(alloc);
    allocated += bytesOf(type);
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// Between layouts that may differ, a copy is a loop: memref.copy would call a
/// function of MLIR's own runtime.
static void buildCopy(OpBuilder &builder, Location loc, Value from, Value to) {
  auto isDense = [](Value buffer) {
    return cast<MemRefType>(buffer.getType()).getLayout().isIdentity();
  };
  if (isDense(from) && isDense(to))
    memref::CopyOp::create(builder, loc, from, to);
  else
    linalg::CopyOp::create(builder, loc, from, to);
}

/// Copies `operand` of `exchange` into a buffer of the arena, and what the
/// exchange made of it back after `done`.
static memref::AllocOp copyThroughArena(Operation *exchange, OpOperand &operand,
                                        bool isWritten, Operation *done) {
  OpBuilder builder(exchange);
  auto type = cast<MemRefType>(operand.get().getType());
  auto dense = MemRefType::get(type.getShape(), type.getElementType());
  Value outside = operand.get();
  auto place = memref::AllocOp::create(builder, exchange->getLoc(), dense);
  remark::missed(exchange->getLoc(),
                 remark::RemarkOpts::name("plan-arena").category("tacit"))
      << "operand " << std::to_string(operand.getOperandNumber())
      << " has no place of its own in the arena and is copied there and back";
  buildCopy(builder, exchange->getLoc(), outside, place);
  operand.set(place);
  if (!isWritten)
    return place;
  builder.setInsertionPointAfter(done);
  buildCopy(builder, exchange->getLoc(), place, outside);
  return place;
}

/// True if `operands` are variables that lie end to end already.
static bool lieTogether(func::FuncOp function, ProgramOp program,
                        MutableArrayRef<OpOperand> operands) {
  SmallVector<uint64_t> offsets = stateOffsets(program);
  SmallVector<VariableOp> variables(program.getBody().getOps<VariableOp>());
  std::optional<uint64_t> end;
  for (OpOperand &operand : operands) {
    auto argument = dyn_cast<BlockArgument>(operand.get());
    if (!argument || argument.getOwner() != &function.getBody().front())
      return false;
    auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                      kVariableAttrName);
    if (!name)
      return false;
    for (auto [variable, offset] : llvm::zip_first(variables, offsets)) {
      if (variable.getSymNameAttr() != name)
        continue;
      if (end && *end != offset)
        return false;
      end = offset + static_cast<uint64_t>(
                         bytesOf(cast<MemRefType>(argument.getType())));
    }
  }
  return true;
}

void Planner::placeTogether(Operation *op, unsigned first, unsigned count,
                            bool isWritten, Operation *done) {
  MutableArrayRef<OpOperand> operands = op->getOpOperands().slice(first, count);
  if (count == 0 || lieTogether(function, program, operands))
    return;
  if (count == 1 &&
      cast<MemRefType>(operands[0].get().getType()).getLayout().isIdentity())
    return; // Wherever it lies, it lies in one piece.
  SmallVector<memref::AllocOp> bucket;
  for (OpOperand &operand : operands) {
    memref::AllocOp whole = wholeAllocation(operand.get());
    if (!whole || !taken.insert(whole).second) {
      whole = copyThroughArena(op, operand, isWritten, done);
      taken.insert(whole);
      allocations.push_back(whole);
      allocated += bytesOf(whole.getType());
    }
    bucket.push_back(whole);
  }
  buckets.push_back(bucket);
}

/// True if `op` writes to the buffer `operand`.
static bool isWrittenBy(Operation *op, OpOperand &operand) {
  SmallVector<MemoryEffects::EffectInstance> effects;
  cast<MemoryEffectOpInterface>(op).getEffects(effects);
  return llvm::any_of(effects, [&](MemoryEffects::EffectInstance &effect) {
    return isa<MemoryEffects::Write>(effect.getEffect()) &&
           effect.getValue() == operand.get();
  });
}

/// Gathers the allocations of each bucket, in order.
void Planner::placeBucketMembers() {
  SmallVector<Operation *> exchanges, contiguous;
  function.walk([&](Operation *op) {
    if (isa<ExchangeOpInterface>(op))
      exchanges.push_back(op);
    else if (isa<ContiguousOpInterface>(op))
      contiguous.push_back(op);
  });
  for (Operation *op : contiguous)
    for (const MutableOperandRange &range :
         cast<ContiguousOpInterface>(op).getContiguousOperands())
      if (!range.empty())
        placeTogether(op, range[0].getOperandNumber(), range.size(),
                      isWrittenBy(op, range[0]), op);
  for (Operation *op : exchanges) {
    auto start = dyn_cast<StartOp>(op);
    Operation *done = op;
    if (start)
      for (Operation *user : start.getToken().getUsers())
        done = user;
    // Inputs are one message; an all_gather writes elsewhere.
    bool isGather = cast<ExchangeOpInterface>(op).getExchangeKind() ==
                    ExchangeKind::all_gather;
    placeTogether(op, 0, cast<ExchangeOpInterface>(op).getExchanged().size(),
                  !isGather, done);
  }
}

void Planner::formPieces() {
  DenseSet<Operation *> inBucket;
  for (ArrayRef<memref::AllocOp> bucket : buckets) {
    Piece piece;
    for (memref::AllocOp member : bucket) {
      piece.members.push_back(member);
      piece.bytes += bytesOf(member.getType());
      inBucket.insert(member);
    }
    pieces.push_back(piece);
  }
  for (memref::AllocOp alloc : allocations) {
    if (inBucket.contains(alloc))
      continue;
    Piece piece;
    piece.members.push_back(alloc);
    piece.bytes = bytesOf(alloc.getType());
    pieces.push_back(piece);
  }
}

void Planner::measureLifetimes() {
  // Operations inside a loop live as long as the loop does.
  DenseMap<Operation *, int64_t> number;
  for (Operation &op : function.getBody().front())
    number[&op] = number.size();
  Block *top = &function.getBody().front();
  auto numberOf = [&](Operation *op) {
    return number[top->findAncestorOpInBlock(*op)];
  };
  BufferViewFlowAnalysis flow(function);
  for (Piece &piece : pieces) {
    auto extend = [&](Operation *op) {
      piece.first = std::min(piece.first, numberOf(op));
      piece.last = std::max(piece.last, numberOf(op));
    };
    for (memref::AllocOp member : piece.members)
      for (Value alias : flow.resolve(member.getResult()))
        for (Operation *user : alias.getUsers()) {
          extend(user);
          if (auto start = dyn_cast<StartOp>(user))
            for (Operation *await : start.getToken().getUsers())
              extend(await);
        }
    // A buffer that nothing uses still gets a place.
    if (piece.last < 0)
      extend(piece.members[0]);
  }
}

void Planner::firstFit() {
  SmallVector<Piece *> order;
  for (Piece &piece : pieces)
    order.push_back(&piece);
  llvm::sort(order, [](Piece *x, Piece *y) {
    return x->bytes != y->bytes ? x->bytes > y->bytes : x < y;
  });
  SmallVector<Piece *> placed; // By offset.
  for (Piece *piece : order) {
    int64_t offset = 0;
    for (Piece *other : placed) {
      bool meet = piece->first <= other->last && other->first <= piece->last;
      if (!meet)
        continue;
      if (offset + piece->bytes <= other->offset)
        break;
      offset = std::max(offset, alignUp(other->offset + other->bytes));
    }
    piece->offset = offset;
    size = std::max(size, alignUp(offset + piece->bytes));
    placed.insert(llvm::upper_bound(
                      placed, piece,
                      [](Piece *x, Piece *y) { return x->offset < y->offset; }),
                  piece);
  }
}

void Planner::rewrite() {
  OpBuilder builder(function.getContext());
  Location loc = function.getLoc();
  unsigned index = function.getNumArguments();
  auto arenaType = MemRefType::get({size}, builder.getI8Type());
  (void)function.insertArgument(index, arenaType,
                                builder.getDictionaryAttr(builder.getNamedAttr(
                                    kArenaAttrName, builder.getUnitAttr())),
                                loc);
  Value arena = function.getArgument(index);
  builder.setInsertionPointToStart(&function.getBody().front());
  for (Piece &piece : pieces) {
    int64_t offset = piece.offset;
    for (memref::AllocOp member : piece.members) {
      Value shift = arith::ConstantIndexOp::create(builder, loc, offset);
      Value view =
          memref::ViewOp::create(builder, member.getLoc(), member.getType(),
                                 arena, shift, ValueRange());
      offset += bytesOf(member.getType());
      member.replaceAllUsesWith(view);
    }
  }
  for (memref::AllocOp alloc : allocations)
    alloc.erase();
}

LogicalResult Planner::run() {
  SmallVector<memref::DeallocOp> deallocations;
  function.walk([&](memref::DeallocOp op) { deallocations.push_back(op); });
  for (memref::DeallocOp op : deallocations)
    op.erase();
  if (failed(checkAllocations()))
    return failure();
  placeBucketMembers();
  formPieces();
  measureLifetimes();
  firstFit();
  rewrite();
  return success();
}

void PlanArenaPass::runOnOperation() {
  for (auto program : getOperation().getOps<ProgramOp>())
    for (func::FuncOp function : bodiesOf(program)) {
      Planner planner(function, program);
      if (failed(planner.run()))
        return signalPassFailure();
      bytesPlanned += planner.arenaBytes();
      bytesAllocated += planner.allocatedBytes();
    }
}
