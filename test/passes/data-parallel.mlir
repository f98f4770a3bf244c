// RUN: tacit-opt %s --tacit-data-parallel --split-input-file | FileCheck %s
// RUN: tacit-opt %s --tacit-data-parallel --split-input-file --remarks-filter='tacit-.*' --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Every gradient is averaged, right where it is known; one that two optimizers
// take, once.

// REMARK: [Passed] Exchanged | Category:tacit-data-parallel | Remark="averages 2 gradients of 24 bytes in all"
// CHECK-LABEL: tacit.trainer @averages
// CHECK:         %[[G:.*]] = arith.negf %[[X:.*]] :
// CHECK-NEXT:    %[[A:.*]] = tacit.all_reduce mean %[[G]] : tensor<4xf32>
// CHECK-NEXT:    %[[H:.*]] = arith.negf %{{.*}} : tensor<f64>
// CHECK-NEXT:    %[[B:.*]] = tacit.all_reduce mean %[[H]] : tensor<f64>
// CHECK-NEXT:    tacit.sgd %[[W:.*]], %[[A]] lr
// CHECK-NEXT:    tacit.adamw %[[W]], %[[A]] lr
// CHECK-NEXT:    tacit.sgd %{{.*}}, %[[B]] lr
tacit.trainer @averages {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<f64> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<4xf32>
    %w = tacit.get @w : tensor<4xf32>
    %b = tacit.get @b : tensor<f64>
    %g = arith.negf %x : tensor<4xf32>
    %h = arith.negf %b : tensor<f64>
    %nw = tacit.sgd %w, %g lr(0.1) : tensor<4xf32>
    %mw = tacit.adamw %w, %g lr(0.1) : tensor<4xf32>
    %nb = tacit.sgd %b, %h lr(0.1) : tensor<f64>
    tacit.set @w, %nw : tensor<4xf32>
    tacit.set @b, %nb : tensor<f64>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// Nobody to exchange with.

// REMARK: [Missed] OneRank | Category:tacit-data-parallel | Remark="bound to one rank: there is nobody to exchange with"
// CHECK-LABEL: tacit.trainer @alone
// CHECK-NOT:     all_reduce
tacit.trainer @alone attributes {ranks = 1 : i64} {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<4xf32>
    %w = tacit.get @w : tensor<4xf32>
    %nw = tacit.sgd %w, %x lr(0.1) : tensor<4xf32>
    tacit.set @w, %nw : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
