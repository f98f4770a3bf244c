// RUN: tacit-opt %s --split-input-file --tacit-verify-stage=stage=exchange --verify-diagnostics
// RUN: not tacit-opt %s --split-input-file --tacit-verify-stage=stage=buffers -o /dev/null 2>&1 | FileCheck %s --check-prefix=BUFFERS
// RUN: not tacit-opt %s --split-input-file --tacit-verify-stage=stage=calls -o /dev/null 2>&1 | FileCheck %s --check-prefix=CALLS
// RUN: not tacit-opt %s --split-input-file --tacit-verify-stage=stage=llvm -o /dev/null 2>&1 | FileCheck %s --check-prefix=LLVM
// RUN: not tacit-opt %s --split-input-file --tacit-verify-stage=stage=loops -o /dev/null 2>&1 | FileCheck %s --check-prefix=NONE

// NONE: error: tacit-verify-stage: there is no stage 'loops'; stages are exchange, buffers, calls and llvm

// BUFFERS: error: 'tacit.trainer' is left over, but the lowering has reached the stage 'buffers'
// CALLS: error: 'tacit.trainer' is left over, but the lowering has reached the stage 'calls'
// expected-error@+1 {{'tacit.trainer' is left over, but the lowering has reached the stage 'exchange'}}
tacit.trainer @line {
  tacit.step {
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}

// -----

// BUFFERS: error: 'linalg.exp' is left over, but the lowering has reached the stage 'buffers'
// CALLS: error: 'linalg.exp' is left over, but the lowering has reached the stage 'calls'
func.func @tensors(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = linalg.exp ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// CALLS: error: 'tacit.progress' is left over, but the lowering has reached the stage 'calls'
// LLVM: error: 'func.func' is left over, but the lowering has reached the stage 'llvm'
func.func @exchange() {
  tacit.progress
  return
}
