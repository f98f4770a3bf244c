// RUN: tacit-opt %s --tacit-local-update=period=8 --tacit-adapt-period=interval-steps=20 | FileCheck %s
// RUN: tacit-opt %s --tacit-local-update=period=8 --tacit-adapt-period --tacit-verify-uniform | FileCheck %s --check-prefix=UNIFORM
// RUN: tacit-opt %s --tacit-set-optimizer='schedule=step{every=10 gamma=0.5}' --tacit-local-update=period=8 --tacit-adapt-period --tacit-verify-uniform | FileCheck %s --check-prefix=RATE
// RUN: tacit-opt %s --tacit-set-optimizer='schedule=step{every=10 gamma=0.5}' --tacit-local-update=period=8 --tacit-adapt-period=gated=true --tacit-expand-optimizer | FileCheck %s --check-prefix=GATED
// RUN: tacit-opt %s --tacit-local-update=period=8 --tacit-adapt-period=interval-seconds=2.5 --tacit-verify-uniform | FileCheck %s --check-prefix=SECONDS
// RUN: not tacit-opt %s --tacit-local-update --tacit-adapt-period='interval-seconds=2 interval-steps=3' 2>&1 | FileCheck %s --check-prefix=BOTH
// RUN: not tacit-opt %s --tacit-local-update --tacit-adapt-period=interval-seconds=-1 2>&1 | FileCheck %s --check-prefix=PAST
// RUN: not tacit-opt %s --tacit-adapt-period 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not tacit-opt %s --tacit-local-update --tacit-adapt-period=interval-steps=-1 2>&1 | FileCheck %s --check-prefix=NEGATIVE

// Losses are added up in f64, and averaged over ranks where they are asked for:
// in the first round, and when an interval is over.

// CHECK:         tacit.variable @round_loss : tensor<f64> = #tacit.zeros {role = #tacit.role<counter>}
// CHECK:         tacit.variable @interval_steps : tensor<i64> = #tacit.constant<2.000000e+01> {role = #tacit.role<counter>}
// CHECK:         tacit.step
// CHECK:           arith.extf %{{.*}} : f32 to f64
// CHECK:           tacit.set @round_loss
// CHECK:         tacit.end_round
// CHECK:           %[[FIRST:.*]] = arith.cmpi eq
// CHECK:           %[[OVER:.*]] = arith.cmpi sge
// CHECK:           %[[NEEDED:.*]] = arith.ori %[[FIRST]], %[[OVER]] : i1
// CHECK:           %[[MINE:.*]] = arith.divf
// CHECK:           %[[F:.*]] = scf.if %[[NEEDED]] -> (f64) {
// CHECK-NEXT:        %[[T:.*]] = tensor.from_elements %[[MINE]] : tensor<f64>
// CHECK-NEXT:        tacit.all_reduce mean %[[T]] {tacit.control} : tensor<f64>
// CHECK:           %[[F0:.*]] = arith.select %[[FIRST]], %[[F]], %{{.*}} : f64
// CHECK:           scf.if %[[OVER]] -> (i64) {
// CHECK-NEXT:        tacit.adapt_period %[[TAU:.*]] loss %[[F]] first %[[F0]] ratio %{{.*}} initial 8
// CHECK:           } else {
// CHECK-NEXT:        scf.yield %[[TAU]]
// CHECK:           tacit.set @tau
// CHECK:           tacit.set @interval_begin
// CHECK:           tacit.set @first_loss

// The period is the same on every rank, since the loss is; the sum is not.
// UNIFORM:       tacit.variable @tau : tensor<i64> = #tacit.constant<8.000000e+00> {role = #tacit.role<counter>}
// UNIFORM:       tacit.variable @interval_steps : tensor<i64> = #tacit.of_run<fraction = 2.000000e-01> {role = #tacit.role<counter>}

// RATE:          tacit.end_round
// RATE:            math.powf
// RATE:            math.powf
// RATE:            %[[RATIO:.*]] = arith.divf %{{.*}}, %{{.*}} : f64
// RATE:            tacit.adapt_period {{.*}} ratio %[[RATIO]] initial 8

// The schedule has a clock of its own, which goes where the period is 1.
// GATED:         tacit.step
// GATED:           tacit.get @schedule_step
// GATED-NEXT:      %[[CLOCK:.*]] = tensor.extract
// GATED:           arith.divsi %[[CLOCK]]
// GATED:           %[[IS_ONE:.*]] = arith.cmpi eq
// GATED-NEXT:      %[[PASSED:.*]] = arith.extui %[[IS_ONE]] : i1 to i64
// GATED-NEXT:      arith.addi %[[CLOCK]], %[[PASSED]]
// GATED:           tacit.set @schedule_step

// Rank 0's clock decides, which all have before it does.
// SECONDS:       tacit.variable @tau : tensor<i64> = #tacit.constant<8.000000e+00> {role = #tacit.role<counter>}
// SECONDS:       tacit.variable @interval_begin : tensor<f64> = #tacit.zeros {role = #tacit.role<counter>}
// SECONDS:       tacit.variable @interval_seconds : tensor<f64> = #tacit.constant<2.500000e+00> {role = #tacit.role<counter>}
// SECONDS:       tacit.end_round
// SECONDS:         tacit.all_reduce mean
// SECONDS:         %[[MINE:.*]] = tacit.clock : f64
// SECONDS-NEXT:    %[[TENSOR:.*]] = tensor.from_elements %[[MINE]] : tensor<f64>
// SECONDS-NEXT:    %[[SHARED:.*]] = tacit.broadcast from 0 %[[TENSOR]] {tacit.control} : tensor<f64>
// SECONDS-NEXT:    %[[NOW:.*]] = tensor.extract %[[SHARED]][] : tensor<f64>
// SECONDS:         %[[PASSED:.*]] = arith.subf %[[NOW]], %{{.*}} : f64
// SECONDS-NEXT:    %[[OVER:.*]] = arith.cmpf oge, %[[PASSED]], %{{.*}} : f64
// SECONDS:         scf.if %[[OVER]] -> (i64)

// BOTH:     error: tacit-adapt-period: interval-steps and interval-seconds are two lengths of one interval; give one of them
// PAST:     error: tacit-adapt-period: interval-seconds must be finite and not negative, got -1.0
// NONE:     error: 'tacit.trainer' op has no tacit.end_round whose period could be adapted; run tacit-local-update first
// NEGATIVE: error: tacit-adapt-period: interval-steps must not be negative, got -1
tacit.trainer @line attributes {ranks = 4 : i64} {
  tacit.variable @w : tensor<6x4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<6xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %x, %y = tacit.next_batch ["x", "y"] : tensor<6x4xf32>, tensor<6xf32>
    %w = tacit.get @w : tensor<6x4xf32>
    %b = tacit.get @b : tensor<6xf32>
    %n = tacit.sgd %w, %x lr(0.1) momentum(0.9) : tensor<6x4xf32>
    %m = tacit.sgd %b, %y lr(0.1) momentum(0.9) : tensor<6xf32>
    tacit.set @w, %n : tensor<6x4xf32>
    tacit.set @b, %m : tensor<6xf32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}
