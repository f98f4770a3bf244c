//===- sparse_cases.cpp - Sparse vectors to exchange in tests -------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/comm/sparse_cases.h"

#include "runtime/comm/world.h"
#include "runtime/support/random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <set>

namespace tacit::sparse_cases {

const char *const kKindNames[kKinds] = {
    "random", "same_indices", "disjoint",  "ties",
    "zeros",  "huge_range",   "cancelling"};

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

SparseBuffer::SparseBuffer(uint64_t elements, uint64_t capacity)
    : memory_(
          std::aligned_alloc(TACIT_ALIGNMENT, SparseBytes(elements, capacity))),
      wide_(NeedsWideIndices(elements)), capacity_(capacity) {
  std::memset(memory_.get(), 0xEE, SparseBytes(elements, capacity));
  Set({});
}

template <typename Index>
static void SetEntries(SparseView<Index> view, const SparseVector &entries) {
  *view.count = 0;
  for (const auto &[index, value] : entries) {
    view.indices[*view.count] = static_cast<Index>(index);
    view.values[(*view.count)++] = value;
  }
}

template <typename Index>
static SparseVector GetEntries(SparseView<Index> view) {
  SparseVector entries;
  for (uint64_t i = 0; i < *view.count; ++i)
    // What is not strictly ascending ends up at an index of its own.
    if (i > 0 && view.indices[i] <= view.indices[i - 1])
      entries[~uint64_t{0}] = static_cast<float>(i);
    else
      entries[view.indices[i]] = view.values[i];
  return entries;
}

void SparseBuffer::Set(const SparseVector &entries) {
  if (wide_)
    SetEntries(ViewSparse<uint64_t>(data(), capacity_), entries);
  else
    SetEntries(ViewSparse<uint32_t>(data(), capacity_), entries);
}

SparseVector SparseBuffer::Get() const {
  return wide_ ? GetEntries(ViewSparse<uint64_t>(data(), capacity_))
               : GetEntries(ViewSparse<uint32_t>(data(), capacity_));
}

//===----------------------------------------------------------------------===//
// Cases
//===----------------------------------------------------------------------===//

static uint64_t Index(Kind kind, int rank, int ranks, uint64_t elements,
                      const Random &random, uint64_t word) {
  const uint64_t share = elements / static_cast<uint64_t>(ranks);
  if (kind == kDisjoint && share > 0)
    return static_cast<uint64_t>(rank) * share + random.Word(word) % share;
  return random.Word(word) % elements;
}

static float Value(Kind kind, int rank, const Random &random, uint64_t word) {
  const double sign = random.Word(word) & 1 ? 1 : -1;
  const double uniform = random.Double(word + 1);
  switch (kind) {
  case kTies:
    return static_cast<float>(uniform < 0.7 ? sign : 2 * sign);
  case kZeros:
    return static_cast<float>(uniform < 0.8 ? sign * 0.0 : uniform);
  case kHugeRange:
    return static_cast<float>(sign * std::pow(10.0, 60 * uniform - 30));
  case kCancelling:
    return static_cast<float>(rank % 2 ? -uniform : uniform);
  default:
    return static_cast<float>(sign * uniform);
  }
}

std::vector<SparseVector> Inputs(Kind kind, int ranks, uint64_t elements,
                                 uint64_t count, uint64_t seed) {
  std::vector<SparseVector> inputs(static_cast<size_t>(ranks));
  for (int rank = 0; rank < ranks; ++rank) {
    uint64_t stream = seed * 1000 + static_cast<uint64_t>(rank);
    if (kind == kCancelling)
      stream = seed * 1000 + static_cast<uint64_t>(rank / 2);
    const Random indices(kind == kSameIndices ? 1 : 2,
                         kind == kSameIndices ? seed : stream);
    const Random values(3, stream);
    const uint64_t share = elements / static_cast<uint64_t>(ranks);
    const uint64_t most =
        kind == kDisjoint && share > 0 ? std::min(share, count) : count;
    SparseVector &input = inputs[static_cast<size_t>(rank)];
    for (uint64_t word = 0; input.size() < most; ++word)
      input.emplace(Index(kind, rank, ranks, elements, indices, word),
                    Value(kind, rank, values, 2 * word));
  }
  return inputs;
}

std::vector<std::vector<float>> Rests(const std::vector<SparseVector> &inputs,
                                      uint64_t elements, uint64_t seed) {
  std::vector<std::vector<float>> rests;
  for (const SparseVector &input : inputs) {
    const Random random(seed, rests.size());
    std::vector<float> &rest = rests.emplace_back(elements);
    for (uint64_t i = 0; i < elements; ++i)
      rest[i] = input.contains(i)
                    ? 0.0f
                    : static_cast<float>(0.2 * random.Double(i) - 0.1);
  }
  return rests;
}

absl::StatusOr<Outcome> RunSparse(SparseExchange how,
                                  const std::vector<SparseVector> &inputs,
                                  std::vector<std::vector<float>> rests,
                                  const std::string &network) {
  const int ranks = static_cast<int>(inputs.size());
  auto world = CreateSimulatedWorld({.ranks = ranks, .network = network});
  if (!world.ok())
    return world.status();
  Outcome outcome;
  outcome.outputs.resize(inputs.size());
  outcome.traffic.resize(inputs.size());
  outcome.clocks.resize(inputs.size());
  outcome.rests = std::move(rests);
  for (const SparseVector &input : inputs)
    how.input_capacity = std::max<uint64_t>(how.input_capacity, input.size());
  how.output_capacity = OutputCapacity(how, ranks);
  const absl::Status status = (*world)->Run([&](Communicator &communicator) {
    const size_t rank = static_cast<size_t>(communicator.rank());
    SparseBuffer input(how.elements, how.input_capacity);
    SparseBuffer output(how.elements, how.output_capacity);
    input.Set(inputs[rank]);
    SparseExchange mine = how;
    mine.input = input.data();
    mine.output = output.data();
    mine.rest = outcome.rests.empty() ? nullptr : outcome.rests[rank].data();
    const absl::Status ended = communicator.Sparse("exchanged", mine);
    if (ended.ok())
      outcome.outputs[rank] = output.Get();
    outcome.traffic[rank] = communicator.traffic();
    outcome.clocks[rank] = communicator.Now();
    return ended;
  });
  if (!status.ok())
    return status;
  return outcome;
}

//===----------------------------------------------------------------------===//
// Definitions
//===----------------------------------------------------------------------===//

static SparseVector Add(const SparseVector &a, const SparseVector &b) {
  SparseVector sum = a;
  for (const auto &[index, value] : b)
    if (const auto [it, is_new] = sum.emplace(index, value); !is_new)
      it->second += value;
  return sum;
}

/// Takes all but the `keep` largest out of `vector`, and returns them.
static SparseVector Drop(SparseVector &vector, uint64_t keep) {
  std::vector<std::pair<uint64_t, float>> order(vector.begin(), vector.end());
  std::sort(order.begin(), order.end(), [](auto &a, auto &b) {
    const float x = std::abs(a.second), y = std::abs(b.second);
    return x > y || (x == y && a.first < b.first);
  });
  SparseVector dropped;
  for (size_t i = keep; i < order.size(); ++i) {
    vector.erase(order[i].first);
    dropped.insert(order[i]);
  }
  return dropped;
}

static SparseVector Mean(SparseVector sum, size_t ranks) {
  for (auto &[index, value] : sum)
    value /= static_cast<float>(ranks);
  return sum;
}

static void GiveBack(const std::vector<SparseVector> &inputs,
                     const SparseVector &result,
                     std::vector<std::vector<float>> &rests) {
  for (size_t rank = 0; rank < inputs.size(); ++rank)
    for (const auto &[index, value] : inputs[rank])
      if (!result.contains(index))
        rests[rank][index] += value;
}

SparseVector DefineAllGather(const std::vector<SparseVector> &inputs) {
  SparseVector sum;
  for (const SparseVector &input : inputs)
    sum = Add(sum, input);
  return Mean(sum, inputs.size());
}

SparseVector DefineGtopK(const std::vector<SparseVector> &inputs, uint64_t keep,
                         PutBack put_back,
                         std::vector<std::vector<float>> &rests) {
  const size_t ranks = inputs.size();
  size_t core = 1;
  while (2 * core <= ranks)
    core *= 2;
  std::vector<SparseVector> partial(
      inputs.begin(), inputs.begin() + static_cast<ptrdiff_t>(core));
  const auto put = [&](size_t rank, const SparseVector &dropped, size_t among) {
    if (put_back == PutBack::kConserve)
      for (const auto &[index, value] : dropped)
        rests[rank][index] += value / static_cast<float>(among);
  };
  for (size_t extra = core; extra < ranks; ++extra) {
    SparseVector &to = partial[extra - core];
    to = Add(to, inputs[extra]);
    put(extra - core, Drop(to, keep), 1);
  }
  for (size_t bit = 1; bit < core; bit *= 2) {
    std::vector<SparseVector> merged;
    for (size_t rank = 0; rank < core; ++rank) {
      merged.push_back(Add(partial[rank], partial[rank ^ bit]));
      put(rank, Drop(merged.back(), keep), 2 * bit);
    }
    partial = merged;
  }
  if (put_back == PutBack::kPublished)
    GiveBack(inputs, partial[0], rests);
  return Mean(partial[0], ranks);
}

SparseVector DefineOkTopK(const std::vector<SparseVector> &inputs,
                          uint64_t keep,
                          std::vector<std::vector<float>> &rests) {
  SparseVector sum;
  for (const SparseVector &input : inputs)
    sum = Add(sum, input);
  Drop(sum, keep);
  if (!rests.empty())
    GiveBack(inputs, sum, rests);
  return Mean(sum, inputs.size());
}

bool SameBits(const SparseVector &a, const SparseVector &b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](const auto &x, const auto &y) {
        return x.first == y.first && std::bit_cast<uint32_t>(x.second) ==
                                         std::bit_cast<uint32_t>(y.second);
      });
}

bool SameBits(const std::vector<float> &a, const std::vector<float> &b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

} // namespace tacit::sparse_cases
