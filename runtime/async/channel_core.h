//===- channel_core.h - What all policies of a channel share ----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The channel itself: it composes, sends and receives updates, counts, waits,
/// meets and ends. When updates are applied, a policy decides.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_ASYNC_CHANNEL_CORE_H
#define TACIT_RUNTIME_ASYNC_CHANNEL_CORE_H

#include "runtime/async/async_channel.h"
#include "runtime/async/update_stream.h"

#include "absl/functional/function_ref.h"

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tacit {

class ChannelCore;
class Meetings;
class RootedExchange;

/// When updates are sent and applied: the part of a channel that differs
/// between strategies. Made for one ChannelCore, whose services it uses.
class ExchangePolicy {
public:
  virtual ~ExchangePolicy() = default;

  // What AsyncChannel does; a program calls either the first two or the third.
  // The core counts the step afterwards.
  virtual absl::Status Collect(float *const *parameters);
  virtual absl::Status Publish(const tacit_contribution &update,
                               float *const *parameters);
  virtual absl::Status Await(const tacit_contribution &gradient,
                             float *const *parameters);

  // Called while receiving; these must not send, wait, or change parameters.

  /// The first copy of an update of another rank has come, perhaps after
  /// Missing told of it. Is kept until it is applied.
  virtual absl::Status Arrived(Update update) = 0;
  /// No copy of this update has come, though others may have it. Without
  /// message and lr.
  virtual void Missing(const Update &update) {}
  virtual void Lost(int rank) {}

  // Called between steps.

  /// Sends what has been held back, before a meeting or the end. May wait.
  virtual absl::Status Flush() { return absl::OkStatus(); }
  /// Applies all that has arrived, once at each meeting. Must not wait or send.
  virtual absl::Status ApplyAll(float *const *parameters) = 0;
  /// Replicas have been averaged.
  virtual void Averaged() {}

  /// Of gradients: what this rank has divided those of its latest step by.
  virtual int Divisor() const { return 1; }

  /// How many steps a rank may at most have made more than another; -1: any
  /// number. Decides how far ranks go before they come to a meeting.
  virtual int64_t MostAhead() const { return -1; }
};

class ChannelCore final : public AsyncChannel, private UpdateStream::Client {
public:
  static constexpr double kNoDeadline = std::numeric_limits<double>::infinity();

  ChannelCore(const Environment &environment, Inbox &inbox, Topology topology);
  ~ChannelCore() override;
  /// Before anything else.
  void SetPolicy(std::unique_ptr<ExchangePolicy> policy);

  //===--------------------------------------------------------------------===//
  // Of policies
  //===--------------------------------------------------------------------===//

  const tacit_channel &channel() const { return environment_.channel; }
  Communicator &communicator() { return environment_.communicator; }
  int rank() const { return rank_; }
  int size() const { return size_; }
  /// Elements of all members.
  size_t elements() const { return elements_; }
  UpdateStream &stream() { return stream_; }
  AsyncObserver &observer() { return observer_; }
  ConsistencyMeter *meter() { return environment_.meter; }
  StalenessMeter &staleness() { return staleness_; }
  double Now() const { return environment_.communicator.Now(); }

  /// The local step at hand, Environment::first_step at first.
  int64_t step() const { return step_; }

  /// Sends an update to all other ranks, of the step at hand. Waits for room
  /// only. Returns it, with its message, which is shared and not written any
  /// more: this rank's own copy of what it sends. Its clock is that of the
  /// latest view; V counts it from now on.
  absl::StatusOr<Update> Send(const tacit_contribution &contribution);
  /// The same of a dense vector of all members, end to end, of the `steps`
  /// steps up to `last_step`.
  absl::StatusOr<Update> SendDense(const float *values, int64_t last_step,
                                   int64_t steps, double lr);

  /// The dense vector of an update, all members end to end: in the message
  /// itself, or decoded, until this is next called.
  absl::StatusOr<const float *> Dense(const Update &update);

  /// parameters -= factor * values, values all members end to end. With the
  /// factor 1, nothing is multiplied.
  void Subtract(float *const *parameters, const float *values,
                float factor = 1);

  /// Notes that an update of another rank has been applied, at this staleness:
  /// counts it in V, records it, tells the observer.
  void Applied(const Update &update, uint64_t staleness);

  /// Waits until `done`, which is asked after each arrival, and not longer than
  /// until `deadline`; relays meanwhile, and counts the time.
  absl::Status WaitUntil(WaitReason reason, absl::FunctionRef<bool()> done,
                         double deadline = kNoDeadline);

  /// Whether nothing has to be waited for of steps up to `step` of another
  /// rank: all its updates of these have been heard of; or it is lost, or has
  /// stopped making steps (it is at a meeting, or has finished) and all that
  /// it made has been heard of; or the run is to end.
  bool HasSteps(int of, int64_t step) const;

  //===--------------------------------------------------------------------===//
  // As AsyncChannel
  //===--------------------------------------------------------------------===//

  absl::Status Collect(float *const *parameters) override;
  absl::Status Publish(const tacit_contribution &update,
                       float *const *parameters) override;
  absl::Status Await(const tacit_contribution &gradient,
                     float *const *parameters) override;
  absl::Status Progress() override;
  absl::Status Call(uint64_t what) override;
  std::optional<uint64_t> called() const override;
  absl::StatusOr<uint64_t> Meet() override;
  absl::Status Stop(int why) override;
  std::optional<int> stopped() const override;
  absl::StatusOr<bool> Finish() override;
  absl::Status Average() override;
  absl::StatusOr<std::vector<std::string>>
  GatherAtFirst(std::string mine) override;
  int first_live() const override;
  bool IsLive(int rank) const override { return stream_.IsLive(rank); }
  int64_t known_steps() const override;
  AsyncReport report() const override;
  StalenessCounts TakeRecentStaleness() override {
    return staleness_.TakeRecent();
  }

private:
  absl::Status OnUpdate(Update update, bool was_missing) override;
  void OnMissing(const Update &update) override;
  absl::Status OnLost(int rank) override;
  absl::Status OnControl(int from, const Message &message) override;

  /// The parameters are now those of the gradient of the step at hand.
  void NoteView();
  /// Tell the meter of the view and the update of the step at hand.
  void MeasureView(double lr, float *const *parameters);
  absl::Status MeasureUpdate(const tacit_contribution &contribution);
  /// Tells it of another rank's update that has come.
  void MeasureArrival(const Update &update);
  void TellOfLost(int rank);
  /// Points at each member in values that hold all, end to end.
  const float *const *MembersOf(const float *values);
  absl::StatusOr<Update> SendAt(Update update);
  absl::StatusOr<uint64_t> Hold(WaitReason reason);
  absl::Status HandOverKeptBack();
  /// Waits, after a call, for all to know where they are to stop.
  absl::Status AwaitCall();
  absl::StatusOr<Message>
  Exchange(const Message &mine,
           absl::FunctionRef<absl::StatusOr<Message>(
               const std::vector<std::optional<Message>> &)>
               combine,
           bool last);
  void CountWait(WaitReason reason, double begin, double end);
  int64_t first_step(int rank) const {
    return counted_from_[static_cast<size_t>(rank)];
  }
  bool is_gradient() const {
    return channel().scheduler != TACIT_DECENTRALIZED;
  }

  const Environment environment_;
  const int rank_, size_;
  size_t elements_ = 0;
  AsyncObserver no_observer_;
  AsyncObserver &observer_;
  StalenessMeter staleness_;
  std::vector<int64_t> counted_from_;  ///< By rank: its first step.
  std::vector<int64_t> measured_from_; ///< The same since the last averaging.
  Inbox &inbox_;
  UpdateStream stream_;
  std::unique_ptr<Meetings> meetings_;
  std::unique_ptr<RootedExchange> rooted_;
  std::unique_ptr<ExchangePolicy> policy_;
  int64_t step_;
  bool view_noted_ = false;
  std::vector<uint32_t> view_;   ///< The clock of the latest view.
  bool finishing_ = false;       ///< This rank has made its last step.
  std::optional<uint64_t> held_; ///< What a meeting was for that Finish held.
  uint64_t waiting_updates_ = 0; ///< Arrived and not applied.
  /// During a meeting, what comes may be of ranks that have left it: it is kept
  /// here until that is known.
  bool keeps_back_ = false;
  std::vector<Update> kept_back_;
  std::vector<float> decoded_;
  std::vector<const float *> members_;
  AsyncReport report_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_ASYNC_CHANNEL_CORE_H
