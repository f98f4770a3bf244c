//===- consistency_meter.cpp - How far views are apart --------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/async/consistency_meter.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

namespace tacit {

/// The sum of the squares of value(i), i < count: in eight parts, for vectors.
template <typename Value>
static double SumOfSquares(size_t count, const Value &value) {
  double parts[8] = {};
  size_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (size_t k = 0; k < 8; ++k) {
      const double x = value(i + k);
      parts[k] += x * x;
    }
  for (; i < count; ++i) {
    const double x = value(i);
    parts[i % 8] += x * x;
  }
  return std::accumulate(std::begin(parts), std::end(parts), 0.0);
}

static int64_t FirstOf(const ConsistencyMeter::Options &options) {
  const std::vector<int64_t> &steps = options.first_steps;
  return steps.empty() ? options.first_step
                       : *std::min_element(steps.begin(), steps.end());
}

ConsistencyMeter::ConsistencyMeter(Options options)
    : options_(std::move(options)),
      elements_(std::accumulate(options_.members.begin(),
                                options_.members.end(), size_t{0})),
      x_step_(FirstOf(options_)), origins_(static_cast<size_t>(options_.ranks)),
      complete_(x_step_) {
  for (size_t rank = 0; rank < origins_.size(); ++rank)
    origins_[rank].next = options_.first_steps.empty()
                              ? options_.first_step
                              : options_.first_steps[rank];
  report_.unbounded = options_.bound.unbounded;
}

void ConsistencyMeter::Begin(const float *const *parameters) {
  if (begun_)
    return;
  begun_ = true;
  SetX(parameters);
}

//===----------------------------------------------------------------------===//
// Updates
//===----------------------------------------------------------------------===//

/// Adds `sign` times an update, the growth of what is kept included, to `to`.
/// Returns its norm before it is scaled.
double ConsistencyMeter::Add(const Update &update, double sign, double *to) {
  Origin &origin = origins_[static_cast<size_t>(update.origin)];
  const double scale = sign * update.scale;
  double squares = 0;
  size_t begin = 0;
  if (update.rest && origin.kept.empty()) {
    origin.kept.resize(elements_);
    bytes_ += elements_ * sizeof(float);
  }
  const double ratio =
      options_.gradients && origin.lr > 0 ? origin.lr / lr_ : 1;
  for (size_t m = 0; m < options_.members.size(); ++m) {
    const size_t count = options_.members[m];
    const float *sent = update.sent[m];
    double *sum = to + begin;
    if (update.rest) {
      const float *rest = update.rest[m];
      float *kept = origin.kept.data() + begin;
      squares += SumOfSquares(count, [=](size_t i) {
        const double value = static_cast<double>(sent[i]) + rest[i] -
                             ratio * static_cast<double>(kept[i]);
        kept[i] = rest[i];
        sum[i] += scale * value;
        return value;
      });
    } else {
      squares += SumOfSquares(count, [=](size_t i) {
        const double value = sent[i];
        sum[i] += scale * value;
        return value;
      });
    }
    begin += count;
  }
  if (update.rest)
    origin.lr = lr_;
  return std::sqrt(squares);
}

void ConsistencyMeter::Published(const Update &update) {
  if (update.lr > 0)
    lr_ = update.lr;
  const int64_t first = update.step - update.steps + 1;
  // What comes after its step was taken to be complete belongs in x at once.
  const double norm = first < x_step_
                          ? Add(update, -1, x_.data())
                          : Add(update, 1, SumFor(first, update.step).data());
  if (lr_ > 0)
    report_.gradient = std::max(
        report_.gradient, norm / static_cast<double>(update.steps) /
                              (options_.gradients ? 1 : lr_ * options_.share));
  if (options_.gradients && lr_ > 0)
    NoteShare(update.step, update.scale / lr_);
  ++updates_;
  Tell(update.origin, first, update.step);
}

/// A rank multiplies the gradients of a step by `share`, besides lr.
void ConsistencyMeter::NoteShare(int64_t step, double share) {
  most_share_ = std::max(most_share_, share);
  const size_t index = IndexOf(step);
  if (step < x_step_ || index == spans_.size())
    return;
  Span &span = spans_[index];
  span.least_share = std::min(span.least_share, share);
  span.most_share = std::max(span.most_share, share);
}

void ConsistencyMeter::Skipped(int origin, int64_t first, int64_t last) {
  if (first >= x_step_)
    Cover(last, last);
  Tell(origin, first, last);
}

/// Notes that an origin has made steps `first` to `last`.
void ConsistencyMeter::Tell(int number, int64_t first, int64_t last) {
  Origin &origin = origins_[static_cast<size_t>(number)];
  origin.told += last - first + 1;
  const int64_t before = origin.next;
  if (first > origin.next) {
    const std::pair<int64_t, int64_t> steps(first, last);
    origin.beyond.insert(
        std::upper_bound(origin.beyond.begin(), origin.beyond.end(), steps),
        steps);
    return;
  }
  origin.next = std::max(origin.next, last + 1);
  auto next = origin.beyond.begin();
  for (; next != origin.beyond.end() && next->first <= origin.next; ++next)
    origin.next = std::max(origin.next, next->second + 1);
  origin.beyond.erase(origin.beyond.begin(), next);
  if (before == complete_)
    Advance();
}

void ConsistencyMeter::Ended(int rank, int64_t steps) {
  Origin &origin = origins_[static_cast<size_t>(rank)];
  origin.end = steps < 0 ? origin.next : steps;
  Advance();
}

//===----------------------------------------------------------------------===//
// Sums of steps that are not complete
//===----------------------------------------------------------------------===//

/// Takes out the snapshots of steps `first` to `last`, and gives them to `use`.
template <typename Use>
void ConsistencyMeter::TakeSnapshots(int64_t first, int64_t last,
                                     const Use &use) {
  size_t left = 0;
  for (size_t i = 0; i < snapshots_.size(); ++i) {
    Snapshot &snapshot = snapshots_[i];
    if (snapshot.step >= first && snapshot.step <= last) {
      use(snapshot);
      free_snapshots_.push_back(std::move(snapshot.values));
    } else {
      if (left < i)
        snapshots_[left] = std::move(snapshot);
      ++left;
    }
  }
  snapshots_.resize(left);
}

/// The span that `step`, which is covered, belongs to.
size_t ConsistencyMeter::IndexOf(int64_t step) const {
  return static_cast<size_t>(
      std::partition_point(spans_.begin(), spans_.end(),
                           [&](const Span &span) { return span.last < step; }) -
      spans_.begin());
}

/// Adds spans up to `last`: of one step each, but one from `first` on.
void ConsistencyMeter::Cover(int64_t first, int64_t last) {
  int64_t step = spans_.empty() ? x_step_ : spans_.back().last + 1;
  for (; step < first; ++step)
    spans_.push_back({.first = step, .last = step, .sum = {}});
  if (step <= last)
    spans_.push_back({.first = step, .last = last, .sum = {}});
}

/// Makes one span of some. The views between them cannot be compared any more.
size_t ConsistencyMeter::Join(size_t begin, size_t end) {
  Span &span = spans_[begin];
  for (size_t i = begin + 1; i < end; ++i) {
    Span &other = spans_[i];
    span.last = other.last;
    span.least_share = std::min(span.least_share, other.least_share);
    span.most_share = std::max(span.most_share, other.most_share);
    if (span.sum.empty()) {
      span.sum.swap(other.sum);
    } else if (!other.sum.empty()) {
      for (size_t k = 0; k < elements_; ++k)
        span.sum[k] += other.sum[k];
      free_sums_.push_back(std::move(other.sum));
    }
  }
  TakeSnapshots(span.first + 1, span.last, [](const Snapshot &) {});
  spans_.erase(spans_.begin() + static_cast<std::ptrdiff_t>(begin) + 1,
               spans_.begin() + static_cast<std::ptrdiff_t>(end));
  return begin;
}

/// The sum that the updates of steps `first` to `last` belong to.
std::vector<double> &ConsistencyMeter::SumFor(int64_t first, int64_t last) {
  Cover(first, last);
  size_t index = IndexOf(first);
  if (first < last)
    index = Join(index, IndexOf(last) + 1);
  const size_t bytes = elements_ * sizeof(double);
  while (spans_[index].sum.empty()) {
    std::vector<double> &sum = spans_[index].sum;
    if (!free_sums_.empty()) {
      sum = std::move(free_sums_.back());
      free_sums_.pop_back();
      std::fill(sum.begin(), sum.end(), 0.0);
    } else if (index == 0 || Fits(bytes)) {
      sum.resize(elements_);
      bytes_ += bytes;
    } else {
      index = Join(index - 1, index + 1);
      continue;
    }
    break;
  }
  return spans_[index].sum;
}

/// Whether `step` lies between steps that were summed up together.
bool ConsistencyMeter::IsWithin(int64_t step) const {
  const size_t index = IndexOf(step);
  return index < spans_.size() && spans_[index].first < step;
}

/// Moves x over the steps that all have made who make them.
void ConsistencyMeter::Advance() {
  int64_t least = std::numeric_limits<int64_t>::max(), most = complete_;
  for (const Origin &origin : origins_) {
    most = std::max(most, origin.next);
    if (origin.next < origin.end)
      least = std::min(least, origin.next);
  }
  complete_ = std::max(complete_, std::min(least, most));
  while (!spans_.empty() && spans_.front().last < complete_)
    FoldFirst();
}

void ConsistencyMeter::FoldFirst() {
  Span &span = spans_.front();
  x_step_ = span.last + 1;
  unevenness_ += span.Unevenness();
  if (!span.sum.empty()) {
    for (size_t i = 0; i < elements_; ++i)
      x_[i] -= span.sum[i];
    free_sums_.push_back(std::move(span.sum));
  }
  spans_.erase(spans_.begin());
  TakeSnapshots(x_step_, x_step_, [&](const Snapshot &snapshot) {
    Compare(snapshot.rank, snapshot.step, snapshot.lr, snapshot.values.data());
  });
}

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

void ConsistencyMeter::View(int rank, int64_t step,
                            const float *const *parameters, double lr) {
  Origin &origin = origins_[static_cast<size_t>(rank)];
  lr_ = lr;
  origin.largest_lr = std::max(origin.largest_lr, lr);
  ++report_.views;
  Begin(parameters);
  if (step >= x_step_ && !IsWithin(step))
    Keep(rank, step, origin.largest_lr, parameters);
}

/// Keeps a copy of a view until its step is complete, which may be now.
void ConsistencyMeter::Keep(int rank, int64_t step, double lr,
                            const float *const *parameters) {
  const size_t bytes = elements_ * sizeof(float);
  std::vector<float> values;
  if (!free_snapshots_.empty()) {
    values = std::move(free_snapshots_.back());
    free_snapshots_.pop_back();
  } else if (Fits(bytes)) {
    values.resize(elements_);
    bytes_ += bytes;
  } else {
    return;
  }
  float *to = values.data();
  for (size_t m = 0; m < options_.members.size(); ++m)
    to = std::copy_n(parameters[m], options_.members[m], to);
  if (step == x_step_) {
    Compare(rank, step, lr, values.data());
    free_snapshots_.push_back(std::move(values));
  } else {
    snapshots_.push_back({rank, step, lr, std::move(values)});
  }
}

void ConsistencyMeter::Compare(int rank, int64_t step, double lr,
                               const float *view) {
  const double *x = x_.data();
  const double distance = std::sqrt(
      SumOfSquares(elements_, [=](size_t i) { return x[i] - view[i]; }));
  const double norm = std::sqrt(SumOfSquares(
      elements_, [=](size_t i) { return static_cast<double>(view[i]); }));
  if (!(lr > 0))
    return;
  ++report_.views_measured;
  largest_norm_ = std::max(largest_norm_, norm);
  const double measured = distance / lr;
  origins_[static_cast<size_t>(rank)].latest = measured;
  // Once it is not a number, it stays so.
  if (report_.rank < 0 ||
      (!std::isnan(report_.measured) && !(measured <= report_.measured))) {
    report_.measured = measured;
    report_.rank = rank;
    report_.step = step;
    measured_lr_ = lr;
  }
}

std::optional<double> ConsistencyMeter::TakeLatest(int rank) {
  return std::exchange(origins_[static_cast<size_t>(rank)].latest,
                       std::nullopt);
}

//===----------------------------------------------------------------------===//
// Faults, restarts and the report
//===----------------------------------------------------------------------===//

void ConsistencyMeter::Missed(int rank, int64_t steps) {
  Origin &origin = origins_[static_cast<size_t>(rank)];
  origin.missed += steps;
  origin.most_missed = std::max(origin.most_missed, origin.missed);
}

void ConsistencyMeter::HeardOfLost(int rank, int lost, int64_t steps) {
  heard_[{rank, lost}] = steps;
}

/// The most steps whose updates one rank had not got, and did not wait for.
int64_t ConsistencyMeter::CountFaults() const {
  int64_t most = 0;
  for (size_t rank = 0; rank < origins_.size(); ++rank) {
    int64_t faults = origins_[rank].most_missed;
    const int number = static_cast<int>(rank);
    for (auto heard = heard_.lower_bound({number, 0});
         heard != heard_.end() && heard->first.first == number; ++heard) {
      const Origin &lost = origins_[static_cast<size_t>(heard->first.second)];
      faults += std::max<int64_t>(0, lost.told - heard->second);
    }
    most = std::max(most, faults);
  }
  return most;
}

void ConsistencyMeter::SetX(const float *const *parameters) {
  if (x_.empty()) {
    x_.resize(elements_);
    bytes_ += elements_ * sizeof(double);
  }
  double *to = x_.data();
  for (size_t m = 0; m < options_.members.size(); ++m)
    to = std::copy_n(parameters[m], options_.members[m], to);
}

void ConsistencyMeter::Restart(int rank, const float *const *parameters) {
  uint64_t &restarts = origins_[static_cast<size_t>(rank)].restarts;
  if (++restarts <= restarts_)
    return;
  restarts_ = restarts;
  earlier_faults_ = std::max(earlier_faults_, CountFaults());
  SetX(parameters);
  // All that was told is in there. Views of steps to come lacked some of it.
  for (Span &span : spans_)
    if (!span.sum.empty())
      free_sums_.push_back(std::move(span.sum));
  TakeSnapshots(x_step_, std::numeric_limits<int64_t>::max(),
                [](const Snapshot &) {});
  for (Origin &origin : origins_)
    origin.missed = origin.most_missed = 0;
  for (auto &[pair, steps] : heard_)
    steps = origins_[static_cast<size_t>(pair.second)].told;
}

ConsistencyReport ConsistencyMeter::Report() const {
  ConsistencyReport report = report_;
  report.faults = std::max(earlier_faults_, CountFaults());
  double uneven = unevenness_;
  for (const Span &span : spans_)
    uneven += span.Unevenness();
  // The fewer ranks are left, the more each gradient counts.
  const double per_fault =
      options_.bound.per_fault * std::max(1.0, most_share_ * options_.ranks);
  const double constant = options_.bound.constant +
                          per_fault * static_cast<double>(report.faults) +
                          uneven * options_.ranks;
  report.bound =
      report.unbounded.empty() ? report.gradient * constant : constant;
  // Each update that is subtracted is rounded, by half of a unit of 2^-23.
  report.rounding =
      0x1p-24 * static_cast<double>(updates_) * largest_norm_ / measured_lr_;
  return report;
}

} // namespace tacit
