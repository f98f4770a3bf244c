// RUN: tacit-opt %s --split-input-file --verify-diagnostics

//===----------------------------------------------------------------------===//
// program
//===----------------------------------------------------------------------===//

// program_c1
func.func private @line.step()
// expected-error@+1 {{'tacit.program' op holds only tacit.variable}}
tacit.program @program_c1 step @line.step {
  // expected-note@+1 {{got 'func.func' here}}
  func.func private @f()
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
