// RUN: tacit-opt %s --tacit-average-state --split-input-file | FileCheck %s
// RUN: tacit-opt %s --tacit-local-update=period=4 --tacit-average-state --split-input-file | FileCheck %s --check-prefix=LOCAL
// RUN: tacit-opt %s --tacit-bind-ranks=ranks=1 --tacit-average-state --split-input-file | FileCheck %s --check-prefix=ONE
// RUN: tacit-opt %s --tacit-async-exchange --tacit-average-state --split-input-file | FileCheck %s --check-prefix=CHANNEL
// RUN: tacit-opt %s --tacit-average-state --split-input-file --remarks-filter='tacit-average-state' --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: tacit-opt %s --tacit-bind-ranks=ranks=1 --tacit-average-state --split-input-file --remarks-filter='tacit-average-state' --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=ONE-REMARK
// RUN: tacit-opt %s --tacit-async-exchange --tacit-average-state --split-input-file --remarks-filter='tacit-average-state' --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=CHANNEL-REMARK

// What is of the rank's batch is averaged at the end of the step, one message
// for each element type; what all ranks count alike is not.

// CHECK-LABEL: tacit.trainer @norm
// CHECK:         tacit.step
// CHECK:           %[[X:.*]]:3 = tacit.next_batch
// CHECK-NOT:       tacit.set @mean
// CHECK-NOT:       tacit.set @wide
// CHECK:           tacit.set @count
// CHECK:           %[[M:.*]]:2 = tacit.all_reduce mean %[[X]]#0, %[[X]]#1 : tensor<4xf32>, tensor<4x2xf32>
// CHECK-NEXT:      tacit.set @mean, %[[M]]#0
// CHECK-NEXT:      tacit.set @square, %[[M]]#1
// CHECK-NEXT:      %[[W:.*]] = tacit.all_reduce mean %[[X]]#2 : tensor<4xf64>
// CHECK-NEXT:      tacit.set @wide, %[[W]]
// CHECK-NEXT:      tacit.yield

// With local steps, ranks keep their own until the round ends.

// LOCAL-LABEL: tacit.trainer @norm
// LOCAL:         tacit.step
// LOCAL:           tacit.set @mean, %{{.*}}#0
// LOCAL-NOT:       tacit.all_reduce
// LOCAL:         tacit.end_round
// LOCAL:           %[[A:.*]] = tacit.get @mean
// LOCAL-NEXT:      %[[B:.*]] = tacit.get @square
// LOCAL-NEXT:      %[[M:.*]]:2 = tacit.all_reduce mean %[[A]], %[[B]] : tensor<4xf32>, tensor<4x2xf32>
// LOCAL-NEXT:      tacit.set @mean, %[[M]]#0
// LOCAL-NEXT:      tacit.set @square, %[[M]]#1
// LOCAL-NEXT:      %[[C:.*]] = tacit.get @wide
// LOCAL-NEXT:      %[[N:.*]] = tacit.all_reduce mean %[[C]] : tensor<4xf64>
// LOCAL-NEXT:      tacit.set @wide, %[[N]]
// LOCAL-NOT:       @count

// One rank has nobody to average with; ranks of a channel have no step in
// common.

// ONE-LABEL:     tacit.trainer @norm
// ONE-NOT:         tacit.all_reduce
// CHANNEL-LABEL: tacit.trainer @norm
// CHANNEL-NOT:     tacit.all_reduce
// CHANNEL:         tacit.set @mean

// REMARK: Averaged {{.*}}averages 3 variables of model state each step
// ONE-REMARK: OneRank {{.*}}bound to one rank: there is nobody to average with
// CHANNEL-REMARK: Own {{.*}}leaves each rank its own model state: ranks that train through a channel have no step in common
tacit.trainer @norm {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @mean : tensor<4xf32> = #tacit.zeros {role = #tacit.role<model_state>}
  tacit.variable @square : tensor<4x2xf32> = #tacit.zeros {role = #tacit.role<model_state>}
  tacit.variable @wide : tensor<4xf64> = #tacit.zeros {role = #tacit.role<model_state>}
  tacit.variable @count : tensor<i32> = #tacit.zeros {role = #tacit.role<model_state>}
  tacit.variable @fixed : tensor<f32> = #tacit.zeros {role = #tacit.role<model_state>}
  tacit.step {
    %x:3 = tacit.next_batch ["x", "y", "z"] : tensor<4xf32>, tensor<4x2xf32>, tensor<4xf64>
    %w = tacit.get @w : tensor<4xf32>
    %n = tacit.sgd %w, %x#0 lr(0.1) : tensor<4xf32>
    tacit.set @w, %n : tensor<4xf32>
    tacit.set @mean, %x#0 : tensor<4xf32>
    tacit.set @square, %x#1 : tensor<4x2xf32>
    tacit.set @wide, %x#2 : tensor<4xf64>
    %c = tacit.get @count : tensor<i32>
    %one = arith.constant dense<1> : tensor<i32>
    %d = arith.addi %c, %one : tensor<i32>
    tacit.set @count, %d : tensor<i32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}

// -----

// What reads the state behind its set, in the step, reads the rank's own.

// CHECK-LABEL: tacit.trainer @read
// CHECK:           tacit.set @mean, %[[X:.*]] : tensor<4xf32>
// CHECK-NEXT:      %[[OWN:.*]] = tacit.get @mean
// CHECK-NEXT:      tacit.set @last, %[[OWN]]
// CHECK:           tacit.all_reduce mean %[[X]]
// CHECK-NEXT:      tacit.set @mean
tacit.trainer @read {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @mean : tensor<4xf32> = #tacit.zeros {role = #tacit.role<model_state>}
  tacit.variable @last : tensor<4xf32> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<4xf32>
    %w = tacit.get @w : tensor<4xf32>
    %n = tacit.sgd %w, %x lr(0.1) : tensor<4xf32>
    tacit.set @w, %n : tensor<4xf32>
    tacit.set @mean, %x : tensor<4xf32>
    %own = tacit.get @mean : tensor<4xf32>
    tacit.set @last, %own : tensor<4xf32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}
