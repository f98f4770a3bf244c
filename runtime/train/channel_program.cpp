//===- channel_program.cpp - What a program says of its channel -----------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/channel_program.h"

#include "runtime/compress/top_k.h"
#include "runtime/state/state_storage.h"
#include "runtime/support/tensor_type.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include <cmath>
#include <limits>
#include <optional>

namespace tacit {

static absl::Status Refuse(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("has a channel ", what));
}

/// The number of the parameter that a member is of; none if there is not one.
static std::optional<size_t> FindParameter(const tacit_program &program,
                                           const tacit_member &member) {
  for (uint32_t i = 0; i < program.num_variables; ++i) {
    const tacit_variable &variable = program.variables[i];
    if (variable.role == TACIT_PARAMETER && variable.type.dtype == TACIT_F32 &&
        variable.sharing == TACIT_REPLICATED &&
        absl::string_view(variable.name) == member.name &&
        static_cast<uint64_t>(NumElements(variable.type)) == member.count)
      return i;
  }
  return std::nullopt;
}

std::vector<size_t> MembersOf(const tacit_program &program) {
  std::vector<size_t> members;
  for (uint32_t i = 0; i < program.channel->num_members; ++i)
    members.push_back(*FindParameter(program, program.channel->members[i]));
  return members;
}

static absl::Status CheckMembers(const tacit_program &program) {
  const tacit_channel &channel = *program.channel;
  if (channel.num_members == 0 || !channel.members)
    return Refuse("without tensors");
  for (uint32_t i = 0; i < channel.num_members; ++i) {
    const tacit_member &member = channel.members[i];
    if (!member.name || !FindParameter(program, member))
      return Refuse(absl::StrCat(
          "whose tensor number ", i, " ('", member.name ? member.name : "",
          "', ", member.count, " elements) is no replicated parameter of f32"));
  }
  uint32_t replicated = 0;
  for (uint32_t i = 0; i < program.num_variables; ++i) {
    const tacit_variable &variable = program.variables[i];
    if (variable.sharing == TACIT_PER_RANK_IN_ROUND)
      return Refuse(absl::StrCat("and '", StateName(variable),
                                 "', which ends of rounds set equal"));
    replicated += variable.sharing == TACIT_REPLICATED &&
                  variable.role == TACIT_PARAMETER;
  }
  if (replicated != channel.num_members)
    return Refuse(absl::StrCat("of ", channel.num_members, " tensors and ",
                               replicated, " replicated parameters"));
  return absl::OkStatus();
}

/// Bytes of what `compression` makes; none of one whose payloads do not stand
/// alone.
static std::optional<uint64_t>
PayloadBytes(const tacit_compression &compression) {
  switch (compression.compressor) {
  case TACIT_SIGN:
    return tacit_sign_bytes(compression.elements);
  case TACIT_QSGD:
    return tacit_qsgd_bytes(compression.elements,
                            static_cast<uint32_t>(compression.parameter));
  case TACIT_BF16:
    return tacit_bf16_bytes(compression.elements);
  case TACIT_POWERSGD:
    return std::nullopt;
  default:
    return tacit_sparse_bytes(compression.elements, compression.capacity);
  }
}

static absl::Status CheckPayload(const tacit_program &program) {
  const tacit_channel &channel = *program.channel;
  uint64_t elements = 0;
  for (uint32_t i = 0; i < channel.num_members; ++i)
    elements += channel.members[i].count;
  uint64_t bytes = elements * sizeof(float);
  if (channel.compression >= 0) {
    if (static_cast<uint32_t>(channel.compression) >= program.num_compressions)
      return Refuse(absl::StrCat("that compresses by compression ",
                                 channel.compression, " of ",
                                 program.num_compressions));
    const tacit_compression &compression =
        program.compressions[channel.compression];
    const std::optional<uint64_t> own = PayloadBytes(compression);
    if (!own)
      return Refuse(absl::StrCat("that compresses by '", compression.name,
                                 "', whose payloads need an exchange"));
    if (compression.elements != elements)
      return Refuse(absl::StrCat(
          "of ", elements, " elements that compresses by '", compression.name,
          "', which takes ", compression.elements));
    bytes = *own;
  }
  if (channel.payload_bytes < bytes)
    return Refuse(absl::StrCat("whose updates take ", channel.payload_bytes,
                               " bytes; wanted at least ", bytes));
  return absl::OkStatus();
}

static absl::Status CheckPolicy(const tacit_channel &channel) {
  if (channel.topology < TACIT_COMPLETE || channel.topology > TACIT_EDGES ||
      channel.scheduler < TACIT_DECENTRALIZED ||
      channel.scheduler > TACIT_VARIANCE_BOUNDED ||
      channel.granularity < TACIT_BY_RANK ||
      channel.granularity > TACIT_BY_BUCKET)
    return Refuse("of a topology, scheduler or granularity that there is not");
  if (channel.topology == TACIT_EDGES &&
      (channel.num_edges == 0 || !channel.edges))
    return Refuse("along edges that it does not list");
  struct Limit {
    const char *name;
    double value, least;
  };
  const auto number = [](int64_t value) { return static_cast<double>(value); };
  for (const Limit &limit :
       {Limit{"max_staleness", number(channel.max_staleness), -1},
        Limit{"send_every", number(channel.send_every),
              channel.scheduler == TACIT_DECENTRALIZED ? 1.0 : 0.0},
        Limit{"max_delay", number(channel.max_delay), 0},
        Limit{"resync", number(channel.resync), 0},
        Limit{"beta", channel.beta, 0}, Limit{"wait", channel.wait, 0}})
    if (!(limit.value >= limit.least))
      return Refuse(absl::StrCat("with ", limit.name, " = ", limit.value,
                                 "; wanted at least ", limit.least));
  if (channel.granularity == TACIT_BY_BUCKET &&
      (channel.scheduler != TACIT_NORM_BOUNDED || channel.bucket_bytes == 0 ||
       channel.compression >= 0))
    return Refuse("by bucket that is compressed, of another scheduler than "
                  "norm_bounded, or of buckets of 0 bytes");
  return absl::OkStatus();
}

absl::Status CheckChannel(const tacit_program &program) {
  if (!program.channel) {
    for (uint32_t i = 0; i < program.num_variables; ++i)
      if (program.variables[i].sharing == TACIT_REPLICATED)
        return absl::InvalidArgumentError(
            absl::StrCat("has replicas of '", StateName(program.variables[i]),
                         "', and no channel between them"));
    return absl::OkStatus();
  }
  if (!program.channel->name)
    return Refuse("without a name");
  for (const absl::Status &status :
       {CheckPolicy(*program.channel), CheckMembers(program),
        CheckPayload(program)})
    if (!status.ok())
      return status;
  if (program.end_round.function)
    return Refuse("and something to end rounds with: each step of a rank is a "
                  "round");
  if (program.num_sites > 0)
    return Refuse(absl::StrCat("and the exchange '", program.sites[0].name,
                               "', which waits for every rank"));
  return absl::OkStatus();
}

//===----------------------------------------------------------------------===//
// Consistency
//===----------------------------------------------------------------------===//

/// delta = 1 - g, such that |Q(w) - w|^2 <= g |w|^2; 0: there is none.
static double KeptPart(const tacit_compression &compression) {
  const double elements = static_cast<double>(compression.elements);
  switch (compression.compressor) {
  case TACIT_TOP_K:
  case TACIT_SAMPLED_TOP_K:
  case TACIT_RANDOM_K: // in the mean over what it draws
    return static_cast<double>(
               SelectedCount(compression.parameter, compression.elements)) /
           elements;
  case TACIT_SIGN:
    return 1 / elements;
  case TACIT_BF16:
    return 1 - 0x1p-16; // 8 bits, rounded to nearest, and some to spare
  default:
    return 0;
  }
}

double CompressorConstant(const tacit_program &program, int ranks) {
  const tacit_channel &channel = *program.channel;
  if (channel.compression < 0)
    return 0;
  const tacit_compression &compression =
      program.compressions[channel.compression];
  if (compression.compressor == TACIT_QSGD)
    return 0; // unbiased: what was sent counts
  bool feedback = false;
  for (uint32_t i = 0; i < program.num_variables; ++i)
    feedback |= program.variables[i].role == TACIT_RESIDUAL;
  const double kept = KeptPart(compression);
  if (!feedback || kept == 0)
    return std::numeric_limits<double>::infinity();
  const double left = 1 - kept;
  const double one = std::sqrt((2 - left) * left / (kept * kept * kept));
  return channel.scheduler == TACIT_DECENTRALIZED
             ? one * static_cast<double>(ranks) *
                   static_cast<double>(channel.send_every)
             : one;
}

std::unique_ptr<ConsistencyMeter> MakeMeter(const tacit_program &program,
                                            int ranks, int64_t first_step) {
  ConsistencyMeter::Options options;
  options.ranks = ranks;
  for (uint32_t i = 0; i < program.channel->num_members; ++i)
    options.members.push_back(program.channel->members[i].count);
  options.gradients = program.channel->scheduler != TACIT_DECENTRALIZED;
  if (program.channel->mean)
    options.share = 1.0 / ranks;
  options.bound =
      BoundOf(*program.channel, ranks, CompressorConstant(program, ranks));
  options.first_step = first_step;
  return std::make_unique<ConsistencyMeter>(std::move(options));
}

} // namespace tacit
