//===- random.h - Numbers from a seed, a stream and an index ----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Random numbers that are a pure function of (seed, stream, index): no state,
/// hence the same whatever the order, the thread or the machine.
///
/// With mix the finalizer of splitmix64 (Steele, Lea and Flood, "Fast
/// splittable pseudorandom number generators", OOPSLA 2014) and
/// G = 0x9E3779B97F4A7C15, all modulo 2^64:
///
///     base    = mix(seed + G (stream + 1))
///     word(n) = mix(base + G (n + 1)),  n = 0, 1, ...
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_SUPPORT_RANDOM_H
#define TACIT_RUNTIME_SUPPORT_RANDOM_H

#include <bit>
#include <cmath>
#include <cstdint>

namespace tacit {

/// Streams of one seed, by purpose: the first of each range of 2^32. Two
/// purposes never share a stream, so what one draws does not move the other.
enum RandomStreams : uint64_t {
  kExchangeStreams = uint64_t{0} << 32,   ///< + number of the exchange.
  kVariableStreams = uint64_t{1} << 32,   ///< + variable: compressor state.
  kInitialStreams = uint64_t{2} << 32,    ///< + variable: initial values.
  kEpochStreams = uint64_t{3} << 32,      ///< + epoch: order of the rows.
  kSyntheticStreams = uint64_t{4} << 32,  ///< + data argument.
  kDigitStreams = uint64_t{5} << 32,      ///< + row of the digits.
  kLabelStreams = uint64_t{6} << 32,      ///< + ten rows of the digits.
  kSimulationStreams = uint64_t{7} << 32, ///< + rank: the network model.
  kRoundingStreams = uint64_t{8} << 32,   ///< + rank: QSGD.
  kDealStreams = uint64_t{9} << 32,       ///< + 0, or by class: whose rows.
  kRankStreams = uint64_t{10} << 32,      ///< + rank: word 0 seeds its own.
  kMessageStreams = uint64_t{11} << 32,   ///< + channel: the network model.
};

class Random {
public:
  Random(uint64_t seed, uint64_t stream)
      : base_(Mix(seed + kGolden * (stream + 1))) {}

  /// 64 uniform bits.
  uint64_t Word(uint64_t n) const { return Mix(base_ + kGolden * (n + 1)); }

  /// Uniform in [0, 1): the high 53 bits of word n, times 2^-53.
  double Double(uint64_t n) const {
    return static_cast<double>(Word(n) >> 11) * 0x1p-53;
  }

  /// Uniform in [0, bound), 0 for bound 0: the high 64 bits of the 128-bit
  /// product of word n and bound.
  uint64_t Below(uint64_t n, uint64_t bound) const {
    return static_cast<uint64_t>(
        (static_cast<unsigned __int128>(Word(n)) * bound) >> 64);
  }

  /// Standard normal, by Box and Muller from words 2n and 2n + 1: with
  /// u = 1 - Double(2n) in (0, 1] and v = Double(2n + 1),
  /// sqrt(-2 ln u) cos(2 pi v). Correct to some 1e-15 and, being computed from
  /// correctly rounded operations alone, the same to the last bit wherever
  /// those are IEEE 754; libm's logarithm and cosine are not.
  double Normal(uint64_t n) const;

  /// The finalizer of splitmix64.
  static uint64_t Mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
  }

private:
  static constexpr uint64_t kGolden = 0x9E3779B97F4A7C15u;
  uint64_t base_;
};

/// Natural logarithm of a positive, normal x, from + - * / alone.
inline double PortableLog(double x) {
#pragma STDC FP_CONTRACT OFF // A fused multiply-add would round differently.
  // x = m 2^e with m in [sqrt(1/2), sqrt(2)): bits are moved, nothing rounds.
  const uint64_t bits = std::bit_cast<uint64_t>(x);
  const uint64_t low = 0x3FE6A09E667F3BCDu; // sqrt(1/2), rounded up
  const int64_t e = static_cast<int64_t>(bits - low) >> 52;
  const double m =
      std::bit_cast<double>(bits - (static_cast<uint64_t>(e) << 52));
  // ln m = 2 artanh s = 2 (s + s^3/3 + s^5/5 + ...), |s| <= 0.172.
  const double s = (m - 1) / (m + 1), q = s * s;
  double sum = 1.0 / 25;
  for (int k = 23; k >= 1; k -= 2)
    sum = sum * q + 1.0 / k;
  return 2 * s * sum + static_cast<double>(e) * 0.693147180559945309417232;
}

/// cos(2 pi v) and sin(2 pi v) for v in [0, 1), from + - * alone.
inline void PortableCosSin2Pi(double v, double &cosine, double &sine) {
#pragma STDC FP_CONTRACT OFF
  // The nearest quarter turn is split off exactly; |a| <= pi/4 is left.
  const int quarter = static_cast<int>(v * 4 + 0.5);
  const double a = (v - quarter * 0.25) * 6.283185307179586476925287;
  const double q = a * a;
  double c = 1, s = 1;
  for (int k = 9; k >= 1; --k) { // Taylor, innermost term first
    c = 1 - c * q * (1.0 / ((2 * k) * (2 * k - 1)));
    s = 1 - s * q * (1.0 / ((2 * k) * (2 * k + 1)));
  }
  s *= a;
  switch (quarter & 3) {
  case 0:
    cosine = c, sine = s;
    return;
  case 1:
    cosine = -s, sine = c;
    return;
  case 2:
    cosine = -c, sine = -s;
    return;
  default:
    cosine = s, sine = -c;
    return;
  }
}

inline double Random::Normal(uint64_t n) const {
#pragma STDC FP_CONTRACT OFF
  double cosine, sine;
  PortableCosSin2Pi(Double(2 * n + 1), cosine, sine);
  return std::sqrt(-2 * PortableLog(1 - Double(2 * n))) * cosine;
}

} // namespace tacit

#endif // TACIT_RUNTIME_SUPPORT_RANDOM_H
