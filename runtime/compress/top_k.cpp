//===- top_k.cpp - The largest entries, exactly ---------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/compress/top_k.h"

#include "runtime/compress/cut.h"
#include "runtime/compress/pieces.h"
#include "runtime/support/random.h"

#include "absl/strings/str_cat.h"

#include <cmath>
#include <limits>

namespace tacit {

static constexpr uint64_t kNone = std::numeric_limits<uint64_t>::max();
static constexpr uint64_t kLine = 16;
/// Vectors shorter than that are not sampled: all begin as candidates.
static constexpr uint64_t kLeastSampled = 16384;
static constexpr uint64_t kLeastSample = 4096, kLargestSample = 65536;
/// Candidates have 32-bit offsets.
static constexpr uint64_t kLongestPiece = uint64_t{1} << 31;

static uint64_t PieceCount(uint64_t elements) {
  const uint64_t wanted = std::min<uint64_t>(elements / kLeastPiece,
                                             static_cast<uint64_t>(Threads()));
  return std::max(
      {wanted, (elements + kLongestPiece - 1) / kLongestPiece, uint64_t{1}});
}

static uint64_t SampleLines(uint64_t elements) {
  return std::clamp(elements / 64, kLeastSample, kLargestSample) / kLine;
}

void SelectionWorkspace::Reserve(uint64_t elements, uint64_t entries) {
  const uint64_t pieces = PieceCount(elements);
  const uint64_t longest = elements / pieces + 2 * kLine;
  // Cutting a full buffer to `entries` then empties half of it.
  const uint64_t capacity = std::min(longest, 2 * entries + 4096);
  while (pieces_.size() < pieces)
    pieces_.push_back(std::make_unique<Piece>());
  for (const std::unique_ptr<Piece> &piece : pieces_) {
    Candidates &candidates = piece->candidates;
    if (candidates.capacity >= capacity)
      continue;
    // Not initialised: pages that are never used are never there.
    const size_t room = capacity + Candidates::kSlack;
    piece->offsets.reset(new uint32_t[room]);
    piece->values.reset(new float[room]);
    candidates = {piece->offsets.get(), piece->values.get(), 0, capacity};
  }
  if (!sample_) {
    lines_.reset(new uint32_t[kLargestSample / kLine]);
    sample_.reset(new float[kLargestSample]);
  }
}

/// One selection.
class Selection {
public:
  Selection(const Accumulation &accumulation, uint64_t least, uint64_t most,
            SelectionWorkspace &workspace)
      : accumulation_(accumulation), least_(least), most_(most),
        workspace_(workspace), count_(PieceCount(accumulation.elements)) {
    workspace.Reserve(accumulation.elements, most);
    for (uint64_t p = 0; p <= count_; ++p) {
      const uint64_t lines = (accumulation.elements + kLine - 1) / kLine;
      const uint64_t line = static_cast<uint64_t>(
          static_cast<unsigned __int128>(lines) * p / count_);
      const uint64_t bound = std::min(line * kLine, accumulation.elements);
      if (p > 0)
        piece(p - 1).end = bound;
      if (p < count_)
        piece(p).begin = bound;
    }
  }

  template <typename Index>
  absl::Status Run(const SparseView<Index> &selected) {
    GuessLimit();
    SweepAll();
    if (first_bad_ == kNone && found_ < least_)
      SweepAgain();
    if (first_bad_ != kNone) {
      const float bad = ValueAt(first_bad_);
      PutBack();
      return NonFiniteError(first_bad_, bad);
    }
    histogram().Reset(limit_ + 1, shift_, true);
    for (uint64_t p = 0; p < count_; ++p)
      histogram().Add(piece(p).histogram);
    const Cut cut =
        FindCut(histogram(), least_, most_, [this](Histogram &counts) {
          for (uint64_t p = 0; p < count_; ++p)
            CountMagnitudes(piece(p).candidates.values,
                            piece(p).candidates.count, counts);
        });
    Write(cut, selected);
    return absl::OkStatus();
  }

private:
  using Piece = SelectionWorkspace::Piece;

  Piece &piece(uint64_t p) const { return *workspace_.pieces_[p]; }
  Histogram &histogram() const { return workspace_.histogram_; }

  /// Where the piece lies in the residual, null without one.
  float *residual(const Piece &piece) const {
    return accumulation_.residual ? accumulation_.residual + piece.begin
                                  : nullptr;
  }

  /// Sets limit_ and shift_ so that probably some more than least_ elements
  /// are above it.
  void GuessLimit() {
    const uint64_t elements = accumulation_.elements;
    if (elements < kLeastSampled)
      return;
    const uint64_t lines = SampleLines(elements), sampled = lines * kLine;
    // So many of the sample are expected among the largest. Gradients are less
    // random than the 4 deviations assume: hence a quarter more.
    const double rank = 1.25 * static_cast<double>(least_) *
                        static_cast<double>(sampled) /
                        static_cast<double>(elements);
    const double aim = std::ceil(rank + 4 * std::sqrt(rank));
    if (aim >= static_cast<double>(sampled))
      return;
    TakeSample(lines);
    const uint64_t least = static_cast<uint64_t>(aim);
    const Cut cut =
        FindCut(histogram(), least, least + least / 16, [&](Histogram &counts) {
          CountMagnitudes(workspace_.sample_.get(), sampled, counts);
        });
    // Those equal to it are candidates, and so is all that is not finite.
    limit_ = std::min(cut.ties > 0 ? cut.limit - 1 : cut.limit, kLargestFinite);
    const float *sample = workspace_.sample_.get();
    int32_t largest = limit_ + 1;
    for (uint64_t i = 0; i < sampled; ++i)
      largest = std::max(largest, MagnitudeBits(sample[i]));
    const uint32_t range = static_cast<uint32_t>(largest - limit_);
    shift_ = ShiftFor(range + range / 4);
  }

  /// Draws a line from each stratum, and counts all bits of what is there.
  void TakeSample(uint64_t lines) {
    uint32_t *const chosen = workspace_.lines_.get();
    const uint64_t all = accumulation_.elements / kLine;
    const auto stratum = [&](uint64_t i) {
      return static_cast<uint64_t>(static_cast<unsigned __int128>(all) * i /
                                   lines);
    };
    for (uint64_t i = 0; i < lines; ++i) {
      // Always the same place in a stratum might be one column of a matrix.
      const uint64_t begin = stratum(i), end = stratum(i + 1);
      chosen[i] = static_cast<uint32_t>(begin + Random::Mix(i) % (end - begin));
    }
    ParallelRanges(count_, [&](uint64_t first, uint64_t last) {
      for (uint64_t p = first; p < last; ++p) {
        const uint64_t begin = lines * p / count_,
                       end = lines * (p + 1) / count_;
        float *const sample = workspace_.sample_.get() + begin * kLine;
        GatherLines(accumulation_, chosen + begin, end - begin, sample);
        Histogram &counts = piece(p).histogram;
        counts.Reset(0, 31 - Histogram::kLogBins, false);
        CountMagnitudes(sample, (end - begin) * kLine, counts);
      }
    });
    histogram().Reset(0, 31 - Histogram::kLogBins, false);
    for (uint64_t p = 0; p < count_; ++p)
      histogram().Add(piece(p).histogram);
  }

  /// Finds the candidates of all pieces, and counts their magnitudes.
  void SweepAll() {
    ParallelRanges(count_, [this](uint64_t begin, uint64_t end) {
      for (uint64_t p = begin; p < end; ++p)
        SweepPiece(piece(p));
    });
    found_ = 0;
    first_bad_ = kNone;
    for (uint64_t p = 0; p < count_; ++p) {
      found_ += piece(p).candidates.count;
      first_bad_ = std::min(first_bad_, piece(p).first_bad);
    }
  }

  void SweepPiece(Piece &piece) {
    Candidates &candidates = piece.candidates;
    candidates.count = 0;
    piece.first_bad = kNone;
    int32_t limit = limit_;
    uint64_t position = piece.begin;
    for (;;) {
      position = Sweep(accumulation_, piece.begin, position, piece.end, limit,
                       candidates);
      NoteBad(piece);
      if (position == piece.end)
        break;
      limit = CutToMost(piece);
    }
    piece.histogram.Reset(limit_ + 1, shift_, true);
    CountMagnitudes(candidates.values, candidates.count, piece.histogram);
  }

  void NoteBad(Piece &piece) {
    const Candidates &candidates = piece.candidates;
    if (piece.first_bad != kNone)
      return;
    const size_t i = FirstNonFinite(candidates.values, candidates.count);
    if (i < candidates.count)
      piece.first_bad = piece.begin + candidates.offsets[i];
  }

  /// Makes room in a full buffer. What comes later and equals the least of
  /// those that are left has a higher index, and loses against all of them. One
  /// more than can be selected is left, so that a histogram in which something
  /// is missing always shows too many: what is made of it does not depend on
  /// how the vector was cut into pieces.
  int32_t CutToMost(Piece &piece) {
    Candidates &candidates = piece.candidates;
    const auto recount = [&](Histogram &counts) {
      CountMagnitudes(candidates.values, candidates.count, counts);
    };
    piece.histogram.Reset(0, 31 - Histogram::kLogBins, false);
    recount(piece.histogram);
    const Cut cut = FindCut(piece.histogram, most_ + 1, most_ + 1, recount);
    KeepAbove(candidates, cut.limit, cut.ties, residual(piece));
    int32_t least = kLargestFinite;
    for (size_t i = 0; i < candidates.count; ++i)
      least = std::min(least, MagnitudeBits(candidates.values[i]));
    return least;
  }

  /// The sample was misleading: takes the limit from a histogram of all.
  void SweepAgain() {
    PutBack();
    const float *acc = accumulation_.gradient;
    if (accumulation_.residual) {
      accumulation_.gradient = nullptr;
      acc = accumulation_.residual;
    }
    ParallelRanges(count_, [&](uint64_t begin, uint64_t end) {
      for (uint64_t p = begin; p < end; ++p) {
        Piece &part = piece(p);
        part.histogram.Reset(0, 31 - Histogram::kLogBins, false);
        CountMagnitudes(acc + part.begin, part.end - part.begin,
                        part.histogram);
      }
    });
    histogram().Reset(0, 31 - Histogram::kLogBins, false);
    for (uint64_t p = 0; p < count_; ++p)
      histogram().Add(piece(p).histogram);
    // No need to look closer: full buffers are cut.
    limit_ = FindCut(histogram(), least_, kNone, [](Histogram &) {}).limit;
    SweepAll();
  }

  /// Puts all candidates back.
  void PutBack() {
    for (uint64_t p = 0; p < count_; ++p)
      KeepAbove(piece(p).candidates, std::numeric_limits<int32_t>::max(), 0,
                residual(piece(p)));
  }

  /// The value of a candidate, by its index.
  float ValueAt(uint64_t index) const {
    for (uint64_t p = 0; p < count_; ++p) {
      const Candidates &candidates = piece(p).candidates;
      for (size_t i = 0; i < candidates.count; ++i)
        if (piece(p).begin + candidates.offsets[i] == index)
          return candidates.values[i];
    }
    return std::numeric_limits<float>::infinity();
  }

  template <typename Index>
  void Write(const Cut &cut, const SparseView<Index> &selected) {
    uint64_t ties = cut.ties;
    for (uint64_t p = 0; p < count_; ++p) {
      Piece &part = piece(p);
      uint64_t above = 0, equal = 0;
      CountAbove(part.candidates.values, part.candidates.count, cut.limit,
                 above, equal);
      part.ties = std::min(ties, equal);
      part.kept = above + part.ties;
      ties -= part.ties;
    }
    ParallelRanges(count_, [&](uint64_t begin, uint64_t end) {
      uint64_t at = 0;
      for (uint64_t p = 0; p < end; ++p) {
        const Piece &part = piece(p);
        if (p >= begin)
          WriteAbove(part.candidates, cut.limit, part.ties, residual(part),
                     part.begin, selected.indices + at, selected.values + at,
                     part.kept);
        at += part.kept;
      }
    });
    *selected.count = 0;
    for (uint64_t p = 0; p < count_; ++p)
      *selected.count += piece(p).kept;
  }

  Accumulation accumulation_;
  uint64_t least_, most_;
  SelectionWorkspace &workspace_;
  uint64_t count_; ///< Of pieces.
  int32_t limit_ = -1;
  int shift_ = 31 - Histogram::kLogBins;
  uint64_t found_ = 0;
  uint64_t first_bad_ = kNone;
};

template <typename Index>
absl::Status SelectLargest(const Accumulation &accumulation, uint64_t least,
                           uint64_t most, SelectionWorkspace &workspace,
                           const SparseView<Index> &selected) {
  const uint64_t elements = accumulation.elements;
  *selected.count = 0;
  if (elements == 0 && least == 0)
    return absl::OkStatus();
  if (least < 1 || least > elements)
    return absl::InvalidArgumentError(
        absl::StrCat("cannot select ", least, " of ", elements,
                     " elements: wanted from 1 to ", elements));
  most = std::min({most, elements, selected.capacity});
  if (most < least)
    return absl::InvalidArgumentError(absl::StrCat("there is room for ", most,
                                                   " entries, and ", least,
                                                   " are to be selected"));
  return Selection(accumulation, least, most, workspace).Run(selected);
}

template <typename Index>
absl::Status TopK(const Accumulation &accumulation, uint64_t entries,
                  SelectionWorkspace &workspace,
                  const SparseView<Index> &selected) {
  return SelectLargest(accumulation, entries, entries, workspace, selected);
}

template absl::Status SelectLargest(const Accumulation &, uint64_t, uint64_t,
                                    SelectionWorkspace &,
                                    const SparseView<uint32_t> &);
template absl::Status SelectLargest(const Accumulation &, uint64_t, uint64_t,
                                    SelectionWorkspace &,
                                    const SparseView<uint64_t> &);
template absl::Status TopK(const Accumulation &, uint64_t, SelectionWorkspace &,
                           const SparseView<uint32_t> &);
template absl::Status TopK(const Accumulation &, uint64_t, SelectionWorkspace &,
                           const SparseView<uint64_t> &);

} // namespace tacit
