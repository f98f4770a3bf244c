// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The trainer of trainer.c in C++, by the class that tacit-compile writes.
// Built against an installed Tacit, by CMake. At the end, rank 0 tells the
// model's accuracy on the first batch.

#include "model.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numeric>
#include <span>
#include <stdexcept>
#include <vector>

template <typename T> static std::vector<T> Read(const char *path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<T> data(bytes.size() / sizeof(T));
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char *>(data.data()));
  return data;
}

static void Train(char **arguments, const char *load) {
  // At an odd address, as far as floats allow.
  std::vector<float> x = Read<float>(arguments[1]);
  x.insert(x.begin(), 0.0f);
  const std::vector<std::int32_t> y = Read<std::int32_t>(arguments[2]);
  const std::size_t batch = model::Trainer::kBatchRows,
                    width = MODEL_X_ELEMENTS / batch;

  tacit::World world;
  tacit::TrainerOptions options;
  options.seed = 7;
  options.load = load;
  model::Trainer trainer(world, options);
  const auto rows = [&](std::size_t first) {
    return std::pair(std::span(x).subspan(1 + first * width, batch * width),
                     std::span(y).subspan(first, batch));
  };
  for (int step = 0; step < std::atoi(arguments[3]); ++step) {
    if (step == 3 && world.rank() == 1 && std::getenv("TRAINER_RANK_1_LEAVES"))
      throw std::runtime_error("rank 1 has had enough");
    const auto number = static_cast<std::size_t>(
        trainer.steps() * world.ranks() + world.rank());
    const auto [images, labels] = rows(number * batch % y.size());
    const float loss = trainer.Step(images, labels);
    if (world.rank() == 0)
      std::printf("%.9g\n", loss);
  }
  trainer.Finish();
  trainer.Save(arguments[4]);
  std::array<float, MODEL_EVALUATION_ROWS> losses, correct;
  const auto [images, labels] = rows(0);
  trainer.Evaluate(images, labels, losses, correct);
  if (world.rank() == 0)
    std::printf("accuracy %.9g\n",
                std::accumulate(correct.begin(), correct.end(), 0.0f) /
                    static_cast<float>(correct.size()));
  try {
    trainer.Step(images.first(1), labels);
  } catch (const std::invalid_argument &error) {
    if (world.rank() == 0)
      std::printf("%s\n", error.what());
  }
}

int main(int count, char **arguments) {
  try {
    Train(arguments, count > 5 ? arguments[5] : nullptr);
    return 0;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "trainer: %s\n", error.what());
    return 1;
  }
}
