// RUN: tacit-opt %s --split-input-file --tacit-outline | FileCheck %s

// Buffers come in the order variables, data, results, each with its name; a
// variable that the body does not use is no argument. A get behind a set sees
// the new value. Exchanges are named after the parameter they serve.

// CHECK-LABEL: tacit.program @line step @line.step evaluate @line.evaluate attributes {ranks = 4 : i64}
// CHECK-NEXT:    tacit.variable @w :
// CHECK-NEXT:    tacit.variable @w.momentum :
// CHECK-NEXT:    tacit.variable @unused :
// CHECK-LABEL: func.func private @line.step(
// CHECK-SAME:    %[[W:[a-z0-9]+]]: memref<4xf32> {tacit.variable = "w"}
// CHECK-SAME:    %[[V:[a-z0-9]+]]: memref<4xf32> {tacit.variable = "w.momentum"}
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<4xf32> {tacit.data = "x"}
// CHECK-SAME:    %[[LOSS:[a-z0-9]+]]: memref<f32> {tacit.result = "loss"}
// CHECK-SAME:    %[[LR:[a-z0-9]+]]: memref<f64> {tacit.result = "lr"})
// CHECK-NEXT:    %[[OLD_W:.*]] = bufferization.to_tensor %[[W]] restrict writable
// CHECK-NEXT:    %[[OLD_V:.*]] = bufferization.to_tensor %[[V]] restrict writable
// CHECK-NEXT:    %[[DATA:.*]] = bufferization.to_tensor %[[X]] restrict :
// CHECK-NEXT:    %[[G:.*]] = tacit.all_reduce mean %[[DATA]] {tacit.serves = ["w"]}
// CHECK-NEXT:    %[[NEW_V:.*]] = linalg.add ins(%[[OLD_V]], %[[G]]
// CHECK-NEXT:    %[[NEW_W:.*]] = linalg.sub ins(%[[OLD_W]], %[[NEW_V]]
// CHECK:         materialize_in_destination %{{.*}} in restrict writable %[[LOSS]]
// CHECK-NEXT:    materialize_in_destination %{{.*}} in restrict writable %[[LR]]
// CHECK-NEXT:    materialize_in_destination %[[NEW_W]] in writable %[[W]]
// CHECK-NEXT:    materialize_in_destination %[[NEW_V]] in writable %[[V]]
// CHECK-NEXT:    return
// CHECK-LABEL: func.func private @line.evaluate(
// CHECK-SAME:    {tacit.variable = "w"}
// CHECK-SAME:    {tacit.data = "x"}
// CHECK-SAME:    {tacit.data = "y"}
// CHECK-SAME:    {tacit.result = "loss"}
// CHECK-SAME:    {tacit.result = "correct"})
// CHECK-NEXT:    bufferization.to_tensor %{{.*}} restrict : memref<4xf32>
tacit.trainer @line attributes {ranks = 4 : i64} {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @w.momentum : tensor<4xf32> = #tacit.zeros {role = #tacit.role<optimizer>}
  tacit.variable @unused : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<4xf32>
    %w = tacit.get @w : tensor<4xf32>
    %v = tacit.get @w.momentum : tensor<4xf32>
    %g = tacit.all_reduce mean %x : tensor<4xf32>
    %nv = linalg.add ins(%v, %g : tensor<4xf32>, tensor<4xf32>) outs(%v : tensor<4xf32>) -> tensor<4xf32>
    tacit.set @w.momentum, %nv : tensor<4xf32>
    %after = tacit.get @w.momentum : tensor<4xf32>
    %nw = linalg.sub ins(%w, %after : tensor<4xf32>, tensor<4xf32>) outs(%w : tensor<4xf32>) -> tensor<4xf32>
    tacit.set @w, %nw : tensor<4xf32>
    %lr = arith.constant dense<0.1> : tensor<f64>
    tacit.report "lr", %lr : tensor<f64>
    %loss = arith.constant dense<1.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
  tacit.evaluate {
    %x, %y = tacit.next_batch : tensor<2x4xf32>, tensor<2xi32>
    %w = tacit.get @w : tensor<4xf32>
    %l = arith.constant dense<1.0> : tensor<2xf32>
    tacit.yield %l, %l : tensor<2xf32>, tensor<2xf32>
  }
}

// -----

// The new value of each is the old one of the other: copies keep the stores at
// the end from reading what one of them has overwritten.

// CHECK-LABEL: func.func private @swap.step(
// CHECK-SAME:    %[[BUFFER_A:[a-z0-9]+]]: memref<4xf32> {tacit.variable = "a"}
// CHECK-SAME:    %[[BUFFER_B:[a-z0-9]+]]: memref<4xf32> {tacit.variable = "b"}
// CHECK-NEXT:    %[[A:.*]] = bufferization.to_tensor %[[BUFFER_A]]
// CHECK-NEXT:    %[[B:.*]] = bufferization.to_tensor %[[BUFFER_B]]
// CHECK:         %[[COPY_B:.*]] = bufferization.alloc_tensor() copy(%[[B]])
// CHECK-NEXT:    %[[COPY_A:.*]] = bufferization.alloc_tensor() copy(%[[A]])
// CHECK-NEXT:    materialize_in_destination %[[COPY_B]] in writable %[[BUFFER_A]]
// CHECK-NEXT:    materialize_in_destination %[[COPY_A]] in writable %[[BUFFER_B]]
tacit.trainer @swap {
  tacit.variable @a : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %a = tacit.get @a : tensor<4xf32>
    %b = tacit.get @b : tensor<4xf32>
    tacit.set @a, %b : tensor<4xf32>
    tacit.set @b, %a : tensor<4xf32>
    %loss = arith.constant dense<1.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}
