// RUN: tacit-opt %s --split-input-file --verify-diagnostics

//===----------------------------------------------------------------------===//
// program
//===----------------------------------------------------------------------===//

// program_c1
func.func private @line.step()
// expected-error@+1 {{'tacit.program' op holds only tacit.variable and tacit.channel}}
tacit.program @program_c1 step @line.step {
  // expected-note@+1 {{got 'func.func' here}}
  func.func private @f()
}

// -----

// program_c1
func.func private @line.step()
// expected-error@+1 {{'tacit.program' op has more than one tacit.channel}}
tacit.program @program_c1_channels step @line.step {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.channel @a of [@w] over #tacit.topology<ring> by #tacit.decentralized<send_every = 1>
  // expected-note@+1 {{the second is here}}
  tacit.channel @b of [@w] over #tacit.topology<ring> by #tacit.decentralized<send_every = 1>
}

// -----

// program_c2
// expected-error@+1 {{'tacit.program' op '@line.step' does not name a function}}
tacit.program @program_c2 step @line.step {
}

// -----

// program_c2
func.func private @line.step()
// expected-error@+1 {{'tacit.program' op '@program_c2_evaluate' does not name a function}}
tacit.program @program_c2_evaluate step @line.step evaluate @program_c2_evaluate {
}

// -----

//===----------------------------------------------------------------------===//
// gemm
//===----------------------------------------------------------------------===//

// gemm_c1
func.func @gemm_c1(%alpha: f32, %a: memref<4x4xf32>, %b: memref<4x4xf64>) {
  // expected-error@+1 {{'tacit.gemm' op multiplies f32, got 'memref<4x4xf64>'}}
  tacit.gemm %alpha, %a, %b into %a sizes [4, 4, 4] leading [4, 4, 4] : memref<4x4xf32>, memref<4x4xf64>, memref<4x4xf32>
  return
}

// -----

// gemm_c2
func.func @gemm_c2(%alpha: f32, %a: memref<4x4xf32>) {
  // expected-error@+1 {{'tacit.gemm' op needs 3 sizes and 3 leading dimensions, got 2 and 3}}
  tacit.gemm %alpha, %a, %a into %a sizes [4, 4] leading [4, 4, 4] : memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>
  return
}

// -----

// gemm_c3
func.func @gemm_c3(%alpha: f32, %a: memref<4x4xf32>) {
  // expected-error@+1 {{'tacit.gemm' op needs sizes of at least 1, got [4, 0, 4]}}
  tacit.gemm %alpha, %a, %a into %a sizes [4, 0, 4] leading [4, 4, 4] : memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>
  return
}

// -----

// gemm_c4
func.func @gemm_c4(%alpha: f32, %a: memref<4x8xf32>, %b: memref<8x2xf32>, %c: memref<4x2xf32>) {
  // expected-error@+1 {{'tacit.gemm' op has rows of 8 elements in A but a leading dimension of 4}}
  tacit.gemm %alpha, %a, %b into %c sizes [4, 2, 8] leading [4, 2, 2] : memref<4x8xf32>, memref<8x2xf32>, memref<4x2xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Compression on bytes
//===----------------------------------------------------------------------===//

// encode_c1
func.func @encode_c1(%p: memref<192xi8>) {
  // expected-error@+1 {{'tacit.encode' op needs at least one value}}
  "tacit.encode"(%p) {site = 0 : i64, operandSegmentSizes = array<i32: 0, 0, 0, 0, 1>} : (memref<192xi8>) -> ()
  return
}

// -----

// encode_c2
func.func @encode_c2(%v: tensor<8xf32>, %p: tensor<192xi8>) {
  // expected-error@+1 {{'tacit.encode' op must return ('tensor<8xf32>', 'tensor<192xi8>'), the tensors that it writes, got ('tensor<192xi8>')}}
  %0 = tacit.encode 0 %v into %p : tensor<8xf32> into tensor<192xi8> -> tensor<192xi8>
  return
}

// -----

// exchange_low_rank_c1
func.func @exchange_low_rank_c1() {
  // expected-error@+1 {{'tacit.exchange_low_rank' op needs at least one value}}
  "tacit.exchange_low_rank"() {site = 0 : i64, operandSegmentSizes = array<i32: 0, 0, 0, 0, 0>} : () -> ()
  return
}

// -----

// exchange_low_rank_c2
func.func @exchange_low_rank_c2(%a: tensor<8x4xf32>, %q: memref<4x1xf32>) {
  // expected-error@+1 {{'tacit.exchange_low_rank' op must return ('tensor<8x4xf32>', 'tensor<8x4xf32>'), the tensors that it writes, got ()}}
  tacit.exchange_low_rank 0 %a factors %q into %a : tensor<8x4xf32> factors memref<4x1xf32> into tensor<8x4xf32>
  return
}

// -----

// exchange_encoded_c1
func.func @exchange_encoded_c1(%p: tensor<192xi8>) {
  // expected-error@+1 {{'tacit.exchange_encoded' op must return ('tensor<192xi8>'), the tensors that it writes, got ()}}
  tacit.exchange_encoded 0 %p into %p : tensor<192xi8> into tensor<192xi8>
  return
}

// -----

// decode_c1
func.func @decode_c1(%p: memref<192xi8>) {
  // expected-error@+1 {{'tacit.decode' op needs at least one output}}
  "tacit.decode"(%p) {site = 0 : i64} : (memref<192xi8>) -> ()
  return
}

// -----

// decode_c2
func.func @decode_c2(%p: tensor<192xi8>, %o: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.decode' op must return ('tensor<8xf32>'), the tensors that it writes, got ()}}
  tacit.decode 0 exchanged %p into %o : tensor<192xi8> into tensor<8xf32>
  return
}

// -----

// clear_encoded_c1
func.func @clear_encoded_c1(%p: memref<192xi8>) {
  // expected-error@+1 {{'tacit.clear_encoded' op needs at least one value}}
  "tacit.clear_encoded"(%p) {site = 0 : i64} : (memref<192xi8>) -> ()
  return
}

// -----

// clear_encoded_c2
func.func @clear_encoded_c2(%p: tensor<192xi8>, %u: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.clear_encoded' op must return ('tensor<8xf32>'), the tensors that it writes, got ()}}
  tacit.clear_encoded 0 %p in %u : tensor<192xi8> in tensor<8xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// convolution
//===----------------------------------------------------------------------===//

// convolution_c1
func.func @convolution_c1(%x: memref<?x3x9x9xf32>, %w: memref<8x3x3x3xf32>, %y: memref<2x8x4x4xf32>) {
  // expected-error@+1 {{'tacit.convolution' op works on f32 of known extents, got 'memref<?x3x9x9xf32>'}}
  tacit.convolution forward %x, %w into %y layouts ["nchw", "oihw", "nchw"] strides [2, 2] dilations [1, 1] padding [0, 0, 0, 0] : memref<?x3x9x9xf32>, memref<8x3x3x3xf32> into memref<2x8x4x4xf32>
  return
}

// -----

// convolution_c2
func.func @convolution_c2(%x: memref<2x3x9x9xf32>, %w: memref<8x3x3x3xf32>, %y: memref<2x8x4x4xf32>) {
  // expected-error@+1 {{'tacit.convolution' op needs 3 layouts, got 2}}
  tacit.convolution forward %x, %w into %y layouts ["nchw", "oihw"] strides [2, 2] dilations [1, 1] padding [0, 0, 0, 0] : memref<2x3x9x9xf32>, memref<8x3x3x3xf32> into memref<2x8x4x4xf32>
  return
}

// -----

// convolution_c2_letters
func.func @convolution_c2_letters(%x: memref<2x3x9x9xf32>, %w: memref<8x3x3x3xf32>, %y: memref<2x8x4x4xf32>) {
  // expected-error@+1 {{'tacit.convolution' op cannot lay out 'memref<8x3x3x3xf32>' as 'nchw'; it takes each letter of 'oihw' once}}
  tacit.convolution forward %x, %w into %y layouts ["nchw", "nchw", "nchw"] strides [2, 2] dilations [1, 1] padding [0, 0, 0, 0] : memref<2x3x9x9xf32>, memref<8x3x3x3xf32> into memref<2x8x4x4xf32>
  return
}

// -----

// convolution_c3
func.func @convolution_c3(%x: memref<2x3x9x9xf32>, %w: memref<8x3x3x3xf32>, %y: memref<2x8x4x4xf32>) {
  // expected-error@+1 {{'tacit.convolution' op needs 2 strides and 2 dilations of at least 1, and 4 paddings of at least 0}}
  tacit.convolution forward %x, %w into %y layouts ["nchw", "oihw", "nchw"] strides [2, 0] dilations [1, 1] padding [0, 0, 0, 0] : memref<2x3x9x9xf32>, memref<8x3x3x3xf32> into memref<2x8x4x4xf32>
  return
}

// -----

// convolution_c4
func.func @convolution_c4(%x: memref<2x3x9x9xf32>, %w: memref<8x4x3x3xf32>, %y: memref<2x8x4x4xf32>) {
  // expected-error@+1 {{'tacit.convolution' op has batches of 2 and 2, and 3 to 8 channels, but a filter of 4 to 8}}
  tacit.convolution forward %x, %w into %y layouts ["nchw", "oihw", "nchw"] strides [2, 2] dilations [1, 1] padding [0, 0, 0, 0] : memref<2x3x9x9xf32>, memref<8x4x3x3xf32> into memref<2x8x4x4xf32>
  return
}

// -----

// convolution_c5
func.func @convolution_c5(%x: memref<2x3x9x9xf32>, %w: memref<8x3x3x3xf32>, %y: memref<2x8x4x5xf32>) {
  // expected-error@+1 {{'tacit.convolution' op has an output of 5 along w where 4 fit}}
  tacit.convolution forward %x, %w into %y layouts ["nchw", "oihw", "nchw"] strides [2, 2] dilations [1, 1] padding [0, 0, 0, 0] : memref<2x3x9x9xf32>, memref<8x3x3x3xf32> into memref<2x8x4x5xf32>
  return
}

// -----

// convolution_c6
func.func @convolution_c6(%x: memref<2x3x9x9xf32>, %w: memref<8x3x3x3xf32>, %y: memref<2x8x4x4xf32>) {
  // expected-error@+1 {{'tacit.convolution' op must return (), the tensors that it writes, got ('tensor<2x8x4x4xf32>')}}
  %r = tacit.convolution forward %x, %w into %y layouts ["nchw", "oihw", "nchw"] strides [2, 2] dilations [1, 1] padding [0, 0, 0, 0] : memref<2x3x9x9xf32>, memref<8x3x3x3xf32> into memref<2x8x4x4xf32> -> tensor<2x8x4x4xf32>
  return
}
