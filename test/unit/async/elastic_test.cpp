//===- elastic_test.cpp - Steps that do not wait for every gradient -------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/async/elastic_run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <queue>
#include <set>

using namespace tacit;
using namespace tacit::elastic_run;

static constexpr double kInfinite = std::numeric_limits<double>::infinity();

//===----------------------------------------------------------------------===//
// The definition, event by event, in double
//===----------------------------------------------------------------------===//

namespace {

using Real = std::vector<double>;

/// What the network is told, as numbers: no message is lost or overtaken.
struct Times {
  double latency, compute;
  std::vector<double> slow; ///< By rank.
  double rotating = 1;
  double Of(int rank, int64_t step, int ranks) const {
    return compute * (step % ranks == rank ? rotating : 1) *
           slow[static_cast<size_t>(rank)];
  }
  std::string Text() const {
    std::string text = absl::StrCat("latency=", latency * 1e3,
                                    "ms compute=", compute * 1e3, "ms");
    std::string factors;
    for (size_t rank = 0; rank < slow.size(); ++rank)
      if (slow[rank] != 1)
        absl::StrAppend(&factors, factors.empty() ? "" : ",", rank, ":",
                        slow[rank]);
    if (!factors.empty())
      absl::StrAppend(&text, " slow=", factors);
    if (rotating != 1)
      absl::StrAppend(&text, " straggler=rotating{factor=", rotating, "}");
    return text;
  }
};

class Reference {
public:
  struct Rank {
    Real v;
    int64_t step = 0;
    enum { kComputing, kAwaiting, kDelayed, kDone } phase = kComputing;
    double deadline = 0;
    std::map<int64_t, Real> own;
    std::vector<float> residual;
    std::set<std::pair<int64_t, int>> arrived;        ///< Ever.
    std::map<std::pair<int64_t, int>, Real> to_apply; ///< Of these.
    std::map<int64_t, std::set<int>> in_own_place;    ///< By step.
    // What is compared.
    std::vector<Real> views;
    std::vector<std::vector<int>> chosen; ///< R.
    std::vector<double> proceeded;
  };

  Reference(const Plan &plan, const Times &times) : plan_(plan), times_(times) {
    const std::vector<float> initial = InitialAt(plan);
    for (int rank = 0; rank < plan.ranks; ++rank) {
      ranks.emplace_back();
      ranks.back().v.assign(initial.begin(), initial.end());
      ranks.back().residual.assign(initial.size(), 0);
      Compute(rank, 0);
    }
    while (!events_.empty()) {
      const double now = events_.top().at;
      while (!events_.empty() && events_.top().at == now) {
        const Event event = events_.top();
        events_.pop();
        if (event.kind == Event::kArrival) {
          Rank &to = ranks[size_t(event.rank)];
          to.arrived.insert({event.step, event.origin});
          to.to_apply[{event.step, event.origin}] =
              ranks[size_t(event.origin)].own.at(event.step);
        } else if (event.kind == Event::kComputed) {
          Publish(event.rank, now);
        }
      }
      for (int rank = 0; rank < plan.ranks; ++rank)
        GoOn(rank, now);
    }
    for (Rank &rank : ranks)
      ApplyUpTo(rank, std::numeric_limits<int64_t>::max());
  }

  std::vector<Rank> ranks;

private:
  struct Event {
    double at;
    enum Kind { kArrival, kComputed, kDeadline } kind;
    int rank;
    int origin;
    int64_t step;
    bool operator<(const Event &other) const { return at > other.at; }
  };

  void Compute(int rank, double now) {
    Rank &self = ranks[size_t(rank)];
    self.phase = Rank::kComputing;
    self.views.push_back(self.v);
    events_.push({now + times_.Of(rank, self.step, plan_.ranks),
                  Event::kComputed, rank, rank, self.step});
  }

  void Publish(int rank, double now) {
    Rank &self = ranks[size_t(rank)];
    std::vector<float> g =
        GradientAt(plan_, rank, self.step,
                   std::vector<float>(self.v.begin(), self.v.end()));
    if (plan_.compressed)
      elastic_run::internal::Compress(g, self.residual,
                                      self.step > 0
                                          ? plan_.LearningRate(self.step - 1) /
                                                plan_.LearningRate(self.step)
                                          : 1);
    self.own[self.step].assign(g.begin(), g.end());
    for (int to = 0; to < plan_.ranks; ++to)
      if (to != rank)
        events_.push(
            {now + times_.latency, Event::kArrival, to, rank, self.step});
    self.phase = Rank::kAwaiting;
    self.deadline = now + plan_.channel.wait;
    if (std::isfinite(self.deadline))
      events_.push({self.deadline, Event::kDeadline, rank, rank, self.step});
  }

  static double Norm(const Real &x) {
    double sum = 0;
    for (const double value : x)
      sum += value * value;
    return std::sqrt(sum);
  }

  /// R at the step at hand.
  std::vector<int> Arrived(int rank) const {
    const Rank &self = ranks[size_t(rank)];
    std::vector<int> in;
    for (int other = 0; other < plan_.ranks; ++other)
      if (self.arrived.contains({self.step, other}))
        in.push_back(other);
    return in;
  }

  bool MayProceed(int rank, double now) const {
    const Rank &self = ranks[size_t(rank)];
    const std::vector<int> in = Arrived(rank);
    if (int(in.size()) == plan_.ranks - 1)
      return true;
    if (plan_.channel.max_delay == 0)
      return false;
    if (plan_.channel.scheduler == TACIT_VARIANCE_BOUNDED)
      return now >= self.deadline;
    Real sum(self.v.size(), 0);
    for (const int other : in)
      for (size_t i = 0; i < sum.size(); ++i)
        sum[i] += self.to_apply.at({self.step, other})[i];
    return std::isfinite(plan_.channel.beta) &&
           Norm(sum) >= plan_.channel.beta * Norm(self.own.at(self.step));
  }

  /// v -= (lr / P) times, of the step of which the gradient is.
  void Move(Rank &self, int64_t step, const Real &by) {
    for (size_t i = 0; i < by.size(); ++i)
      self.v[i] -= plan_.LearningRate(step) / plan_.ranks * by[i];
  }

  void Proceed(int rank, double now) {
    Rank &self = ranks[size_t(rank)];
    const std::vector<int> in = Arrived(rank);
    self.chosen.push_back(in);
    self.proceeded.push_back(now);
    Real sum = self.own.at(self.step);
    for (const int other : in) {
      const auto g = self.to_apply.extract({self.step, other});
      for (size_t i = 0; i < sum.size(); ++i)
        sum[i] += g.mapped()[i];
    }
    if (plan_.channel.scheduler == TACIT_VARIANCE_BOUNDED)
      for (int other = 0; other < plan_.ranks; ++other)
        if (other != rank &&
            std::find(in.begin(), in.end(), other) == in.end()) {
          self.in_own_place[self.step].insert(other);
          for (size_t i = 0; i < sum.size(); ++i)
            sum[i] += self.own.at(self.step)[i];
        }
    Move(self, self.step, sum);
  }

  /// Late gradients by (step, rank), as a map has them.
  void ApplyUpTo(Rank &self, int64_t last) {
    while (!self.to_apply.empty() &&
           self.to_apply.begin()->first.first <= last) {
      const auto late = self.to_apply.extract(self.to_apply.begin());
      const auto [step, origin] = late.key();
      Real by = late.mapped();
      if (self.in_own_place[step].contains(origin))
        for (size_t i = 0; i < by.size(); ++i)
          by[i] -= self.own.at(step)[i];
      Move(self, step, by);
    }
  }

  void GoOn(int rank, double now) {
    Rank &self = ranks[size_t(rank)];
    if (self.phase == Rank::kAwaiting && MayProceed(rank, now)) {
      Proceed(rank, now);
      ApplyUpTo(self, self.step - 1);
      self.phase = Rank::kDelayed;
    }
    if (self.phase != Rank::kDelayed)
      return;
    for (int other = 0; other < plan_.ranks; ++other)
      for (int64_t step = 0; step <= self.step - plan_.channel.max_delay;
           ++step)
        if (other != rank && !self.arrived.contains({step, other}))
          return;
    ApplyUpTo(self, self.step);
    if (++self.step < plan_.steps)
      Compute(rank, now);
    else
      self.phase = Rank::kDone;
  }

  const Plan &plan_;
  const Times &times_;
  std::priority_queue<Event> events_;
};

} // namespace

static double Difference(const std::vector<float> &a, const Real &b) {
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

/// Trains, and compares every decision and every view with the reference.
/// Returns how many gradients were late.
static int Compare(Plan plan, const Times &times) {
  plan.network = times.Text();
  const std::string what = absl::StrCat(
      plan.network, ", scheduler ", plan.channel.scheduler, ", beta ",
      plan.channel.beta, ", wait ", plan.channel.wait, ", max_delay ",
      plan.channel.max_delay, ", ranks ", plan.ranks);
  const Outcome outcome = Train(plan);
  EXPECT_TRUE(outcome.status.ok()) << what << ": " << outcome.status;
  const Reference reference(plan, times);
  int late = 0;
  for (size_t rank = 0; rank < reference.ranks.size(); ++rank) {
    const Reference::Rank &wanted = reference.ranks[rank];
    const RankLog &got = outcome.ranks[rank];
    size_t step = 0;
    for (const Event &event : got.events)
      if (event.kind == Event::kProceed) {
        EXPECT_EQ(event.step, int64_t(step)) << what;
        EXPECT_EQ(event.arrived, wanted.chosen[step])
            << what << ": rank " << rank << ", step " << step;
        EXPECT_NEAR(event.at, wanted.proceeded[step], 1e-9) << what;
        late += plan.ranks - 1 - int(event.arrived.size());
        ++step;
      }
    EXPECT_EQ(step, size_t(plan.steps)) << what;
    for (step = 0; step < size_t(plan.steps); ++step)
      EXPECT_LT(Difference(got.views[step], wanted.views[step]), 1e-5)
          << what << ": rank " << rank << ", step " << step;
    EXPECT_LT(Difference(got.end, wanted.v), 1e-5) << what << ": rank " << rank;
    EXPECT_EQ(got.report.missing, 0u);
    EXPECT_EQ(got.report.applied, uint64_t((plan.ranks - 1) * plan.steps));
  }
  EXPECT_LT(Apart(outcome), 1e-5) << what;
  EXPECT_FALSE(outcome.consistency.exceeded()) << what;
  return late;
}

/// Networks in which no two things happen at once, but between ranks that are
/// alike.
static std::vector<Times> Networks(int ranks) {
  std::vector<Times> networks;
  Times times{.latency = 1e-3,
              .compute = 10e-3,
              .slow = std::vector<double>(size_t(ranks), 1)};
  networks.push_back(times); // all in time
  times.slow[size_t(ranks) - 1] = 3.7;
  networks.push_back(times);
  for (int rank = 0; rank < ranks; ++rank)
    times.slow[size_t(rank)] = 1 + 0.3717 * rank + 0.0113 * rank * rank;
  times.latency = 4.1337e-3;
  networks.push_back(times);
  for (int rank = 0; rank < ranks; ++rank)
    times.slow[size_t(rank)] = 1 + 0.01379 * rank + 0.00331 * rank * rank;
  times.rotating = 4;
  networks.push_back(times);
  times.latency = 37e-3;
  networks.push_back(times);
  return networks;
}

TEST(Elastic, FollowsItsDefinitionNormBounded) {
  int late = 0;
  for (const int ranks : {2, 3, 5, 8})
    for (const Times &times : Networks(ranks))
      for (const double beta : {0.0, 0.5, 1.0, 2.0, kInfinite})
        for (const int64_t max_delay : {0, 1, 4, 16}) {
          Plan plan;
          plan.ranks = ranks;
          plan.steps = 14;
          plan.decay = true;
          plan.channel.beta = beta;
          plan.channel.max_delay = max_delay;
          late += Compare(plan, times);
          if (HasFailure())
            return;
        }
  EXPECT_GT(late, 5000) << "the schedules are not what they are meant to be";
}

TEST(Elastic, FollowsItsDefinitionVarianceBounded) {
  int late = 0;
  for (const int ranks : {2, 3, 5, 8})
    for (const Times &times : Networks(ranks))
      for (const double wait : {0.0, 3.3e-3, 20.7e-3, kInfinite})
        for (const int64_t max_delay : {0, 1, 4, 16}) {
          Plan plan;
          plan.ranks = ranks;
          plan.steps = 14;
          plan.decay = true;
          plan.channel.scheduler = TACIT_VARIANCE_BOUNDED;
          plan.channel.wait = wait;
          plan.channel.max_delay = max_delay;
          late += Compare(plan, times);
          if (HasFailure())
            return;
        }
  EXPECT_GT(late, 5000);
}

TEST(Elastic, FollowsItsDefinitionCompressed) {
  for (const int ranks : {2, 3, 5})
    for (const Times &times : Networks(ranks))
      for (const bool variance : {false, true})
        for (const int64_t max_delay : {0, 1, 4}) {
          Plan plan;
          plan.ranks = ranks;
          plan.decay = true;
          plan.compressed = true;
          if (variance)
            plan.channel.scheduler = TACIT_VARIANCE_BOUNDED;
          plan.channel.max_delay = max_delay;
          Compare(plan, times);
          if (HasFailure())
            return;
        }
}

//===----------------------------------------------------------------------===//
// Ends of the range
//===----------------------------------------------------------------------===//

TEST(Elastic, BetaOfZeroNeverWaits) {
  Plan plan;
  plan.ranks = 5;
  plan.steps = 30;
  plan.channel.beta = 0;
  plan.channel.max_delay = 1000;
  plan.network = "latency=3ms compute=10ms slow=4:6";
  const Outcome outcome = Train(plan);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  for (int rank = 0; rank < plan.ranks; ++rank) {
    const RankLog &log = outcome.ranks[size_t(rank)];
    EXPECT_EQ(log.waited(WaitReason::kScheduler), 0);
    EXPECT_EQ(log.waited(WaitReason::kMaxDelay), 0);
    for (size_t step = 0; step < 30; ++step)
      EXPECT_NEAR(log.proceeded[step],
                  double(step + 1) * (rank == 4 ? 0.06 : 0.01), 1e-9);
  }
  EXPECT_LT(Apart(outcome), 1e-5);
}

/// What synchronous SGD does, on floats, the sum in rank order.
static std::vector<float> Synchronous(const Plan &plan, bool fused) {
  std::vector<float> w = InitialAt(plan);
  for (int64_t step = 0; step < plan.steps; ++step) {
    std::vector<float> sum = GradientAt(plan, 0, step, w);
    for (int rank = 1; rank < plan.ranks; ++rank) {
      const std::vector<float> g = GradientAt(plan, rank, step, w);
      for (size_t i = 0; i < w.size(); ++i)
        sum[i] += g[i];
    }
    const float lr = static_cast<float>(plan.LearningRate(step));
    for (size_t i = 0; i < w.size(); ++i) {
      const float mean = sum[i] / static_cast<float>(plan.ranks);
      const volatile float product = lr * mean;
      w[i] = fused ? std::fma(-lr, mean, w[i]) : w[i] - product;
    }
  }
  return w;
}

TEST(Elastic, AllInTimeIsSynchronousToTheBit) {
  for (const bool variance : {false, true})
    for (int ranks = 1; ranks <= 8; ++ranks)
      for (const int way : {0, 1, 2}) {
        Plan plan;
        plan.ranks = ranks;
        plan.steps = 20;
        plan.decay = true;
        plan.members = {100, 7, 33};
        // Everybody waits; or nobody has to; or waits, by max_delay.
        plan.network = way == 1 ? "compute=1ms"
                                : "latency=1ms compute=10ms slow=0:2 "
                                  "straggler=exponential{mean=9ms}";
        plan.channel.scheduler =
            variance ? TACIT_VARIANCE_BOUNDED : TACIT_NORM_BOUNDED;
        plan.channel.max_delay = way == 2 ? 0 : 4;
        plan.channel.beta = way == 2 ? 0 : kInfinite;
        plan.channel.wait = way == 2 ? 0 : kInfinite;
        const Outcome outcome = Train(plan);
        ASSERT_TRUE(outcome.status.ok()) << outcome.status;
        // By the machine's vectors.
        const std::vector<float> fused = Synchronous(plan, true);
        const std::vector<float> rounded = Synchronous(plan, false);
        for (const RankLog &log : outcome.ranks) {
          EXPECT_TRUE(log.end == fused || log.end == rounded)
              << ranks << " ranks, way " << way;
          EXPECT_EQ(log.report.staleness.maximum, 0u);
        }
      }
}

TEST(Elastic, ARankAloneIsSynchronous) {
  Plan plan;
  plan.ranks = 1;
  plan.network = "compute=1ms";
  const Outcome outcome = Train(plan);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.ranks[0].proceeded.size(), 10u);
  EXPECT_EQ(outcome.consistency.bound, 0);
  EXPECT_FALSE(outcome.consistency.exceeded());
}

//===----------------------------------------------------------------------===//
// Meetings, stops and ends
//===----------------------------------------------------------------------===//

TEST(Elastic, RanksMeetWithOneModel) {
  for (const bool variance : {false, true})
    for (const int64_t max_delay : {0, 1, 4}) {
      Plan plan;
      plan.ranks = 4;
      plan.steps = 60;
      plan.meet_every = 9;
      plan.network = "latency=2ms compute=10ms slow=2:3 "
                     "straggler=exponential{mean=9ms}";
      plan.channel.max_delay = max_delay;
      if (variance)
        plan.channel.scheduler = TACIT_VARIANCE_BOUNDED;
      const Outcome outcome = Train(plan);
      ASSERT_TRUE(outcome.status.ok()) << outcome.status;
      EXPECT_LT(Apart(outcome), 1e-5);
      EXPECT_FALSE(outcome.consistency.exceeded());
      ASSERT_GT(outcome.ranks[0].met.size(), 2u);
      for (size_t meeting = 0; meeting < outcome.ranks[0].met.size(); ++meeting)
        for (const RankLog &log : outcome.ranks) {
          ASSERT_EQ(log.met.size(), outcome.ranks[0].met.size());
          const std::vector<float> &first = outcome.ranks[0].met[meeting];
          EXPECT_LT(Difference(log.met[meeting], {first.begin(), first.end()}),
                    1e-5)
              << "meeting " << meeting;
        }
    }
}

TEST(Elastic, RanksAgreeThoughSomeMakeMoreSteps) {
  for (const bool variance : {false, true})
    for (const double beta : {0.0, 0.5, kInfinite}) {
      Plan plan;
      plan.ranks = 4;
      plan.steps = 12;
      plan.decay = true;
      plan.more_steps = {0, 7, 0, 3};
      plan.network = "latency=2ms compute=10ms slow=0:2";
      plan.channel.beta = beta;
      if (variance)
        plan.channel.scheduler = TACIT_VARIANCE_BOUNDED;
      const Outcome outcome = Train(plan);
      ASSERT_TRUE(outcome.status.ok()) << outcome.status;
      EXPECT_LT(Apart(outcome), 1e-5) << variance << " " << beta;
      EXPECT_FALSE(outcome.consistency.exceeded());
    }
}

TEST(Elastic, AStopLeavesNobodyWaiting) {
  for (const bool variance : {false, true})
    for (const int rank : {0, 3}) {
      Plan plan;
      plan.ranks = 4;
      plan.steps = 1000;
      plan.stop_rank = rank;
      plan.stop_step = 11;
      plan.network = "latency=2ms compute=10ms slow=3:3";
      plan.channel.beta = kInfinite;
      if (variance) {
        plan.channel.scheduler = TACIT_VARIANCE_BOUNDED;
        plan.channel.max_delay = 2;
      }
      const Outcome outcome = Train(plan);
      ASSERT_TRUE(outcome.status.ok()) << outcome.status;
      for (const RankLog &log : outcome.ranks)
        EXPECT_LE(log.views.size(), 16u);
      EXPECT_LT(Apart(outcome), 1e-5);
    }
}

//===----------------------------------------------------------------------===//
// Faults
//===----------------------------------------------------------------------===//

TEST(Elastic, LostGradientsAreCountedAndNotWaitedFor) {
  for (const bool variance : {false, true}) {
    Plan plan;
    plan.ranks = 4;
    plan.steps = 50;
    plan.seed = 4;
    plan.network = "latency=2ms compute=10ms slow=0:2 drop=0.1";
    plan.channel.beta = kInfinite;
    plan.channel.wait = kInfinite;
    plan.channel.max_delay = 1;
    if (variance)
      plan.channel.scheduler = TACIT_VARIANCE_BOUNDED;
    const Outcome outcome = Train(plan);
    ASSERT_TRUE(outcome.status.ok()) << outcome.status;
    uint64_t missing = 0;
    for (const RankLog &log : outcome.ranks) {
      EXPECT_EQ(log.report.applied + log.report.missing, 150u);
      missing += log.report.missing;
    }
    EXPECT_GT(missing, 30u);
    EXPECT_LT(missing, 90u);
    EXPECT_FALSE(outcome.consistency.exceeded());
    EXPECT_GT(outcome.consistency.faults, 0);
    EXPECT_GT(Apart(outcome), 1e-5) << "what is lost is lost";
  }
}

TEST(Elastic, SurvivorsGoOn) {
  for (const bool variance : {false, true})
    for (const int64_t max_delay : {0, 1, 4}) {
      Plan plan;
      plan.ranks = 5;
      plan.steps = 30;
      plan.network = "latency=2ms compute=10ms slow=2:2 crash=2@7,4@12";
      plan.channel.max_delay = max_delay;
      if (variance)
        plan.channel.scheduler = TACIT_VARIANCE_BOUNDED;
      const Outcome outcome = Train(plan);
      ASSERT_TRUE(outcome.status.ok()) << outcome.status;
      EXPECT_FALSE(outcome.consistency.exceeded())
          << outcome.consistency.measured << " of "
          << outcome.consistency.bound;
      for (const int rank : {0, 1, 3}) {
        const RankLog &log = outcome.ranks[size_t(rank)];
        EXPECT_TRUE(log.finished);
        EXPECT_EQ(log.views.size(), 30u);
        ASSERT_EQ(log.report.lost.size(), 2u);
        EXPECT_EQ(log.report.missing, 0u);
        // Of ranks 2 and 4, 7 and 12 steps.
        EXPECT_EQ(log.report.applied, 2u * 30 + 7 + 12);
        for (const float x : log.end)
          EXPECT_TRUE(std::isfinite(x));
      }
    }
}
