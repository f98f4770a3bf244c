// RUN: tacit-opt %s --tacit-accumulate-gradients=batches=4 --split-input-file | FileCheck %s
// RUN: tacit-opt %s --tacit-accumulate-gradients=batches=1 --split-input-file | FileCheck %s --check-prefix=ONE
// RUN: tacit-opt %s --tacit-accumulate-gradients=batches=4 --split-input-file --tacit-data-parallel | FileCheck %s --check-prefix=EXCHANGE
// RUN: tacit-opt %s --tacit-accumulate-gradients=batches=4 --split-input-file --remarks-filter='tacit-.*' --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// The batch becomes four times as large, and its parts go through the loop, with
// all that a part's gradient and loss need; what optimizers do stays behind it.

// CHECK-LABEL: tacit.trainer @line attributes {accumulate = 4 : i64}
// CHECK:         %[[X:.*]]:2 = tacit.next_batch ["x", "y"] : tensor<12x4xf32>, tensor<12xf32>
// CHECK-NEXT:    %[[W:.*]] = tacit.get @w
// CHECK-NOT:     linalg.generic
// CHECK:         %[[ZERO:.*]] = linalg.fill {{.*}} -> tensor<4xf32>
// CHECK:         %[[NONE:.*]] = linalg.fill {{.*}} -> tensor<f32>
// CHECK:         %[[SUM:.*]]:2 = scf.for %[[I:.*]] = %c0 to %c4 step %c1 iter_args(%[[G0:.*]] = %[[ZERO]], %[[L0:.*]] = %[[NONE]])
// CHECK:           %[[FIRST:.*]] = arith.muli %[[I]], %c3
// CHECK-NEXT:      %[[XI:.*]] = tensor.extract_slice %[[X]]#0[%[[FIRST]], 0] [3, 4] [1, 1] : tensor<12x4xf32> to tensor<3x4xf32>
// CHECK:           %[[YI:.*]] = tensor.extract_slice %[[X]]#1[%{{.*}}] [3] [1] : tensor<12xf32> to tensor<3xf32>
// CHECK:           %[[E:.*]] = linalg.generic {{.*}} ins(%[[XI]], %[[W]], %[[YI]]
// A product begins at the sum so far; what is none is added to it.
// CHECK:           %[[G1:.*]] = linalg.generic {{.*}} ins(%[[XI]], %[[E]] : {{.*}}) outs(%[[G0]]
// CHECK:           %[[L:.*]] = linalg.generic {{.*}} ins(%[[E]]
// CHECK:           %[[L1:.*]] = linalg.generic {{.*}} ins(%[[L]] : {{.*}}) outs(%[[L0]]
// CHECK:           scf.yield %[[G1]], %[[L1]]
// CHECK:         %[[FOUR:.*]] = arith.constant 4.000000e+00 : f32
// CHECK:         %[[MEAN:.*]] = linalg.generic {{.*}} outs(%[[SUM]]#0
// CHECK:           arith.divf %{{.*}}, %[[FOUR]]
// CHECK:         %[[LOSS:.*]] = linalg.generic {{.*}} outs(%[[SUM]]#1
// CHECK:         %[[N:.*]] = tacit.sgd %[[W]], %[[MEAN]] lr(1.000000e-01)
// CHECK-NEXT:    tacit.set @w, %[[N]]
// CHECK:         tacit.yield %[[LOSS]]

// ONE-LABEL: tacit.trainer @line {
// ONE:         tacit.next_batch ["x", "y"] : tensor<3x4xf32>, tensor<3xf32>
// ONE-NOT:     scf.for

// What is exchanged is the mean of all parts, once.
// EXCHANGE:      scf.for
// EXCHANGE-NOT:    tacit.all_reduce
// EXCHANGE:        scf.yield
// EXCHANGE:      %[[MEAN:.*]] = linalg.generic
// EXCHANGE:      tacit.all_reduce mean %[[MEAN]]

// REMARK: [Passed] Accumulate | Category:tacit-accumulate-gradients | Remark="adds up 2 values over 4 batches"
#row = affine_map<(b, i) -> (b)>
#both = affine_map<(b, i) -> (b, i)>
#column = affine_map<(b, i) -> (i)>
tacit.trainer @line {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %x, %y = tacit.next_batch ["x", "y"] : tensor<3x4xf32>, tensor<3xf32>
    %w = tacit.get @w : tensor<4xf32>
    %zero = arith.constant 0.0 : f32
    %r = tensor.empty() : tensor<3xf32>
    %r0 = linalg.fill ins(%zero : f32) outs(%r : tensor<3xf32>) -> tensor<3xf32>
    %e = linalg.generic {indexing_maps = [#both, #column, #row, #row], iterator_types = ["parallel", "reduction"]}
        ins(%x, %w, %y : tensor<3x4xf32>, tensor<4xf32>, tensor<3xf32>) outs(%r0 : tensor<3xf32>) {
    ^bb0(%xi: f32, %wi: f32, %yi: f32, %o: f32):
      %p = arith.mulf %xi, %wi : f32
      %s = arith.addf %o, %p : f32
      linalg.yield %s : f32
    } -> tensor<3xf32>
    %c = tensor.empty() : tensor<4xf32>
    %c0 = linalg.fill ins(%zero : f32) outs(%c : tensor<4xf32>) -> tensor<4xf32>
    %g = linalg.generic {indexing_maps = [#both, #row, #column], iterator_types = ["reduction", "parallel"]}
        ins(%x, %e : tensor<3x4xf32>, tensor<3xf32>) outs(%c0 : tensor<4xf32>) {
    ^bb0(%xi: f32, %ei: f32, %o: f32):
      %p = arith.mulf %xi, %ei : f32
      %s = arith.addf %o, %p : f32
      linalg.yield %s : f32
    } -> tensor<4xf32>
    %n = tacit.sgd %w, %g lr(0.1) : tensor<4xf32>
    tacit.set @w, %n : tensor<4xf32>
    %l = tensor.empty() : tensor<f32>
    %l0 = linalg.fill ins(%zero : f32) outs(%l : tensor<f32>) -> tensor<f32>
    %loss = linalg.generic {indexing_maps = [affine_map<(b) -> (b)>, affine_map<(b) -> ()>], iterator_types = ["reduction"]}
        ins(%e : tensor<3xf32>) outs(%l0 : tensor<f32>) {
    ^bb0(%ei: f32, %o: f32):
      %s = arith.addf %o, %ei : f32
      linalg.yield %s : f32
    } -> tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}

// -----

// New model state is the mean of what each part makes of the old, as it would
// be over ranks; what is no part's is set once.

// CHECK-LABEL: tacit.trainer @statistics
// CHECK:         %[[X:.*]] = tacit.next_batch ["x"] : tensor<8xf32>
// CHECK:         %[[SUM:.*]]:2 = scf.for
// CHECK:           tensor.extract_slice %[[X]]
// CHECK:         %[[W:.*]] = linalg.generic {{.*}} outs(%[[SUM]]#0
// CHECK:         %[[M:.*]] = linalg.generic {{.*}} outs(%[[SUM]]#1
// CHECK:         tacit.sgd %{{.*}}, %[[W]]
// CHECK:         tacit.set @mean, %[[M]]
// CHECK:         tacit.set @count, %[[C:.*]] : tensor<i32>
tacit.trainer @statistics {
  tacit.variable @w : tensor<2xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @mean : tensor<2xf32> = #tacit.zeros {role = #tacit.role<model_state>}
  tacit.variable @count : tensor<i32> = #tacit.zeros {role = #tacit.role<model_state>}
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<2xf32>
    %w = tacit.get @w : tensor<2xf32>
    %m = tacit.get @mean : tensor<2xf32>
    %c = tacit.get @count : tensor<i32>
    %g = arith.mulf %x, %w : tensor<2xf32>
    %s = arith.addf %x, %m : tensor<2xf32>
    %one = arith.constant dense<1> : tensor<i32>
    %d = arith.addi %c, %one : tensor<i32>
    %n = tacit.sgd %w, %g lr(0.1) : tensor<2xf32>
    tacit.set @w, %n : tensor<2xf32>
    tacit.set @mean, %s : tensor<2xf32>
    tacit.set @count, %d : tensor<i32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}
