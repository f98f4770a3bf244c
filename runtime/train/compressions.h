//===- compressions.h - A rank's compressors --------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What compiled code calls to compress, exchange and expand, by the number of
/// a `tacit_compression` of its program.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_COMPRESSIONS_H
#define TACIT_RUNTIME_TRAIN_COMPRESSIONS_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/comm/communicator.h"
#include "runtime/compress/random_k.h"
#include "runtime/compress/top_k.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace tacit {

/// The compressors of one rank. LoadProgram has accepted the program, which
/// must outlive them, as must the communicator. Allocates nothing once each has
/// been used.
class Compressions {
public:
  Compressions(const tacit_program &program, Communicator &communicator);
  ~Compressions();

  /// The seed of what compressors draw.
  void SetSeed(uint64_t seed) { seed_ = seed; }
  /// The epoch that the next step belongs to, from 0: warm-up goes by it.
  void SetEpoch(int64_t epoch) { epoch_ = epoch; }

  // As the functions of the ABI. Errors: a site that the program has not; an
  // element that is infinite or no number (names the variable); those of the
  // exchange.
  absl::Status Encode(uint32_t site, const float *added, float *values,
                      double scale, uint64_t number, void *payload);
  absl::Status Exchange(uint32_t site, void *payload, void *output,
                        float *rest);
  absl::Status Decode(uint32_t site, bool exchanged, const void *payload,
                      float *vector);
  absl::Status ClearSelected(uint32_t site, const void *payload, float *vector);
  absl::Status ExchangeLowRank(uint32_t site, const float *added, float *values,
                               double scale, float *factors, float *means);

  /// Entries that this rank has chosen so far, before any merging. Nothing if
  /// no compressor chooses any.
  std::optional<uint64_t> Selected() const;

  /// The L2 norm of what is not sent yet: of the residuals that compressors
  /// have left, summed in double precision. A sweep over them.
  /// Nothing where nothing is kept.
  std::optional<double> ResidualNorm() const;

private:
  absl::StatusOr<const tacit_compression *> Find(uint32_t site) const;
  /// What a site compresses. Remembers where it leaves what it does not send.
  /// Error: a site that the program has not; a scale that is not finite.
  absl::StatusOr<Accumulation> Sum(uint32_t site, const float *added,
                                   float *values, double scale);
  /// Entries that `compression` keeps in this step.
  uint64_t Kept(const tacit_compression &compression) const;

  /// What the compressor of a site needs.
  struct Workspace {
    SelectionWorkspace selection;
    RandomIndexWorkspace drawing;
    const float *residual = nullptr; ///< Null: nothing is kept.
    std::vector<float> memory;       ///< For what exchanges gather or reduce.
  };

  const tacit_program &program_;
  Communicator &communicator_;
  std::vector<std::unique_ptr<Workspace>> workspaces_; // by site
  uint64_t seed_ = 0;
  int64_t epoch_ = 0;
  uint64_t selected_ = 0;
};

/// The density of an epoch of the warm-up of Lin et al., "Deep Gradient
/// Compression", ICLR 2018, section 3.4: 25%, 6.25%, 1.5625%, 0.4% and 0.1%,
/// those below `density` left out.
double WarmUpDensity(double density, int64_t epoch);

/// Error: a compression that no compiler of this version makes.
absl::Status CheckCompression(const tacit_compression &compression);

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_COMPRESSIONS_H
