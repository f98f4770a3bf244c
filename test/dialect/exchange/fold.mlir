// RUN: tacit-opt %s --canonicalize | FileCheck %s

// With one rank an exchange changes nothing, and goes. With more, or a number
// not known yet, it stays.

// CHECK-LABEL: tacit.trainer @alone
tacit.trainer @alone attributes {ranks = 1} {
  tacit.variable @w : tensor<8xf32> {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<4xf32> {role = #tacit.role<parameter>}
  // CHECK: tacit.step
  tacit.step {
    // CHECK-NEXT: %[[X:.*]]:2 = tacit.next_batch
    %x, %y = tacit.next_batch : tensor<8xf32>, tensor<8xf32>
    // CHECK-NEXT: %[[C:.*]] = tacit.get @b
    %c = tacit.get @b : tensor<4xf32>
    %a:2 = tacit.all_reduce mean %x, %c : tensor<8xf32>, tensor<4xf32>
    %d = tacit.broadcast from 0 %a#0 : tensor<8xf32>
    %h:2, %t = tacit.start all_reduce sum %d, %a#1 : tensor<8xf32>, tensor<4xf32>
    %s = arith.addf %d, %y : tensor<8xf32>
    %e:2 = tacit.await %t, %h#0, %h#1 : tensor<8xf32>, tensor<4xf32>
    // CHECK-NEXT: tacit.set @w, %[[X]]#0
    tacit.set @w, %e#0 : tensor<8xf32>
    // CHECK-NEXT: tacit.set @b, %[[C]]
    tacit.set @b, %e#1 : tensor<4xf32>
    // CHECK-NEXT: %[[L:.*]] = tensor.extract_slice %[[X]]#0[0] [1] [1]
    %l = tensor.extract_slice %e#0[0] [1] [1] : tensor<8xf32> to tensor<f32>
    // CHECK-NEXT: tacit.yield %[[L]]
    tacit.yield %l : tensor<f32>
  }
}

// CHECK-LABEL: tacit.trainer @gather_alone
tacit.trainer @gather_alone attributes {ranks = 1} {
  tacit.step {
    // CHECK: %[[X:.*]]:2 = tacit.next_batch
    %x, %l = tacit.next_batch : tensor<2x8xf32>, tensor<2xf32>
    %p = tacit.num_ranks : i64
    %n = arith.index_cast %p : i64 to index
    %o = tensor.empty(%n) : tensor<?x2x8xf32>
    %e = tensor.empty() : tensor<1xf32>
    %v = tensor.extract_slice %l[0] [1] [1] : tensor<2xf32> to tensor<f32>
    // CHECK-NOT: tacit
    // CHECK: tensor.expand_shape %[[X]]#0 {{\[\[}}0, 1], [2]] output_shape [1, 2, 8] : tensor<2x8xf32> into tensor<1x2x8xf32>
    // CHECK: tensor.expand_shape %{{.*}} [] output_shape [1] : tensor<f32> into tensor<1xf32>
    // CHECK-NOT: tacit.all_gather
    %g:2 = tacit.all_gather %x, %v into %o, %e : tensor<2x8xf32>, tensor<f32> into tensor<?x2x8xf32>, tensor<1xf32>
    %c = arith.constant 0 : index
    %a = tensor.extract %g#0[%c, %c, %c] : tensor<?x2x8xf32>
    %b = tensor.extract %g#1[%c] : tensor<1xf32>
    %s = arith.addf %a, %b : f32
    %r = tensor.from_elements %s : tensor<f32>
    tacit.yield %r : tensor<f32>
  }
}

// CHECK-LABEL: tacit.trainer @started_gather_alone
tacit.trainer @started_gather_alone attributes {ranks = 1} {
  tacit.step {
    // CHECK: %[[X:.*]] = tacit.next_batch
    %x = tacit.next_batch ["x"] : tensor<8xf32>
    %o = tensor.empty() : tensor<1x8xf32>
    // CHECK-NOT: tacit.start
    // CHECK-NOT: tacit.await
    %h, %t = tacit.start all_gather %x into %o : tensor<8xf32> into tensor<1x8xf32>
    %g = tacit.await %t, %h : tensor<1x8xf32>
    // CHECK: %[[E:.*]] = tensor.expand_shape %[[X]] {{\[\[}}0, 1]] output_shape [1, 8] : tensor<8xf32> into tensor<1x8xf32>
    // CHECK: tensor.extract_slice %[[E]][0, 0] [1, 1] [1, 1]
    %l = tensor.extract_slice %g[0, 0] [1, 1] [1, 1] : tensor<1x8xf32> to tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// Once ranks are bound, an all_gather goes straight into a static tensor.
// CHECK-LABEL: tacit.trainer @bound
tacit.trainer @bound attributes {ranks = 4} {
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<8xf32>
    %p = tacit.num_ranks : i64
    %n = arith.index_cast %p : i64 to index
    // CHECK: %[[O:.*]] = tensor.empty() : tensor<4x8xf32>
    %o = tensor.empty(%n) : tensor<?x8xf32>
    // CHECK: tacit.all_gather %{{.*}} into %[[O]] {note} : tensor<8xf32> into tensor<4x8xf32>
    %g = tacit.all_gather %x into %o {note} : tensor<8xf32> into tensor<?x8xf32>
    // CHECK: tacit.all_reduce
    %a = tacit.all_reduce mean %x : tensor<8xf32>
    // CHECK: tacit.broadcast
    %b = tacit.broadcast from 0 %x : tensor<8xf32>
    // CHECK: tacit.start
    %h, %t = tacit.start all_reduce mean %b : tensor<8xf32>
    // CHECK: tacit.await
    %c = tacit.await %t, %h : tensor<8xf32>
    %zero = arith.constant 0 : index
    %v = tensor.extract %g[%zero, %zero] : tensor<?x8xf32>
    %l = tensor.from_elements %v : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// CHECK-LABEL: tacit.trainer @open
tacit.trainer @open {
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<8xf32>
    // CHECK: tacit.num_ranks
    %p = tacit.num_ranks : i64
    %n = arith.index_cast %p : i64 to index
    // CHECK: %[[O:.*]] = tensor.empty(%{{.*}}) : tensor<?x8xf32>
    %o = tensor.empty(%n) : tensor<?x8xf32>
    // CHECK: tacit.all_gather %{{.*}} into %[[O]] : tensor<8xf32> into tensor<?x8xf32>
    %g = tacit.all_gather %x into %o : tensor<8xf32> into tensor<?x8xf32>
    // CHECK: tacit.all_reduce
    %a = tacit.all_reduce mean %x : tensor<8xf32>
    %l = tensor.extract_slice %a[0] [1] [1] : tensor<8xf32> to tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// What a loop hands on is started and awaited in different iterations: it
// stays, even alone.
// CHECK-LABEL: tacit.trainer @handed_on
tacit.trainer @handed_on attributes {ranks = 1} {
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<8xf32>
    %zero = arith.constant 0 : index
    %one = arith.constant 1 : index
    %four = arith.constant 4 : index
    // CHECK: tacit.start
    %h, %t = tacit.start all_reduce mean %x : tensor<8xf32>
    // CHECK: scf.for
    %r:2 = scf.for %i = %zero to %four step %one iter_args(%ha = %h, %ta = %t) -> (tensor<8xf32>, !tacit.token) {
      // CHECK: tacit.await
      %a = tacit.await %ta, %ha : tensor<8xf32>
      // CHECK: tacit.start
      %hb, %tb = tacit.start all_reduce mean %a : tensor<8xf32>
      scf.yield %hb, %tb : tensor<8xf32>, !tacit.token
    }
    // CHECK: tacit.await
    %b = tacit.await %r#1, %r#0 : tensor<8xf32>
    %l = tensor.extract_slice %b[0] [1] [1] : tensor<8xf32> to tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
