// RUN: tacit-opt %examples/mlp/mlp.mlir --tacit-train --tacit-to-cpu --mlir-print-ir-after=tacit-plan-arena -o /dev/null 2> %t.alone
// RUN: FileCheck %s --check-prefix=BUFFERS < %t.alone
// RUN: FileCheck %s --check-prefix=ALONE < %t.alone
// RUN: tacit-opt %examples/mlp/mlp.mlir --tacit-train=ranks=4 --tacit-to-cpu --mlir-print-ir-after=tacit-plan-arena -o %t.llvm 2> %t.ranks
// RUN: FileCheck %s --check-prefix=BUFFERS < %t.ranks
// RUN: FileCheck %s --check-prefix=RANKS < %t.ranks
// RUN: FileCheck %s --check-prefix=LLVM < %t.llvm
// RUN: tacit-opt %examples/mlp/mlp.mlir --tacit-train="ranks=4 strategy='ssgd{bucket-bytes=1000000}'" --tacit-to-cpu --mlir-print-ir-after=tacit-plan-arena -o /dev/null 2>&1 | FileCheck %s --check-prefix=FLIGHT
// RUN: tacit-opt %examples/mlp/mlp.mlir --tacit-train="ranks=4 optimizer=adamw{lr=0.001}" --tacit-to-cpu --mlir-print-ir-after=tacit-plan-arena -o /dev/null 2>&1 | FileCheck %s --check-prefix=BUFFERS
// RUN: tacit-opt %examples/mlp/mlp.mlir --tacit-train="ranks=4 optimizer='sgd{lr=0.1 momentum=0.9 nesterov=true}'" --tacit-to-cpu --mlir-print-ir-after=tacit-plan-arena -o /dev/null 2>&1 | FileCheck %s --check-prefix=BUFFERS

// One step allocates nothing and copies no parameter and no gradient: of what
// has an extent, nothing is copied at all.

// BUFFERS-LABEL: func.func private @mlp.step(
// BUFFERS-SAME:    {tacit.arena})
// BUFFERS-NOT:     memref.alloc
// BUFFERS-NOT:     memref.copy {{.*}}x
// BUFFERS:         return

// Alone, gradients need no buffers: products accumulate into the weights, and
// so do the sums that are gradients of biases.

// ALONE-LABEL:   func.func private @mlp.step(
// ALONE-SAME:      %[[W0:[a-z0-9]+]]: memref<784x512xf32> {tacit.variable = "layer0.weight"}
// ALONE-SAME:      %[[W1:[a-z0-9]+]]: memref<512x512xf32> {tacit.variable = "layer1.weight"}
// ALONE-SAME:      %[[W2:[a-z0-9]+]]: memref<512x10xf32> {tacit.variable = "layer2.weight"}
// ALONE-NOT:       memref<784x512xf32> to
// ALONE-NOT:       view {{.*}} to memref<784x512xf32>
// ALONE-DAG:       tacit.gemm {{.*}} transposed, %{{.*}} into %[[W0]] accumulate sizes [784, 512, 64]
// ALONE-DAG:       tacit.gemm {{.*}} transposed, %{{.*}} into %[[W1]] accumulate sizes [512, 512, 64]
// ALONE-DAG:       tacit.gemm {{.*}} transposed, %{{.*}} into %[[W2]] accumulate sizes [512, 10, 64]

// With others, products write gradients where the exchange takes them.

// RANKS-LABEL:   func.func private @mlp.step(
// RANKS:           %[[G0:.*]] = memref.view %{{.*}} to memref<784x512xf32>
// RANKS:           tacit.gemm {{.*}} transposed, %{{.*}} into %[[G0]] sizes [784, 512, 64]
// RANKS:           tacit.all_reduce mean %[[G0]], %{{.*}} {tacit.serves = ["layer0.weight", "layer0.bias", "layer1.weight", "layer1.bias", "layer2.weight", "layer2.bias"]}

// In several buckets, one is in flight while the next is computed.

// FLIGHT-LABEL:  func.func private @mlp.step(
// FLIGHT-NOT:      memref.alloc
// FLIGHT:          %[[T:.*]] = tacit.start all_reduce mean {{.*}} "layer2.bias"]}
// FLIGHT:          tacit.gemm
// FLIGHT:          tacit.await %[[T]]
// FLIGHT-NOT:      memref.copy {{.*}}x{{[0-9]+}}x
// FLIGHT:          return

// No global can be written, and nothing allocates.

// LLVM-NOT:      llvm.call @malloc
// LLVM-NOT:      llvm.mlir.global internal @
// LLVM-NOT:      llvm.mlir.global external @
// LLVM-NOT:      llvm.mlir.global private @
// LLVM:          llvm.mlir.global external constant @tacit_program
// LLVM-NOT:      llvm.mlir.global internal @
