// RUN: tacit-opt %s --tacit-build-trainer --split-input-file --verify-each | FileCheck %s

// A loss becomes a trainer: variables in the order of arguments, with their
// initialisers; helpers go along; without @evaluate, evaluation is the loss.

// CHECK-LABEL: module @line
// CHECK-NEXT:  tacit.trainer @line {
// CHECK-NEXT:    tacit.variable @w : tensor<3xf32> = #tacit.normal<mean = 0.000000e+00, stddev = 1.000000e+00> {role = #tacit.role<parameter>}
// CHECK-NEXT:    tacit.variable @layer.b : tensor<f64> {role = #tacit.role<parameter>}
// CHECK-NEXT:    func.func private @loss(%{{.*}}: tensor<3xf32>, %{{.*}}: tensor<4x3xf32>, %{{.*}}: tensor<f64>, %{{.*}}: tensor<4xi32>) -> tensor<f32> {
// CHECK-NEXT:      call @helper
// CHECK:         func.func private @helper
// CHECK:         tacit.step {
// CHECK-NEXT:      %[[DATA:.*]]:2 = tacit.next_batch ["images", "labels"] : tensor<4x3xf32>, tensor<4xi32>
// CHECK-NEXT:      %[[W:.*]] = tacit.get @w : tensor<3xf32>
// CHECK-NEXT:      %[[B:.*]] = tacit.get @layer.b : tensor<f64>
// CHECK-NEXT:      %[[LOSS:.*]], %[[G:.*]]:2 = tacit.value_and_grad @loss(%[[W]], %[[DATA]]#0, %[[B]], %[[DATA]]#1) wrt [0, 2]
// CHECK-NEXT:      %[[NW:.*]] = tacit.sgd %[[W]], %[[G]]#0 lr(1.000000e-01) : tensor<3xf32>
// CHECK-NEXT:      %[[NB:.*]] = tacit.sgd %[[B]], %[[G]]#1 lr(1.000000e-01) : tensor<f64>
// CHECK-NEXT:      tacit.set @w, %[[NW]] : tensor<3xf32>
// CHECK-NEXT:      tacit.set @layer.b, %[[NB]] : tensor<f64>
// CHECK-NEXT:      tacit.yield %[[LOSS]] : tensor<f32>
// CHECK-NEXT:    }
// CHECK-NEXT:    tacit.evaluate {
// CHECK-NEXT:      %[[DATA:.*]]:2 = tacit.next_batch ["images", "labels"]
// CHECK-NEXT:      %[[W:.*]] = tacit.get @w
// CHECK-NEXT:      %[[B:.*]] = tacit.get @layer.b
// CHECK-NEXT:      %[[LOSS:.*]] = func.call @loss(%[[W]], %[[DATA]]#0, %[[B]], %[[DATA]]#1)
// CHECK-NEXT:      tacit.yield %[[LOSS]] : tensor<f32>
// CHECK-NOT:   func.func
module @line {
  func.func @loss(%w: tensor<3xf32> {tacit.parameter = "w", tacit.init = #tacit.normal<mean = 0.0, stddev = 1.0>},
                  %x: tensor<4x3xf32> {tacit.data = "images"},
                  %b: tensor<f64> {tacit.parameter = "layer.b"},
                  %y: tensor<4xi32> {tacit.data = "labels"}) -> tensor<f32> {
    %l = func.call @helper(%w) : (tensor<3xf32>) -> tensor<f32>
    return %l : tensor<f32>
  }
  func.func private @helper(%w: tensor<3xf32>) -> tensor<f32> {
    %c = arith.constant dense<0.0> : tensor<f32>
    return %c : tensor<f32>
  }
}

// -----

// A function that returns gradients is called, not differentiated; @evaluate
// may take other numbers of rows. What a function outside the model calls stays.

// CHECK-LABEL: module @given
// CHECK-NEXT:    func.func private @helper
// CHECK:         func.func @other
// CHECK:         tacit.trainer @given
// CHECK:           func.func private @value_and_grad
// CHECK:           func.func private @helper
// CHECK:           func.func private @evaluate
// CHECK:           tacit.step {
// CHECK-NEXT:        %[[X:.*]] = tacit.next_batch ["x"] : tensor<4x3xf32>
// CHECK-NEXT:        %[[W:.*]] = tacit.get @w
// CHECK-NEXT:        %[[R:.*]]:2 = func.call @value_and_grad(%[[W]], %[[X]])
// CHECK-NEXT:        %[[N:.*]] = tacit.sgd %[[W]], %[[R]]#1 lr(1.000000e-01)
// CHECK-NEXT:        tacit.set @w, %[[N]]
// CHECK-NEXT:        tacit.yield %[[R]]#0
// CHECK:           tacit.evaluate {
// CHECK-NEXT:        %[[X:.*]] = tacit.next_batch ["x"] : tensor<8x3xf32>
// CHECK-NEXT:        %[[W:.*]] = tacit.get @w
// CHECK-NEXT:        %[[E:.*]]:2 = func.call @evaluate(%[[X]], %[[W]])
// CHECK-NEXT:        tacit.yield %[[E]]#0, %[[E]]#1 : tensor<8xf32>, tensor<8xf32>
module @given {
  func.func @value_and_grad(%w: tensor<3xf32> {tacit.parameter = "w"}, %x: tensor<4x3xf32> {tacit.data = "x"}) -> (tensor<f32>, tensor<3xf32>) {
    %l = func.call @helper() : () -> tensor<f32>
    return %l, %w : tensor<f32>, tensor<3xf32>
  }
  func.func private @helper() -> tensor<f32> {
    %c = arith.constant dense<0.0> : tensor<f32>
    return %c : tensor<f32>
  }
  func.func @other() -> tensor<f32> {
    %l = func.call @helper() : () -> tensor<f32>
    return %l : tensor<f32>
  }
  func.func @evaluate(%x: tensor<8x3xf32> {tacit.data = "x"}, %w: tensor<3xf32> {tacit.parameter = "w"}) -> (tensor<8xf32>, tensor<8xf32>) {
    %c = arith.constant dense<0.0> : tensor<8xf32>
    return %c, %c : tensor<8xf32>, tensor<8xf32>
  }
}

// -----

// A parameter that is named like a function keeps its name.

// CHECK-LABEL: tacit.trainer @names
// CHECK-NEXT:    tacit.variable @loss : tensor<2xf32>
// CHECK-NEXT:    func.func private @loss_function
// CHECK:         tacit.value_and_grad @loss_function
module @names {
  func.func @loss(%w: tensor<2xf32> {tacit.parameter = "loss"}, %x: tensor<4xf32> {tacit.data = "x"}) -> tensor<f32> {
    %c = arith.constant dense<0.0> : tensor<f32>
    return %c : tensor<f32>
  }
}

// -----

// A trainer is left alone, whatever stands beside it.

// CHECK-LABEL: func.func @beside(%{{.*}}: tensor<2xf32> {tacit.parameter = "w"})
// CHECK:       tacit.trainer @present
// CHECK-NEXT:    tacit.step {
// CHECK-NEXT:      %[[L:.*]] = arith.constant
// CHECK-NEXT:      tacit.yield %[[L]]
// CHECK-NEXT:    }
// CHECK-NEXT:  }
module @left_alone {
  func.func @beside(%w: tensor<2xf32> {tacit.parameter = "w"}) {
    return
  }
  tacit.trainer @present {
    tacit.step {
      %l = arith.constant dense<0.0> : tensor<f32>
      tacit.yield %l : tensor<f32>
    }
  }
}

// -----

// Model state: variables behind the parameters, whose new values are the last
// results. What a loss returns besides is not differentiated.

// CHECK-LABEL: tacit.trainer @state
// CHECK-NEXT:    tacit.variable @w : tensor<3xf32> {role = #tacit.role<parameter>}
// CHECK-NEXT:    tacit.variable @mean : tensor<3xf32> = #tacit.zeros {role = #tacit.role<model_state>}
// CHECK-NEXT:    tacit.variable @count : tensor<i32> {role = #tacit.role<model_state>}
// CHECK-NEXT:    func.func private @loss(%{{.*}}: tensor<3xf32>, %{{.*}}: tensor<4x3xf32>, %{{.*}}: tensor<3xf32>, %{{.*}}: tensor<i32>) -> (tensor<f32>, tensor<3xf32>, tensor<i32>)
// CHECK:         tacit.step {
// CHECK-NEXT:      %[[X:.*]] = tacit.next_batch ["x"] : tensor<4x3xf32>
// CHECK-NEXT:      %[[M:.*]] = tacit.get @mean
// CHECK-NEXT:      %[[W:.*]] = tacit.get @w
// CHECK-NEXT:      %[[C:.*]] = tacit.get @count
// CHECK-NEXT:      %[[L:.*]], %[[R:.*]]:3 = tacit.value_and_grad @loss(%[[M]], %[[X]], %[[W]], %[[C]]) wrt [2] : {{.*}} -> (tensor<f32>, tensor<3xf32>, tensor<3xf32>, tensor<i32>)
// CHECK-NEXT:      %[[N:.*]] = tacit.sgd %[[W]], %[[R]]#0
// CHECK-NEXT:      tacit.set @w, %[[N]]
// CHECK-NEXT:      tacit.set @mean, %[[R]]#1
// CHECK-NEXT:      tacit.set @count, %[[R]]#2
// CHECK-NEXT:      tacit.yield %[[L]]
// CHECK:         tacit.evaluate {
// CHECK:           %[[M:.*]] = tacit.get @mean
// CHECK:           %[[R:.*]]:3 = func.call @loss(
// CHECK-NEXT:      tacit.yield %[[R]]#0
module @state {
  func.func @loss(%m: tensor<3xf32> {tacit.state = "mean", tacit.init = #tacit.zeros}, %x: tensor<4x3xf32> {tacit.data = "x"},
                  %w: tensor<3xf32> {tacit.parameter = "w"}, %n: tensor<i32> {tacit.state = "count"}) -> (tensor<f32>, tensor<3xf32>, tensor<i32>) {
    %c = arith.constant dense<0.0> : tensor<f32>
    return %c, %m, %n : tensor<f32>, tensor<3xf32>, tensor<i32>
  }
}

// -----

// After the loss come gradients, then new states; an evaluation may read them.
// A function gives way to a state's name.

// CHECK-LABEL: tacit.trainer @gradients_and_state
// CHECK-NEXT:    tacit.variable @w : tensor<3xf32>
// CHECK-NEXT:    tacit.variable @value_and_grad : tensor<3xf32> {role = #tacit.role<model_state>}
// CHECK:           %[[R:.*]]:3 = func.call @value_and_grad_function(
// CHECK-NEXT:      %[[N:.*]] = tacit.sgd %{{.*}}, %[[R]]#1
// CHECK-NEXT:      tacit.set @w, %[[N]]
// CHECK-NEXT:      tacit.set @value_and_grad, %[[R]]#2
// CHECK:         tacit.evaluate {
// CHECK-NEXT:      %[[X:.*]] = tacit.next_batch ["x"] : tensor<8x3xf32>
// CHECK-NEXT:      %[[S:.*]] = tacit.get @value_and_grad
// CHECK-NEXT:      %[[E:.*]] = func.call @evaluate(%[[X]], %[[S]])
module @gradients_and_state {
  func.func @value_and_grad(%w: tensor<3xf32> {tacit.parameter = "w"}, %m: tensor<3xf32> {tacit.state = "value_and_grad"},
                            %x: tensor<4x3xf32> {tacit.data = "x"}) -> (tensor<f32>, tensor<3xf32>, tensor<3xf32>) {
    %c = arith.constant dense<0.0> : tensor<f32>
    return %c, %w, %m : tensor<f32>, tensor<3xf32>, tensor<3xf32>
  }
  func.func @evaluate(%x: tensor<8x3xf32> {tacit.data = "x"}, %m: tensor<3xf32> {tacit.state = "value_and_grad"}) -> tensor<8xf32> {
    %c = arith.constant dense<0.0> : tensor<8xf32>
    return %c : tensor<8xf32>
  }
}

// -----

// What a cast of a known size hides is no size that is not known.

// CHECK-LABEL: tacit.trainer @cast
module @cast {
  func.func @loss(%w: tensor<2xf32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"}) -> tensor<f32> {
    %d = tensor.cast %w : tensor<2xf32> to tensor<?xf32>
    %s = tensor.cast %d : tensor<?xf32> to tensor<2xf32>
    %c = arith.constant dense<0.0> : tensor<f32>
    return %c : tensor<f32>
  }
}
