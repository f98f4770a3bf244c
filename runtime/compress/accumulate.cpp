//===- accumulate.cpp - Gradients added to what was not sent --------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Highway compiles what is between its guards once for each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/compress/accumulate.cpp"
#include "hwy/foreach_target.h" // IWYU pragma: keep

#include "runtime/compress/accumulate-inl.h"
#include "runtime/compress/accumulate.h"
#include "runtime/compress/pieces.h"

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <atomic>
#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace tacit {
namespace HWY_NAMESPACE {

// Writes acc into [begin, end) of the residual, if that changes it, and returns
// the index of the first element that is not finite, or `end`.
template <Source source>
static uint64_t AccumulateFrom(const Accumulation &a, uint64_t begin,
                               uint64_t end) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const size_t lanes = hn::Lanes(d);
  const auto finite = hn::Set(di, kLargestFinite);
  uint64_t first = end, i = begin;
  for (; i + lanes <= end; i += lanes) {
    const auto acc = LoadAcc<source>(d, a, i);
    if constexpr (WritesAcc(source))
      hn::StoreU(acc, d, a.residual + i);
    if (HWY_UNLIKELY(!hn::AllFalse(di, hn::Gt(Magnitude(d, acc), finite))) &&
        first == end)
      first = i;
  }
  const hn::CappedTag<float, 1> d1;
  for (; i < end; ++i) {
    const auto acc = LoadAcc<source>(d1, a, i);
    if constexpr (WritesAcc(source))
      hn::StoreU(acc, d1, a.residual + i);
    if (hn::GetLane(Magnitude(d1, acc)) > kLargestFinite && first == end)
      first = i;
  }
  // `first` began the vector with the element in it.
  const float *acc = source == Source::kGradient ? a.gradient : a.residual;
  while (first < end && std::isfinite(acc[first]))
    ++first;
  return first;
}

static uint64_t AccumulatePiece(const Accumulation &a, uint64_t begin,
                                uint64_t end) {
  return WithSource(a, [&](auto source) {
    return AccumulateFrom<decltype(source)::value>(a, begin, end);
  });
}

} // namespace HWY_NAMESPACE
} // namespace tacit
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tacit {

HWY_EXPORT(AccumulatePiece);

static constexpr char kNonFinite[] = "tacit.dev/non-finite-index";

absl::Status NonFiniteError(uint64_t index, float value) {
  absl::Status status = absl::InvalidArgumentError(
      absl::StrCat("element ", index, " of the accumulated gradient is ",
                   value != value ? "not a number" : "infinite",
                   ": nothing can be selected; a lower learning rate or "
                   "clipping may keep it finite"));
  const std::string text = absl::StrCat(index);
  status.SetPayload(kNonFinite, absl::Cord(absl::string_view(text)));
  return status;
}

std::optional<uint64_t> NonFiniteIndex(const absl::Status &status) {
  const auto payload = status.GetPayload(kNonFinite);
  uint64_t index = 0;
  if (!payload || !absl::SimpleAtoi(std::string(*payload), &index))
    return std::nullopt;
  return index;
}

uint64_t AccumulateRange(const Accumulation &accumulation, uint64_t begin,
                         uint64_t end) {
  return HWY_DYNAMIC_DISPATCH(AccumulatePiece)(accumulation, begin, end);
}

absl::Status Accumulate(const Accumulation &accumulation, const float **acc) {
  *acc = AccumulatedAt(accumulation);
  std::atomic<uint64_t> first = accumulation.elements;
  ParallelElements(
      accumulation.elements, 64, [&](uint64_t begin, uint64_t end) {
        const uint64_t found = AccumulateRange(accumulation, begin, end);
        if (found == end)
          return;
        LowerTo(first, found);
      });
  if (first < accumulation.elements)
    return NonFiniteError(first, (*acc)[first]);
  return absl::OkStatus();
}

uint64_t SelectedCount(double density, uint64_t elements) {
  const double wanted =
      std::ceil(density * static_cast<double>(elements) - 1e-6);
  if (!(wanted > 1))
    return std::min<uint64_t>(1, elements);
  if (wanted >= static_cast<double>(elements))
    return elements;
  return static_cast<uint64_t>(wanted);
}

} // namespace tacit
#endif // HWY_ONCE
