//===- tacit_runtime.cpp - Training inside another program ----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The functions of runtime/abi/tacit_runtime.h: checks of what they are given,
/// and which errors are final.
///
//===----------------------------------------------------------------------===//

#include "runtime/abi/tacit_runtime.h"

#include "runtime/comm/world.h"
#include "runtime/compute/threads.h"
#include "runtime/embed/embedded_rank.h"
#include "runtime/train/agreement.h"
#include "runtime/train/program.h"

#include "absl/strings/str_cat.h"

#include <cmath>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <utility>

using tacit::EmbeddedRank;

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

/// The text of this thread's last error. That of an object would be lost where
/// none came to be.
static thread_local std::string last_error;

static tacit_status Report(const absl::Status &status) {
  if (!status.ok()) {
    try {
      last_error = std::string(status.message());
    } catch (const std::exception &) {
      last_error.clear(); // No memory for the text; the code says what it is.
    }
  }
  return tacit::CodeOf(status);
}

/// Runs `body`, which returns a status, and lets nothing be thrown into a
/// program that may be in C.
template <typename Body> static absl::Status Guard(Body body) {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    return absl::ResourceExhaustedError("out of memory");
  } catch (const std::exception &error) {
    return absl::InternalError(error.what());
  }
}

static absl::Status IsNull(absl::string_view function, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat(function, ": ", what, " is null"));
}

/// The caller's options, which may be of an older header, over the defaults.
template <typename Options>
static absl::Status ReadOptions(const Options *given, absl::string_view name,
                                Options &options) {
  if (!given)
    return absl::OkStatus();
  if (given->size < sizeof(uint32_t) || given->size > sizeof(Options))
    return absl::InvalidArgumentError(
        absl::StrCat(name, " has size ", given->size,
                     ", and this runtime knows ", sizeof(Options),
                     " bytes of it: begin with its initializer, or compile "
                     "against the headers of this runtime"));
  std::memcpy(&options, given, given->size);
  options.size = sizeof(Options);
  return absl::OkStatus();
}

//===----------------------------------------------------------------------===//
// What is behind the handles
//===----------------------------------------------------------------------===//

struct tacit_world {
  std::unique_ptr<tacit::ProcessWorld> world;
  tacit::Communicator *communicator = nullptr; ///< Open all the time.
  absl::Status failure;                        ///< Final.
  int trainers = 0;

  /// Runs what other ranks take part in. An error that not all of them have
  /// ends everything here, and is told to the others while buffers of exchanges
  /// in flight still exist.
  template <typename Body> tacit_status Collectively(Body body) {
    if (!failure.ok())
      return Report(failure);
    const absl::Status status = Guard(body);
    if (!status.ok() && !tacit::IsAgreedError(status)) {
      failure = status;
      communicator->Abort(status);
    }
    return Report(status);
  }
};

struct tacit_trainer {
  tacit_world *world;
  std::unique_ptr<EmbeddedRank> rank;
};

static const char *OrEmpty(const char *text) { return text ? text : ""; }

extern "C" {

uint32_t tacit_runtime_abi_version(void) { return TACIT_ABI_VERSION; }

const char *tacit_runtime_version(void) { return TACIT_VERSION; }

const char *tacit_last_error(void) { return last_error.c_str(); }

//===----------------------------------------------------------------------===//
// Worlds
//===----------------------------------------------------------------------===//

static absl::Status CreateWorld(const tacit_world_options *given,
                                tacit_world **world) {
  if (!world)
    return IsNull("tacit_world_create", "where the world goes");
  *world = nullptr;
  tacit_world_options options = TACIT_WORLD_OPTIONS;
  absl::Status status = ReadOptions(given, "tacit_world_options", options);
  if (!status.ok())
    return status;
  if (!(options.timeout > 0) || !std::isfinite(options.timeout))
    return absl::InvalidArgumentError(absl::StrCat(
        "timeout must be a positive number of seconds, got ", options.timeout));
  if (status = tacit::SetThreads(options.threads); !status.ok())
    return status;
  auto created = std::make_unique<tacit_world>();
  if (options.alone ||
      (tacit::RanksAnnouncedByLauncher() == 0 && !options.mpi)) {
    created->world = tacit::CreateLoneWorld();
  } else {
    tacit::MpiWorldOptions mpi;
    mpi.flavour = OrEmpty(options.mpi);
    mpi.plugin_directory = OrEmpty(options.mpi_folder);
    mpi.timeout = options.timeout;
    absl::StatusOr<std::unique_ptr<tacit::ProcessWorld>> joined =
        tacit::CreateMpiWorld(mpi);
    if (!joined.ok())
      return joined.status();
    created->world = *std::move(joined);
  }
  created->communicator = &created->world->Open();
  *world = created.release();
  return absl::OkStatus();
}

tacit_status tacit_world_create(const tacit_world_options *options,
                                tacit_world **world) {
  return Report(Guard([&] { return CreateWorld(options, world); }));
}

int32_t tacit_world_rank(const tacit_world *world) {
  return world->world->rank();
}

int32_t tacit_world_ranks(const tacit_world *world) {
  return world->world->size();
}

uint64_t tacit_world_bytes_sent(const tacit_world *world) {
  return world->communicator->traffic().bytes_sent;
}

tacit_status tacit_world_max(tacit_world *world, double *value) {
  if (!world || !value)
    return Report(IsNull("tacit_world_max", world ? "the value" : "the world"));
  return world->Collectively([&] {
    return world->communicator->AllReduce("tacit_world_max", value, 1,
                                          TACIT_F64, TACIT_MAX);
  });
}

void tacit_world_abort(tacit_world *world, const char *why) {
  if (!world || !world->failure.ok())
    return;
  (void)world->Collectively(
      [&] { return absl::AbortedError(why ? why : "it gave up"); });
}

tacit_status tacit_world_destroy(tacit_world *world) {
  if (!world)
    return TACIT_OK;
  if (world->trainers > 0)
    return Report(absl::InvalidArgumentError(absl::StrCat(
        "tacit_world_destroy: the world still has ", world->trainers,
        world->trainers == 1 ? " trainer" : " trainers",
        "; destroy what is in it first")));
  const std::unique_ptr<tacit_world> owned(world);
  return Report(Guard([&] { return world->world->Close(world->failure); }));
}

//===----------------------------------------------------------------------===//
// Trainers
//===----------------------------------------------------------------------===//

tacit_status tacit_trainer_create(tacit_world *world,
                                  const tacit_program *descriptor,
                                  const tacit_trainer_options *given,
                                  tacit_trainer **trainer) {
  if (!world || !trainer)
    return Report(IsNull("tacit_trainer_create",
                         world ? "where the trainer goes" : "the world"));
  *trainer = nullptr;
  // Every rank sees these alike.
  const absl::StatusOr<const tacit_program *> program =
      tacit::LoadProgram(descriptor);
  if (!program.ok())
    return Report(program.status());
  tacit_trainer_options read = TACIT_TRAINER_OPTIONS;
  for (const absl::Status &status :
       {tacit::CheckRanks(**program, world->world->size()),
        ReadOptions(given, "tacit_trainer_options", read)})
    if (!status.ok())
      return Report(status);
  return world->Collectively([&]() -> absl::Status {
    const tacit::EmbeddedOptions options = {
        read.seed, read.steps, read.steps_per_epoch, OrEmpty(read.load),
        OrEmpty(read.load_parameters)};
    absl::StatusOr<std::unique_ptr<EmbeddedRank>> rank =
        EmbeddedRank::Create(**program, *world->communicator, options);
    if (!rank.ok())
      return rank.status();
    *trainer = new tacit_trainer{world, *std::move(rank)};
    ++world->trainers;
    return absl::OkStatus();
  });
}

void tacit_trainer_destroy(tacit_trainer *trainer) {
  if (!trainer)
    return;
  --trainer->world->trainers;
  delete trainer;
}

const tacit_program *tacit_trainer_program(const tacit_trainer *trainer) {
  return &trainer->rank->program();
}

tacit_status tacit_trainer_step(tacit_trainer *trainer,
                                const tacit_batch *batch) {
  if (!trainer)
    return Report(IsNull("tacit_trainer_step", "the trainer"));
  EmbeddedRank &rank = *trainer->rank;
  if (absl::Status status =
          tacit::CheckArguments(rank.program().step, "step", batch);
      !status.ok())
    return Report(status);
  if (rank.finished())
    return Report(absl::InvalidArgumentError(
        "tacit_trainer_step: ranks of an asynchronous strategy make no steps "
        "after tacit_trainer_finish"));
  return trainer->world->Collectively([&] { return rank.Step(*batch); });
}

tacit_status tacit_trainer_result(const tacit_trainer *trainer,
                                  const char *name, double *value) {
  if (!trainer || !name || !value)
    return Report(IsNull("tacit_trainer_result", !trainer ? "the trainer"
                                                 : !name  ? "the name"
                                                          : "the value"));
  return Report(Guard([&] {
    const absl::StatusOr<double> result = trainer->rank->Result(name);
    *value = result.value_or(*value);
    return result.status();
  }));
}

tacit_status tacit_trainer_evaluate(tacit_trainer *trainer,
                                    const tacit_batch *batch) {
  if (!trainer)
    return Report(IsNull("tacit_trainer_evaluate", "the trainer"));
  EmbeddedRank &rank = *trainer->rank;
  const tacit_entry &entry = rank.program().evaluate;
  if (!entry.function)
    return Report(absl::InvalidArgumentError(
        absl::StrCat("program '", rank.program().name,
                     "' has no evaluation; give the model one")));
  if (absl::Status status = tacit::CheckArguments(entry, "evaluation", batch);
      !status.ok())
    return Report(status);
  return Report(Guard([&] { return rank.Evaluate(*batch); }));
}

tacit_status tacit_trainer_end_round(tacit_trainer *trainer) {
  if (!trainer)
    return Report(IsNull("tacit_trainer_end_round", "the trainer"));
  return trainer->world->Collectively(
      [&] { return trainer->rank->EndRound(); });
}

tacit_status tacit_trainer_finish(tacit_trainer *trainer) {
  if (!trainer)
    return Report(IsNull("tacit_trainer_finish", "the trainer"));
  return trainer->world->Collectively([&] { return trainer->rank->Finish(); });
}

tacit_status tacit_trainer_save(tacit_trainer *trainer, const char *path) {
  if (!trainer || !path)
    return Report(
        IsNull("tacit_trainer_save", trainer ? "the path" : "the trainer"));
  EmbeddedRank &rank = *trainer->rank;
  if (rank.program().channel && !rank.finished())
    return Report(absl::InvalidArgumentError(
        "tacit_trainer_save: ranks of an asynchronous strategy are at "
        "different steps; call tacit_trainer_finish first"));
  return trainer->world->Collectively([&] { return rank.Save(path); });
}

int64_t tacit_trainer_steps(const tacit_trainer *trainer) {
  return trainer->rank->position().step;
}

int64_t tacit_trainer_rounds(const tacit_trainer *trainer) {
  return trainer->rank->position().round;
}

void *tacit_trainer_state(tacit_trainer *trainer) {
  return trainer->rank->variables().data();
}

tacit_status tacit_trainer_variable(tacit_trainer *trainer, const char *name,
                                    void **data,
                                    const tacit_variable **variable) {
  if (!trainer || !name || !data)
    return Report(IsNull("tacit_trainer_variable", !trainer ? "the trainer"
                                                   : !name  ? "the name"
                                                            : "the address"));
  return Report(Guard([&] {
    const absl::StatusOr<size_t> found = trainer->rank->FindVariable(name);
    if (!found.ok())
      return found.status();
    *data = trainer->rank->variables().Bytes(*found).data();
    if (variable)
      *variable = &trainer->rank->program().variables[*found];
    return absl::OkStatus();
  }));
}

} // extern "C"
