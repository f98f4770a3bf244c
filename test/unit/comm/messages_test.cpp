//===- messages_test.cpp - One-sided messages on a simulated network ------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/inbox.h"
#include "runtime/comm/network_model.h"
#include "runtime/comm/transport.h"
#include "runtime/comm/world.h"
#include "test/unit/comm/conformance_messages.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace tacit;
using conformance::MessageLog;

using Body = std::function<absl::Status(Communicator &, Inbox &)>;

static absl::Status RunRanks(int ranks, const std::string &network,
                             const Body &body, uint32_t window = 16,
                             uint64_t seed = 0) {
  auto world =
      CreateSimulatedWorld({.ranks = ranks, .network = network, .seed = seed});
  EXPECT_TRUE(world.ok()) << world.status();
  return (*world)->Run([&](Communicator &communicator) {
    const absl::StatusOr<Inbox *> inbox =
        communicator.OpenInbox({.window = window});
    return inbox.ok() ? body(communicator, **inbox) : inbox.status();
  });
}

static absl::Status Nothing(Arrival) { return absl::OkStatus(); }

/// A message of one word.
static Message Word(Inbox &inbox, uint64_t word, size_t bytes = 0) {
  return inbox.New({.kind = 1, .words = {word}}, bytes);
}

//===----------------------------------------------------------------------===//
// The suite of all worlds
//===----------------------------------------------------------------------===//

TEST(Messages, Conform) {
  for (const int ranks : {1, 2, 3, 4, 7})
    for (const uint32_t window : {1u, 2u, 16u})
      for (const char *network :
           {"", "latency=50us bandwidth=1Gbit compute=1ms",
            "latency=1ms bandwidth=10Mbit slow=0:3 compute=1ms"}) {
        const absl::Status status = RunRanks(
            ranks, network,
            [](Communicator &communicator, Inbox &inbox) {
              for (const auto &check : conformance::AllMessageChecks()) {
                conformance::Digest digest;
                absl::Status status = check.run(communicator, inbox, digest);
                float one = 1;
                if (status.ok())
                  status = communicator.AllReduce("barrier", &one, 1, TACIT_F32,
                                                  TACIT_SUM);
                if (!status.ok())
                  return absl::Status(
                      status.code(),
                      absl::StrCat(check.name, ": ", status.message()));
              }
              return absl::OkStatus();
            },
            window);
        EXPECT_TRUE(status.ok()) << ranks << " ranks, window " << window << ", "
                                 << network << ": " << status;
      }
}

//===----------------------------------------------------------------------===//
// Random schedules
//===----------------------------------------------------------------------===//

namespace {

/// What a run depends on, drawn from its seed.
struct Schedule {
  int ranks;
  uint32_t window;
  int steps;
  std::string network;
  int crashing = -1; ///< A rank, or none.
  int crash_step = 0;
  double latency = 1e-3;
};

} // namespace

static Schedule Draw(uint64_t seed) {
  const Random random(seed, 1);
  Schedule schedule;
  schedule.ranks = 2 + static_cast<int>(random.Below(0, 15));
  schedule.window = 1 + static_cast<uint32_t>(random.Below(1, 6));
  schedule.steps = 3 + static_cast<int>(random.Below(2, 10));
  static const char *const delays[] = {"", " delay=3ms",
                                       " delay=exponential{mean=20ms}",
                                       " delay=uniform{from=1ms to=50ms}"};
  static const char *const faults[] = {
      "",        " drop=0.2",   " duplicate=0.3", " drop=0.1 duplicate=0.2",
      " drop=1", " duplicate=1"};
  schedule.network =
      absl::StrCat("latency=1ms compute=10ms straggler=exponential{mean=10ms}",
                   delays[random.Below(3, 4)], faults[random.Below(4, 6)]);
  if (random.Below(5, 2))
    absl::StrAppend(&schedule.network, " pause=0@1:200ms");
  if (random.Below(6, 3) == 0) {
    schedule.crashing =
        static_cast<int>(random.Below(7, uint64_t(schedule.ranks)));
    schedule.crash_step =
        static_cast<int>(random.Below(8, uint64_t(schedule.steps)));
    absl::StrAppend(&schedule.network, " crash=", schedule.crashing, "@",
                    schedule.crash_step);
  }
  return schedule;
}

/// What a rank has counted, kept after its end.
struct Kept {
  MessageLog log;
  InboxCounts counts;
};

/// Every rank computes, sends to some others and takes what has come, and in
/// the end waits for all. Returns what each rank has logged.
static std::vector<std::unique_ptr<Kept>> RunSchedule(const Schedule &schedule,
                                                      uint64_t seed) {
  std::vector<std::unique_ptr<Kept>> kept(size_t(schedule.ranks));
  const absl::Status status = RunRanks(
      schedule.ranks, schedule.network,
      [&](Communicator &communicator, Inbox &inbox) {
        const int rank = communicator.rank();
        const Random random(seed, 100 + uint64_t(rank));
        kept[size_t(rank)] =
            std::make_unique<Kept>(Kept{MessageLog(communicator, inbox), {}});
        MessageLog &log = kept[size_t(rank)]->log;
        absl::Status status;
        for (int step = 0; step < schedule.steps && status.ok(); ++step) {
          communicator.ChargeCompute(step);
          for (int to = 0; to < schedule.ranks; ++to)
            if (to != rank && random.Below(uint64_t(step * 100 + to), 3) != 0)
              status.Update(log.Send(to, random.Below(uint64_t(to), 300)));
          status.Update(log.Receive());
        }
        if (status.ok())
          status = log.Drain();
        kept[size_t(rank)]->counts = inbox.counts();
        return status;
      },
      schedule.window, seed);
  EXPECT_TRUE(status.ok()) << "seed " << seed << ": " << status;
  return kept;
}

/// Compares what channel (from, to) handed over with what MessageFates says of
/// each message that was sent.
static void CheckChannel(const Schedule &schedule, uint64_t seed, int from,
                         int to, const Kept &sender, const Kept &receiver) {
  const auto model = ParseNetworkModel(schedule.network);
  ASSERT_TRUE(model.ok());
  const MessageFates fates(*model, schedule.ranks, from, to,
                           TrafficKind::kOneSided, seed);
  const std::string where = absl::StrCat("seed ", seed, ", ", from, " to ", to);
  const MessageLog::Channel &channel = receiver.log.from(from);
  const std::vector<double> &times = sender.log.times(to);
  const bool all = schedule.crashing != to;
  std::vector<double> arrivals;
  size_t copies = 0, dropped = 0;
  for (uint64_t n = 0; n < times.size(); ++n) {
    const MessageFate fate = fates.Of(n);
    const double sent = times[n] + schedule.latency;
    const auto found = channel.copies.find(n);
    const int came = found == channel.copies.end() ? 0 : found->second;
    const auto tombstone = channel.dropped.find(n);
    const int lost = tombstone == channel.dropped.end() ? 0 : tombstone->second;
    copies += size_t(came);
    dropped += size_t(lost);
    if (!all)
      continue;
    EXPECT_EQ(lost, fate.dropped ? 1 : 0) << where << " #" << n;
    // A second copy may come after the receiver has left.
    EXPECT_GE(came, fate.dropped ? 0 : 1) << where << " #" << n;
    EXPECT_LE(came, fate.dropped      ? 0
                    : fate.duplicated ? 2
                                      : 1)
        << where << " #" << n;
    if (came == 2 || (came + lost == 1 && !fate.duplicated))
      arrivals.push_back(sent + fate.delay);
    if (came == 2)
      arrivals.push_back(sent + fate.second_delay);
  }
  EXPECT_EQ(copies + dropped,
            [&] {
              size_t sum = 0;
              for (const auto &[n, count] : channel.copies)
                sum += size_t(count);
              for (const auto &[n, count] : channel.dropped)
                sum += size_t(count);
              return sum;
            }())
      << where << ": something came that was not sent";
  if (!all || schedule.network.find("duplicate") != std::string::npos)
    return;
  // All but the end came when it had to.
  std::vector<double> came = channel.arrivals;
  std::sort(came.begin(), came.end());
  std::sort(arrivals.begin(), arrivals.end());
  for (const double arrival : arrivals)
    EXPECT_TRUE(
        std::any_of(came.begin(), came.end(),
                    [&](double at) { return std::abs(at - arrival) < 1e-12; }))
        << where << ": nothing at " << arrival;
}

TEST(Messages, EveryCopyIsHandedOverOnceInRandomSchedules) {
  int drops = 0, copies = 0, crashes = 0, reordered = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const Schedule schedule = Draw(seed);
    const auto kept = RunSchedule(schedule, seed);
    if (HasFailure())
      FAIL() << "seed " << seed << ": " << schedule.network;
    for (int to = 0; to < schedule.ranks; ++to) {
      uint64_t received = 0, dropped = 0;
      for (int from = 0; from < schedule.ranks; ++from) {
        const MessageLog::Channel &channel = kept[size_t(to)]->log.from(from);
        EXPECT_EQ(channel.lost, from == schedule.crashing && to != from ? 1 : 0)
            << "seed " << seed;
        if (from != to)
          CheckChannel(schedule, seed, from, to, *kept[size_t(from)],
                       *kept[size_t(to)]);
        received += uint64_t(channel.ends);
        for (const auto &[n, count] : channel.copies)
          received += uint64_t(count);
        for (const auto &[n, count] : channel.dropped)
          dropped += uint64_t(count);
        drops += int(channel.dropped.size());
        for (const auto &[n, count] : channel.copies)
          copies += count == 2;
      }
      if (to == schedule.crashing)
        continue;
      EXPECT_EQ(kept[size_t(to)]->counts.received, received) << seed;
      EXPECT_EQ(kept[size_t(to)]->counts.dropped, dropped) << seed;
    }
    crashes += schedule.crashing >= 0;
    reordered += schedule.network.find("delay=e") != std::string::npos;
    if (HasFailure())
      FAIL() << "seed " << seed << ": " << schedule.network;
  }
  // The schedules are as varied as they are meant to be.
  EXPECT_GT(drops, 1000);
  EXPECT_GT(copies, 1000);
  EXPECT_GT(crashes, 50);
  EXPECT_GT(reordered, 50);
}

TEST(Messages, AScheduleReplaysExactly) {
  for (uint64_t seed : {3, 14, 15, 92}) {
    const Schedule schedule = Draw(seed);
    const auto once = RunSchedule(schedule, seed);
    const auto again = RunSchedule(schedule, seed);
    for (size_t to = 0; to < once.size(); ++to)
      for (int from = 0; from < schedule.ranks; ++from) {
        EXPECT_EQ(once[to]->log.from(from).arrivals,
                  again[to]->log.from(from).arrivals);
        EXPECT_EQ(once[to]->log.from(from).copies,
                  again[to]->log.from(from).copies);
      }
  }
}

//===----------------------------------------------------------------------===//
// Time and room
//===----------------------------------------------------------------------===//

TEST(Messages, TakeTheirTime) {
  const absl::Status status = RunRanks(
      2, "latency=500ms bandwidth=1KB compute=1s",
      [](Communicator &communicator, Inbox &inbox) {
        if (communicator.rank() == 0) {
          communicator.ChargeCompute(0);
          for (uint64_t i = 0; i < 2; ++i)
            if (absl::Status status = inbox.Send(
                    1, Word(inbox, i, 1000 - Message::kWireBytes), Nothing);
                !status.ok())
              return status;
          EXPECT_EQ(communicator.Now(), 1) << "sending waits for nobody";
          const Traffic traffic = communicator.traffic();
          EXPECT_EQ(traffic.messages_sent, 2u);
          EXPECT_EQ(traffic.bytes_sent, 2 * (1000 - Message::kWireBytes));
          EXPECT_EQ(traffic.control_bytes, 2 * Message::kWireBytes);
          return absl::OkStatus();
        }
        Arrival arrival;
        for (uint64_t i = 0; i < 2; ++i) {
          EXPECT_FALSE(*inbox.Poll(arrival));
          EXPECT_TRUE(inbox.Wait(kNever).ok());
          // A second on the link each, one after the other.
          EXPECT_DOUBLE_EQ(communicator.Now(), 2.5 + double(i));
          EXPECT_TRUE(*inbox.Poll(arrival));
          EXPECT_DOUBLE_EQ(arrival.at, 2.5 + double(i));
          EXPECT_EQ(arrival.sequence, i);
          EXPECT_EQ(arrival.message.header().words[0], i);
        }
        // Nothing more comes, and the wait ends when it is told to.
        EXPECT_TRUE(inbox.Wait(10).ok());
        EXPECT_DOUBLE_EQ(communicator.Now(), 10);
        EXPECT_DOUBLE_EQ(inbox.counts().empty_seconds, 10);
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
}

TEST(Messages, AFullInboxSlowsItsSender) {
  const absl::Status status = RunRanks(
      3, "latency=1ms compute=10s",
      [](Communicator &communicator, Inbox &inbox) {
        std::vector<int> came;
        const auto take = [&](Arrival arrival) {
          came.push_back(arrival.from);
          return absl::OkStatus();
        };
        if (communicator.rank() == 1) {
          communicator.ChargeCompute(0);
          EXPECT_TRUE(inbox.Receive(take).ok());
          EXPECT_EQ(came.size(), 4u) << "two of each channel fit";
          return absl::OkStatus();
        }
        absl::Status status;
        for (uint64_t i = 0; i < 2; ++i)
          status.Update(inbox.Send(1, Word(inbox, i), take));
        EXPECT_EQ(communicator.Now(), 0);
        EXPECT_FALSE(*inbox.TrySend(1, Word(inbox, 2)));
        if (communicator.rank() == 2)
          status.Update(inbox.Send(0, Word(inbox, 0), take));
        status.Update(inbox.Send(1, Word(inbox, 2), take));
        EXPECT_DOUBLE_EQ(communicator.Now(), 10);
        EXPECT_DOUBLE_EQ(inbox.counts().room_seconds, 10);
        // What came meanwhile was handed over.
        EXPECT_EQ(came.size(), communicator.rank() == 0 ? 1u : 0u);
        return status;
      },
      /*window=*/2);
  EXPECT_TRUE(status.ok()) << status;
}

TEST(Messages, OvertakeEachOther) {
  const auto order = [](uint64_t seed) {
    std::vector<uint64_t> order;
    const absl::Status status = RunRanks(
        2, "delay=exponential{mean=1s}",
        [&](Communicator &communicator, Inbox &inbox) {
          absl::Status status;
          for (uint64_t i = 0; i < 10 && communicator.rank() == 0; ++i)
            status.Update(inbox.Send(1, Word(inbox, i), Nothing));
          while (communicator.rank() == 1 && order.size() < 10 && status.ok()) {
            status.Update(inbox.Wait(kNever));
            status.Update(inbox.Receive([&](Arrival arrival) {
              order.push_back(arrival.sequence);
              EXPECT_EQ(arrival.message.header().words[0], arrival.sequence);
              return absl::OkStatus();
            }));
          }
          return status;
        },
        16, seed);
    EXPECT_TRUE(status.ok()) << status;
    return order;
  };
  const std::vector<uint64_t> one = order(1);
  EXPECT_FALSE(std::is_sorted(one.begin(), one.end()));
  EXPECT_EQ(one, order(1));
  EXPECT_NE(one, order(2));
  EXPECT_THAT(one, testing::UnorderedElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
}

TEST(Messages, AreSharedNotCopied) {
  static constexpr int kRanks = 5;
  const std::byte *sent = nullptr;
  const absl::Status status = RunRanks(
      kRanks, "latency=1ms", [&](Communicator &communicator, Inbox &inbox) {
        if (communicator.rank() == 0) {
          Message message = Word(inbox, 0, 4000);
          sent = message.MutablePayload().data();
          EXPECT_EQ(reinterpret_cast<uintptr_t>(sent) % TACIT_ALIGNMENT, 0u);
          absl::Status status;
          for (int to = 1; to < kRanks; ++to)
            status.Update(inbox.Send(to, message, Nothing));
          EXPECT_TRUE(message.shared());
          return status;
        }
        absl::Status status = inbox.Wait(kNever);
        Arrival arrival;
        EXPECT_TRUE(*inbox.Poll(arrival));
        EXPECT_EQ(arrival.message.payload().data(), sent);
        return status;
      });
  EXPECT_TRUE(status.ok()) << status;
}

TEST(Messages, AThousandRanks) {
  static constexpr int kRanks = 1000;
  int64_t came = 0;
  const absl::Status status = RunRanks(
      kRanks, "latency=1ms delay=exponential{mean=1ms}",
      [&](Communicator &communicator, Inbox &inbox) {
        const Message message =
            Word(inbox, uint64_t(communicator.rank()), 40000);
        int mine = 0;
        const auto take = [&](Arrival) {
          ++mine;
          return absl::OkStatus();
        };
        absl::Status status;
        for (int to = 0; to < kRanks; ++to)
          if (to != communicator.rank())
            status.Update(inbox.Send(to, message, take));
        while (mine < kRanks - 1 && status.ok()) {
          status.Update(inbox.Receive(take));
          if (mine < kRanks - 1)
            status.Update(inbox.Wait(kNever));
        }
        came += mine;
        return status;
      },
      /*window=*/2);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(came, int64_t{kRanks} * (kRanks - 1));
}

//===----------------------------------------------------------------------===//
// Ranks that are gone
//===----------------------------------------------------------------------===//

TEST(Messages, NewsOfALostRankComesAfterItsMessages) {
  const absl::Status status = RunRanks(
      3, "latency=1s delay=uniform{from=0s to=5s} compute=1s crash=2@1",
      [](Communicator &communicator, Inbox &inbox) {
        if (communicator.rank() == 2) {
          communicator.ChargeCompute(0);
          absl::Status status;
          for (uint64_t i = 0; i < 8; ++i)
            for (int to : {0, 1})
              status.Update(inbox.Send(to, Word(inbox, i), Nothing));
          EXPECT_TRUE(status.ok()) << status;
          communicator.ChargeCompute(1);
          status = inbox.Send(0, Word(inbox, 8), Nothing);
          EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
          EXPECT_EQ(status.message(),
                    "rank 2 crashed at 1 s, before its local step 1, as the "
                    "network model says");
          EXPECT_EQ(communicator.Progress(), status);
          return status;
        }
        int messages = 0;
        while (inbox.IsLive(2)) {
          EXPECT_TRUE(inbox
                          .Receive([&](Arrival arrival) {
                            EXPECT_EQ(arrival.from, 2);
                            EXPECT_TRUE(messages < 8 ||
                                        arrival.event == Arrival::kLostRank);
                            messages += arrival.event == Arrival::kMessage;
                            return absl::OkStatus();
                          })
                          .ok());
          if (inbox.IsLive(2))
            EXPECT_TRUE(inbox.Wait(kNever).ok());
        }
        EXPECT_EQ(messages, 8);
        EXPECT_EQ(inbox.live(), 2);
        EXPECT_GE(communicator.Now(), 2);
        // It takes everything, and nobody waits.
        for (uint64_t i = 0; i < 100; ++i)
          EXPECT_TRUE(inbox.Send(2, Word(inbox, i), Nothing).ok());
        EXPECT_EQ(inbox.counts().nowhere, 100u);
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
}

TEST(Messages, WhoWaitsForRoomAtALostRankGoesOn) {
  const absl::Status status = RunRanks(
      2, "latency=1s compute=5s crash=1@1",
      [](Communicator &communicator, Inbox &inbox) {
        if (communicator.rank() == 1) {
          communicator.ChargeCompute(0);
          communicator.ChargeCompute(1);
          return absl::OkStatus();
        }
        bool lost = false;
        for (uint64_t i = 0; i < 5; ++i)
          if (absl::Status status = inbox.Send(1, Word(inbox, i),
                                               [&](Arrival arrival) {
                                                 lost |= arrival.event ==
                                                         Arrival::kLostRank;
                                                 return absl::OkStatus();
                                               });
              !status.ok())
            return status;
        EXPECT_TRUE(lost);
        EXPECT_DOUBLE_EQ(communicator.Now(), 6);
        return absl::OkStatus();
      },
      /*window=*/3);
  EXPECT_TRUE(status.ok()) << status;
}

TEST(Messages, WhatIsSentToARankThatHasEndedGoesNowhere) {
  const absl::Status status = RunRanks(
      2, "compute=1s",
      [](Communicator &communicator, Inbox &inbox) {
        if (communicator.rank() == 1) {
          communicator.ChargeCompute(0);
          return absl::OkStatus();
        }
        for (uint64_t i = 0; i < 5; ++i)
          if (absl::Status status = inbox.Send(1, Word(inbox, i), Nothing);
              !status.ok())
            return status;
        EXPECT_DOUBLE_EQ(communicator.Now(), 1) << "waits until it ends";
        EXPECT_EQ(inbox.counts().sent, 5u);
        EXPECT_EQ(inbox.counts().nowhere, 2u);
        EXPECT_TRUE(inbox.IsLive(1)) << "it is not lost";
        return absl::OkStatus();
      },
      /*window=*/3);
  EXPECT_TRUE(status.ok()) << status;
}

TEST(Messages, APausedRankLosesNothing) {
  const absl::Status status = RunRanks(
      2, "latency=1ms compute=1s pause=1@0:30s",
      [](Communicator &communicator, Inbox &inbox) {
        communicator.ChargeCompute(0);
        if (communicator.rank() == 0) {
          absl::Status status;
          for (uint64_t i = 0; i < 5; ++i)
            status.Update(inbox.Send(1, Word(inbox, i), Nothing));
          EXPECT_DOUBLE_EQ(communicator.Now(), 31) << "the window was full";
          return status;
        }
        int came = 0;
        while (came < 5) {
          absl::Status status = inbox.Receive([&](Arrival) {
            ++came;
            return absl::OkStatus();
          });
          if (came < 5)
            status.Update(inbox.Wait(kNever));
          if (!status.ok())
            return status;
        }
        return absl::OkStatus();
      },
      /*window=*/4);
  EXPECT_TRUE(status.ok()) << status;
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

TEST(Messages, ADeadlockSaysWhereRanksAre) {
  const absl::Status status =
      RunRanks(4, "", [](Communicator &communicator, Inbox &inbox) {
        if (communicator.rank() == 3)
          return absl::OkStatus();
        return inbox.Wait(kNever);
      });
  EXPECT_EQ(
      status,
      absl::DeadlineExceededError(
          "rank 0 failed: deadlock: every rank waits and no message is on its "
          "way; ranks 0-2 (waiting for a message), rank 3 (at "
          "the end of the run)"));
}

TEST(Messages, WhoWaitsInACollectiveMakesNoRoom) {
  // The rule of inbox.h, broken.
  const absl::Status status = RunRanks(
      2, "",
      [](Communicator &communicator, Inbox &inbox) {
        absl::Status status;
        for (uint64_t i = 0; i < 2 && communicator.rank() == 0; ++i)
          status.Update(inbox.Send(1, Word(inbox, i), Nothing));
        float one = 1;
        if (status.ok())
          status = communicator.AllReduce("agreement", &one, 1, TACIT_F32,
                                          TACIT_SUM);
        return status;
      },
      /*window=*/1);
  EXPECT_EQ(status, absl::DeadlineExceededError(
                        "deadlock: every rank waits and no message is on its "
                        "way; missing in 'agreement' (exchange 0): rank 0 "
                        "(waiting for room at rank 1)"));
}

TEST(Messages, AFailureReachesWhoWaitsForThem) {
  const absl::Status status =
      RunRanks(3, "compute=1s", [](Communicator &communicator, Inbox &inbox) {
        if (communicator.rank() == 1) {
          communicator.ChargeCompute(0);
          return absl::Status(absl::DataLossError("the disk is full"));
        }
        const absl::Status status = inbox.Wait(kNever);
        Arrival arrival;
        EXPECT_EQ(inbox.Poll(arrival).status(), status);
        EXPECT_EQ(communicator.Progress(), status);
        return status;
      });
  EXPECT_EQ(status, absl::DataLossError(
                        "rank 1 failed: the disk is full; ranks 0 and 2 were "
                        "waiting for a message"));
}

TEST(Messages, WhatAReceiverReturnsIsReturned) {
  const absl::Status status =
      RunRanks(2, "", [](Communicator &communicator, Inbox &inbox) {
        absl::Status status;
        for (uint64_t i = 0; i < 3 && communicator.rank() == 0; ++i)
          status.Update(inbox.Send(1, Word(inbox, i), Nothing));
        if (communicator.rank() == 0)
          return status;
        EXPECT_TRUE(inbox.Wait(kNever).ok());
        uint64_t came = 0;
        const auto take = [&](Arrival) {
          return ++came == 2 ? absl::CancelledError("enough")
                             : absl::OkStatus();
        };
        EXPECT_EQ(inbox.Receive(take), absl::CancelledError("enough"));
        EXPECT_EQ(came, 2u);
        EXPECT_TRUE(inbox.Receive(take).ok());
        EXPECT_EQ(came, 3u);
        return status;
      });
  EXPECT_TRUE(status.ok()) << status;
}

TEST(Messages, WindowsMustAgree) {
  auto world = CreateSimulatedWorld({.ranks = 2, .network = ""});
  const absl::Status status = (*world)->Run([&](Communicator &communicator) {
    return communicator
        .OpenInbox({.window = communicator.rank() == 0 ? 16u : 8u})
        .status();
  });
  EXPECT_EQ(status, absl::InvalidArgumentError(
                        "rank 1 failed: rank 1 opens its inbox with a window "
                        "of 8, and rank 0 with one of 16: give all ranks the "
                        "same window"));
  EXPECT_EQ((*CreateSimulatedWorld({.ranks = 1, .network = ""}))
                ->Run([](Communicator &communicator) {
                  return communicator.OpenInbox({.window = 0}).status();
                }),
            absl::InvalidArgumentError("an inbox with a window of 0 takes no "
                                       "message; wanted at least 1"));
}

TEST(MessagePool, IsOutlivedByItsMessages) {
  Message kept;
  {
    MessagePool pool;
    kept = pool.New({.kind = 5, .words = {1, 2, 3, 4}}, 10);
    for (std::byte &byte : kept.MutablePayload())
      byte = std::byte{7};
    EXPECT_EQ(pool.out(), 1u);
    Message other = kept;
    EXPECT_TRUE(kept.shared());
    EXPECT_EQ(pool.out(), 1u);
    other = Message();
    EXPECT_FALSE(kept.shared());
  }
  EXPECT_EQ(kept.header().kind, 5u);
  EXPECT_EQ(kept.payload().size(), 10u);
  EXPECT_EQ(kept.payload()[9], std::byte{7});
  EXPECT_EQ(kept.wire().size(), Message::kWireBytes + 10);
}
