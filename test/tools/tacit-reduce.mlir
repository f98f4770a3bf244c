// RUN: tacit-reduce --help | FileCheck %s --check-prefix=HELP
// HELP: MLIR test case reduction tool.
// RUN: tacit-reduce %s --reduction-tree='traversal-mode=0 test=%S/Inputs/has-all-reduce.sh' | FileCheck %s

// What the script looks for is the exchange: all but the function that has it
// goes.

// CHECK-NOT: @nothing
// CHECK:     func.func @exchange
// CHECK:       tacit.all_reduce
// CHECK-NOT: @neither
func.func @nothing(%x: tensor<8xf32>) -> tensor<8xf32> {
  %s = arith.addf %x, %x : tensor<8xf32>
  return %s : tensor<8xf32>
}

func.func @exchange(%x: tensor<8xf32>) -> tensor<8xf32> {
  %a = tacit.all_reduce mean %x : tensor<8xf32>
  return %a : tensor<8xf32>
}

func.func @neither(%x: tensor<8xf32>) -> tensor<8xf32> {
  return %x : tensor<8xf32>
}
