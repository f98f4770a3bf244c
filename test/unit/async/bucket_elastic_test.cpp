//===- bucket_elastic_test.cpp - Steps that do not wait for every layer ---===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/async/bucket_elastic.h"

#include "test/unit/async/elastic_run.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace tacit;
using namespace tacit::elastic_run;

static constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// Four buckets: members 4 and 3, 2, 1, and 0, which is longer than a bucket.
static Plan BucketPlan() {
  Plan plan;
  plan.ranks = 4;
  plan.steps = 25;
  plan.members = {40, 20, 12, 9, 1};
  plan.channel.granularity = TACIT_BY_BUCKET;
  plan.channel.bucket_bytes = 80;
  plan.network = "latency=1ms bandwidth=20KB compute=10ms slow=1:1.3";
  return plan;
}

/// The buckets of BucketPlan: first element, and end.
static constexpr std::pair<size_t, size_t> kBuckets[] = {
    {72, 82}, {60, 72}, {40, 60}, {0, 40}};

//===----------------------------------------------------------------------===//
// The definition
//===----------------------------------------------------------------------===//

namespace {

/// What rank `rank` has done in each step, found out from all ranks' views: the
/// movement of each bucket in a step must be the sum of some means.
class Movements {
public:
  Movements(const Plan &plan, const Outcome &outcome)
      : plan_(plan), outcome_(outcome) {
    for (int64_t step = 0; step < plan.steps; ++step) {
      std::vector<double> mean(plan.elements(), 0);
      for (int rank = 0; rank < plan.ranks; ++rank) {
        const std::vector<float> g = Gradient(rank, step);
        for (size_t i = 0; i < g.size(); ++i)
          mean[i] += double(g[i]) / plan.ranks;
      }
      means_.push_back(mean);
    }
  }

  /// Checks one rank; returns how many means were late.
  int Check(int rank) const {
    const RankLog &log = outcome_.ranks[size_t(rank)];
    std::vector<std::vector<int64_t>> waiting(std::size(kBuckets));
    int late = 0;
    for (int64_t step = 0; step < plan_.steps; ++step) {
      const std::vector<float> g = Gradient(rank, step);
      const std::vector<float> &before = log.views[size_t(step)];
      const std::vector<float> &after =
          step + 1 < plan_.steps ? log.views[size_t(step + 1)] : log.end;
      double applied = 0, own = 0;
      bool all = true;
      for (const float x : g)
        own += double(x) * x;
      for (size_t b = 0; b < std::size(kBuckets); ++b) {
        waiting[b].push_back(step);
        const std::vector<int64_t> taken = Taken(b, waiting[b], before, after);
        EXPECT_FALSE(taken.size() == 1 && taken[0] < 0)
            << "rank " << rank << ", step " << step << ", bucket " << b
            << " moved by no sum of means";
        for (const int64_t one : taken)
          std::erase(waiting[b], one);
        const bool in =
            std::find(taken.begin(), taken.end(), step) != taken.end();
        all &= in;
        late += !in;
        for (size_t i = kBuckets[b].first; in && i < kBuckets[b].second; ++i)
          applied += means_[size_t(step)][i] * means_[size_t(step)][i];
        // Before the next gradient.
        for (const int64_t one : waiting[b])
          EXPECT_GT(one, step - plan_.channel.max_delay)
              << "rank " << rank << ", step " << step << ", bucket " << b;
      }
      EXPECT_TRUE(all || std::sqrt(applied) >=
                             plan_.channel.beta * std::sqrt(own) * (1 - 1e-5))
          << "rank " << rank << ", step " << step;
    }
    return late;
  }

private:
  std::vector<float> Gradient(int rank, int64_t step) const {
    return GradientAt(plan_, rank, step,
                      outcome_.ranks[size_t(rank)].views[size_t(step)]);
  }

  /// Which of the means that were waited for have moved a bucket: {-1} if none
  /// can.
  std::vector<int64_t> Taken(size_t bucket, const std::vector<int64_t> &waiting,
                             const std::vector<float> &before,
                             const std::vector<float> &after) const {
    std::vector<int64_t> best = {-1};
    for (uint32_t subset = 0; subset < 1u << waiting.size(); ++subset) {
      double off = 0;
      for (size_t i = kBuckets[bucket].first; i < kBuckets[bucket].second;
           ++i) {
        double moved = double(before[i]) - after[i];
        for (size_t n = 0; n < waiting.size(); ++n)
          if (subset >> n & 1)
            moved -=
                plan_.LearningRate(waiting[n]) * means_[size_t(waiting[n])][i];
        off = std::max(off, std::abs(moved));
      }
      if (off > 3e-6)
        continue;
      best.clear();
      for (size_t n = 0; n < waiting.size(); ++n)
        if (subset >> n & 1)
          best.push_back(waiting[n]);
    }
    return best;
  }

  const Plan &plan_;
  const Outcome &outcome_;
  std::vector<std::vector<double>> means_;
};

} // namespace

TEST(BucketElastic, FollowsItsDefinition) {
  int late = 0;
  for (const char *network :
       {"latency=1ms bandwidth=20KB compute=10ms slow=1:1.3",
        "latency=2ms bandwidth=100KB compute=10ms "
        "straggler=exponential{mean=5ms}",
        "bandwidth=5KB"})
    for (const double beta : {0.0, 0.2, 0.5, 1.0})
      for (const int64_t max_delay : {0, 1, 4}) {
        Plan plan = BucketPlan();
        plan.decay = true;
        plan.network = network;
        plan.channel.beta = beta;
        plan.channel.max_delay = max_delay;
        const Outcome outcome = Train(plan);
        ASSERT_TRUE(outcome.status.ok()) << outcome.status;
        const Movements movements(plan, outcome);
        int late_here = 0;
        for (int rank = 0; rank < plan.ranks; ++rank) {
          late_here += movements.Check(rank);
          if (beta == 0 && max_delay > 0) {
            EXPECT_EQ(
                outcome.ranks[size_t(rank)].waited(WaitReason::kScheduler), 0);
          }
        }
        if (max_delay == 0) {
          EXPECT_EQ(late_here, 0);
        }
        EXPECT_LT(Apart(outcome), 1e-6);
        EXPECT_FALSE(outcome.consistency.exceeded())
            << outcome.consistency.measured << " of "
            << outcome.consistency.bound;
        late += late_here;
        ASSERT_FALSE(HasFailure())
            << network << ", beta " << beta << ", max_delay " << max_delay;
      }
  EXPECT_GT(late, 1000);
}

TEST(BucketElastic, AllInTimeIsSynchronous) {
  for (int ranks = 1; ranks <= 5; ++ranks)
    for (const int64_t max_delay : {0, 3}) {
      Plan plan = BucketPlan();
      plan.ranks = ranks;
      plan.channel.max_delay = max_delay;
      plan.channel.beta = max_delay == 0 ? 0 : kInfinite;
      plan.network = "latency=1ms bandwidth=20KB compute=10ms";
      const Outcome outcome = Train(plan);
      ASSERT_TRUE(outcome.status.ok()) << outcome.status;
      EXPECT_EQ(Apart(outcome), 0) << "to the bit";
      std::vector<float> w = InitialAt(plan);
      for (int64_t step = 0; step < plan.steps; ++step) {
        std::vector<double> sum(w.size(), 0);
        for (int rank = 0; rank < ranks; ++rank) {
          const std::vector<float> g = GradientAt(plan, rank, step, w);
          for (size_t i = 0; i < w.size(); ++i)
            sum[i] += g[i];
        }
        for (size_t i = 0; i < w.size(); ++i)
          w[i] -= float(plan.LearningRate(step) * sum[i] / ranks);
      }
      for (size_t i = 0; i < w.size(); ++i)
        EXPECT_NEAR(outcome.ranks[0].end[i], w[i], 1e-5);
      EXPECT_EQ(outcome.ranks[0].report.staleness.maximum, 0u);
    }
}

TEST(BucketElastic, GoesOnEarlierWithSmallerBeta) {
  double last = 0;
  for (const double beta : {0.0, 0.3, kInfinite}) {
    Plan plan = BucketPlan();
    plan.channel.beta = beta;
    const Outcome outcome = Train(plan);
    ASSERT_TRUE(outcome.status.ok()) << outcome.status;
    EXPECT_GT(outcome.ranks[0].finished_at, last) << "beta " << beta;
    last = outcome.ranks[0].finished_at;
  }
}

//===----------------------------------------------------------------------===//
// Meetings, stops and ends
//===----------------------------------------------------------------------===//

TEST(BucketElastic, RanksMeetAtOneStep) {
  for (const bool average : {false, true})
    for (const int64_t max_delay : {0, 1, 4}) {
      Plan plan = BucketPlan();
      plan.steps = 40;
      plan.meet_every = 7;
      plan.average = average;
      plan.channel.beta = 0.2;
      plan.channel.max_delay = max_delay;
      const Outcome outcome = Train(plan);
      ASSERT_TRUE(outcome.status.ok()) << outcome.status;
      ASSERT_GE(outcome.ranks[0].met.size(), 3u);
      for (const RankLog &log : outcome.ranks) {
        ASSERT_EQ(log.met.size(), outcome.ranks[0].met.size());
        EXPECT_EQ(log.views.size(), 40u);
        for (size_t meeting = 0; meeting < log.met.size(); ++meeting)
          for (size_t i = 0; i < log.end.size(); ++i) {
            const float first = outcome.ranks[0].met[meeting][i];
            EXPECT_NEAR(log.met[meeting][i], first, average ? 0 : 2e-6);
          }
      }
      EXPECT_FALSE(outcome.consistency.exceeded());
    }
}

TEST(BucketElastic, AllStopAfterTheSameStep) {
  for (const int rank : {0, 2}) {
    Plan plan = BucketPlan();
    plan.steps = 1000;
    plan.stop_rank = rank;
    plan.stop_step = 8;
    plan.channel.beta = 0;
    const Outcome outcome = Train(plan);
    ASSERT_TRUE(outcome.status.ok()) << outcome.status;
    for (const RankLog &log : outcome.ranks) {
      // Told with step 8, looked at max_delay later.
      EXPECT_EQ(log.views.size(), 8u + 1 + 4);
      EXPECT_TRUE(log.finished);
    }
    EXPECT_LT(Apart(outcome), 1e-6);
  }
}

TEST(BucketElastic, GathersAtTheFirst) {
  const Outcome outcome = Train(BucketPlan());
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.ranks[0].gathered,
            (std::vector<std::string>{"of rank 0", "of rank 1", "of rank 2",
                                      "of rank 3"}));
  EXPECT_TRUE(outcome.ranks[1].gathered.empty());
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

TEST(BucketElastic, ALostRankEndsTheRun) {
  Plan plan = BucketPlan();
  plan.network = "latency=1ms compute=10ms crash=2@5";
  plan.timeout = 10;
  const Outcome outcome = Train(plan);
  EXPECT_FALSE(outcome.status.ok());
  EXPECT_NE(outcome.status.message().find("mean of"), std::string::npos)
      << outcome.status;
  EXPECT_NE(outcome.status.message().find("rank 2"), std::string::npos)
      << outcome.status;
}

TEST(BucketElastic, RefusesWhatHasNoBuckets) {
  Plan plan = BucketPlan();
  plan.channel.scheduler = TACIT_VARIANCE_BOUNDED;
  Outcome outcome = Train(plan);
  EXPECT_NE(outcome.status.message().find("wanted norm_bounded"),
            std::string::npos)
      << outcome.status;
  plan = BucketPlan();
  plan.compressed = true;
  outcome = Train(plan);
  EXPECT_NE(outcome.status.message().find("compressed payloads have no"),
            std::string::npos)
      << outcome.status;
}
