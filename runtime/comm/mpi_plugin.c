//===- mpi_plugin.c - What of MPI a plug-in offers ------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/mpi_plugin.h"

#include <mpi.h>
#include <string.h>

_Static_assert(sizeof(MPI_Request) <= sizeof(uint64_t),
               "a request does not fit into the table's");

/// Traffic of its own, whatever else the process does with MPI.
static MPI_Comm communicator = MPI_COMM_NULL;
static int initialized_here = 0;

/// A request of MPI as the table's number; that of none is 0.
static uint64_t Pack(MPI_Request request) {
  uint64_t packed = 0;
  if (request == MPI_REQUEST_NULL)
    return 0;
  memcpy(&packed, &request, sizeof(request));
  // MPICH's requests are 32-bit numbers, any of which may occur.
  return sizeof(request) < sizeof(packed) ? packed | (uint64_t)1 << 63 : packed;
}

static MPI_Request Unpack(uint64_t packed) {
  MPI_Request request = MPI_REQUEST_NULL;
  if (packed)
    memcpy(&request, &packed, sizeof(request));
  return request;
}

static int32_t Initialize(int32_t *rank, int32_t *ranks) {
  int done = 0, provided = 0, value = 0;
  int error = MPI_Initialized(&done);
  if (!error && !done) {
    error = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    initialized_here = error == MPI_SUCCESS;
    // MPICH asks these, not the communicator's, when MPI_Test fails.
    if (!error)
      error = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    if (!error)
      error = MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);
  }
  if (!error)
    error = MPI_Comm_dup(MPI_COMM_WORLD, &communicator);
  if (!error)
    error = MPI_Comm_set_errhandler(communicator, MPI_ERRORS_RETURN);
  if (!error)
    error = MPI_Comm_rank(communicator, &value);
  *rank = value;
  if (!error)
    error = MPI_Comm_size(communicator, &value);
  *ranks = value;
  return error;
}

static int32_t Send(const void *data, uint64_t bytes, int32_t to, int32_t tag,
                    uint64_t *request) {
  MPI_Request posted = MPI_REQUEST_NULL;
  const int error =
      MPI_Isend(data, (int)bytes, MPI_BYTE, to, tag, communicator, &posted);
  *request = Pack(posted);
  return error;
}

static int32_t Receive(void *data, uint64_t bytes, int32_t from, int32_t tag,
                       uint64_t *request) {
  MPI_Request posted = MPI_REQUEST_NULL;
  const int source = from == TACIT_MPI_ANY_RANK ? MPI_ANY_SOURCE : from;
  const int error =
      MPI_Irecv(data, (int)bytes, MPI_BYTE, source, tag, communicator, &posted);
  *request = Pack(posted);
  return error;
}

static int32_t Test(uint64_t *request, int32_t *done, uint64_t *bytes) {
  MPI_Request tested = Unpack(*request);
  MPI_Status status;
  int flag = 0, count = 0, kind = 0;
  int error = MPI_Test(&tested, &flag, &status);
  *request = Pack(tested);
  *done = flag;
  *bytes = 0;
  if (error && !MPI_Error_class(error, &kind) && kind == MPI_ERR_TRUNCATE) {
    *request = 0;
    *done = 1;
    *bytes = TACIT_MPI_TOO_LONG;
    return 0;
  }
  if (!error && flag) {
    error = MPI_Get_count(&status, MPI_BYTE, &count);
    *bytes = (uint64_t)(count == MPI_UNDEFINED ? 0 : count);
  }
  return error;
}

static int32_t Cancel(uint64_t request) {
  MPI_Request cancelled = Unpack(request);
  return cancelled == MPI_REQUEST_NULL ? MPI_SUCCESS : MPI_Cancel(&cancelled);
}

static int32_t Probe(int32_t wanted, int32_t *found, int32_t *from,
                     int32_t *tag, uint64_t *bytes) {
  MPI_Status status;
  int flag = 0, count = 0;
  int error = MPI_Iprobe(MPI_ANY_SOURCE,
                         wanted == TACIT_MPI_ANY_TAG ? MPI_ANY_TAG : wanted,
                         communicator, &flag, &status);
  *found = flag;
  if (!error && flag) {
    error = MPI_Get_count(&status, MPI_BYTE, &count);
    *from = status.MPI_SOURCE;
    *tag = status.MPI_TAG;
    *bytes = (uint64_t)count;
  }
  return error;
}

static int32_t Finalize(void) {
  int error = MPI_Comm_free(&communicator);
  if (!error && initialized_here)
    error = MPI_Finalize();
  return error;
}

static void Describe(int32_t error, char *text, uint64_t size) {
  char whole[MPI_MAX_ERROR_STRING + 1] = "";
  int length = 0, kind = error;
  // Of the code itself, MPICH prints a stack of several lines.
  MPI_Error_class(error, &kind);
  MPI_Error_string(kind, whole, &length);
  if (size == 0)
    return;
  strncpy(text, whole, size - 1);
  text[size - 1] = 0;
}

const tacit_mpi_plugin *tacit_mpi_plugin_table(void) {
  static const tacit_mpi_plugin table = {
      TACIT_MPI_PLUGIN_VERSION,
      sizeof(tacit_mpi_plugin),
      Initialize,
      Send,
      Receive,
      Test,
      Cancel,
      Probe,
      Finalize,
      Describe,
  };
  return &table;
}
