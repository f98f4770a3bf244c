//===- conformance_sparse.cpp - What every world must do with sparse vectors
//===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/comm/conformance_sparse.h"

#include "test/unit/comm/sparse_cases.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <utility>

namespace tacit::conformance {

using namespace tacit::sparse_cases;

namespace {

/// One rank's buffers of an exchange, and what must come of it.
struct Case {
  Case(const SparseExchange &wanted, Kind kind, uint64_t count, int rank,
       int ranks)
      : how(wanted), inputs(Inputs(kind, ranks, how.elements, count, 31)),
        input(how.elements, count),
        output(how.elements,
               (how.input_capacity = count,
                how.output_capacity = OutputCapacity(how, ranks))),
        own(static_cast<size_t>(rank)) {
    input.Set(inputs[own]);
    how.input = input.data();
    how.output = output.data();
    if (!NeedsWideIndices(how.elements)) {
      rests = Rests(inputs, how.elements, 32);
      rest = rests[own];
      how.rest = rest.data();
    } else {
      how.put_back = PutBack::kNone;
    }
  }

  absl::Status Check(Digest &digest) {
    SparseVector wanted;
    switch (how.algorithm) {
    case SparseAlgorithm::kAllGather:
      wanted = DefineAllGather(inputs);
      break;
    case SparseAlgorithm::kGtopK:
      wanted = DefineGtopK(inputs, how.keep, how.put_back, rests);
      break;
    case SparseAlgorithm::kOkTopK:
      wanted = DefineOkTopK(inputs, how.keep, rests);
      break;
    }
    const SparseVector got = output.Get();
    if (!SameBits(got, wanted) ||
        (!rests.empty() && !SameBits(rest, rests[own])))
      return absl::UnknownError(absl::StrCat(
          "algorithm ", static_cast<int>(how.algorithm), ", put-back ",
          static_cast<int>(how.put_back), ", encoding ",
          static_cast<int>(how.encoding), ", ", how.elements, " elements, ",
          how.input_capacity, " entries: wrong ",
          SameBits(got, wanted) ? "residual" : "result"));
    for (const auto &[index, value] : got) {
      digest.Add(&index, sizeof(index));
      digest.Add(&value, sizeof(value));
    }
    digest.Add(rest.data(), rest.size() * sizeof(float));
    return absl::OkStatus();
  }

  SparseExchange how;
  std::vector<SparseVector> inputs;
  SparseBuffer input, output;
  std::vector<std::vector<float>> rests;
  std::vector<float> rest;
  size_t own;
};

} // namespace

static constexpr SparseAlgorithm kAlgorithms[] = {SparseAlgorithm::kAllGather,
                                                  SparseAlgorithm::kGtopK,
                                                  SparseAlgorithm::kOkTopK};

static SparseExchange Describe(SparseAlgorithm algorithm, uint64_t elements,
                               uint64_t count) {
  SparseExchange how;
  how.algorithm = algorithm;
  how.elements = elements;
  how.keep = count;
  return how;
}

absl::Status SparseExchanges(Communicator &communicator, Digest &digest) {
  const uint64_t wide = (uint64_t{1} << 34) + 1;
  // The longest do not fit into what transports send at once.
  for (const auto &[elements, count] :
       std::vector<std::pair<uint64_t, uint64_t>>{
           {1, 1}, {100, 7}, {700, 700}, {20000, 9000}, {wide, 100}})
    for (SparseAlgorithm algorithm : kAlgorithms)
      for (IndexEncoding encoding :
           {IndexEncoding::kPlain, IndexEncoding::kAuto})
        for (PutBack put_back : {PutBack::kConserve, PutBack::kPublished}) {
          SparseExchange how = Describe(algorithm, elements, count);
          how.encoding = encoding;
          how.put_back = put_back;
          if (count == 9000 && (encoding == IndexEncoding::kAuto ||
                                put_back == PutBack::kPublished))
            continue; // Every rank computes what all do.
          for (Kind kind : {kRandom, kTies}) {
            Case one(how, kind, count, communicator.rank(),
                     communicator.size());
            if (absl::Status status = communicator.Sparse("sparse", one.how);
                !status.ok())
              return status;
            if (absl::Status status = one.Check(digest); !status.ok())
              return status;
          }
        }
  return absl::OkStatus();
}

absl::Status SparseInFlight(Communicator &communicator, Digest &digest) {
  const size_t rank = static_cast<size_t>(communicator.rank());
  std::vector<std::unique_ptr<Case>> cases;
  std::vector<std::vector<float>> dense;
  std::vector<tacit_token> tokens;
  for (uint64_t count : {1, 40, 1000})
    for (SparseAlgorithm algorithm : kAlgorithms) {
      cases.push_back(std::make_unique<Case>(
          Describe(algorithm, 20000, count), kRandom, count,
          communicator.rank(), communicator.size()));
      const auto sparse = communicator.StartSparse("sparse", cases.back()->how);
      if (!sparse.ok())
        return sparse.status();
      tokens.push_back(*sparse);
      std::vector<float> &ones = dense.emplace_back(count * 50, 1.0f);
      const auto token = communicator.StartAllReduce(
          "dense", ones.data(), ones.size(), TACIT_F32, TACIT_SUM);
      if (!token.ok())
        return token.status();
      tokens.push_back(*token);
    }
  for (size_t i = 0; i < tokens.size(); ++i) // 7: coprime
    if (absl::Status status =
            communicator.Await(tokens[(7 * i + rank) % tokens.size()]);
        !status.ok())
      return status;
  for (const auto &one : cases)
    if (absl::Status status = one->Check(digest); !status.ok())
      return status;
  for (const std::vector<float> &sums : dense)
    for (float sum : sums)
      if (sum != static_cast<float>(communicator.size()))
        return absl::UnknownError("wrong dense sum");
  return absl::OkStatus();
}

} // namespace tacit::conformance
