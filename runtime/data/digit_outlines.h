//===- digit_outlines.h - The strokes that digits are made of ---*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How each digit is written: strokes of a pen, in several hands.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_DATA_DIGIT_OUTLINES_H
#define TACIT_RUNTIME_DATA_DIGIT_OUTLINES_H

namespace tacit {

/// In a box of side 1: x to the right, y down.
struct Point {
  float x = 0;
  float y = 0;
};

inline constexpr int kMaxPoints = 13;
inline constexpr int kMaxStrokes = 3;
inline constexpr int kMaxOutlines = 4;

enum class StrokeKind {
  Straight, ///< Lines from point to point.
  Curved    ///< A Catmull-Rom curve through the points.
};

struct Stroke {
  StrokeKind kind = StrokeKind::Straight;
  int count = 0;
  Point points[kMaxPoints];
};

struct Outline {
  int count = 0;
  Stroke strokes[kMaxStrokes];
};

struct DigitOutlines {
  int count = 0;
  Outline outlines[kMaxOutlines];
};

/// The ways to write `digit`, 0 to 9.
const DigitOutlines &OutlinesOf(int digit);

} // namespace tacit

#endif // TACIT_RUNTIME_DATA_DIGIT_OUTLINES_H
