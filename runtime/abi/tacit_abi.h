//===- tacit_abi.h - Where compiled programs and the runtime meet -*- C -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The only header that the compiler's output and the runtime share.
///
/// A compiled program is one constant `tacit_program` and the entry functions
/// that it points at. It holds no mutable data: everything that changes lives
/// behind the `tacit_rank` that is passed to an entry, so several programs, and
/// several ranks of one program, run in one process.
///
/// Compiled code calls the functions at the end of this file. Each returns a
/// status code, and compiled code returns the first one that is not TACIT_OK
/// to its caller at once. Nothing throws across this interface.
///
/// Strides, offsets and sizes are in bytes unless a name says "elements" or
/// "count". Tensors are dense and row-major.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_ABI_H
#define TACIT_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Changes whenever a struct below or the meaning of a function does. A loader
/// refuses a program of another version.
#define TACIT_ABI_VERSION 6u

/// Alignment of a rank's state and arena, and of each variable and buffer in
/// them unless the member of a bucket, or a residual behind another, or a
/// factor behind another: those lie side by side, unpadded.
#define TACIT_ALIGNMENT 64u

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

/// What an entry or a runtime function returns. The text that goes with a code
/// other than TACIT_OK is kept in the rank.
typedef int32_t tacit_status;
enum {
  TACIT_OK = 0,
  TACIT_INVALID = 1,     ///< An argument that no correct program passes.
  TACIT_PEER_FAILED = 2, ///< Another rank failed, or was lost, in an exchange.
  TACIT_TIMEOUT = 3,     ///< An exchange did not finish in time.
  TACIT_INTERNAL = 4     ///< The runtime itself failed: a library's error, say.
};

typedef int32_t tacit_dtype;
enum {
  TACIT_F32 = 0,
  TACIT_F64 = 1,
  TACIT_I32 = 2,
  TACIT_I64 = 3,
  TACIT_I8 = 4,
  TACIT_I1 = 5 ///< One byte an element, 0 or 1.
};

/// Why a variable exists. Checkpoints and reports work from roles alone.
typedef int32_t tacit_role;
enum {
  TACIT_PARAMETER = 0,
  TACIT_OPTIMIZER = 1,
  TACIT_RESIDUAL = 2,
  TACIT_OUTER = 3,
  TACIT_COUNTER = 4,
  TACIT_MODEL_STATE = 5
};

typedef int32_t tacit_exchange_kind;
enum {
  /// In place. Equivalent to MPI_Allreduce(MPI_IN_PLACE).
  TACIT_ALL_REDUCE = 0,
  TACIT_ALL_GATHER = 1, ///< Equivalent to MPI_Allgather.
  TACIT_BROADCAST = 2   ///< In place, from `root`. Equivalent to MPI_Bcast.
};

/// TACIT_MEAN is the sum, then one division by the number of ranks.
typedef int32_t tacit_reduction;
enum { TACIT_SUM = 0, TACIT_MEAN = 1, TACIT_MAX = 2, TACIT_MIN = 3 };

/// What is kept of a flat vector of f32, and how: see tacit_compression.
typedef int32_t tacit_compressor;
enum {
  TACIT_TOP_K = 0,    ///< The `selected` largest magnitudes; ties: lower index.
  TACIT_RANDOM_K = 1, ///< `selected` entries, the same on every rank.
  TACIT_THRESHOLD = 2, ///< All with |x| >= `parameter`.
  TACIT_SIGN = 3,      ///< The sign of each, and the mean magnitude.
  TACIT_QSGD = 4,      ///< Each rounded at random to one of `parameter` levels.
  TACIT_BF16 = 5,      ///< Each rounded to the upper half of an f32.
  TACIT_POWERSGD = 6,  ///< Each matrix by two factors of rank `parameter`.
  TACIT_SAMPLED_TOP_K = 7 ///< From as many as TACIT_TOP_K to a quarter more.
};

/// How ranks combine payloads into their mean.
typedef int32_t tacit_payload_algorithm;
enum {
  TACIT_PAYLOAD_ALL_GATHER = 0,
  TACIT_PAYLOAD_GTOPK = 1,
  TACIT_PAYLOAD_OK_TOPK = 2,
  TACIT_PAYLOAD_DENSE = 3
};

/// What becomes of the entries that an exchange drops.
typedef int32_t tacit_put_back;
enum {
  TACIT_PUT_BACK_CONSERVING = 0,
  TACIT_PUT_BACK_PUBLISHED = 1,
  TACIT_PUT_BACK_NONE = 2 ///< There is no rest.
};

//===----------------------------------------------------------------------===//
// Payloads
//===----------------------------------------------------------------------===//

static inline uint64_t tacit_padded(uint64_t bytes) {
  return (bytes + TACIT_ALIGNMENT - 1) / TACIT_ALIGNMENT * TACIT_ALIGNMENT;
}

/// Bytes of a payload of up to `capacity` entries of a vector of `elements`:
/// their number, then indices (of 8 bytes where 4 are not enough), then values,
/// each from a multiple of TACIT_ALIGNMENT on.
static inline uint64_t tacit_sparse_bytes(uint64_t elements,
                                          uint64_t capacity) {
  const uint64_t width = elements > (uint64_t)UINT32_MAX + 1 ? 8 : 4;
  return TACIT_ALIGNMENT + tacit_padded(capacity * width) +
         tacit_padded(capacity * 4);
}

/// Bytes of a payload of signs: the magnitude, an f32 in 4 bytes, then a bit
/// for each element, the lowest of a byte first, 1 for x >= 0.
static inline uint64_t tacit_sign_bytes(uint64_t elements) {
  return 4 + (elements + 7) / 8;
}

/// Bytes of a payload of levels: the norm, an f32 in 4 bytes, then for each
/// element a sign and a level, in as few bits as the highest level takes.
static inline uint64_t tacit_qsgd_bytes(uint64_t elements, uint32_t levels) {
  uint64_t bits = 1;
  for (; levels > 0; levels /= 2)
    ++bits;
  return 4 + (elements * bits + 7) / 8;
}

/// The most entries that TACIT_SAMPLED_TOP_K keeps where TACIT_TOP_K keeps
/// `entries` of `elements`.
static inline uint64_t tacit_most_of_sampled_top_k(uint64_t entries,
                                                   uint64_t elements) {
  const uint64_t most = entries + entries / 4;
  return most < elements ? most : elements;
}

/// Bytes of a payload of bfloat16.
static inline uint64_t tacit_bf16_bytes(uint64_t elements) {
  return 2 * elements;
}

//===----------------------------------------------------------------------===//
// The descriptor of a program
//===----------------------------------------------------------------------===//

typedef struct tacit_tensor_type {
  tacit_dtype dtype;
  int32_t rank;
  const int64_t *shape; ///< `rank` extents; null when rank is 0.
} tacit_tensor_type;

typedef int32_t tacit_initializer_kind;
enum {
  TACIT_NO_INITIALIZER = 0, ///< Must be loaded.
  TACIT_CONSTANT = 1,       ///< Every entry is `a`.
  TACIT_NORMAL = 2,         ///< Mean `a`, standard deviation `b`.
  TACIT_UNIFORM = 3,        ///< In [a, b).
  TACIT_FACTOR = 4,         ///< The first Q of PowerSGD, of variable `a`.
  TACIT_SAME_AS = 5,        ///< What variable `a` begins with.
  TACIT_OF_RUN = 6          ///< So much of the run's local steps, an i64.
};

typedef struct tacit_initializer {
  tacit_initializer_kind kind;
  int32_t reserved;
  double a;
  double b;
} tacit_initializer;

/// Which ranks hold the same value of a variable.
typedef int32_t tacit_sharing;
enum {
  TACIT_SHARED = 0,   ///< All.
  TACIT_PER_RANK = 1, ///< Each has its own.
  /// Within a round each has its own; what ends a round gives all the same.
  TACIT_PER_RANK_IN_ROUND = 2,
  /// Each has its own replica, which differ by what has not reached all yet;
  /// the model is rank 0's.
  TACIT_REPLICATED = 3
};

/// One variable of the trainer. Two may have one name: a parameter, and a
/// rank's own copy of it, which is TACIT_PER_RANK. Their order is the trainer's
/// order, which defines the flat vector of algorithms and the streams of random
/// numbers.
typedef struct tacit_variable {
  const char *name; ///< As in the trainer, without its role.
  tacit_role role;
  tacit_sharing sharing;
  tacit_tensor_type type;
  uint64_t offset; ///< From the rank's state.
  tacit_initializer initializer;
} tacit_variable;

/// A tensor that is handed to an entry, or handed back by it. The first extent
/// of a data argument is the number of rows in a batch.
typedef struct tacit_named_tensor {
  const char *name;
  tacit_tensor_type type;
  /// Of a data argument of integers: its entries are in [0, classes), as the
  /// program compares them with so many. 0: not known.
  int64_t classes;
} tacit_named_tensor;

/// One exchange in the program's text. Sites are numbered from 0.
typedef struct tacit_exchange_site {
  /// For messages: "all_reduce of layer0.weight, layer0.bias".
  const char *name;
  tacit_exchange_kind kind;
  tacit_reduction reduction;
  tacit_dtype dtype;
  int32_t root;    ///< Of a broadcast.
  int32_t control; ///< 1: ranks decide by it how to go on; it is no payload.
  uint32_t reserved;
  uint64_t count; ///< Elements that each rank brings.
} tacit_exchange_site;

/// One of the tensors that make up a compressed vector.
typedef struct tacit_member {
  const char *name; ///< Of its variable; "" if it is not known.
  uint64_t count;   ///< Elements.
  uint64_t columns; ///< The last extent; 1 of a scalar.
} tacit_member;

/// One compressor in the program's text, numbered from 0.
typedef struct tacit_compression {
  const char *name; ///< For messages: "gtopk of layer0.weight, layer0.bias".
  tacit_compressor compressor;
  tacit_payload_algorithm algorithm;
  tacit_put_back put_back;
  int32_t plain_indices; ///< 1: indices travel as they are, never coded.
  int32_t warm_up; ///< 1: the density falls to its own over the first epochs.
  uint32_t num_members;
  /// Of top_k, sampled_top_k and random_k the density, of threshold the value,
  /// of qsgd the number of levels, of powersgd the rank.
  double parameter;
  uint64_t elements; ///< Of the vector.
  /// Entries that a payload has room for before its exchange and after it; of
  /// quantized vectors, parts.
  uint64_t capacity;
  uint64_t result_capacity;
  const tacit_member *members;
} tacit_compression;

/// Along which pairs of ranks updates travel, in both directions.
typedef int32_t tacit_topology;
enum {
  TACIT_COMPLETE = 0,    ///< All pairs.
  TACIT_RING = 1,        ///< p and p + 1, modulo the number of ranks.
  TACIT_EXPONENTIAL = 2, ///< p and p + 2^k, likewise, for each 2^k below it.
  TACIT_EDGES = 3        ///< Those that the channel lists.
};

/// When a rank goes on with what has reached it.
typedef int32_t tacit_scheduler;
enum {
  TACIT_DECENTRALIZED = 0,   ///< DASGD: applies what has come, and goes on.
  TACIT_NORM_BOUNDED = 1,    ///< Elastic: when enough of the norm has come.
  TACIT_VARIANCE_BOUNDED = 2 ///< Elastic: with its own in place of others'.
};

typedef int32_t tacit_granularity;
enum { TACIT_BY_RANK = 0, TACIT_BY_BUCKET = 1 };

/// What outlives a step: updates on their way between ranks. A program has at
/// most one. Its algorithms: runtime/async.
typedef struct tacit_channel {
  const char *name;
  tacit_topology topology;
  tacit_scheduler scheduler;
  tacit_granularity granularity; ///< Of TACIT_NORM_BOUNDED.
  int32_t damping;     ///< 1: a received update counts 1 / (1 + staleness).
  int32_t compression; ///< What makes its payloads; -1: they are dense.
  uint32_t num_members;
  uint32_t num_edges;    ///< Of TACIT_EDGES.
  int32_t mean;          ///< 1: updates were divided by the number of ranks.
  int64_t max_staleness; ///< Of TACIT_DECENTRALIZED, in steps; -1: any.
  int64_t send_every;    ///< Of TACIT_DECENTRALIZED: steps of an update.
  int64_t max_delay;     ///< Of the other schedulers, in steps.
  int64_t resync;        ///< Steps between averages of replicas; 0: none.
  double beta;           ///< Of TACIT_NORM_BOUNDED; infinite: waits for all.
  double wait;           ///< Of TACIT_VARIANCE_BOUNDED: seconds at most.
  uint64_t bucket_bytes; ///< Of TACIT_BY_BUCKET.
  uint64_t
      payload_bytes; ///< That an update takes; of dense ones, 4 an element.
  const tacit_member *members; ///< The tensors that updates are of, in order.
  const int32_t *edges;        ///< Pairs, end to end.
} tacit_channel;

/// What a rank hands to its channel in one step.
typedef struct tacit_contribution {
  /// Of each member, its dense tensor; null if there is a payload.
  const float *const *tensors;
  const void *payload; ///< What a compressor made; null if there is none.
  /// Of each member, what the compressor left; null if it keeps nothing.
  const float *const *rest;
  double lr; ///< The learning rate of this step.
} tacit_contribution;

typedef struct tacit_rank tacit_rank;

/// What one call of an entry reads and writes.
typedef struct tacit_batch {
  const void *const *arguments; ///< In the order of tacit_entry::arguments.
  void *const *results;         ///< In the order of tacit_entry::results.
} tacit_batch;

typedef tacit_status (*tacit_entry_function)(tacit_rank *rank,
                                             const tacit_batch *batch);

/// A function of the program. `step` runs exactly one local step. `end_round`,
/// if there is one, is called after every step whose result "round_ended" is
/// not 0, and after the last of a run that ends within a round; without it,
/// each step is a round, and "round_loss" is no result. `evaluate` reads
/// variables and changes none.
typedef struct tacit_entry {
  tacit_entry_function function; ///< Null if the program lacks this entry.
  uint32_t num_arguments;
  uint32_t num_results;
  const tacit_named_tensor *arguments;
  /// `step`: "loss" (a scalar) and what the program reports, such as "lr",
  /// "tau", the period of the round at hand, and "round_loss", the sum of the
  /// losses of its steps so far.
  /// `evaluate`: "loss", per row (or a scalar: the batch's mean), and, where
  /// the model says so, "correct", per row.
  const tacit_named_tensor *results;
} tacit_entry;

typedef struct tacit_program {
  uint32_t abi_version; ///< TACIT_ABI_VERSION of the compiler. Always first.
  uint32_t size;        ///< sizeof(tacit_program) there.
  const char *name;     ///< Of the trainer.
  const char *strategy; ///< The text that chose the passes.
  uint64_t fingerprint; ///< Of variables (names, roles, shapes): checkpoints.
  int64_t ranks;        ///< The number of ranks it is compiled for; 0: any.
  uint64_t state_bytes;
  uint64_t arena_bytes; ///< The most that any entry needs.
  uint32_t num_variables;
  uint32_t num_sites;
  const tacit_variable *variables;
  const tacit_exchange_site *sites;
  uint32_t num_compressions;
  uint32_t gradients; ///< Of how many batches each step takes; at least 1.
  const tacit_compression *compressions;
  const tacit_channel *channel; ///< Null if ranks exchange synchronously.
  tacit_entry step;
  tacit_entry end_round; ///< Takes no arguments.
  tacit_entry evaluate;
} tacit_program;

//===----------------------------------------------------------------------===//
// What compiled code reads of a rank
//===----------------------------------------------------------------------===//

/// Every `tacit_rank *` points at one of these; the rest belongs to the
/// runtime. Both areas are aligned to TACIT_ALIGNMENT and never move.
typedef struct tacit_rank_view {
  /// tacit_program::state_bytes, at the variables' offsets.
  void *state;
  /// tacit_program::arena_bytes; its contents do not outlive a call.
  void *arena;
  int64_t rank;  ///< Which rank this is, from 0.
  int64_t ranks; ///< How many there are.
} tacit_rank_view;

//===----------------------------------------------------------------------===//
// What compiled code calls
//===----------------------------------------------------------------------===//

/// An exchange in flight. Equivalent to MPI_Request; lives within one step.
typedef uint64_t tacit_token;

/// Starts site `site`, an all_reduce or a broadcast, on `buffer`, which holds
/// the site's `count` elements. The buffer belongs to the runtime until the
/// token is awaited.
tacit_status tacit_start(tacit_rank *rank, uint32_t site, void *buffer,
                         tacit_token *token);

/// Starts site `site`, an all_gather: `count` elements at `input` from each
/// rank; `output` holds ranks * count elements, in rank order.
tacit_status tacit_start_gather(tacit_rank *rank, uint32_t site,
                                const void *input, void *output,
                                tacit_token *token);

/// Returns when the exchange is finished. A token is awaited exactly once.
tacit_status tacit_await(tacit_rank *rank, tacit_token token);

/// Moves exchanges in flight along, without waiting. Placed between pieces of
/// computation that take long.
tacit_status tacit_progress(tacit_rank *rank);

/// Compresses by compression `site` the vector values * scale + added: writes
/// the payload, and what it leaves out to `values`. `added` may be null, for
/// nothing; `values` may be null: the vector is then `added`, and what is left
/// out is forgotten. `number` counts the exchanges of compressors that draw
/// random numbers.
tacit_status tacit_encode(tacit_rank *rank, uint32_t site, const float *added,
                          float *values, double scale, uint64_t number,
                          void *payload);

/// Combines the payloads of all ranks into `output`, their mean; adds what the
/// algorithm drops to `rest`, null if there is none. Waits.
tacit_status tacit_exchange_payload(tacit_rank *rank, uint32_t site,
                                    void *payload, void *output, float *rest);

/// Writes the dense vector of a payload; `exchanged`: one that an exchange
/// gave.
tacit_status tacit_decode(tacit_rank *rank, uint32_t site, int32_t exchanged,
                          const void *payload, float *vector);

/// Sets the entries of `vector` to 0 that a payload, before its exchange, has.
tacit_status tacit_clear_selected(tacit_rank *rank, uint32_t site,
                                  const void *payload, float *vector);

/// One exchange of PowerSGD by compression `site`: of the matrices
/// values * scale + added, end to end, and their factors Q (m x r each) of the
/// exchange before. Writes their means to `means`, what they leave out to
/// `values`, and the new factors. `added` and `values` may be null as in
/// tacit_encode. Waits.
tacit_status tacit_exchange_low_rank(tacit_rank *rank, uint32_t site,
                                     const float *added, float *values,
                                     double scale, float *factors,
                                     float *means);

/// Subtracts from the parameters, one pointer for each member of the channel,
/// the updates that have come; waits first as max_staleness says.
tacit_status tacit_collect(tacit_rank *rank, float *const *parameters);

/// Subtracts this rank's update from its parameters, and sends it. Waits for
/// nothing but room in a channel.
tacit_status tacit_publish(tacit_rank *rank, const tacit_contribution *update,
                           float *const *parameters);

/// Sends this rank's gradient, waits as the scheduler says, and moves the
/// parameters by what has come.
tacit_status tacit_elastic_await(tacit_rank *rank,
                                 const tacit_contribution *gradient,
                                 float *const *parameters);

/// Writes the seconds of training since the run's very start, on this rank's
/// clock, which is virtual under a simulated network. Evaluations do not count.
tacit_status tacit_clock(tacit_rank *rank, double *seconds);

/// The next period of AdaComm: see tacit.adapt_period. Error: a first loss that
/// is not positive and finite, a loss that is below 0 or not finite.
tacit_status tacit_adapt_period(tacit_rank *rank, int64_t period, double loss,
                                double first_loss, double ratio,
                                int64_t initial, int64_t *next);

enum { TACIT_TRANSPOSE_A = 1, TACIT_TRANSPOSE_B = 2 };

/// C = alpha op(A) op(B) + beta C, row-major, f32: op(A) is m x k, op(B) is
/// k x n. Leading dimensions are in elements, of A and B as stored. With
/// beta = 0, C is not read.
tacit_status tacit_gemm_f32(tacit_rank *rank, uint32_t flags, int64_t m,
                            int64_t n, int64_t k, float alpha, const float *a,
                            int64_t lda, const float *b, int64_t ldb,
                            float beta, float *c, int64_t ldc);

/// Which of the three tensors of a convolution is computed.
enum {
  TACIT_FORWARD = 0,         ///< The output, from the input and the filter.
  TACIT_BACKWARD_DATA = 1,   ///< The input's gradient, from the output's and
                             ///< the filter.
  TACIT_BACKWARD_WEIGHTS = 2 ///< The filter's gradient, from the input and the
                             ///< output's gradient.
};

/// A convolution in two dimensions. Pairs are along h and along w; extents and
/// strides of input and output are those of n, c, h, w, and of the filter of
/// o, i, h, w. Strides are in elements. All of it is int64_t, so that compiled
/// code can hold it as an array.
typedef struct tacit_convolution {
  int64_t kind;
  int64_t input[4];
  int64_t output[4];
  int64_t window[2]; ///< Extents of the filter.
  int64_t steps[2];  ///< From one output to the next, in the input.
  int64_t dilations[2];
  int64_t low[2]; ///< Zeros before the input, and behind it.
  int64_t high[2];
  int64_t input_strides[4];
  int64_t filter_strides[4];
  int64_t output_strides[4];
} tacit_convolution;

/// Writes `c` from `a` and `b`, in the order that the kind names them. `c` is
/// not read.
tacit_status tacit_convolution_f32(tacit_rank *rank,
                                   const tacit_convolution *convolution,
                                   const float *a, const float *b, float *c);

/// Runs `body(context, begin, end)` over [0, count) in pieces, on the
/// process's one pool of threads. Bodies must not call exchanges.
tacit_status tacit_parallel_for(tacit_rank *rank, int64_t count,
                                void (*body)(void *context, int64_t begin,
                                             int64_t end),
                                void *context);

#ifdef __cplusplus
} // extern "C"
#endif

#endif // TACIT_ABI_H
