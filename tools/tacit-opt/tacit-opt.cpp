//===- tacit-opt.cpp - Runs passes over training graphs -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// mlir-opt with the tacit dialect and its passes: reads a file, runs the
/// passes and pipelines of the command line, in their order, writes the result.
/// All dialects and passes of MLIR are there too.
///
//===----------------------------------------------------------------------===//

#include "dialect/Tacit.h"
#include "passes/Passes.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::tacit::registerTacit(registry);
  mlir::registerAllPasses();
  mlir::tacit::registerTacitPassesAndPipelines();
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv,
      "Tacit: runs passes over training graphs, in the order in which they are "
      "named.\nFor instance: tacit-opt model.mlir --tacit-bind-ranks=ranks=4 "
      "--tacit-inline\n",
      registry));
}
