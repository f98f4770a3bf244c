// RUN: tacit-opt %s --tacit-sparsify='compressor=top_k{density=0.25} exchange=gtopk' | FileCheck %s
// RUN: tacit-opt %s --tacit-sparsify='compressor=top_k{density=0.25} exchange=all_gather scope=variable' | FileCheck %s --check-prefix=EACH
// RUN: tacit-opt %s --tacit-sparsify='compressor=top_k{density=0.25} min-elements=5' | FileCheck %s --check-prefix=SMALL
// RUN: tacit-opt %s --tacit-sparsify='compressor=top_k{density=0.25} exclude=^w$' | FileCheck %s --check-prefix=EXCLUDED
// RUN: tacit-opt %s --tacit-sparsify='compressor=random_k{density=0.25} error-feedback=false plain-indices=true' | FileCheck %s --check-prefix=RANDOM
// RUN: tacit-opt %s --tacit-sparsify='compressor=qsgd{levels=4}' | FileCheck %s --check-prefix=UNBIASED
// RUN: tacit-opt %s --tacit-sparsify='compressor=powersgd{rank=1} exchange=dense' | FileCheck %s --check-prefix=LOW
// RUN: tacit-opt %s --tacit-sparsify='compressor=powersgd{rank=1} exchange=dense error-feedback=false' | FileCheck %s --check-prefix=LOSSY
// RUN: tacit-opt %s --tacit-sparsify='compressor=powersgd{rank=1} exchange=dense' --remarks-filter='tacit-.*' --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=LOW-REMARK
// RUN: tacit-opt %s --tacit-sparsify='compressor=bf16 exchange=dense' | FileCheck %s --check-prefix=HALF
// RUN: tacit-opt %s --tacit-sparsify='compressor=top_k{density=1}' | FileCheck %s --check-prefix=DENSE
// RUN: tacit-opt %s --tacit-sparsify='compressor=top_k{density=0.1} warm-up=true' | FileCheck %s --check-prefix=WARM
// RUN: tacit-opt %s --tacit-sparsify='compressor=top_k{density=0.25} min-elements=5' --remarks-filter='tacit-.*' --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// All gradients are one vector, in the order of variables, not of exchanges; all
// of them are known where it is compressed.

// CHECK-LABEL: tacit.trainer @two
// CHECK:         %[[H:.*]] = tensor.extract_slice
// CHECK:         %[[G:.*]] = arith.negf
// CHECK-NEXT:    %[[P:.*]], %[[R:.*]]:2 = tacit.compress #tacit.top_k<density = 2.500000e-01> %[[G]], %[[H]] : tensor<6x4xf32>, tensor<4xf32> -> !tacit.sparse<28xf32, capacity = 7>, tensor<6x4xf32>, tensor<4xf32>
// CHECK-NEXT:    %[[Q:.*]], %{{.*}}:2 = tacit.all_reduce_payload gtopk #tacit.top_k<density = 2.500000e-01> %[[P]] put_back conserving %[[R]]#0, %[[R]]#1 : {{.*}} -> !tacit.sparse<28xf32, capacity = 7>
// CHECK-NEXT:    %[[D:.*]]:2 = tacit.decompress %[[Q]] : !tacit.sparse<28xf32, capacity = 7> -> tensor<6x4xf32>, tensor<4xf32>
// CHECK-NOT:     tacit.all_reduce mean
// CHECK:         tacit.sgd %{{.*}}, %[[D]]#0
// CHECK:         tacit.sgd %{{.*}}, %[[D]]#1

// EACH:          tacit.compress {{.*}} : tensor<6x4xf32> -> !tacit.sparse<24xf32, capacity = 6>, tensor<6x4xf32>
// EACH:          tacit.all_reduce_payload all_gather {{.*}} -> !tacit.sparse<24xf32, capacity = 24>
// EACH:          tacit.compress {{.*}} : tensor<4xf32> -> !tacit.sparse<4xf32, capacity = 1>, tensor<4xf32>
// EACH:          tacit.all_reduce_payload all_gather {{.*}} -> !tacit.sparse<4xf32, capacity = 4>

// SMALL:         tacit.compress {{.*}} : tensor<6x4xf32> -> !tacit.sparse<24xf32, capacity = 6>
// SMALL:         tacit.all_reduce mean %{{.*}} : tensor<4xf32>
// REMARK:        [Missed] Dense | Category:tacit-sparsify | Remark="'@b' stays dense: it has fewer than min-elements elements"
// REMARK:        [Passed] Compressed | Category:tacit-sparsify | Remark="exchanges !tacit.sparse<24xf32, capacity = 6> instead of 1 gradients of 24 elements"

// EXCLUDED:      tacit.all_reduce mean %{{.*}} : tensor<6x4xf32>
// EXCLUDED:      tacit.compress {{.*}} : tensor<4xf32> -> !tacit.sparse<4xf32, capacity = 1>

// What chance chooses depends on the number of the exchange, which is counted.
// RANDOM:        tacit.variable @exchange : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
// RANDOM:        %[[N:.*]] = tensor.extract
// RANDOM:        tacit.compress #tacit.random_k<density = 2.500000e-01> lossy %{{.*}}, %{{.*}} number %[[N]] : {{.*}} -> !tacit.sparse<28xf32, capacity = 7>{{$}}
// RANDOM-NEXT:   tacit.all_reduce_payload all_gather {{.*}} plain_indices %{{.*}} : !tacit.sparse<28xf32, capacity = 7> -> !tacit.sparse<28xf32, capacity = 28>
// RANDOM:        tacit.set @exchange

// An unbiased compressor leaves no rest.
// UNBIASED:      tacit.compress #tacit.qsgd<levels = 4> %{{.*}} number %{{.*}} -> !tacit.quantized<28xf32, bytes = 18, parts = 1>{{$}}
// UNBIASED-NEXT: tacit.all_reduce_payload all_gather {{.*}} -> !tacit.quantized<28xf32, bytes = 18, parts = 4>

// Factors are variables that begin with numbers from the stream of theirs.
// LOW:           tacit.variable @w.factor : tensor<4x1xf32> = #tacit.factor<variable = 0> {role = #tacit.role<optimizer>}
// LOW-DAG:       %[[Q:.*]] = tacit.get @w.factor : tensor<4x1xf32>
// LOW-DAG:       %[[G:.*]] = arith.negf
// LOW:           %[[M:.*]], %{{.*}}, %[[N:.*]] = tacit.all_reduce_low_rank #tacit.powersgd<rank = 1> %[[G]] factors %[[Q]] : tensor<6x4xf32> factors tensor<4x1xf32> leaving tensor<6x4xf32>
// LOW-NEXT:      tacit.set @w.factor, %[[N]]
// LOW:           tacit.all_reduce mean %{{.*}} : tensor<4xf32>
// LOW:           tacit.sgd %{{.*}}, %[[M]] lr
// LOW-REMARK:    [Missed] Dense | Category:tacit-sparsify | Remark="'@b' stays dense: factors of that rank are no smaller than it"
// LOW-REMARK:    [Passed] Compressed | Category:tacit-sparsify | Remark="exchanges !tacit.quantized<24xf32, bytes = 40, parts = 1> instead of 1 gradients of 24 elements"
// LOSSY:         tacit.all_reduce_low_rank #tacit.powersgd<rank = 1> lossy %{{.*}} factors %{{.*}} : tensor<6x4xf32> factors tensor<4x1xf32>{{$}}

// What is added up piece by piece has one part.
// HALF:          tacit.all_reduce_payload dense #tacit.bf16 {{.*}} -> !tacit.quantized<28xf32, bytes = 56, parts = 1>

// DENSE-NOT:     tacit.compress
// DENSE:         tacit.all_reduce mean

// There is room for the first epoch's density.
// WARM:          tacit.compress #tacit.top_k<density = 1.000000e-01> warm_up %{{.*}} -> !tacit.sparse<28xf32, capacity = 7>
tacit.trainer @two attributes {ranks = 4 : i64} {
  tacit.variable @w : tensor<6x4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %x, %y = tacit.next_batch ["x", "y"] : tensor<6x4xf32>, tensor<6xf32>
    %w = tacit.get @w : tensor<6x4xf32>
    %b = tacit.get @b : tensor<4xf32>
    %h = tensor.extract_slice %y[0] [4] [1] : tensor<6xf32> to tensor<4xf32>
    %g = arith.negf %x : tensor<6x4xf32>
    %a = tacit.all_reduce mean %g : tensor<6x4xf32>
    %c = tacit.all_reduce mean %h : tensor<4xf32>
    %n = tacit.sgd %w, %a lr(0.1) : tensor<6x4xf32>
    %m = tacit.sgd %b, %c lr(0.1) : tensor<4xf32>
    tacit.set @w, %n : tensor<6x4xf32>
    tacit.set @b, %m : tensor<4xf32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}
