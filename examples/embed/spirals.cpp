//===- spirals.cpp - A trainer that brings its own loop and data ----------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Learns to which of three spirals a point belongs. Points are drawn as they
/// are needed, on each rank others; what is learned is used by code of this
/// file, which reads the parameters where training writes them.
///
///     spirals [FILE]               one rank
///     mpirun -n 4 spirals [FILE]   four, which say little to each other
///
/// FILE is where the parameters go in the end.
///
//===----------------------------------------------------------------------===//

#include "spirals.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <numbers>
#include <random>

static constexpr int kSpirals = SPIRALS_LAYER2_BIAS_ELEMENTS;
static constexpr int kHidden = SPIRALS_LAYER0_BIAS_ELEMENTS;
static constexpr int kRows = SPIRALS_BATCH_ROWS;
static constexpr int kMostSteps = 20000, kStepsBetweenTests = 400;
static constexpr double kGoodEnough = 0.98;

/// A batch of labelled points, in buffers of this program.
struct Points {
  std::array<float, SPIRALS_X_ELEMENTS> x;
  std::array<std::int32_t, SPIRALS_Y_ELEMENTS> y;

  void Draw(std::mt19937_64 &random) {
    std::uniform_real_distribution<float> along(0.05f, 1);
    std::normal_distribution<float> noise(0, 0.15f);
    for (int row = 0; row < kRows; ++row) {
      y[row] = static_cast<std::int32_t>(random() % kSpirals);
      const float radius = along(random);
      const float angle =
          9 * radius + noise(random) +
          2 * std::numbers::pi_v<float> * static_cast<float>(y[row]) / kSpirals;
      x[2 * row] = radius * std::cos(angle);
      x[2 * row + 1] = radius * std::sin(angle);
    }
  }
};

/// The model once more, by hand. It has no parameters of its own.
static int Classify(spirals::Trainer &model, float x0, float x1) {
  std::array<float, kHidden> first, second;
  const auto w0 = model.layer0_weight();
  const auto w1 = model.layer1_weight();
  const auto w2 = model.layer2_weight();
  for (int j = 0; j < kHidden; ++j)
    first[j] = std::max(0.0f, model.layer0_bias()[j] + x0 * w0[j] +
                                  x1 * w0[kHidden + j]);
  for (int j = 0; j < kHidden; ++j) {
    float sum = model.layer1_bias()[j];
    for (int i = 0; i < kHidden; ++i)
      sum += first[i] * w1[i * kHidden + j];
    second[j] = std::max(0.0f, sum);
  }
  std::array<float, kSpirals> logits;
  for (int j = 0; j < kSpirals; ++j) {
    logits[j] = model.layer2_bias()[j];
    for (int i = 0; i < kHidden; ++i)
      logits[j] += second[i] * w2[i * kSpirals + j];
  }
  return static_cast<int>(std::max_element(logits.begin(), logits.end()) -
                          logits.begin());
}

/// The fraction of new points that it gets right.
static double Test(spirals::Trainer &model, std::mt19937_64 &random) {
  static constexpr int kBatches = 32;
  int correct = 0;
  Points points;
  for (int batch = 0; batch < kBatches; ++batch) {
    points.Draw(random);
    for (int row = 0; row < kRows; ++row)
      correct += Classify(model, points.x[2 * row], points.x[2 * row + 1]) ==
                 points.y[row];
  }
  return static_cast<double>(correct) / (kBatches * kRows);
}

static void Draw(spirals::Trainer &model) {
  for (float x1 = 1; x1 >= -1; x1 -= 0.125f) {
    for (float x0 = -1; x0 <= 1; x0 += 0.0625f)
      std::putchar(".o#"[Classify(model, x0, x1)]);
    std::putchar('\n');
  }
}

static void Train(const char *file) {
  tacit::World world;
  spirals::Trainer trainer(world);
  std::mt19937_64 training(1000 + world.rank()), testing(1);
  Points points;
  double accuracy = 0;
  while (trainer.steps() < kMostSteps && accuracy < kGoodEnough) {
    points.Draw(training);
    const float loss = trainer.Step(points.x, points.y);
    if (trainer.steps() % kStepsBetweenTests != 0)
      continue;
    // Each rank tests what it holds. Ranks stop together or not at all: what
    // the worst of them has decides, and that is agreed on.
    accuracy = 1 - world.Max(1 - Test(trainer, testing));
    if (world.rank() == 0)
      std::printf("step %lld: loss %.4f, accuracy %.1f%%\n",
                  static_cast<long long>(trainer.steps()), loss,
                  100 * accuracy);
  }
  trainer.Finish();
  if (file)
    trainer.Save(file);
  if (world.rank() == 0) {
    std::printf("%d ranks; rank 0 sent %llu bytes in %lld exchanges\n",
                world.ranks(),
                static_cast<unsigned long long>(world.bytes_sent()),
                static_cast<long long>(trainer.rounds()));
    Draw(trainer);
  }
}

int main(int argc, char **argv) {
  try {
    Train(argc > 1 ? argv[1] : nullptr);
    return 0;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "spirals: %s\n", error.what());
    return 1;
  }
}
