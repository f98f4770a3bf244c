// RUN: tacit-opt %s --tacit-ssgd | FileCheck %s --check-prefixes=CHECK,BUCKET,OVERLAP
// RUN: tacit-opt %s --tacit-ssgd='bucket-bytes=16 overlap=off' | FileCheck %s --check-prefixes=CHECK,APART
// RUN: tacit-opt %s --tacit-ssgd='bucket_bytes=0.03125KiB,overlap=off,clip=2' | FileCheck %s --check-prefixes=CHECK,CLIP
// RUN: tacit-opt %s --pass-pipeline='builtin.module(tacit-ssgd{overlap=on clip=off})' | FileCheck %s --check-prefixes=CHECK,BUCKET,OVERLAP
// RUN: tacit-opt --help | FileCheck %s --check-prefix=HELP

// HELP:      --tacit-ssgd
// HELP-NEXT:   --accumulate=<long>
// HELP-NEXT:   --bucket-bytes=<string>
// HELP-NEXT:   --clip=<string>
// HELP-NEXT:   --overlap=<string>

// CHECK-LABEL: tacit.trainer @m
// CHECK:         %[[GA:.*]] = arith.negf
// APART:         tacit.all_reduce mean %[[GA]] : tensor<4xf32>
// CHECK-NEXT:    %[[GB:.*]] = arith.negf
// BUCKET:        %[[H:.*]]:2, %[[T:.*]] = tacit.start all_reduce mean %[[GA]], %[[GB]]
// OVERLAP-NEXT:  arith.constant
// OVERLAP-NEXT:  tacit.await %[[T]]
// APART:         tacit.all_reduce mean %[[GB]] : tensor<4xf32>
// CLIP:          %[[X:.*]]:2 = tacit.all_reduce mean %[[GA]], %[[GB]]
// CLIP:          %[[LIMIT:.*]] = arith.constant 2.000000e+00 : f64
// CLIP:          arith.divf %[[LIMIT]]
// CHECK:         tacit.sgd
tacit.trainer @m {
  tacit.variable @a : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %a = tacit.get @a : tensor<4xf32>
    %b = tacit.get @b : tensor<4xf32>
    %ga = arith.negf %a : tensor<4xf32>
    %gb = arith.negf %b : tensor<4xf32>
    %na = tacit.sgd %a, %ga lr(0.1) : tensor<4xf32>
    %nb = tacit.sgd %b, %gb lr(0.1) : tensor<4xf32>
    tacit.set @a, %na : tensor<4xf32>
    tacit.set @b, %nb : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
