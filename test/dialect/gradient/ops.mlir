// RUN: tacit-opt %s --verify-roundtrip | tacit-opt | FileCheck %s
// RUN: tacit-opt %s --mlir-print-op-generic | tacit-opt | FileCheck %s
// RUN: tacit-opt %s --emit-bytecode | tacit-opt | FileCheck %s

// CHECK-LABEL: tacit.trainer @line
tacit.trainer @line {
  func.func private @loss(%w: tensor<4xf32>, %b: tensor<f32>, %x: tensor<8x4xf32>, %y: tensor<8xi32>) -> tensor<f32> {
    return %b : tensor<f32>
  }
  tacit.step {
    %x, %y = tacit.next_batch : tensor<8x4xf32>, tensor<8xi32>
    %w = arith.constant dense<0.0> : tensor<4xf32>
    %b = arith.constant dense<0.0> : tensor<f32>
    // CHECK: %[[L:.*]], %{{.*}}:2 = tacit.value_and_grad @loss(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) wrt [0, 1] : (tensor<4xf32>, tensor<f32>, tensor<8x4xf32>, tensor<8xi32>) -> (tensor<f32>, tensor<4xf32>, tensor<f32>)
    %l, %g:2 = tacit.value_and_grad @loss(%w, %b, %x, %y) wrt [0, 1] : (tensor<4xf32>, tensor<f32>, tensor<8x4xf32>, tensor<8xi32>) -> (tensor<f32>, tensor<4xf32>, tensor<f32>)
    // The loss alone.
    // CHECK: tacit.value_and_grad @loss({{.*}}) wrt [] : ({{.*}}) -> tensor<f32>
    %m = tacit.value_and_grad @loss(%w, %b, %x, %y) wrt [] : (tensor<4xf32>, tensor<f32>, tensor<8x4xf32>, tensor<8xi32>) -> tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// Outside of a trainer, of a function of the module; in double precision too.
func.func @square(%w: tensor<f64>) -> tensor<f64> {
  %s = arith.mulf %w, %w : tensor<f64>
  return %s : tensor<f64>
}
// CHECK-LABEL: func.func @outside
func.func @outside(%w: tensor<f64>) -> tensor<f64> {
  // CHECK: tacit.value_and_grad @square(%{{.*}}) wrt [0] : (tensor<f64>) -> (tensor<f64>, tensor<f64>)
  %l, %g = tacit.value_and_grad @square(%w) wrt [0] : (tensor<f64>) -> (tensor<f64>, tensor<f64>)
  return %g : tensor<f64>
}

func.func @with_count(%w: tensor<f32>, %n: tensor<i32>) -> (tensor<f32>, tensor<i32>) {
  return %w, %n : tensor<f32>, tensor<i32>
}
// What the function returns besides the loss comes after the gradients.
// CHECK-LABEL: func.func @extra
func.func @extra(%w: tensor<f32>, %n: tensor<i32>) -> tensor<i32> {
  // CHECK: %{{.*}}, %[[R:.*]]:2 = tacit.value_and_grad @with_count(%{{.*}}, %{{.*}}) wrt [0] : (tensor<f32>, tensor<i32>) -> (tensor<f32>, tensor<f32>, tensor<i32>)
  %l, %r:2 = tacit.value_and_grad @with_count(%w, %n) wrt [0] : (tensor<f32>, tensor<i32>) -> (tensor<f32>, tensor<f32>, tensor<i32>)
  // CHECK: return %[[R]]#1
  return %r#1 : tensor<i32>
}
