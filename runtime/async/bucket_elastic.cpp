//===- bucket_elastic.cpp - Steps that do not wait for every layer --------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/async/bucket_elastic.h"

#include "runtime/async/apply.h"
#include "runtime/async/consistency_meter.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace tacit {

#define RETURN_IF_ERROR(expression)                                            \
  do {                                                                         \
    if (absl::Status status_ = (expression); !status_.ok())                    \
      return status_;                                                          \
  } while (false)

namespace {

/// Some members, next to each other.
struct Bucket {
  std::string name; ///< For messages: "mean of w1, b1".
  uint32_t first_member;
  uint32_t end_member;
  size_t first; ///< Element of all members, end to end.
  size_t count; ///< Elements.
};

/// What ranks tell each other in each step.
struct News {
  int32_t called = 0;  ///< 1: rank 0 calls a meeting.
  int32_t stopped = 0; ///< 1 + why, of a rank that stops the run.
};

/// A step whose means are not all applied.
struct Step {
  int64_t step = -1;
  double lr = 0;
  std::vector<float> values; ///< The gradient, then means.
  struct Part {
    tacit_token token = 0;
    bool done = false; ///< The mean is in `values`; the token is awaited.
    bool applied = false;
  };
  std::vector<Part> parts; ///< By bucket.
  size_t applied = 0;      ///< Of these.
  News news;
  tacit_token news_token = 0;
};

class BucketElastic final : public AsyncChannel {
public:
  explicit BucketElastic(const Environment &environment);

  /// Exchanges, by max_delay and the number of buckets.
  size_t MostInFlight() const { return steps_.size() * (buckets_.size() + 1); }

  absl::Status Collect(float *const *parameters) override {
    return NotOfThis("tacit_collect");
  }
  absl::Status Publish(const tacit_contribution &update,
                       float *const *parameters) override {
    return NotOfThis("tacit_publish");
  }
  absl::Status Await(const tacit_contribution &gradient,
                     float *const *parameters) override;
  absl::Status Progress() override { return communicator_.Progress(); }
  absl::Status Call(uint64_t what) override;
  std::optional<uint64_t> called() const override;
  absl::StatusOr<uint64_t> Meet() override;
  absl::Status Stop(int why) override;
  std::optional<int> stopped() const override;
  absl::StatusOr<bool> Finish() override;
  absl::Status Average() override;
  absl::StatusOr<std::vector<std::string>>
  GatherAtFirst(std::string mine) override;
  int first_live() const override { return 0; }
  bool IsLive(int rank) const override { return true; }
  int64_t known_steps() const override {
    return (step_ - first_step_) * communicator_.size();
  }
  AsyncReport report() const override;
  StalenessCounts TakeRecentStaleness() override {
    return std::exchange(recent_, {});
  }

private:
  absl::Status NotOfThis(const char *what) const {
    return absl::InvalidArgumentError(
        absl::StrCat("channel '", channel_.name, "': ", what,
                     " is no operation of elastic scheduling; wanted ",
                     "tacit_elastic_await"));
  }
  void MakeBuckets();
  void NoteView();
  Step &of(int64_t step) {
    return steps_[static_cast<size_t>(step) % steps_.size()];
  }
  absl::Status Start(Step &step, const tacit_contribution &gradient);
  absl::Status TakeFinished(Step &step);
  absl::Status WaitForNorm(Step &step, double wanted);
  absl::Status AwaitAll(Step &step);
  absl::Status AwaitPart(Step &step, size_t bucket);
  absl::Status AwaitUpTo(int64_t step, WaitReason reason);
  void Apply(Step &step, float *const *parameters);
  void ApplyBefore(int64_t end, float *const *parameters);
  void CountWait(WaitReason reason, double begin);
  void Measure(const tacit_contribution &gradient, float *const *parameters);

  const tacit_channel &channel_;
  Communicator &communicator_;
  float *const *const variables_;
  ConsistencyMeter *const meter_;
  AsyncObserver no_observer_;
  AsyncObserver &observer_;
  const int64_t first_step_;
  int64_t step_;       ///< The step at hand.
  int64_t news_until_; ///< The first step whose news are not taken in.
  bool view_noted_ = false;

  std::vector<Bucket> buckets_;
  size_t elements_ = 0;
  std::vector<Step> steps_; ///< A ring, by step.
  std::vector<std::vector<float>> free_values_;
  uint64_t pending_ = 0; ///< Of rank 0: what it has called a meeting for.
  int32_t stopping_ = 0; ///< 1 + why, of this rank.
  News agreed_;          ///< The same on every rank.
  std::vector<int> everyone_;
  AsyncReport report_;
  StalenessCounts recent_;
};

} // namespace

static int64_t FirstStep(const AsyncChannel::Environment &environment) {
  return environment.first_steps.empty() ? 0 : environment.first_steps[0];
}

BucketElastic::BucketElastic(const Environment &environment)
    : channel_(environment.channel), communicator_(environment.communicator),
      variables_(environment.parameters), meter_(environment.meter),
      observer_(environment.observer ? *environment.observer : no_observer_),
      first_step_(FirstStep(environment)), step_(first_step_),
      news_until_(first_step_),
      steps_(static_cast<size_t>(channel_.max_delay + 1)) {
  MakeBuckets();
  for (Step &step : steps_)
    step.parts.resize(buckets_.size());
  for (int rank = 0; rank < communicator_.size(); ++rank)
    if (rank != communicator_.rank())
      everyone_.push_back(rank);
  if (meter_)
    meter_->Begin(variables_);
}

/// From the last member on, as many as fit; one at least.
void BucketElastic::MakeBuckets() {
  for (uint32_t m = 0; m < channel_.num_members; ++m)
    elements_ += channel_.members[m].count;
  size_t first = elements_;
  for (uint32_t end = channel_.num_members; end > 0;) {
    uint32_t begin = end - 1;
    size_t count = channel_.members[begin].count;
    while (begin > 0 &&
           (count + channel_.members[begin - 1].count) * sizeof(float) <=
               channel_.bucket_bytes)
      count += channel_.members[--begin].count;
    first -= count;
    std::vector<const char *> names;
    for (uint32_t m = begin; m < end; ++m)
      names.push_back(channel_.members[m].name);
    buckets_.push_back({absl::StrCat("mean of ", absl::StrJoin(names, ", ")),
                        begin, end, first, count});
    end = begin;
  }
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

void BucketElastic::NoteView() {
  view_noted_ = true;
  observer_.OnView(step_);
}

void BucketElastic::CountWait(WaitReason reason, double begin) {
  const double end = communicator_.Now();
  if (!(end > begin))
    return;
  report_.waited[static_cast<size_t>(reason)] += end - begin;
  observer_.OnWait(begin, end, WaitName(reason));
}

void BucketElastic::Measure(const tacit_contribution &gradient,
                            float *const *parameters) {
  if (!meter_)
    return;
  meter_->View(communicator_.rank(), step_, parameters, gradient.lr);
  meter_->Published({.origin = communicator_.rank(),
                     .step = step_,
                     .lr = gradient.lr,
                     .scale = gradient.lr / communicator_.size(),
                     .sent = gradient.tensors});
}

/// The whole step: see the head of bucket_elastic.h.
absl::Status BucketElastic::Await(const tacit_contribution &gradient,
                                  float *const *parameters) {
  if (!gradient.tensors)
    return absl::InvalidArgumentError(
        absl::StrCat("channel '", channel_.name,
                     "': got a payload, which has no buckets; wanted tensors"));
  if (!view_noted_)
    NoteView();
  Measure(gradient, parameters);
  Step &step = of(step_);
  RETURN_IF_ERROR(Start(step, gradient));
  observer_.OnPublish(report_.published++, step_);
  double squares = 0;
  for (uint32_t m = 0; m < channel_.num_members; ++m)
    squares += SumOfSquares(gradient.tensors[m], channel_.members[m].count);
  const double begin = communicator_.Now();
  RETURN_IF_ERROR(WaitForNorm(step, channel_.beta * std::sqrt(squares)));
  CountWait(WaitReason::kScheduler, begin);
  observer_.OnProceed(step_, everyone_);
  Apply(step, parameters);
  for (int64_t late = std::max(first_step_, step_ - channel_.max_delay);
       late < step_; ++late)
    RETURN_IF_ERROR(TakeFinished(of(late)));
  ApplyBefore(step_, parameters);
  RETURN_IF_ERROR(AwaitUpTo(step_ - channel_.max_delay, WaitReason::kMaxDelay));
  ApplyBefore(step_ + 1, parameters);
  ++step_;
  NoteView();
  return absl::OkStatus();
}

/// Starts all exchanges of a step.
absl::Status BucketElastic::Start(Step &step,
                                  const tacit_contribution &gradient) {
  step.step = step_;
  step.lr = gradient.lr;
  step.applied = 0;
  if (!free_values_.empty()) {
    step.values = std::move(free_values_.back());
    free_values_.pop_back();
  }
  step.values.resize(elements_);
  step.news = {.called = pending_ != 0, .stopped = stopping_};
  float *to = step.values.data();
  for (uint32_t m = 0; m < channel_.num_members; ++m)
    to = std::copy_n(gradient.tensors[m], channel_.members[m].count, to);
  for (size_t b = 0; b < buckets_.size(); ++b) {
    const absl::StatusOr<tacit_token> token = communicator_.StartAllReduce(
        buckets_[b].name, step.values.data() + buckets_[b].first,
        buckets_[b].count, TACIT_F32, TACIT_MEAN);
    if (!token.ok())
      return token.status();
    step.parts[b] = {.token = *token};
  }
  static_assert(sizeof(News) == 2 * sizeof(int32_t));
  const absl::StatusOr<tacit_token> token =
      communicator_.StartAllReduce("who calls or stops", &step.news, 2,
                                   TACIT_I32, TACIT_MAX, Purpose::kControl);
  if (!token.ok())
    return token.status();
  step.news_token = *token;
  return absl::OkStatus();
}

absl::Status BucketElastic::AwaitPart(Step &step, size_t bucket) {
  Step::Part &part = step.parts[bucket];
  if (part.done)
    return absl::OkStatus();
  RETURN_IF_ERROR(communicator_.Await(part.token));
  part.done = true;
  return absl::OkStatus();
}

/// Takes in, without waiting, the means that have come.
absl::Status BucketElastic::TakeFinished(Step &step) {
  for (size_t b = 0; b < buckets_.size(); ++b) {
    if (step.parts[b].done)
      continue;
    const absl::StatusOr<bool> finished =
        communicator_.Test(step.parts[b].token);
    if (!finished.ok())
      return finished.status();
    if (*finished)
      RETURN_IF_ERROR(AwaitPart(step, b));
  }
  return absl::OkStatus();
}

/// Returns when the means that have come have the norm `wanted`, or all have.
absl::Status BucketElastic::WaitForNorm(Step &step, double wanted) {
  for (;;) {
    RETURN_IF_ERROR(TakeFinished(step));
    double squares = 0;
    size_t missing = buckets_.size();
    for (size_t b = 0; b < buckets_.size(); ++b) {
      if (step.parts[b].done)
        squares += SumOfSquares(step.values.data() + buckets_[b].first,
                                buckets_[b].count);
      else
        missing = std::min(missing, b);
    }
    if (missing == buckets_.size() ||
        (channel_.max_delay > 0 && std::sqrt(squares) >= wanted))
      return absl::OkStatus();
    // The first that was started is the first to come.
    RETURN_IF_ERROR(AwaitPart(step, missing));
  }
}

absl::Status BucketElastic::AwaitAll(Step &step) {
  for (size_t b = 0; b < buckets_.size(); ++b)
    RETURN_IF_ERROR(AwaitPart(step, b));
  return absl::OkStatus();
}

/// Waits for all means and the news of the steps up to `last`, which all ranks
/// do after the same step of their own.
absl::Status BucketElastic::AwaitUpTo(int64_t last, WaitReason reason) {
  const double begin = communicator_.Now();
  for (; news_until_ <= last; ++news_until_) {
    Step &step = of(news_until_);
    RETURN_IF_ERROR(AwaitAll(step));
    RETURN_IF_ERROR(communicator_.Await(step.news_token));
    agreed_.called = std::max(agreed_.called, step.news.called);
    agreed_.stopped = std::max(agreed_.stopped, step.news.stopped);
  }
  CountWait(reason, begin);
  return absl::OkStatus();
}

/// Applies what has come of a step and is not applied, by bucket.
void BucketElastic::Apply(Step &step, float *const *parameters) {
  for (size_t b = 0; b < buckets_.size(); ++b) {
    Step::Part &part = step.parts[b];
    if (!part.done || part.applied)
      continue;
    part.applied = true;
    const float *values = step.values.data() + buckets_[b].first;
    for (uint32_t m = buckets_[b].first_member; m < buckets_[b].end_member;
         ++m) {
      SubtractMean(parameters[m], static_cast<float>(step.lr), values, 1,
                   channel_.members[m].count);
      values += channel_.members[m].count;
    }
    const uint64_t late = static_cast<uint64_t>(step_ - step.step);
    report_.staleness.Add(late);
    recent_.Add(late);
    ++report_.applied;
    view_noted_ = false;
    if (++step.applied == buckets_.size())
      free_values_.push_back(std::move(step.values));
  }
}

/// The same of all steps before `end`, which is at most the next.
void BucketElastic::ApplyBefore(int64_t end, float *const *parameters) {
  const int64_t first =
      std::max(first_step_, std::min(step_, end - 1) - channel_.max_delay);
  for (int64_t step = first; step < end; ++step)
    if (of(step).step == step)
      Apply(of(step), parameters);
}

//===----------------------------------------------------------------------===//
// Between steps
//===----------------------------------------------------------------------===//

absl::Status BucketElastic::Call(uint64_t what) {
  if (communicator_.rank() != 0)
    return absl::InvalidArgumentError(
        absl::StrCat("rank ", communicator_.rank(), " calls a meeting of ",
                     "channel '", channel_.name, "'; wanted rank 0 to"));
  pending_ |= what;
  return absl::OkStatus();
}

std::optional<uint64_t> BucketElastic::called() const {
  // What for, Meet says.
  if (!agreed_.called)
    return std::nullopt;
  return std::max<uint64_t>(pending_, 1);
}

absl::Status BucketElastic::Stop(int why) {
  stopping_ = std::max(stopping_, why + 1);
  return absl::OkStatus();
}

std::optional<int> BucketElastic::stopped() const {
  if (agreed_.stopped == 0)
    return std::nullopt;
  return agreed_.stopped - 1;
}

absl::StatusOr<uint64_t> BucketElastic::Meet() {
  RETURN_IF_ERROR(AwaitUpTo(step_ - 1, WaitReason::kMeeting));
  ApplyBefore(step_, variables_);
  uint64_t what = std::exchange(pending_, 0);
  const double begin = communicator_.Now();
  RETURN_IF_ERROR(
      communicator_.Broadcast("what a meeting is for", &what, sizeof(what), 0));
  CountWait(WaitReason::kMeeting, begin);
  agreed_.called = 0;
  return what;
}

absl::StatusOr<bool> BucketElastic::Finish() {
  RETURN_IF_ERROR(AwaitUpTo(step_ - 1, WaitReason::kEnd));
  ApplyBefore(step_, variables_);
  // Calls and stops after the last step, which no step has told of.
  News last{.called = pending_ != 0, .stopped = stopping_};
  const double begin = communicator_.Now();
  RETURN_IF_ERROR(communicator_.AllReduce("who calls or stops", &last, 2,
                                          TACIT_I32, TACIT_MAX));
  CountWait(WaitReason::kEnd, begin);
  agreed_.called = last.called;
  agreed_.stopped = std::max(agreed_.stopped, last.stopped);
  if (agreed_.called)
    return false;
  if (meter_)
    meter_->Ended(communicator_.rank());
  return true;
}

absl::Status BucketElastic::Average() {
  for (uint32_t m = 0; m < channel_.num_members; ++m)
    RETURN_IF_ERROR(communicator_.AllReduce(
        "average of replicas", variables_[m], channel_.members[m].count,
        TACIT_F32, TACIT_MEAN, Purpose::kPayload));
  if (meter_)
    meter_->Restart(communicator_.rank(), variables_);
  view_noted_ = false;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>>
BucketElastic::GatherAtFirst(std::string mine) {
  const size_t ranks = static_cast<size_t>(communicator_.size());
  const uint64_t size = mine.size();
  std::vector<uint64_t> sizes(ranks);
  RETURN_IF_ERROR(communicator_.AllGather("sizes to be gathered", &size,
                                          sizes.data(), sizeof(size)));
  const uint64_t most = *std::max_element(sizes.begin(), sizes.end());
  mine.resize(most);
  std::string all(ranks * most, '\0');
  RETURN_IF_ERROR(communicator_.AllGather("what is gathered", mine.data(),
                                          all.data(), most));
  std::vector<std::string> gathered;
  for (size_t rank = 0; rank < ranks && communicator_.rank() == 0; ++rank)
    gathered.push_back(all.substr(rank * most, sizes[rank]));
  return gathered;
}

AsyncReport BucketElastic::report() const {
  AsyncReport report = report_;
  report.messages = communicator_.traffic().messages_sent;
  return report;
}

absl::StatusOr<std::unique_ptr<AsyncChannel>>
OpenBucketElastic(const AsyncChannel::Environment &environment) {
  const tacit_channel &channel = environment.channel;
  const auto error = [&](const auto &...text) {
    return absl::InvalidArgumentError(
        absl::StrCat("channel '", channel.name, "': ", text...));
  };
  if (channel.scheduler != TACIT_NORM_BOUNDED)
    return error("buckets with scheduler ", channel.scheduler,
                 "; wanted norm_bounded (", TACIT_NORM_BOUNDED, ")");
  if (channel.compression >= 0)
    return error("compressed payloads have no buckets; wanted dense ones, or "
                 "granularity = rank");
  if (channel.max_delay > 16000)
    return error("a max_delay of ", channel.max_delay, " with buckets; wanted ",
                 "at most 16000");
  for (const int64_t step : environment.first_steps)
    if (step != environment.first_steps[0])
      return error("ranks begin with steps ", environment.first_steps[0],
                   " and ", step, "; with buckets, all make the same steps");
  auto end = std::make_unique<BucketElastic>(environment);
  static constexpr size_t kMost = 16000;
  if (end->MostInFlight() > kMost)
    return error("a max_delay of ", channel.max_delay, " may have ",
                 end->MostInFlight(), " exchanges in flight; wanted at most ",
                 kMost, ": a smaller one, or larger buckets");
  return end;
}

} // namespace tacit
