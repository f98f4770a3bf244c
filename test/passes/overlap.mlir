// RUN: tacit-opt %s --tacit-overlap --split-input-file | FileCheck %s
// RUN: tacit-opt %s --tacit-overlap --split-input-file --remarks-filter='tacit-.*' --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Each exchange starts right behind its last gradient. Updates follow in the
// order of starts, each behind its await; so do the sets. What waits for
// nothing runs first. Progress is made between large computations.

// REMARK: [Passed] Overlapped | Category:tacit-overlap | Remark="2 of 2 exchanges run while the step computes"
// CHECK-LABEL: tacit.trainer @two
// CHECK:         %[[A:.*]] = tacit.get @a
// CHECK-NEXT:    %[[B:.*]] = tacit.get @b
// CHECK-NEXT:    %[[GB:.*]] = arith.negf %[[B]]
// CHECK-NEXT:    %[[HB:.*]], %[[TB:.*]] = tacit.start all_reduce mean %[[GB]] : tensor<4xf32>
// CHECK-NEXT:    tensor.empty
// CHECK-NEXT:    linalg.matmul
// CHECK-NEXT:    arith.negf
// CHECK-NEXT:    tacit.progress
// CHECK-NEXT:    linalg.matmul
// CHECK-NEXT:    tacit.progress
// CHECK-NEXT:    %[[GA:.*]] = linalg.transpose
// CHECK:         %[[HA:.*]], %[[TA:.*]] = tacit.start all_reduce mean %[[GA]] : tensor<512x1024xf32>
// CHECK-NEXT:    arith.constant dense<1.0
// CHECK-NEXT:    tacit.report
// CHECK-NEXT:    %[[XB:.*]] = tacit.await %[[TB]], %[[HB]] : tensor<4xf32>
// CHECK-NEXT:    %[[NB:.*]] = tacit.sgd %[[B]], %[[XB]]
// CHECK-NEXT:    tacit.set @b, %[[NB]]
// CHECK-NEXT:    %[[XA:.*]] = tacit.await %[[TA]], %[[HA]] : tensor<512x1024xf32>
// CHECK-NEXT:    %[[NA:.*]] = tacit.sgd %[[A]], %[[XA]]
// CHECK-NEXT:    tacit.set @a, %[[NA]]
// CHECK-NEXT:    %[[AGAIN:.*]] = tacit.get @a
// CHECK-NEXT:    arith.negf %[[AGAIN]]
// CHECK-NEXT:    tacit.yield
tacit.trainer @two {
  tacit.variable @a : tensor<512x1024xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %a = tacit.get @a : tensor<512x1024xf32>
    %b = tacit.get @b : tensor<4xf32>
    %gb = arith.negf %b : tensor<4xf32>
    %xb = tacit.all_reduce mean %gb : tensor<4xf32>
    %e = tensor.empty() : tensor<512x512xf32>
    %m = linalg.matmul indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (j, k)>, affine_map<(i, j, k) -> (i, j)>]
      ins(%a, %a : tensor<512x1024xf32>, tensor<512x1024xf32>) outs(%e : tensor<512x512xf32>) -> tensor<512x512xf32>
    %n = arith.negf %m : tensor<512x512xf32>
    %f = linalg.matmul ins(%n, %a : tensor<512x512xf32>, tensor<512x1024xf32>) outs(%a : tensor<512x1024xf32>) -> tensor<512x1024xf32>
    %ga = linalg.transpose ins(%f : tensor<512x1024xf32>) outs(%a : tensor<512x1024xf32>) permutation = [0, 1]
    %xa = tacit.all_reduce mean %ga : tensor<512x1024xf32>
    %na = tacit.sgd %a, %xa lr(0.1) : tensor<512x1024xf32>
    tacit.set @a, %na : tensor<512x1024xf32>
    %again = tacit.get @a : tensor<512x1024xf32>
    %use = arith.negf %again : tensor<512x1024xf32>
    %nb = tacit.sgd %b, %xb lr(0.1) : tensor<4xf32>
    tacit.set @b, %nb : tensor<4xf32>
    %l = arith.constant dense<1.0> : tensor<f32>
    tacit.report "one", %l : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// A result that is needed before the last start is awaited where it is needed.

// CHECK-LABEL: tacit.trainer @early
// CHECK:         %[[H:.*]], %[[T:.*]] = tacit.start all_reduce sum
// CHECK-NEXT:    arith.constant dense<1.0
// CHECK-NEXT:    %[[X:.*]] = tacit.await %[[T]], %[[H]]
// CHECK-NEXT:    %[[G:.*]] = arith.addf %[[X]]
// CHECK-NEXT:    tacit.start all_reduce mean %[[G]]
// CHECK-NEXT:    arith.constant dense<2.0
// CHECK-NEXT:    tacit.await
// CHECK-NEXT:    tacit.sgd
tacit.trainer @early {
  tacit.variable @b : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %b = tacit.get @b : tensor<4xf32>
    %s = tacit.all_reduce sum %b : tensor<4xf32>
    %one = arith.constant dense<1.0> : tensor<4xf32>
    %g = arith.addf %s, %one : tensor<4xf32>
    %x = tacit.all_reduce mean %g : tensor<4xf32>
    %nb = tacit.sgd %b, %x lr(0.1) : tensor<4xf32>
    tacit.set @b, %nb : tensor<4xf32>
    %l = arith.constant dense<2.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// What both exchanges decide follows both; a use inside a region counts.

// CHECK-LABEL: tacit.trainer @joined
// CHECK:         tacit.start
// CHECK-NEXT:    tacit.get @b
// CHECK-NEXT:    tacit.start
// CHECK-NEXT:    arith.constant true
// CHECK-NEXT:    arith.constant dense<0.0
// CHECK-NEXT:    %[[A:.*]] = tacit.await
// CHECK-NEXT:    %[[NA:.*]] = tacit.sgd %{{.*}}, %[[A]]
// CHECK-NEXT:    tacit.set @a, %[[NA]]
// CHECK-NEXT:    %[[B:.*]] = tacit.await
// CHECK-NEXT:    scf.if
// CHECK-NEXT:      arith.addf %[[A]], %[[B]]
tacit.trainer @joined {
  tacit.variable @a : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %a = tacit.get @a : tensor<4xf32>
    %b = tacit.get @b : tensor<4xf32>
    %xa = tacit.all_reduce mean %a : tensor<4xf32>
    %xb = tacit.all_reduce mean %b : tensor<4xf32>
    %c = arith.constant true
    %g = scf.if %c -> tensor<4xf32> {
      %s = arith.addf %xa, %xb : tensor<4xf32>
      scf.yield %s : tensor<4xf32>
    } else {
      scf.yield %xb : tensor<4xf32>
    }
    %na = tacit.sgd %a, %xa lr(0.1) : tensor<4xf32>
    %nb = tacit.sgd %b, %g lr(0.1) : tensor<4xf32>
    tacit.set @a, %na : tensor<4xf32>
    tacit.set @b, %nb : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// With nothing to compute meanwhile, an exchange stays whole.

// REMARK: [Missed] Whole | Category:tacit-overlap | Remark="is not overlapped: its result is needed at once"
// CHECK-LABEL: tacit.trainer @nothing
// CHECK-NOT:     tacit.start
// CHECK:         tacit.all_reduce mean
// CHECK-NEXT:    tacit.sgd
tacit.trainer @nothing {
  tacit.variable @a : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    %a = tacit.get @a : tensor<4xf32>
    %xa = tacit.all_reduce mean %a : tensor<4xf32>
    %na = tacit.sgd %a, %xa lr(0.1) : tensor<4xf32>
    tacit.set @a, %na : tensor<4xf32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// Updates of a channel come while a step computes, whatever it does.

// CHECK-LABEL: tacit.trainer @channel
// CHECK:         tacit.step
// CHECK-NOT:     tacit.progress
// CHECK:         tacit.collect
// CHECK-NEXT:    tensor.empty
// CHECK-NEXT:    linalg.matmul
// CHECK-NEXT:    arith.constant
// CHECK-NEXT:    tacit.progress
// CHECK-NEXT:    linalg.matmul
// CHECK-NEXT:    tacit.publish
// CHECK-NOT:     tacit.progress
tacit.trainer @channel attributes {ranks = 4 : i64} {
  tacit.variable @w : tensor<512x512xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.decentralized<send_every = 1>
  tacit.step {
    %w = tacit.get @w : tensor<512x512xf32>
    %v = tacit.collect @updates into %w : tensor<512x512xf32>
    %e = tensor.empty() : tensor<512x512xf32>
    %m = linalg.matmul ins(%v, %v : tensor<512x512xf32>, tensor<512x512xf32>) outs(%e : tensor<512x512xf32>) -> tensor<512x512xf32>
    %lr = arith.constant 0.1 : f64
    %u = linalg.matmul ins(%m, %v : tensor<512x512xf32>, tensor<512x512xf32>) outs(%e : tensor<512x512xf32>) -> tensor<512x512xf32>
    %n = tacit.publish @updates %u lr %lr into %v : tensor<512x512xf32> into tensor<512x512xf32>
    tacit.set @w, %n : tensor<512x512xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// elastic_await moves updates by itself, too.

// CHECK-LABEL: tacit.trainer @short
// CHECK-NOT:     tacit.progress
// CHECK:         tacit.elastic_await
// CHECK-NOT:     tacit.progress
tacit.trainer @short attributes {ranks = 4 : i64} {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.norm_bounded<beta = 0.5, max_delay = 4>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    %n = tacit.elastic_await @updates %w lr %lr into %w : tensor<4xf32> into tensor<4xf32>
    tacit.set @w, %n : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
