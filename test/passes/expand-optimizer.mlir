// RUN: tacit-opt %s --tacit-expand-optimizer --split-input-file | FileCheck %s

// w - lr g, in place; a constant learning rate needs no counter.

// CHECK-LABEL: tacit.trainer @sgd
// CHECK-NEXT:    tacit.variable @w
// CHECK-NEXT:    tacit.step {
// CHECK-NEXT:      %[[G:.*]] = tacit.next_batch
// CHECK-NEXT:      %[[W:.*]] = tacit.get @w
// CHECK-NEXT:      %[[L:.*]] = arith.constant dense<0.0
// CHECK-NEXT:      %[[LR:.*]] = arith.constant 1.000000e-01 : f32
// CHECK-NEXT:      %[[N:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]} ins(%[[G]] : tensor<4x2xf32>) outs(%[[W]] : tensor<4x2xf32>) {
// CHECK-NEXT:      ^bb0(%[[GI:.*]]: f32, %[[WI:.*]]: f32):
// CHECK-NEXT:        %[[D:.*]] = arith.mulf %[[LR]], %[[GI]]
// CHECK-NEXT:        %[[R:.*]] = arith.subf %[[WI]], %[[D]]
// CHECK-NEXT:        linalg.yield %[[R]] : f32
// CHECK-NEXT:      } -> tensor<4x2xf32>
// CHECK-NEXT:      tacit.set @w, %[[N]]
// CHECK-NEXT:      %[[REPORT:.*]] = arith.constant dense<1.000000e-01> : tensor<f64>
// CHECK-NEXT:      tacit.report "lr", %[[REPORT]] : tensor<f64>
// CHECK-NEXT:      tacit.yield %[[L]]
tacit.trainer @sgd {
  tacit.variable @w : tensor<4x2xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %g = tacit.next_batch ["x"] : tensor<4x2xf32>
    %w = tacit.get @w : tensor<4x2xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    %n = tacit.sgd %w, %g lr(0.1) : tensor<4x2xf32>
    tacit.set @w, %n : tensor<4x2xf32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// g += wd w; v = m v + g; w -= lr (g + m v). One operation, both in place.

// CHECK-LABEL: tacit.trainer @nesterov
// CHECK-NEXT:    tacit.variable @w : tensor<4xf64>
// CHECK-NEXT:    tacit.variable @w.momentum : tensor<4xf64> = #tacit.zeros {role = #tacit.role<optimizer>}
// CHECK:           %[[G:.*]] = tacit.next_batch
// CHECK-NEXT:      %[[W:.*]] = tacit.get @w :
// CHECK:           %[[V:.*]] = tacit.get @w.momentum
// CHECK-NEXT:      %[[LR:.*]] = arith.constant 5.000000e-01 : f64
// CHECK-NEXT:      %[[N:.*]]:2 = linalg.generic {{.*}} ins(%[[G]] : tensor<4xf64>) outs(%[[W]], %[[V]] : tensor<4xf64>, tensor<4xf64>) {
// CHECK-NEXT:      ^bb0(%[[GI:.*]]: f64, %[[WI:.*]]: f64, %[[VI:.*]]: f64):
// CHECK-NEXT:        %[[WD:.*]] = arith.constant 1.000000e-02 : f64
// CHECK-NEXT:        %[[DECAY:.*]] = arith.mulf %[[WD]], %[[WI]]
// CHECK-NEXT:        %[[GD:.*]] = arith.addf %[[GI]], %[[DECAY]]
// CHECK-NEXT:        %[[M:.*]] = arith.constant 9.000000e-01 : f64
// CHECK-NEXT:        %[[OLD:.*]] = arith.mulf %[[M]], %[[VI]]
// CHECK-NEXT:        %[[NV:.*]] = arith.addf %[[OLD]], %[[GD]]
// CHECK-NEXT:        %[[AHEAD:.*]] = arith.mulf %[[M]], %[[NV]]
// CHECK-NEXT:        %[[DIR:.*]] = arith.addf %[[GD]], %[[AHEAD]]
// CHECK-NEXT:        %[[DELTA:.*]] = arith.mulf %[[LR]], %[[DIR]]
// CHECK-NEXT:        %[[NW:.*]] = arith.subf %[[WI]], %[[DELTA]]
// CHECK-NEXT:        linalg.yield %[[NW]], %[[NV]]
// CHECK:           tacit.set @w.momentum, %[[N]]#1
// CHECK-NEXT:      tacit.set @w, %[[N]]#0
tacit.trainer @nesterov {
  tacit.variable @w : tensor<4xf64> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %g = tacit.next_batch ["x"] : tensor<4xf64>
    %w = tacit.get @w : tensor<4xf64>
    %l = arith.constant dense<0.0> : tensor<f32>
    %n = tacit.sgd %w, %g lr(0.5) momentum(0.9) weight_decay(0.01) nesterov : tensor<4xf64>
    tacit.set @w, %n : tensor<4xf64>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// v = m v + g; w -= lr v. The learning rate is computed in f64 from the number
// of local steps, which the step counts itself, and is then narrowed.

// CHECK-LABEL: tacit.trainer @schedule
// CHECK-DAG:     tacit.variable @step : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
// CHECK-DAG:     tacit.variable @w.momentum : tensor<4xf32> = #tacit.zeros {role = #tacit.role<optimizer>}
// CHECK:         tacit.step {
// CHECK-NEXT:      %[[COUNT:.*]] = tacit.get @step : tensor<i64>
// CHECK-NEXT:      %[[T:.*]] = tensor.extract %[[COUNT]][]
// CHECK-NEXT:      %[[BASE:.*]] = arith.constant 5.000000e-01 : f64
// CHECK-NEXT:      %[[EVERY:.*]] = arith.constant 10 : i64
// CHECK-NEXT:      %[[DECAYS:.*]] = arith.divsi %[[T]], %[[EVERY]]
// CHECK-NEXT:      %[[FLOAT:.*]] = arith.sitofp %[[DECAYS]] : i64 to f64
// CHECK-NEXT:      %[[GAMMA:.*]] = arith.constant 1.000000e-01 : f64
// CHECK-NEXT:      %[[FACTOR:.*]] = math.powf %[[GAMMA]], %[[FLOAT]]
// CHECK-NEXT:      %[[LR:.*]] = arith.mulf %[[BASE]], %[[FACTOR]] : f64
// CHECK-NEXT:      %[[ONE:.*]] = arith.constant 1 : i64
// CHECK-NEXT:      %[[NEXT:.*]] = arith.addi %[[T]], %[[ONE]]
// CHECK:           %[[NARROW:.*]] = arith.truncf %[[LR]] : f64 to f32
// CHECK:           linalg.generic
// CHECK-NEXT:      ^bb0(%[[GI:.*]]: f32, %[[WI:.*]]: f32, %[[VI:.*]]: f32):
// CHECK-NEXT:        %[[M:.*]] = arith.constant 2.500000e-01 : f32
// CHECK-NEXT:        %[[OLD:.*]] = arith.mulf %[[M]], %[[VI]]
// CHECK-NEXT:        %[[NV:.*]] = arith.addf %[[OLD]], %[[GI]]
// CHECK-NEXT:        %[[DELTA:.*]] = arith.mulf %[[NARROW]], %[[NV]]
// CHECK-NEXT:        %[[NW:.*]] = arith.subf %[[WI]], %[[DELTA]]
// CHECK-NEXT:        linalg.yield %[[NW]], %[[NV]]
// CHECK-COUNT-1:   linalg.generic
// CHECK-NOT:       linalg.generic
// CHECK:           %[[STORED:.*]] = tensor.insert %[[NEXT]] into %[[COUNT]][]
// CHECK-NEXT:      tacit.set @step, %[[STORED]]
// CHECK:           %[[REPORT:.*]] = tensor.from_elements %[[LR]] : tensor<f64>
// CHECK-NEXT:      tacit.report "lr", %[[REPORT]]
tacit.trainer @schedule {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @v : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %g = tacit.next_batch ["x"] : tensor<4xf32>
    %w = tacit.get @w : tensor<4xf32>
    %v = tacit.get @v : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    %n = tacit.sgd %w, %g lr(0.5) momentum(0.25) schedule([#tacit.step_schedule<every = 10, gamma = 0.1>, #tacit.constant_schedule]) : tensor<4xf32>
    %m = tacit.sgd %v, %g lr(0.5) schedule([#tacit.step_schedule<every = 10, gamma = 0.1>, #tacit.constant_schedule]) : tensor<4xf32>
    tacit.set @w, %n : tensor<4xf32>
    tacit.set @v, %m : tensor<4xf32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// Loshchilov and Hutter, algorithm 2: the decay takes w from before the step,
// and the number of updates, this one included, is optimizer state that all
// parameters share.

// CHECK-LABEL: tacit.trainer @adamw
// CHECK-DAG:     tacit.variable @w.first_moment : tensor<4xf32> = #tacit.zeros {role = #tacit.role<optimizer>}
// CHECK-DAG:     tacit.variable @w.second_moment : tensor<4xf32> = #tacit.zeros {role = #tacit.role<optimizer>}
// CHECK-DAG:     tacit.variable @adamw.updates : tensor<i64> = #tacit.zeros {role = #tacit.role<optimizer>}
// CHECK-DAG:     tacit.variable @v.first_moment
// CHECK-DAG:     tacit.variable @v.second_moment
// CHECK:         tacit.step {
// CHECK-NEXT:      %[[COUNT:.*]] = tacit.get @adamw.updates : tensor<i64>
// CHECK-NEXT:      %[[BEFORE:.*]] = tensor.extract %[[COUNT]][]
// CHECK-NEXT:      %[[ONE:.*]] = arith.constant 1 : i64
// CHECK-NEXT:      %[[T:.*]] = arith.addi %[[BEFORE]], %[[ONE]]
// CHECK-NEXT:      %[[TF:.*]] = arith.sitofp %[[T]] : i64 to f64
// CHECK-NEXT:      %[[ONE2:.*]] = arith.constant 1.000000e+00 : f64
// CHECK-NEXT:      %[[B2:.*]] = arith.constant 7.500000e-01 : f64
// CHECK-NEXT:      %[[P2:.*]] = math.powf %[[B2]], %[[TF]]
// CHECK-NEXT:      %[[S2:.*]] = arith.subf %[[ONE2]], %[[P2]]
// CHECK-NEXT:      %[[C2:.*]] = arith.divf %[[ONE2]], %[[S2]] : f64
// CHECK-NEXT:      %[[ONE1:.*]] = arith.constant 1.000000e+00 : f64
// CHECK-NEXT:      %[[B1:.*]] = arith.constant 5.000000e-01 : f64
// CHECK-NEXT:      %[[P1:.*]] = math.powf %[[B1]], %[[TF]]
// CHECK-NEXT:      %[[S1:.*]] = arith.subf %[[ONE1]], %[[P1]]
// CHECK-NEXT:      %[[C1:.*]] = arith.divf %[[ONE1]], %[[S1]] : f64
// CHECK:           %[[W:.*]] = tacit.get @w :
// CHECK:           %[[M:.*]] = tacit.get @w.first_moment
// CHECK-NEXT:      %[[V:.*]] = tacit.get @w.second_moment
// CHECK-NEXT:      %[[LR:.*]] = arith.constant 1.250000e-01 : f32
// CHECK-NEXT:      %[[F1:.*]] = arith.truncf %[[C1]] : f64 to f32
// CHECK-NEXT:      %[[F2:.*]] = arith.truncf %[[C2]] : f64 to f32
// CHECK-NEXT:      %[[N:.*]]:3 = linalg.generic {{.*}} outs(%[[W]], %[[M]], %[[V]] :
// CHECK-NEXT:      ^bb0(%[[GI:.*]]: f32, %[[WI:.*]]: f32, %[[MI:.*]]: f32, %[[VI:.*]]: f32):
// CHECK-NEXT:        %[[BETA1:.*]] = arith.constant 5.000000e-01 : f32
// CHECK-NEXT:        %[[M1:.*]] = arith.mulf %[[BETA1]], %[[MI]]
// CHECK-NEXT:        %[[REST1:.*]] = arith.constant 5.000000e-01 : f32
// CHECK-NEXT:        %[[M2:.*]] = arith.mulf %[[REST1]], %[[GI]]
// CHECK-NEXT:        %[[NM:.*]] = arith.addf %[[M1]], %[[M2]]
// CHECK-NEXT:        %[[GG:.*]] = arith.mulf %[[GI]], %[[GI]]
// CHECK-NEXT:        %[[BETA2:.*]] = arith.constant 7.500000e-01 : f32
// CHECK-NEXT:        %[[V1:.*]] = arith.mulf %[[BETA2]], %[[VI]]
// CHECK-NEXT:        %[[REST2:.*]] = arith.constant 2.500000e-01 : f32
// CHECK-NEXT:        %[[V2:.*]] = arith.mulf %[[REST2]], %[[GG]]
// CHECK-NEXT:        %[[NV:.*]] = arith.addf %[[V1]], %[[V2]]
// CHECK-NEXT:        %[[VHAT:.*]] = arith.mulf %[[NV]], %[[F2]]
// CHECK-NEXT:        %[[ROOT:.*]] = math.sqrt %[[VHAT]]
// CHECK-NEXT:        %[[EPS:.*]] = arith.constant 9.765625E-4 : f32
// CHECK-NEXT:        %[[MHAT:.*]] = arith.mulf %[[NM]], %[[F1]]
// CHECK-NEXT:        %[[DEN:.*]] = arith.addf %[[ROOT]], %[[EPS]]
// CHECK-NEXT:        %[[RATIO:.*]] = arith.divf %[[MHAT]], %[[DEN]]
// CHECK-NEXT:        %[[WD:.*]] = arith.constant 6.250000e-02 : f32
// CHECK-NEXT:        %[[DECAY:.*]] = arith.mulf %[[WD]], %[[WI]]
// CHECK-NEXT:        %[[DIR:.*]] = arith.addf %[[RATIO]], %[[DECAY]]
// CHECK-NEXT:        %[[DELTA:.*]] = arith.mulf %[[LR]], %[[DIR]]
// CHECK-NEXT:        %[[NW:.*]] = arith.subf %[[WI]], %[[DELTA]]
// CHECK-NEXT:        linalg.yield %[[NW]], %[[NM]], %[[NV]]
// CHECK:           tacit.set @w.first_moment, %[[N]]#1
// CHECK-NEXT:      tacit.set @w.second_moment, %[[N]]#2
// CHECK:           linalg.generic
// CHECK:           tacit.set @w, %[[N]]#0
// CHECK:           %[[STORED:.*]] = tensor.insert %[[T]] into %[[COUNT]][]
// CHECK-NEXT:      tacit.set @adamw.updates, %[[STORED]]
// CHECK-NOT:       tacit.set @adamw.updates
tacit.trainer @adamw {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @v : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %g = tacit.next_batch ["x"] : tensor<4xf32>
    %w = tacit.get @w : tensor<4xf32>
    %v = tacit.get @v : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    %n = tacit.adamw %w, %g lr(0.125) beta1(0.5) beta2(0.75) epsilon(0.0009765625) weight_decay(0.0625) : tensor<4xf32>
    %m = tacit.adamw %v, %g lr(0.125) beta1(0.5) beta2(0.75) : tensor<4xf32>
    tacit.set @w, %n : tensor<4xf32>
    tacit.set @v, %m : tensor<4xf32>
    tacit.yield %l : tensor<f32>
  }
}
