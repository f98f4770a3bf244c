//===- mpi_plugin.h - What of MPI a plug-in offers ----------------*- C -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The few MPI calls that the MPI transport needs, behind a table of functions:
/// MPI has no binary interface of its own, so one source is built once against
/// each implementation, as libtacit_mpi_openmpi.so and libtacit_mpi_mpich.so,
/// and one of them is opened at run time.
///
/// Functions return 0 or an MPI error code, which `describe` turns into text.
/// All are called by the thread that called `initialize`.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_MPI_PLUGIN_H
#define TACIT_RUNTIME_COMM_MPI_PLUGIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Changes whenever the table does.
#define TACIT_MPI_PLUGIN_VERSION 3u

/// `from` of a receive that takes a message of any rank.
#define TACIT_MPI_ANY_RANK (-1)

/// `wanted` of a probe that finds a message of any tag.
#define TACIT_MPI_ANY_TAG (-1)

/// Bytes of a message that does not fit into its receive.
#define TACIT_MPI_TOO_LONG UINT64_MAX

typedef struct tacit_mpi_plugin {
  uint32_t version; ///< TACIT_MPI_PLUGIN_VERSION. Always first.
  uint32_t size;    ///< sizeof(tacit_mpi_plugin) there.

  /// Initializes MPI, unless the process has done so, and makes a communicator
  /// of all ranks for the other functions. Called once.
  int32_t (*initialize)(int32_t *rank, int32_t *ranks);

  /// Equivalent to MPI_Isend and MPI_Irecv. `*request` is not 0 until done.
  int32_t (*send)(const void *data, uint64_t bytes, int32_t to, int32_t tag,
                  uint64_t *request);
  int32_t (*receive)(void *data, uint64_t bytes, int32_t from, int32_t tag,
                     uint64_t *request);

  /// Equivalent to MPI_Test. `*bytes` is what a receive got, or
  /// TACIT_MPI_TOO_LONG, which is no error here.
  int32_t (*test)(uint64_t *request, int32_t *done, uint64_t *bytes);

  /// Equivalent to MPI_Cancel. `test` says when the receive is over: it may
  /// have met its message, which then still arrives.
  int32_t (*cancel)(uint64_t request);

  /// Equivalent to MPI_Iprobe for any rank and tag `wanted`. If `*found`, says
  /// whose message waits for a receive.
  int32_t (*probe)(int32_t wanted, int32_t *found, int32_t *from, int32_t *tag,
                   uint64_t *bytes);

  /// Finalizes MPI if `initialize` initialized it. Waits for all ranks.
  int32_t (*finalize)(void);

  /// Writes what an error code means, cut off at `size` bytes with the 0.
  void (*describe)(int32_t error, char *text, uint64_t size);
} tacit_mpi_plugin;

/// The table of a plug-in, and the name under which it is looked up.
const tacit_mpi_plugin *tacit_mpi_plugin_table(void);
#define TACIT_MPI_PLUGIN_SYMBOL "tacit_mpi_plugin_table"

#ifdef __cplusplus
} // extern "C"
#endif

#endif // TACIT_RUNTIME_COMM_MPI_PLUGIN_H
