// RUN: tacit-opt %s --tacit-select-exchange='latency=50 bandwidth=1' --split-input-file | FileCheck %s
// RUN: tacit-opt %s --tacit-select-exchange='latency=50 bandwidth=1' --split-input-file --remarks-filter='tacit-.*' --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: tacit-opt %s --tacit-select-exchange='latency=100000 bandwidth=1' --split-input-file | FileCheck %s --check-prefix=SLOW

// Few entries on many ranks: merging sends the least. 5 rounds of 8 kB, at 8 ns a
// byte, take 320 us and 5 latencies.
// REMARK: [Passed] Selected | Category:tacit-select-exchange | Remark="gtopk of 1000 entries out of 1000000 on 32 ranks: all_gather 2234.0 us, gtopk 570.0 us, ok_topk 986.0 us, dense 65100.0 us"
// CHECK-LABEL: tacit.trainer @many_ranks
// CHECK:         %[[Q:.*]], %{{.*}} = tacit.all_reduce_payload gtopk {{.*}} -> !tacit.sparse<1000000xf32, capacity = 1000>
// CHECK:         tacit.decompress %[[Q]] : !tacit.sparse<1000000xf32, capacity = 1000>
tacit.trainer @many_ranks attributes {ranks = 32 : i64} {
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<1000000xf32>
    %p, %r = tacit.compress #tacit.top_k<density = 0.001> %x : tensor<1000000xf32> -> !tacit.sparse<1000000xf32, capacity = 1000>, tensor<1000000xf32>
    %q, %s = tacit.all_reduce_payload all_gather #tacit.top_k<density = 0.001> %p put_back conserving %r : !tacit.sparse<1000000xf32, capacity = 1000>, tensor<1000000xf32> -> !tacit.sparse<1000000xf32, capacity = 32000>
    %d = tacit.decompress %q : !tacit.sparse<1000000xf32, capacity = 32000> -> tensor<1000000xf32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}

// -----

// With two ranks there is one message either way; nothing is dropped by the
// first.
// CHECK-LABEL: tacit.trainer @two_ranks
// CHECK:         tacit.all_reduce_payload all_gather
tacit.trainer @two_ranks attributes {ranks = 2 : i64} {
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<1000000xf32>
    %p, %r = tacit.compress #tacit.top_k<density = 0.001> %x : tensor<1000000xf32> -> !tacit.sparse<1000000xf32, capacity = 1000>, tensor<1000000xf32>
    %q, %s = tacit.all_reduce_payload all_gather #tacit.top_k<density = 0.001> %p put_back conserving %r : !tacit.sparse<1000000xf32, capacity = 1000>, tensor<1000000xf32> -> !tacit.sparse<1000000xf32, capacity = 2000>
    %d = tacit.decompress %q : !tacit.sparse<1000000xf32, capacity = 2000> -> tensor<1000000xf32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}

// -----

// So many entries that their indices cost more than zeros.
// CHECK-LABEL: tacit.trainer @half
// CHECK:         tacit.all_reduce_payload dense {{.*}} -> !tacit.sparse<1000000xf32, capacity = 1000000>
// Where a message takes a tenth of a second, the fewest messages win.
// SLOW-LABEL: tacit.trainer @half
// SLOW:         tacit.all_reduce_payload {{all_gather|gtopk}}
tacit.trainer @half attributes {ranks = 8 : i64} {
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<1000000xf32>
    %p, %r = tacit.compress #tacit.top_k<density = 0.5> %x : tensor<1000000xf32> -> !tacit.sparse<1000000xf32, capacity = 500000>, tensor<1000000xf32>
    %q, %s = tacit.all_reduce_payload all_gather #tacit.top_k<density = 0.5> %p put_back conserving %r : !tacit.sparse<1000000xf32, capacity = 500000>, tensor<1000000xf32> -> !tacit.sparse<1000000xf32, capacity = 1000000>
    %d = tacit.decompress %q : !tacit.sparse<1000000xf32, capacity = 1000000> -> tensor<1000000xf32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}

// -----

// REMARK: [Missed] Kept | Category:tacit-select-exchange | Remark="stays all_gather: there is nobody to exchange with"
// CHECK-LABEL: tacit.trainer @alone
// CHECK:         tacit.all_reduce_payload all_gather
tacit.trainer @alone attributes {ranks = 1 : i64} {
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<1000000xf32>
    %p, %r = tacit.compress #tacit.top_k<density = 0.001> %x : tensor<1000000xf32> -> !tacit.sparse<1000000xf32, capacity = 1000>, tensor<1000000xf32>
    %q, %s = tacit.all_reduce_payload all_gather #tacit.top_k<density = 0.001> %p put_back conserving %r : !tacit.sparse<1000000xf32, capacity = 1000>, tensor<1000000xf32> -> !tacit.sparse<1000000xf32, capacity = 1000>
    %d = tacit.decompress %q : !tacit.sparse<1000000xf32, capacity = 1000> -> tensor<1000000xf32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}
