// RUN: tacit-opt %s --verify-roundtrip | tacit-opt | FileCheck %s
// RUN: tacit-opt %s --mlir-print-op-generic | tacit-opt | FileCheck %s
// RUN: tacit-opt %s --emit-bytecode | tacit-opt | FileCheck %s

// CHECK-LABEL: func.func @sgd
func.func @sgd(%w: tensor<8xf32>, %g: tensor<8xf32>) {
  // CHECK-NEXT: tacit.sgd %arg0, %arg1 lr(1.000000e-01) : tensor<8xf32>
  %0 = tacit.sgd %w, %g lr(0.1) : tensor<8xf32>
  // CHECK-NEXT: tacit.sgd %arg0, %arg1 lr(1.000000e+00) momentum(9.000000e-01) : tensor<8xf32>
  %1 = tacit.sgd %w, %g lr(1) momentum(0.9) : tensor<8xf32>
  // CHECK-NEXT: tacit.sgd %arg0, %arg1 lr(1.000000e-01) momentum(9.000000e-01) weight_decay(1.000000e-04) nesterov : tensor<8xf32>
  %2 = tacit.sgd %w, %g lr(0.1) momentum(0.9) weight_decay(1.0e-4) nesterov : tensor<8xf32>
  // CHECK-NEXT: tacit.sgd %arg0, %arg1 lr(1.000000e-01) schedule([#tacit.step_schedule<every = 100, gamma = 1.000000e-01>, #tacit.constant_schedule]) {note} : tensor<8xf32>
  %3 = tacit.sgd %w, %g lr(0.1) schedule([#tacit.step_schedule<every = 100, gamma = 0.1>, #tacit.constant_schedule]) {note} : tensor<8xf32>
  return
}

// CHECK-LABEL: func.func @adamw
func.func @adamw(%w: tensor<8x4xf64>, %g: tensor<8x4xf64>) {
  // CHECK-NEXT: tacit.adamw %arg0, %arg1 lr(1.000000e-03) : tensor<8x4xf64>
  %0 = tacit.adamw %w, %g lr(1.0e-3) : tensor<8x4xf64>
  // CHECK-NEXT: tacit.adamw %arg0, %arg1 lr(1.000000e-03) beta1(8.000000e-01) beta2(0.98999999999999999) epsilon(9.9999999999999995E-7) weight_decay(0.000000e+00) schedule([#tacit.constant_schedule]) : tensor<8x4xf64>
  %1 = tacit.adamw %w, %g lr(1.0e-3) beta1(0.8) beta2(0.99) epsilon(1.0e-6) weight_decay(0) schedule([#tacit.constant_schedule]) : tensor<8x4xf64>
  return
}
