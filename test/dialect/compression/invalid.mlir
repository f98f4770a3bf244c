// RUN: tacit-opt %s --split-input-file --verify-diagnostics

//===----------------------------------------------------------------------===//
// sparse
//===----------------------------------------------------------------------===//

// sparse_c1
// expected-error@+1 {{needs at least one element, got 0}}
func.func private @sparse_c1(!tacit.sparse<0xf32, capacity = 1>)

// -----

// sparse_c2
// expected-error@+1 {{needs elements of f32, got 'f64'}}
func.func private @sparse_c2(!tacit.sparse<8xf64, capacity = 1>)

// -----

// sparse_c3
// expected-error@+1 {{needs a capacity from 1 to 8, the number of elements, got 9}}
func.func private @sparse_c3(!tacit.sparse<8xf32, capacity = 9>)

// -----

// sparse_c3
// expected-error@+1 {{needs a capacity from 1 to 8, the number of elements, got 0}}
func.func private @sparse_c3_zero(!tacit.sparse<8xf32, capacity = 0>)

// -----

// expected-error@+1 {{expected a flat vector such as 1000xf32}}
func.func private @sparse_of_a_matrix(!tacit.sparse<8x2xf32, capacity = 1>)

// -----

//===----------------------------------------------------------------------===//
// quantized
//===----------------------------------------------------------------------===//

// quantized_c1
// expected-error@+1 {{needs at least one element, got 0}}
func.func private @quantized_c1(!tacit.quantized<0xf32, bytes = 1, parts = 1>)

// -----

// quantized_c2
// expected-error@+1 {{needs elements of f32, got 'i32'}}
func.func private @quantized_c2(!tacit.quantized<8xi32, bytes = 1, parts = 1>)

// -----

// quantized_c3
// expected-error@+1 {{needs at least one byte and one part, got bytes = 4, parts = 0}}
func.func private @quantized_c3(!tacit.quantized<8xf32, bytes = 4, parts = 0>)

// -----

//===----------------------------------------------------------------------===//
// Compressors
//===----------------------------------------------------------------------===//

// top_k_c1
// expected-error@+1 {{needs a density above 0 and at most 1, got 0.000000e+00}}
func.func private @top_k_c1() attributes {c = #tacit.top_k<density = 0.0>}

// -----

// top_k_c1
// expected-error@+1 {{needs a density above 0 and at most 1, got 1.500000e+00}}
func.func private @top_k_c1_above() attributes {c = #tacit.top_k<density = 1.5>}

// -----

// sampled_top_k_c1
// expected-error@+1 {{needs a density above 0 and at most 1, got 0.000000e+00}}
func.func private @sampled_top_k_c1() attributes {c = #tacit.sampled_top_k<density = 0>}

// -----

// random_k_c1
// expected-error@+1 {{needs a density above 0 and at most 1, got 2.000000e+00}}
func.func private @random_k_c1() attributes {c = #tacit.random_k<density = 2>}

// -----

// threshold_c1
// expected-error@+1 {{needs a positive and finite value, got 0.000000e+00}}
func.func private @threshold_c1() attributes {c = #tacit.threshold<value = 0>}

// -----

// qsgd_c1
// expected-error@+1 {{needs from 1 to 65535 levels, got 65536}}
func.func private @qsgd_c1() attributes {c = #tacit.qsgd<levels = 65536>}

// -----

// powersgd_c1
// expected-error@+1 {{needs a rank of at least 1, got 0}}
func.func private @powersgd_c1() attributes {c = #tacit.powersgd<rank = 0>}

// -----

//===----------------------------------------------------------------------===//
// accumulate_residual
//===----------------------------------------------------------------------===//

// accumulate_residual_c1
func.func @accumulate_residual_c1() {
  // expected-error@+1 {{'tacit.accumulate_residual' op needs at least one value}}
  "tacit.accumulate_residual"() {operandSegmentSizes = array<i32: 0, 0, 0>} : () -> ()
  return
}

// -----

// accumulate_residual_c2
func.func @accumulate_residual_c2(%a: tensor<8xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{'tacit.accumulate_residual' op needs residuals of the types ('tensor<8xf32>'), got ('tensor<4xf32>')}}
  %0 = "tacit.accumulate_residual"(%a, %b) {operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<8xf32>, tensor<4xf32>) -> tensor<8xf32>
  return
}

// -----

// accumulate_residual_c3
func.func @accumulate_residual_c3(%a: tensor<8xf64>) {
  // expected-error@+1 {{'tacit.accumulate_residual' op needs static tensors of f32, got 'tensor<8xf64>'}}
  %0 = tacit.accumulate_residual %a onto %a : tensor<8xf64>
  return
}

// -----

//===----------------------------------------------------------------------===//
// compress
//===----------------------------------------------------------------------===//

// compress_c1
func.func @compress_c1() {
  // expected-error@+1 {{'tacit.compress' op needs at least one operand}}
  %0 = "tacit.compress"() {compressor = #tacit.sign, operandSegmentSizes = array<i32: 0, 0, 0, 0>} : () -> !tacit.sparse<8xf32, capacity = 1>
  return
}

// -----

// compress_c2
func.func @compress_c2(%a: tensor<?xf32>) {
  // expected-error@+1 {{'tacit.compress' op needs static tensors of f32, got 'tensor<?xf32>'}}
  %0, %1 = tacit.compress #tacit.top_k<density = 0.5> %a : tensor<?xf32> -> !tacit.sparse<8xf32, capacity = 4>, tensor<?xf32>
  return
}

// -----

// compress_c3
func.func @compress_c3(%a: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.compress' op makes a payload of '!tacit.sparse<8xf32, capacity = 4>', got '!tacit.sparse<8xf32, capacity = 3>'}}
  %0, %1 = tacit.compress #tacit.top_k<density = 0.5> %a : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 3>, tensor<8xf32>
  return
}

// -----

// compress_c4
func.func @compress_c4(%a: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.compress' op needs a rest of the types ('tensor<8xf32>'), got ('tensor<4x2xf32>')}}
  %0, %1 = tacit.compress #tacit.top_k<density = 0.5> %a : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 4>, tensor<4x2xf32>
  return
}

// -----

// compress_c5
func.func @compress_c5(%a: tensor<8xf32>, %b: tensor<2x4xf32>) {
  // expected-error@+1 {{'tacit.compress' op needs what is added of the types ('tensor<8xf32>'), got ('tensor<2x4xf32>')}}
  %0, %1 = "tacit.compress"(%a, %b) {compressor = #tacit.top_k<density = 0.5>, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (tensor<8xf32>, tensor<2x4xf32>) -> (!tacit.sparse<8xf32, capacity = 4>, tensor<8xf32>)
  return
}

// -----

// compress_c6
func.func @compress_c6(%a: tensor<8xf32>, %s: f64) {
  // expected-error@+1 {{'tacit.compress' op has a scale, but nothing is added; scale what `plus` is added to}}
  %0, %1 = tacit.compress #tacit.top_k<density = 0.5> %a scaled by %s : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 4>, tensor<8xf32>
  return
}

// -----

// compress_c7
func.func @compress_c7(%a: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.compress' op #tacit.random_k<density = 5.000000e-01> draws random numbers and needs the number of the exchange}}
  %0, %1 = tacit.compress #tacit.random_k<density = 0.5> %a : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 4>, tensor<8xf32>
  return
}

// -----

// compress_c7
func.func @compress_c7_superfluous(%a: tensor<8xf32>, %n: i64) {
  // expected-error@+1 {{'tacit.compress' op #tacit.top_k<density = 5.000000e-01> draws no random numbers and takes no number}}
  %0, %1 = tacit.compress #tacit.top_k<density = 0.5> %a number %n : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 4>, tensor<8xf32>
  return
}

// -----

// compress_c8
func.func @compress_c8(%a: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.compress' op forgets what it does not keep, which may not converge; return the rest, or say lossy}}
  %0 = tacit.compress #tacit.top_k<density = 0.5> %a : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 4>
  return
}

// -----

// compress_c8
func.func @compress_c8_unbiased(%a: tensor<8xf32>, %n: i64) {
  // expected-error@+1 {{'tacit.compress' op is not lossy: the rest is returned, or the compressor is unbiased}}
  %0 = tacit.compress #tacit.qsgd<levels = 4> lossy %a number %n : tensor<8xf32> -> !tacit.quantized<8xf32, bytes = 8, parts = 1>
  return
}

// -----

// compress_c9
func.func @compress_c9(%a: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.compress' op has a warm-up, which only #tacit.top_k has, got #tacit.sign}}
  %0, %1 = tacit.compress #tacit.sign warm_up %a : tensor<8xf32> -> !tacit.quantized<8xf32, bytes = 5, parts = 1>, tensor<8xf32>
  return
}

// -----

// compress_c10
func.func @compress_c10(%a: tensor<8x4xf32>) {
  // expected-error@+1 {{is defined for the mean over ranks; use tacit.all_reduce_low_rank}}
  %0, %1 = tacit.compress #tacit.powersgd<rank = 1> %a : tensor<8x4xf32> -> !tacit.quantized<32xf32, bytes = 48, parts = 1>, tensor<8x4xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// all_reduce_low_rank
//===----------------------------------------------------------------------===//

// all_reduce_low_rank_c1
func.func @all_reduce_low_rank_c1() {
  // expected-error@+1 {{'tacit.all_reduce_low_rank' op needs at least one operand}}
  "tacit.all_reduce_low_rank"() {compressor = #tacit.powersgd<rank = 1>, operandSegmentSizes = array<i32: 0, 0, 0, 0>, resultSegmentSizes = array<i32: 0, 0, 0>} : () -> ()
  return
}

// -----

// all_reduce_low_rank_c2
func.func @all_reduce_low_rank_c2(%a: tensor<8x4xf64>, %q: tensor<4x1xf64>) {
  // expected-error@+1 {{needs static tensors of f32, got 'tensor<8x4xf64>'}}
  %0, %1 = tacit.all_reduce_low_rank #tacit.powersgd<rank = 1> lossy %a factors %q : tensor<8x4xf64> factors tensor<4x1xf64>
  return
}

// -----

// all_reduce_low_rank_c3
func.func @all_reduce_low_rank_c3(%a: tensor<8x4xf32>, %q: tensor<4x3xf32>) {
  // expected-error@+1 {{makes no less of 'tensor<8x4xf32>' at rank 3; exchange it as it is, by tacit.all_reduce}}
  %0, %1 = tacit.all_reduce_low_rank #tacit.powersgd<rank = 3> lossy %a factors %q : tensor<8x4xf32> factors tensor<4x3xf32>
  return
}

// -----

// all_reduce_low_rank_c3
func.func @all_reduce_low_rank_c3_vector(%a: tensor<8xf32>, %q: tensor<8x1xf32>) {
  // expected-error@+1 {{makes no less of 'tensor<8xf32>' at rank 1}}
  %0, %1 = tacit.all_reduce_low_rank #tacit.powersgd<rank = 1> lossy %a factors %q : tensor<8xf32> factors tensor<8x1xf32>
  return
}

// -----

// all_reduce_low_rank_c4
func.func @all_reduce_low_rank_c4(%a: tensor<8x4xf32>, %q: tensor<8x1xf32>) {
  // expected-error@+1 {{needs factors of the types ('tensor<4x1xf32>'), got ('tensor<8x1xf32>')}}
  %0, %1 = tacit.all_reduce_low_rank #tacit.powersgd<rank = 1> lossy %a factors %q : tensor<8x4xf32> factors tensor<8x1xf32>
  return
}

// -----

// all_reduce_low_rank_c5
func.func @all_reduce_low_rank_c5(%a: tensor<8x4xf32>, %q: tensor<4x1xf32>) {
  // expected-error@+1 {{needs what is added of the types ('tensor<8x4xf32>'), got ('tensor<4x1xf32>')}}
  %0, %1 = "tacit.all_reduce_low_rank"(%a, %q, %q) {compressor = #tacit.powersgd<rank = 1>, lossy, operandSegmentSizes = array<i32: 1, 1, 0, 1>, resultSegmentSizes = array<i32: 1, 0, 1>} : (tensor<8x4xf32>, tensor<4x1xf32>, tensor<4x1xf32>) -> (tensor<8x4xf32>, tensor<4x1xf32>)
  return
}

// -----

// all_reduce_low_rank_c6
func.func @all_reduce_low_rank_c6(%a: tensor<8x4xf32>, %q: tensor<4x1xf32>, %s: f64) {
  // expected-error@+1 {{has a scale, but nothing is added}}
  %0, %1 = tacit.all_reduce_low_rank #tacit.powersgd<rank = 1> lossy %a scaled by %s factors %q : tensor<8x4xf32> factors tensor<4x1xf32>
  return
}

// -----

// all_reduce_low_rank_c7
func.func @all_reduce_low_rank_c7(%a: tensor<8x4xf32>, %q: tensor<4x1xf32>) {
  // expected-error@+1 {{needs means, a rest and factors of the types ('tensor<8x4xf32>', 'tensor<8x4xf32>', 'tensor<4x1xf32>'), got ('tensor<8x4xf32>', 'tensor<4x1xf32>')}}
  %0, %1 = tacit.all_reduce_low_rank #tacit.powersgd<rank = 1> %a factors %q : tensor<8x4xf32> factors tensor<4x1xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// all_reduce_payload
//===----------------------------------------------------------------------===//

// all_reduce_payload_c1
func.func @all_reduce_payload_c1(%p: !tacit.quantized<8xf32, bytes = 5, parts = 1>) {
  // expected-error@+1 {{'tacit.all_reduce_payload' op gtopk does not go with #tacit.sign: its payloads cannot be merged; use all_gather}}
  %0 = tacit.all_reduce_payload gtopk #tacit.sign %p : !tacit.quantized<8xf32, bytes = 5, parts = 1> -> !tacit.quantized<8xf32, bytes = 5, parts = 4>
  return
}

// -----

// all_reduce_payload_c1
func.func @all_reduce_payload_c1_threshold(%p: !tacit.sparse<8xf32, capacity = 8>) {
  // expected-error@+1 {{'tacit.all_reduce_payload' op ok_topk does not go with #tacit.threshold<value = 1.000000e-01>: a threshold keeps any number of entries, and there is no k to keep of a merge; use all_gather, or the compressor top_k}}
  %0 = tacit.all_reduce_payload ok_topk #tacit.threshold<value = 0.1> %p : !tacit.sparse<8xf32, capacity = 8> -> !tacit.sparse<8xf32, capacity = 8>
  return
}

// -----

// all_reduce_payload_c1
func.func @all_reduce_payload_c1_random(%p: !tacit.sparse<8xf32, capacity = 4>) {
  // expected-error@+1 {{'tacit.all_reduce_payload' op gtopk does not go with #tacit.random_k<density = 5.000000e-01>: all ranks keep the same entries, so that no choice among them is left to make; use all_gather, which sends their values alone}}
  %0 = tacit.all_reduce_payload gtopk #tacit.random_k<density = 0.5> %p : !tacit.sparse<8xf32, capacity = 4> -> !tacit.sparse<8xf32, capacity = 4>
  return
}

// -----

// all_reduce_payload_c2
func.func @all_reduce_payload_c2(%p: !tacit.sparse<8xf32, capacity = 4>) {
  // expected-error@+1 {{'tacit.all_reduce_payload' op gives a vector as long as the payload's, '!tacit.sparse<8xf32, capacity = 4>', got '!tacit.sparse<9xf32, capacity = 4>'}}
  %0 = tacit.all_reduce_payload gtopk #tacit.top_k<density = 0.5> %p : !tacit.sparse<8xf32, capacity = 4> -> !tacit.sparse<9xf32, capacity = 4>
  return
}

// -----

// all_reduce_payload_c2
tacit.trainer @all_reduce_payload_c2_ranks attributes {ranks = 3 : i64} {
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<8xf32>
    %p = tacit.compress #tacit.top_k<density = 0.2> lossy %x : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 2>
    // expected-error@+1 {{'tacit.all_reduce_payload' op on 3 ranks gives '!tacit.sparse<8xf32, capacity = 6>', got '!tacit.sparse<8xf32, capacity = 2>'}}
    %0 = tacit.all_reduce_payload all_gather #tacit.top_k<density = 0.2> %p : !tacit.sparse<8xf32, capacity = 2> -> !tacit.sparse<8xf32, capacity = 2>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}

// -----

// all_reduce_payload_c3
func.func @all_reduce_payload_c3(%p: !tacit.sparse<8xf32, capacity = 4>, %r: tensor<4xf32>) {
  // expected-error@+1 {{'tacit.all_reduce_payload' op needs tensors of 8 elements in all, as the payload's vector has, got 4}}
  %0, %1 = tacit.all_reduce_payload gtopk #tacit.top_k<density = 0.5> %p put_back conserving %r : !tacit.sparse<8xf32, capacity = 4>, tensor<4xf32> -> !tacit.sparse<8xf32, capacity = 4>
  return
}

// -----

// all_reduce_payload_c4
func.func @all_reduce_payload_c4(%p: !tacit.sparse<8xf32, capacity = 4>, %r: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.all_reduce_payload' op has a rest, but no put_back}}
  %0, %1 = tacit.all_reduce_payload gtopk #tacit.top_k<density = 0.5> %p %r : !tacit.sparse<8xf32, capacity = 4>, tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 4>
  return
}

// -----

// all_reduce_payload_c4
func.func @all_reduce_payload_c4_no_rest(%p: !tacit.sparse<8xf32, capacity = 4>) {
  // expected-error@+1 {{'tacit.all_reduce_payload' op puts back, but has no rest}}
  %0 = tacit.all_reduce_payload gtopk #tacit.top_k<density = 0.5> %p put_back conserving : !tacit.sparse<8xf32, capacity = 4> -> !tacit.sparse<8xf32, capacity = 4>
  return
}

// -----

// all_reduce_payload_c5
func.func @all_reduce_payload_c5(%p: !tacit.sparse<8xf32, capacity = 4>, %r: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.all_reduce_payload' op puts back as published, which is defined for gtopk alone; ok_topk takes conserving}}
  %0, %1 = tacit.all_reduce_payload ok_topk #tacit.top_k<density = 0.5> %p put_back published %r : !tacit.sparse<8xf32, capacity = 4>, tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 4>
  return
}

// -----

//===----------------------------------------------------------------------===//
// decompress
//===----------------------------------------------------------------------===//

// decompress_c1
func.func @decompress_c1(%p: !tacit.sparse<8xf32, capacity = 4>) {
  // expected-error@+1 {{'tacit.decompress' op needs at least one result}}
  "tacit.decompress"(%p) : (!tacit.sparse<8xf32, capacity = 4>) -> ()
  return
}

// -----

// decompress_c2
func.func @decompress_c2(%p: !tacit.sparse<8xf32, capacity = 4>) {
  // expected-error@+1 {{'tacit.decompress' op needs tensors of 8 elements in all, as the payload's vector has, got 6}}
  %0:2 = tacit.decompress %p : !tacit.sparse<8xf32, capacity = 4> -> tensor<4xf32>, tensor<2xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// clear_selected
//===----------------------------------------------------------------------===//

// clear_selected_c1
func.func @clear_selected_c1(%p: !tacit.sparse<8xf32, capacity = 4>) {
  // expected-error@+1 {{'tacit.clear_selected' op needs at least one value}}
  "tacit.clear_selected"(%p) : (!tacit.sparse<8xf32, capacity = 4>) -> ()
  return
}

// -----

// clear_selected_c2
func.func @clear_selected_c2(%p: !tacit.sparse<8xf32, capacity = 4>, %u: tensor<4xf32>) {
  // expected-error@+1 {{'tacit.clear_selected' op needs tensors of 8 elements in all, as the payload's vector has, got 4}}
  %0 = tacit.clear_selected %p in %u : !tacit.sparse<8xf32, capacity = 4>, tensor<4xf32>
  return
}
