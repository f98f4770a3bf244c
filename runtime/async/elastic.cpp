//===- elastic.cpp - Steps that do not wait for every gradient ------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/async/elastic.h"

#include "runtime/async/apply.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace tacit {

#define RETURN_IF_ERROR(expression)                                            \
  do {                                                                         \
    if (absl::Status status_ = (expression); !status_.ok())                    \
      return status_;                                                          \
  } while (false)

namespace {

/// What is left to do about a step of this rank.
struct StepRecord {
  int64_t step = -1;
  double lr = 0;
  int ranks = 1;           ///< P.
  Update own;              ///< While it stands in the place of others.
  std::vector<int> places; ///< Of these.
};

class Elastic final : public ExchangePolicy {
public:
  explicit Elastic(ChannelCore &core);

  absl::Status Await(const tacit_contribution &gradient,
                     float *const *parameters) override;
  absl::Status Arrived(Update update) override;
  absl::Status ApplyAll(float *const *parameters) override;
  int64_t MostAhead() const override { return max_delay_; }
  int Divisor() const override { return divisor_; }

private:
  bool replaces() const {
    return core_.channel().scheduler == TACIT_VARIANCE_BOUNDED;
  }
  StepRecord &record(int64_t step) {
    return records_[static_cast<size_t>(step) % records_.size()];
  }
  StepRecord &NewRecord();
  int Live() const;

  absl::Status WaitForScheduler(const Update &own);
  absl::Status WaitForDelay(int64_t step);
  bool AllIn();
  bool IsToCome(int rank) const;
  absl::StatusOr<bool> EnoughNorm();
  absl::Status ApplyStep(const Update &own, double lr,
                         float *const *parameters);
  absl::Status ApplyLate(int64_t last, float *const *parameters);
  absl::Status ApplyOne(const Update &update, float *const *parameters);
  absl::Status GiveUpPlaces(StepRecord &record, float *const *parameters);
  void SubtractMean(float *const *parameters, double lr, const float *values,
                    int ranks);

  ChannelCore &core_;
  const int64_t max_delay_;
  std::vector<StepRecord> records_; ///< A ring, by step.

  std::vector<Update> waiting_; ///< Come, and not applied; also early ones.
  std::vector<Update> batch_;   ///< Of these, what is being applied.
  /// Gradients of steps to come that a meeting has applied: step and rank.
  std::vector<std::pair<int64_t, int>> ahead_;

  // Of the step at hand.
  int64_t step_ = -1;
  int divisor_ = 1;               ///< Of the latest step: P.
  std::vector<Update> in_time_;   ///< R, in the order in which they came.
  std::vector<int64_t> has_come_; ///< By rank: the step at hand, if it has.
  int first_missing_ = 0;         ///< All ranks below are in.
  double own_norm_ = 0;
  size_t added_ = 0;           ///< Of in_time_, to arrived_.
  std::vector<float> arrived_; ///< Their sum.
  std::vector<int> ranks_;     ///< Those in R, for the observer.
  std::vector<uint64_t> staleness_;

  std::vector<float> sum_;
  std::vector<float> own_;     ///< Of compressed gradients.
  std::vector<float> scratch_; ///< For a difference.
};

} // namespace

/// More steps than max_delay, for copies that come after they were given up:
/// by another way than the one on which they were lost.
static constexpr int64_t kAfterwards = 8;

Elastic::Elastic(ChannelCore &core)
    : core_(core), max_delay_(core.channel().max_delay), records_(16),
      has_come_(static_cast<size_t>(core.size()), -1), sum_(core.elements()) {
  if (replaces())
    scratch_.resize(core.elements());
  if (core.channel().compression >= 0)
    own_.resize(core.elements());
}

/// That of the step at hand, in the place of one that is long past. The ring
/// grows to as many as max_delay asks for.
StepRecord &Elastic::NewRecord() {
  while (record(step_).step >= 0 &&
         step_ - record(step_).step - kAfterwards <= max_delay_) {
    std::vector<StepRecord> larger(2 * records_.size());
    for (StepRecord &old : records_)
      if (old.step >= 0)
        larger[static_cast<size_t>(old.step) % larger.size()] = std::move(old);
    records_ = std::move(larger);
  }
  StepRecord &step = record(step_);
  step.step = step_;
  step.places.clear();
  step.own = {};
  return step;
}

int Elastic::Live() const {
  int live = 0;
  for (int rank = 0; rank < core_.size(); ++rank)
    live += core_.IsLive(rank);
  return live;
}

absl::Status Elastic::Arrived(Update update) {
  if (update.step == step_) {
    has_come_[static_cast<size_t>(update.origin)] = step_;
    in_time_.push_back(std::move(update));
  } else {
    waiting_.push_back(std::move(update));
  }
  return absl::OkStatus();
}

/// The whole step: see the head of elastic.h.
absl::Status Elastic::Await(const tacit_contribution &gradient,
                            float *const *parameters) {
  // From here on, gradients of this step are in time.
  step_ = core_.step();
  first_missing_ = 0;
  added_ = 0;
  size_t left = 0;
  for (Update &update : waiting_) {
    if (update.step == step_) {
      has_come_[static_cast<size_t>(update.origin)] = step_;
      in_time_.push_back(std::move(update));
    } else {
      std::swap(waiting_[left++], update);
    }
  }
  waiting_.resize(left);
  const absl::StatusOr<Update> own = core_.Send(gradient);
  if (!own.ok())
    return own.status();
  RETURN_IF_ERROR(core_.stream().Poll());
  RETURN_IF_ERROR(WaitForScheduler(*own));
  RETURN_IF_ERROR(ApplyStep(*own, gradient.lr, parameters));
  RETURN_IF_ERROR(ApplyLate(step_ - 1, parameters));
  // What comes of this step from now on is late.
  const int64_t step = std::exchange(step_, -1);
  RETURN_IF_ERROR(WaitForDelay(step - max_delay_));
  RETURN_IF_ERROR(ApplyLate(step, parameters));
  StepRecord &last = record(step - max_delay_);
  return step >= max_delay_ && last.step == step - max_delay_
             ? GiveUpPlaces(last, parameters)
             : absl::OkStatus();
}

//===----------------------------------------------------------------------===//
// Waiting
//===----------------------------------------------------------------------===//

/// Whether nothing more of the step at hand is to be waited for. What is true
/// of a rank stays true.
bool Elastic::AllIn() {
  for (; first_missing_ < core_.size(); ++first_missing_)
    if (first_missing_ != core_.rank() &&
        has_come_[static_cast<size_t>(first_missing_)] != step_ &&
        !core_.HasSteps(first_missing_, step_))
      return false;
  return true;
}

/// Whether |sum_R g_j| >= beta |g_i|.
absl::StatusOr<bool> Elastic::EnoughNorm() {
  if (arrived_.empty())
    arrived_.resize(core_.elements());
  for (; added_ < in_time_.size(); ++added_) {
    const absl::StatusOr<const float *> values = core_.Dense(in_time_[added_]);
    if (!values.ok())
      return values.status();
    if (added_ == 0)
      std::copy_n(*values, core_.elements(), arrived_.data());
    else
      AddTo(arrived_.data(), *values, core_.elements());
  }
  const double norm =
      added_ == 0 ? 0
                  : std::sqrt(SumOfSquares(arrived_.data(), core_.elements()));
  return norm >= core_.channel().beta * own_norm_;
}

/// Whether another rank's gradient of the step at hand has not come, and it has
/// made one, even if that is lost, or may make it.
bool Elastic::IsToCome(int rank) const {
  if (has_come_[static_cast<size_t>(rank)] == step_ ||
      std::find(ahead_.begin(), ahead_.end(), std::make_pair(step_, rank)) !=
          ahead_.end())
    return false;
  return core_.stream().known_step(rank) >= step_ ||
         !core_.HasSteps(rank, step_);
}

absl::Status Elastic::WaitForScheduler(const Update &own) {
  const tacit_channel &channel = core_.channel();
  if (max_delay_ == 0)
    return core_.WaitUntil(WaitReason::kMaxDelay, [this] { return AllIn(); });
  if (channel.scheduler == TACIT_VARIANCE_BOUNDED) {
    if (channel.wait <= 0)
      return absl::OkStatus();
    return core_.WaitUntil(
        WaitReason::kScheduler, [this] { return AllIn(); },
        core_.Now() + channel.wait);
  }
  if (channel.beta <= 0)
    return absl::OkStatus();
  const absl::StatusOr<const float *> values = core_.Dense(own);
  if (!values.ok())
    return values.status();
  own_norm_ = std::sqrt(SumOfSquares(*values, core_.elements()));
  size_t asked_of = in_time_.size() + 1;
  bool enough = false;
  absl::Status status;
  const absl::Status waited = core_.WaitUntil(WaitReason::kScheduler, [&] {
    if (AllIn())
      return true;
    if (in_time_.size() != std::exchange(asked_of, in_time_.size())) {
      const absl::StatusOr<bool> answer = EnoughNorm();
      status = answer.status();
      enough = !answer.ok() || *answer;
    }
    return enough;
  });
  return waited.ok() ? status : waited;
}

/// Waits for the gradients of all steps up to `step`.
absl::Status Elastic::WaitForDelay(int64_t step) {
  int first = 0;
  return core_.WaitUntil(WaitReason::kMaxDelay, [&] {
    while (first < core_.size() &&
           (first == core_.rank() || core_.HasSteps(first, step)))
      ++first;
    return first == core_.size();
  });
}

//===----------------------------------------------------------------------===//
// The step at hand
//===----------------------------------------------------------------------===//

/// v -= lr * (values / ranks).
void Elastic::SubtractMean(float *const *parameters, double lr,
                           const float *values, int ranks) {
  const tacit_channel &channel = core_.channel();
  for (uint32_t m = 0; m < channel.num_members; ++m) {
    tacit::SubtractMean(parameters[m], static_cast<float>(lr), values,
                        static_cast<float>(ranks), channel.members[m].count);
    values += channel.members[m].count;
  }
}

/// Sum_m |a[m] - b[m]|.
static uint64_t Distance(absl::Span<const uint32_t> a,
                         absl::Span<const uint32_t> b) {
  uint64_t sum = 0;
  for (size_t i = 0; i < a.size(); ++i)
    sum += a[i] < b[i] ? b[i] - a[i] : a[i] - b[i];
  return sum;
}

/// Moves the parameters by the own gradient and R, in rank order.
absl::Status Elastic::ApplyStep(const Update &own, double lr,
                                float *const *parameters) {
  const int rank = core_.rank(), size = core_.size();
  StepRecord &step = NewRecord();
  step.lr = lr;
  step.ranks = divisor_ = Live();
  std::sort(
      in_time_.begin(), in_time_.end(),
      [](const Update &a, const Update &b) { return a.origin < b.origin; });
  ranks_.clear();
  staleness_.clear();
  for (const Update &update : in_time_) {
    ranks_.push_back(update.origin);
    // Together they are applied to the model that the own gradient is of.
    staleness_.push_back(Distance(update.clock(size), own.clock(size)));
  }
  core_.observer().OnProceed(step_, ranks_);

  const float *own_values = nullptr;
  bool first = true;
  const auto add = [&](const Update &update) -> absl::Status {
    const absl::StatusOr<const float *> values = core_.Dense(update);
    if (!values.ok())
      return values.status();
    if (first)
      std::copy_n(*values, sum_.size(), sum_.data());
    else
      AddTo(sum_.data(), *values, sum_.size());
    first = false;
    if (&update == &own) {
      own_values = *values;
      if (!own_.empty())
        own_values = std::copy_n(*values, own_.size(), own_.data()) -
                     static_cast<std::ptrdiff_t>(own_.size());
    }
    return absl::OkStatus();
  };
  auto next = in_time_.begin();
  for (; next != in_time_.end() && next->origin < rank; ++next)
    RETURN_IF_ERROR(add(*next));
  RETURN_IF_ERROR(add(own));
  for (; next != in_time_.end(); ++next)
    RETURN_IF_ERROR(add(*next));

  if (replaces()) {
    for (int other = 0; other < size; ++other)
      if (other != rank && core_.IsLive(other) && IsToCome(other))
        step.places.push_back(other);
    if (!step.places.empty()) {
      SubtractScaled(sum_.data(), -static_cast<float>(step.places.size()),
                     own_values, sum_.size());
      step.own = own;
    }
  }
  SubtractMean(parameters, lr, sum_.data(), step.ranks);
  for (size_t i = 0; i < in_time_.size(); ++i)
    core_.Applied(in_time_[i], staleness_[i]);
  in_time_.clear();
  std::erase_if(ahead_, [&](const auto &one) { return one.first <= step_; });
  return absl::OkStatus();
}

//===----------------------------------------------------------------------===//
// Late gradients
//===----------------------------------------------------------------------===//

/// Applies what waits of steps up to `last`, by step and rank.
absl::Status Elastic::ApplyLate(int64_t last, float *const *parameters) {
  size_t left = 0;
  for (Update &update : waiting_) {
    if (update.step <= last)
      batch_.push_back(std::move(update));
    else
      std::swap(waiting_[left++], update);
  }
  waiting_.resize(left);
  std::sort(batch_.begin(), batch_.end(), [](const Update &a, const Update &b) {
    return std::pair(a.step, a.origin) < std::pair(b.step, b.origin);
  });
  for (const Update &update : batch_)
    RETURN_IF_ERROR(ApplyOne(update, parameters));
  batch_.clear();
  return absl::OkStatus();
}

absl::Status Elastic::ApplyOne(const Update &update, float *const *parameters) {
  const uint64_t staleness = core_.staleness().Of(update.clock(core_.size()));
  const absl::StatusOr<const float *> values = core_.Dense(update);
  if (!values.ok())
    return values.status();
  StepRecord &step = record(update.step);
  const bool known = step.step == update.step;
  const auto place =
      std::find(step.places.begin(), step.places.end(), update.origin);
  if (known && place != step.places.end()) {
    std::copy_n(*values, scratch_.size(), scratch_.data());
    const absl::StatusOr<const float *> own = core_.Dense(step.own);
    if (!own.ok())
      return own.status();
    SubtractFrom(scratch_.data(), *own, scratch_.size());
    SubtractMean(parameters, step.lr, scratch_.data(), step.ranks);
    step.places.erase(place);
    if (step.places.empty())
      step.own = {};
  } else {
    // Of a step that this rank has not made, or long ago, as its sender did.
    SubtractMean(parameters, known ? step.lr : update.lr, *values,
                 known ? step.ranks : Live());
  }
  core_.Applied(update, staleness);
  return absl::OkStatus();
}

/// Takes the own gradient out of the places of gradients that were never made.
/// Those that are lost leave it there.
absl::Status Elastic::GiveUpPlaces(StepRecord &step, float *const *parameters) {
  const size_t before = step.places.size();
  std::erase_if(step.places, [&](int rank) {
    return core_.stream().known_step(rank) < step.step;
  });
  const size_t count = before - step.places.size();
  if (count > 0) {
    const absl::StatusOr<const float *> own = core_.Dense(step.own);
    if (!own.ok())
      return own.status();
    SubtractMean(parameters, -step.lr * static_cast<double>(count), *own,
                 step.ranks);
  }
  if (step.places.empty())
    step.own = {};
  return absl::OkStatus();
}

/// At a meeting, or the end: nothing is on its way.
absl::Status Elastic::ApplyAll(float *const *parameters) {
  for (const Update &update : waiting_)
    if (update.step >= core_.step())
      ahead_.emplace_back(update.step, update.origin);
  RETURN_IF_ERROR(ApplyLate(std::numeric_limits<int64_t>::max(), parameters));
  for (StepRecord &step : records_) {
    RETURN_IF_ERROR(GiveUpPlaces(step, parameters));
    // What is missing now stays so.
    step.places.clear();
    step.own = {};
  }
  return absl::OkStatus();
}

std::unique_ptr<ExchangePolicy> CreateElastic(ChannelCore &core) {
  return std::make_unique<Elastic>(core);
}

} // namespace tacit
