//===- async_channel.h - Training that waits for nobody ---------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A rank's end of a tacit_channel: what a program's collect, publish and
/// elastic_await do, and how the loop around it begins, meets, and ends.
///
/// **Steps.** Compiled code calls Collect and Publish in each step of DASGD
/// (Tosi and Theobald, 2023), or Await in each step of elastic scheduling
/// (Nadiradze et al., "Elastic consistency", AAAI 2021). Long computations call
/// Progress.
///
/// **Meetings.** Ranks are at different steps, and updates are on their way.
/// To save, to evaluate or to average, all live ranks meet between two steps:
///
///     if (channel.called())              // after each step, on every rank
///       what = *channel.Meet();          // everything is applied everywhere
///
/// One rank calls the meeting, the others hear of it. With max_staleness or
/// max_delay, ranks first make the steps that others may be waiting for:
/// called() is set when this rank has got there.
///
/// **The end.** A rank that has made its last step calls Finish, again after
/// each meeting to which it is called meanwhile; all leave together.
///
/// **Losing ranks.** Nothing here fails because another rank is lost, and
/// nothing waits for one.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_ASYNC_ASYNC_CHANNEL_H
#define TACIT_RUNTIME_ASYNC_ASYNC_CHANNEL_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/async/async_observer.h"
#include "runtime/async/staleness.h"
#include "runtime/comm/communicator.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tacit {

class ConsistencyMeter;

/// How compressed updates become dense.
class PayloadCodec {
public:
  virtual ~PayloadCodec() = default;
  /// Writes the vector of a payload: all members, end to end.
  virtual absl::Status Decode(const void *payload, float *dense) = 0;
};

/// What a rank waits for.
enum class WaitReason {
  kMaxStaleness, ///< Others' steps, by max_staleness.
  kMaxDelay,     ///< The same by max_delay.
  kScheduler,    ///< What elastic scheduling wants before it goes on.
  kRoom,         ///< Room in a channel.
  kMeeting,
  kEnd, ///< Others' last steps.
};
inline constexpr size_t kWaitReasons = 6;

/// "max_staleness", "max_delay", "scheduler", "room", "meeting", "end".
const char *WaitName(WaitReason reason);

/// What one rank has done and seen since its channel was opened.
struct AsyncReport {
  StalenessCounts staleness;
  uint64_t published = 0; ///< Updates of its own.
  uint64_t applied = 0;   ///< Updates of others.
  /// Updates of others that it has heard of, and that have not come. Exact
  /// after Meet or Finish, and until then an upper bound.
  uint64_t missing = 0;
  uint64_t messages = 0; ///< Updates sent and relayed, each receiver counted.
  /// Seconds, by WaitReason.
  std::array<double, kWaitReasons> waited = {};
  struct LostRank {
    int rank;
    double at;     ///< When it was noticed, on this rank's clock.
    int64_t steps; ///< Its local steps that were heard of.
  };
  std::vector<LostRank> lost;
  /// Whether updates were damped, so that ranks need not agree.
  bool damped = false;
};

/// One rank's end of a channel. Errors are final.
class AsyncChannel {
public:
  struct Environment {
    const tacit_channel &channel;
    Communicator &communicator;
    /// Of each member of the channel, the variable in this rank's state: what
    /// meetings, which come between steps, change. Outlives the channel.
    float *const *parameters;
    PayloadCodec *codec = nullptr; ///< Of a channel with a compression.
    AsyncObserver *observer = nullptr;
    ConsistencyMeter *meter = nullptr; ///< Shared by the process's ranks.
    /// Whether the meter hears of others' updates by what arrives here, because
    /// they are made in other processes. Not of compressed ones.
    bool meter_hears_arrivals = false;
    /// By rank, the number of its first step that this channel sees, the same
    /// list on every rank; empty: all 0. max_staleness and max_delay compare
    /// these numbers.
    absl::Span<const int64_t> first_steps = {};
  };

  /// Opens the rank's inbox. Every rank of the world does so, with the same
  /// channel. Error: as Topology::Create; a max_staleness below send_every - 1;
  /// a compression without a codec, or with send_every.
  static absl::StatusOr<std::unique_ptr<AsyncChannel>>
  Open(const Environment &environment);

  virtual ~AsyncChannel() = default;

  // What compiled code does: see tacit_collect, tacit_publish and
  // tacit_elastic_await. `parameters`: of each member, its tensor.

  virtual absl::Status Collect(float *const *parameters) = 0;
  virtual absl::Status Publish(const tacit_contribution &update,
                               float *const *parameters) = 0;
  virtual absl::Status Await(const tacit_contribution &gradient,
                             float *const *parameters) = 0;

  /// Takes in what has come, and relays it. Applies nothing, never waits.
  virtual absl::Status Progress() = 0;

  // What the loop around it does, between steps.

  /// Calls all live ranks to a meeting: sets called() on each, in the end. The
  /// bits of `what`, not 0, say what for; those of several calls are joined.
  /// The first live rank calls; after its loss the next may. Does not wait.
  virtual absl::Status Call(uint64_t what) = 0;
  /// What a meeting is called for that this rank is to go to now.
  virtual std::optional<uint64_t> called() const = 0;
  /// Goes to it. Returns, when all live ranks have come, what it is for, which
  /// is the same on all: parts of the calls that came later are included. Steps
  /// of send_every have been sent then, every update has been applied that will
  /// come, and nothing is on its way: if no rank is lost, collectives may
  /// follow.
  virtual absl::StatusOr<uint64_t> Meet() = 0;

  /// Tells all live ranks that the run is to end: sets stopped() on each, in
  /// the end. From then on no step waits. `why` is not negative; if several
  /// ranks stop the run, ranks may see different reasons until Finish returns
  /// true: then, all have the largest.
  virtual absl::Status Stop(int why) = 0;
  virtual std::optional<int> stopped() const = 0;

  /// This rank has made its last step. Waits until all live ranks have, and
  /// does what a meeting does: true; or until a meeting is called: false, and
  /// Meet is to be called, then this again.
  virtual absl::StatusOr<bool> Finish() = 0;

  /// Sets each member of Environment::parameters, on all live ranks, to its
  /// mean over them, summed in rank order: the same bits everywhere. After
  /// Meet, on every rank. Missing updates count no more.
  virtual absl::Status Average() = 0;

  /// Gives the first live rank what all have brought, by rank, "" of lost ones;
  /// to others nothing. After Meet or Finish, on every rank.
  virtual absl::StatusOr<std::vector<std::string>>
  GatherAtFirst(std::string mine) = 0;

  virtual int first_live() const = 0;
  virtual bool IsLive(int rank) const = 0;
  /// Local steps of all ranks since the channel was opened that this rank has
  /// heard of, its own included.
  virtual int64_t known_steps() const = 0;

  virtual AsyncReport report() const = 0;
  /// The staleness of what was applied since this was last called.
  virtual StalenessCounts TakeRecentStaleness() = 0;
};

} // namespace tacit

#endif // TACIT_RUNTIME_ASYNC_ASYNC_CHANNEL_H
