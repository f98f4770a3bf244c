// RUN: tacit-opt %s --tacit-inline | FileCheck %s

// Calls in a step, an evaluation and a function vanish, and so do the private
// functions that only calls used. A function that value_and_grad names stays.

// CHECK-LABEL: tacit.trainer @inlines
// CHECK-NOT:   @twice
// CHECK:       func.func private @loss(%[[X:.*]]: tensor<f32>)
// CHECK-NEXT:    %[[Y:.*]] = arith.addf %[[X]], %[[X]]
// CHECK-NEXT:    return %[[Y]]
// CHECK:       tacit.step
// CHECK:         %[[B:.*]] = tacit.next_batch
// CHECK:         %[[W:.*]] = tacit.get @w
// CHECK-NEXT:    %[[D:.*]] = arith.addf %[[W]], %[[W]]
// CHECK-NEXT:    tacit.value_and_grad @loss(%[[D]])
// CHECK:       tacit.evaluate
// CHECK-NOT:     func.call
// CHECK:         arith.addf
// CHECK-NEXT:    tacit.yield
tacit.trainer @inlines {
  tacit.variable @w : tensor<f32> = #tacit.zeros {role = #tacit.role<parameter>}
  func.func private @twice(%x: tensor<f32>) -> tensor<f32> {
    %y = arith.addf %x, %x : tensor<f32>
    return %y : tensor<f32>
  }
  func.func private @loss(%x: tensor<f32>) -> tensor<f32> {
    %y = func.call @twice(%x) : (tensor<f32>) -> tensor<f32>
    return %y : tensor<f32>
  }
  tacit.step {
    %b = tacit.next_batch ["x"] : tensor<2xf32>
    %w = tacit.get @w : tensor<f32>
    %d = func.call @twice(%w) : (tensor<f32>) -> tensor<f32>
    %l, %g = tacit.value_and_grad @loss(%d) wrt [0] : (tensor<f32>) -> (tensor<f32>, tensor<f32>)
    tacit.yield %l : tensor<f32>
  }
  tacit.evaluate {
    %b = tacit.next_batch ["x"] : tensor<2xf32>
    %w = tacit.get @w : tensor<f32>
    %d = func.call @twice(%w) : (tensor<f32>) -> tensor<f32>
    tacit.yield %d : tensor<f32>
  }
}
