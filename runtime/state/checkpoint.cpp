//===- checkpoint.cpp - A training run on disk ----------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/state/checkpoint.h"

#include "runtime/support/suggest.h"
#include "runtime/support/tensor_type.h"

#include "absl/base/casts.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include <algorithm>
#include <map>
#include <utility>

namespace tacit {

// Changes when a file's meaning does; files of another format are refused.
static constexpr char kFormat[] = "1";

// Metadata of runs whose ranks make their own steps.
static constexpr char kRankSteps[] = "rank_steps", kClock[] = "clock",
                      kLostRanks[] = "lost_ranks";

/// `rank3/residual/w0`: parameters, too, have their role here.
static std::string RankStateName(const tacit_variable &variable, int rank) {
  return absl::StrCat("rank", rank, "/", RoleName(variable.role), "/",
                      variable.name);
}

static std::string TensorName(const tacit_variable &variable, int rank,
                              bool within_round) {
  return DiffersBetweenRanks(variable, within_round)
             ? RankStateName(variable, rank)
             : StateName(variable);
}

/// Whether variables of `role` are what the model is, not how it is trained.
static bool IsModelRole(tacit_role role) {
  return role == TACIT_PARAMETER || role == TACIT_MODEL_STATE;
}

bool HoldsMean(const tacit_variable &variable, bool within_round) {
  return within_round && IsModelRole(variable.role) &&
         variable.sharing == TACIT_PER_RANK_IN_ROUND;
}

bool HoldsFirst(const tacit_variable &variable) {
  return variable.sharing == TACIT_REPLICATED;
}

/// The names of the tensors that hold `variable`, in their order.
static std::vector<std::string> TensorNames(const tacit_variable &variable,
                                            int ranks, bool within_round) {
  std::vector<std::string> names;
  if (HoldsMean(variable, within_round) || HoldsFirst(variable))
    names.push_back(StateName(variable));
  const bool differs = DiffersBetweenRanks(variable, within_round);
  for (int rank = 0; rank < (differs ? ranks : 1); ++rank)
    names.push_back(TensorName(variable, rank, within_round));
  return names;
}

bool IsOfModel(const tacit_variable &variable) {
  return IsModelRole(variable.role) && variable.sharing != TACIT_PER_RANK;
}

/// Whether `variable`, which every rank has its own of, is a copy of a
/// parameter that all share.
static bool IsCopyOfShared(const tacit_program &program,
                           const tacit_variable &variable) {
  for (uint32_t i = 0; i < program.num_variables; ++i) {
    const tacit_variable &other = program.variables[i];
    if (other.role == TACIT_PARAMETER && other.sharing != TACIT_PER_RANK &&
        absl::string_view(other.name) == variable.name)
      return true;
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

absl::StatusOr<std::unique_ptr<CheckpointWriter>>
CheckpointWriter::Create(const std::string &path, const tacit_program &program,
                         int ranks, const Position &position,
                         const RankPositions &ranks_at) {
  std::vector<SafetensorsWriter::Tensor> tensors;
  for (uint32_t i = 0; i < program.num_variables; ++i) {
    const tacit_variable &variable = program.variables[i];
    if (variable.sharing == TACIT_PER_RANK &&
        variable.role == TACIT_PARAMETER && !IsCopyOfShared(program, variable))
      return absl::UnimplementedError(absl::StrCat(
          "cannot save to ", path, ": parameter '", variable.name,
          "' differs from rank to rank, and which value is the model's is not "
          "defined"));
    if (!ranks_at.lost.empty()) {
      if (IsOfModel(variable))
        tensors.push_back({StateName(variable), variable.type});
      continue;
    }
    for (std::string &name :
         TensorNames(variable, ranks, position.WithinRound()))
      tensors.push_back({std::move(name), variable.type});
  }
  std::map<std::string, std::string> metadata = {
      {"format", "tacit"},
      {"version", kFormat},
      {"tacit", TACIT_VERSION},
      {"program", program.name},
      {"strategy", program.strategy},
      {"fingerprint", absl::StrFormat("%016x", program.fingerprint)},
      {"ranks", absl::StrCat(ranks)},
      {"round", absl::StrCat(position.round)},
      {"step", absl::StrCat(position.step)},
      {"round_step", absl::StrCat(position.round_step)},
      {"seconds", absl::StrFormat("%.17g", position.seconds)},
      {"evaluations", absl::StrCat(position.evaluations)},
      {"seed", absl::StrCat(position.seed)},
      {"data_position", absl::StrCat(position.step)},
      {"shuffle", position.shuffle ? "on" : "off"},
  };
  if (!ranks_at.steps.empty()) {
    metadata[kRankSteps] = absl::StrJoin(ranks_at.steps, " ");
    metadata[kClock] = absl::StrFormat("%.17g", ranks_at.clock);
  }
  if (!ranks_at.lost.empty())
    metadata[kLostRanks] = absl::StrJoin(ranks_at.lost, " ");
  absl::StatusOr<std::unique_ptr<SafetensorsWriter>> file =
      SafetensorsWriter::Create(path, tensors, metadata);
  if (!file.ok())
    return file.status();
  return std::unique_ptr<CheckpointWriter>(
      new CheckpointWriter(*std::move(file)));
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

absl::StatusOr<std::unique_ptr<CheckpointReader>>
CheckpointReader::OpenAll(const std::string &path, const tacit_program &program,
                          int ranks) {
  absl::StatusOr<std::unique_ptr<SafetensorsFile>> file =
      SafetensorsFile::Open(path);
  if (!file.ok())
    return file.status();
  std::unique_ptr<CheckpointReader> reader(
      new CheckpointReader(*std::move(file), program));
  if (absl::Status status = reader->CheckMetadata(); !status.ok())
    return status;
  if (absl::Status status = reader->CheckStrategy(); !status.ok())
    return status;
  if (absl::Status status = reader->ReadPosition(); !status.ok())
    return status;
  if (absl::Status status = reader->ReadRankPositions(ranks); !status.ok())
    return status;
  if (absl::Status status = reader->CheckNames(ranks); !status.ok())
    return status;
  return reader;
}

absl::StatusOr<std::unique_ptr<CheckpointReader>>
CheckpointReader::OpenParameters(const std::string &path,
                                 const tacit_program &program) {
  absl::StatusOr<std::unique_ptr<SafetensorsFile>> file =
      SafetensorsFile::Open(path);
  if (!file.ok())
    return file.status();
  std::unique_ptr<CheckpointReader> reader(
      new CheckpointReader(*std::move(file), program));
  reader->parameters_only_ = true;
  if (absl::Status status = reader->CheckParameters(); !status.ok())
    return status;
  return reader;
}

absl::Status CheckpointReader::Read(size_t index, int rank,
                                    absl::Span<std::byte> bytes) const {
  const auto &entries = file_->entries();
  return file_->Read(
      entries.find(TensorName(program_.variables[index], rank))->second,
      bytes.data());
}

std::string CheckpointReader::TensorName(const tacit_variable &variable,
                                         int rank) const {
  if (!parameters_only_)
    return tacit::TensorName(variable, rank, position_.WithinRound());
  // Other programs know no roles, and call a running mean by its name alone.
  std::string name = StateName(variable);
  return file_->entries().count(name) == 0 &&
                 file_->entries().count(variable.name) != 0
             ? variable.name
             : name;
}

bool CheckpointReader::Has(size_t index) const {
  return file_->entries().count(TensorName(program_.variables[index], 0)) != 0;
}

absl::Status CheckpointReader::CheckMetadata() {
  const auto &metadata = file_->metadata();
  const auto format = metadata.find("format");
  const auto version = metadata.find("version");
  if (format == metadata.end() || format->second != "tacit" ||
      version == metadata.end())
    return absl::InvalidArgumentError(absl::StrCat(
        file_->path(), " is not a checkpoint of Tacit: its metadata does not "
                       "say where the run stood; --load-parameters takes the "
                       "parameters of any safetensors file"));
  if (version->second != kFormat)
    return absl::InvalidArgumentError(absl::StrCat(
        file_->path(), " is a checkpoint of version '", version->second,
        "', and this runtime reads version '", kFormat, "'"));
  return absl::OkStatus();
}

/// The names in a strategy's text, in alphabetical order: those of
/// `gtopk{density=0.01}+pasgd` are gtopk and pasgd.
static std::vector<std::string> StrategyNames(absl::string_view text) {
  std::string names;
  int depth = 0;
  for (const char c : text) {
    depth += c == '{';
    if (depth == 0 && c != ' ')
      names += c == '-' ? '_' : c;
    depth -= c == '}';
  }
  std::vector<std::string> sorted = absl::StrSplit(names, '+');
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

absl::Status CheckpointReader::CheckStrategy() const {
  const auto strategy = file_->metadata().find("strategy");
  if (strategy == file_->metadata().end() ||
      StrategyNames(strategy->second) == StrategyNames(program_.strategy))
    return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      file_->path(), " was saved by strategy '", strategy->second,
      "', and its state has another meaning under '", program_.strategy,
      "'; go on with the former, or take the parameters alone with "
      "--load-parameters"));
}

absl::StatusOr<std::string> CheckpointReader::Differences() const {
  const auto strategy = file_->metadata().find("strategy");
  if (strategy == file_->metadata().end() ||
      strategy->second == program_.strategy)
    return std::string();
  std::string kept;
  for (uint32_t i = 0; i < program_.num_variables; ++i) {
    const tacit_variable &variable = program_.variables[i];
    if (variable.role != TACIT_COUNTER || variable.type.rank != 0 ||
        variable.initializer.kind != TACIT_CONSTANT ||
        variable.initializer.a == 0 || variable.sharing != TACIT_SHARED)
      continue;
    // All are of 8 bytes.
    int64_t whole = 0;
    if (absl::Status status = Read(
            i, 0, absl::MakeSpan(reinterpret_cast<std::byte *>(&whole), 8));
        !status.ok())
      return status;
    const double value = variable.type.dtype == TACIT_I64
                             ? static_cast<double>(whole)
                             : absl::bit_cast<double>(whole);
    if (value != variable.initializer.a)
      absl::StrAppend(&kept, kept.empty() ? "; of its state, " : ", ",
                      StateName(variable), " = ", value, " goes on");
  }
  return absl::StrCat(file_->path(), " was saved by '", strategy->second,
                      "', and goes on under '", program_.strategy, "'", kept);
}

absl::Status
CheckpointReader::CheckTensor(const std::string &name,
                              const tacit_variable &variable) const {
  const auto &entries = file_->entries();
  const auto found = entries.find(name);
  if (found == entries.end()) {
    std::vector<absl::string_view> known;
    for (const auto &[other, entry] : entries)
      known.push_back(other);
    const absl::string_view nearest = Nearest(name, known);
    return absl::InvalidArgumentError(absl::StrCat(
        file_->path(), " is of another model: it has no '", name, "'",
        nearest.empty()
            ? ""
            : absl::StrCat("; the nearest it has is '", nearest, "'")));
  }
  if (!found->second.Is(variable.type))
    return absl::InvalidArgumentError(absl::StrCat(
        file_->path(), " is of another model: its '", name, "' has type ",
        found->second.TypeText(), " instead of ", TypeName(variable.type)));
  return absl::OkStatus();
}

absl::Status CheckpointReader::CheckNames(int ranks) const {
  int64_t written_by = 0;
  const auto &metadata = file_->metadata();
  const auto count = metadata.find("ranks");
  if (count == metadata.end() || !absl::SimpleAtoi(count->second, &written_by))
    return absl::InvalidArgumentError(
        absl::StrCat(file_->path(), " does not say how many ranks wrote it"));
  if (position_.WithinRound() && written_by != ranks)
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s was saved within a round, which each of %d ranks had gone on with "
        "by itself, and cannot go on with %d; start %d ranks, or take the "
        "parameters, their mean over ranks, alone with --load-parameters",
        file_->path(), written_by, ranks, written_by));
  absl::flat_hash_set<std::string> known;
  for (uint32_t i = 0; i < program_.num_variables; ++i) {
    const tacit_variable &variable = program_.variables[i];
    if (DiffersBetweenRanks(variable, position_.WithinRound()) &&
        written_by != ranks)
      return absl::InvalidArgumentError(absl::StrFormat(
          "%s holds '%s' of each of %d ranks and cannot go on with %d; start "
          "%d ranks, or take the parameters alone with --load-parameters",
          file_->path(), StateName(variable), written_by, ranks, written_by));
    for (const std::string &name :
         TensorNames(variable, ranks, position_.WithinRound())) {
      if (absl::Status status = CheckTensor(name, variable); !status.ok())
        return status;
      known.insert(name);
    }
  }
  for (const auto &[name, entry] : file_->entries())
    if (!known.contains(name))
      return absl::InvalidArgumentError(
          absl::StrCat(file_->path(), " is of another model or strategy: '",
                       name, "' is not in program '", program_.name, "'"));
  const auto fingerprint = metadata.find("fingerprint");
  if (fingerprint == metadata.end() ||
      fingerprint->second != absl::StrFormat("%016x", program_.fingerprint))
    return absl::InvalidArgumentError(
        absl::StrCat(file_->path(),
                     " is of another model or strategy: its variables have "
                     "the names of program '",
                     program_.name, "' and another order or other roles"));
  return absl::OkStatus();
}

/// Whether `name` is one that CheckpointWriter gives to what is no parameter.
static bool IsOtherState(absl::string_view name) {
  for (tacit_role role : {TACIT_OPTIMIZER, TACIT_RESIDUAL, TACIT_OUTER,
                          TACIT_COUNTER, TACIT_MODEL_STATE})
    if (absl::StartsWith(name, absl::StrCat(RoleName(role), "/")))
      return true;
  if (!absl::ConsumePrefix(&name, "rank"))
    return false;
  const size_t slash = name.find('/');
  int64_t rank;
  return slash != absl::string_view::npos &&
         absl::SimpleAtoi(name.substr(0, slash), &rank);
}

absl::Status CheckpointReader::CheckParameters() const {
  absl::flat_hash_set<std::string> known;
  for (uint32_t i = 0; i < program_.num_variables; ++i) {
    const tacit_variable &variable = program_.variables[i];
    if (!IsOfModel(variable) ||
        (variable.role == TACIT_MODEL_STATE && !Has(i) &&
         variable.initializer.kind != TACIT_NO_INITIALIZER))
      continue;
    const std::string name = TensorName(variable, 0);
    if (absl::Status status = CheckTensor(name, variable); !status.ok())
      return status;
    known.insert(name);
  }
  for (const auto &[name, entry] : file_->entries())
    if (!known.contains(name) && !IsOtherState(name))
      return absl::InvalidArgumentError(absl::StrCat(
          file_->path(), " is of another model: '", name,
          "' is no parameter or model state of program '", program_.name, "'"));
  return absl::OkStatus();
}

absl::Status CheckpointReader::ReadPosition() {
  const auto &metadata = file_->metadata();
  auto number = [&](absl::string_view key, auto *value) {
    const auto found = metadata.find(key);
    return found != metadata.end() && absl::SimpleAtoi(found->second, value);
  };
  const auto shuffle = metadata.find("shuffle");
  if (!number("round", &position_.round) || !number("step", &position_.step) ||
      !number("evaluations", &position_.evaluations) ||
      !number("seed", &position_.seed) || shuffle == metadata.end() ||
      position_.round < 0 || position_.step < 0 || position_.evaluations < 0)
    return absl::InvalidArgumentError(absl::StrCat(
        file_->path(), " does not say where its run stood: round, step, "
                       "evaluations, seed or shuffle is missing or damaged"));
  position_.shuffle = shuffle->second == "on";
  // Files of before rounds could be cut have neither.
  if ((metadata.contains("round_step") &&
       !number("round_step", &position_.round_step)) ||
      position_.round_step < 0)
    return absl::InvalidArgumentError(
        absl::StrCat(file_->path(), " has a damaged 'round_step'"));
  if (const auto seconds = metadata.find("seconds");
      seconds != metadata.end() &&
      !absl::SimpleAtod(seconds->second, &position_.seconds))
    return absl::InvalidArgumentError(
        absl::StrCat(file_->path(), " has damaged 'seconds'"));
  return absl::OkStatus();
}

absl::Status CheckpointReader::ReadRankPositions(int ranks) {
  const auto &metadata = file_->metadata();
  if (const auto lost = metadata.find(kLostRanks); lost != metadata.end())
    return absl::InvalidArgumentError(absl::StrCat(
        file_->path(), " was saved after rank",
        absl::StrContains(lost->second, ' ') ? "s " : " ", lost->second,
        " of its run had been lost, and holds the parameters alone; take them "
        "with --load-parameters=",
        file_->path()));
  const auto steps = metadata.find(kRankSteps);
  if (steps == metadata.end())
    return absl::OkStatus();
  const auto clock = metadata.find(kClock);
  bool whole = clock != metadata.end() &&
               absl::SimpleAtod(clock->second, &ranks_at_.clock);
  for (const absl::string_view text : absl::StrSplit(steps->second, ' ')) {
    int64_t step = 0;
    whole = whole && absl::SimpleAtoi(text, &step) && step >= 0;
    ranks_at_.steps.push_back(step);
  }
  if (!whole)
    return absl::InvalidArgumentError(absl::StrCat(
        file_->path(), " has damaged '", kRankSteps, "' or '", kClock, "'"));
  if (ranks_at_.steps.size() != static_cast<size_t>(ranks))
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s holds replicas of each of %d ranks and cannot go on with %d; start "
        "%d ranks, or take the parameters alone with --load-parameters",
        file_->path(), ranks_at_.steps.size(), ranks, ranks_at_.steps.size()));
  return absl::OkStatus();
}

} // namespace tacit
