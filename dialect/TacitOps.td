//===- TacitOps.td - All operations -*- tablegen -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_OPS_TD
#define TACIT_OPS_TD

include "dialect/ProgramOps.td"
include "dialect/GradientOps.td"
include "dialect/OptimizerOps.td"
include "dialect/ExchangeOps.td"
include "dialect/CompressionOps.td"
include "dialect/LocalUpdateOps.td"
include "dialect/AsynchronousOps.td"
include "dialect/CompiledOps.td"

#endif // TACIT_OPS_TD
