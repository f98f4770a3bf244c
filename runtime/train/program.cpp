//===- program.cpp - Whether a program can be run here --------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/program.h"

#include "runtime/train/channel_program.h"
#include "runtime/train/compressions.h"

#include "runtime/state/state_storage.h"
#include "runtime/support/tensor_type.h"

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

#include <string>

namespace tacit {

/// Set by LoadProgram's checks in front of what is wrong.
static absl::Status Refuse(const tacit_program &program,
                           absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("program '", program.name ? program.name : "", "' ", what));
}

static bool IsType(const tacit_tensor_type &type) {
  if (DtypeBytes(type.dtype) == 0 || type.rank < 0 ||
      (type.rank > 0 && !type.shape))
    return false;
  for (int32_t i = 0; i < type.rank; ++i)
    if (type.shape[i] < 0)
      return false;
  return true;
}

static absl::Status CheckVariables(const tacit_program &program) {
  absl::flat_hash_set<std::string> names;
  for (uint32_t i = 0; i < program.num_variables; ++i) {
    const tacit_variable &variable = program.variables[i];
    if (!variable.name || !IsType(variable.type))
      return Refuse(program, absl::StrCat("has no name or no valid type for "
                                          "variable number ",
                                          i));
    if (variable.sharing < TACIT_SHARED || variable.sharing > TACIT_REPLICATED)
      return Refuse(program, absl::StrCat("does not say which ranks share '",
                                          variable.name, "'"));
    // A rank's own copy of a parameter has its name.
    const std::string name =
        absl::StrCat(variable.sharing == TACIT_PER_RANK ? "each rank's " : "",
                     StateName(variable));
    if (!names.insert(name).second)
      return Refuse(program,
                    absl::StrCat("has two variables named '", name, "'"));
    const uint64_t bytes = static_cast<uint64_t>(NumBytes(variable.type));
    if (bytes > program.state_bytes ||
        variable.offset > program.state_bytes - bytes)
      return Refuse(program,
                    absl::StrCat("puts '", name, "' (", bytes, " bytes at ",
                                 variable.offset, ") outside its state of ",
                                 program.state_bytes, " bytes"));
    if (variable.initializer.kind == TACIT_SAME_AS &&
        (!(variable.initializer.a >= 0) ||
         variable.initializer.a >= program.num_variables ||
         NumBytes(program.variables[static_cast<size_t>(variable.initializer.a)]
                      .type) != NumBytes(variable.type)))
      return Refuse(program,
                    absl::StrCat("begins '", name,
                                 "' with a variable that is not there, or not "
                                 "as large"));
    if (variable.offset %
            static_cast<uint64_t>(DtypeBytes(variable.type.dtype)) !=
        0)
      return Refuse(program,
                    absl::StrCat("puts '", name, "' at byte ", variable.offset,
                                 ", where its type cannot lie"));
  }
  return absl::OkStatus();
}

static absl::Status CheckSites(const tacit_program &program) {
  for (uint32_t i = 0; i < program.num_sites; ++i) {
    const tacit_exchange_site &site = program.sites[i];
    if (!site.name || DtypeBytes(site.dtype) == 0 ||
        site.kind < TACIT_ALL_REDUCE || site.kind > TACIT_BROADCAST)
      return Refuse(program,
                    absl::StrCat("describes exchange number ", i, " wrongly"));
  }
  return absl::OkStatus();
}

static absl::Status CheckCompressions(const tacit_program &program) {
  if (program.num_compressions > 0 && !program.compressions)
    return Refuse(program, "has compressions, and does not describe them");
  for (uint32_t i = 0; i < program.num_compressions; ++i)
    if (absl::Status status = CheckCompression(program.compressions[i]);
        !status.ok())
      return Refuse(program, status.message());
  return absl::OkStatus();
}

static absl::Status CheckEntry(const tacit_program &program,
                               const tacit_entry &entry,
                               absl::string_view name) {
  int64_t rows = -1;
  for (uint32_t i = 0; i < entry.num_arguments; ++i) {
    const tacit_named_tensor &argument = entry.arguments[i];
    if (!argument.name || !IsType(argument.type) || argument.type.rank < 1)
      return Refuse(program, absl::StrCat("has no name or no batch of rows for "
                                          "data argument ",
                                          i, " of its ", name));
    if (rows >= 0 && argument.type.shape[0] != rows)
      return Refuse(program,
                    absl::StrCat("takes batches of ", rows, " and of ",
                                 argument.type.shape[0], " rows in one ", name,
                                 "; all data arguments need the same"));
    rows = argument.type.shape[0];
  }
  for (uint32_t i = 0; i < entry.num_results; ++i)
    if (!entry.results[i].name || !IsType(entry.results[i].type))
      return Refuse(program, absl::StrCat("has no name or type for result ", i,
                                          " of its ", name));
  return absl::OkStatus();
}

static absl::Status CheckStep(const tacit_program &program) {
  if (!program.step.function)
    return Refuse(program, "has no step");
  if (absl::Status status = CheckEntry(program, program.step, "step");
      !status.ok())
    return status;
  const int loss = FindResult(program.step, "loss");
  if (loss < 0)
    return Refuse(program, "has a step without the result 'loss'");
  if (program.gradients < 1)
    return Refuse(program, "has a step that takes no batch's gradient");
  const tacit_tensor_type &type = program.step.results[loss].type;
  if (NumElements(type) != 1 || !IsFloat(type.dtype))
    return Refuse(program,
                  absl::StrCat("has a step with a loss of type ",
                               TypeName(type), "; it must be one float"));
  return absl::OkStatus();
}

static absl::Status CheckEndRound(const tacit_program &program) {
  if (!program.end_round.function)
    return absl::OkStatus();
  if (program.end_round.num_arguments > 0 || program.end_round.num_results > 0)
    return Refuse(program, "has an end of rounds that takes or gives tensors");
  for (const char *name : {"round_ended", "round_loss"}) {
    const int result = FindResult(program.step, name);
    if (result < 0 || NumElements(program.step.results[result].type) != 1)
      return Refuse(program,
                    absl::StrCat("has something to end rounds with, and a step "
                                 "that does not give one number '",
                                 name, "'"));
  }
  return absl::OkStatus();
}

static absl::Status CheckEvaluate(const tacit_program &program) {
  const tacit_entry &entry = program.evaluate;
  if (!entry.function)
    return absl::OkStatus();
  if (absl::Status status = CheckEntry(program, entry, "evaluation");
      !status.ok())
    return status;
  const int loss = FindResult(entry, "loss");
  if (loss < 0)
    return Refuse(program, "has an evaluation without the result 'loss'");
  const int64_t rows = BatchRows(entry);
  if (rows < 1)
    return Refuse(program, "has an evaluation that takes no rows");
  const tacit_tensor_type &type = entry.results[loss].type;
  if (!IsFloat(type.dtype) ||
      (NumElements(type) != 1 && (type.rank < 1 || type.shape[0] != rows)))
    return Refuse(program,
                  absl::StrCat("has an evaluation with a loss of type ",
                               TypeName(type), "; it must be one float, or ",
                               rows, ", one for each row"));
  const int correct = FindResult(entry, "correct");
  if (correct < 0)
    return absl::OkStatus();
  const tacit_tensor_type &right = entry.results[correct].type;
  if (right.rank < 1 || right.shape[0] != rows)
    return Refuse(program, absl::StrCat("has an evaluation with 'correct' of "
                                        "type ",
                                        TypeName(right), "; it must have ",
                                        rows, " rows"));
  return absl::OkStatus();
}

absl::StatusOr<const tacit_program *>
LoadProgram(const tacit_program *descriptor) {
  if (!descriptor)
    return absl::InvalidArgumentError("there is no program to load");
  const tacit_program &program = *descriptor;
  // Nothing but the version may be read of another version's program.
  if (program.abi_version != TACIT_ABI_VERSION)
    return absl::InvalidArgumentError(absl::StrCat(
        "the program is compiled for version ", program.abi_version,
        " of the runtime's interface, and this runtime has version ",
        TACIT_ABI_VERSION, "; compile it again"));
  if (program.size != sizeof(tacit_program))
    return absl::InvalidArgumentError(absl::StrCat(
        "the program's descriptor has ", program.size, " bytes instead of ",
        sizeof(tacit_program), "; compile it again"));
  if (!program.name || !program.strategy)
    return Refuse(program, "has no name or no strategy");
  if (program.ranks < 0)
    return Refuse(program,
                  absl::StrCat("is compiled for ", program.ranks, " ranks"));
  for (const absl::Status &status :
       {CheckVariables(program), CheckSites(program),
        CheckCompressions(program)})
    if (!status.ok())
      return status;
  for (const absl::Status &status :
       {CheckStep(program), CheckEndRound(program), CheckEvaluate(program)})
    if (!status.ok())
      return status;
  if (absl::Status status = CheckChannel(program); !status.ok())
    return Refuse(program, status.message());
  return descriptor;
}

absl::Status CheckRanks(const tacit_program &program, int ranks) {
  if (program.ranks == 0 || program.ranks == ranks)
    return absl::OkStatus();
  return Refuse(program, absl::StrCat("is compiled for ", program.ranks,
                                      " ranks, and there are ", ranks));
}

int64_t BatchRows(const tacit_entry &entry) {
  return entry.num_arguments == 0 ? 0 : entry.arguments[0].type.shape[0];
}

int FindResult(const tacit_entry &entry, absl::string_view name) {
  for (uint32_t i = 0; i < entry.num_results; ++i)
    if (name == entry.results[i].name)
      return static_cast<int>(i);
  return -1;
}

} // namespace tacit
