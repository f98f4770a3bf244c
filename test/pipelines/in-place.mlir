// RUN: tacit-opt %s --pass-pipeline='builtin.module(tacit-train{ranks=2 optimizer="sgd{momentum=0.9 nesterov=on weight-decay=0.1}"},tacit-outline,func.func(canonicalize,cse),tacit-bufferize,func.func(canonicalize))' | FileCheck %s
// RUN: tacit-opt %s --pass-pipeline='builtin.module(tacit-train{ranks=2 optimizer=adamw schedule="step{every=3 gamma=0.5}" strategy="ssgd{clip=1 bucket-bytes=16}"},tacit-outline,func.func(canonicalize,cse),tacit-bufferize,func.func(canonicalize))' | FileCheck %s
// RUN: tacit-opt %s --pass-pipeline='builtin.module(tacit-train{ranks=1 optimizer=adamw},tacit-outline,func.func(canonicalize,cse),tacit-bufferize,func.func(canonicalize))' | FileCheck %s
// RUN: tacit-opt %s --pass-pipeline='builtin.module(tacit-train{ranks=2 optimizer=adamw strategy="ssgd{clip=1}"},tacit-to-cpu)' | FileCheck %s --check-prefix=LLVM

// Parameters, optimizer state and gradients are updated where they are: only
// the reported learning rate, a scalar, is copied.

// CHECK-LABEL: func.func private @m.step
// CHECK-NOT:     memref.copy {{.*}}memref<{{[0-9]}}
// CHECK-LABEL: func.func private @m.evaluate

// LLVM: llvm.mlir.global {{.*}}@tacit_program
module @m {
  func.func @loss(%a: tensor<4xf32> {tacit.parameter = "a"}, %b: tensor<4xf32> {tacit.parameter = "b"}, %x: tensor<4xf32> {tacit.data = "x"}) -> tensor<f32> {
    %zero = arith.constant dense<0.0> : tensor<f32>
    %e = tensor.empty() : tensor<4xf32>
    %y = linalg.mul ins(%a, %b : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
    %z = linalg.mul ins(%a, %y : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
    %l = linalg.dot ins(%z, %x : tensor<4xf32>, tensor<4xf32>) outs(%zero : tensor<f32>) -> tensor<f32>
    return %l : tensor<f32>
  }
}
