//===- ping_pong.c - Plain MPI messages to and fro ----------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What MPI itself moves: `ping_pong BYTES SECONDS [PAIRS]` on an even number
/// of ranks. Ranks 2 i and 2 i + 1, i < PAIRS, send a message of BYTES to each
/// other in turn, with MPI_Send and MPI_Recv, for SECONDS; without PAIRS, all
/// of them at once. Rank 0 prints a line of JSON: messages and bytes per
/// second, of all pairs together.
///
//===----------------------------------------------------------------------===//

#include <mpi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int count, char **texts) {
  MPI_Init(&count, &texts);
  int rank, ranks;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  const long bytes = count > 2 ? atol(texts[1]) : 0;
  const double seconds = count > 2 ? atof(texts[2]) : 0;
  const int pairs = count > 3 ? atoi(texts[3]) : ranks / 2;
  if (bytes < 1 || bytes > 1L << 30 || !(seconds > 0) || pairs < 1 ||
      2 * pairs > ranks) {
    if (rank == 0)
      fprintf(stderr, "usage: ping_pong BYTES SECONDS [PAIRS], on at least two "
                      "ranks for each pair\n");
    MPI_Finalize();
    return 1;
  }
  char *buffer = malloc((size_t)bytes);
  if (!buffer)
    MPI_Abort(MPI_COMM_WORLD, 1);
  memset(buffer, rank, (size_t)bytes);

  double messages = 0, begin = 0, end = 0;
  const int plays = rank < 2 * pairs, peer = rank ^ 1;
  // The first are not timed: pages are touched, connections made. The even
  // rank says when it is over, in the first byte.
  for (int i = -4; plays; ++i) {
    if (i == 0)
      begin = MPI_Wtime();
    if (rank % 2 == 0) {
      end = MPI_Wtime();
      buffer[0] = i > 2 && end - begin >= seconds;
      MPI_Send(buffer, (int)bytes, MPI_BYTE, peer, 0, MPI_COMM_WORLD);
      if (buffer[0])
        break;
      MPI_Recv(buffer, (int)bytes, MPI_BYTE, peer, 0, MPI_COMM_WORLD,
               MPI_STATUS_IGNORE);
      if (i >= 0)
        messages += 2;
    } else {
      MPI_Recv(buffer, (int)bytes, MPI_BYTE, peer, 0, MPI_COMM_WORLD,
               MPI_STATUS_IGNORE);
      if (buffer[0])
        break;
      MPI_Send(buffer, (int)bytes, MPI_BYTE, peer, 0, MPI_COMM_WORLD);
    }
  }
  double rate = plays && rank % 2 == 0 ? messages / (end - begin) : 0, all = 0;
  MPI_Reduce(&rate, &all, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
  if (rank == 0)
    printf("{\"pairs\": %d, \"bytes\": %ld, \"messages_per_second\": %.6g, "
           "\"bytes_per_second\": %.6g}\n",
           pairs, bytes, all, all * (double)bytes);
  free(buffer);
  MPI_Finalize();
  return 0;
}
