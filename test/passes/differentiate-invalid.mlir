// RUN: tacit-opt %s --tacit-differentiate --split-input-file --verify-diagnostics

func.func private @gather(%w: tensor<4xf32>, %i: tensor<1xindex>) -> tensor<f32> {
  // expected-error@+1 {{'tensor.gather' op has no differentiation rule; write the lookup as a product with one-hot rows}}
  %r = tensor.gather %w[%i] gather_dims([0]) : (tensor<4xf32>, tensor<1xindex>) -> tensor<f32>
  return %r : tensor<f32>
}
func.func @f(%w: tensor<4xf32>, %i: tensor<1xindex>) -> tensor<4xf32> {
  %l, %g = tacit.value_and_grad @gather(%w, %i) wrt [0] : (tensor<4xf32>, tensor<1xindex>) -> (tensor<f32>, tensor<4xf32>)
  return %g : tensor<4xf32>
}

// -----

func.func private @twice(%w: tensor<f32>) -> tensor<f32> {
  %r = arith.addf %w, %w : tensor<f32>
  return %r : tensor<f32>
}
func.func private @call(%w: tensor<f32>) -> tensor<f32> {
  // expected-error@+1 {{'func.call' op has no differentiation rule; inline calls first (tacit-inline)}}
  %r = func.call @twice(%w) : (tensor<f32>) -> tensor<f32>
  return %r : tensor<f32>
}
func.func @f(%w: tensor<f32>) -> tensor<f32> {
  %l, %g = tacit.value_and_grad @call(%w) wrt [0] : (tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return %g : tensor<f32>
}

// -----

func.func private @loop(%w: tensor<f32>, %n: tensor<index>) -> tensor<f32> {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %end = tensor.extract %n[] : tensor<index>
  // expected-error@+1 {{'scf.for' op has no differentiation rule while its bounds are not constants: how many values the gradient needs must be known; give it constant bounds, with scf.if or arith.select in its body}}
  %r = scf.for %i = %zero to %end step %one iter_args(%x = %w) -> tensor<f32> {
    %y = arith.mulf %x, %w : tensor<f32>
    scf.yield %y : tensor<f32>
  }
  return %r : tensor<f32>
}
func.func @f(%w: tensor<f32>, %n: tensor<index>) -> tensor<f32> {
  %l, %g = tacit.value_and_grad @loop(%w, %n) wrt [0] : (tensor<f32>, tensor<index>) -> (tensor<f32>, tensor<f32>)
  return %g : tensor<f32>
}

// -----

// In a body the error names the scalar operation.

func.func private @body(%w: tensor<4xf32>) -> tensor<f32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<f32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<f32>) -> tensor<f32>
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
      ins(%w : tensor<4xf32>) outs(%z : tensor<f32>) {
  ^bb0(%in: f32, %acc: f32):
    // expected-error@+1 {{'arith.bitcast' op makes integers of what is to be differentiated, and the loss depends on them: integers have no gradient; compute it in floats, or let the function return the gradients that are meant}}
    %bits = arith.bitcast %in : f32 to i32
    %float = arith.sitofp %bits : i32 to f32
    %sum = arith.addf %acc, %float : f32
    linalg.yield %sum : f32
  } -> tensor<f32>
  return %r : tensor<f32>
}
func.func @f(%w: tensor<4xf32>) -> tensor<4xf32> {
  %l, %g = tacit.value_and_grad @body(%w) wrt [0] : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>)
  return %g : tensor<4xf32>
}

// -----

// Nor are there gradients of a structured operation that returns integers.

func.func private @rounded(%w: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<f32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<f32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<f32>) -> tensor<f32>
  %ei = tensor.empty() : tensor<4xi32>
  %i = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x, %w : tensor<4xf32>, tensor<4xf32>) outs(%ei : tensor<4xi32>) {
  ^bb0(%data: f32, %in: f32, %out: i32):
    %whole = arith.fptosi %data : f32 to i32
    %double = arith.addf %in, %in : f32
    // expected-error@+1 {{'arith.fptosi' op makes integers of what is to be differentiated, and the loss depends on them: integers have no gradient; compute it in floats, or let the function return the gradients that are meant}}
    %n = arith.fptosi %double : f32 to i32
    %sum = arith.addi %n, %whole : i32
    linalg.yield %sum : i32
  } -> tensor<4xi32>
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
      ins(%i : tensor<4xi32>) outs(%z : tensor<f32>) {
  ^bb0(%in: i32, %acc: f32):
    %float = arith.sitofp %in : i32 to f32
    %sum = arith.addf %acc, %float : f32
    linalg.yield %sum : f32
  } -> tensor<f32>
  return %r : tensor<f32>
}
func.func @f(%w: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %l, %g = tacit.value_and_grad @rounded(%w, %x) wrt [0] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>)
  return %g : tensor<4xf32>
}

// -----

func.func private @product(%w: tensor<4xf32>) -> tensor<f32> {
  %one = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<f32>
  %z = linalg.fill ins(%one : f32) outs(%e : tensor<f32>) -> tensor<f32>
  // expected-error@+1 {{'linalg.generic' op reduces by 'arith.mulf' in a way that has no differentiation rule; those that have one are sums of terms and a maximum or minimum, in which the running value occurs once}}
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
      ins(%w : tensor<4xf32>) outs(%z : tensor<f32>) {
  ^bb0(%in: f32, %acc: f32):
    %p = arith.mulf %acc, %in : f32
    linalg.yield %p : f32
  } -> tensor<f32>
  return %r : tensor<f32>
}
func.func @f(%w: tensor<4xf32>) -> tensor<4xf32> {
  %l, %g = tacit.value_and_grad @product(%w) wrt [0] : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>)
  return %g : tensor<4xf32>
}

// -----

func.func private @last(%w: tensor<4xf32>) -> tensor<f32> {
  %e = tensor.empty() : tensor<f32>
  // expected-error@+1 {{'linalg.generic' op overwrites its result along a reduction dimension, which has no differentiation rule; make the dimension parallel or reduce over it}}
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
      ins(%w : tensor<4xf32>) outs(%e : tensor<f32>) {
  ^bb0(%in: f32, %acc: f32):
    linalg.yield %in : f32
  } -> tensor<f32>
  return %r : tensor<f32>
}
func.func @f(%w: tensor<4xf32>) -> tensor<4xf32> {
  %l, %g = tacit.value_and_grad @last(%w) wrt [0] : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>)
  return %g : tensor<4xf32>
}

// -----

// A running mean, by a number of terms that is counted along.

func.func private @running(%w: tensor<4xf32>) -> tensor<f32> {
  %zero = arith.constant 0.0 : f32
  %none = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %e = tensor.empty() : tensor<f32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<f32>) -> tensor<f32>
  %ei = tensor.empty() : tensor<i32>
  %zi = linalg.fill ins(%none : i32) outs(%ei : tensor<i32>) -> tensor<i32>
  // expected-error@+1 {{'linalg.generic' op has a term that depends on the running value of a reduction, which has no differentiation rule; reduce in an operation of its own}}
  %r:2 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
      ins(%w : tensor<4xf32>) outs(%z, %zi : tensor<f32>, tensor<i32>) {
  ^bb0(%in: f32, %acc: f32, %count: i32):
    %next = arith.addi %count, %one : i32
    %n = arith.sitofp %next : i32 to f32
    %term = arith.mulf %in, %n : f32
    %sum = arith.addf %acc, %term : f32
    linalg.yield %sum, %next : f32, i32
  } -> (tensor<f32>, tensor<i32>)
  %n = tensor.extract %r#1[] : tensor<i32>
  %scale = arith.sitofp %n : i32 to f32
  %v = tensor.extract %r#0[] : tensor<f32>
  %m = arith.divf %v, %scale : f32
  %t = tensor.from_elements %m : tensor<f32>
  return %t : tensor<f32>
}
func.func @f(%w: tensor<4xf32>) -> tensor<4xf32> {
  %l, %g = tacit.value_and_grad @running(%w) wrt [0] : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>)
  return %g : tensor<4xf32>
}

// -----

// Entries of a tensor may be looked up, but not in a loop of a body.

func.func private @lookup(%w: tensor<4xf32>, %i: tensor<3xindex>) -> tensor<f32> {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e = tensor.empty() : tensor<f32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<f32>) -> tensor<f32>
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
      ins(%i : tensor<3xindex>) outs(%z : tensor<f32>) {
  ^bb0(%in: index, %acc: f32):
    %part = scf.for %k = %c0 to %in step %c1 iter_args(%s = %zero) -> f32 {
      // expected-error@+1 {{'tensor.extract' op reads a tensor that depends on parameters in the body of 'linalg.generic', which has no differentiation rule here; read its entries by tensor.extract outside of loops, or make it an operand}}
      %entry = tensor.extract %w[%k] : tensor<4xf32>
      %t = arith.addf %s, %entry : f32
      scf.yield %t : f32
    }
    %sum = arith.addf %acc, %part : f32
    linalg.yield %sum : f32
  } -> tensor<f32>
  return %r : tensor<f32>
}
func.func @f(%w: tensor<4xf32>, %i: tensor<3xindex>) -> tensor<4xf32> {
  %l, %g = tacit.value_and_grad @lookup(%w, %i) wrt [0] : (tensor<4xf32>, tensor<3xindex>) -> (tensor<f32>, tensor<4xf32>)
  return %g : tensor<4xf32>
}

// -----

func.func private @inner(%w: tensor<4xf32>) -> tensor<f32> {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %e = tensor.empty() : tensor<f32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<f32>) -> tensor<f32>
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
      ins(%w : tensor<4xf32>) outs(%z : tensor<f32>) {
  ^bb0(%in: f32, %acc: f32):
    // expected-error@+1 {{'scf.for' op in the body of a linalg operation has no differentiation rule; make it a loop around the operation, or one of its dimensions}}
    %part = scf.for %k = %c0 to %c3 step %c1 iter_args(%s = %in) -> f32 {
      %t = math.sin %s : f32
      scf.yield %t : f32
    }
    %sum = arith.addf %acc, %part : f32
    linalg.yield %sum : f32
  } -> tensor<f32>
  return %r : tensor<f32>
}
func.func @f(%w: tensor<4xf32>) -> tensor<4xf32> {
  %l, %g = tacit.value_and_grad @inner(%w) wrt [0] : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>)
  return %g : tensor<4xf32>
}

// -----

func.func private @dynamic(%w: tensor<?xf32>) -> tensor<f32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  // expected-error@+1 {{'scf.for' op has to save a value of type 'tensor<?xf32>' for its gradient; give it a static shape}}
  %r = scf.for %k = %c0 to %c3 step %c1 iter_args(%s = %w) -> tensor<?xf32> {
    %t = math.sin %s : tensor<?xf32>
    scf.yield %t : tensor<?xf32>
  }
  %v = tensor.extract %r[%c0] : tensor<?xf32>
  %l = tensor.from_elements %v : tensor<f32>
  return %l : tensor<f32>
}
func.func @f(%w: tensor<?xf32>) -> tensor<?xf32> {
  %l, %g = tacit.value_and_grad @dynamic(%w) wrt [0] : (tensor<?xf32>) -> (tensor<f32>, tensor<?xf32>)
  return %g : tensor<?xf32>
}

// -----

func.func private @pad(%w: tensor<3xf32>) -> tensor<f32> {
  %index = arith.constant 1 : index
  %value = tensor.extract %w[%index] : tensor<3xf32>
  // expected-error@+1 {{'tensor.pad' op pads with a value that depends on parameters, which has no differentiation rule; pad with a constant}}
  %p = tensor.pad %w low[1] high[0] {
  ^bb0(%i: index):
    tensor.yield %value : f32
  } : tensor<3xf32> to tensor<4xf32>
  %v = tensor.extract %p[%index] : tensor<4xf32>
  %r = tensor.from_elements %v : tensor<f32>
  return %r : tensor<f32>
}
func.func @f(%w: tensor<3xf32>) -> tensor<3xf32> {
  %l, %g = tacit.value_and_grad @pad(%w) wrt [0] : (tensor<3xf32>) -> (tensor<f32>, tensor<3xf32>)
  return %g : tensor<3xf32>
}

// -----

func.func private @branches(%w: tensor<f32>, %c: tensor<i1>) -> tensor<f32> {
  %b = tensor.extract %c[] : tensor<i1>
  cf.cond_br %b, ^a, ^b
^a:
  return %w : tensor<f32>
^b:
  %r = arith.mulf %w, %w : tensor<f32>
  return %r : tensor<f32>
}
func.func @f(%w: tensor<f32>, %c: tensor<i1>) -> tensor<f32> {
  // expected-error@+1 {{'tacit.value_and_grad' op differentiates functions of one block, but '@branches' has 3; write its branches with arith.select}}
  %l, %g = tacit.value_and_grad @branches(%w, %c) wrt [0] : (tensor<f32>, tensor<i1>) -> (tensor<f32>, tensor<f32>)
  return %g : tensor<f32>
}
