//===- consistency_test.cpp - How far views are apart ---------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/async/consistency_meter.h"
#include "runtime/support/random.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

using namespace tacit;

using Vector = std::vector<float>;

static constexpr double kInfinite = std::numeric_limits<double>::infinity();

//===----------------------------------------------------------------------===//
// Bounds
//===----------------------------------------------------------------------===//

static tacit_channel Channel(tacit_scheduler scheduler) {
  tacit_channel channel = {};
  channel.scheduler = scheduler;
  channel.compression = -1;
  channel.max_staleness = -1;
  channel.max_delay = 4;
  return channel;
}

TEST(ConsistencyBound, OfDecentralizedChannels) {
  tacit_channel channel = Channel(TACIT_DECENTRALIZED);
  ConsistencyBound bound = BoundOf(channel, 8, 0);
  EXPECT_EQ(bound.constant, kInfinite);
  EXPECT_EQ(bound.unbounded, "max_staleness is none");
  channel.max_staleness = 4;
  bound = BoundOf(channel, 8, 0);
  EXPECT_EQ(bound.constant, 35);
  EXPECT_EQ(bound.per_fault, 1);
  EXPECT_EQ(bound.unbounded, "");
  EXPECT_EQ(BoundOf(channel, 8, 2.5).constant, 37.5);
  channel.max_staleness = 0;
  EXPECT_EQ(BoundOf(channel, 8, 0).constant, 7);
  EXPECT_EQ(BoundOf(channel, 1, 0).constant, 0);
  channel.damping = 1;
  EXPECT_EQ(BoundOf(channel, 8, 0).constant, kInfinite);
  EXPECT_NE(BoundOf(channel, 8, 0).unbounded.find("damping"),
            std::string::npos);
}

TEST(ConsistencyBound, OfElasticChannels) {
  tacit_channel channel = Channel(TACIT_NORM_BOUNDED);
  EXPECT_EQ(BoundOf(channel, 8, 0).constant, 3.5);
  EXPECT_EQ(BoundOf(channel, 8, 0).per_fault, 1.0 / 8);
  channel.granularity = TACIT_BY_BUCKET;
  EXPECT_EQ(BoundOf(channel, 8, 0).constant, 4);
  channel = Channel(TACIT_VARIANCE_BOUNDED);
  EXPECT_EQ(BoundOf(channel, 8, 0).constant, 7);
  EXPECT_EQ(BoundOf(channel, 8, 0).per_fault, 2.0 / 8);
  EXPECT_EQ(BoundOf(channel, 8, 1).constant, 8);
  channel.max_delay = 0;
  EXPECT_EQ(BoundOf(channel, 8, 0).constant, 0);
  EXPECT_EQ(BoundOf(channel, 8, kInfinite).constant, kInfinite);
  EXPECT_NE(BoundOf(channel, 8, kInfinite).unbounded.find("compressor"),
            std::string::npos);
}

//===----------------------------------------------------------------------===//
// A run that is written down, and what a meter makes of it
//===----------------------------------------------------------------------===//

namespace {

/// Two members of these sizes; a flat vector holds one after the other.
constexpr size_t kFirst = 3, kAll = 11;

struct Members {
  const float *tensors[2];
  explicit Members(const Vector &flat)
      : tensors{flat.data(), flat.data() + kFirst} {}
};

struct Made {
  int origin;
  int64_t step;
  std::vector<double> change; ///< What x loses by it.
};
struct Seen {
  int rank;
  int64_t step;
  double lr;
  Vector view;
};

/// The definition, computed from a log.
struct Log {
  Vector initial;
  std::vector<Made> made;
  std::vector<Seen> seen;

  double Distance(const Seen &view) const {
    std::vector<double> x(initial.begin(), initial.end());
    for (const Made &update : made)
      for (size_t i = 0; i < x.size() && update.step < view.step; ++i)
        x[i] -= update.change[i];
    double squares = 0, lr = 0;
    for (size_t i = 0; i < x.size(); ++i)
      squares += (x[i] - view.view[i]) * (x[i] - view.view[i]);
    for (const Seen &other : seen)
      if (other.rank == view.rank && other.step <= view.step)
        lr = std::max(lr, other.lr);
    return std::sqrt(squares) / lr;
  }
  double Largest() const {
    double largest = 0;
    for (const Seen &view : seen)
      largest = std::max(largest, Distance(view));
    return largest;
  }
};

} // namespace

static Vector RandomVector(const Random &random, uint64_t n) {
  Vector vector(kAll);
  for (size_t i = 0; i < kAll; ++i)
    vector[i] = static_cast<float>(2 * random.Double(100 * n + i) - 1);
  return vector;
}

static ConsistencyMeter::Options OptionsFor(int ranks, bool gradients = false,
                                            size_t budget = size_t{512} << 20) {
  ConsistencyMeter::Options options;
  options.ranks = ranks;
  options.members = {kFirst, kAll - kFirst};
  options.gradients = gradients;
  options.bound = {.constant = 1e30, .per_fault = 1, .unbounded = ""};
  options.budget_bytes = budget;
  return options;
}

static double Norm(const Vector &vector) {
  double squares = 0;
  for (const float x : vector)
    squares += double(x) * x;
  return std::sqrt(squares);
}

/// Ranks step in a random order, with views that are nobody's business: any
/// vector is as good as another. Compressed, each step sends some vector and
/// keeps some.
static Log RandomRun(uint64_t seed, ConsistencyMeter &meter, int ranks,
                     bool gradients, bool keeps, int moments, double *largest) {
  const Random random(seed, 0);
  Log log;
  log.initial = RandomVector(random, 0);
  std::vector<int64_t> steps(size_t(ranks), 0);
  std::vector<Vector> kept(size_t(ranks), Vector(kAll, 0));
  std::vector<double> lrs(size_t(ranks), 0);
  *largest = 0;
  const Members initial(log.initial);
  for (int n = 1; n <= moments; ++n) {
    const uint64_t draw = uint64_t(n) * 7919;
    // Low ranks are faster.
    const size_t rank =
        size_t(std::min(random.Below(draw, uint64_t(ranks)),
                        random.Below(draw + 1, uint64_t(ranks))));
    const int64_t step = steps[rank]++;
    const double lr = 0.1 + 0.01 * double((step * 7) % 5);
    const Vector view = RandomVector(random, uint64_t(n) * 3);
    const Vector sent = RandomVector(random, uint64_t(n) * 3 + 1);
    const Vector rest = RandomVector(random, uint64_t(n) * 3 + 2);
    meter.Begin(initial.tensors);
    meter.View(int(rank), step, Members(view).tensors, lr);
    const double scale = gradients ? lr / ranks : 1;
    const Members sent_members(sent), rest_members(rest);
    meter.Published({.origin = int(rank),
                     .step = step,
                     .lr = lr,
                     .scale = scale,
                     .sent = sent_members.tensors,
                     .rest = keeps ? rest_members.tensors : nullptr});
    log.seen.push_back({int(rank), step, lr, view});
    Made made{int(rank), step, std::vector<double>(kAll)};
    const double ratio = gradients && lrs[rank] > 0 ? lrs[rank] / lr : 1;
    double squares = 0;
    for (size_t i = 0; i < kAll; ++i) {
      double raw = sent[i];
      if (keeps)
        raw += rest[i] - ratio * kept[rank][i];
      squares += raw * raw;
      made.change[i] = scale * raw;
    }
    *largest = std::max(*largest, std::sqrt(squares) / (gradients ? 1 : lr));
    log.made.push_back(made);
    kept[rank] = rest;
    lrs[rank] = lr;
  }
  for (int rank = 0; rank < ranks; ++rank)
    meter.Ended(rank);
  return log;
}

//===----------------------------------------------------------------------===//
// What is measured
//===----------------------------------------------------------------------===//

TEST(Consistency, IsTheLargestDistanceOfTheDefinition) {
  for (uint64_t seed = 0; seed < 60; ++seed)
    for (const bool gradients : {false, true})
      for (const bool keeps : {false, true}) {
        const int ranks = 1 + int(seed % 6);
        ConsistencyMeter meter(OptionsFor(ranks, gradients));
        double gradient = 0;
        const Log log =
            RandomRun(seed, meter, ranks, gradients, keeps, 60, &gradient);
        const ConsistencyReport report = meter.Report();
        EXPECT_NEAR(report.measured, log.Largest(), 1e-9 * log.Largest());
        EXPECT_NEAR(report.gradient, gradient, 1e-9 * gradient);
        EXPECT_EQ(report.views, 60u);
        EXPECT_EQ(report.views_measured, 60u);
        const auto worst = std::find_if(
            log.seen.begin(), log.seen.end(), [&](const Seen &view) {
              return view.rank == report.rank && view.step == report.step;
            });
        ASSERT_NE(worst, log.seen.end());
        EXPECT_NEAR(log.Distance(*worst), log.Largest(), 1e-9 * log.Largest());
        EXPECT_FALSE(report.exceeded());
      }
}

TEST(Consistency, LatestIsOfTheViewThatWasComparedLast) {
  ConsistencyMeter meter(OptionsFor(2));
  const Vector zero(kAll, 0), one(kAll, 1);
  const Members zeros(zero), ones(one);
  meter.Begin(zeros.tensors);
  EXPECT_EQ(meter.TakeLatest(0), std::nullopt);
  meter.View(0, 0, zeros.tensors, 0.5);
  EXPECT_EQ(meter.TakeLatest(0), 0.0);
  EXPECT_EQ(meter.TakeLatest(0), std::nullopt);
  meter.Published({.origin = 0, .step = 0, .lr = 0.5, .sent = ones.tensors});
  meter.View(0, 1, zeros.tensors, 0.25);
  EXPECT_EQ(meter.TakeLatest(0), std::nullopt) << "rank 1 has not made step 0";
  meter.View(1, 0, zeros.tensors, 0.5);
  EXPECT_EQ(meter.TakeLatest(1), 0.0);
  meter.Published({.origin = 1, .step = 0, .lr = 0.5, .sent = ones.tensors});
  // x is -2 everywhere; the largest rate so far is 0.5.
  EXPECT_NEAR(*meter.TakeLatest(0), 2 * std::sqrt(double(kAll)) / 0.5, 1e-12);
  EXPECT_EQ(meter.TakeLatest(1), std::nullopt);
}

TEST(Consistency, WaitsForNoRankThatHasEnded) {
  ConsistencyMeter meter(OptionsFor(3));
  const Vector zero(kAll, 0), one(kAll, 1);
  const Members zeros(zero), ones(one);
  meter.Begin(zeros.tensors);
  // Rank 2 makes one step and ends, rank 1 is to make two.
  meter.Published({.origin = 2, .step = 0, .lr = 1, .sent = ones.tensors});
  meter.Ended(1, 2);
  meter.Ended(2);
  for (int64_t step = 0; step < 4; ++step) {
    meter.View(0, step, zeros.tensors, 1);
    meter.Published({.origin = 0, .step = step, .lr = 1, .sent = ones.tensors});
  }
  EXPECT_EQ(meter.Report().views_measured, 1u);
  for (int64_t step = 0; step < 2; ++step)
    meter.Published({.origin = 1, .step = step, .lr = 1, .sent = ones.tensors});
  const ConsistencyReport report = meter.Report();
  EXPECT_EQ(report.views_measured, 4u);
  // x_3: three updates of rank 0, two of rank 1, one of rank 2.
  EXPECT_NEAR(report.measured, 6 * std::sqrt(double(kAll)), 1e-9);
  EXPECT_EQ(report.step, 3);
}

/// As one process of several hears it: others' updates in any order.
TEST(Consistency, TakesUpdatesInAnyOrder) {
  const Random random(5, 0);
  for (int trial = 0; trial < 50; ++trial) {
    constexpr int64_t kSteps = 8;
    ConsistencyMeter meter(OptionsFor(2));
    Log log;
    log.initial = RandomVector(random, 0);
    const Members initial(log.initial);
    meter.Begin(initial.tensors);
    std::vector<int64_t> order(kSteps);
    for (int64_t i = 0; i < kSteps; ++i)
      order[size_t(i)] = i;
    for (size_t i = kSteps; i > 1; --i)
      std::swap(order[i - 1],
                order[random.Below(uint64_t(trial) * 100 + i, i)]);
    for (int64_t i = 0; i < kSteps; ++i) {
      const Vector view = RandomVector(random, uint64_t(1000 + i));
      meter.View(0, i, Members(view).tensors, 0.1);
      log.seen.push_back({0, i, 0.1, view});
      for (const int origin : {0, 1}) {
        const int64_t step = origin == 0 ? i : order[size_t(i)];
        // One of them never comes.
        if (origin == 1 && step == 3) {
          meter.Skipped(1, 3, 3);
          continue;
        }
        const Vector sent =
            RandomVector(random, uint64_t(2000 + 2 * step + origin));
        const Members members(sent);
        meter.Published(
            {.origin = origin, .step = step, .sent = members.tensors});
        log.made.push_back({origin, step, {sent.begin(), sent.end()}});
      }
    }
    EXPECT_NEAR(meter.Report().measured, log.Largest(), 1e-9);
    EXPECT_EQ(meter.Report().views_measured, uint64_t(kSteps));
  }
}

TEST(Consistency, ComparesWhereSumsOfStepsEnd) {
  ConsistencyMeter meter(OptionsFor(2));
  const Vector zero(kAll, 0), one(kAll, 1);
  const Members zeros(zero), ones(one);
  meter.Begin(zeros.tensors);
  for (int64_t step = 0; step < 9; ++step) {
    meter.View(0, step, zeros.tensors, 1);
    meter.Published({.origin = 0, .step = step, .lr = 1, .sent = ones.tensors});
    if (step % 3 == 2)
      meter.Published({.origin = 1,
                       .step = step,
                       .steps = 3,
                       .lr = 1,
                       .sent = ones.tensors});
  }
  const ConsistencyReport report = meter.Report();
  EXPECT_EQ(report.views, 9u);
  EXPECT_EQ(report.views_measured, 3u);
  EXPECT_EQ(report.step, 6);
  EXPECT_NEAR(report.measured, 8 * std::sqrt(double(kAll)), 1e-9);
}

TEST(Consistency, KeepsToItsBudget) {
  for (const size_t vectors : {4, 10, 40}) {
    const size_t budget = vectors * kAll * sizeof(double);
    ConsistencyMeter meter(OptionsFor(2, false, budget));
    Log log;
    const Random random(vectors, 0);
    log.initial = RandomVector(random, 0);
    const Members initial(log.initial);
    meter.Begin(initial.tensors);
    // Rank 0 runs ahead, then rank 1 makes its steps.
    constexpr int64_t kSteps = 50;
    for (const int rank : {0, 1})
      for (int64_t step = 0; step < kSteps; ++step) {
        const uint64_t n = uint64_t(1 + 2 * step + rank);
        const Vector view = RandomVector(random, 2 * n);
        const Vector sent = RandomVector(random, 2 * n + 1);
        const Members members(sent);
        meter.View(rank, step, Members(view).tensors, 1);
        meter.Published(
            {.origin = rank, .step = step, .lr = 1, .sent = members.tensors});
        log.seen.push_back({rank, step, 1, view});
        log.made.push_back({rank, step, {sent.begin(), sent.end()}});
        EXPECT_LE(meter.bytes(), budget);
      }
    const ConsistencyReport report = meter.Report();
    EXPECT_EQ(report.views, uint64_t(2 * kSteps));
    EXPECT_LT(report.views_measured, report.views);
    EXPECT_GE(report.views_measured, vectors / 2);
    // What is measured is right.
    const auto worst =
        std::find_if(log.seen.begin(), log.seen.end(), [&](const Seen &view) {
          return view.rank == report.rank && view.step == report.step;
        });
    ASSERT_NE(worst, log.seen.end());
    EXPECT_NEAR(log.Distance(*worst), report.measured, 1e-9);
  }
}

TEST(Consistency, AllocatesNothingInTheSteadyState) {
  ConsistencyMeter meter(OptionsFor(2));
  const Vector one(kAll, 1);
  const Members ones(one);
  meter.Begin(ones.tensors);
  size_t bytes = 0;
  for (int64_t step = 0; step < 100; ++step) {
    for (const int rank : {0, 1}) {
      meter.View(rank, step, ones.tensors, 1);
      meter.Published({.origin = rank,
                       .step = step,
                       .lr = 1,
                       .sent = ones.tensors,
                       .rest = ones.tensors});
    }
    if (step == 10)
      bytes = meter.bytes();
  }
  EXPECT_EQ(meter.bytes(), bytes);
  // x, one sum, what two ranks keep, and one view.
  EXPECT_EQ(bytes, kAll * (8 + 8 + 4 + 4 + 4));
}

//===----------------------------------------------------------------------===//
// Faults
//===----------------------------------------------------------------------===//

TEST(Consistency, FaultsWidenTheBound) {
  ConsistencyMeter::Options options = OptionsFor(3, true);
  options.bound = {.constant = 2, .per_fault = 0.25, .unbounded = ""};
  ConsistencyMeter meter(options);
  const Vector zero(kAll, 0), one(kAll, 1);
  const Members zeros(zero), ones(one);
  meter.Begin(zeros.tensors);
  for (int64_t step = 0; step < 3; ++step)
    meter.Published({.origin = 2,
                     .step = step,
                     .lr = 1,
                     .scale = 1.0 / 3,
                     .sent = ones.tensors});
  const double norm = Norm(one);
  EXPECT_NEAR(meter.Report().bound, 2 * norm, 1e-12);
  meter.Missed(0, 1);
  meter.Missed(1, 2);
  meter.Missed(0, 1);
  meter.Missed(0, -1);
  EXPECT_EQ(meter.Report().faults, 2) << "the most at one time of one rank";
  meter.Missed(1, -1);
  meter.Missed(1, 1);
  EXPECT_EQ(meter.Report().faults, 2);
  EXPECT_NEAR(meter.Report().bound, 2.5 * norm, 1e-12);
  // Rank 2 is lost, which made three steps.
  meter.Ended(2);
  meter.HeardOfLost(0, 2, 3);
  EXPECT_EQ(meter.Report().faults, 2);
  meter.HeardOfLost(1, 2, 1);
  EXPECT_EQ(meter.Report().faults, 4);
  meter.HeardOfLost(1, 2, 2);
  EXPECT_EQ(meter.Report().faults, 3);
  // Averaging makes good for them; the bound is of the whole run.
  meter.Restart(0, ones.tensors);
  EXPECT_EQ(meter.Report().faults, 3);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(meter.Report().faults, 3) << i;
    meter.Missed(0, 1);
  }
  EXPECT_EQ(meter.Report().faults, 4);
}

TEST(Consistency, RestartsWithWhatAllHold) {
  ConsistencyMeter meter(OptionsFor(2));
  const Vector zero(kAll, 0), one(kAll, 1);
  const Members zeros(zero), ones(one);
  meter.Begin(zeros.tensors);
  // Rank 0 is two steps ahead of rank 1 when they meet.
  for (int64_t step = 0; step < 2; ++step) {
    meter.View(0, step, zeros.tensors, 1);
    meter.Published({.origin = 0, .step = step, .lr = 1, .sent = ones.tensors});
  }
  meter.Restart(0, ones.tensors);
  // Rank 1 is where all are: no distance, though x_0 was another.
  meter.View(1, 0, ones.tensors, 1);
  meter.Published({.origin = 1, .step = 0, .lr = 1, .sent = ones.tensors});
  // The others say so when they get there.
  meter.Restart(1, ones.tensors);
  meter.View(0, 2, ones.tensors, 1);
  meter.View(1, 1, zeros.tensors, 1);
  EXPECT_EQ(meter.Report().measured, 0);
  // x_2 lacks both updates that rank 1 has made since.
  meter.Published({.origin = 1, .step = 1, .lr = 1, .sent = ones.tensors});
  EXPECT_NEAR(meter.Report().measured, 2 * std::sqrt(double(kAll)), 1e-12);
  EXPECT_EQ(meter.Report().step, 2);
  EXPECT_EQ(meter.Report().views, 5u);
  EXPECT_EQ(meter.Report().views_measured, 4u) << "rank 0's before they met";
}

TEST(Consistency, AllowsForStepsThatAreSharedOutUnevenly) {
  ConsistencyMeter::Options options = OptionsFor(4, true);
  options.bound = {.constant = 2, .per_fault = 0.25, .unbounded = ""};
  ConsistencyMeter meter(options);
  const Vector one(kAll, 1);
  const Members ones(one);
  meter.Begin(ones.tensors);
  const double norm = Norm(one);
  for (const int rank : {0, 1, 2, 3})
    meter.Published({.origin = rank,
                     .step = 0,
                     .lr = 0.5,
                     .scale = 0.5 / 4,
                     .sent = ones.tensors});
  EXPECT_NEAR(meter.Report().bound, 2 * norm, 1e-12);
  // Rank 3 is lost, and rank 0 does not know yet.
  meter.Ended(3);
  for (const int rank : {0, 1, 2})
    meter.Published({.origin = rank,
                     .step = 1,
                     .lr = 0.5,
                     .scale = 0.5 / (rank == 0 ? 4 : 3),
                     .sent = ones.tensors});
  EXPECT_NEAR(meter.Report().bound, (2 + 4 * (1.0 / 3 - 1.0 / 4)) * norm, 1e-9);
  // What is missing counts a third of a gradient now.
  meter.Missed(0, 1);
  EXPECT_NEAR(meter.Report().bound, (2 + 1.0 / 3 + 1.0 / 3) * norm, 1e-9);
}

TEST(Consistency, RanksMayBeginAtDifferentSteps) {
  ConsistencyMeter::Options options = OptionsFor(2);
  options.first_steps = {4, 6};
  ConsistencyMeter meter(options);
  const Vector zero(kAll, 0), one(kAll, 1);
  const Members zeros(zero), ones(one);
  meter.Begin(zeros.tensors);
  for (int64_t step = 4; step < 8; ++step) {
    meter.View(0, step, zeros.tensors, 1);
    meter.Published({.origin = 0, .step = step, .lr = 1, .sent = ones.tensors});
  }
  // x_6 lacks nothing of rank 1, which has none of these steps.
  EXPECT_EQ(meter.Report().views_measured, 3u);
  EXPECT_NEAR(meter.Report().measured, 2 * std::sqrt(double(kAll)), 1e-12);
  meter.View(1, 6, zeros.tensors, 1);
  meter.Published({.origin = 1, .step = 6, .lr = 1, .sent = ones.tensors});
  EXPECT_EQ(meter.Report().views_measured, 5u);
  EXPECT_NEAR(meter.Report().measured, 4 * std::sqrt(double(kAll)), 1e-12);
}

//===----------------------------------------------------------------------===//
// Beside the bound
//===----------------------------------------------------------------------===//

/// Rank 1's updates are kept from rank 0 for `late` steps.
static ConsistencyReport LateBy(int64_t late, const ConsistencyBound &bound) {
  ConsistencyMeter::Options options = OptionsFor(2);
  options.bound = bound;
  ConsistencyMeter meter(options);
  Vector view(kAll, 0);
  const Vector one(kAll, 1);
  const Members ones(one), views(view);
  meter.Begin(views.tensors);
  for (int64_t step = 0; step < 40; ++step) {
    const int64_t applied = step + std::max<int64_t>(step - late, 0);
    std::fill(view.begin(), view.end(), -float(applied));
    for (const int rank : {0, 1}) {
      meter.View(rank, step, views.tensors, 1);
      meter.Published(
          {.origin = rank, .step = step, .lr = 1, .sent = ones.tensors});
    }
  }
  return meter.Report();
}

TEST(Consistency, ABrokenPromiseIsReported) {
  tacit_channel channel = Channel(TACIT_DECENTRALIZED);
  channel.max_staleness = 2;
  const ConsistencyBound bound = BoundOf(channel, 2, 0);
  ConsistencyReport report = LateBy(3, bound);
  EXPECT_NEAR(report.measured, report.bound, 1e-9);
  EXPECT_FALSE(report.exceeded());
  report = LateBy(4, bound);
  EXPECT_NEAR(report.measured / report.bound, 4.0 / 3, 1e-9);
  EXPECT_TRUE(report.exceeded());
  channel.max_staleness = -1;
  report = LateBy(30, BoundOf(channel, 2, 0));
  EXPECT_EQ(report.bound, kInfinite);
  EXPECT_EQ(report.unbounded, "max_staleness is none");
  EXPECT_FALSE(report.exceeded());
}

TEST(Consistency, RoundingIsNoBrokenPromise) {
  ConsistencyReport report = LateBy(0, {});
  EXPECT_EQ(report.bound, 0);
  EXPECT_FALSE(report.exceeded());
  report.measured += report.rounding / 2;
  EXPECT_GT(report.rounding, 0);
  EXPECT_FALSE(report.exceeded());
  report.measured += report.rounding;
  EXPECT_TRUE(report.exceeded());
}

TEST(Consistency, ANumberThatIsNoneIsNoPromiseKept) {
  ConsistencyMeter::Options options = OptionsFor(1);
  ConsistencyMeter meter(options);
  Vector view(kAll, 0);
  meter.View(0, 0, Members(view).tensors, 1);
  view[4] = std::numeric_limits<float>::quiet_NaN();
  const Vector one(kAll, 1);
  const Members ones(one);
  meter.Published({.origin = 0, .step = 0, .lr = 1, .sent = ones.tensors});
  meter.View(0, 1, Members(view).tensors, 1);
  EXPECT_TRUE(meter.Report().exceeded());
  view[4] = 0;
  meter.Published({.origin = 0, .step = 1, .lr = 1, .sent = ones.tensors});
  meter.View(0, 2, Members(view).tensors, 1);
  EXPECT_TRUE(meter.Report().exceeded());
}
