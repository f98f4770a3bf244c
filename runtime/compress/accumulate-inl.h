//===- accumulate-inl.h - acc in vectors ------------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How kernels load what Accumulation describes. Included once for each of
/// Highway's targets.
///
//===----------------------------------------------------------------------===//

#include "runtime/compress/accumulate.h"
#include "runtime/compress/magnitude.h"

#include "hwy/highway.h"

#if defined(TACIT_COMPRESS_ACCUMULATE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TACIT_COMPRESS_ACCUMULATE_INL_H
#undef TACIT_COMPRESS_ACCUMULATE_INL_H
#else
#define TACIT_COMPRESS_ACCUMULATE_INL_H
#endif

HWY_BEFORE_NAMESPACE();
namespace tacit {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Which operands an accumulation has.
enum class Source { kSum, kScaledSum, kResidual, kGradient };

/// Whether acc differs from what the residual holds, and has to be written.
constexpr bool WritesAcc(Source source) {
  return source == Source::kSum || source == Source::kScaledSum;
}

template <Source source> struct SourceConstant {
  static constexpr Source value = source;
};

/// Calls `function` with the accumulation's source as a SourceConstant.
template <typename Function>
auto WithSource(const Accumulation &a, const Function &function) {
  if (!a.residual)
    return function(SourceConstant<Source::kGradient>());
  if (!a.gradient)
    return function(SourceConstant<Source::kResidual>());
  if (a.ratio == 1)
    return function(SourceConstant<Source::kSum>());
  return function(SourceConstant<Source::kScaledSum>());
}

/// Elements i, i + 1, ... of acc. A fused product and sum would round
/// differently on some targets.
template <Source source, class D>
HWY_INLINE hn::VFromD<D> LoadAcc(D d, const Accumulation &a, uint64_t i) {
  if constexpr (source == Source::kSum) {
    return hn::Add(hn::LoadU(d, a.residual + i), hn::LoadU(d, a.gradient + i));
  } else if constexpr (source == Source::kScaledSum) {
    return hn::Add(hn::Mul(hn::LoadU(d, a.residual + i), hn::Set(d, a.ratio)),
                   hn::LoadU(d, a.gradient + i));
  } else if constexpr (source == Source::kResidual) {
    return hn::LoadU(d, a.residual + i);
  } else {
    return hn::LoadU(d, a.gradient + i);
  }
}

/// MagnitudeBits of each lane. As signed integers, which every target compares.
template <class D>
HWY_INLINE hn::VFromD<hn::RebindToSigned<D>> Magnitude(D d, hn::VFromD<D> acc) {
  const hn::RebindToSigned<D> di;
  return hn::And(hn::BitCast(di, acc), hn::Set(di, 0x7FFFFFFF));
}

} // namespace HWY_NAMESPACE
} // namespace tacit
HWY_AFTER_NAMESPACE();

#endif // per target
