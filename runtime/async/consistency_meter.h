//===- consistency_meter.h - How far views are apart ------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Measures |x_t - v_t| / lr, which elastic consistency bounds (Nadiradze et
/// al., "Elastic consistency", AAAI 2021): v_t, the *view*, are the parameters
/// at which a rank computes the gradient of its step t; x_t are the initial
/// parameters less all updates of steps below t, of all ranks.
///
/// x_t of a fast rank is known only when the slowest has got to step t. Until
/// then a copy of the view is kept, and the sum of the updates of each step
/// that some rank has not made; then they are compared. Of a rank that makes
/// fewer steps, x_t holds those that it has made.
///
/// **What an update is.** Compressed, a step sends less, or more, than its
/// gradient; the rest is kept for the next. x_t holds what the gradients come
/// to: what was sent and the growth of what is kept. So what compression holds
/// back counts as a distance.
///
/// **Who tells it.** Ranks in one process share a meter, and tell it of each
/// update when it is made: what the network then does to it does not matter to
/// x_t. With one rank in a process, the meter hears of others' updates when
/// they arrive; those that never do are not in x_t.
///
/// **Memory.** d doubles for x, as many for each step that is not complete, a
/// copy of each view that waits, and what a compressor keeps on each rank.
/// Beyond a budget, views are not kept, and steps are summed up together; the
/// views between them are not measured, and the report says how many were.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_ASYNC_CONSISTENCY_METER_H
#define TACIT_RUNTIME_ASYNC_CONSISTENCY_METER_H

#include "runtime/async/consistency_bound.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace tacit {

/// What was measured; distances are divided by learning rates.
struct ConsistencyReport {
  double measured = 0; ///< The largest |x - v| / lr.
  int rank = -1;       ///< Where that was, -1 if nowhere:
  int64_t step = -1;   ///< at the gradient of this step.
  double gradient = 0; ///< M: the largest norm of a gradient.
  /// The most updates, counted by steps, that one rank had not got, and did not
  /// wait for, at any time.
  int64_t faults = 0;
  double bound = 0;      ///< Of `measured`; infinite if there is none.
  std::string unbounded; ///< Why there is none.
  double rounding = 0;   ///< What the rounding of views may add to `measured`.
  uint64_t views = 0;    ///< Gradients that were computed,
  uint64_t views_measured = 0; ///< and those whose view was compared.

  /// Whether the channel has not kept what it promises.
  bool exceeded() const { return !(measured <= bound + rounding); }
};

class ConsistencyMeter {
public:
  struct Options {
    int ranks = 1;
    std::vector<size_t> members; ///< Elements of each tensor of the channel.
    /// Whether updates are told as gradients, in elastic scheduling, or as what
    /// is subtracted from parameters, in dasgd.
    bool gradients = false;
    /// What an update of dasgd is of lr times a gradient: 1 / P with
    /// scale = mean.
    double share = 1;
    ConsistencyBound bound;
    size_t budget_bytes = size_t{512} << 20;
    int64_t first_step = 0;           ///< That every rank begins with,
    std::vector<int64_t> first_steps; ///< or each; empty if it is the same.
  };

  /// One step of one rank, or several that are told as one.
  struct Update {
    int origin = 0;
    int64_t step = 0;  ///< The last, if there are several.
    int64_t steps = 1; ///< So many.
    /// The learning rate of the step; 0: not known, as one heard of last.
    double lr = 0;
    /// What the tensors are multiplied by to be subtracted from parameters:
    /// lr / P of gradients, otherwise 1. While the news that a rank is lost
    /// goes round, ranks may count different P in one step; what that can come
    /// to is added to the bound.
    double scale = 1;
    const float *const *sent = nullptr; ///< By member, decoded.
    /// What the compressor has kept, by member; null if it keeps nothing. Of
    /// gradients, it counts lr of the step before / lr in the next step.
    const float *const *rest = nullptr;
  };

  explicit ConsistencyMeter(Options options);
  ConsistencyMeter(const ConsistencyMeter &) = delete;
  ConsistencyMeter &operator=(const ConsistencyMeter &) = delete;

  /// The initial parameters, by member: before any update is told or applied.
  /// Later calls do nothing, so that each rank may make one.
  void Begin(const float *const *parameters);

  /// The parameters, by member, at which `rank` computes the gradient of local
  /// step `step`. Told before that step's update.
  void View(int rank, int64_t step, const float *const *parameters, double lr);

  /// A rank has made an update. In any order of steps, each once.
  void Published(const Update &update);

  /// The updates of `origin`, of steps `first` to `last`, will never be told.
  void Skipped(int origin, int64_t first, int64_t last);

  /// The network has lost, on the way to `rank`, updates of `steps` steps; less
  /// than 0: some came by another way after all.
  void Missed(int rank, int64_t steps);

  /// `rank` has heard of so many steps of rank `lost`: their updates are
  /// applied, or were told as Missed. What `lost` has made beyond these, `rank`
  /// will not get any more.
  void HeardOfLost(int rank, int lost, int64_t steps);

  /// `rank` makes no steps but the first `steps` of all, or none but those that
  /// were told, if that is less than 0: it finishes, or is lost.
  void Ended(int rank, int64_t steps = -1);

  /// All ranks now have these parameters, with every update in them. Each rank
  /// says so; what the first says counts.
  void Restart(int rank, const float *const *parameters);

  /// |x - v| / lr of the latest view of `rank` that was compared since the last
  /// call; none if none was.
  std::optional<double> TakeLatest(int rank);

  ConsistencyReport Report() const;

  /// What is allocated, in bytes.
  size_t bytes() const { return bytes_; }

private:
  /// The sum of the updates of some steps; only their end is a step at which
  /// views can be compared.
  struct Span {
    int64_t first;
    int64_t last;
    std::vector<double> sum; ///< Empty: nothing yet.
    /// Of its gradients, what they are multiplied by besides lr.
    double least_share = std::numeric_limits<double>::infinity();
    double most_share = 0;

    double Unevenness() const {
      return std::max(0.0, most_share - least_share);
    }
  };
  struct Snapshot {
    int rank;
    int64_t step;
    double lr;
    std::vector<float> values;
  };
  struct Origin {
    int64_t next = 0; ///< All steps below have been told.
    int64_t end = std::numeric_limits<int64_t>::max(); ///< It makes no others.
    /// Steps told beyond, first and last, in order.
    std::vector<std::pair<int64_t, int64_t>> beyond;
    int64_t told = 0;        ///< Steps since the last restart.
    double lr = 0;           ///< Of its last update that kept something.
    std::vector<float> kept; ///< By its compressor.
    double largest_lr = 0;   ///< Of its views.
    uint64_t restarts = 0;
    int64_t missed = 0;
    int64_t most_missed = 0; ///< At any time since the last restart.
    std::optional<double> latest;
  };

  double Add(const Update &update, double sign, double *to);
  void SetX(const float *const *parameters);
  void NoteShare(int64_t step, double share);
  std::vector<double> &SumFor(int64_t first, int64_t last);
  void Cover(int64_t first, int64_t last);
  size_t IndexOf(int64_t step) const;
  size_t Join(size_t begin, size_t end);
  bool IsWithin(int64_t step) const;
  template <typename Use>
  void TakeSnapshots(int64_t first, int64_t last, const Use &use);
  void Tell(int origin, int64_t first, int64_t last);
  void Advance();
  void FoldFirst();
  void Compare(int rank, int64_t step, double lr, const float *view);
  void Keep(int rank, int64_t step, double lr, const float *const *parameters);
  int64_t CountFaults() const;
  bool Fits(size_t bytes) const {
    return bytes_ + bytes <= options_.budget_bytes;
  }

  const Options options_;
  size_t elements_ = 0;
  size_t bytes_ = 0;
  bool begun_ = false;
  std::vector<double> x_; ///< With all updates of steps below x_step_.
  int64_t x_step_;
  std::vector<Span> spans_; ///< From x_step_ on, without gaps.
  std::vector<Snapshot> snapshots_;
  std::vector<Origin> origins_;
  int64_t complete_; ///< All steps below have been told, by all that make them.
  std::map<std::pair<int, int>, int64_t> heard_; ///< By rank and lost rank.
  std::vector<std::vector<double>> free_sums_;
  std::vector<std::vector<float>> free_snapshots_;
  double lr_ = 0;           ///< Heard of last.
  double measured_lr_ = 1;  ///< Of the view that was furthest.
  double largest_norm_ = 0; ///< Of a view.
  uint64_t updates_ = 0;    ///< Told so far.
  double most_share_ = 0;   ///< The largest of all steps.
  uint64_t restarts_ = 0;
  double unevenness_ = 0;      ///< Of the steps that are in x.
  int64_t earlier_faults_ = 0; ///< The most before the last restart.
  ConsistencyReport report_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_ASYNC_CONSISTENCY_METER_H
