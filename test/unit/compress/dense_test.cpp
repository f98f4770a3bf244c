//===- dense_test.cpp - Compressors that send every element ---------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/compress/bf16.h"
#include "runtime/compress/qsgd.h"
#include "runtime/compress/sign.h"
#include "runtime/support/random.h"
#include "test/unit/compress/vectors.h"

#include <bit>

namespace tacit {
namespace {

const float kInfinity = std::numeric_limits<float>::infinity();
const float kNaN = std::numeric_limits<float>::quiet_NaN();
const float kLargest = std::numeric_limits<float>::max();
const std::vector<size_t> kSizes = {0,  1,  3,  7,   8,   9,    15,   16,   17,
                                    63, 64, 65, 127, 129, 4096, 4097, 70003};

using Bytes = std::vector<uint8_t>;

/// A payload with a guard behind it.
Bytes Room(size_t bytes) { return Bytes(bytes + 16, 0xA5); }
void CheckGuard(const Bytes &payload) {
  for (size_t i = payload.size() - 16; i < payload.size(); ++i)
    ASSERT_EQ(payload[i], 0xA5) << "written beyond the payload";
}

/// What decompression should write, and add to `start` with a factor.
template <typename Write, typename Add>
void CheckDecompression(const std::vector<float> &wanted, const Write &write,
                        const Add &add) {
  std::vector<float> dense(wanted.size(), kNaN);
  write(dense.data());
  ASSERT_TRUE(SameBits(dense, wanted));
  const std::vector<float> start = MakeVector("ties", wanted.size(), 9);
  for (const float factor : {1.0f, 0.3f}) {
    std::vector<float> sum = start, wanted_sum = start;
    for (size_t i = 0; i < wanted.size(); ++i) {
      volatile float scaled = factor * wanted[i];
      wanted_sum[i] += scaled;
    }
    add(factor, sum.data());
    ASSERT_TRUE(SameBits(sum, wanted_sum));
  }
}

TEST(Sign, IsTheDefinition) {
  for (const std::string &kind : Kinds())
    for (const size_t count : kSizes) {
      SCOPED_TRACE(kind + " " + std::to_string(count));
      const std::vector<float> gradient = MakeVector(kind, count, 1),
                               before = MakeVector("minus zero", count, 2);
      const std::vector<float> acc = Accumulated(before, gradient, 0.5f);
      long double sum = 0;
      for (const float value : acc)
        sum += std::abs(static_cast<long double>(value));
      Bytes first;
      OnEveryTarget([&] {
        for (const int threads : {1, 2, 3}) {
          const WithThreads with(threads);
          std::vector<float> residual = before;
          Bytes payload = Room(SignBytes(count));
          ASSERT_TRUE(
              CompressSign({residual.data(), gradient.data(), 0.5f, count},
                           payload.data())
                  .ok());
          CheckGuard(payload);
          if (first.empty())
            first = payload;
          ASSERT_EQ(payload, first) << "depends on threads or target";
          float scale;
          std::memcpy(&scale, payload.data(), 4);
          if (count > 0)
            ASSERT_NEAR(scale, static_cast<double>(sum / count),
                        1e-7 * scale + 1e-45);
          std::vector<float> wanted(count), rest(count);
          for (size_t i = 0; i < count; ++i) {
            const bool positive = acc[i] >= 0;
            ASSERT_EQ(payload[4 + i / 8] >> (i % 8) & 1, positive) << i;
            wanted[i] = positive ? scale : -scale;
            rest[i] = acc[i] - wanted[i];
          }
          if (count % 8 != 0)
            ASSERT_EQ(payload[4 + count / 8] >> (count % 8), 0);
          ASSERT_TRUE(SameBits(residual, rest));
          CheckDecompression(
              wanted,
              [&](float *dense) {
                DecompressSign(payload.data(), count, dense);
              },
              [&](float factor, float *dense) {
                AddDecompressedSign(payload.data(), count, factor, dense);
              });
        }
      });
    }
}

TEST(Sign, OfMinusZeroIsPlus) {
  const std::vector<float> gradient = {-0.0f, 0.0f, -1e-45f, 3};
  uint8_t payload[SignBytes(4)];
  ASSERT_TRUE(CompressSign({nullptr, gradient.data(), 1, 4}, payload).ok());
  EXPECT_EQ(payload[4], 0b1011);
  EXPECT_EQ(sizeof(payload), 5u);
  std::vector<float> dense(4);
  DecompressSign(payload, 4, dense.data());
  EXPECT_EQ(dense, (std::vector<float>{0.75f, 0.75f, -0.75f, 0.75f}));
}

TEST(Sign, KeepsWhatItDoesNotSend) {
  const size_t count = 10000;
  std::vector<float> residual(count), dense(count);
  std::vector<double> sent(count), entered(count);
  Bytes payload(SignBytes(count));
  for (uint32_t step = 0; step < 10; ++step) {
    const std::vector<float> gradient = MakeVector("normal", count, step);
    ASSERT_TRUE(CompressSign({residual.data(), gradient.data(), 1, count},
                             payload.data())
                    .ok());
    DecompressSign(payload.data(), count, dense.data());
    for (size_t i = 0; i < count; ++i) {
      sent[i] += dense[i];
      entered[i] += gradient[i];
      ASSERT_NEAR(residual[i] + sent[i], entered[i], 1e-5);
    }
  }
}

TEST(Bf16, RoundsToNearestEven) {
  const auto rounded = [](uint32_t bits) {
    const float value = std::bit_cast<float>(bits);
    uint16_t stored = 0;
    EXPECT_TRUE(CompressBf16({nullptr, &value, 1, 1}, &stored).ok());
    return stored;
  };
  EXPECT_EQ(rounded(0x3F800000), 0x3F80);
  EXPECT_EQ(rounded(0x3F807FFF), 0x3F80);
  EXPECT_EQ(rounded(0x3F808000), 0x3F80); // a tie, to even
  EXPECT_EQ(rounded(0x3F808001), 0x3F81);
  EXPECT_EQ(rounded(0x3F818000), 0x3F82); // a tie, to even
  EXPECT_EQ(rounded(0xBF818000), 0xBF82);
  EXPECT_EQ(rounded(0x3FFFFFFF), 0x4000); // into the next power of two
  EXPECT_EQ(rounded(0x80000000), 0x8000);
  EXPECT_EQ(rounded(0x00008000), 0x0000); // denormals
  EXPECT_EQ(rounded(0x00008001), 0x0001);
  EXPECT_EQ(rounded(0x7F7FFFFF), 0x7F7F); // not infinity
  EXPECT_EQ(rounded(0xFF7F8000), 0xFF7F);
}

TEST(Bf16, IsTheDefinition) {
  for (const std::string &kind : Kinds())
    for (const size_t count : kSizes) {
      SCOPED_TRACE(kind + " " + std::to_string(count));
      const std::vector<float> gradient = MakeVector(kind, count, 1),
                               before = MakeVector("range", count, 2);
      const std::vector<float> acc = Accumulated(before, gradient, 1);
      std::vector<float> wanted(count);
      for (size_t i = 0; i < count; ++i) {
        // The nearest of the neighbours, by distances that are exact.
        const uint32_t bits = std::bit_cast<uint32_t>(acc[i]) & 0xFFFF0000;
        const float low = std::bit_cast<float>(bits),
                    high = std::bit_cast<float>(bits + 0x10000);
        const double down = std::abs(static_cast<double>(acc[i]) - low),
                     up = std::abs(static_cast<double>(high) - acc[i]);
        const bool takes_high = up < down || (up == down && bits & 0x10000);
        wanted[i] = takes_high && std::isfinite(high) ? high : low;
      }
      OnEveryTarget([&] {
        for (const int threads : {1, 3}) {
          const WithThreads with(threads);
          std::vector<float> residual = before;
          Bytes payload = Room(Bf16Bytes(count));
          ASSERT_TRUE(CompressBf16({residual.data(), gradient.data(), 1, count},
                                   payload.data())
                          .ok());
          CheckGuard(payload);
          CheckDecompression(
              wanted,
              [&](float *dense) {
                DecompressBf16(payload.data(), count, dense);
              },
              [&](float factor, float *dense) {
                AddDecompressedBf16(payload.data(), count, factor, dense);
              });
          for (size_t i = 0; i < count; ++i)
            ASSERT_EQ(residual[i] + static_cast<double>(wanted[i]), acc[i])
                << "not conserved exactly at " << i;
        }
      });
    }
}

TEST(DenseCompressors, RefuseWhatIsNotFinite) {
  OnEveryTarget([] {
    for (const int threads : {1, 2})
      for (const float bad : {kInfinity, -kInfinity, kNaN})
        for (const size_t first : {0, 15, 5000, 69999}) {
          const WithThreads with(threads);
          const size_t count = 70000;
          const std::vector<float> before = MakeVector("normal", count, 1);
          std::vector<float> gradient = MakeVector("normal", count, 2);
          gradient[first] = bad;
          gradient[count - 1] = bad;
          const std::vector<float> acc = Accumulated(before, gradient, 1);
          Bytes payload(Bf16Bytes(count)); // the longest
          for (int compressor = 0; compressor < 3; ++compressor) {
            std::vector<float> residual = before;
            const Accumulation all = {residual.data(), gradient.data(), 1,
                                      count};
            const absl::Status status =
                compressor == 0   ? CompressSign(all, payload.data())
                : compressor == 1 ? CompressBf16(all, payload.data())
                                  : CompressQsgd(gradient.data(), count, 255,
                                                 {}, payload.data());
            ASSERT_EQ(NonFiniteIndex(status), first) << compressor;
            if (compressor < 2)
              for (size_t i = 0; i < count; ++i)
                ASSERT_TRUE(residual[i] == acc[i] ||
                            (std::isnan(residual[i]) && std::isnan(acc[i])))
                    << i << " of compressor " << compressor;
          }
        }
  });
}

/// QSGD by its definition, with the norm that was sent.
std::vector<float> Quantized(const std::vector<float> &gradient,
                             uint32_t levels, const QsgdDraw &draw, float norm,
                             std::vector<uint32_t> &fields) {
  const Random random(draw.seed, kRoundingStreams + draw.rank);
  std::vector<float> dense;
  fields.clear();
  for (size_t i = 0; i < gradient.size(); ++i) {
    const double per_norm = norm > 0 ? levels / static_cast<double>(norm) : 0;
    volatile double t = std::abs(static_cast<double>(gradient[i])) * per_norm;
    double level = std::floor(t);
    const uint64_t word = draw.exchange * gradient.size() + i;
    if (random.Double(word) < t - level)
      level += 1;
    level = std::min(level, static_cast<double>(levels));
    const bool minus = gradient[i] < 0 && level > 0;
    const float size =
        static_cast<float>(level * (static_cast<double>(norm) / levels));
    dense.push_back(minus ? -size : size);
    fields.push_back(2 * static_cast<uint32_t>(level) + minus);
  }
  return dense;
}

TEST(Qsgd, IsTheDefinition) {
  for (const std::string &kind : Kinds())
    for (const size_t count : kSizes)
      for (const uint32_t levels : {1u, 2u, 3u, 4u, 127u, 255u, 65535u}) {
        if (count > 5000 && levels != 3 && levels != 127)
          continue;
        SCOPED_TRACE(kind + " " + std::to_string(count) + " at " +
                     std::to_string(levels));
        const std::vector<float> gradient = MakeVector(kind, count, 1);
        const QsgdDraw draw = {5, 7, 2};
        Bytes first;
        std::vector<float> wanted;
        OnEveryTarget([&] {
          for (const int threads : {1, 3}) {
            const WithThreads with(threads);
            Bytes payload = Room(QsgdBytes(count, levels));
            const absl::Status status = CompressQsgd(
                gradient.data(), count, levels, draw, payload.data());
            ASSERT_TRUE(status.ok()) << status;
            CheckGuard(payload);
            if (first.empty()) {
              first = payload;
              float norm;
              std::memcpy(&norm, payload.data(), 4);
              long double squares = 0;
              for (const float value : gradient)
                squares += static_cast<long double>(value) * value;
              const double exact = static_cast<double>(std::sqrt(squares));
              ASSERT_NEAR(norm, exact, 1.3e-7 * exact + 2e-45);
              std::vector<uint32_t> fields;
              wanted = Quantized(gradient, levels, draw, norm, fields);
              const uint64_t bits = QsgdBits(levels);
              for (size_t i = 0; i < count; ++i)
                for (uint64_t bit = 0; bit < bits; ++bit) {
                  const uint64_t at = i * bits + bit;
                  ASSERT_EQ(payload[4 + at / 8] >> (at % 8) & 1,
                            static_cast<int>(fields[i] >> bit & 1))
                      << "bit " << bit << " of element " << i;
                }
            }
            ASSERT_EQ(payload, first) << "depends on threads or target";
            CheckDecompression(
                wanted,
                [&](float *dense) {
                  DecompressQsgd(payload.data(), count, levels, dense);
                },
                [&](float factor, float *dense) {
                  AddDecompressedQsgd(payload.data(), count, levels, factor,
                                      dense);
                });
          }
        });
      }
}

TEST(Qsgd, IsUnbiased) {
  const std::vector<float> gradient = {0.1f, -0.7f, 0.33f, 0, 2.5f, -1e-3f, 1};
  const size_t count = gradient.size();
  const uint32_t levels = 2;
  std::vector<double> mean(count);
  std::vector<float> dense(count);
  Bytes payload(QsgdBytes(count, levels));
  const int rounds = 40000;
  for (int round = 0; round < rounds; ++round) {
    const QsgdDraw draw = {1, static_cast<uint64_t>(round / 4),
                           static_cast<uint64_t>(round % 4)};
    ASSERT_TRUE(
        CompressQsgd(gradient.data(), count, levels, draw, payload.data())
            .ok());
    DecompressQsgd(payload.data(), count, levels, dense.data());
    for (size_t i = 0; i < count; ++i)
      mean[i] += dense[i] / static_cast<double>(rounds);
  }
  float norm;
  std::memcpy(&norm, payload.data(), 4);
  // A level is norm / 2; a mean of its roundings deviates by half at most.
  for (size_t i = 0; i < count; ++i)
    EXPECT_NEAR(mean[i], gradient[i], 5 * norm / 4 / std::sqrt(rounds)) << i;
}

TEST(Qsgd, DrawsDifferently) {
  const std::vector<float> gradient = MakeVector("normal", 1000, 1);
  std::vector<Bytes> payloads;
  for (const QsgdDraw &draw :
       {QsgdDraw{0, 0, 0}, QsgdDraw{1, 0, 0}, QsgdDraw{0, 1, 0},
        QsgdDraw{0, 0, 1}, QsgdDraw{0, 0, 0}}) {
    payloads.emplace_back(QsgdBytes(1000, 3));
    ASSERT_TRUE(
        CompressQsgd(gradient.data(), 1000, 3, draw, payloads.back().data())
            .ok());
  }
  for (size_t a = 0; a < 4; ++a)
    for (size_t b = 0; b < a; ++b)
      EXPECT_NE(payloads[a], payloads[b]) << a << " and " << b;
  EXPECT_EQ(payloads[0], payloads[4]);
}

TEST(Qsgd, RefusesWhatCannotBe) {
  const std::vector<float> gradient = {kLargest, kLargest};
  Bytes payload(100);
  EXPECT_EQ(CompressQsgd(gradient.data(), 2, 0, {}, payload.data()).message(),
            "QSGD needs from 1 to 65535 levels, not 0");
  EXPECT_EQ(
      CompressQsgd(gradient.data(), 2, 65536, {}, payload.data()).message(),
      "QSGD needs from 1 to 65535 levels, not 65536");
  EXPECT_EQ(CompressQsgd(gradient.data(), 2, 4, {}, payload.data()).message(),
            "the norm of the gradient is 4.81232e+38, more than a float holds: "
            "clipping may keep it in range");
  // One that is as large as a norm can be takes the highest level.
  ASSERT_TRUE(CompressQsgd(gradient.data(), 1, 4, {}, payload.data()).ok());
  float dense = 0;
  DecompressQsgd(payload.data(), 1, 4, &dense);
  EXPECT_EQ(dense, kLargest);
}

} // namespace
} // namespace tacit
