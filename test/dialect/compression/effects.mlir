// RUN: tacit-opt %s --canonicalize --cse | FileCheck %s

// An exchange stays, whether its result is used or not, and each stays.

// CHECK-LABEL: func.func @exchanges_stay
// CHECK-COUNT-2: tacit.all_reduce_payload
// CHECK-NOT:     tacit.decompress
// CHECK:         return
func.func @exchanges_stay(%p: !tacit.sparse<40xf32, capacity = 4>) {
  %0 = tacit.all_reduce_payload gtopk #tacit.top_k<density = 0.1> %p : !tacit.sparse<40xf32, capacity = 4> -> !tacit.sparse<40xf32, capacity = 4>
  %1 = tacit.all_reduce_payload gtopk #tacit.top_k<density = 0.1> %p : !tacit.sparse<40xf32, capacity = 4> -> !tacit.sparse<40xf32, capacity = 4>
  %2 = tacit.decompress %1 : !tacit.sparse<40xf32, capacity = 4> -> tensor<40xf32>
  return
}
