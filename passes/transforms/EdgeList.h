//===- EdgeList.h - Graphs of ranks in files --------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_TRANSFORMS_EDGELIST_H
#define TACIT_PASSES_TRANSFORMS_EDGELIST_H

#include "passes/transforms/TermText.h"

#include "llvm/ADT/SmallVector.h"

namespace mlir::tacit {

/// Reads the file `path`: on each line two ranks that an edge joins, such as
/// `0 1`; what follows a `#` is a comment. Appends the ranks, two for each
/// edge, to `edges`. Calls `error` with one line that names the file and the
/// line on a file that cannot be read, that is malformed, or that has no edge.
LogicalResult readEdgeList(StringRef path, SmallVectorImpl<int32_t> &edges,
                           TextErrorHandler error);

} // namespace mlir::tacit

#endif // TACIT_PASSES_TRANSFORMS_EDGELIST_H
