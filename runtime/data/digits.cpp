//===- digits.cpp - Generated images of the ten digits --------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/digits.h"

#include "runtime/data/digit_outlines.h"
#include "runtime/support/random.h"

#include <algorithm>
#include <cmath>
#include <utility>

// A fused multiply-add rounds differently: pixels would depend on the machine.
#pragma STDC FP_CONTRACT OFF

namespace tacit {

// How much a row may differ from its outline. Tuned so that a linear model
// stays behind a perceptron, and a perceptron behind a convolutional network:
// about 84, 95 and 98 % of test rows after five epochs of 8000 rows.
static constexpr float kPointShift = 0.035f; ///< Of an outline's points.
static constexpr float kFieldShift = 0.075f; ///< Of the bending field's nodes.
static constexpr float kLeastScale = 17.f;   ///< Pixels of the box's side.
static constexpr float kMostScale = 22.f;
static constexpr float kNarrowest = 0.75f; ///< Width of the box over height.
static constexpr float kWidest = 1.15f;
static constexpr float kSlant = 0.3f;    ///< Of the vertical.
static constexpr float kTurn = 0.055f;   ///< Of a full turn: 20 degrees.
static constexpr float kMove = 1.8f;     ///< Pixels.
static constexpr float kThinnest = 0.7f; ///< Radius of the pen, pixels.
static constexpr float kThickest = 1.7f;
static constexpr float kLightest = 0.6f; ///< Ink, of 1.
static constexpr float kMostNoise = 0.2f;
static constexpr int kMostBlots = 2;

/// Pieces that one span of a curve becomes.
static constexpr int kPieces = 4;
static constexpr int kMaxSegments = kMaxStrokes * kMaxPoints * kPieces;

/// Nodes of the bending field, along a side of the box.
static constexpr int kNodes = 4;

namespace {

/// Random numbers in the order that they are asked for.
class Draws {
public:
  Draws(uint64_t seed, uint64_t stream) : random_(seed, stream) {}

  uint64_t Word() { return random_.Word(next_++); }
  int Below(int bound) {
    return static_cast<int>(
        random_.Below(next_++, static_cast<uint64_t>(bound)));
  }
  /// Uniform in [low, high).
  float Between(float low, float high) {
    const float unit = static_cast<float>(Word() >> 40) * 0x1p-24f;
    return low + (high - low) * unit;
  }
  Point Within(float shift) {
    const float x = Between(-shift, shift);
    return {x, Between(-shift, shift)};
  }

private:
  Random random_;
  uint64_t next_ = 0;
};

/// A straight piece of a stroke.
struct Segment {
  Point from;
  Point to;
  float radius; ///< Of the pen, pixels.
};

struct Drawing {
  int count = 0;
  Segment segments[kMaxSegments];
};

/// The ink of an image: pixel (x, y) covers [x, x + 1) x [y, y + 1).
struct Canvas {
  float ink[kDigitSize][kDigitSize];
};

/// From the outline's box to pixels: a smooth field of displacements, then a
/// linear map.
class Distortion {
public:
  explicit Distortion(Draws &draws) {
    for (auto &row : nodes_)
      for (Point &node : row)
        node = draws.Within(kFieldShift);
    const float height = draws.Between(kLeastScale, kMostScale);
    const float width = height * draws.Between(kNarrowest, kWidest);
    const float slant = draws.Between(-kSlant, kSlant);
    double cosine, sine;
    const float turn = draws.Between(-kTurn, kTurn);
    PortableCosSin2Pi(turn < 0 ? turn + 1.0 : turn, cosine, sine);
    const float c = static_cast<float>(cosine), s = static_cast<float>(sine);
    xx_ = c * width;
    xy_ = (c * -slant - s) * height;
    yx_ = s * width;
    yy_ = (s * -slant + c) * height;
    center_ = draws.Within(kMove);
    center_.x += 0.5f * kDigitSize;
    center_.y += 0.5f * kDigitSize;
  }

  Point operator()(Point p) const {
    const Point bend = Field(p);
    const float x = p.x + bend.x - 0.5f, y = p.y + bend.y - 0.5f;
    return {center_.x + xx_ * x + xy_ * y, center_.y + yx_ * x + yy_ * y};
  }

private:
  /// Between the four nodes around `p`, with weights of continuous slope.
  Point Field(Point p) const {
    const auto cell = [](float at, float &weight) {
      const float scaled =
          std::min(std::max(at, 0.0f), 1.0f) * static_cast<float>(kNodes - 1);
      const int low = std::min(static_cast<int>(scaled), kNodes - 2);
      const float t = scaled - static_cast<float>(low);
      weight = t * t * (3 - 2 * t);
      return low;
    };
    float u, v;
    const int i = cell(p.y, v), j = cell(p.x, u);
    const auto mix = [](Point a, Point b, float w) {
      return Point{a.x + (b.x - a.x) * w, a.y + (b.y - a.y) * w};
    };
    return mix(mix(nodes_[i][j], nodes_[i][j + 1], u),
               mix(nodes_[i + 1][j], nodes_[i + 1][j + 1], u), v);
  }

  Point nodes_[kNodes][kNodes];
  float xx_, xy_, yx_, yy_;
  Point center_;
};

} // namespace

/// The point at `t` in [0, 1] between `b` and `c` of the Catmull-Rom curve
/// through a, b, c, d.
static Point CatmullRom(Point a, Point b, Point c, Point d, float t) {
  const auto at = [t](float a, float b, float c, float d) {
    const float linear = c - a;
    const float square = 2 * a - 5 * b + 4 * c - d;
    const float cube = 3 * (b - c) + d - a;
    return 0.5f * (2 * b + t * (linear + t * (square + t * cube)));
  };
  return {at(a.x, b.x, c.x, d.x), at(a.y, b.y, c.y, d.y)};
}

/// Appends `stroke`, its points moved, distorted and cut into pieces.
static void Trace(const Stroke &stroke, const Distortion &distort,
                  float pen_radius, Draws &draws, Drawing &drawing) {
  Point points[kMaxPoints];
  for (int i = 0; i < stroke.count; ++i) {
    const Point shift = draws.Within(kPointShift);
    points[i] = {stroke.points[i].x + shift.x, stroke.points[i].y + shift.y};
  }
  const float radius_from = pen_radius * draws.Between(0.85f, 1.15f);
  const float radius_to = pen_radius * draws.Between(0.85f, 1.15f);
  const int spans = stroke.count - 1;
  Point last = distort(points[0]);
  for (int i = 0; i < spans; ++i) {
    const Point b = points[i], c = points[i + 1];
    const Point a = i > 0 ? points[i - 1] : b;
    const Point d = i + 1 < spans ? points[i + 2] : c;
    for (int j = 1; j <= kPieces; ++j) {
      const float t = static_cast<float>(j) / kPieces;
      const Point p = stroke.kind == StrokeKind::Curved
                          ? CatmullRom(a, b, c, d, t)
                          : Point{b.x + (c.x - b.x) * t, b.y + (c.y - b.y) * t};
      const Point next = distort(p);
      const float along = static_cast<float>(i * kPieces + j) /
                          static_cast<float>(spans * kPieces);
      drawing.segments[drawing.count++] = {
          last, next, radius_from + (radius_to - radius_from) * along};
      last = next;
    }
  }
}

/// How far each pixel's centre lies outside the nearest piece's edge, or
/// `far` where that is more.
static void Distances(const Drawing &drawing, float far, Canvas &canvas) {
  std::fill_n(&canvas.ink[0][0], kDigitPixels, far);
  const auto clamp = [](float v) {
    return static_cast<int>(
        std::min(std::max(v, 0.0f), static_cast<float>(kDigitSize)));
  };
  for (int k = 0; k < drawing.count; ++k) {
    const Segment &s = drawing.segments[k];
    const float reach = s.radius + far + 0.5f;
    const int x0 = clamp(std::min(s.from.x, s.to.x) - reach);
    const int x1 = clamp(std::max(s.from.x, s.to.x) + reach + 1);
    const int y0 = clamp(std::min(s.from.y, s.to.y) - reach);
    const int y1 = clamp(std::max(s.from.y, s.to.y) + reach + 1);
    const float dx = s.to.x - s.from.x, dy = s.to.y - s.from.y;
    const float length2 = dx * dx + dy * dy;
    const float inverse = length2 > 1e-12f ? 1 / length2 : 0;
    for (int y = y0; y < y1; ++y) {
      const float py = static_cast<float>(y) + 0.5f - s.from.y;
      float *row = canvas.ink[y];
      for (int x = x0; x < x1; ++x) {
        const float px = static_cast<float>(x) + 0.5f - s.from.x;
        float t = (px * dx + py * dy) * inverse;
        t = t < 0 ? 0 : t;
        t = t > 1 ? 1 : t;
        const float ex = px - t * dx, ey = py - t * dy;
        const float distance = std::sqrt(ex * ex + ey * ey) - s.radius;
        row[x] = distance < row[x] ? distance : row[x];
      }
    }
  }
}

/// Short strokes that belong to no digit.
static void AddBlots(Draws &draws, Drawing &drawing) {
  const int blots = draws.Below(kMostBlots + 1);
  for (int i = 0; i < blots && drawing.count < kMaxSegments; ++i) {
    const Point from = {draws.Between(0, kDigitSize),
                        draws.Between(0, kDigitSize)};
    const Point way = draws.Within(3.5f);
    drawing.segments[drawing.count++] = {
        from, {from.x + way.x, from.y + way.y}, draws.Between(0.3f, 0.9f)};
  }
}

int32_t Digits::Label(int64_t row) const {
  const Random random(seed_, kLabelStreams + static_cast<uint64_t>(row / 10));
  int32_t digits[10] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  for (int i = 9; i > 0; --i)
    std::swap(digits[i], digits[random.Below(static_cast<uint64_t>(9 - i),
                                             static_cast<uint64_t>(i + 1))]);
  return digits[row % 10];
}

void Digits::Paint(int64_t row, unsigned char *pixels) const {
  Draws draws(seed_, kDigitStreams + static_cast<uint64_t>(row));
  const DigitOutlines &hands = OutlinesOf(Label(row));
  const Outline &outline = hands.outlines[draws.Below(hands.count)];
  const Distortion distort(draws);
  const float radius = draws.Between(kThinnest, kThickest);
  Drawing drawing;
  for (int i = 0; i < outline.count; ++i)
    Trace(outline.strokes[i], distort, radius, draws, drawing);
  AddBlots(draws, drawing);

  const float softness = draws.Between(0.5f, 1.2f); // Half width of an edge.
  Canvas canvas;
  Distances(drawing, softness, canvas);
  const float ink = draws.Between(kLightest, 1);
  const float noise = draws.Between(0, kMostNoise);
  uint64_t word = 0;
  for (int i = 0; i < kDigitPixels; ++i) {
    if (i % 4 == 0)
      word = draws.Word();
    // The sum of two bytes: a triangle on (-1, 1).
    const int sum = static_cast<int>(word & 255) +
                    static_cast<int>((word >> 8) & 255) - 255;
    word >>= 16;
    const float distance = canvas.ink[i / kDigitSize][i % kDigitSize];
    const float cover =
        std::min(std::max((softness - distance) / (2 * softness), 0.0f), 1.0f);
    const float value =
        ink * cover + noise * (static_cast<float>(sum) * (1.0f / 255));
    pixels[i] = static_cast<unsigned char>(
        std::min(std::max(value, 0.0f), 1.0f) * 255 + 0.5f);
  }
}

} // namespace tacit
