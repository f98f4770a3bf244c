//===- tacit.hpp - Training inside another program, in C++ ------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// tacit_runtime.h for C++20: owners instead of handles, exceptions instead of
/// codes. All of it is in this header; the library shows C alone. What
/// tacit-compile writes with --cpp-header derives from Trainer.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_HPP
#define TACIT_HPP

#include "tacit_runtime.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

namespace tacit {

/// A function of the runtime has failed.
class Error : public std::runtime_error {
public:
  explicit Error(tacit_status code)
      : std::runtime_error(tacit_last_error()), code_(code) {}
  tacit_status code() const { return code_; }

private:
  tacit_status code_;
};

/// Throws Error, unless `status` is TACIT_OK.
inline void Check(tacit_status status) {
  if (status != TACIT_OK)
    throw Error(status);
}

/// Throws std::invalid_argument, unless a buffer has as many elements as it
/// must have.
inline void CheckSize(const char *name, std::size_t got, std::size_t wanted) {
  if (got != wanted)
    throw std::invalid_argument(std::string(name) + " has " +
                                std::to_string(got) + " elements, and " +
                                std::to_string(wanted) + " are wanted");
}

/// As tacit_world_options, with its defaults.
struct WorldOptions : tacit_world_options {
  WorldOptions() : tacit_world_options TACIT_WORLD_OPTIONS {}
};

/// As tacit_trainer_options, with its defaults.
struct TrainerOptions : tacit_trainer_options {
  TrainerOptions() : tacit_trainer_options TACIT_TRAINER_OPTIONS {}
};

/// The ranks that train together. Outlives their trainers.
class World {
public:
  explicit World(const WorldOptions &options = {})
      : exceptions_(std::uncaught_exceptions()) {
    Check(tacit_world_create(&options, &world_));
  }
  World(const World &) = delete;
  World &operator=(const World &) = delete;

  /// Waits for the other ranks. Where an exception goes through here, they are
  /// told, and end as well.
  ~World() {
    if (std::uncaught_exceptions() > exceptions_)
      Abort("it left by an exception");
    tacit_world_destroy(world_);
  }

  /// The same, before its time, to hear how it went.
  void Close() { Check(tacit_world_destroy(std::exchange(world_, nullptr))); }

  int rank() const { return tacit_world_rank(world_); }
  int ranks() const { return tacit_world_ranks(world_); }
  std::uint64_t bytes_sent() const { return tacit_world_bytes_sent(world_); }

  /// The largest of all ranks' values. A collective.
  double Max(double value) {
    Check(tacit_world_max(world_, &value));
    return value;
  }
  void Abort(const std::string &why) { tacit_world_abort(world_, why.c_str()); }

  tacit_world *handle() { return world_; }

private:
  tacit_world *world_ = nullptr;
  int exceptions_;
};

/// One rank of one program.
class Trainer {
public:
  Trainer(World &world, const tacit_program &program,
          const TrainerOptions &options = {}) {
    Check(tacit_trainer_create(world.handle(), &program, &options, &trainer_));
  }
  Trainer(const Trainer &) = delete;
  Trainer &operator=(const Trainer &) = delete;
  ~Trainer() { tacit_trainer_destroy(trainer_); }

  void Step(const tacit_batch &batch) {
    Check(tacit_trainer_step(trainer_, &batch));
  }
  void Evaluate(const tacit_batch &batch) {
    Check(tacit_trainer_evaluate(trainer_, &batch));
  }
  void EndRound() { Check(tacit_trainer_end_round(trainer_)); }
  void Finish() { Check(tacit_trainer_finish(trainer_)); }
  void Save(const std::string &path) {
    Check(tacit_trainer_save(trainer_, path.c_str()));
  }

  /// A scalar result of the last step: "loss", "lr", "tau".
  double Result(const std::string &name) const {
    double value = 0;
    Check(tacit_trainer_result(trainer_, name.c_str(), &value));
    return value;
  }
  std::int64_t steps() const { return tacit_trainer_steps(trainer_); }
  std::int64_t rounds() const { return tacit_trainer_rounds(trainer_); }

  /// A variable, in place, by the name that checkpoints give it.
  void *Variable(const std::string &name) {
    void *data = nullptr;
    Check(tacit_trainer_variable(trainer_, name.c_str(), &data, nullptr));
    return data;
  }

  tacit_trainer *handle() { return trainer_; }

private:
  tacit_trainer *trainer_ = nullptr;
};

} // namespace tacit

#endif // TACIT_HPP
