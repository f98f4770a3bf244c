//===- EdgeList.cpp - Graphs of ranks in files ------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/EdgeList.h"

#include "llvm/Support/LineIterator.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace mlir::tacit;

LogicalResult mlir::tacit::readEdgeList(StringRef path,
                                        SmallVectorImpl<int32_t> &edges,
                                        TextErrorHandler error) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return error("cannot read the edges in '" + path +
                 "': " + buffer.getError().message());
  size_t before = edges.size();
  for (llvm::line_iterator line(**buffer, /*SkipBlanks=*/true, '#');
       !line.is_at_end(); ++line) {
    SmallVector<StringRef> words;
    line->split('#').first.split(words, ' ', -1, /*KeepEmpty=*/false);
    llvm::for_each(words, [](StringRef &word) { word = word.trim(); });
    llvm::erase_if(words, [](StringRef word) { return word.empty(); });
    if (words.empty())
      continue;
    int32_t first = 0, second = 0;
    if (words.size() != 2 || words[0].getAsInteger(10, first) ||
        words[1].getAsInteger(10, second))
      return error(path + ":" + Twine(line.line_number()) +
                   ": needs two ranks, such as '0 1', got '" + line->trim() +
                   "'");
    edges.append({first, second});
  }
  if (edges.size() == before)
    return error("there is no edge in '" + path +
                 "'; write two ranks on a line, such as '0 1'");
  return success();
}
