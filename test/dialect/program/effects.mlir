// RUN: tacit-opt %s --canonicalize --cse --symbol-dce --remove-dead-values | FileCheck %s

// CHECK-LABEL: tacit.trainer @effects
tacit.trainer @effects {
  // CHECK: tacit.variable @w
  tacit.variable @w : tensor<4xf32> {role = #tacit.role<parameter>}
  // A variable that nobody names stays: checkpoints hold it.
  // CHECK: tacit.variable @v
  tacit.variable @v : tensor<4xf32> {role = #tacit.role<parameter>}
  // CHECK: tacit.step
  tacit.step {
    // CHECK: tacit.next_batch
    %x = tacit.next_batch ["x"] : tensor<4xf32>
    // One value, read twice.
    // CHECK-NEXT: %[[W:.*]] = tacit.get @w
    %w0 = tacit.get @w : tensor<4xf32>
    %w1 = tacit.get @w : tensor<4xf32>
    // CHECK-NEXT: %[[S:.*]] = arith.addf %[[W]], %[[W]]
    %s = arith.addf %w0, %w1 : tensor<4xf32>
    // CHECK-NEXT: tacit.set @w, %[[S]]
    tacit.set @w, %s : tensor<4xf32>
    // Another value, since it was set in between.
    // CHECK-NEXT: %[[N:.*]] = tacit.get @w
    %w2 = tacit.get @w : tensor<4xf32>
    // CHECK-NEXT: tacit.set @w, %[[N]]
    tacit.set @w, %w2 : tensor<4xf32>
    // CHECK-NOT: tacit.get
    %unused = tacit.get @v : tensor<4xf32>
    %l = tensor.extract_slice %s[0] [1] [1] : tensor<4xf32> to tensor<f32>
    // CHECK: tacit.report
    tacit.report "first", %l : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
