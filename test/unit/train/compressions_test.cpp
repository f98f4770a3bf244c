//===- compressions_test.cpp - Nothing is lost on the way -----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Every compressor with every exchange that goes with it, on 1 to 9 ranks,
/// over several rounds of gradients with ties, zeros and a huge range: what
/// residuals hold after an exchange, plus P times what is applied, is what
/// residuals held before it plus all gradients.
///
//===----------------------------------------------------------------------===//

#include "runtime/comm/world.h"
#include "runtime/support/random.h"
#include "runtime/train/compressions.h"
#include "test/unit/train/compression_program.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace tacit {
namespace {

/// The gradient of a rank in a round: ordinary, with ties, mostly zeros, or
/// over thirty orders of magnitude.
std::vector<float> MakeGradient(uint64_t seed, int rank, int round) {
  const Random random(seed, static_cast<uint64_t>(rank * 1000 + round));
  std::vector<float> gradient(kElements);
  for (uint64_t i = 0; i < kElements; ++i) {
    const double x = 2 * random.Double(2 * i) - 1;
    const double y = random.Double(2 * i + 1);
    switch (round % 4) {
    case 0:
      gradient[i] = static_cast<float>(x);
      break;
    case 1: // Few different values.
      gradient[i] = static_cast<float>(std::round(2 * x) / 2);
      break;
    case 2:
      gradient[i] = y < 0.9 ? 0.0f : static_cast<float>(x);
      break;
    default:
      gradient[i] = static_cast<float>(x * std::pow(10.0, 30 * y - 28));
      break;
    }
  }
  return gradient;
}

class Conservation : public testing::TestWithParam<Case> {};

TEST_P(Conservation, HoldsAfterEveryExchange) {
  constexpr int kRounds = 12;
  for (int ranks = 1; ranks <= 9; ++ranks) {
    SCOPED_TRACE(absl::StrCat(GetParam().name, " on ", ranks, " ranks"));
    const CompressionProgram program(GetParam(), ranks);
    ASSERT_TRUE(CheckCompression(program.compression).ok());
    const auto count = static_cast<size_t>(ranks);
    // By round: of all ranks together.
    std::vector<std::vector<double>> entered(kRounds), left(kRounds);
    std::vector<std::vector<double>> size(kRounds);
    for (auto *each : {&entered, &left, &size})
      for (std::vector<double> &sums : *each)
        sums.assign(kElements, 0);
    std::vector<std::vector<std::vector<float>>> means(
        kRounds, std::vector<std::vector<float>>(count));

    auto world = CreateSimulatedWorld({ranks, "", 0});
    ASSERT_TRUE(world.ok());
    const absl::Status status = (*world)->Run([&](Communicator &communicator) {
      Compressions compressions(program.program, communicator);
      compressions.SetSeed(7);
      RankState state;
      std::vector<float> applied(kElements), &residual = state.residual;
      for (int round = 0; round < kRounds; ++round) {
        const auto r = static_cast<size_t>(round);
        const std::vector<float> gradient =
            MakeGradient(11, communicator.rank(), round);
        for (uint64_t i = 0; i < kElements; ++i) {
          entered[r][i] += static_cast<double>(residual[i]) + gradient[i];
          size[r][i] += std::abs(static_cast<double>(residual[i])) +
                        std::abs(static_cast<double>(gradient[i]));
        }
        absl::Status each =
            RunRound(GetParam(), compressions, gradient,
                     static_cast<uint64_t>(round), state, applied);
        if (!each.ok())
          return each;
        for (uint64_t i = 0; i < kElements; ++i)
          left[r][i] += residual[i];
        means[r][static_cast<size_t>(communicator.rank())] = applied;
      }
      return absl::OkStatus();
    });
    ASSERT_TRUE(status.ok()) << status;

    for (size_t r = 0; r < kRounds; ++r) {
      for (size_t rank = 1; rank < count; ++rank)
        ASSERT_EQ(0, std::memcmp(means[r][rank].data(), means[r][0].data(),
                                 kElements * sizeof(float)))
            << "rank " << rank << " applies other bits in round " << r;
      // A sign is one magnitude for all, and what PowerSGD makes of an element
      // depends on its row and column: errors are of that size.
      double largest = 0;
      for (uint64_t i = 0; i < kElements; ++i)
        largest = std::max(largest, size[r][i]);
      for (uint64_t i = 0; i < kElements; ++i) {
        const bool alone = GetParam().compressor != TACIT_SIGN &&
                           GetParam().compressor != TACIT_POWERSGD;
        const double scale = alone ? size[r][i] : 4 * largest;
        const double total =
            left[r][i] + static_cast<double>(ranks) * means[r][0][i];
        // Some roundings for each rank, of numbers of that size.
        ASSERT_NEAR(total, entered[r][i],
                    4 * (ranks + 2) * 0x1p-24 * scale + 1e-40)
            << "element " << i << " in round " << r;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Compressors, Conservation, testing::ValuesIn(kCases),
                         [](const testing::TestParamInfo<Case> &info) {
                           std::string name = info.param.name;
                           for (char &c : name)
                             if (!std::isalnum(static_cast<unsigned char>(c)))
                               c = '_';
                           return name;
                         });

TEST(Compressions, NameTheVariableThatIsNotFinite) {
  for (const Case &of : kCases) {
    const CompressionProgram program(of, 1);
    auto world = CreateSimulatedWorld({1, "", 0});
    const absl::Status status = (*world)->Run([&](Communicator &communicator) {
      Compressions compressions(program.program, communicator);
      RankState state;
      std::vector<float> applied(kElements);
      std::vector<float> gradient = MakeGradient(1, 0, 0);
      gradient[1001] = std::numeric_limits<float>::quiet_NaN();
      return RunRound(of, compressions, gradient, 0, state, applied);
    });
    EXPECT_THAT(
        std::string(status.message()),
        testing::HasSubstr("the gradient of 'b', with what was not sent "
                           "of it before, is not finite at element 1:"))
        << of.name;
  }
}

TEST(Compressions, ARateThatFellToZeroIsAnError) {
  const CompressionProgram program(kCases[1], 1);
  auto world = CreateSimulatedWorld({1, "", 0});
  const absl::Status status = (*world)->Run([&](Communicator &communicator) {
    Compressions compressions(program.program, communicator);
    std::vector<float> residual(kElements);
    Payload payload;
    return compressions.Encode(0, residual.data(), residual.data(),
                               std::numeric_limits<double>::infinity(), 0,
                               payload.bytes);
  });
  EXPECT_THAT(std::string(status.message()),
              testing::HasSubstr("a schedule that reaches 0 does not go with "
                                 "error feedback"));
}

TEST(Compressions, SitesThatAreNotThereAreErrors) {
  const CompressionProgram program(kCases[0], 1);
  auto world = CreateSimulatedWorld({1, "", 0});
  const absl::Status status = (*world)->Run([&](Communicator &communicator) {
    Compressions compressions(program.program, communicator);
    return compressions.Decode(1, false, nullptr, nullptr);
  });
  EXPECT_THAT(std::string(status.message()),
              testing::HasSubstr("uses compression 1 and has 1"));
}

TEST(Compressions, DescriptionsAreChecked) {
  CompressionProgram program(kCases[0], 1);
  EXPECT_TRUE(CheckCompression(program.compression).ok());
  program.compression.elements += 1;
  EXPECT_THAT(std::string(CheckCompression(program.compression).message()),
              testing::HasSubstr(
                  "its members have 1003 elements, and the vector 1004"));
  program.compression.elements -= 1;
  program.compression.compressor = 99;
  EXPECT_THAT(std::string(CheckCompression(program.compression).message()),
              testing::HasSubstr("there is no compressor number 99"));
}

TEST(WarmUp, FallsToTheDensityOfTheRun) {
  EXPECT_EQ(WarmUpDensity(0.001, 0), 0.25);
  EXPECT_EQ(WarmUpDensity(0.001, 1), 0.0625);
  EXPECT_EQ(WarmUpDensity(0.001, 2), 0.015625);
  EXPECT_EQ(WarmUpDensity(0.001, 3), 0.004);
  EXPECT_EQ(WarmUpDensity(0.001, 4), 0.001);
  EXPECT_EQ(WarmUpDensity(0.001, 1000), 0.001);
  // Densities below the run's own are left out.
  EXPECT_EQ(WarmUpDensity(0.01, 2), 0.015625);
  EXPECT_EQ(WarmUpDensity(0.01, 3), 0.01);
  EXPECT_EQ(WarmUpDensity(0.5, 0), 0.5);
}

} // namespace
} // namespace tacit
