//===- late_message.c - A message that comes while a rank computes --------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What makes MPI move a message while a process computes:
/// `late_message BYTES COMPUTE_MS POLL_MS ROUNDS` on two ranks. In each round
/// both post a receive of BYTES and a send to the other, compute for about
/// COMPUTE_MS, and then wait for both. Meanwhile
///
///   none      nobody looks;
///   poll      the computation calls MPI_Test every POLL_MS or so;
///   thread    another thread of the process calls MPI_Test, and sleeps for a
///             tenth of POLL_MS in between.
///
/// That thread has the core when it wakes up, as the kernel mostly decides by
/// itself; in a real-time class its priority is raised for that. `alone`
/// computes and exchanges nothing. All in turn. Rank 0 prints a line
/// of JSON for each and round: seconds from the begin to the end of the
/// computation, to the message's arrival as far as anyone has seen it, and to
/// the end of it all.
///
//===----------------------------------------------------------------------===//

#include <mpi.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { kAlone, kNone, kPoll, kThread, kKinds };
static const char *const kNames[] = {"alone", "none", "poll", "thread"};

// Elements of what is computed with: half of a first-level cache.
enum { kElements = 4096 };
static float numbers[kElements];

/// The unit of work: some microseconds of multiplying and adding.
static void Work(void) {
  for (int i = 0; i < kElements; ++i)
    numbers[i] = numbers[i] * 0.999F + 0.001F;
  __asm__ volatile("" ::"r"(numbers) : "memory");
}

static void WorkFor(long units) {
  while (units-- > 0)
    Work();
}

/// Units in a second, the most of some tries.
static double Pace(void) {
  double most = 0;
  for (int i = 0; i < 20; ++i) {
    const double begin = MPI_Wtime();
    WorkFor(2000);
    const double pace = 2000 / (MPI_Wtime() - begin);
    most = pace > most ? pace : most;
  }
  return most;
}

/// A receive and a send under way.
static MPI_Request requests[2];
static double arrived; ///< Of the receive; below 0 until it is there.

static int Look(void) {
  int received = 1, sent = 1;
  if (requests[0] != MPI_REQUEST_NULL) {
    MPI_Test(&requests[0], &received, MPI_STATUS_IGNORE);
    if (received)
      arrived = MPI_Wtime();
  }
  if (requests[1] != MPI_REQUEST_NULL)
    MPI_Test(&requests[1], &sent, MPI_STATUS_IGNORE);
  return received && sent;
}

/// The progress thread sleeps outside MPI between jobs.
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;
static int job, over;
static double nap;

static void RaisePriority(void) {
  int policy;
  struct sched_param parameters;
  pthread_getschedparam(pthread_self(), &policy, &parameters);
  if (policy == SCHED_FIFO || policy == SCHED_RR) {
    ++parameters.sched_priority;
    pthread_setschedparam(pthread_self(), policy, &parameters);
  }
}

static void *Progress(void *unused) {
  (void)unused;
  RaisePriority();
  pthread_mutex_lock(&mutex);
  while (!over) {
    if (!job) {
      pthread_cond_wait(&change, &mutex);
      continue;
    }
    pthread_mutex_unlock(&mutex);
    while (!Look()) {
      const struct timespec pause = {0, (long)(nap * 1e9)};
      nanosleep(&pause, NULL);
    }
    pthread_mutex_lock(&mutex);
    job = 0;
    pthread_cond_broadcast(&change);
  }
  pthread_mutex_unlock(&mutex);
  return NULL;
}

static void Give(void) {
  pthread_mutex_lock(&mutex);
  job = 1;
  pthread_cond_broadcast(&change);
  pthread_mutex_unlock(&mutex);
}

static void AwaitJob(void) {
  pthread_mutex_lock(&mutex);
  while (job)
    pthread_cond_wait(&change, &mutex);
  pthread_mutex_unlock(&mutex);
}

static void Round(int kind, int peer, char *in, char *out, int bytes,
                  long units, long units_of_poll, int round) {
  MPI_Barrier(MPI_COMM_WORLD);
  const double begin = MPI_Wtime();
  arrived = -1;
  requests[0] = requests[1] = MPI_REQUEST_NULL;
  if (kind != kAlone) {
    MPI_Irecv(in, bytes, MPI_BYTE, peer, 0, MPI_COMM_WORLD, &requests[0]);
    MPI_Isend(out, bytes, MPI_BYTE, peer, 0, MPI_COMM_WORLD, &requests[1]);
  }
  if (kind == kThread)
    Give();
  if (kind == kPoll) {
    for (long done = 0; done < units; done += units_of_poll) {
      WorkFor(units_of_poll);
      Look();
    }
  } else {
    WorkFor(units);
  }
  const double computed = MPI_Wtime();
  if (kind == kThread)
    AwaitJob();
  else if (kind != kAlone)
    while (!Look())
      ;
  const double end = MPI_Wtime();
  if (peer == 1 && round >= 0)
    printf("{\"kind\": \"%s\", \"computed\": %.9f, \"arrived\": %.9f, "
           "\"end\": %.9f}\n",
           kNames[kind], computed - begin,
           kind == kAlone ? computed - begin : arrived - begin, end - begin);
}

int main(int count, char **texts) {
  int provided, rank, ranks;
  MPI_Init_thread(&count, &texts, MPI_THREAD_MULTIPLE, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  const int bytes = count == 5 ? atoi(texts[1]) : 0;
  const double compute = count == 5 ? atof(texts[2]) / 1e3 : 0;
  const double poll = count == 5 ? atof(texts[3]) / 1e3 : 0;
  const int rounds = count == 5 ? atoi(texts[4]) : 0;
  if (bytes < 1 || !(compute > 0) || !(poll > 0) || rounds < 1 || ranks != 2) {
    if (rank == 0)
      fprintf(stderr, "usage: late_message BYTES COMPUTE_MS POLL_MS ROUNDS, on "
                      "two ranks\n");
    MPI_Finalize();
    return 1;
  }
  if (provided < MPI_THREAD_MULTIPLE) {
    if (rank == 0)
      fprintf(stderr, "this MPI has no MPI_THREAD_MULTIPLE\n");
    MPI_Finalize();
    return 1;
  }
  char *in = malloc((size_t)bytes), *out = malloc((size_t)bytes);
  if (!in || !out)
    MPI_Abort(MPI_COMM_WORLD, 1);
  memset(in, 0, (size_t)bytes);
  memset(out, rank, (size_t)bytes);
  nap = poll / 10;
  const double pace = Pace();
  const long units = (long)(compute * pace), of_poll = (long)(poll * pace);
  pthread_t thread;
  if (pthread_create(&thread, NULL, Progress, NULL))
    MPI_Abort(MPI_COMM_WORLD, 1);
  // The first rounds are not told: pages are touched, connections made.
  for (int round = -3; round < rounds; ++round)
    for (int kind = 0; kind < kKinds; ++kind)
      Round(kind, 1 - rank, in, out, bytes, units, of_poll > 0 ? of_poll : 1,
            round);
  pthread_mutex_lock(&mutex);
  over = 1;
  pthread_cond_broadcast(&change);
  pthread_mutex_unlock(&mutex);
  pthread_join(thread, NULL);
  free(in);
  free(out);
  MPI_Finalize();
  return 0;
}
