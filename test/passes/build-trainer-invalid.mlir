// RUN: tacit-opt %s --tacit-build-trainer --split-input-file --verify-diagnostics

// expected-error@+1 {{no model here: neither a tacit.trainer, nor a loss function whose arguments are marked {tacit.parameter = "name"} or {tacit.data = "name"}}}
module {
  func.func @loss(%w: tensor<2xf32>) -> tensor<f32> {
    %c = arith.constant dense<0.0> : tensor<f32>
    return %c : tensor<f32>
  }
}

// -----

module {
  // expected-note@+1 {{the first, '@a', is here}}
  tacit.trainer @a {
    tacit.step {
      %l = arith.constant dense<0.0> : tensor<f32>
      tacit.yield %l : tensor<f32>
    }
  }
  // expected-error@+1 {{'@b' is a second trainer; a model file holds one}}
  tacit.trainer @b {
    tacit.step {
      %l = arith.constant dense<0.0> : tensor<f32>
      tacit.yield %l : tensor<f32>
    }
  }
}

// -----

module {
  // expected-note@+1 {{the first, '@loss', is here}}
  func.func @loss(%w: tensor<2xf32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"}) -> tensor<f32> {
    %c = arith.constant dense<0.0> : tensor<f32>
    return %c : tensor<f32>
  }
  // expected-error@+1 {{'@value_and_grad' is a second function with marked arguments; keep the marks of the one to train (and of '@evaluate')}}
  func.func @value_and_grad(%w: tensor<2xf32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"}) -> tensor<f32> {
    %c = arith.constant dense<0.0> : tensor<f32>
    return %c : tensor<f32>
  }
}

// -----

// expected-error@+1 {{'@loss' has marked arguments but no body}}
func.func private @loss(%w: tensor<2xf32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"}) -> tensor<f32>

// -----

func.func @loss(%w: tensor<2xf32> {tacit.parameter = "w"},
    // expected-error@+1 {{argument #1 of '@loss' has no mark; write {tacit.parameter = "name"} if it is trained, {tacit.data = "name"} if it is fed, or {tacit.state = "name"} if steps change it otherwise}}
    %x: tensor<4xf32>) -> tensor<f32> {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}

// -----

func.func @loss(%w: tensor<2xf32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"},
    // expected-error@+1 {{argument #2 of '@loss' is the model state "mean" of type 'tensor<?xf32>'; model state is a tensor of f32, f64, i32 or i64 with a static shape}}
    %m: tensor<?xf32> {tacit.state = "mean"}) -> (tensor<f32>, tensor<?xf32>) {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c, %m : tensor<f32>, tensor<?xf32>
}

// -----

// expected-error@+1 {{argument #0 of '@loss' is marked both as the data "x" and as the model state "m"; keep one of the marks}}
func.func @loss(%w: tensor<2xf32> {tacit.data = "x", tacit.state = "m"}) -> tensor<f32> {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}

// -----

func.func @loss(%w: tensor<2xf32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"},
    // expected-error@+1 {{argument #2 of '@loss' has the name "w" of an argument before it; rename one of them}}
    %m: tensor<2xf32> {tacit.state = "w"}) -> (tensor<f32>, tensor<2xf32>) {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c, %m : tensor<f32>, tensor<2xf32>
}

// -----

// expected-error@+1 {{'@loss' returns 0 values after the loss, (); it must return 1 new state after the loss, or with the gradient of every parameter after the loss: 1 gradient, then 1 new state, in the order of arguments}}
func.func @loss(
    // expected-note@+1 {{the gradient of the parameter "w", 'tensor<2xf32>', is not among them as result #1}}
    %w: tensor<2xf32> {tacit.parameter = "w"},
    %x: tensor<4xf32> {tacit.data = "x"}, %m: tensor<2xf32> {tacit.state = "m"}) -> tensor<f32> {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}

// -----

// expected-error@+1 {{result #1 of '@loss' is 'tensor<2xf32>', but must be the new value of the model state "m", 'tensor<3xf32>'; after the loss come gradients, if any, then new states, in the order of arguments}}
func.func @loss(%w: tensor<2xf32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"},
    // expected-note@+1 {{the argument is here}}
    %m: tensor<3xf32> {tacit.state = "m"}) -> (tensor<f32>, tensor<2xf32>) {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c, %w : tensor<f32>, tensor<2xf32>
}

// -----

// expected-error@+1 {{argument #0 of '@loss' is marked both as the parameter "w" and as the data "x"; keep one of the marks}}
func.func @loss(%w: tensor<2xf32> {tacit.parameter = "w", tacit.data = "x"}) -> tensor<f32> {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}

// -----

// expected-error@+1 {{argument #0 of '@loss' is marked with an empty name; give it one}}
func.func @loss(%w: tensor<2xf32> {tacit.parameter = ""}, %x: tensor<4xf32> {tacit.data = "x"}) -> tensor<f32> {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}

// -----

func.func @loss(%w: tensor<2xf32> {tacit.parameter = "w"},
    // expected-error@+1 {{argument #1 of '@loss' has the name "w" of an argument before it; rename one of them}}
    %v: tensor<2xf32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"}) -> tensor<f32> {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}

// -----

func.func @loss(%w: tensor<2xf32> {tacit.parameter = "w"},
    // expected-error@+1 {{argument #1 of '@loss' is data, which takes no tacit.init; remove it}}
    %x: tensor<4xf32> {tacit.data = "x", tacit.init = #tacit.zeros}) -> tensor<f32> {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}

// -----

// expected-error@+1 {{argument #0 of '@loss' is the parameter "w" of type 'tensor<2xi32>'; a parameter is a tensor of f32 or f64 with a static shape}}
func.func @loss(%w: tensor<2xi32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"}) -> tensor<f32> {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}

// -----

func.func @loss(%w: tensor<2xf32> {tacit.parameter = "w"},
    // expected-error@+1 {{argument #1 of '@loss' is the data "x" of type 'tensor<?xf32>'; data is a tensor of f32, f64, i32 or i64 with a static shape whose first extent is the number of rows}}
    %x: tensor<?xf32> {tacit.data = "x"}) -> tensor<f32> {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}

// -----

func.func @loss(%w: tensor<2xf32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"},
    // expected-error@+1 {{argument #2 of '@loss' is the data "y" with 3 rows, but the data before it has 4}}
    %y: tensor<3xi32> {tacit.data = "y"}) -> tensor<f32> {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}

// -----

// expected-error@+1 {{'@loss' has no parameter; mark at least one argument with {tacit.parameter = "name"}}}
func.func @loss(%x: tensor<4xf32> {tacit.data = "x"}) -> tensor<f32> {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}

// -----

// expected-error@+1 {{'@loss' has no data; mark at least one argument with {tacit.data = "name"}}}
func.func @loss(%w: tensor<4xf32> {tacit.parameter = "w"}) -> tensor<f32> {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}

// -----

// expected-error@+1 {{'@loss' must return the loss, a tensor<f32> or tensor<f64>, first; it returns ('tensor<4xf32>')}}
func.func @loss(%w: tensor<2xf32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"}) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// expected-error@+1 {{result #1 of '@loss' is 'tensor<4xf32>', but must be the gradient of the parameter "w", 'tensor<2xf32>'; after the loss come gradients, if any, then new states, in the order of arguments}}
func.func @loss(
    // expected-note@+1 {{the argument is here}}
    %w: tensor<2xf32> {tacit.parameter = "w"},
    %x: tensor<4xf32> {tacit.data = "x"}) -> (tensor<f32>, tensor<4xf32>) {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c, %x : tensor<f32>, tensor<4xf32>
}

// -----

// expected-error@+1 {{'@loss' returns 1 value after the loss, ('tensor<2xf32>'); it must return the loss alone, or with the gradient of every parameter after the loss: 2 gradients, in the order of arguments}}
func.func @loss(%w: tensor<2xf32> {tacit.parameter = "w"},
    // expected-note@+1 {{the gradient of the parameter "b", 'tensor<f32>', is not among them as result #2}}
    %b: tensor<f32> {tacit.parameter = "b"},
    %x: tensor<4xf32> {tacit.data = "x"}) -> (tensor<f32>, tensor<2xf32>) {
  return %b, %w : tensor<f32>, tensor<2xf32>
}

// -----

func.func @loss(%w: tensor<4xf32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"}) -> tensor<f32> {
  // expected-error@+1 {{'memref.alloc' op is of the dialect 'memref', which models are not written in: they are of linalg, tensor, arith, math, scf and func on tensors}}
  %m = memref.alloc() : memref<4xf32>
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}

// -----

// A size that only running tells.
func.func @loss(%w: tensor<4xf32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"}, %y: tensor<4xi32> {tacit.data = "y"}) -> tensor<f32> {
  %c0 = arith.constant 0 : index
  %n = tensor.extract %y[%c0] : tensor<4xi32>
  %i = arith.index_cast %n : i32 to index
  // expected-error@+1 {{'tensor.extract_slice' op gives a 'tensor<?xf32>', whose size is known only when it runs; shapes of a model are static: export it for a fixed number of rows, and sizes that are numbers}}
  %d = tensor.extract_slice %x[0] [%i] [1] : tensor<4xf32> to tensor<?xf32>
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}

// -----

func.func private @elsewhere(tensor<2xf32>) -> tensor<f32>
func.func @loss(%w: tensor<2xf32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"}) -> tensor<f32> {
  // expected-error@+1 {{'func.call' op calls '@elsewhere', which has no body here; a model holds all that it uses}}
  %c = func.call @elsewhere(%w) : (tensor<2xf32>) -> tensor<f32>
  return %c : tensor<f32>
}

// -----

func.func @loss(%w: tensor<2xf32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"}) -> tensor<f32> {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}
// expected-error@+1 {{argument #0 of '@evaluate' is the parameter "v", which '@loss' does not take}}
func.func @evaluate(%w: tensor<2xf32> {tacit.parameter = "v"}, %x: tensor<4xf32> {tacit.data = "x"}) -> tensor<f32> {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}

// -----

func.func @loss(%w: tensor<2xf32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"}) -> tensor<f32> {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}
// expected-error@+1 {{argument #0 of '@evaluate' is the data "x" of type 'tensor<4x2xf32>', but '@loss' takes it as 'tensor<4xf32>'}}
func.func @evaluate(%x: tensor<4x2xf32> {tacit.data = "x"}) -> tensor<f32> {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}

// -----

func.func @loss(%w: tensor<2xf32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"}) -> tensor<f32> {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}
// expected-error@+1 {{'@evaluate' has no data; mark at least one argument with {tacit.data = "name"}}}
func.func @evaluate(%w: tensor<2xf32> {tacit.parameter = "w"}) -> tensor<f32> {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}

// -----

func.func @loss(%w: tensor<2xf32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"}) -> tensor<f32> {
  %c = arith.constant dense<0.0> : tensor<f32>
  return %c : tensor<f32>
}
// expected-error@+1 {{'@evaluate' must return the loss of each of the 4 rows and, for a classifier, 1 or 0 for each: tensors of floats with 4 entries, or the mean loss alone; it returns ('tensor<2xf32>')}}
func.func @evaluate(%w: tensor<2xf32> {tacit.parameter = "w"}, %x: tensor<4xf32> {tacit.data = "x"}) -> tensor<2xf32> {
  return %w : tensor<2xf32>
}
