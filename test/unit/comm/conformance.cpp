//===- conformance.cpp - What every world must do -------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/comm/conformance.h"
#include "test/unit/comm/conformance_sparse.h"

#include "runtime/support/random.h"
#include "runtime/support/tensor_type.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>

namespace tacit::conformance {

#define RETURN_IF_ERROR(expression)                                            \
  do {                                                                         \
    if (absl::Status status_ = (expression); !status_.ok())                    \
      return status_;                                                          \
  } while (false)

static constexpr size_t kCounts[] = {0, 1, 7, 1000, 100000};

static absl::Status Wrong(const std::string &what) {
  return absl::UnknownError(what);
}

//===----------------------------------------------------------------------===//
// What each rank brings, and what must come out
//===----------------------------------------------------------------------===//

/// Element i of rank `rank`: floats in [-1, 1), integers of all magnitudes.
template <typename T> static T Operand(int rank, size_t i) {
  const Random random(17, static_cast<uint64_t>(rank));
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(random.Word(i));
  else
    return static_cast<T>(2 * random.Double(i) - 1);
}

template <typename T> static std::vector<T> Operands(int rank, size_t count) {
  std::vector<T> operands(count);
  for (size_t i = 0; i < count; ++i)
    operands[i] = Operand<T>(rank, i);
  return operands;
}

/// Whether `got` can be the reduction of all ranks' elements i. Sums of floats
/// may have been added in any order.
template <typename T>
static bool IsReduction(tacit_reduction reduction, int ranks, size_t i, T got) {
  if (reduction == TACIT_MAX || reduction == TACIT_MIN) {
    T best = Operand<T>(0, i);
    for (int rank = 1; rank < ranks; ++rank)
      best = reduction == TACIT_MAX ? std::max(best, Operand<T>(rank, i))
                                    : std::min(best, Operand<T>(rank, i));
    return got == best;
  }
  if constexpr (std::is_integral_v<T>) {
    std::make_unsigned_t<T> sum = 0;
    for (int rank = 0; rank < ranks; ++rank)
      sum += static_cast<std::make_unsigned_t<T>>(Operand<T>(rank, i));
    return got == static_cast<T>(sum);
  } else {
    long double sum = 0, magnitude = 0;
    for (int rank = 0; rank < ranks; ++rank) {
      sum += Operand<T>(rank, i);
      magnitude += std::abs(Operand<T>(rank, i));
    }
    const long double scale = reduction == TACIT_MEAN ? ranks : 1;
    return std::abs(got - sum / scale) <=
           ranks * std::numeric_limits<T>::epsilon() * magnitude / scale;
  }
}

/// Error: `bytes` bytes at `data` are not the same on every rank.
static absl::Status CheckAgreement(Communicator &communicator,
                                   const std::string &what, const void *data,
                                   size_t bytes) {
  Digest digest;
  digest.Add(data, bytes);
  const uint64_t mine = digest.value();
  std::vector<uint64_t> all(static_cast<size_t>(communicator.size()));
  RETURN_IF_ERROR(
      communicator.AllGather("agreement", &mine, all.data(), sizeof(mine)));
  for (size_t rank = 0; rank < all.size(); ++rank)
    if (all[rank] != all[0])
      return Wrong(
          absl::StrCat(what, ": ranks 0 and ", rank, " have different bits"));
  return absl::OkStatus();
}

//===----------------------------------------------------------------------===//
// All-reduce
//===----------------------------------------------------------------------===//

/// Bytes that rank `rank` sends in an all-reduce; two counts are possible, one
/// for each algorithm.
static bool IsAllReduceTraffic(int rank, int ranks, size_t count, size_t width,
                               uint64_t bytes) {
  if (ranks == 1 || count == 0)
    return bytes == 0;
  const auto begin = [&](int block) {
    return static_cast<size_t>(block) * count / static_cast<size_t>(ranks);
  };
  const auto block = [&](int number) {
    const int n = number % ranks;
    return begin(n + 1) - begin(n);
  };
  const size_t ring = (2 * count - block(rank + 1) - block(rank + 2)) * width;
  int core = 1, rounds = 0;
  while (2 * core <= ranks) {
    core *= 2;
    ++rounds;
  }
  size_t messages = 1; // an extra rank sends its operand
  if (rank < core)
    messages = static_cast<size_t>(rounds + (rank + core < ranks));
  return bytes == ring || bytes == messages * count * width;
}

template <typename T>
static absl::Status CheckAllReduce(Communicator &communicator, Digest &digest,
                                   tacit_dtype dtype, tacit_reduction reduction,
                                   size_t count) {
  const int rank = communicator.rank(), ranks = communicator.size();
  const std::string what = absl::StrCat("all-reduce ", reduction, " of ", count,
                                        " x ", DtypeName(dtype));
  std::vector<T> values = Operands<T>(rank, count);
  const uint64_t before = communicator.traffic().bytes_sent;
  RETURN_IF_ERROR(communicator.AllReduce("checked", values.data(), count, dtype,
                                         reduction, Purpose::kPayload));
  const uint64_t sent = communicator.traffic().bytes_sent - before;
  // All ranks have the same bits, as is checked below, so they share the work.
  const size_t stride = count > 1000 ? static_cast<size_t>(ranks) : 1;
  for (size_t i = static_cast<size_t>(rank) % stride; i < count; i += stride)
    if (!IsReduction(reduction, ranks, i, values[i]))
      return Wrong(absl::StrCat(what, ": wrong element ", i, ": ", values[i]));
  if (!IsAllReduceTraffic(rank, ranks, count, sizeof(T), sent))
    return Wrong(absl::StrCat(what, ": sent ", sent, " bytes"));
  digest.Add(values.data(), count * sizeof(T));
  return CheckAgreement(communicator, what, values.data(), count * sizeof(T));
}

static absl::Status AllReduces(Communicator &communicator, Digest &digest) {
  for (size_t count : kCounts) {
    for (tacit_reduction reduction : {TACIT_SUM, TACIT_MAX, TACIT_MIN}) {
      RETURN_IF_ERROR(CheckAllReduce<float>(communicator, digest, TACIT_F32,
                                            reduction, count));
      RETURN_IF_ERROR(CheckAllReduce<double>(communicator, digest, TACIT_F64,
                                             reduction, count));
      RETURN_IF_ERROR(CheckAllReduce<int32_t>(communicator, digest, TACIT_I32,
                                              reduction, count));
      RETURN_IF_ERROR(CheckAllReduce<int64_t>(communicator, digest, TACIT_I64,
                                              reduction, count));
    }
    RETURN_IF_ERROR(CheckAllReduce<float>(communicator, digest, TACIT_F32,
                                          TACIT_MEAN, count));
    RETURN_IF_ERROR(CheckAllReduce<double>(communicator, digest, TACIT_F64,
                                           TACIT_MEAN, count));
  }
  return absl::OkStatus();
}

/// Around every size at which an algorithm, a block or a piece changes.
static absl::Status AllReduceSizes(Communicator &communicator, Digest &digest) {
  for (size_t count : {2, 3, 8, 9, 63, 4096, 12289, 16384, 16385, 32769, 65536,
                       131073, 300007})
    RETURN_IF_ERROR(CheckAllReduce<float>(communicator, digest, TACIT_F32,
                                          TACIT_SUM, count));
  return absl::OkStatus();
}

/// A mean is the sum, divided once: not an average of averages.
static absl::Status MeansDivideOnce(Communicator &communicator,
                                    Digest &digest) {
  for (size_t count : {size_t{7}, size_t{100000}}) {
    std::vector<float> sum = Operands<float>(communicator.rank(), count);
    std::vector<float> mean = sum;
    RETURN_IF_ERROR(
        communicator.AllReduce("sum", sum.data(), count, TACIT_F32, TACIT_SUM));
    RETURN_IF_ERROR(communicator.AllReduce("mean", mean.data(), count,
                                           TACIT_F32, TACIT_MEAN));
    for (size_t i = 0; i < count; ++i)
      if (mean[i] != sum[i] / static_cast<float>(communicator.size()))
        return Wrong(absl::StrCat("mean ", mean[i], " of the sum ", sum[i]));
    digest.Add(mean.data(), count * sizeof(float));
  }
  return absl::OkStatus();
}

/// Every rank brings a NaN of its own in turn, then all of them at once.
static absl::Status NaNs(Communicator &communicator, Digest &digest) {
  const int rank = communicator.rank(), ranks = communicator.size();
  const auto nan = [](int number) {
    return std::bit_cast<float>(0x7FC00000u + static_cast<uint32_t>(number));
  };
  for (size_t count : {size_t{3}, size_t{70001}})
    for (tacit_reduction reduction : {TACIT_SUM, TACIT_MAX, TACIT_MIN})
      for (int owner = 0; owner <= ranks; ++owner) {
        const bool mine = owner == rank || owner == ranks;
        std::vector<float> values(count, mine ? nan(rank + 1) : 1.0f);
        RETURN_IF_ERROR(communicator.AllReduce("NaNs", values.data(), count,
                                               TACIT_F32, reduction));
        for (size_t i = 0; i < count; ++i)
          if (!std::isnan(values[i]))
            return Wrong(absl::StrCat("reduction ", reduction, " lost a NaN"));
        RETURN_IF_ERROR(CheckAgreement(communicator, "NaNs", values.data(),
                                       count * sizeof(float)));
        digest.Add(values.data(), count * sizeof(float));
      }
  return absl::OkStatus();
}

//===----------------------------------------------------------------------===//
// All-gather and broadcast
//===----------------------------------------------------------------------===//

static unsigned char Byte(int rank, size_t i) {
  return static_cast<unsigned char>(
      Random::Mix(static_cast<uint64_t>(rank) << 32 | i));
}

static absl::Status AllGathers(Communicator &communicator, Digest &digest) {
  const int rank = communicator.rank();
  const size_t ranks = static_cast<size_t>(communicator.size());
  for (size_t bytes : {0, 1, 7, 1000, 65536, 65537, 100000, 400003}) {
    for (bool in_place : {false, true}) {
      std::vector<unsigned char> input(bytes), output(ranks * bytes, 0xEE);
      for (size_t i = 0; i < bytes; ++i)
        input[i] = Byte(rank, i);
      unsigned char *own = output.data() + static_cast<size_t>(rank) * bytes;
      if (in_place)
        std::copy(input.begin(), input.end(), own);
      const uint64_t before = communicator.traffic().bytes_sent;
      RETURN_IF_ERROR(
          communicator.AllGather("gathered", in_place ? own : input.data(),
                                 output.data(), bytes, Purpose::kPayload));
      const uint64_t sent = communicator.traffic().bytes_sent - before;
      if (sent != (ranks - 1) * bytes)
        return Wrong(
            absl::StrCat("all-gather of ", bytes, " bytes sent ", sent));
      for (size_t from = 0; from < ranks; ++from)
        for (size_t i = 0; i < bytes; ++i)
          if (output[from * bytes + i] != Byte(static_cast<int>(from), i))
            return Wrong(absl::StrCat("all-gather of ", bytes,
                                      " bytes: wrong byte ", i, " of rank ",
                                      from));
      digest.Add(output.data(), output.size());
    }
  }
  return absl::OkStatus();
}

static absl::Status AllToAlls(Communicator &communicator, Digest &digest) {
  const int rank = communicator.rank();
  const auto mine = static_cast<size_t>(rank);
  const size_t ranks = static_cast<size_t>(communicator.size());
  for (size_t bytes : {0, 1, 7, 1000, 65537, 400003}) {
    std::vector<unsigned char> input(ranks * bytes),
        output(ranks * bytes, 0xEE);
    for (size_t i = 0; i < input.size(); ++i)
      input[i] = Byte(rank, i);
    const uint64_t before = communicator.traffic().bytes_sent;
    RETURN_IF_ERROR(communicator.AllToAll(
        "swapped", input.data(), output.data(), bytes, Purpose::kPayload));
    const uint64_t sent = communicator.traffic().bytes_sent - before;
    if (sent != (ranks - 1) * bytes)
      return Wrong(absl::StrCat("all-to-all of ", bytes, " bytes sent ", sent));
    for (size_t from = 0; from < ranks; ++from)
      for (size_t i = 0; i < bytes; ++i)
        if (output[from * bytes + i] !=
            Byte(static_cast<int>(from), mine * bytes + i))
          return Wrong(absl::StrCat("all-to-all of ", bytes,
                                    " bytes: wrong byte ", i, " of rank ",
                                    from));
    digest.Add(output.data(), output.size());
  }
  return absl::OkStatus();
}

static absl::Status Broadcasts(Communicator &communicator, Digest &digest) {
  const int rank = communicator.rank(), ranks = communicator.size();
  for (size_t bytes : {0, 1, 7, 1000, 65537, 100000, 800000, 3000001})
    for (int root = 0; root < ranks; ++root) {
      std::vector<unsigned char> buffer(bytes, 0xEE);
      if (rank == root)
        for (size_t i = 0; i < bytes; ++i)
          buffer[i] = Byte(root, i);
      const uint64_t before = communicator.traffic().bytes_sent;
      RETURN_IF_ERROR(communicator.Broadcast("broadcast", buffer.data(), bytes,
                                             root, Purpose::kPayload));
      const uint64_t sent = communicator.traffic().bytes_sent - before;
      for (size_t i = 0; i < bytes; ++i)
        if (buffer[i] != Byte(root, i))
          return Wrong(absl::StrCat("broadcast of ", bytes, " bytes from ",
                                    root, ": wrong byte ", i));
      // Every rank but the root receives it once.
      int64_t all = static_cast<int64_t>(sent);
      RETURN_IF_ERROR(
          communicator.AllReduce("bytes", &all, 1, TACIT_I64, TACIT_SUM));
      if (all != static_cast<int64_t>(bytes) * (ranks - 1))
        return Wrong(absl::StrCat("broadcast of ", bytes, " bytes sent ", all));
      digest.Add(buffer.data(), buffer.size());
    }
  return absl::OkStatus();
}

//===----------------------------------------------------------------------===//
// Several at a time
//===----------------------------------------------------------------------===//

/// All kinds and sizes in flight, awaited in an order of each rank's own.
static absl::Status InFlight(Communicator &communicator, Digest &digest) {
  const int rank = communicator.rank();
  const size_t ranks = static_cast<size_t>(communicator.size());
  static constexpr size_t kSlots = 12;
  for (int turn = 0; turn < 3; ++turn) {
    std::vector<std::vector<float>> buffers(kSlots);
    std::vector<tacit_token> tokens(kSlots);
    for (size_t slot = 0; slot < kSlots; ++slot) {
      const size_t count = kCounts[(slot + static_cast<size_t>(turn)) % 5];
      std::vector<float> &buffer = buffers[slot];
      absl::StatusOr<tacit_token> token;
      const std::vector<float> own = Operands<float>(rank, count);
      switch (slot % 3) {
      case 0:
        buffer = own;
        token = communicator.StartAllReduce("reduced", buffer.data(), count,
                                            TACIT_F32, TACIT_SUM);
        break;
      case 1:
        buffer.resize(count * ranks);
        std::copy(own.begin(), own.end(),
                  buffer.begin() + static_cast<ptrdiff_t>(
                                       static_cast<size_t>(rank) * count));
        token = communicator.StartAllGather(
            "gathered", buffer.data() + static_cast<size_t>(rank) * count,
            buffer.data(), count * sizeof(float));
        break;
      default:
        buffer = own;
        token = communicator.StartBroadcast("broadcast", buffer.data(),
                                            count * sizeof(float),
                                            static_cast<int>(slot % ranks));
      }
      RETURN_IF_ERROR(token.status());
      tokens[slot] = *token;
      RETURN_IF_ERROR(communicator.Progress());
    }
    for (size_t i = 0; i < kSlots; ++i) {
      const size_t slot =
          (i * 5 + static_cast<size_t>(rank + turn)) % kSlots; // 5: coprime
      RETURN_IF_ERROR(communicator.Await(tokens[slot]));
    }
    for (size_t slot = 0; slot < kSlots; ++slot) {
      const size_t count = kCounts[(slot + static_cast<size_t>(turn)) % 5];
      for (size_t i = 0; i < buffers[slot].size(); ++i) {
        const float got = buffers[slot][i];
        const int from =
            static_cast<int>(slot % 3 == 1 ? i / count : slot % ranks);
        const bool right =
            slot % 3 == 0
                ? IsReduction(TACIT_SUM, communicator.size(), i, got)
                : got == Operand<float>(from, slot % 3 == 1 ? i % count : i);
        if (!right)
          return Wrong(absl::StrCat("in flight: slot ", slot, " element ", i));
      }
      digest.Add(buffers[slot].data(), buffers[slot].size() * sizeof(float));
    }
  }
  return absl::OkStatus();
}

/// A test waits for nothing, and in the end finds the exchange finished.
static absl::Status Tests(Communicator &communicator, Digest &digest) {
  for (const size_t count : {size_t{0}, size_t{5}, size_t{100000}}) {
    std::vector<float> values = Operands<float>(communicator.rank(), count);
    const absl::StatusOr<tacit_token> token = communicator.StartAllReduce(
        "tested", values.data(), count, TACIT_F32, TACIT_SUM);
    RETURN_IF_ERROR(token.status());
    int32_t all_done = 0;
    for (int looks = 0; !all_done; ++looks) {
      const double before = communicator.Now();
      const absl::StatusOr<bool> done = communicator.Test(*token);
      RETURN_IF_ERROR(done.status());
      if (communicator.Now() < before || looks == 100000)
        return Wrong(absl::StrCat("not done after ", looks, " looks"));
      all_done = *done;
      RETURN_IF_ERROR(communicator.AllReduce("all done", &all_done, 1,
                                             TACIT_I32, TACIT_MIN));
    }
    RETURN_IF_ERROR(communicator.Await(*token));
    for (size_t i = 0; i < count; i += 97)
      if (!IsReduction(TACIT_SUM, communicator.size(), i, values[i]))
        return Wrong(absl::StrCat("wrong element ", i, ": ", values[i]));
    digest.Add(values.data(), count * sizeof(float));
  }
  return absl::OkStatus();
}

/// More exchanges than there are tags, so that tags are used again.
static absl::Status TagsRepeat(Communicator &communicator, Digest &digest) {
  static constexpr int kExchanges = (1 << 14) + 100;
  for (int i = 0; i < kExchanges; ++i) {
    int64_t value = communicator.rank() + i;
    RETURN_IF_ERROR(
        communicator.AllReduce("counted", &value, 1, TACIT_I64, TACIT_MAX));
    if (value != communicator.size() - 1 + i)
      return Wrong(absl::StrCat("exchange ", i, " gave ", value));
  }
  return absl::OkStatus();
}

//===----------------------------------------------------------------------===//
// Counters, clock and misuse
//===----------------------------------------------------------------------===//

static absl::Status ControlIsCountedApart(Communicator &communicator,
                                          Digest &digest) {
  const Traffic before = communicator.traffic();
  std::vector<double> values(5000);
  RETURN_IF_ERROR(communicator.AllReduce("control", values.data(),
                                         values.size(), TACIT_F64, TACIT_SUM));
  const Traffic control = communicator.traffic();
  RETURN_IF_ERROR(communicator.AllReduce("payload", values.data(),
                                         values.size(), TACIT_F64, TACIT_SUM,
                                         Purpose::kPayload));
  const Traffic payload = communicator.traffic();
  if (control.bytes_sent != before.bytes_sent ||
      control.messages_sent != before.messages_sent ||
      payload.control_bytes != control.control_bytes)
    return Wrong("control and payload are mixed");
  const uint64_t sent = payload.bytes_sent - control.bytes_sent;
  if (sent != control.control_bytes - before.control_bytes ||
      (sent > 0) != (communicator.size() > 1) ||
      (payload.messages_sent > control.messages_sent) != (sent > 0))
    return Wrong(absl::StrCat("payload counts ", sent, " bytes in ",
                              payload.messages_sent - control.messages_sent,
                              " messages"));
  return absl::OkStatus();
}

static absl::Status ClockGoesForward(Communicator &communicator,
                                     Digest &digest) {
  const double before = communicator.Now();
  communicator.ChargeCompute(0);
  int32_t value = 1;
  RETURN_IF_ERROR(
      communicator.AllReduce("clock", &value, 1, TACIT_I32, TACIT_SUM));
  if (before < 0 || communicator.Now() < before)
    return Wrong(absl::StrCat("the clock went from ", before, " to ",
                              communicator.Now()));
  return absl::OkStatus();
}

static absl::Status Expect(const absl::Status &status,
                           const std::string &message) {
  if (status.code() == absl::StatusCode::kInvalidArgument &&
      status.message() == message)
    return absl::OkStatus();
  return Wrong(absl::StrCat("got ", status.ToString(), ", wanted ", message));
}

static absl::Status Misuse(Communicator &communicator, Digest &digest) {
  int32_t value = 1;
  RETURN_IF_ERROR(
      Expect(communicator.AllReduce("m", &value, 1, TACIT_I32, TACIT_MEAN),
             "'m': mean needs floats, got i32: use sum"));
  RETURN_IF_ERROR(Expect(
      communicator.AllReduce("m", &value, 1, TACIT_I8, TACIT_SUM),
      "'m': cannot reduce elements of type i8: wanted f32, f64, i32 or i64"));
  RETURN_IF_ERROR(Expect(communicator.AllReduce("m", &value, 1, TACIT_I32, 9),
                         "'m': unknown reduction 9: wanted sum (0), mean (1), "
                         "max (2) or min (3)"));
  RETURN_IF_ERROR(Expect(
      communicator.Broadcast("m", &value, 4, communicator.size()),
      absl::StrCat("'m': cannot broadcast from rank ", communicator.size(),
                   ": wanted 0 to ", communicator.size() - 1)));
  const absl::StatusOr<tacit_token> token =
      communicator.StartAllReduce("m", &value, 1, TACIT_I32, TACIT_SUM);
  RETURN_IF_ERROR(token.status());
  RETURN_IF_ERROR(communicator.Await(*token));
  for (tacit_token wrong : {*token, tacit_token{0}, ~tacit_token{0}}) {
    RETURN_IF_ERROR(Expect(
        communicator.Await(wrong),
        absl::StrCat("rank ", communicator.rank(), " awaits token ", wrong,
                     ", which is not in flight: a token is awaited once")));
    RETURN_IF_ERROR(Expect(
        communicator.Test(wrong).status(),
        absl::StrCat("rank ", communicator.rank(), " tests token ", wrong,
                     ", which is not in flight: a token is awaited once")));
  }
  return absl::OkStatus();
}

const std::vector<Check> &AllChecks() {
  static const std::vector<Check> checks = {
      {"AllReduces", AllReduces},
      {"AllReduceSizes", AllReduceSizes},
      {"MeansDivideOnce", MeansDivideOnce},
      {"NaNs", NaNs},
      {"AllGathers", AllGathers},
      {"AllToAlls", AllToAlls},
      {"Broadcasts", Broadcasts},
      {"InFlight", InFlight},
      {"Tests", Tests},
      {"TagsRepeat", TagsRepeat},
      {"ControlIsCountedApart", ControlIsCountedApart},
      {"ClockGoesForward", ClockGoesForward},
      {"Misuse", Misuse},
      {"SparseExchanges", SparseExchanges},
      {"SparseInFlight", SparseInFlight},
  };
  return checks;
}

} // namespace tacit::conformance
