//===- convolutions_test.cpp - Convolutions against their definition ------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/compute/convolutions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace tacit {
namespace {

/// Strides of a tensor of `extents`, stored in the order `order` of them.
void SetStrides(const std::vector<int64_t> &extents, const char *order,
                int64_t *strides) {
  int64_t stride = 1;
  for (int i = 3; i >= 0; --i) {
    strides[order[i] - '0'] = stride;
    stride *= extents[static_cast<size_t>(order[i] - '0')];
  }
}

/// Orders of n, c, h, w and of o, i, h, w.
struct Layout {
  const char *activations;
  const char *filter;
};
constexpr Layout kLast = {"0231", "2310"}, kFirst = {"0123", "0123"};

struct Sizes {
  int64_t n, i, o, h, w, window, step, dilation, padding;
};

tacit_convolution Make(const Sizes &s, const Layout &layout, int64_t kind) {
  auto out = [&](int64_t extent) {
    return (extent + 2 * s.padding - (s.window - 1) * s.dilation - 1) / s.step +
           1;
  };
  tacit_convolution c = {};
  c.kind = kind;
  const int64_t input[] = {s.n, s.i, s.h, s.w};
  const int64_t output[] = {s.n, s.o, out(s.h), out(s.w)};
  std::copy(input, input + 4, c.input);
  std::copy(output, output + 4, c.output);
  for (const int d : {0, 1}) {
    c.window[d] = s.window;
    c.steps[d] = s.step;
    c.dilations[d] = s.dilation;
    c.low[d] = c.high[d] = s.padding;
  }
  SetStrides({input, input + 4}, layout.activations, c.input_strides);
  SetStrides({output, output + 4}, layout.activations, c.output_strides);
  SetStrides({s.o, s.i, s.window, s.window}, layout.filter, c.filter_strides);
  return c;
}

/// Computes one of the three tensors from the others twice, and compares with
/// sums in double.
void CheckConvolution(const Sizes &s, const Layout &layout, int64_t kind) {
  const tacit_convolution c = Make(s, layout, kind);
  std::mt19937 random(11);
  std::uniform_real_distribution<float> uniform(-1, 1);
  auto fill = [&](int64_t count) {
    std::vector<float> values(static_cast<size_t>(count));
    for (float &value : values)
      value = uniform(random);
    return values;
  };
  std::vector<float> input = fill(s.n * s.i * s.h * s.w),
                     filter = fill(s.o * s.i * s.window * s.window),
                     output = fill(s.n * s.o * c.output[2] * c.output[3]);
  std::vector<float> &made = kind == TACIT_FORWARD         ? output
                             : kind == TACIT_BACKWARD_DATA ? input
                                                           : filter;
  std::vector<double> expected(made.size(), 0), sizes(made.size(), 0);
  auto place = [](const int64_t *strides, int64_t p, int64_t q, int64_t r,
                  int64_t t) {
    return static_cast<size_t>(strides[0] * p + strides[1] * q +
                               strides[2] * r + strides[3] * t);
  };
  for (int64_t n = 0; n < s.n; ++n)
    for (int64_t i = 0; i < s.i; ++i)
      for (int64_t o = 0; o < s.o; ++o)
        for (int64_t y = 0; y < c.output[2]; ++y)
          for (int64_t x = 0; x < c.output[3]; ++x)
            for (int64_t h = 0; h < s.window; ++h)
              for (int64_t w = 0; w < s.window; ++w) {
                const int64_t at_h = y * s.step + h * s.dilation - s.padding;
                const int64_t at_w = x * s.step + w * s.dilation - s.padding;
                if (at_h < 0 || at_h >= s.h || at_w < 0 || at_w >= s.w)
                  continue;
                const size_t in = place(c.input_strides, n, i, at_h, at_w),
                             by = place(c.filter_strides, o, i, h, w),
                             out = place(c.output_strides, n, o, y, x);
                const size_t at = kind == TACIT_FORWARD         ? out
                                  : kind == TACIT_BACKWARD_DATA ? in
                                                                : by;
                const double term = kind == TACIT_FORWARD
                                        ? double(input[in]) * filter[by]
                                    : kind == TACIT_BACKWARD_DATA
                                        ? double(output[out]) * filter[by]
                                        : double(input[in]) * output[out];
                expected[at] += term;
                sizes[at] += std::abs(term);
              }
  const float *a = kind == TACIT_BACKWARD_DATA ? output.data() : input.data();
  const float *b =
      kind == TACIT_BACKWARD_WEIGHTS ? output.data() : filter.data();
  Convolutions convolutions;
  std::vector<float> first;
  for (int repetition : {0, 1}) {
    // What was there before is not read.
    std::fill(made.begin(), made.end(), std::nanf(""));
    ASSERT_TRUE(convolutions.Convolve(c, a, b, made.data()).ok());
    for (size_t k = 0; k < made.size(); ++k)
      ASSERT_NEAR(made[k], expected[k], 1e-5 * sizes[k] + 1e-6) << k;
    if (repetition == 0)
      first = made;
    EXPECT_EQ(first, made);
  }
}

TEST(Convolutions, AgreeWithSumsInDouble) {
  const Sizes all[] = {
      {2, 1, 16, 12, 10, 5, 1, 1, 2}, {2, 16, 32, 9, 7, 5, 1, 1, 2},
      {3, 16, 16, 9, 9, 3, 2, 1, 1},  {2, 3, 5, 11, 8, 3, 1, 2, 0},
      {1, 7, 4, 6, 6, 1, 1, 1, 0},    {2, 32, 48, 10, 10, 3, 2, 2, 3},
  };
  for (const Sizes &sizes : all)
    for (const Layout &layout : {kLast, kFirst})
      for (const int64_t kind :
           {TACIT_FORWARD, TACIT_BACKWARD_DATA, TACIT_BACKWARD_WEIGHTS}) {
        SCOPED_TRACE(std::to_string(sizes.i) + " to " +
                     std::to_string(sizes.o) + " channels, kind " +
                     std::to_string(kind) + ", " + layout.activations);
        CheckConvolution(sizes, layout, kind);
      }
}

TEST(Convolutions, RefuseWhatDoesNotFit) {
  tacit_convolution c = Make({2, 3, 5, 8, 8, 3, 1, 1, 0}, kLast, TACIT_FORWARD);
  c.output[3] = 9;
  Convolutions convolutions;
  const absl::Status status =
      convolutions.Convolve(c, nullptr, nullptr, nullptr);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            "a convolution of [2, 3, 8, 8] to [2, 5, 6, 9] by windows of 3 x "
            "3: its extents do not fit each other");
}

} // namespace
} // namespace tacit
