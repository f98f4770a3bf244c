// RUN: tacit-opt %s --tacit-lower-compression | FileCheck %s

// Payloads get places; the program lists its compressors.

// CHECK:       tacit.program @m
// CHECK-SAME:    compressions = [#tacit.compression<name = "gtopk of w", compressor = #tacit.top_k<density = 2.500000e-01>, algorithm = gtopk, put_back = <conserving>, plain_indices = false, warm_up = false, payload = !tacit.sparse<8xf32, capacity = 2>, result = !tacit.sparse<8xf32, capacity = 2>, members = ["w"], lengths = [8], columns = [8]>]
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

// PowerSGD's exchange needs no payload, only a place for its means.

// CHECK:       tacit.program @low
// CHECK-SAME:    compressions = [#tacit.compression<name = "powersgd of w", compressor = #tacit.powersgd<rank = 1>, algorithm = dense, plain_indices = false, warm_up = false, payload = !tacit.quantized<24xf32, bytes = 40, parts = 1>, result = !tacit.quantized<24xf32, bytes = 40, parts = 1>, members = ["w"], lengths = [24], columns = [4]>]
// CHECK-LABEL: func.func private @low.step(
// CHECK-SAME:    %[[G:.*]]: tensor<6x4xf32>, %[[R:.*]]: tensor<6x4xf32>, %[[Q:.*]]: tensor<4x1xf32>)
// CHECK:         %[[O:.*]] = tensor.empty() : tensor<6x4xf32>
// CHECK-NEXT:    %[[X:.*]]:3 = tacit.exchange_low_rank 0 %[[R]] plus %[[G]] factors %[[Q]] into %[[O]] : tensor<6x4xf32> plus tensor<6x4xf32> factors tensor<4x1xf32> into tensor<6x4xf32> -> tensor<6x4xf32>, tensor<6x4xf32>, tensor<4x1xf32>
// CHECK-NEXT:    return %[[X]]#0, %[[X]]#1, %[[X]]#2
tacit.program @low step @low.step {
  tacit.variable @w : tensor<6x4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
}

func.func private @low.step(%g: tensor<6x4xf32>, %r: tensor<6x4xf32>, %q: tensor<4x1xf32>) -> (tensor<6x4xf32>, tensor<6x4xf32>, tensor<4x1xf32>) {
  %m, %rest, %n = tacit.all_reduce_low_rank #tacit.powersgd<rank = 1> %r plus %g factors %q {tacit.serves = ["w"]} : tensor<6x4xf32> factors tensor<4x1xf32> leaving tensor<6x4xf32>
  return %m, %rest, %n : tensor<6x4xf32>, tensor<6x4xf32>, tensor<4x1xf32>
}
