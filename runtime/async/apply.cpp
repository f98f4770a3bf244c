//===- apply.cpp - Updates subtracted from parameters ---------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Highway compiles what is between its guards once for each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/async/apply.cpp"
#include "hwy/foreach_target.h" // IWYU pragma: keep

#include "runtime/async/apply.h"
#include "runtime/compress/norms.h"
#include "runtime/compress/pieces.h"

#include "hwy/highway.h"

#include <limits>

HWY_BEFORE_NAMESPACE();
namespace tacit {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// w[i] = term(w[i], u[i]); `u` may be w.
template <typename Term>
static HWY_INLINE void ForEach(float *w, const float *u, size_t count,
                               const Term &term) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    hn::StoreU(term(d, hn::LoadU(d, w + i), hn::LoadU(d, u + i)), d, w + i);
  const hn::CappedTag<float, 1> d1;
  for (; i < count; ++i)
    hn::StoreU(term(d1, hn::LoadU(d1, w + i), hn::LoadU(d1, u + i)), d1, w + i);
}

static void SubtractPiece(float *w, const float *u, float, size_t count) {
  ForEach(w, u, count,
          [](auto, auto a, auto b) HWY_ATTR { return hn::Sub(a, b); });
}

static void SubtractScaledPiece(float *w, const float *u, float factor,
                                size_t count) {
  ForEach(w, u, count, [factor](auto d, auto a, auto b) HWY_ATTR {
    return hn::Sub(a, hn::Mul(hn::Set(d, factor), b));
  });
}

static void SubtractMeanPiece(float *w, const float *sum, float rate,
                              float divisor, size_t count) {
  ForEach(w, sum, count, [=](auto d, auto a, auto b) HWY_ATTR {
    return hn::NegMulAdd(hn::Set(d, rate), hn::Div(b, hn::Set(d, divisor)), a);
  });
}

static void AddPiece(float *w, const float *u, float, size_t count) {
  ForEach(w, u, count,
          [](auto, auto a, auto b) HWY_ATTR { return hn::Add(a, b); });
}

static void ScalePiece(float *w, const float *u, float factor, size_t count) {
  ForEach(w, u, count, [factor](auto d, auto, auto b) HWY_ATTR {
    return hn::Mul(b, hn::Set(d, factor));
  });
}

static void DividePiece(float *w, const float *u, float divisor, size_t count) {
  ForEach(w, u, count, [divisor](auto d, auto, auto b) HWY_ATTR {
    return hn::Div(b, hn::Set(d, divisor));
  });
}

} // namespace HWY_NAMESPACE
} // namespace tacit
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tacit {

HWY_EXPORT(SubtractPiece);
HWY_EXPORT(SubtractScaledPiece);
HWY_EXPORT(SubtractMeanPiece);
HWY_EXPORT(AddPiece);
HWY_EXPORT(ScalePiece);
HWY_EXPORT(DividePiece);

/// In parallel where it pays: each element is computed by itself. Pieces begin
/// at lines of the cache, if the vector does.
template <typename Kernel>
static void Run(const Kernel &kernel, float *w, const float *u, float factor,
                size_t elements) {
  ParallelElements(elements, 64, [&](uint64_t begin, uint64_t end) {
    kernel(w + begin, u + begin, factor, end - begin);
  });
}

void SubtractFrom(float *w, const float *u, size_t elements) {
  Run(HWY_DYNAMIC_DISPATCH(SubtractPiece), w, u, 1, elements);
}

void SubtractScaled(float *w, float factor, const float *u, size_t elements) {
  Run(HWY_DYNAMIC_DISPATCH(SubtractScaledPiece), w, u, factor, elements);
}

void SubtractMean(float *w, float rate, const float *sum, float divisor,
                  size_t elements) {
  const auto kernel = HWY_DYNAMIC_DISPATCH(SubtractMeanPiece);
  ParallelElements(elements, 64, [&](uint64_t begin, uint64_t end) {
    kernel(w + begin, sum + begin, rate, divisor, end - begin);
  });
}

void AddTo(float *w, const float *u, size_t elements) {
  Run(HWY_DYNAMIC_DISPATCH(AddPiece), w, u, 1, elements);
}

void Scale(float *w, float factor, size_t elements) {
  Run(HWY_DYNAMIC_DISPATCH(ScalePiece), w, w, factor, elements);
}

void Divide(float *w, float divisor, size_t elements) {
  Run(HWY_DYNAMIC_DISPATCH(DividePiece), w, w, divisor, elements);
}

double SumOfSquares(const float *u, size_t elements) {
  double sum = 0;
  if (!AccumulateSquares({.gradient = u, .elements = elements}, &sum).ok())
    return std::numeric_limits<double>::quiet_NaN();
  return sum;
}

} // namespace tacit
#endif // HWY_ONCE
