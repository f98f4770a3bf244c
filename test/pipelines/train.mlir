// RUN: tacit-opt %s --tacit-train='ranks=2 optimizer="sgd{lr=0.5 momentum=0.9}" schedule="step{every=2 gamma=0.5}"' | FileCheck %s
// RUN: tacit-opt %s --tacit-train | FileCheck %s --check-prefix=ALONE
// RUN: tacit-opt %examples/mlp/mlp.mlir --tacit-train='ranks=4 strategy="ssgd{bucket-bytes=1.25MiB}"' | FileCheck %s --check-prefix=MLP

// From a function as a front end exports it to a step that exchanges, with the
// optimizer written out: nothing is left that only the passes before know.

// CHECK-LABEL: tacit.trainer @exported
// CHECK-SAME:      ranks = 2
// CHECK-DAG:     tacit.variable @w : tensor<4xf32> {role = #tacit.role<parameter>}
// CHECK-DAG:     tacit.variable @w.momentum : tensor<4xf32> = #tacit.zeros {role = #tacit.role<optimizer>}
// CHECK-DAG:     tacit.variable @step : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
// CHECK-NOT:     func.func
// CHECK:         tacit.step {
// CHECK-NOT:       value_and_grad
// CHECK-NOT:       tacit.sgd
// CHECK:           tacit.start all_reduce mean
// CHECK:           tacit.set @w
// CHECK:           tacit.report "lr"
// CHECK:         tacit.evaluate {
// CHECK-NOT:       func.call
// CHECK:           tacit.yield

// ALONE-LABEL: tacit.trainer @exported
// ALONE-SAME:      ranks = 1
// ALONE-NOT:     tacit.all_reduce
// ALONE-NOT:     tacit.start
// ALONE:         tacit.set @w

// The exchange of all but the first layer's weights starts before their gradient
// is computed, the largest product.

// MLP-LABEL: tacit.trainer @mlp
// MLP:         tacit.start all_reduce mean %{{[0-9]+}}, %{{[0-9]+}}, %{{[0-9]+}}, %{{[0-9]+}}, %{{[0-9]+}} :
// MLP:         linalg.contract
// MLP:         tacit.start all_reduce mean %{{[0-9]*}} : tensor<784x512xf32>
// MLP-COUNT-2: tacit.await
// MLP-NOT:     tacit.await
module @exported {
  func.func @loss(%w: tensor<4xf32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"}) -> tensor<f32> {
    %zero = arith.constant dense<0.0> : tensor<f32>
    %l = linalg.dot ins(%w, %x : tensor<4xf32>, tensor<4xf32>) outs(%zero : tensor<f32>) -> tensor<f32>
    return %l : tensor<f32>
  }
}
