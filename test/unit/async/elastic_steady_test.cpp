//===- elastic_steady_test.cpp - Elastic steps make no allocation ---------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/async/elastic_run.h"
#include "test/unit/support/count_allocations.h"

using namespace tacit;
using namespace tacit::elastic_run;

namespace {

constexpr int kRanks = 4, kSteps = 100, kWarm = 60;
constexpr size_t kElements = 100;

/// What ranks share: allocations when the last of them was warm, and when the
/// first of them had made its last step.
struct Counts {
  int warm = 0;
  size_t begin = 0;
  size_t end = 0;
};

} // namespace

static absl::Status Steps(const tacit_channel &channel,
                          Communicator &communicator, ConsistencyMeter *meter,
                          PayloadCodec *codec, Counts &counts) {
  std::vector<float> w(kElements, 1), g(kElements, 0.1f), rest(kElements, 0);
  float *const parameters[] = {w.data(), w.data() + 30, w.data() + 60};
  const float *const tensors[] = {g.data(), g.data() + 30, g.data() + 60};
  const float *const rests[] = {rest.data(), rest.data() + 30,
                                rest.data() + 60};
  auto end = AsyncChannel::Open({.channel = channel,
                                 .communicator = communicator,
                                 .parameters = parameters,
                                 .codec = codec,
                                 .meter = meter});
  if (!end.ok())
    return end.status();
  const bool compressed = channel.compression >= 0;
  absl::Status status;
  for (int step = 0; step < kSteps && status.ok(); ++step) {
    communicator.ChargeCompute(step);
    g[0] = float(step % 7) - float(communicator.rank());
    status = (*end)->Await({.tensors = compressed ? nullptr : tensors,
                            .payload = compressed ? g.data() : nullptr,
                            .rest = compressed ? rests : nullptr,
                            .lr = 0.1},
                           parameters);
    if (step == kWarm && ++counts.warm == kRanks)
      counts.begin = allocations;
    if (step == kSteps - 1 && counts.end == 0)
      counts.end = allocations;
  }
  while (status.ok()) {
    const absl::StatusOr<bool> finished = (*end)->Finish();
    status = finished.status();
    if (finished.ok() && *finished)
      break;
  }
  return status;
}

static void CheckSteady(tacit_channel channel, bool measured,
                        const char *network) {
  const tacit_member members[] = {{"a", 30, 30}, {"b", 30, 30}, {"c", 40, 40}};
  channel.num_members = 3;
  channel.members = members;
  channel.payload_bytes = 4 * kElements;
  ConsistencyMeter::Options options;
  options.ranks = kRanks;
  options.members = {30, 30, 40};
  options.gradients = true;
  options.bound = BoundOf(channel, kRanks, 0);
  ConsistencyMeter meter(options);
  internal::Codec codec(kElements);
  auto world = CreateSimulatedWorld({.ranks = kRanks, .network = network});
  ASSERT_TRUE(world.ok());
  Counts counts;
  const absl::Status status = (*world)->Run([&](Communicator &communicator) {
    return Steps(channel, communicator, measured ? &meter : nullptr,
                 channel.compression >= 0 ? &codec : nullptr, counts);
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_GT(counts.begin, 0u);
  EXPECT_GT(counts.end, 0u);
  EXPECT_EQ(counts.end, counts.begin)
      << "scheduler " << channel.scheduler << ", granularity "
      << channel.granularity << ", compression " << channel.compression
      << ", measured " << measured << ", " << network;
}

TEST(ElasticSteadyState, MakesNoAllocation) {
  for (const char *network :
       {"latency=1ms compute=10ms",
        "latency=2ms bandwidth=1MB compute=10ms straggler=rotating{factor=4}"})
    for (const bool measured : {false, true})
      for (const double beta : {0.0, 0.5}) {
        tacit_channel channel = ElasticChannel();
        channel.beta = beta;
        CheckSteady(channel, measured, network);
        channel.compression = 0;
        CheckSteady(channel, measured, network);
        channel.scheduler = TACIT_VARIANCE_BOUNDED;
        CheckSteady(channel, measured, network);
        channel.compression = -1;
        CheckSteady(channel, measured, network);
        channel.scheduler = TACIT_NORM_BOUNDED;
        channel.granularity = TACIT_BY_BUCKET;
        channel.bucket_bytes = 200;
        CheckSteady(channel, measured, network);
      }
}
