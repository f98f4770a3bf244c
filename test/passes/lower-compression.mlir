// RUN: tacit-opt %s --tacit-lower-compression | FileCheck %s

// Payloads get places; the program lists its compressors.

// CHECK:       tacit.program @m
// CHECK-SAME:    compressions = [#tacit.compression<name = "gtopk of w", compressor = #tacit.top_k<density = 2.500000e-01>, algorithm = gtopk, put_back = <conserving>, plain_indices = false, warm_up = false, payload = !tacit.sparse<8xf32, capacity = 2>, result = !tacit.sparse<8xf32, capacity = 2>, members = ["w"], lengths = [8]>]
// CHECK-LABEL: func.func private @m.step(
// CHECK-SAME:    %[[G:.*]]: tensor<8xf32>, %[[R:.*]]: tensor<8xf32>, %[[U:.*]]: tensor<8xf32>)
// CHECK:         %[[A:.*]] = linalg.generic {{.*}} ins(%[[G]] : tensor<8xf32>) outs(%[[R]] : tensor<8xf32>)
// CHECK:         %[[E:.*]] = tensor.empty() : tensor<192xi8>
// CHECK-NEXT:    %[[B:.*]]:2 = tacit.encode 0 %[[A]] into %[[E]] : tensor<8xf32> into tensor<192xi8> -> tensor<8xf32>, tensor<192xi8>
// CHECK-NEXT:    %[[C:.*]] = tacit.clear_encoded 0 %[[B]]#1 in %[[U]] : tensor<192xi8> in tensor<8xf32> -> tensor<8xf32>
// CHECK-NEXT:    %[[F:.*]] = tensor.empty() : tensor<192xi8>
// CHECK-NEXT:    %[[X:.*]]:2 = tacit.exchange_encoded 0 %[[B]]#1 into %[[F]], %[[B]]#0 : tensor<192xi8> into tensor<192xi8>, tensor<8xf32> -> tensor<192xi8>, tensor<8xf32>
// CHECK-NEXT:    %[[O:.*]] = tensor.empty() : tensor<8xf32>
// CHECK-NEXT:    %[[D:.*]] = tacit.decode 0 exchanged %[[X]]#0 into %[[O]] : tensor<192xi8> into tensor<8xf32> -> tensor<8xf32>
// CHECK-NEXT:    return %[[D]], %[[X]]#1, %[[C]]
tacit.program @m step @m.step {
  tacit.variable @w : tensor<8xf32> = #tacit.zeros {role = #tacit.role<parameter>}
}

func.func private @m.step(%g: tensor<8xf32>, %r: tensor<8xf32>, %u: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
  %a = tacit.accumulate_residual %g onto %r : tensor<8xf32>
  %p, %rest = tacit.compress #tacit.top_k<density = 0.25> %a : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 2>, tensor<8xf32>
  %c = tacit.clear_selected %p in %u : !tacit.sparse<8xf32, capacity = 2>, tensor<8xf32>
  %q, %s = tacit.all_reduce_payload gtopk #tacit.top_k<density = 0.25> %p put_back conserving %rest : !tacit.sparse<8xf32, capacity = 2>, tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 2>
  %d = tacit.decompress %q {tacit.serves = ["w"]} : !tacit.sparse<8xf32, capacity = 2> -> tensor<8xf32>
  return %d, %s, %c : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}
