// RUN: tacit-opt %s --tacit-bucket=bucket-bytes=32 --split-input-file | FileCheck %s
// RUN: tacit-opt %s --tacit-bucket=bucket-bytes=0 --split-input-file | FileCheck %s --check-prefix=ZERO
// RUN: tacit-opt %s --tacit-bucket=bucket-bytes=32 --split-input-file --remarks-filter='tacit-.*' --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Gradients are known from the last variable to the first: buckets of at most
// 32 bytes fill up from there. In a bucket, variables are in their order, and
// it stands right behind the last of its gradients.

// REMARK: [Passed] Merged | Category:tacit-bucket | Remark="4 exchanges become 2, the largest of 32 bytes"
// CHECK-LABEL: tacit.trainer @last_first
// CHECK:         %[[GD:.*]] = arith.negf
// CHECK-NEXT:    %[[GC:.*]] = arith.negf
// CHECK-NEXT:    %[[CD:.*]]:2 = tacit.all_reduce mean %[[GC]], %[[GD]] : tensor<3xf32>, tensor<5xf32>
// CHECK-NEXT:    %[[GB:.*]] = arith.negf
// CHECK-NEXT:    %[[GA:.*]] = arith.negf
// CHECK-NEXT:    %[[AB:.*]]:2 = tacit.all_reduce mean %[[GA]], %[[GB]] : tensor<2xf32>, tensor<2xf32>
// CHECK-NEXT:    tacit.sgd %{{.*}}, %[[AB]]#0
// CHECK-NEXT:    tacit.sgd %{{.*}}, %[[AB]]#1
// CHECK-NEXT:    tacit.sgd %{{.*}}, %[[CD]]#0
// CHECK-NEXT:    tacit.sgd %{{.*}}, %[[CD]]#1
// ZERO-LABEL: tacit.trainer @last_first
// ZERO-COUNT-4: tacit.all_reduce mean %{{[0-9]*}} : tensor
tacit.trainer @last_first {
  tacit.variable @a : tensor<2xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<2xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @c : tensor<3xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @d : tensor<5xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %a = tacit.get @a : tensor<2xf32>
    %b = tacit.get @b : tensor<2xf32>
    %c = tacit.get @c : tensor<3xf32>
    %d = tacit.get @d : tensor<5xf32>
    %gd = arith.negf %d : tensor<5xf32>
    %xd = tacit.all_reduce mean %gd : tensor<5xf32>
    %gc = arith.negf %c : tensor<3xf32>
    %xc = tacit.all_reduce mean %gc : tensor<3xf32>
    %gb = arith.negf %b : tensor<2xf32>
    %xb = tacit.all_reduce mean %gb : tensor<2xf32>
    %ga = arith.negf %a : tensor<2xf32>
    %xa = tacit.all_reduce mean %ga : tensor<2xf32>
    %na = tacit.sgd %a, %xa lr(0.1) : tensor<2xf32>
    %nb = tacit.sgd %b, %xb lr(0.1) : tensor<2xf32>
    %nc = tacit.sgd %c, %xc lr(0.1) : tensor<3xf32>
    %nd = tacit.sgd %d, %xd lr(0.1) : tensor<5xf32>
    tacit.set @a, %na : tensor<2xf32>
    tacit.set @b, %nb : tensor<2xf32>
    tacit.set @c, %nc : tensor<3xf32>
    tacit.set @d, %nd : tensor<5xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// Known from the first to the last, they fill up from the first.

// CHECK-LABEL: tacit.trainer @first_first
// CHECK:         %[[GA:.*]] = arith.negf
// CHECK-NEXT:    %[[GB:.*]] = arith.negf
// CHECK-NEXT:    tacit.all_reduce mean %[[GA]], %[[GB]] : tensor<4xf32>, tensor<4xf32>
// CHECK-NEXT:    %[[GC:.*]] = arith.negf
// CHECK-NEXT:    tacit.all_reduce mean %[[GC]] : tensor<4xf32>
tacit.trainer @first_first {
  tacit.variable @a : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @c : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %a = tacit.get @a : tensor<4xf32>
    %b = tacit.get @b : tensor<4xf32>
    %c = tacit.get @c : tensor<4xf32>
    %ga = arith.negf %a : tensor<4xf32>
    %xa = tacit.all_reduce mean %ga : tensor<4xf32>
    %gb = arith.negf %b : tensor<4xf32>
    %xb = tacit.all_reduce mean %gb : tensor<4xf32>
    %gc = arith.negf %c : tensor<4xf32>
    %xc = tacit.all_reduce mean %gc : tensor<4xf32>
    %na = tacit.sgd %a, %xa lr(0.1) : tensor<4xf32>
    %nb = tacit.sgd %b, %xb lr(0.1) : tensor<4xf32>
    %nc = tacit.sgd %c, %xc lr(0.1) : tensor<4xf32>
    tacit.set @a, %na : tensor<4xf32>
    tacit.set @b, %nb : tensor<4xf32>
    tacit.set @c, %nc : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// What one operation gives at once: the first bucket, of the last variables,
// stands first.

// CHECK-LABEL: tacit.trainer @at_once
// CHECK:         %{{.*}}, %[[G:.*]]:3 = tacit.value_and_grad
// CHECK-NEXT:    tacit.all_reduce mean %[[G]]#1, %[[G]]#2
// CHECK-NEXT:    tacit.all_reduce mean %[[G]]#0
tacit.trainer @at_once {
  tacit.variable @a : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @c : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  func.func private @loss(%a: tensor<4xf32>, %b: tensor<4xf32>, %c: tensor<4xf32>) -> tensor<f32> {
    %l = arith.constant dense<0.0> : tensor<f32>
    return %l : tensor<f32>
  }
  tacit.step {
    %a = tacit.get @a : tensor<4xf32>
    %b = tacit.get @b : tensor<4xf32>
    %c = tacit.get @c : tensor<4xf32>
    %l, %g:3 = tacit.value_and_grad @loss(%a, %b, %c) wrt [0, 1, 2]
      : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
    %xa = tacit.all_reduce mean %g#0 : tensor<4xf32>
    %xb = tacit.all_reduce mean %g#1 : tensor<4xf32>
    %xc = tacit.all_reduce mean %g#2 : tensor<4xf32>
    %na = tacit.sgd %a, %xa lr(0.1) : tensor<4xf32>
    %nb = tacit.sgd %b, %xb lr(0.1) : tensor<4xf32>
    %nc = tacit.sgd %c, %xc lr(0.1) : tensor<4xf32>
    tacit.set @a, %na : tensor<4xf32>
    tacit.set @b, %nb : tensor<4xf32>
    tacit.set @c, %nc : tensor<4xf32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// No bucket across another reduction, another element type, or a parameter that
// is not exchanged; none with what is needed before it is complete. What is no
// gradient stays alone, with a remark.

// REMARK: [Missed] Alone | Category:tacit-bucket | Remark="stays alone: it is not the exchange of one parameter's gradient"
// CHECK-LABEL: tacit.trainer @apart
// CHECK-NOT:     tacit.all_reduce {{.*}}, %
// CHECK:         tacit.yield
tacit.trainer @apart {
  tacit.variable @a : tensor<2xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<2xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @c : tensor<2xf64> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @d : tensor<2xf64> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @e : tensor<2xf64> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @f : tensor<2xf64> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %a = tacit.get @a : tensor<2xf32>
    %b = tacit.get @b : tensor<2xf32>
    %c = tacit.get @c : tensor<2xf64>
    %e = tacit.get @e : tensor<2xf64>
    %f = tacit.get @f : tensor<2xf64>
    %ga = arith.negf %a : tensor<2xf32>
    %xa = tacit.all_reduce mean %ga : tensor<2xf32>
    %gb = arith.negf %b : tensor<2xf32>
    %xb = tacit.all_reduce sum %gb : tensor<2xf32>
    %gc = arith.negf %c : tensor<2xf64>
    %xc = tacit.all_reduce sum %gc : tensor<2xf64>
    %ge = arith.negf %e : tensor<2xf64>
    %xe = tacit.all_reduce sum %ge : tensor<2xf64>
    %ne = tacit.sgd %e, %xe lr(0.1) : tensor<2xf64>
    %gf = arith.addf %f, %ne : tensor<2xf64>
    %xf = tacit.all_reduce sum %gf : tensor<2xf64>
    %na = tacit.sgd %a, %xa lr(0.1) : tensor<2xf32>
    %nb = tacit.sgd %b, %xb lr(0.1) : tensor<2xf32>
    %nc = tacit.sgd %c, %xc lr(0.1) : tensor<2xf64>
    %nf = tacit.sgd %f, %xf lr(0.1) : tensor<2xf64>
    tacit.set @a, %na : tensor<2xf32>
    tacit.set @b, %nb : tensor<2xf32>
    tacit.set @c, %nc : tensor<2xf64>
    tacit.set @e, %ne : tensor<2xf64>
    tacit.set @f, %nf : tensor<2xf64>
    %l = arith.constant dense<0.0> : tensor<f32>
    %x = tacit.all_reduce mean %l : tensor<f32>
    tacit.yield %x : tensor<f32>
  }
}
