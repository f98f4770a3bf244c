//===- candidates.cpp - Entries that may be selected ----------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Highway compiles what is between its guards once for each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/compress/candidates.cpp"
#include "hwy/foreach_target.h" // IWYU pragma: keep

#include "runtime/compress/accumulate-inl.h"
#include "runtime/compress/candidates.h"

#include <algorithm>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace tacit {
namespace HWY_NAMESPACE {

// Lanes of `a` where `mask` is true, moved to the front; then whatever.
// Stored whole: storing under a mask is many times slower on some processors.
template <class D, class V, class M>
static HWY_INLINE void Append(D d, V a, M mask, hn::TFromD<D> *to) {
  hn::StoreU(hn::Compress(a, mask), d, to);
}

// One vector of the sweep: acc without the candidates among it, which are
// appended with their offsets.
template <class D, class M>
static HWY_INLINE hn::VFromD<D>
TakeCandidates(D d, hn::VFromD<D> acc, M above,
               hn::VFromD<hn::RebindToUnsigned<D>> offsets,
               Candidates &candidates) {
  const hn::RebindToUnsigned<D> du;
  const auto mask = hn::RebindMask(d, above);
  Append(du, offsets, hn::RebindMask(du, above),
         candidates.offsets + candidates.count);
  Append(d, acc, mask, candidates.values + candidates.count);
  candidates.count += hn::CountTrue(d, mask);
  return hn::IfThenZeroElse(mask, acc);
}

// Vectors go four at a time, so that one branch serves for all. Where no
// candidate is among them, and acc is what the residual holds, nothing is
// written.
template <Source source, int kVectors, class D>
static uint64_t SweepVectors(D d, const Accumulation &a, uint64_t begin,
                             uint64_t i, uint64_t end, int32_t limit,
                             Candidates &candidates) {
  const hn::RebindToSigned<D> di;
  const size_t lanes = hn::Lanes(d);
  const hn::RebindToUnsigned<D> du;
  const auto limits = hn::Set(di, limit);
  // Loaded once: Highway's Iota is a call.
  const auto iota = hn::Iota(du, 0);
  Candidates found = candidates; // Its members stay in registers.
  for (; i + kVectors * lanes <= end &&
         found.count + kVectors * lanes <= found.capacity;
       i += kVectors * lanes) {
    const auto step = [&](auto... vectors) HWY_ATTR {
      auto largest = hn::Zero(di);
      ((largest = hn::Max(largest, Magnitude(d, vectors))), ...);
      if (HWY_UNLIKELY(!hn::AllFalse(di, hn::Gt(largest, limits)))) {
        auto offsets =
            hn::Add(iota, hn::Set(du, static_cast<uint32_t>(i - begin)));
        ((vectors =
              TakeCandidates(d, vectors, hn::Gt(Magnitude(d, vectors), limits),
                             offsets, found),
          offsets = hn::Add(offsets, hn::Set(du, uint32_t(lanes)))),
         ...);
      } else if (!WritesAcc(source)) {
        return;
      }
      if constexpr (source != Source::kGradient) {
        float *to = a.residual + i;
        ((hn::StoreU(vectors, d, to), to += lanes), ...);
      }
    };
    if constexpr (kVectors == 4)
      step(LoadAcc<source>(d, a, i), LoadAcc<source>(d, a, i + lanes),
           LoadAcc<source>(d, a, i + 2 * lanes),
           LoadAcc<source>(d, a, i + 3 * lanes));
    else
      step(LoadAcc<source>(d, a, i));
  }
  candidates.count = found.count;
  return i;
}

static uint64_t SweepPiece(const Accumulation &a, uint64_t begin,
                           uint64_t position, uint64_t end, int32_t limit,
                           Candidates &candidates) {
  return WithSource(a, [&](auto constant) HWY_ATTR {
    constexpr Source source = decltype(constant)::value;
    const uint64_t i = SweepVectors<source, 4>(
        hn::ScalableTag<float>(), a, begin, position, end, limit, candidates);
    return SweepVectors<source, 1>(hn::CappedTag<float, 1>(), a, begin, i, end,
                                   limit, candidates);
  });
}

static void GatherSample(const Accumulation &a, const uint32_t *lines,
                         size_t count, float *sample) {
  const hn::CappedTag<float, 16> d;
  WithSource(a, [&](auto constant) HWY_ATTR {
    for (size_t line = 0; line < count; ++line)
      for (size_t i = 0; i < 16; i += hn::Lanes(d))
        hn::StoreU(LoadAcc<decltype(constant)::value>(
                       d, a, uint64_t{lines[line]} * 16 + i),
                   d, sample + line * 16 + i);
  });
}

static void CountInBins(const float *values, uint64_t count, Histogram &h) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::RebindToUnsigned<decltype(d)> du;
  const size_t lanes = hn::Lanes(d);
  const auto low = hn::Set(di, h.low);
  const auto none = hn::Set(du, Histogram::kBins);
  // Of an open histogram, all that is too large goes into the last bin.
  const auto most =
      hn::Set(du, h.open ? Histogram::kBins - 1 : Histogram::kBins);
  HWY_ALIGN uint32_t bins[HWY_MAX_BYTES / sizeof(uint32_t)];
  uint64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto m = Magnitude(d, hn::LoadU(d, values + i));
    const auto bin = hn::Min(
        hn::ShiftRightSame(hn::BitCast(du, hn::Sub(m, low)), h.shift), most);
    const auto below = hn::RebindMask(du, hn::Lt(m, low));
    const auto counted = hn::IfThenElse(below, none, bin);
    if (hn::AllTrue(du, hn::Eq(counted, none)))
      continue;
    hn::Store(counted, du, bins);
    for (size_t lane = 0; lane < lanes; ++lane)
      ++h.bins[bins[lane]];
  }
  for (; i < count; ++i) {
    const int32_t m = MagnitudeBits(values[i]);
    const uint32_t bin = static_cast<uint32_t>(m - h.low) >> h.shift;
    ++h.bins[m < h.low ? Histogram::kBins
                       : std::min(bin, h.open ? Histogram::kBins - 1
                                              : Histogram::kBins)];
  }
}

static void CountGreater(const float *values, size_t count, int32_t magnitude,
                         uint64_t &greater, uint64_t &equal) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const size_t lanes = hn::Lanes(d);
  const auto limit = hn::Set(di, magnitude);
  greater = equal = 0;
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto m = Magnitude(d, hn::LoadU(d, values + i));
    greater += hn::CountTrue(di, hn::Gt(m, limit));
    equal += hn::CountTrue(di, hn::Eq(m, limit));
  }
  for (; i < count; ++i) {
    greater += MagnitudeBits(values[i]) > magnitude;
    equal += MagnitudeBits(values[i]) == magnitude;
  }
}

static size_t FindNonFinite(const float *values, size_t count) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const size_t lanes = hn::Lanes(d);
  const auto finite = hn::Set(di, kLargestFinite);
  size_t i = 0;
  while (
      i + lanes <= count &&
      hn::AllFalse(di, hn::Gt(Magnitude(d, hn::LoadU(d, values + i)), finite)))
    i += lanes;
  while (i < count && MagnitudeBits(values[i]) <= kLargestFinite)
    ++i;
  return i;
}

// The first `ties` true lanes; takes as many from `ties` as there are.
template <class D, class M> static M FirstTrue(D d, M mask, uint64_t &ties) {
  const uint64_t count = hn::CountTrue(d, mask);
  if (count <= ties) {
    ties -= count;
    return mask;
  }
  HWY_ALIGN int32_t lanes[HWY_MAX_BYTES / sizeof(int32_t)];
  hn::Store(hn::VecFromMask(d, mask), d, lanes);
  for (size_t lane = 0; lane < hn::Lanes(d); ++lane)
    if (lanes[lane] != 0 && ties > 0)
      --ties;
    else
      lanes[lane] = 0;
  return hn::MaskFromVec(hn::Load(d, lanes));
}

// Calls `keep(offsets, values, mask, number)` for each vector of candidates,
// and puts the others back.
template <typename Keep>
static void Split(const Candidates &candidates, int32_t limit, uint64_t ties,
                  float *residual, const Keep &keep) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::RebindToUnsigned<decltype(d)> du;
  const size_t lanes = hn::Lanes(d);
  const auto limits = hn::Set(di, limit);
  HWY_ALIGN uint32_t offsets[HWY_MAX_BYTES / sizeof(uint32_t)];
  HWY_ALIGN float values[HWY_MAX_BYTES / sizeof(float)];
  for (size_t i = 0; i < candidates.count; i += lanes) {
    // The slack makes it safe to read beyond the end.
    const auto there = hn::FirstN(di, candidates.count - i);
    const auto value = hn::LoadU(d, candidates.values + i);
    const auto offset = hn::LoadU(du, candidates.offsets + i);
    const auto m = Magnitude(d, value);
    auto above = hn::And(there, hn::Gt(m, limits));
    const auto equal = hn::And(there, hn::Eq(m, limits));
    if (HWY_UNLIKELY(!hn::AllFalse(di, equal)))
      above = hn::Or(above, FirstTrue(di, equal, ties));
    keep(offset, value, above, hn::CountTrue(di, above));
    if (!residual)
      continue;
    const auto others = hn::AndNot(above, there);
    Append(du, offset, hn::RebindMask(du, others), offsets);
    Append(d, value, hn::RebindMask(d, others), values);
    const size_t count = hn::CountTrue(di, others);
    for (size_t lane = 0; lane < count; ++lane)
      residual[offsets[lane]] = values[lane];
  }
}

static void KeepInPlace(Candidates &candidates, int32_t limit, uint64_t ties,
                        float *residual) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  size_t kept = 0; // Never ahead of what is read.
  Split(candidates, limit, ties, residual,
        [&](auto offset, auto value, auto mask, size_t count) HWY_ATTR {
          Append(du, offset, hn::RebindMask(du, mask),
                 candidates.offsets + kept);
          Append(d, value, hn::RebindMask(d, mask), candidates.values + kept);
          kept += count;
        });
  candidates.count = kept;
}

template <typename Index>
static void Write(const Candidates &candidates, int32_t limit, uint64_t ties,
                  float *residual, uint64_t base, Index *indices, float *values,
                  uint64_t kept) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const size_t lanes = hn::Lanes(d);
  HWY_ALIGN uint32_t offsets[HWY_MAX_BYTES / sizeof(uint32_t)];
  HWY_ALIGN float last[HWY_MAX_BYTES / sizeof(float)];
  uint64_t written = 0;
  Split(candidates, limit, ties, residual,
        [&](auto offset, auto value, auto mask, size_t count) HWY_ATTR {
          const bool whole = written + lanes <= kept;
          Append(d, value, hn::RebindMask(d, mask),
                 whole ? values + written : last);
          if (!whole)
            std::memcpy(values + written, last, count * sizeof(float));
          if constexpr (sizeof(Index) == sizeof(uint32_t)) {
            const auto index =
                hn::Add(offset, hn::Set(du, static_cast<uint32_t>(base)));
            Append(du, index, hn::RebindMask(du, mask),
                   whole ? indices + written : offsets);
            if (!whole)
              std::memcpy(indices + written, offsets, count * sizeof(Index));
          } else {
            Append(du, offset, hn::RebindMask(du, mask), offsets);
            for (size_t lane = 0; lane < count; ++lane)
              indices[written + lane] = base + offsets[lane];
          }
          written += count;
        });
}

static void WriteNarrow(const Candidates &candidates, int32_t limit,
                        uint64_t ties, float *residual, uint64_t base,
                        uint32_t *indices, float *values, uint64_t kept) {
  Write(candidates, limit, ties, residual, base, indices, values, kept);
}

static void WriteWide(const Candidates &candidates, int32_t limit,
                      uint64_t ties, float *residual, uint64_t base,
                      uint64_t *indices, float *values, uint64_t kept) {
  Write(candidates, limit, ties, residual, base, indices, values, kept);
}

} // namespace HWY_NAMESPACE
} // namespace tacit
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tacit {

HWY_EXPORT(SweepPiece);
HWY_EXPORT(GatherSample);
HWY_EXPORT(CountInBins);
HWY_EXPORT(CountGreater);
HWY_EXPORT(FindNonFinite);
HWY_EXPORT(KeepInPlace);
HWY_EXPORT(WriteNarrow);
HWY_EXPORT(WriteWide);

void Histogram::Reset(int32_t new_low, int new_shift, bool is_open) {
  low = new_low;
  shift = new_shift;
  open = is_open;
  std::fill_n(bins, kBins + 1, uint64_t{0});
}

void Histogram::Add(const Histogram &other) {
  for (uint32_t bin = 0; bin < kBins; ++bin)
    bins[bin] += other.bins[bin];
}

uint64_t Sweep(const Accumulation &accumulation, uint64_t begin,
               uint64_t position, uint64_t end, int32_t limit,
               Candidates &candidates) {
  return HWY_DYNAMIC_DISPATCH(SweepPiece)(accumulation, begin, position, end,
                                          limit, candidates);
}

void GatherLines(const Accumulation &accumulation, const uint32_t *lines,
                 size_t count, float *sample) {
  HWY_DYNAMIC_DISPATCH(GatherSample)(accumulation, lines, count, sample);
}

void CountMagnitudes(const float *values, uint64_t count,
                     Histogram &histogram) {
  HWY_DYNAMIC_DISPATCH(CountInBins)(values, count, histogram);
}

void CountAbove(const float *values, size_t count, int32_t magnitude,
                uint64_t &greater, uint64_t &equal) {
  HWY_DYNAMIC_DISPATCH(CountGreater)(values, count, magnitude, greater, equal);
}

size_t FirstNonFinite(const float *values, size_t count) {
  return HWY_DYNAMIC_DISPATCH(FindNonFinite)(values, count);
}

void KeepAbove(Candidates &candidates, int32_t limit, uint64_t ties,
               float *residual) {
  HWY_DYNAMIC_DISPATCH(KeepInPlace)(candidates, limit, ties, residual);
}

template <>
void WriteAbove(const Candidates &candidates, int32_t limit, uint64_t ties,
                float *residual, uint64_t base, uint32_t *indices,
                float *values, uint64_t kept) {
  HWY_DYNAMIC_DISPATCH(WriteNarrow)
  (candidates, limit, ties, residual, base, indices, values, kept);
}

template <>
void WriteAbove(const Candidates &candidates, int32_t limit, uint64_t ties,
                float *residual, uint64_t base, uint64_t *indices,
                float *values, uint64_t kept) {
  HWY_DYNAMIC_DISPATCH(WriteWide)
  (candidates, limit, ties, residual, base, indices, values, kept);
}

} // namespace tacit
#endif // HWY_ONCE
