// RUN: tacit-opt %s --split-input-file --verify-diagnostics

// value_and_grad_c1
func.func @value_and_grad_c1(%w: tensor<f32>) {
  // expected-error@+1 {{'tacit.value_and_grad' op '@loss' does not name a function with a body}}
  %l, %g = tacit.value_and_grad @loss(%w) wrt [0] : (tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

// value_and_grad_c1
func.func private @loss(tensor<f32>) -> tensor<f32>
func.func @value_and_grad_c1_declaration(%w: tensor<f32>) {
  // expected-error@+1 {{'tacit.value_and_grad' op '@loss' does not name a function with a body}}
  %l, %g = tacit.value_and_grad @loss(%w) wrt [0] : (tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

// value_and_grad_c1: a trainer holds all that it uses.
func.func @loss(%w: tensor<f32>) -> tensor<f32> {
  return %w : tensor<f32>
}
tacit.trainer @value_and_grad_c1_elsewhere {
  tacit.step {
    %w = arith.constant dense<0.0> : tensor<f32>
    // expected-error@+1 {{'tacit.value_and_grad' op '@loss' does not name a function with a body}}
    %l = tacit.value_and_grad @loss(%w) wrt [] : (tensor<f32>) -> tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// value_and_grad_c2
func.func @loss(%w: tensor<f32>, %x: tensor<8xf32>) -> tensor<f32> {
  return %w : tensor<f32>
}
func.func @value_and_grad_c2(%w: tensor<f32>, %x: tensor<4xf32>) {
  // expected-error@+1 {{'tacit.value_and_grad' op operands have types ('tensor<f32>', 'tensor<4xf32>') but '@loss' takes ('tensor<f32>', 'tensor<8xf32>')}}
  %l, %g = tacit.value_and_grad @loss(%w, %x) wrt [0] : (tensor<f32>, tensor<4xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

// value_and_grad_c3
func.func @loss(%w: tensor<8xf32>) -> tensor<8xf32> {
  return %w : tensor<8xf32>
}
func.func @value_and_grad_c3(%w: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.value_and_grad' op the loss must be a scalar tensor of floats, got 'tensor<8xf32>'}}
  %l, %g = tacit.value_and_grad @loss(%w) wrt [0] : (tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>)
  return
}

// -----

// value_and_grad_c3
func.func @loss(%w: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  return %w, %w : tensor<f32>, tensor<f32>
}
func.func @value_and_grad_c3_callee(%w: tensor<f32>) {
  // expected-error@+1 {{'tacit.value_and_grad' op returns, besides gradients, ('tensor<f32>') but '@loss' returns ('tensor<f32>', 'tensor<f32>')}}
  %l, %g = tacit.value_and_grad @loss(%w) wrt [0] : (tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

// value_and_grad_c3: a result after the gradients has to be one of the function.
func.func @loss(%w: tensor<f32>) -> (tensor<f32>, tensor<4xf32>) {
  %c = arith.constant dense<0.0> : tensor<4xf32>
  return %w, %c : tensor<f32>, tensor<4xf32>
}
func.func @value_and_grad_c3_extra(%w: tensor<f32>) {
  // expected-error@+1 {{'tacit.value_and_grad' op returns, besides gradients, ('tensor<f32>', 'tensor<8xf32>') but '@loss' returns ('tensor<f32>', 'tensor<4xf32>')}}
  %l, %r:2 = tacit.value_and_grad @loss(%w) wrt [0] : (tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<8xf32>)
  return
}

// -----

// value_and_grad_c4
func.func @value_and_grad_c4(%w: tensor<f32>) {
  // expected-error@+1 {{'tacit.value_and_grad' op wrt names operand #1, but there are 1}}
  %l, %g = tacit.value_and_grad @loss(%w) wrt [1] : (tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

// value_and_grad_c4
func.func @value_and_grad_c4_negative(%w: tensor<f32>) {
  // expected-error@+1 {{'tacit.value_and_grad' op wrt names operand #-1, but there are 1}}
  %l, %g = tacit.value_and_grad @loss(%w) wrt [-1] : (tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

// value_and_grad_c4
func.func @value_and_grad_c4_order(%w: tensor<f32>) {
  // expected-error@+1 {{'tacit.value_and_grad' op wrt must be increasing, got 0 after 1}}
  %l, %g:2 = tacit.value_and_grad @loss(%w, %w) wrt [1, 0] : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
  return
}

// -----

// value_and_grad_c5
func.func @value_and_grad_c5_count(%w: tensor<f32>) {
  // expected-error@+1 {{'tacit.value_and_grad' op returns 0 gradients, but wrt names 1 operands}}
  %l = tacit.value_and_grad @loss(%w) wrt [0] : (tensor<f32>) -> tensor<f32>
  return
}

// -----

// value_and_grad_c5
func.func @value_and_grad_c5_integers(%y: tensor<8xi32>) {
  // expected-error@+1 {{'tacit.value_and_grad' op wrt names operand #0, which has no gradient: it is a 'tensor<8xi32>', not of floats}}
  %l, %g = tacit.value_and_grad @loss(%y) wrt [0] : (tensor<8xi32>) -> (tensor<f32>, tensor<8xi32>)
  return
}

// -----

// value_and_grad_c5
func.func @value_and_grad_c5_type(%w: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.value_and_grad' op the gradient of operand #0 must have its type, 'tensor<8xf32>', got 'tensor<4xf32>'}}
  %l, %g = tacit.value_and_grad @loss(%w) wrt [0] : (tensor<8xf32>) -> (tensor<f32>, tensor<4xf32>)
  return
}

// -----

// value_and_grad_c6
func.func @loss(%w: tensor<f32>) -> tensor<f32> {
  // expected-note@+1 {{'tacit.all_reduce' is here}}
  %l = tacit.all_reduce mean %w : tensor<f32>
  return %l : tensor<f32>
}
func.func @value_and_grad_c6(%w: tensor<f32>) {
  // expected-error@+1 {{'tacit.value_and_grad' op '@loss' must not exchange: it says what one worker computes}}
  %l, %g = tacit.value_and_grad @loss(%w) wrt [0] : (tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return
}
