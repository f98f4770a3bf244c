// RUN: tacit-opt %s --tacit-convert-exchange --verify-diagnostics

tacit.program @line step @line.step {}

func.func private @line.step(%a: memref<4xf32>, %b: memref<2x4xf32>) {
  // expected-error@+1 {{'tacit.all_gather' op of 2 operands has no layout for what it gathers; gather each alone}}
  tacit.all_gather %a, %a into %b, %b : memref<4xf32>, memref<4xf32> into memref<2x4xf32>, memref<2x4xf32>
  return
}
