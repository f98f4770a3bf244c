//===- checkpoint.h - A training run on disk --------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Checkpoints: which tensors and which metadata a program's file holds.
///
/// A parameter is called as in the model (`w0`), other variables `role/name`,
/// and what ranks hold each for themselves `rank3/role/name`. Within a round of
/// local steps that is all that local steps change; `w0` is then the mean over
/// ranks of `rank3/parameter/w0`. Of replicas that an asynchronous strategy
/// keeps, `w0` is the model's, rank 0's, and `rank3/parameter/w0` each rank's.
/// The same holds for model state, `model_state/w0`, which belongs to the model
/// as parameters do. Once ranks were lost, a file holds the model alone.
/// Metadata: format
/// and version, program, strategy, fingerprint, ranks, and where the run stands
/// (struct Position). Random numbers are functions of the seed and of counters,
/// so the seed and the step are all their state; the same holds for the order
/// of the rows.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_STATE_CHECKPOINT_H
#define TACIT_RUNTIME_STATE_CHECKPOINT_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/state/safetensors.h"
#include "runtime/state/state_storage.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace tacit {

/// Where a run stands. Sent between ranks as it is.
struct Position {
  int64_t round = 0; ///< Completed.
  int64_t step = 0;  ///< Local steps completed: also the next batch's number.
  int64_t evaluations = 0; ///< Of gradients, over all ranks.
  uint64_t seed = 0;
  int64_t shuffle = 1;    ///< 1 or 0.
  int64_t round_step = 0; ///< Steps of a round that has begun; 0: none has.
  double seconds = 0;     ///< Of training, on the run's clock.

  bool WithinRound() const { return round_step > 0; }
};
static_assert(std::is_trivially_copyable_v<Position>);

/// Where ranks stand that make their own steps: of asynchronous strategies.
/// Their Position's `step` and `round` are rank 0's.
struct RankPositions {
  std::vector<int64_t> steps; ///< By rank; empty: all make the same.
  /// On the communicator's clock, the same on all ranks: where one that is
  /// virtual has to go on, for messages to be as late as they would have been.
  double clock = 0;
  std::vector<int> lost; ///< Ranks that are gone; without their state.
};

/// Whether a checkpoint holds the mean over ranks of `variable`, as the
/// model's, beside each rank's value: of parameters and model state, within a
/// round.
bool HoldsMean(const tacit_variable &variable, bool within_round);

/// The same of rank 0's value: of replicas.
bool HoldsFirst(const tacit_variable &variable);

/// Whether it is what a file holds of which ranks were lost: a parameter, and
/// no rank's own copy, or model state.
bool IsOfModel(const tacit_variable &variable);

/// A checkpoint that is being written. Tensors come in the descriptor's order;
/// of a variable that differs between ranks, its mean or rank 0's, if it
/// HoldsMean or HoldsFirst, and each rank's in turn. Where ranks were lost,
/// only the model, one value of each.
class CheckpointWriter {
public:
  static absl::StatusOr<std::unique_ptr<CheckpointWriter>>
  Create(const std::string &path, const tacit_program &program, int ranks,
         const Position &position, const RankPositions &ranks_at = {});

  absl::Status Append(absl::Span<const std::byte> bytes) {
    return file_->Append(bytes.data(), bytes.size());
  }
  absl::Status Commit() { return file_->Commit(); }

private:
  explicit CheckpointWriter(std::unique_ptr<SafetensorsWriter> file)
      : file_(std::move(file)) {}
  std::unique_ptr<SafetensorsWriter> file_;
};

/// A checkpoint that has been found to fit a program, for reading.
class CheckpointReader {
public:
  /// For `--load`: everything. Error: not readable, truncated, not written by
  /// Tacit or by a version with another format, another model, other strategies
  /// (their options may differ, see Differences), per-rank state of another
  /// number of ranks, or parameters alone, since ranks were lost.
  static absl::StatusOr<std::unique_ptr<CheckpointReader>>
  OpenAll(const std::string &path, const tacit_program &program, int ranks);

  /// For `--load-parameters`: the parameters of any safetensors file, and the
  /// model state, which may be called `w0` there as well, and be missing if the
  /// program initialises it. What else belongs to a run is passed over. Error:
  /// not readable, truncated, a parameter or state that is missing or of
  /// another type, or a tensor that is neither.
  static absl::StatusOr<std::unique_ptr<CheckpointReader>>
  OpenParameters(const std::string &path, const tacit_program &program);

  const Position &position() const { return position_; }
  const RankPositions &ranks_at() const { return ranks_at_; }

  /// One line, where the strategy of the file has other options than the
  /// program's: both, and what the state fixes of those that go on with it.
  /// Empty where the texts are the same.
  absl::StatusOr<std::string> Differences() const;

  /// Whether the file holds variable number `index`: of OpenParameters, it need
  /// not hold model state.
  bool Has(size_t index) const;

  /// Reads variable number `index`, which it has, of those that Open... has
  /// looked for; of a per-rank one, `rank`'s.
  absl::Status Read(size_t index, int rank, absl::Span<std::byte> bytes) const;

private:
  CheckpointReader(std::unique_ptr<SafetensorsFile> file,
                   const tacit_program &program)
      : file_(std::move(file)), program_(program) {}
  absl::Status CheckMetadata();
  absl::Status CheckStrategy() const;
  absl::Status CheckTensor(const std::string &name,
                           const tacit_variable &variable) const;
  absl::Status CheckNames(int ranks) const;
  absl::Status CheckParameters() const;
  absl::Status ReadPosition();
  absl::Status ReadRankPositions(int ranks);

  /// Of variable `variable` of rank `rank`.
  std::string TensorName(const tacit_variable &variable, int rank) const;

  std::unique_ptr<SafetensorsFile> file_;
  const tacit_program &program_;
  bool parameters_only_ = false;
  Position position_;
  RankPositions ranks_at_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_STATE_CHECKPOINT_H
