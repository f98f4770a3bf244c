// RUN: tacit-opt %s --tacit-expand-optimizer --split-input-file | FileCheck %s
// RUN: tacit-opt %s --tacit-expand-optimizer --split-input-file --remarks-filter='tacit-.*' --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK --implicit-check-not=Copies

// The update goes behind the last read of the old value, even through another
// get, and its set goes along.

// CHECK-LABEL: tacit.trainer @late
// CHECK:         %[[W:.*]] = tacit.get @w
// CHECK-NEXT:    %[[V:.*]] = tacit.get @w
// CHECK-NOT:     linalg.generic
// CHECK:         arith.negf %[[V]]
// CHECK-NEXT:    arith.constant
// CHECK-NEXT:    %[[N:.*]] = linalg.generic
// CHECK:         tacit.set @w, %[[N]]
// CHECK-NEXT:    arith.constant dense<0.0
tacit.trainer @late {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %g = tacit.next_batch ["x"] : tensor<4xf32>
    %w = tacit.get @w : tensor<4xf32>
    %v = tacit.get @w : tensor<4xf32>
    %n = tacit.sgd %w, %g lr(0.1) : tensor<4xf32>
    tacit.set @w, %n : tensor<4xf32>
    %read = arith.negf %v : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// Where the new value is used before the last read of the old one, there is a
// copy, and a remark.

// REMARK: [Missed] Copies | Category:tacit-expand-optimizer | Remark="the update of '@w' copies it: the old value is read after the new one is used by 'arith.negf'"
// CHECK-LABEL: tacit.trainer @used
// CHECK:         %[[W:.*]] = tacit.get @w
// CHECK:         %[[N:.*]] = linalg.generic
// CHECK:         arith.negf %[[N]]
// CHECK-NEXT:    arith.negf %[[W]]
tacit.trainer @used {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %g = tacit.next_batch ["x"] : tensor<4xf32>
    %w = tacit.get @w : tensor<4xf32>
    %n = tacit.sgd %w, %g lr(0.1) : tensor<4xf32>
    %new = arith.negf %n : tensor<4xf32>
    %old = arith.negf %w : tensor<4xf32>
    tacit.set @w, %n : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// The same where the variable is read back in between.

// REMARK: [Missed] Copies | Category:tacit-expand-optimizer | Remark="the update of '@w' copies it: the old value is read after the variable is accessed by 'tacit.get'"
// CHECK-LABEL: tacit.trainer @read_back
// CHECK:         %[[W:.*]] = tacit.get @w
// CHECK:         %[[N:.*]] = linalg.generic
// CHECK:         tacit.set @w, %[[N]]
// CHECK-NEXT:    %[[B:.*]] = tacit.get @w
// CHECK-NEXT:    arith.addf %[[B]], %[[W]]
tacit.trainer @read_back {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %g = tacit.next_batch ["x"] : tensor<4xf32>
    %w = tacit.get @w : tensor<4xf32>
    %n = tacit.sgd %w, %g lr(0.1) : tensor<4xf32>
    tacit.set @w, %n : tensor<4xf32>
    %b = tacit.get @w : tensor<4xf32>
    %old = arith.addf %b, %w : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// A trainer without optimizers, and a report of its own, are left alone.

// CHECK-LABEL: tacit.trainer @none
// CHECK-NOT:     tacit.report
// CHECK:         tacit.yield
tacit.trainer @none {
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// CHECK-LABEL: tacit.trainer @reports
// CHECK-COUNT-1: tacit.report "lr"
// CHECK-NOT:     tacit.report
tacit.trainer @reports {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %g = tacit.next_batch ["x"] : tensor<4xf32>
    %w = tacit.get @w : tensor<4xf32>
    %n = tacit.sgd %w, %g lr(0.1) : tensor<4xf32>
    tacit.set @w, %n : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.report "lr", %l : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
