//===- convolutions.cpp - Convolutions by oneDNN --------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/compute/convolutions.h"

#include "runtime/compute/threads.h"

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include <oneapi/dnnl/dnnl.hpp>
#include <oneapi/dnnl/dnnl_debug.h>

#include <array>
#include <cstring>
#include <utility>

namespace tacit {

namespace {

using dnnl::memory;

/// One operand: in the layout of the caller, and in that of the primitive.
struct Operand {
  memory outside;
  memory inside; ///< The same as `outside` if no layout has to change.
  dnnl::reorder change;
  bool is_changed = false;
};

/// oneDNN's primitive for one convolution.
struct Prepared {
  dnnl::primitive primitive;
  Operand a, b, c;
  memory scratch;
  std::unordered_map<int, memory> arguments;
};

constexpr size_t kWords = sizeof(tacit_convolution) / sizeof(int64_t);
using Key = std::array<int64_t, kWords>;

} // namespace

struct Convolutions::Primitives {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  absl::flat_hash_map<Key, std::unique_ptr<Prepared>> prepared;

  std::unique_ptr<Prepared> Make(const tacit_convolution &convolution);
  /// An operand that is `described` outside and `wanted` inside.
  Operand MakeOperand(const memory::desc &described, const memory::desc &wanted,
                      bool is_result);
};

static std::string Describe(const tacit_convolution &c) {
  return absl::StrFormat(
      "a convolution of [%d, %d, %d, %d] to [%d, %d, %d, %d] "
      "by windows of %d x %d",
      c.input[0], c.input[1], c.input[2], c.input[3], c.output[0], c.output[1],
      c.output[2], c.output[3], c.window[0], c.window[1]);
}

static absl::Status Check(const tacit_convolution &c) {
  bool fits = c.kind >= TACIT_FORWARD && c.kind <= TACIT_BACKWARD_WEIGHTS &&
              c.input[0] == c.output[0];
  for (const int i : {0, 1, 2, 3})
    fits = fits && c.input[i] >= 1 && c.output[i] >= 1;
  for (const int i : {0, 1}) {
    fits = fits && c.window[i] >= 1 && c.steps[i] >= 1 && c.dilations[i] >= 1 &&
           c.low[i] >= 0 && c.high[i] >= 0;
    if (!fits)
      break;
    const int64_t reach = (c.window[i] - 1) * c.dilations[i] + 1;
    const int64_t room = c.input[2 + i] + c.low[i] + c.high[i] - reach;
    fits = room >= 0 && room / c.steps[i] + 1 == c.output[2 + i];
  }
  if (fits)
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(Describe(c), ": its extents do not fit each other"));
}

Operand Convolutions::Primitives::MakeOperand(const memory::desc &described,
                                              const memory::desc &wanted,
                                              bool is_result) {
  Operand operand;
  operand.outside = memory(described, engine, nullptr);
  operand.is_changed = described != wanted;
  if (!operand.is_changed) {
    operand.inside = operand.outside;
    return operand;
  }
  operand.inside = memory(wanted, engine);
  operand.change = is_result ? dnnl::reorder(operand.inside, operand.outside)
                             : dnnl::reorder(operand.outside, operand.inside);
  return operand;
}

namespace {

/// Descriptions of the three tensors, and what else makes up a convolution.
struct Geometry {
  memory::desc input, filter, output;
  memory::dims steps, dilations, low, high;

  explicit Geometry(const tacit_convolution &c)
      : steps{c.steps[0], c.steps[1]},
        // oneDNN counts what lies between two entries of the window.
        dilations{c.dilations[0] - 1, c.dilations[1] - 1},
        low{c.low[0], c.low[1]}, high{c.high[0], c.high[1]} {
    const auto f32 = memory::data_type::f32;
    auto four = [](const int64_t *from) {
      return memory::dims(from, from + 4);
    };
    input = memory::desc(four(c.input), f32, four(c.input_strides));
    output = memory::desc(four(c.output), f32, four(c.output_strides));
    filter = memory::desc({c.output[1], c.input[1], c.window[0], c.window[1]},
                          f32, four(c.filter_strides));
  }
};

/// What oneDNN would run, for one choice of layouts.
struct Choice {
  dnnl::primitive primitive;
  memory::desc input, filter, output, scratch;
  bool is_fast = false;
};

} // namespace

/// Lets oneDNN choose the filter's layout, which is reordered in no time, and
/// those of input and output as well if it has nothing fast for what they are.
static Choice Choose(const tacit_convolution &c, const Geometry &geometry,
                     const dnnl::engine &engine, bool is_free) {
  const auto f32 = memory::data_type::f32;
  const auto any = memory::format_tag::any;
  const auto direct = dnnl::algorithm::convolution_direct;
  const memory::desc input =
      is_free ? memory::desc(geometry.input.dims(), f32, any) : geometry.input;
  const memory::desc output =
      is_free ? memory::desc(geometry.output.dims(), f32, any)
              : geometry.output;
  const memory::desc filter(geometry.filter.dims(), f32, any);
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  const dnnl::convolution_forward::primitive_desc forward(
      {dnnl::prop_kind::forward_training, direct, input, filter, output,
       geometry.steps, geometry.dilations, geometry.low, geometry.high},
      attributes, engine);
  Choice choice;
  auto take = [&](const auto &description, auto primitive) {
    choice.primitive = std::move(primitive);
    choice.scratch = description.scratchpad_desc();
    choice.is_fast = std::strncmp(description.impl_info_str(), "ref", 3) != 0;
  };
  if (c.kind == TACIT_FORWARD) {
    take(forward, dnnl::convolution_forward(forward));
    choice.input = forward.src_desc();
    choice.filter = forward.weights_desc();
    choice.output = forward.dst_desc();
  } else if (c.kind == TACIT_BACKWARD_DATA) {
    const dnnl::convolution_backward_data::primitive_desc backward(
        {direct, input, filter, output, geometry.steps, geometry.dilations,
         geometry.low, geometry.high},
        attributes, engine, forward);
    take(backward, dnnl::convolution_backward_data(backward));
    choice.input = backward.diff_src_desc();
    choice.filter = backward.weights_desc();
    choice.output = backward.diff_dst_desc();
  } else {
    const dnnl::convolution_backward_weights::primitive_desc backward(
        {direct, input, filter, output, geometry.steps, geometry.dilations,
         geometry.low, geometry.high},
        attributes, engine, forward);
    take(backward, dnnl::convolution_backward_weights(backward));
    choice.input = backward.src_desc();
    choice.filter = backward.diff_weights_desc();
    choice.output = backward.diff_dst_desc();
  }
  return choice;
}

std::unique_ptr<Prepared>
Convolutions::Primitives::Make(const tacit_convolution &c) {
  const Geometry geometry(c);
  Choice choice = Choose(c, geometry, engine, /*is_free=*/false);
  if (!choice.is_fast)
    choice = Choose(c, geometry, engine, /*is_free=*/true);
  auto made = std::make_unique<Prepared>();
  made->primitive = choice.primitive;
  made->scratch = memory(choice.scratch, engine);
  const bool makes_input = c.kind == TACIT_BACKWARD_DATA;
  const bool makes_filter = c.kind == TACIT_BACKWARD_WEIGHTS;
  const bool makes_output = c.kind == TACIT_FORWARD;
  Operand input = MakeOperand(geometry.input, choice.input, makes_input);
  Operand filter = MakeOperand(geometry.filter, choice.filter, makes_filter);
  Operand output = MakeOperand(geometry.output, choice.output, makes_output);
  made->arguments = {
      {makes_input ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, input.inside},
      {makes_filter ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS, filter.inside},
      {makes_output ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST, output.inside},
      {DNNL_ARG_SCRATCHPAD, made->scratch}};
  made->a = makes_input ? output : input;
  made->b = makes_filter ? output : filter;
  made->c = makes_input ? input : makes_filter ? filter : output;
  return made;
}

Convolutions::Convolutions() { UseThreadsHere(); }
Convolutions::~Convolutions() = default;

absl::Status Convolutions::Convolve(const tacit_convolution &convolution,
                                    const float *a, const float *b, float *c) {
  try {
    if (!primitives_)
      primitives_ = std::make_unique<Primitives>();
    Key key;
    std::memcpy(key.data(), &convolution, sizeof(convolution));
    std::unique_ptr<Prepared> &prepared = primitives_->prepared[key];
    if (!prepared) {
      if (absl::Status status = Check(convolution); !status.ok())
        return status;
      prepared = primitives_->Make(convolution);
    }
    dnnl::stream &stream = primitives_->stream;
    // oneDNN reads what A and B point at, and only reads it.
    prepared->a.outside.set_data_handle(const_cast<float *>(a));
    prepared->b.outside.set_data_handle(const_cast<float *>(b));
    prepared->c.outside.set_data_handle(c);
    for (Operand *read : {&prepared->a, &prepared->b})
      if (read->is_changed)
        read->change.execute(stream, read->outside, read->inside);
    prepared->primitive.execute(stream, prepared->arguments);
    if (prepared->c.is_changed)
      prepared->c.change.execute(stream, prepared->c.inside,
                                 prepared->c.outside);
    return absl::OkStatus();
  } catch (const dnnl::error &error) {
    return absl::InternalError(absl::StrCat(
        Describe(convolution), ": oneDNN's convolution failed: ", error.message,
        ": ", dnnl_status2str(error.status)));
  }
}

} // namespace tacit
