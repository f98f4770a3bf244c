// RUN: tacit-opt %s --canonicalize | FileCheck %s

// A density of 1 is dense.
// CHECK-LABEL: func.func @density_one_is_dense(
// CHECK-SAME:    %[[A:.*]]: tensor<8xf32>)
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK:         %[[M:.*]] = tacit.all_reduce mean %[[A]] : tensor<8xf32>
// CHECK-NOT:     tacit.compress
// CHECK:         return %[[M]], %[[ZERO]]
func.func @density_one_is_dense(%a: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %p, %r = tacit.compress #tacit.top_k<density = 1> %a : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 8>, tensor<8xf32>
  %q, %s = tacit.all_reduce_payload gtopk #tacit.top_k<density = 1> %p put_back conserving %r : !tacit.sparse<8xf32, capacity = 8>, tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 8>
  %d = tacit.decompress %q : !tacit.sparse<8xf32, capacity = 8> -> tensor<8xf32>
  return %d, %s : tensor<8xf32>, tensor<8xf32>
}

// Below 1 it is not.
// CHECK-LABEL: func.func @density_below_one_is_not
// CHECK:         tacit.all_reduce_payload
func.func @density_below_one_is_not(%a: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %p, %r = tacit.compress #tacit.top_k<density = 0.5> %a : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 4>, tensor<8xf32>
  %q, %s = tacit.all_reduce_payload gtopk #tacit.top_k<density = 0.5> %p put_back conserving %r : !tacit.sparse<8xf32, capacity = 4>, tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 4>
  %d = tacit.decompress %q : !tacit.sparse<8xf32, capacity = 4> -> tensor<8xf32>
  return %d, %s : tensor<8xf32>, tensor<8xf32>
}

// Without an exchange, decompressing all is the vector itself.
// CHECK-LABEL: func.func @decompress_of_compress(
// CHECK-SAME:    %[[A:.*]]: tensor<8xf32>)
// CHECK-NEXT:    return %[[A]]
func.func @decompress_of_compress(%a: tensor<8xf32>) -> tensor<8xf32> {
  %p = tacit.compress #tacit.top_k<density = 1> lossy %a : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 8>
  %d = tacit.decompress %p : !tacit.sparse<8xf32, capacity = 8> -> tensor<8xf32>
  return %d : tensor<8xf32>
}

// Zeros leave zeros.
// CHECK-LABEL: func.func @compress_of_zero
// CHECK:         %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK:         return %{{.*}}, %[[ZERO]]
func.func @compress_of_zero() -> (!tacit.sparse<8xf32, capacity = 1>, tensor<8xf32>) {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %p, %r = tacit.compress #tacit.top_k<density = 0.1> %z : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 1>, tensor<8xf32>
  return %p, %r : !tacit.sparse<8xf32, capacity = 1>, tensor<8xf32>
}
