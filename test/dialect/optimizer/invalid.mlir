// RUN: tacit-opt %s --split-input-file --verify-diagnostics

//===----------------------------------------------------------------------===//
// sgd
//===----------------------------------------------------------------------===//

// sgd_c1
func.func @sgd_c1(%w: tensor<8xi32>) {
  // expected-error@+1 {{'tacit.sgd' op needs parameters of floats, got 'tensor<8xi32>'}}
  %0 = tacit.sgd %w, %w lr(0.1) : tensor<8xi32>
  return
}

// -----

// sgd_c2
func.func @sgd_c2(%w: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.sgd' op lr must be positive and finite, got 0.000000e+00}}
  %0 = tacit.sgd %w, %w lr(0) : tensor<8xf32>
  return
}

// -----

// sgd_c2
func.func @sgd_c2_infinite(%w: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.sgd' op lr must be positive and finite, got INF}}
  %0 = tacit.sgd %w, %w lr(1.0e400) : tensor<8xf32>
  return
}

// -----

// sgd_c3
func.func @sgd_c3(%w: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.sgd' op momentum must be in [0, 1), got 1.000000e+00}}
  %0 = tacit.sgd %w, %w lr(0.1) momentum(1.0) : tensor<8xf32>
  return
}

// -----

// sgd_c4
func.func @sgd_c4(%w: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.sgd' op weight_decay must be finite and at least 0, got -1.000000e-04}}
  %0 = tacit.sgd %w, %w lr(0.1) weight_decay(-1.0e-4) : tensor<8xf32>
  return
}

// -----

// sgd_c5
func.func @sgd_c5(%w: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.sgd' op nesterov needs a momentum above 0}}
  %0 = tacit.sgd %w, %w lr(0.1) nesterov : tensor<8xf32>
  return
}

// -----

// sgd_c6
func.func @sgd_c6(%w: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.sgd' op schedule must hold schedules such as #tacit.step_schedule<every = 100, gamma = 0.1>, got #tacit.zeros}}
  %0 = tacit.sgd %w, %w lr(0.1) schedule([#tacit.zeros]) : tensor<8xf32>
  return
}

// -----

// sgd_c7
func.func @sgd_c7(%w: tensor<8xf32>, %g: tensor<4xf32>) {
  // expected-error@+1 {{'tacit.sgd' op failed to verify that all of {parameter, gradient, result} have same type}}
  %0 = "tacit.sgd"(%w, %g) {lr = 0.1 : f64} : (tensor<8xf32>, tensor<4xf32>) -> tensor<8xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// adamw
//===----------------------------------------------------------------------===//

// adamw_c1
func.func @adamw_c1(%w: tensor<8xi64>) {
  // expected-error@+1 {{'tacit.adamw' op needs parameters of floats, got 'tensor<8xi64>'}}
  %0 = tacit.adamw %w, %w lr(0.1) : tensor<8xi64>
  return
}

// -----

// adamw_c2
func.func @adamw_c2(%w: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.adamw' op lr must be positive and finite, got -1.000000e-01}}
  %0 = tacit.adamw %w, %w lr(-0.1) : tensor<8xf32>
  return
}

// -----

// adamw_c3
func.func @adamw_c3_beta1(%w: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.adamw' op beta1 must be in [0, 1), got -5.000000e-01}}
  %0 = tacit.adamw %w, %w lr(0.1) beta1(-0.5) : tensor<8xf32>
  return
}

// -----

// adamw_c3
func.func @adamw_c3_beta2(%w: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.adamw' op beta2 must be in [0, 1), got 1.500000e+00}}
  %0 = tacit.adamw %w, %w lr(0.1) beta2(1.5) : tensor<8xf32>
  return
}

// -----

// adamw_c4
func.func @adamw_c4(%w: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.adamw' op epsilon must be positive and finite, got 0.000000e+00}}
  %0 = tacit.adamw %w, %w lr(0.1) epsilon(0) : tensor<8xf32>
  return
}

// -----

// adamw_c5
func.func @adamw_c5(%w: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.adamw' op weight_decay must be finite and at least 0, got -1.000000e+00}}
  %0 = tacit.adamw %w, %w lr(0.1) weight_decay(-1) : tensor<8xf32>
  return
}

// -----

// adamw_c6
func.func @adamw_c6(%w: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.adamw' op schedule must hold schedules such as #tacit.step_schedule<every = 100, gamma = 0.1>, got "cosine"}}
  %0 = tacit.adamw %w, %w lr(0.1) schedule(["cosine"]) : tensor<8xf32>
  return
}

// -----

// adamw_c7
func.func @adamw_c7(%w: tensor<8xf32>, %g: tensor<8xf64>) {
  // expected-error@+1 {{'tacit.adamw' op failed to verify that all of {parameter, gradient, result} have same type}}
  %0 = "tacit.adamw"(%w, %g) {lr = 0.1 : f64} : (tensor<8xf32>, tensor<8xf64>) -> tensor<8xf32>
  return
}
