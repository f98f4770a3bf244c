// RUN: tacit-opt %s --tacit-bind-ranks=ranks=4 --split-input-file | FileCheck %s
// RUN: tacit-opt %s --tacit-bind-ranks=ranks=1 --split-input-file | FileCheck %s --check-prefix=ONE

// The number of ranks becomes a constant, gathers get their static extent; with
// one rank, dense exchanges are what they are given.

// CHECK-LABEL: tacit.trainer @gathers
// CHECK-SAME:      ranks = 4
// CHECK-NOT:     tacit.num_ranks
// CHECK:         %[[X:.*]] = tacit.next_batch
// CHECK:         %[[E:.*]] = tensor.empty() : tensor<4x8xf32>
// CHECK:         %[[A:.*]] = tacit.all_gather %[[X]] into %[[E]] : tensor<8xf32> into tensor<4x8xf32>
// CHECK:         %[[H:.*]], %[[T:.*]] = tacit.start all_gather %[[X]] into %{{.*}} : tensor<8xf32> into tensor<4x8xf32>
// CHECK-NEXT:    %[[B:.*]] = tacit.await %[[T]], %[[H]] : tensor<4x8xf32>
// CHECK:         tacit.all_reduce mean
// CHECK:         tacit.broadcast from 0
// ONE-LABEL: tacit.trainer @gathers
// ONE-SAME:      ranks = 1
// ONE:           tacit.all_gather %{{.*}} : tensor<8xf32> into tensor<1x8xf32>
// ONE-NOT:       tacit.all_reduce
// ONE-NOT:       tacit.broadcast
tacit.trainer @gathers {
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<8xf32>
    %p = tacit.num_ranks : i64
    %i = arith.index_cast %p : i64 to index
    %e = tensor.empty(%i) : tensor<?x8xf32>
    %a = tacit.all_gather %x into %e : tensor<8xf32> into tensor<?x8xf32>
    %f = tensor.empty(%i) : tensor<?x8xf32>
    %h, %t = tacit.start all_gather %x into %f : tensor<8xf32> into tensor<?x8xf32>
    %b = tacit.await %t, %h : tensor<?x8xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    %c = arith.constant 0 : index
    %v = tensor.extract %a[%c, %c] : tensor<?x8xf32>
    %w = tensor.extract %b[%c, %c] : tensor<?x8xf32>
    %s = arith.addf %v, %w : f32
    %n = tensor.insert %s into %l[] : tensor<f32>
    %r = tacit.all_reduce mean %n : tensor<f32>
    %m = tacit.broadcast from 0 %r : tensor<f32>
    tacit.yield %m : tensor<f32>
  }
}

// -----

// Without exchanges, only the number is noted.

// CHECK-LABEL: tacit.trainer @unbound
// CHECK-SAME:      ranks = 4
// ONE-LABEL: tacit.trainer @unbound
// ONE-SAME:      ranks = 1
tacit.trainer @unbound {
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
