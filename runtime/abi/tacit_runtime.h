//===- tacit_runtime.h - Training inside another program -------*- C -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a program calls that trains a compiled model itself: see
/// docs/embedding.md. Models come from tacit-compile, whose headers wrap this
/// one with the model's types.
///
/// A program brings its own loop and its own data:
///
///     tacit_world *world;                     // this process's rank
///     tacit_trainer *trainer;                 // of one program
///     tacit_world_create(NULL, &world);
///     tacit_trainer_create(world, &mlp_program, NULL, &trainer);
///     for (...)
///       mlp_step(trainer, x, y, &loss);       // exchanges as its strategy
///       says
///     tacit_trainer_finish(trainer);
///     tacit_trainer_save(trainer, "mlp.safetensors");
///     tacit_trainer_destroy(trainer);
///     tacit_world_destroy(world);
///
/// **Errors.** A function that can fail returns a tacit_status; the text of the
/// last one that this thread got, other than TACIT_OK, is tacit_last_error().
/// Nothing throws, and nothing ends the process. Once an exchange has failed,
/// or a step, every rank hears of it, and every later call that needs the
/// others returns that error. Misuse that is seen before anything was done (a
/// null pointer, say) changes nothing.
///
/// **Ranks.** Functions marked as collective are called by every rank, in the
/// same order. Under `dasgd` and `elastic`, ranks make steps of their own, and
/// only tacit_trainer_create, _finish and _save are collective.
///
/// **Threads.** A world, and what belongs to it, is used by one thread.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_H
#define TACIT_RUNTIME_H

#include "tacit_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/// TACIT_ABI_VERSION of the library that is in use, which may be another than
/// that of the headers a program was compiled with.
uint32_t tacit_runtime_abi_version(void);

/// Its release, as "0.1.0".
const char *tacit_runtime_version(void);

/// Until this thread's next error.
const char *tacit_last_error(void);

//===----------------------------------------------------------------------===//
// Worlds
//===----------------------------------------------------------------------===//

/// The ranks that train together, of which this process is one. Equivalent to
/// MPI_Comm.
typedef struct tacit_world tacit_world;

/// Begin with TACIT_WORLD_OPTIONS, and change what is to be otherwise.
typedef struct tacit_world_options {
  uint32_t size;   ///< sizeof(tacit_world_options).
  int32_t alone;   ///< 1: one rank, whatever the launcher says.
  int32_t threads; ///< Of the process's one pool, this thread included.
  int32_t reserved;
  /// Seconds that an exchange may make no progress before it is given up.
  double timeout;
  const char *mpi; ///< "openmpi" or "mpich"; null: by the launcher.
  /// The folder of libtacit_mpi_*.so; null: where they are installed.
  const char *mpi_folder;
} tacit_world_options;

#define TACIT_WORLD_OPTIONS {sizeof(tacit_world_options), 0, 1, 0, 300.0, 0, 0}

/// Joins the job of the launcher that started this process (mpirun, srun);
/// without one, it is a rank alone. `options` may be null. A program that has
/// initialized MPI before may go on using it, with communicators of its own;
/// MPI is finalized here only if it was initialized here. Collective.
tacit_status tacit_world_create(const tacit_world_options *options,
                                tacit_world **world);

int32_t tacit_world_rank(const tacit_world *world);  ///< From 0.
int32_t tacit_world_ranks(const tacit_world *world); ///< How many there are.

/// Payload bytes that this rank has handed to its transport so far.
uint64_t tacit_world_bytes_sent(const tacit_world *world);

/// Sets *value to the largest of all ranks': to agree on whatever one of them
/// alone knows, such as that data has run out, before any of them acts on it.
/// Collective; not under `dasgd` and `elastic`, between create and finish.
tacit_status tacit_world_max(tacit_world *world, double *value);

/// Tells the other ranks that this one gives up, so that none waits for it;
/// `why` goes into their errors. What is left is to destroy everything.
void tacit_world_abort(tacit_world *world, const char *why);

/// The end: waits for the other ranks, unless one has failed. Returns how it
/// all went. Error, besides: the world has a trainer, and stays. Null is fine.
/// Collective.
tacit_status tacit_world_destroy(tacit_world *world);

//===----------------------------------------------------------------------===//
// Trainers
//===----------------------------------------------------------------------===//

/// One rank of one program: its parameters, what else its strategy remembers,
/// and where it stands.
typedef struct tacit_trainer tacit_trainer;

/// Begin with TACIT_TRAINER_OPTIONS, and change what is to be otherwise.
typedef struct tacit_trainer_options {
  uint32_t size; ///< sizeof(tacit_trainer_options).
  int32_t reserved;
  uint64_t seed; ///< Of initial values and random choices.
  /// Local steps of the whole run, where the strategy wants a part of it
  /// (adacomm without interval-steps); 0: not known.
  int64_t steps;
  /// Local steps of an epoch, which warm-ups of densities count; 0: 1.
  int64_t steps_per_epoch;
  /// A checkpoint to go on from: everything, the seed included. Null: none.
  const char *load;
  /// A file of safetensors to take parameters alone from. Null: none.
  const char *load_parameters;
} tacit_trainer_options;

#define TACIT_TRAINER_OPTIONS {sizeof(tacit_trainer_options), 0, 0, 0, 0, 0, 0}

/// A trainer for `program`, which must outlive it, as must the world. `options`
/// may be null. Error: a program that was compiled for another version of the
/// runtime's interface (names both) or for another number of ranks; a parameter
/// without an initial value that is not loaded; a file that does not fit; ranks
/// with different programs or options. Collective.
tacit_status tacit_trainer_create(tacit_world *world,
                                  const tacit_program *program,
                                  const tacit_trainer_options *options,
                                  tacit_trainer **trainer);

/// Null is fine.
void tacit_trainer_destroy(tacit_trainer *trainer);

const tacit_program *tacit_trainer_program(const tacit_trainer *trainer);

/// One local step on buffers of the caller, which are read where they are. A
/// result whose pointer is null, or all of them if batch->results is, is kept
/// for tacit_trainer_result. Where a round of the strategy ends with it, it
/// exchanges. Error: an argument that is null. Collective, but see above.
tacit_status tacit_trainer_step(tacit_trainer *trainer,
                                const tacit_batch *batch);

/// A scalar result of the last step, by name: "loss", "lr", "tau". Error: no
/// step was made, or it has none of that name that is a scalar.
tacit_status tacit_trainer_result(const tacit_trainer *trainer,
                                  const char *name, double *value);

/// The model on one batch, by this rank alone; changes nothing. As for results,
/// see tacit_trainer_step; those kept are not told. Error: the program has no
/// evaluation.
tacit_status tacit_trainer_evaluate(tacit_trainer *trainer,
                                    const tacit_batch *batch);

/// Ends a round that is under way before its time: ranks exchange as at its
/// end. Nothing where each step is a round, or none is under way. Collective.
tacit_status tacit_trainer_end_round(tacit_trainer *trainer);

/// The end of training: ends the round under way; under `dasgd` and `elastic`,
/// waits until all ranks are here and every update has arrived, after which
/// there is no further step. Error: ranks that are to hold the same values do
/// not; names the variable. Collective.
tacit_status tacit_trainer_finish(tacit_trainer *trainer);

/// Writes a checkpoint of all ranks to `path`, seen by rank 0: the old file or
/// the new one, whatever happens. Under `dasgd` and `elastic`, after
/// tacit_trainer_finish. A file that cannot be written is an error on every
/// rank, after which training can go on. Collective.
tacit_status tacit_trainer_save(tacit_trainer *trainer, const char *path);

int64_t tacit_trainer_steps(const tacit_trainer *trainer);  ///< Completed,
int64_t tacit_trainer_rounds(const tacit_trainer *trainer); ///< likewise.

/// All variables, at the offsets that the descriptor says: what steps read and
/// write. Never moves while the trainer lives.
void *tacit_trainer_state(tacit_trainer *trainer);

/// One of them, as checkpoints call it: `w0`, a parameter;
/// `optimizer/w0.momentum`. *data: within tacit_trainer_state, no copy.
/// `variable` may be null. Between steps, it may be written to, on all ranks
/// alike unless they may differ. Error: there is none of that name; names the
/// nearest.
tacit_status tacit_trainer_variable(tacit_trainer *trainer, const char *name,
                                    void **data,
                                    const tacit_variable **variable);

#ifdef __cplusplus
} // extern "C"
#endif

#endif // TACIT_RUNTIME_H
