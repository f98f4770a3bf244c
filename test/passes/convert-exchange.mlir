// RUN: tacit-opt %s --tacit-convert-exchange | FileCheck %s

// CHECK-DAG:   llvm.func @tacit_start(!llvm.ptr, i32, !llvm.ptr, !llvm.ptr) -> i32
// CHECK-DAG:   llvm.func @tacit_await(!llvm.ptr, i64) -> i32
// CHECK-DAG:   llvm.mlir.global internal constant @tacit.convolution.0(dense<[2, 2, 3, 8, 9, 2, 5, 6, 4, 3, 2, 1, 2, 1, 1, 0, 0, 0, 0, 216, 1, 27, 3, 1, 5, 30, 15, 120, 1, 20, 5]> : tensor<31xi64>)
// CHECK-LABEL: tacit.program @line
// CHECK-SAME:    sites = [
// CHECK-SAME:      #tacit.site<name = "all_reduce of w, b", kind = all_reduce, reduction = mean, element = f32, root = 0, count = 4>,
// CHECK-SAME:      #tacit.site<name = "broadcast 1", kind = broadcast, reduction = sum, element = f64, root = 3, count = 8, control = true>,
// CHECK-SAME:      #tacit.site<name = "all_gather 2", kind = all_gather, reduction = sum, element = f32, root = 0, count = 4>]
// CHECK-LABEL: func.func private @line.step(
// CHECK-SAME:    %[[RANK:[a-z0-9]+]]: !llvm.ptr {tacit.rank}) -> i32
// CHECK-COUNT-3: llvm.alloca
// CHECK:         llvm.call @tacit_start(%[[RANK]], %{{.*}}, %{{.*}}, %[[SLOT:.*]]) :
// CHECK-NEXT:    %[[TOKEN:.*]] = llvm.load %[[SLOT]] : !llvm.ptr -> i64
// CHECK-NEXT:    llvm.call @tacit_progress(%[[RANK]])
// CHECK:         %[[BETA:.*]] = llvm.mlir.constant(1.000000e+00 : f32)
// CHECK-NEXT:    %[[FLAGS:.*]] = llvm.mlir.constant(1 : i32)
// The third matrix begins 2 elements behind its buffer's address.
// CHECK:         %[[C:.*]] = memref.extract_aligned_pointer_as_index %arg2
// CHECK-NEXT:    %{{.*}}, %[[OFFSET:.*]], %{{.*}}, %{{.*}} = memref.extract_strided_metadata %arg2
// CHECK-NEXT:    %[[SIZE:.*]] = arith.constant 4 : index
// CHECK-NEXT:    %[[BYTES:.*]] = arith.muli %[[OFFSET]], %[[SIZE]]
// CHECK-NEXT:    arith.addi %[[C]], %[[BYTES]]
// CHECK:         llvm.call @tacit_gemm_f32(%[[RANK]], %[[FLAGS]], %{{.*}}, %{{.*}}, %{{.*}}, %arg3, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %[[BETA]],
// CHECK-NEXT:    llvm.call @tacit_await(%[[RANK]], %[[TOKEN]])
// CHECK:         llvm.call @tacit_start(
// CHECK:         llvm.call @tacit_await(
// CHECK:         llvm.call @tacit_start_gather(
// CHECK:         llvm.call @tacit_await(
// CHECK-NEXT:    %[[AT_RANK:.*]] = llvm.getelementptr %[[RANK]][16]
// CHECK-NEXT:    llvm.load %[[AT_RANK]] : !llvm.ptr -> i64
// CHECK-NEXT:    %[[AT_RANKS:.*]] = llvm.getelementptr %[[RANK]][24]
// CHECK-NEXT:    llvm.load %[[AT_RANKS]] : !llvm.ptr -> i64
// CHECK:         %[[OK:.*]] = arith.constant 0 : i32
// CHECK-NEXT:    return %[[OK]] : i32

// A channel is handed addresses of addresses: what it moves lies apart.
// CHECK-LABEL: func.func private @channel.step(
// CHECK-SAME:    %[[RANK:[a-z0-9]+]]: !llvm.ptr {tacit.rank}) -> i32
// CHECK:         %[[MOVED:.*]] = llvm.alloca %{{.*}} x !llvm.array<2 x ptr>
// CHECK:         llvm.call @tacit_collect(%[[RANK]], %{{.*}})
// CHECK:         llvm.getelementptr %[[SENT:.*]][0, 0] : {{.*}}!llvm.struct<(ptr, ptr, ptr, f64)>
// CHECK:         llvm.getelementptr %[[SENT]][0, 3]
// CHECK:         llvm.call @tacit_publish(%[[RANK]], %[[SENT]], %{{.*}})
// CHECK:         llvm.call @tacit_elastic_await(%[[RANK]],
tacit.program @line step @line.step {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
}

func.func private @line.step(%a: memref<4xf32>, %b: memref<2x4xf64>, %c: memref<4xf32, strided<[1], offset: 2>>, %s: f32) {
  %t = tacit.start all_reduce mean %a {tacit.serves = ["w", "b"]} : memref<4xf32>
  tacit.progress
  tacit.gemm %s, %a transposed, %a into %c accumulate sizes [1, 4, 1] leading [4, 4, 4] : memref<4xf32>, memref<4xf32>, memref<4xf32, strided<[1], offset: 2>>
  tacit.await %t
  tacit.broadcast from 3 %b {tacit.control} : memref<2x4xf64>
  %e = memref.alloc() : memref<2x4xf32>
  tacit.all_gather %a into %e : memref<4xf32> into memref<2x4xf32>
  %r = tacit.rank : i64
  %p = tacit.num_ranks : i64
  %q = arith.addi %r, %p : i64
  return
}

tacit.program @channel step @channel.step {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<2xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.channel @updates of [@w, @b] over #tacit.topology<ring> by #tacit.decentralized<send_every = 1>
}

func.func private @channel.step(%w: memref<4xf32>, %b: memref<2xf32>, %r: memref<4xf32>, %q: memref<2xf32>, %p: memref<192xi8>, %lr: f64) {
  tacit.collect @updates into %w, %b : memref<4xf32>, memref<2xf32>
  tacit.publish @updates %w, %b lr %lr into %w, %b : memref<4xf32>, memref<2xf32> into memref<4xf32>, memref<2xf32>
  tacit.elastic_await @updates %p leaving %r, %q lr %lr into %w, %b site 0 : memref<192xi8> leaving memref<4xf32>, memref<2xf32> into memref<4xf32>, memref<2xf32>
  return
}

// What a convolution is goes into a constant: its kind, then sizes and strides.

// CHECK-LABEL: func.func private @convolutional.step(
// CHECK:         %[[WHAT:.*]] = llvm.mlir.addressof @tacit.convolution.0 : !llvm.ptr
// CHECK:         llvm.call @tacit_convolution_f32(%{{.*}}, %[[WHAT]], %{{.*}}, %{{.*}}, %{{.*}})

tacit.program @convolutional step @convolutional.step {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
}

func.func private @convolutional.step(%x: memref<2x8x9x3xf32>, %w: memref<3x2x3x5xf32>, %y: memref<2x6x4x5xf32>) {
  tacit.convolution backward_weights %x, %y into %w layouts ["nhwc", "hwio", "nhwc"] strides [1, 2] dilations [1, 1] padding [0, 0, 0, 0] : memref<2x8x9x3xf32>, memref<2x6x4x5xf32> into memref<3x2x3x5xf32>
  return
}
