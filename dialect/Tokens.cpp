//===- Tokens.cpp - Verifies that tokens are linear -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A token is linear: on every path from its `tacit.start` one `tacit.await`
/// takes it. Control flow may hand it on, to a block argument or to a result,
/// which is then a token in its place. So each value that is, or stands for,
/// the token is checked by itself: in the region of its definition every path
/// uses it exactly once, by awaiting it or by handing it on.
///
/// What the start holds goes wherever the token goes, and nothing but the await
/// uses it.
///
/// The check needs operations behind the start, hence runs when symbol uses are
/// verified: by then all of them have been verified by themselves.
///
//===----------------------------------------------------------------------===//

#include "dialect/Tacit.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::tacit;

//===----------------------------------------------------------------------===//
// Handing values on
//===----------------------------------------------------------------------===//

namespace {
/// One way from an operation on: values that it hands over, and what they are
/// called there.
struct Edge {
  SmallVector<Value> operands;
  SmallVector<Value> inputs;

  void add(OperandRange from, ValueRange to) {
    for (auto [operand, input] : llvm::zip(from, to)) {
      operands.push_back(operand);
      inputs.push_back(input);
    }
  }

  /// What `value` is called behind the edge, which is its own name if it is not
  /// handed over.
  Value follow(Value value) const {
    const auto *found = llvm::find(operands, value);
    return found == operands.end() ? value : inputs[found - operands.begin()];
  }
};
} // namespace

/// The ways by which `op` hands operands on; none if it is no control flow.
static SmallVector<Edge> getEdges(Operation *op) {
  SmallVector<Edge> edges;
  SmallVector<RegionSuccessor> successors;
  if (auto branch = dyn_cast<RegionBranchOpInterface>(op)) {
    branch.getSuccessorRegions(RegionBranchPoint::parent(), successors);
    for (RegionSuccessor successor : successors)
      edges.emplace_back().add(branch.getEntrySuccessorOperands(successor),
                               successor.getSuccessorInputs());
  } else if (auto terminator = dyn_cast<RegionBranchTerminatorOpInterface>(op);
             terminator && isa<RegionBranchOpInterface>(op->getParentOp())) {
    SmallVector<Attribute> constants(op->getNumOperands());
    terminator.getSuccessorRegions(constants, successors);
    for (RegionSuccessor successor : successors)
      edges.emplace_back().add(terminator.getSuccessorOperands(successor),
                               successor.getSuccessorInputs());
  } else if (auto branch = dyn_cast<BranchOpInterface>(op)) {
    for (auto [index, block] : llvm::enumerate(op->getSuccessors())) {
      SuccessorOperands operands = branch.getSuccessorOperands(index);
      edges.emplace_back().add(
          operands.getForwardedOperands(),
          block->getArguments().drop_front(operands.getProducedOperandCount()));
    }
  }
  return edges;
}

/// True if `op` is an end that a conversion under way has put to a value.
static bool isCast(Operation *op) {
  return isa<UnrealizedConversionCastOp>(op);
}

/// The name of a region in messages.
static std::string describeRegion(Region &region) {
  unsigned number = region.getRegionNumber();
  if (isa<scf::IfOp>(region.getParentOp()))
    return number == 0 ? "the 'then' region" : "the 'else' region";
  return "region #" + std::to_string(number);
}

//===----------------------------------------------------------------------===//
// One value on every path
//===----------------------------------------------------------------------===//

namespace {
/// Follows one value along every path through the region of its definition.
class PathWalk {
public:
  PathWalk(StartOp start, Value value) : start(start), value(value) {
    // Only operations around a use matter.
    for (Operation *user : value.getUsers())
      for (Operation *op = user; op; op = op->getParentOp()) {
        around.insert(op);
        if (op->getParentRegion() == value.getParentRegion())
          break;
      }
  }

  LogicalResult run();

private:
  /// What has become of the value up to some point: null while it is in flight,
  /// then the operation that took it.
  using Taker = Operation *;

  FailureOr<Taker> walkBlockBody(Block &block, Block::iterator from, Taker);
  FailureOr<Taker> walkOperation(Operation *op, Taker taker);
  FailureOr<Taker> walkRegion(Region &region, Block &entry,
                              Block::iterator from, Taker);
  FailureOr<Taker> walkRegionsOf(Operation *op, Taker taker);
  LogicalResult walkSuccessors(Operation *terminator, Taker taker,
                               llvm::MapVector<Block *, Taker> &entries);

  InFlightDiagnostic emitError() {
    InFlightDiagnostic diagnostic =
        start.emitOpError()
        << "needs its token awaited exactly once on every path, but ";
    return diagnostic;
  }
  LogicalResult emitNever();
  LogicalResult emitTwice(Operation *first, Operation *second);
  LogicalResult emitLoop(Operation *loop, Operation *taker);
  /// Some paths take the value; those by `missing`, at `where`, do not.
  LogicalResult emitSome(Operation *taker, Location where,
                         const Twine &missing);
  void noteTaker(InFlightDiagnostic &diagnostic, Operation *taker,
                 StringRef when);

  StartOp start;
  Value value;
  DenseSet<Operation *> around;
};
} // namespace

void PathWalk::noteTaker(InFlightDiagnostic &diagnostic, Operation *taker,
                         StringRef when) {
  diagnostic.attachNote(taker->getLoc())
      << (isa<AwaitOp>(taker) ? "awaited" : "handed on") << " here" << when;
}

LogicalResult PathWalk::emitNever() {
  InFlightDiagnostic diagnostic = emitError() << "nothing awaits it";
  if (value != start.getToken())
    diagnostic.attachNote(value.getLoc()) << "it is handed on to here";
  return diagnostic;
}

LogicalResult PathWalk::emitTwice(Operation *first, Operation *second) {
  InFlightDiagnostic diagnostic = emitError() << "it is awaited again";
  noteTaker(diagnostic, first, " first");
  noteTaker(diagnostic, second, " again");
  return diagnostic;
}

LogicalResult PathWalk::emitLoop(Operation *loop, Operation *taker) {
  InFlightDiagnostic diagnostic = emitError()
                                  << "a loop awaits it that does not start it";
  noteTaker(diagnostic, taker, "");
  diagnostic.attachNote(loop->getLoc())
      << "this '" << loop->getName()
      << "' runs its body any number of times; start in it too, or hand the "
         "token from one iteration to the next";
  return diagnostic;
}

LogicalResult PathWalk::emitSome(Operation *taker, Location where,
                                 const Twine &missing) {
  InFlightDiagnostic diagnostic = emitError()
                                  << "on some paths nothing awaits it";
  noteTaker(diagnostic, taker, "");
  diagnostic.attachNote(where) << "but not " << missing;
  return diagnostic;
}

FailureOr<PathWalk::Taker> PathWalk::walkRegionsOf(Operation *op, Taker taker) {
  auto touches = [&](Region &region) {
    return llvm::any_of(region.getOps(), [&](Operation &inner) {
      return around.contains(&inner);
    });
  };
  if (llvm::none_of(op->getRegions(), touches))
    return taker;
  auto branch = dyn_cast<RegionBranchOpInterface>(op);
  // What a loop does once or never is done any number of times.
  bool loops = !branch || branch.hasLoop() || isa<LoopLikeOpInterface>(op);
  Taker nested = nullptr;
  // Ends of paths through the operation: a region left, or none entered.
  SmallVector<std::pair<Region *, Taker>> exits;
  llvm::MapVector<Region *, Taker> entries;
  SmallVector<RegionSuccessor> successors;
  if (branch)
    branch.getSuccessorRegions(RegionBranchPoint::parent(), successors);
  else
    for (Region &region : op->getRegions())
      successors.emplace_back(&region);
  for (RegionSuccessor successor : successors)
    if (successor.isParent())
      exits.emplace_back(nullptr, taker);
    else
      entries.insert({successor.getSuccessor(), taker});
  auto where = [&](Region *region) {
    std::string by = region               ? "by " + describeRegion(*region)
                     : isa<scf::IfOp>(op) ? "by the 'else' region"
                                          : "where no region is run";
    return by + " of this '" + op->getName().getStringRef().str() + "'";
  };
  for (size_t next = 0; next < entries.size(); ++next) {
    auto [region, before] = entries.begin()[next];
    if (region->empty())
      continue;
    FailureOr<Taker> after =
        walkRegion(*region, region->front(), region->front().begin(), before);
    if (failed(after))
      return failure();
    if (*after != before && !nested)
      nested = *after;
    if (loops && nested)
      return emitLoop(op, nested);
    if (!branch)
      continue;
    successors.clear();
    branch.getSuccessorRegions(*region, successors);
    for (RegionSuccessor successor : successors)
      if (successor.isParent()) {
        exits.emplace_back(region, *after);
      } else if (auto [entry, inserted] =
                     entries.insert({successor.getSuccessor(), *after});
                 !inserted && !entry->second != !*after) {
        return emitSome(nested, op->getLoc(),
                        "on every path to " + describeRegion(*entry->first) +
                            " of this '" + op->getName().getStringRef() + "'");
      }
  }
  if (!nested)
    return taker;
  for (auto [region, after] : exits)
    if (after == taker)
      return emitSome(nested, op->getLoc(), where(region));
  return nested;
}

FailureOr<PathWalk::Taker> PathWalk::walkOperation(Operation *op, Taker taker) {
  if (!around.contains(op))
    return taker;
  for (Value operand : op->getOperands()) {
    if (operand != value)
      continue;
    if (taker)
      return emitTwice(taker, op);
    taker = op;
  }
  return walkRegionsOf(op, taker);
}

LogicalResult
PathWalk::walkSuccessors(Operation *terminator, Taker taker,
                         llvm::MapVector<Block *, Taker> &entries) {
  SmallVector<Edge> edges = getEdges(terminator);
  edges.resize(terminator->getNumSuccessors());
  for (auto [index, block] : llvm::enumerate(terminator->getSuccessors())) {
    Taker after = taker;
    ArrayRef<Value> operands = edges[index].operands;
    for (size_t uses = llvm::count(operands, value); uses > 0; --uses) {
      if (after)
        return emitTwice(after, terminator);
      after = terminator;
    }
    if (block == value.getParentBlock()) {
      // The definition comes anew; the old value must be gone by then.
      if (!after)
        return emitNever();
      continue;
    }
    auto [entry, inserted] = entries.insert({block, after});
    if (!inserted && !entry->second != !after)
      return emitSome(after ? after : entry->second, block->front().getLoc(),
                      "on every path to this block");
  }
  return success();
}

FailureOr<PathWalk::Taker> PathWalk::walkRegion(Region &region, Block &entry,
                                                Block::iterator from,
                                                Taker taker) {
  llvm::MapVector<Block *, Taker> entries;
  std::optional<Taker> exit;
  Taker latest = taker;
  entries.insert({&entry, taker});
  for (size_t next = 0; next < entries.size(); ++next) {
    auto [block, before] = entries.begin()[next];
    Block::iterator begin = block == &entry ? from : block->begin();
    Taker after = before;
    for (Operation &op : llvm::make_range(begin, block->end())) {
      if (op.getNumSuccessors() > 0)
        break;
      FailureOr<Taker> result = walkOperation(&op, after);
      if (failed(result))
        return failure();
      after = latest = *result;
    }
    Operation *last = block->empty() ? nullptr : &block->back();
    if (last && last->getNumSuccessors() > 0) {
      if (failed(walkSuccessors(last, after, entries)))
        return failure();
      continue;
    }
    if (exit && !*exit != !after)
      return emitSome(after ? after : *exit,
                      last ? last->getLoc() : region.getLoc(),
                      "on every path to the end of the region");
    exit = after;
  }
  // Without an end, as in an endless loop, what came last stands for it.
  return exit.value_or(latest);
}

LogicalResult PathWalk::run() {
  Region &region = *value.getParentRegion();
  Block &block = *value.getParentBlock();
  Block::iterator from = block.begin();
  if (Operation *definition = value.getDefiningOp())
    from = std::next(definition->getIterator());
  if (value.use_empty())
    return emitNever();
  FailureOr<Taker> taker = walkRegion(region, block, from, nullptr);
  if (failed(taker))
    return failure();
  return *taker ? LogicalResult(success()) : emitNever();
}

//===----------------------------------------------------------------------===//
// One start
//===----------------------------------------------------------------------===//

namespace {
/// A token and what is held with it, as they are called at some point.
struct InFlight {
  Value token;
  SmallVector<Value> held;

  InFlight follow(const Edge &edge) const {
    InFlight result{edge.follow(token), {}};
    for (Value value : held)
      result.held.push_back(edge.follow(value));
    return result;
  }
  bool operator==(const InFlight &other) const {
    return token == other.token && held == other.held;
  }
};

/// Follows what a start returns to the awaits.
class StartWalk {
public:
  explicit StartWalk(StartOp start) : start(start) {}
  LogicalResult run();

private:
  LogicalResult visit(const InFlight &here);
  LogicalResult visitTokenUse(const InFlight &here, Operation *user);
  LogicalResult visitHeldUse(const InFlight &here, Operation *user);
  LogicalResult emitHeldMismatch(const InFlight &here, AwaitOp await);

  StartOp start;
  SmallVector<InFlight> seen;
  DenseSet<Value> walked;
};
} // namespace

LogicalResult StartWalk::emitHeldMismatch(const InFlight &here, AwaitOp await) {
  InFlightDiagnostic diagnostic = await.emitOpError();
  size_t wanted = here.held.size();
  size_t got = await.getHeld().size();
  if (wanted != got) {
    diagnostic << "takes " << got
               << " held tensors, but the start of its token "
               << "holds " << wanted;
  } else {
    for (auto [index, value] : llvm::enumerate(await.getHeld()))
      if (value != here.held[index]) {
        diagnostic << "held tensor #" << index
                   << " is not what the start of its token holds there";
        break;
      }
  }
  diagnostic.attachNote(start.getLoc()) << "started here";
  return diagnostic;
}

LogicalResult StartWalk::visitTokenUse(const InFlight &here, Operation *user) {
  if (auto await = dyn_cast<AwaitOp>(user)) {
    if (ValueRange(here.held) == ValueRange(await.getHeld()))
      return success();
    return emitHeldMismatch(here, await);
  }
  if (isCast(user))
    return success();
  bool handsOn = false;
  for (const Edge &edge : getEdges(user)) {
    if (!llvm::is_contained(edge.operands, here.token))
      continue;
    handsOn = true;
    InFlight behind = here.follow(edge);
    if (!llvm::is_contained(seen, behind))
      seen.push_back(behind);
  }
  if (handsOn)
    return success();
  InFlightDiagnostic diagnostic =
      start.emitOpError() << "must have its token awaited where it is started, "
                             "but '"
                          << user->getName() << "' takes it elsewhere";
  diagnostic.attachNote(user->getLoc()) << "here";
  return diagnostic;
}

LogicalResult StartWalk::visitHeldUse(const InFlight &here, Operation *user) {
  if (isa<AwaitOp>(user) || isCast(user))
    return success();
  for (const Edge &edge : getEdges(user))
    if (llvm::any_of(edge.operands, [&](Value operand) {
          return llvm::is_contained(here.held, operand);
        }))
      return success();
  InFlightDiagnostic diagnostic =
      start.emitOpError() << "holds a tensor that only the await of its token "
                             "may use, but '"
                          << user->getName() << "' does";
  diagnostic.attachNote(user->getLoc())
      << "here; use the result of the await instead";
  return diagnostic;
}

LogicalResult StartWalk::visit(const InFlight &here) {
  for (Value held : here.held)
    for (Operation *user : held.getUsers())
      if (failed(visitHeldUse(here, user)))
        return failure();
  for (Operation *user : here.token.getUsers())
    if (failed(visitTokenUse(here, user)))
      return failure();
  if (!walked.insert(here.token).second)
    return success();
  return PathWalk(start, here.token).run();
}

LogicalResult StartWalk::run() {
  seen.push_back({start.getToken(), SmallVector<Value>(start.getHeld())});
  // Visits append to what is seen.
  for (size_t next = 0; next < seen.size(); ++next)
    if (failed(visit(InFlight(seen[next]))))
      return failure();
  return success();
}

LogicalResult StartOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  return StartWalk(*this).run();
}
