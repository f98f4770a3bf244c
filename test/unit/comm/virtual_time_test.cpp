//===- virtual_time_test.cpp - What exchanges cost on a virtual clock -----===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/world.h"

#include "gtest/gtest.h"

#include "absl/strings/str_cat.h"

#include <cmath>
#include <functional>
#include <string>
#include <vector>

using namespace tacit;

using Body = std::function<absl::Status(Communicator &)>;

/// Each rank's clock after it has run `body`.
static std::vector<double> Clocks(int ranks, const std::string &network,
                                  const Body &body, uint64_t seed = 0) {
  std::vector<double> clocks(static_cast<size_t>(ranks), -1);
  auto world =
      CreateSimulatedWorld({.ranks = ranks, .network = network, .seed = seed});
  EXPECT_TRUE(world.ok()) << world.status();
  const absl::Status status = (*world)->Run([&](Communicator &communicator) {
    const absl::Status ended = body(communicator);
    clocks[static_cast<size_t>(communicator.rank())] = communicator.Now();
    return ended;
  });
  EXPECT_TRUE(status.ok()) << status;
  return clocks;
}

static void ExpectClocks(const std::vector<double> &got,
                         const std::vector<double> &wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t rank = 0; rank < got.size(); ++rank)
    EXPECT_NEAR(got[rank], wanted[rank], 1e-12) << "rank " << rank;
}

static Body AllReduceOf(size_t bytes) {
  return [bytes](Communicator &communicator) {
    std::vector<float> values(bytes / sizeof(float));
    return communicator.AllReduce("reduced", values.data(), values.size(),
                                  TACIT_F32, TACIT_SUM);
  };
}

static Body BroadcastOf(size_t bytes, int root) {
  return [bytes, root](Communicator &communicator) {
    std::vector<char> values(bytes);
    return communicator.Broadcast("broadcast", values.data(), bytes, root);
  };
}

TEST(VirtualTime, StandsStillOnAPerfectNetwork) {
  ExpectClocks(Clocks(5, "", AllReduceOf(1 << 20)), {0, 0, 0, 0, 0});
}

TEST(VirtualTime, SendersAreFreeBeforeReceivers) {
  // 1000 bytes at 1000 bytes a second, and half a second on the way.
  ExpectClocks(Clocks(2, "bandwidth=1KB latency=500ms", BroadcastOf(1000, 0)),
               {1, 1.5});
}

TEST(VirtualTime, SendsQueueAtTheSender) {
  // The root of three ranks sends to its second child first, then to the other.
  ExpectClocks(Clocks(3, "bandwidth=1KB latency=500ms", BroadcastOf(1000, 0)),
               {2, 2.5, 1.5});
  const auto two = [](Communicator &communicator) {
    std::vector<char> a(1000), b(2000);
    const auto first =
        communicator.StartBroadcast("first", a.data(), a.size(), 0);
    const auto second =
        communicator.StartBroadcast("second", b.data(), b.size(), 0);
    if (absl::Status status = communicator.Await(*second); !status.ok())
      return status;
    return communicator.Await(*first);
  };
  ExpectClocks(Clocks(2, "bandwidth=1KB latency=500ms", two), {3, 3.5});
}

TEST(VirtualTime, BroadcastTreesHaveLogarithmicDepth) {
  ExpectClocks(Clocks(8, "latency=1s", BroadcastOf(10, 3)),
               {2, 2, 3, 0, 1, 1, 2, 1});
}

TEST(VirtualTime, DoublingTakesALatencyARound) {
  for (const auto &[ranks, rounds] :
       std::vector<std::pair<int, int>>{{2, 1}, {4, 2}, {8, 3}, {16, 4}}) {
    const std::vector<double> wanted(static_cast<size_t>(ranks), rounds);
    ExpectClocks(Clocks(ranks, "latency=1s", AllReduceOf(8)), wanted);
  }
  // Rank 0 waits for rank 2's operand, and rank 1's comes meanwhile.
  ExpectClocks(Clocks(3, "latency=1s", AllReduceOf(8)), {1, 2, 2});
  // Every round sends all bytes.
  ExpectClocks(Clocks(4, "bandwidth=1KB", AllReduceOf(1000)), {2, 2, 2, 2});
}

TEST(VirtualTime, RingSendsAtTheFullBandwidthThroughout) {
  // 2 (P - 1) / P of the bytes, without a gap between pieces.
  const size_t bytes = size_t{64} << 20;
  for (int ranks : {2, 3, 4, 5, 8}) {
    const double least = 2.0 * (ranks - 1) / ranks * static_cast<double>(bytes);
    for (double clock : Clocks(ranks, "bandwidth=1B", AllReduceOf(bytes))) {
      EXPECT_GE(clock, least - 16) << ranks;
      EXPECT_LE(clock, least * 1.0001 + 16) << ranks;
    }
  }
}

TEST(VirtualTime, RingHidesLatencies) {
  const size_t bytes = size_t{25} << 20;
  const double seconds = 2.0 * 7 / 8 * static_cast<double>(bytes) / 125e6;
  for (double clock :
       Clocks(8, "bandwidth=1Gbit latency=100us", AllReduceOf(bytes)))
    EXPECT_LT(clock, seconds * 1.01 + 14 * 100e-6);
}

TEST(VirtualTime, ComputeIsChargedPerStep) {
  const auto body = [](Communicator &communicator) {
    // Rank 1 takes two steps' time, and finds rank 0's message there.
    communicator.ChargeCompute(0);
    if (communicator.rank() == 1)
      communicator.ChargeCompute(0);
    return AllReduceOf(8)(communicator);
  };
  ExpectClocks(Clocks(2, "latency=1s compute=10s", body), {21, 20});
}

/// `steps` local steps, and an exchange after every `period` of them.
static Body StepsOf(int steps, int period) {
  return [=](Communicator &communicator) {
    absl::Status status;
    for (int step = 0; step < steps && status.ok(); ++step) {
      communicator.ChargeCompute(step);
      if ((step + 1) % period == 0)
        status = AllReduceOf(8)(communicator);
    }
    return status;
  };
}

TEST(VirtualTime, ASlowRankHoldsUpAllOthers) {
  const std::string network = "compute=1s slow=3:4,1:2.5";
  ExpectClocks(Clocks(4, network, StepsOf(3, 100)), {3, 7.5, 3, 12});
  ExpectClocks(Clocks(4, network, StepsOf(3, 1)), {12, 12, 12, 12});
  // Rank 3 never waits in the first exchange, finds rank 1's message of the
  // second at 9, and computes until 13; what it sends then takes one latency to
  // rank 2 and to rank 1, and one more from 2 to 0.
  ExpectClocks(Clocks(4, network + " latency=1s", StepsOf(3, 1)),
               {15, 14, 14, 13});
}

TEST(VirtualTime, ARotatingStragglerHoldsUpEveryStep) {
  // In 8 steps each of 4 ranks is slow twice: 6 + 2 * 3 seconds of its own. An
  // exchange after each waits for the slow one; after every 4, for nobody.
  const std::string network = "compute=1s straggler=rotating{factor=3}";
  ExpectClocks(Clocks(4, network, StepsOf(8, 100)), {12, 12, 12, 12});
  ExpectClocks(Clocks(4, network, StepsOf(8, 1)), {24, 24, 24, 24});
  ExpectClocks(Clocks(4, network, StepsOf(8, 4)), {12, 12, 12, 12});
  // Step t is that of rank t mod P.
  ExpectClocks(Clocks(4, network, StepsOf(2, 100)), {4, 4, 2, 2});
  // Both factors.
  ExpectClocks(Clocks(4, network + " slow=1:2", StepsOf(2, 100)), {4, 8, 2, 2});
}

TEST(VirtualTime, ExponentialStragglersSlowDownAsTheTheorySays) {
  // A step that all wait for takes mean (1 + 1/2 + ... + 1/P) more; a rank by
  // itself only the mean, and so an exchange after many steps nearly that.
  const std::string network = "compute=1s straggler=exponential{mean=1s}";
  for (const int ranks : {4, 16, 64, 256}) {
    const int steps = 512;
    double harmonic = 0;
    for (int i = 1; i <= ranks; ++i)
      harmonic += 1.0 / i;
    const double each = Clocks(ranks, network, StepsOf(steps, 1))[0] / steps;
    EXPECT_NEAR(each, 1 + harmonic, 4 * 1.3 / std::sqrt(steps)) << ranks;
    const double rarely =
        Clocks(ranks, network, StepsOf(steps, steps))[0] / steps;
    EXPECT_NEAR(rarely, 2, 5 / std::sqrt(steps)) << ranks;
    EXPECT_GT(rarely, 1.9);
  }
}

TEST(VirtualTime, StragglersFollowTheSeed) {
  const std::string network =
      "latency=1ms compute=1s straggler=exponential{mean=1s}";
  const auto clocks = Clocks(16, network, StepsOf(20, 3), 5);
  EXPECT_EQ(clocks, Clocks(16, network, StepsOf(20, 3), 5));
  EXPECT_NE(clocks, Clocks(16, network, StepsOf(20, 3), 6));
  EXPECT_NE(clocks[0], clocks[1]) << "ranks draw apart";
}

TEST(VirtualTime, AnExchangeRunsBesideComputation) {
  const auto body = [](Communicator &communicator) {
    std::vector<char> values(1000);
    const auto token =
        communicator.StartBroadcast("beside", values.data(), 1000, 0);
    communicator.ChargeCompute(0); // 2 seconds
    if (absl::Status status = communicator.Progress(); !status.ok())
      return status;
    return communicator.Await(*token);
  };
  ExpectClocks(Clocks(2, "bandwidth=1KB latency=500ms compute=2s", body),
               {2, 2});
  ExpectClocks(Clocks(2, "bandwidth=1KB latency=5s compute=2s", body), {2, 6});
}

/// Each rank's time in exchanges, after `body`.
static std::vector<ExchangeTime> Times(int ranks, const std::string &network,
                                       const Body &body) {
  std::vector<ExchangeTime> times(static_cast<size_t>(ranks));
  Clocks(ranks, network, [&](Communicator &communicator) {
    const absl::Status status = body(communicator);
    times[static_cast<size_t>(communicator.rank())] =
        communicator.exchange_time();
    return status;
  });
  return times;
}

TEST(VirtualTime, WaitingEndsWhereTheMessageIsSent) {
  // Rank 1 sends from 6 to 7, and half a second later it is there.
  auto times = Times(2, "bandwidth=1KB latency=500ms compute=2s slow=1:3",
                     [](Communicator &communicator) {
                       communicator.ChargeCompute(0);
                       return BroadcastOf(1000, 1)(communicator);
                     });
  EXPECT_NEAR(times[0].awaited, 5.5, 1e-12);
  EXPECT_NEAR(times[0].waited, 4, 1e-12);
  EXPECT_NEAR(times[1].awaited, 1, 1e-12);
  EXPECT_EQ(times[1].waited, 0);

  // Ranks that come together wait for nobody, whatever the exchange takes.
  for (const ExchangeTime &time :
       Times(8, "latency=1s bandwidth=1KB compute=1s", StepsOf(5, 1))) {
    EXPECT_NEAR(time.awaited, 5 * 3.024, 1e-9);
    EXPECT_EQ(time.waited, 0);
  }

  // Those that come early wait for the last, exchanges aside: two seconds in
  // each of three steps, and its way to them shows as exchange.
  times = Times(4, "latency=10ms compute=1s slow=3:3", StepsOf(3, 1));
  for (size_t rank = 0; rank < 3; ++rank) {
    EXPECT_NEAR(times[rank].waited, 6, 0.1) << rank;
    EXPECT_GT(times[rank].awaited, times[rank].waited);
  }
  EXPECT_EQ(times[3].waited, 0);
}

TEST(VirtualTime, IsTheSameEveryTime) {
  const auto run = [] {
    std::string log;
    Clocks(7, "bandwidth=10Mbit latency=30us compute=1ms",
           [&](Communicator &communicator) {
             absl::Status status;
             for (size_t bytes : {8, 4000, 300000, 16}) {
               for (int i = 0; i <= communicator.rank() % 3; ++i)
                 communicator.ChargeCompute(0);
               status.Update(AllReduceOf(bytes)(communicator));
               status.Update(BroadcastOf(bytes, 4)(communicator));
               absl::StrAppend(&log, communicator.rank(), "@",
                               communicator.Now(), " ");
             }
             return status;
           });
    return log;
  };
  const std::string first = run();
  EXPECT_EQ(first, run());
  EXPECT_FALSE(first.empty());
}

TEST(VirtualTime, AThousandRanks) {
  const auto clocks =
      Clocks(1000, "latency=1ms", [](Communicator &communicator) {
        int64_t sum = communicator.rank();
        absl::Status status =
            communicator.AllReduce("sum", &sum, 1, TACIT_I64, TACIT_SUM);
        if (status.ok() && sum != 499500)
          status = absl::UnknownError(absl::StrCat("the sum is ", sum));
        return status;
      });
  // 9 rounds among 512 ranks; 488 more hand in before, and hear after.
  EXPECT_NEAR(clocks[511], 0.010, 1e-12);
  EXPECT_NEAR(clocks[999], 0.011, 1e-12);
}
