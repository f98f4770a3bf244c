// RUN: tacit-opt %s --verify-roundtrip | tacit-opt | FileCheck %s
// RUN: tacit-opt %s --emit-bytecode | tacit-opt | FileCheck %s

// CHECK-LABEL: tacit.trainer @initialisers
tacit.trainer @initialisers {
  // CHECK: tacit.variable @zeros : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @zeros : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  // Numbers are written as they come.
  // CHECK: tacit.variable @whole : tensor<4xf32> = #tacit.constant<-3.000000e+00> {role = #tacit.role<optimizer>}
  tacit.variable @whole : tensor<4xf32> = #tacit.constant<-3> {role = #tacit.role<optimizer>}
  // CHECK: tacit.variable @tenth : tensor<4xf64> = #tacit.constant<1.000000e-01> {role = #tacit.role<residual>}
  tacit.variable @tenth : tensor<4xf64> = #tacit.constant<0.1> {role = #tacit.role<residual>}
  // CHECK: tacit.variable @count : tensor<i64> = #tacit.constant<7.000000e+00> {role = #tacit.role<counter>}
  tacit.variable @count : tensor<i64> = #tacit.constant<7> {role = #tacit.role<counter>}
  // CHECK: tacit.variable @normal : tensor<4xf32> = #tacit.normal<mean = -1.000000e-02, stddev = 0.000000e+00> {role = #tacit.role<outer>}
  tacit.variable @normal : tensor<4xf32> = #tacit.normal<mean = -0.01, stddev = 0> {role = #tacit.role<outer>}
  // CHECK: tacit.variable @uniform : tensor<4xf32> = #tacit.uniform<low = -5.000000e-02, high = 5.000000e-02> {role = #tacit.role<model_state>}
  tacit.variable @uniform : tensor<4xf32> = #tacit.uniform<low = -0.05, high = 5.0e-2> {role = #tacit.role<model_state>}
  // CHECK: tacit.variable @he_normal : tensor<4xf32> = #tacit.he_normal<fan_in = 784> {role = #tacit.role<parameter>}
  tacit.variable @he_normal : tensor<4xf32> = #tacit.he_normal<fan_in = 784> {role = #tacit.role<parameter>}
  // CHECK: tacit.variable @glorot_uniform : tensor<4xf32> = #tacit.glorot_uniform<fan_in = 784, fan_out = 512> {role = #tacit.role<parameter>}
  tacit.variable @glorot_uniform : tensor<4xf32> = #tacit.glorot_uniform<fan_in = 784, fan_out = 512> {role = #tacit.role<parameter>}
  // To be loaded.
  // CHECK: tacit.variable @loaded : tensor<4xf32> {role = #tacit.role<parameter>}
  tacit.variable @loaded : tensor<4xf32> {role = #tacit.role<parameter>}
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// CHECK-LABEL: func.func @others
// CHECK-SAME: a = #tacit.reduction<sum>
// CHECK-SAME: b = #tacit.exchange_kind<all_gather>
// CHECK-SAME: c = #tacit.constant_schedule
// CHECK-SAME: d = #tacit.step_schedule<every = 100, gamma = 1.000000e-01>
// CHECK-SAME: e = !tacit.token
func.func @others() attributes {
    a = #tacit.reduction<sum>, b = #tacit.exchange_kind<all_gather>,
    c = #tacit.constant_schedule, d = #tacit.step_schedule<every = 100, gamma = 0.1>,
    e = !tacit.token} {
  return
}

// How a plain function says what its arguments are.
// CHECK-LABEL: func.func @plain
// CHECK-SAME: tensor<4xf32> {tacit.init = #tacit.zeros, tacit.parameter = "w"}
// CHECK-SAME: tensor<4xf32> {tacit.state = "s"}
// CHECK-SAME: tensor<8xf32> {tacit.data = "x"}
func.func @plain(%w: tensor<4xf32> {tacit.parameter = "w", tacit.init = #tacit.zeros},
                 %s: tensor<4xf32> {tacit.state = "s"},
                 %x: tensor<8xf32> {tacit.data = "x"}) {
  return
}

// And an outlined one.
// CHECK-LABEL: func.func private @outlined
// CHECK-SAME: memref<4xf32> {tacit.variable = "w"}
// CHECK-SAME: memref<f32> {tacit.result = "loss"}
func.func private @outlined(%w: memref<4xf32> {tacit.variable = "w"},
                            %l: memref<f32> {tacit.result = "loss"}) {
  return
}
