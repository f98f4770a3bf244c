//===- return_if_error.h - Passing errors on --------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_RETURN_IF_ERROR_H
#define TACIT_RUNTIME_TRAIN_RETURN_IF_ERROR_H

#include "absl/status/status.h"

/// Returns from the calling function if `expression` is an error.
#define TACIT_RETURN_IF_ERROR(expression)                                      \
  if (absl::Status status_ = (expression); !status_.ok())                      \
  return status_

#endif // TACIT_RUNTIME_TRAIN_RETURN_IF_ERROR_H
