// RUN: tacit-opt %s --split-input-file --verify-diagnostics

// What each exchange wants of its operands. How tokens may travel is in
// tokens.mlir.

//===----------------------------------------------------------------------===//
// all_reduce
//===----------------------------------------------------------------------===//

// all_reduce_c1
func.func @all_reduce_c1() {
  // expected-error@+1 {{'tacit.all_reduce' op needs at least one operand}}
  "tacit.all_reduce"() {reduction = #tacit.reduction<mean>} : () -> ()
  return
}

// -----

// all_reduce_c2
func.func @all_reduce_c2(%a: tensor<8xf16>) {
  // expected-error@+1 {{'tacit.all_reduce' op exchanges f32, f64, i32 or i64, got 'f16'}}
  %0 = tacit.all_reduce mean %a : tensor<8xf16>
  return
}

// -----

// all_reduce_c2
func.func @all_reduce_c2_mixed(%a: tensor<8xf32>, %b: tensor<8xf64>) {
  // expected-error@+1 {{'tacit.all_reduce' op exchanges one element type, got 'f32' and 'f64'}}
  %0:2 = tacit.all_reduce mean %a, %b : tensor<8xf32>, tensor<8xf64>
  return
}

// -----

// all_reduce_c3
func.func @all_reduce_c3(%a: tensor<?x4xf32>) {
  // expected-error@+1 {{'tacit.all_reduce' op needs static shapes, got 'tensor<?x4xf32>'}}
  %0 = tacit.all_reduce mean %a : tensor<?x4xf32>
  return
}

// -----

// all_reduce_c4
func.func @all_reduce_c4(%a: tensor<8xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{'tacit.all_reduce' op must return ('tensor<8xf32>', 'tensor<4xf32>'), the types of its operands, got ('tensor<8xf32>')}}
  %0 = "tacit.all_reduce"(%a, %b) {reduction = #tacit.reduction<mean>} : (tensor<8xf32>, tensor<4xf32>) -> tensor<8xf32>
  return
}

// -----

// all_reduce_c4
func.func @all_reduce_c4_buffer(%a: memref<8xf32>) {
  // expected-error@+1 {{'tacit.all_reduce' op must return (), the types of its operands, got ('tensor<8xf32>')}}
  %0 = "tacit.all_reduce"(%a) {reduction = #tacit.reduction<mean>} : (memref<8xf32>) -> tensor<8xf32>
  return
}

// -----

// all_reduce_c5
func.func @all_reduce_c5(%a: tensor<8xi32>) {
  // expected-error@+1 {{'tacit.all_reduce' op mean needs floats, got 'i32'; use sum}}
  %0 = tacit.all_reduce mean %a : tensor<8xi32>
  return
}

// -----

// all_reduce_c6
func.func @all_reduce_c6(%a: tensor<8xf32>, %b: memref<8xf32>) {
  // expected-error@+1 {{'tacit.all_reduce' op mixes tensors and buffers: 'tensor<8xf32>' and 'memref<8xf32>'}}
  %0 = tacit.all_reduce mean %a, %b : tensor<8xf32>, memref<8xf32>
  return
}

// -----

// all_reduce: no such reduction.
func.func @all_reduce_reduction(%a: tensor<8xf32>) {
  // expected-error@+1 {{expected sum, mean, max or min, got 'product'}}
  %0 = tacit.all_reduce product %a : tensor<8xf32>
  return
}

// -----

// all_reduce: no reduction.
func.func @all_reduce_none(%a: tensor<8xf32>) {
  // expected-error@+1 {{expected sum, mean, max or min}}
  %0 = tacit.all_reduce %a : tensor<8xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// broadcast
//===----------------------------------------------------------------------===//

// broadcast_c1
func.func @broadcast_c1() {
  // expected-error@+1 {{'tacit.broadcast' op needs at least one operand}}
  "tacit.broadcast"() {root = 0 : i64} : () -> ()
  return
}

// -----

// broadcast_c2
func.func @broadcast_c2(%a: tensor<8xi1>) {
  // expected-error@+1 {{'tacit.broadcast' op exchanges f32, f64, i32 or i64, got 'i1'}}
  %0 = tacit.broadcast from 0 %a : tensor<8xi1>
  return
}

// -----

// broadcast_c3
func.func @broadcast_c3(%a: memref<?xf32>) {
  // expected-error@+1 {{'tacit.broadcast' op needs static shapes, got 'memref<?xf32>'}}
  tacit.broadcast from 0 %a : memref<?xf32>
  return
}

// -----

// broadcast_c4
func.func @broadcast_c4(%a: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.broadcast' op must return ('tensor<8xf32>'), the types of its operands, got ('tensor<4xf32>')}}
  %0 = "tacit.broadcast"(%a) {root = 0 : i64} : (tensor<8xf32>) -> tensor<4xf32>
  return
}

// -----

// broadcast_c5
func.func @broadcast_c5(%a: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.broadcast' op root must not be negative, got -1}}
  %0 = tacit.broadcast from -1 %a : tensor<8xf32>
  return
}

// -----

// broadcast_c5
tacit.trainer @broadcast_c5_bound attributes {ranks = 4} {
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<8xf32>
    // expected-error@+1 {{'tacit.broadcast' op root must be below the trainer's 4 ranks, got 4}}
    %0 = tacit.broadcast from 4 %x : tensor<8xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// broadcast_c6
func.func @broadcast_c6(%a: memref<8xf32>, %b: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.broadcast' op mixes tensors and buffers: 'memref<8xf32>' and 'tensor<8xf32>'}}
  %0 = tacit.broadcast from 0 %a, %b : memref<8xf32>, tensor<8xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// all_gather
//===----------------------------------------------------------------------===//

// all_gather_c1
func.func @all_gather_c1() {
  // expected-error@+1 {{'tacit.all_gather' op needs at least one operand}}
  "tacit.all_gather"() {operandSegmentSizes = array<i32: 0, 0>} : () -> ()
  return
}

// -----

// all_gather_c2
func.func @all_gather_c2(%a: tensor<8xindex>, %o: tensor<4x8xindex>) {
  // expected-error@+1 {{'tacit.all_gather' op exchanges f32, f64, i32 or i64, got 'index'}}
  %0 = tacit.all_gather %a into %o : tensor<8xindex> into tensor<4x8xindex>
  return
}

// -----

// all_gather_c3
func.func @all_gather_c3(%a: tensor<?xf32>, %o: tensor<4x?xf32>) {
  // expected-error@+1 {{'tacit.all_gather' op needs static shapes, got 'tensor<?xf32>'}}
  %0 = tacit.all_gather %a into %o : tensor<?xf32> into tensor<4x?xf32>
  return
}

// -----

// all_gather_c4
func.func @all_gather_c4(%a: tensor<8xf32>, %b: tensor<8xf32>, %o: tensor<4x8xf32>) {
  // expected-error@+1 {{'tacit.all_gather' op has 2 operands but 1 outputs}}
  %0 = tacit.all_gather %a, %b into %o : tensor<8xf32>, tensor<8xf32> into tensor<4x8xf32>
  return
}

// -----

// all_gather_c4
func.func @all_gather_c4_shape(%a: tensor<8xf32>, %o: tensor<8x4xf32>) {
  // expected-error@+1 {{'tacit.all_gather' op needs for 'tensor<8xf32>' an output with one leading extent more, the ranks, got 'tensor<8x4xf32>'}}
  %0 = tacit.all_gather %a into %o : tensor<8xf32> into tensor<8x4xf32>
  return
}

// -----

// all_gather_c4
func.func @all_gather_c4_scalar(%a: tensor<f32>, %o: tensor<f32>) {
  // expected-error@+1 {{'tacit.all_gather' op needs for 'tensor<f32>' an output with one leading extent more, the ranks, got 'tensor<f32>'}}
  %0 = tacit.all_gather %a into %o : tensor<f32> into tensor<f32>
  return
}

// -----

// all_gather_c4
func.func @all_gather_c4_element(%a: tensor<8xf32>, %o: tensor<4x8xf64>) {
  // expected-error@+1 {{'tacit.all_gather' op needs for 'tensor<8xf32>' an output with one leading extent more, the ranks, got 'tensor<4x8xf64>'}}
  %0 = tacit.all_gather %a into %o : tensor<8xf32> into tensor<4x8xf64>
  return
}

// -----

// all_gather_c5
tacit.trainer @all_gather_c5 attributes {ranks = 2} {
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<8xf32>
    %o = tensor.empty() : tensor<4x8xf32>
    // expected-error@+1 {{'tacit.all_gather' op is bound to 2 ranks, but the output is 'tensor<4x8xf32>'}}
    %0 = tacit.all_gather %x into %o : tensor<8xf32> into tensor<4x8xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// all_gather_c6
func.func @all_gather_c6(%a: tensor<8xf32>, %o: tensor<4x8xf32>) {
  // expected-error@+1 {{'tacit.all_gather' op must return ('tensor<4x8xf32>'), the types of its outputs, got ('tensor<?x8xf32>')}}
  %0 = "tacit.all_gather"(%a, %o) {operandSegmentSizes = array<i32: 1, 1>} : (tensor<8xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

// all_gather_c7
func.func @all_gather_c7(%a: tensor<8xf32>, %o: memref<4x8xf32>) {
  // expected-error@+1 {{'tacit.all_gather' op mixes tensors and buffers: 'tensor<8xf32>' and 'memref<4x8xf32>'}}
  tacit.all_gather %a into %o : tensor<8xf32> into memref<4x8xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// start
//===----------------------------------------------------------------------===//

// start_c1
func.func @start_c1() {
  // expected-error@+1 {{'tacit.start' op needs at least one operand}}
  %t = "tacit.start"() {kind = #tacit.exchange_kind<all_reduce>, reduction = #tacit.reduction<mean>, operandSegmentSizes = array<i32: 0, 0>} : () -> !tacit.token
  return
}

// -----

// start_c2
func.func @start_c2(%a: tensor<8xi8>) {
  // expected-error@+1 {{'tacit.start' op exchanges f32, f64, i32 or i64, got 'i8'}}
  %h, %t = tacit.start all_reduce sum %a : tensor<8xi8>
  return
}

// -----

// start_c3
func.func @start_c3(%a: tensor<?xf32>) {
  // expected-error@+1 {{'tacit.start' op needs static shapes, got 'tensor<?xf32>'}}
  %h, %t = tacit.start all_reduce sum %a : tensor<?xf32>
  return
}

// -----

// start_c4
func.func @start_c4_no_reduction(%a: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.start' op all_reduce needs a reduction}}
  %h, %t = tacit.start all_reduce %a : tensor<8xf32>
  return
}

// -----

// start_c4
func.func @start_c4_reduction(%a: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.start' op broadcast takes no reduction}}
  %h, %t = tacit.start broadcast sum from 0 %a : tensor<8xf32>
  return
}

// -----

// start_c4
func.func @start_c4_no_root(%a: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.start' op broadcast needs a root}}
  %h, %t = tacit.start broadcast %a : tensor<8xf32>
  return
}

// -----

// start_c4
func.func @start_c4_root(%a: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.start' op all_reduce takes no root}}
  %h, %t = tacit.start all_reduce mean from 0 %a : tensor<8xf32>
  return
}

// -----

// start_c4
func.func @start_c4_outputs(%a: tensor<8xf32>, %o: tensor<4x8xf32>) {
  // expected-error@+1 {{'tacit.start' op all_reduce works in place and takes no outputs}}
  %h, %t = tacit.start all_reduce mean %a into %o : tensor<8xf32> into tensor<4x8xf32>
  return
}

// -----

// start_c4
func.func @start_c4_no_outputs(%a: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.start' op has 1 operands but 0 outputs}}
  %h, %t = tacit.start all_gather %a : tensor<8xf32>
  return
}

// -----

// start_c5
func.func @start_c5(%a: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.start' op must hold ('tensor<8xf32>'), the types of its operands, got ('tensor<4xf32>')}}
  %h, %t = "tacit.start"(%a) {kind = #tacit.exchange_kind<all_reduce>, reduction = #tacit.reduction<mean>, operandSegmentSizes = array<i32: 1, 0>} : (tensor<8xf32>) -> (tensor<4xf32>, !tacit.token)
  return
}

// -----

// start_c5
func.func @start_c5_outputs(%a: tensor<8xf32>, %o: tensor<2x8xf32>) {
  // expected-error@+1 {{'tacit.start' op must hold ('tensor<2x8xf32>'), the types of its outputs, got ()}}
  %t = "tacit.start"(%a, %o) {kind = #tacit.exchange_kind<all_gather>, operandSegmentSizes = array<i32: 1, 1>} : (tensor<8xf32>, tensor<2x8xf32>) -> !tacit.token
  return
}

// -----

// start_c6
func.func @start_c6(%a: tensor<8xf32>, %b: memref<8xf32>) {
  // expected-error@+1 {{'tacit.start' op mixes tensors and buffers: 'tensor<8xf32>' and 'memref<8xf32>'}}
  %h, %t = tacit.start all_reduce mean %a, %b : tensor<8xf32>, memref<8xf32>
  return
}

// -----

// start_c9
func.func @start_c9(%a: tensor<8xi64>) {
  // expected-error@+1 {{'tacit.start' op mean needs floats, got 'i64'; use sum}}
  %h, %t = tacit.start all_reduce mean %a : tensor<8xi64>
  return
}

// -----

// start_c11
func.func @start_c11_root(%a: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.start' op root must not be negative, got -2}}
  %h, %t = tacit.start broadcast from -2 %a : tensor<8xf32>
  return
}

// -----

// start_c11
tacit.trainer @start_c11_outputs attributes {ranks = 2} {
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<8xf32>
    %o = tensor.empty() : tensor<4x8xf32>
    // expected-error@+1 {{'tacit.start' op is bound to 2 ranks, but the output is 'tensor<4x8xf32>'}}
    %h, %t = tacit.start all_gather %x into %o : tensor<8xf32> into tensor<4x8xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// start: no such exchange.
func.func @start_kind(%a: tensor<8xf32>) {
  // expected-error@+1 {{expected all_reduce, all_gather or broadcast, got 'scatter'}}
  %h, %t = tacit.start scatter %a : tensor<8xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// await
//===----------------------------------------------------------------------===//

// await_c1
func.func @await_c1(%a: tensor<8xf32>) {
  %h, %t = tacit.start all_reduce mean %a : tensor<8xf32>
  // expected-error@+1 {{'tacit.await' op must return ('tensor<8xf32>'), the types of what was held, got ('tensor<4xf32>')}}
  %r = "tacit.await"(%t, %h) : (!tacit.token, tensor<8xf32>) -> tensor<4xf32>
  return
}
