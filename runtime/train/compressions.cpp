//===- compressions.cpp - A rank's compressors ----------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/compressions.h"

#include "runtime/comm/dense_fallback.h"
#include "runtime/comm/sparse_exchange.h"
#include "runtime/compress/accumulate.h"
#include "runtime/compress/decompress.h"
#include "runtime/compress/payload.h"
#include "runtime/compress/random_k.h"
#include "runtime/compress/sampled_top_k.h"
#include "runtime/compress/threshold.h"
#include "runtime/train/low_rank.h"
#include "runtime/train/quantized.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <numeric>
#include <optional>

namespace tacit {

double WarmUpDensity(double density, int64_t epoch) {
  static constexpr double kDensities[] = {0.25, 0.0625, 0.015625, 0.004, 0.001};
  if (epoch < 0 || epoch >= static_cast<int64_t>(std::size(kDensities)))
    return density;
  return std::max(density, kDensities[epoch]);
}

absl::Status CheckCompression(const tacit_compression &compression) {
  const auto wrong = [&](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat(
        "describes the compression '", compression.name ? compression.name : "",
        "' wrongly: ", what));
  };
  if (!compression.name || !compression.members || compression.num_members == 0)
    return wrong("it has no name, or compresses nothing");
  uint64_t elements = 0;
  for (uint32_t i = 0; i < compression.num_members; ++i) {
    const tacit_member &member = compression.members[i];
    if (member.columns == 0 || member.count % member.columns != 0)
      return wrong(absl::StrCat("member ", i, " has ", member.count,
                                " elements in rows of ", member.columns));
    elements += member.count;
  }
  if (elements != compression.elements)
    return wrong(absl::StrCat("its members have ", elements,
                              " elements, and the vector ",
                              compression.elements));
  if (compression.compressor < TACIT_TOP_K ||
      compression.compressor > TACIT_SAMPLED_TOP_K)
    return wrong(
        absl::StrCat("there is no compressor number ", compression.compressor));
  if (compression.algorithm < TACIT_PAYLOAD_ALL_GATHER ||
      compression.algorithm > TACIT_PAYLOAD_DENSE)
    return wrong(
        absl::StrCat("there is no exchange number ", compression.algorithm));
  if (compression.capacity == 0 || compression.result_capacity == 0)
    return wrong("its payloads have no room");
  if (compression.compressor == TACIT_POWERSGD && !(compression.parameter >= 1))
    return wrong(absl::StrCat("its rank is ", compression.parameter));
  return absl::OkStatus();
}

Compressions::Compressions(const tacit_program &program,
                           Communicator &communicator)
    : program_(program), communicator_(communicator) {
  for (uint32_t i = 0; i < program.num_compressions; ++i)
    workspaces_.push_back(std::make_unique<Workspace>());
}

Compressions::~Compressions() = default;

absl::StatusOr<const tacit_compression *>
Compressions::Find(uint32_t site) const {
  if (site < program_.num_compressions)
    return &program_.compressions[site];
  return absl::InvalidArgumentError(
      absl::StrCat("program '", program_.name, "' uses compression ", site,
                   " and has ", program_.num_compressions));
}

std::optional<uint64_t> Compressions::Selected() const {
  for (uint32_t site = 0; site < program_.num_compressions; ++site)
    if (const tacit_compression &each = program_.compressions[site];
        !IsQuantized(each) && each.compressor != TACIT_POWERSGD)
      return selected_;
  return std::nullopt;
}

/// The sum of squares of `count` numbers. One sum alone would wait for each
/// addition in turn, and take longer than the selection.
static double SumOfSquares(const float *values, uint64_t count) {
  static constexpr uint64_t kSums = 32;
  double sums[kSums] = {};
  uint64_t i = 0;
  for (; i + kSums <= count; i += kSums)
    for (uint64_t j = 0; j < kSums; ++j)
      sums[j] += static_cast<double>(values[i + j]) * values[i + j];
  double sum = 0;
  for (; i < count; ++i)
    sum += static_cast<double>(values[i]) * values[i];
  for (const double part : sums)
    sum += part;
  return sum;
}

std::optional<double> Compressions::ResidualNorm() const {
  double sum = 0;
  bool any = false;
  for (uint32_t site = 0; site < program_.num_compressions; ++site)
    if (const float *residual = workspaces_[site]->residual) {
      any = true;
      sum += SumOfSquares(residual, program_.compressions[site].elements);
    }
  return any ? std::optional(std::sqrt(sum)) : std::nullopt;
}

uint64_t Compressions::Kept(const tacit_compression &compression) const {
  double density = compression.parameter;
  if (compression.warm_up)
    density = WarmUpDensity(density, epoch_);
  return std::min(SelectedCount(density, compression.elements),
                  compression.capacity);
}

//===----------------------------------------------------------------------===//
// Encoding
//===----------------------------------------------------------------------===//

/// Names the variable that an element which is not finite belongs to.
static absl::Status NameVariable(const tacit_compression &compression,
                                 const absl::Status &status) {
  const std::optional<uint64_t> index = NonFiniteIndex(status);
  if (!index)
    return status;
  uint64_t begin = 0;
  for (uint32_t i = 0; i < compression.num_members; ++i) {
    const tacit_member &member = compression.members[i];
    if (*index < begin + member.count)
      return absl::InvalidArgumentError(absl::StrCat(
          "the gradient of '", member.name,
          "', with what was not sent of it "
          "before, is not finite at element ",
          *index - begin,
          ": nothing can be selected from it; lower the learning rate or clip "
          "gradients"));
    begin += member.count;
  }
  return status;
}

namespace {
/// What the compressors that keep entries are asked for.
struct SparseRequest {
  const tacit_compression &compression;
  Accumulation accumulation;
  uint64_t kept;
  uint64_t number;
  uint64_t seed;
  SelectionWorkspace &workspace;
  RandomIndexWorkspace &drawing;
};
} // namespace

template <typename Index>
static absl::Status EncodeSparse(const SparseRequest &request, void *payload,
                                 uint64_t &selected) {
  const SparseView<Index> view =
      ViewSparse<Index>(payload, request.compression.capacity);
  absl::Status status;
  switch (request.compression.compressor) {
  case TACIT_TOP_K:
    status = TopK<Index>(request.accumulation, request.kept, request.workspace,
                         view);
    break;
  case TACIT_SAMPLED_TOP_K:
    status = SampledTopK<Index>(request.accumulation, request.kept,
                                request.workspace, view);
    break;
  case TACIT_RANDOM_K:
    status = RandomK<Index>(request.accumulation, request.seed, request.number,
                            request.kept, request.drawing, view);
    break;
  default:
    status = SelectFromThreshold<Index>(
        request.accumulation, static_cast<float>(request.compression.parameter),
        view);
    break;
  }
  selected += status.ok() ? *view.count : 0;
  return status;
}

absl::StatusOr<Accumulation> Compressions::Sum(uint32_t site,
                                               const float *added,
                                               float *values, double scale) {
  const absl::StatusOr<const tacit_compression *> found = Find(site);
  if (!found.ok())
    return found.status();
  const tacit_compression &compression = **found;
  if (!std::isfinite(scale))
    return absl::InvalidArgumentError(absl::StrCat(
        "'", compression.name,
        "': the learning rate has fallen to 0, by which what was not sent is "
        "divided; a schedule that reaches 0 does not go with error feedback"));
  workspaces_[site]->residual = values;
  Accumulation sum;
  sum.residual = values;
  sum.gradient = added;
  sum.ratio = static_cast<float>(scale);
  sum.elements = compression.elements;
  return sum;
}

absl::Status Compressions::Encode(uint32_t site, const float *added,
                                  float *values, double scale, uint64_t number,
                                  void *payload) {
  const absl::StatusOr<Accumulation> sum = Sum(site, added, values, scale);
  if (!sum.ok())
    return sum.status();
  const tacit_compression &compression = program_.compressions[site];
  if (IsQuantized(compression)) {
    const QsgdDraw draw{seed_, number,
                        static_cast<uint64_t>(communicator_.rank())};
    return NameVariable(compression,
                        EncodeQuantized(compression, *sum, draw, payload));
  }
  const SparseRequest request{compression,
                              *sum,
                              Kept(compression),
                              number,
                              seed_,
                              workspaces_[site]->selection,
                              workspaces_[site]->drawing};
  return NameVariable(
      compression, NeedsWideIndices(compression.elements)
                       ? EncodeSparse<uint64_t>(request, payload, selected_)
                       : EncodeSparse<uint32_t>(request, payload, selected_));
}

//===----------------------------------------------------------------------===//
// Exchange
//===----------------------------------------------------------------------===//

static SparseAlgorithm AlgorithmOf(const tacit_compression &compression) {
  switch (compression.algorithm) {
  case TACIT_PAYLOAD_GTOPK:
    return SparseAlgorithm::kGtopK;
  case TACIT_PAYLOAD_OK_TOPK:
    return SparseAlgorithm::kOkTopK;
  default:
    return SparseAlgorithm::kAllGather;
  }
}

static PutBack PutBackOf(const tacit_compression &compression,
                         const float *rest) {
  if (!rest || compression.put_back == TACIT_PUT_BACK_NONE)
    return PutBack::kNone;
  return compression.put_back == TACIT_PUT_BACK_PUBLISHED ? PutBack::kPublished
                                                          : PutBack::kConserve;
}

/// All ranks keep the same entries: their values alone are exchanged, gathered
/// and added up in rank order, or all-reduced.
template <typename Index>
static absl::Status
ExchangeValues(const tacit_compression &compression, Communicator &communicator,
               std::vector<float> &gathered, void *payload, void *output) {
  const SparseView<Index> from =
      ViewSparse<Index>(payload, compression.capacity);
  const SparseView<Index> to =
      ViewSparse<Index>(output, compression.result_capacity);
  const uint64_t count = *from.count;
  *to.count = count;
  std::memcpy(to.indices, from.indices, count * sizeof(Index));
  if (compression.algorithm == TACIT_PAYLOAD_DENSE) {
    std::memcpy(to.values, from.values, count * sizeof(float));
    return communicator.AllReduce(compression.name, to.values, count, TACIT_F32,
                                  TACIT_MEAN, Purpose::kPayload);
  }
  const auto ranks = static_cast<size_t>(communicator.size());
  gathered.resize(ranks * count);
  if (absl::Status status =
          communicator.AllGather(compression.name, from.values, gathered.data(),
                                 count * sizeof(float), Purpose::kPayload);
      !status.ok())
    return status;
  for (size_t i = 0; i < count; ++i) {
    float sum = gathered[i];
    for (size_t rank = 1; rank < ranks; ++rank)
      sum += gathered[rank * count + i];
    to.values[i] = ranks > 1 ? sum / static_cast<float>(ranks) : sum;
  }
  return absl::OkStatus();
}

/// Where sparse vectors fill up, the whole vector is exchanged.
template <typename Index>
static absl::Status ExchangeDense(const tacit_compression &compression,
                                  Communicator &communicator, void *payload,
                                  void *output) {
  const SparseView<Index> to =
      ViewSparse<Index>(output, compression.result_capacity);
  *to.count = compression.elements;
  std::iota(to.indices, to.indices + compression.elements, Index{0});
  const absl::StatusOr<tacit_token> token =
      StartDenseOfSparse(communicator, compression.name, payload,
                         compression.capacity, compression.elements, to.values);
  return token.ok() ? communicator.Await(*token) : token.status();
}

absl::Status Compressions::Exchange(uint32_t site, void *payload, void *output,
                                    float *rest) {
  const absl::StatusOr<const tacit_compression *> found = Find(site);
  if (!found.ok())
    return found.status();
  const tacit_compression &compression = **found;
  const bool wide = NeedsWideIndices(compression.elements);
  std::vector<float> &memory = workspaces_[site]->memory;
  if (IsQuantized(compression))
    return NameVariable(compression,
                        ExchangeQuantized(compression, communicator_, memory,
                                          payload, output, rest));
  if (compression.compressor == TACIT_RANDOM_K)
    return wide ? ExchangeValues<uint64_t>(compression, communicator_, memory,
                                           payload, output)
                : ExchangeValues<uint32_t>(compression, communicator_, memory,
                                           payload, output);
  if (compression.algorithm == TACIT_PAYLOAD_DENSE)
    return wide ? ExchangeDense<uint64_t>(compression, communicator_, payload,
                                          output)
                : ExchangeDense<uint32_t>(compression, communicator_, payload,
                                          output);
  SparseExchange exchange;
  exchange.algorithm = AlgorithmOf(compression);
  exchange.put_back = PutBackOf(compression, rest);
  exchange.encoding =
      compression.plain_indices ? IndexEncoding::kPlain : IndexEncoding::kAuto;
  exchange.elements = compression.elements;
  exchange.keep = compression.compressor == TACIT_TOP_K ? Kept(compression)
                                                        : compression.capacity;
  exchange.input = payload;
  exchange.input_capacity = compression.capacity;
  exchange.output = output;
  exchange.output_capacity = compression.result_capacity;
  exchange.rest = rest;
  return communicator_.Sparse(compression.name, exchange);
}

absl::Status Compressions::ExchangeLowRank(uint32_t site, const float *added,
                                           float *values, double scale,
                                           float *factors, float *means) {
  const absl::StatusOr<Accumulation> sum = Sum(site, added, values, scale);
  if (!sum.ok())
    return sum.status();
  const tacit_compression &compression = program_.compressions[site];
  return NameVariable(compression,
                      tacit::ExchangeLowRank(compression, communicator_, *sum,
                                             workspaces_[site]->memory, factors,
                                             means));
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

template <typename Index>
static void Scatter(const void *payload, uint64_t capacity, uint64_t elements,
                    float *vector) {
  // ViewSparse takes what may be written, but nothing is.
  DecompressSparse<Index>(
      ViewSparse<Index>(const_cast<void *>(payload), capacity), elements,
      /*factor=*/1, vector);
}

absl::Status Compressions::Decode(uint32_t site, bool exchanged,
                                  const void *payload, float *vector) {
  const absl::StatusOr<const tacit_compression *> found = Find(site);
  if (!found.ok())
    return found.status();
  const tacit_compression &compression = **found;
  const uint64_t capacity =
      exchanged ? compression.result_capacity : compression.capacity;
  if (IsQuantized(compression))
    DecodeQuantized(compression, /*parts=*/capacity, payload, vector);
  else if (NeedsWideIndices(compression.elements))
    Scatter<uint64_t>(payload, capacity, compression.elements, vector);
  else
    Scatter<uint32_t>(payload, capacity, compression.elements, vector);
  return absl::OkStatus();
}

template <typename Index>
static void ClearEntries(const void *payload, uint64_t capacity,
                         float *vector) {
  const SparseView<Index> view =
      ViewSparse<Index>(const_cast<void *>(payload), capacity);
  for (uint64_t i = 0; i < *view.count; ++i)
    vector[view.indices[i]] = 0;
}

absl::Status Compressions::ClearSelected(uint32_t site, const void *payload,
                                         float *vector) {
  const absl::StatusOr<const tacit_compression *> found = Find(site);
  if (!found.ok())
    return found.status();
  const tacit_compression &compression = **found;
  // What keeps every entry leaves none of the vector.
  if (IsQuantized(compression))
    std::memset(vector, 0, compression.elements * sizeof(float));
  else if (NeedsWideIndices(compression.elements))
    ClearEntries<uint64_t>(payload, compression.capacity, vector);
  else
    ClearEntries<uint32_t>(payload, compression.capacity, vector);
  return absl::OkStatus();
}

} // namespace tacit
