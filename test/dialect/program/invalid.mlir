// RUN: tacit-opt %s --split-input-file --verify-diagnostics

//===----------------------------------------------------------------------===//
// trainer
//===----------------------------------------------------------------------===//

// trainer_c1
// expected-error@+1 {{'tacit.trainer' op holds only tacit.variable, func.func, tacit.step, tacit.end_round, tacit.evaluate and tacit.channel}}
tacit.trainer @trainer_c1 {
  // expected-note@+1 {{got 'arith.constant' here}}
  %l = arith.constant dense<0.0> : tensor<f32>
  tacit.step {
    %m = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %m : tensor<f32>
  }
}

// -----

// trainer_c2
// expected-error@+1 {{'tacit.trainer' op has no tacit.step}}
tacit.trainer @trainer_c2 {
  tacit.variable @w : tensor<4xf32> {role = #tacit.role<parameter>}
}

// -----

// trainer_c2
// expected-error@+1 {{'tacit.trainer' op has more than one tacit.step}}
tacit.trainer @trainer_c2_two {
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
  // expected-note@+1 {{the second is here}}
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// trainer_c3
// expected-error@+1 {{'tacit.trainer' op has more than one tacit.evaluate}}
tacit.trainer @trainer_c3 {
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
  tacit.evaluate {
    %x = tacit.next_batch ["x"] : tensor<4xf32>
    tacit.yield %x : tensor<4xf32>
  }
  // expected-note@+1 {{the second is here}}
  tacit.evaluate {
    %x = tacit.next_batch ["x"] : tensor<4xf32>
    tacit.yield %x : tensor<4xf32>
  }
}

// -----

// trainer_c6
// expected-error@+1 {{needs 'accumulate' to be at least 1, got 0}}
tacit.trainer @trainer_c6 attributes {accumulate = 0} {
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// trainer_c4
// expected-error@+1 {{'tacit.trainer' op needs at least 1 rank, got 0}}
tacit.trainer @trainer_c4 attributes {ranks = 0} {
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

//===----------------------------------------------------------------------===//
// variable
//===----------------------------------------------------------------------===//

// variable_c1
tacit.trainer @variable_c1 {
  // expected-error@+1 {{'tacit.variable' op needs a static shape, got 'tensor<?xf32>'}}
  tacit.variable @w : tensor<?xf32> {role = #tacit.role<parameter>}
}

// -----

// variable_c2
tacit.trainer @variable_c2 {
  // expected-error@+1 {{'tacit.variable' op needs elements of f32, f64, i32 or i64, got 'bf16'}}
  tacit.variable @w : tensor<4xbf16> {role = #tacit.role<parameter>}
}

// -----

// variable_c3
tacit.trainer @variable_c3 {
  // expected-error@+1 {{'tacit.variable' op needs an initialiser such as #tacit.zeros, got 0.000000e+00 : f64}}
  tacit.variable @w : tensor<4xf32> = 0.0 {role = #tacit.role<parameter>}
}

// -----

// variable_c4
tacit.trainer @variable_c4 {
  // expected-error@+1 {{'tacit.variable' op holds integers, which take #tacit.zeros or a whole #tacit.constant, got #tacit.constant<5.000000e-01>}}
  tacit.variable @n : tensor<i64> = #tacit.constant<0.5> {role = #tacit.role<counter>}
}

// -----

// variable_c4
tacit.trainer @variable_c4_random {
  // expected-error@+1 {{'tacit.variable' op holds integers, which take #tacit.zeros or a whole #tacit.constant, got #tacit.he_normal<fan_in = 4>}}
  tacit.variable @n : tensor<4xi32> = #tacit.he_normal<fan_in = 4> {role = #tacit.role<counter>}
}

// -----

// variable_c5
// expected-error@+1 {{'tacit.variable' op expects parent op to be one of 'tacit.trainer, tacit.program'}}
tacit.variable @w : tensor<4xf32> {role = #tacit.role<parameter>}

// -----

// variable: no such role.
tacit.trainer @variable_role {
  // expected-error@+2 {{expected one of [parameter, optimizer, residual, outer, counter, model_state] for why a variable exists, got: weight}}
  // expected-error@+1 {{failed to parse Tacit_RoleAttr parameter 'value' which is to be a `::mlir::tacit::Role`}}
  tacit.variable @w : tensor<4xf32> {role = #tacit.role<weight>}
}

// -----

//===----------------------------------------------------------------------===//
// get
//===----------------------------------------------------------------------===//

// get_c1
tacit.trainer @get_c1 {
  tacit.variable @w : tensor<f32> {role = #tacit.role<parameter>}
  tacit.step {
    // expected-error@+1 {{'tacit.get' op '@v' does not name a variable of the trainer}}
    %l = tacit.get @v : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// get_c1: a function is none.
tacit.trainer @get_c1_function {
  func.func private @f()
  tacit.step {
    // expected-error@+1 {{'tacit.get' op '@f' does not name a variable of the trainer}}
    %l = tacit.get @f : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// get_c2
tacit.trainer @get_c2 {
  // expected-note@+1 {{the variable is here}}
  tacit.variable @w : tensor<4xf32> {role = #tacit.role<parameter>}
  tacit.step {
    // expected-error@+1 {{'tacit.get' op has type 'tensor<f32>' but '@w' has type 'tensor<4xf32>'}}
    %l = tacit.get @w : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// get_c3
tacit.trainer @get_c3 {
  tacit.variable @w : tensor<f32> {role = #tacit.role<parameter>}
  func.func private @f() -> tensor<f32> {
    // expected-error@+1 {{'tacit.get' op must stand directly in tacit.step, tacit.end_round or tacit.evaluate, got 'func.func'}}
    %l = tacit.get @w : tensor<f32>
    return %l : tensor<f32>
  }
  tacit.step {
    %l = func.call @f() : () -> tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

//===----------------------------------------------------------------------===//
// set
//===----------------------------------------------------------------------===//

// set_c1
tacit.trainer @set_c1 {
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    // expected-error@+1 {{'tacit.set' op '@w' does not name a variable of the trainer}}
    tacit.set @w, %l : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// set_c2
tacit.trainer @set_c2 {
  // expected-note@+1 {{the variable is here}}
  tacit.variable @w : tensor<f64> {role = #tacit.role<parameter>}
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    // expected-error@+1 {{'tacit.set' op has type 'tensor<f32>' but '@w' has type 'tensor<f64>'}}
    tacit.set @w, %l : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// set_c3
tacit.trainer @set_c3 {
  tacit.variable @w : tensor<f32> {role = #tacit.role<parameter>}
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    %c = arith.constant true
    scf.if %c {
      // expected-error@+1 {{'tacit.set' op must stand directly in tacit.step or tacit.end_round, got 'scf.if'}}
      tacit.set @w, %l : tensor<f32>
    }
    tacit.yield %l : tensor<f32>
  }
}

// -----

// set_c3: an evaluation changes nothing.
tacit.trainer @set_c3_evaluate {
  tacit.variable @w : tensor<4xf32> {role = #tacit.role<parameter>}
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
  tacit.evaluate {
    %x = tacit.next_batch ["x"] : tensor<4xf32>
    // expected-error@+1 {{'tacit.set' op must stand directly in tacit.step or tacit.end_round, got 'tacit.evaluate'}}
    tacit.set @w, %x : tensor<4xf32>
    tacit.yield %x : tensor<4xf32>
  }
}

// -----

//===----------------------------------------------------------------------===//
// step
//===----------------------------------------------------------------------===//

// step_c1
tacit.trainer @step_c1 {
  // expected-error@+1 {{'tacit.step' op must end with a tacit.yield of one scalar tensor of floats, the loss, got ('tensor<4xf32>')}}
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<4xf32>
    tacit.yield %l : tensor<4xf32>
  }
}

// -----

// step_c1
tacit.trainer @step_c1_none {
  // expected-error@+1 {{'tacit.step' op must end with a tacit.yield of one scalar tensor of floats, the loss, got ()}}
  tacit.step {
    tacit.yield
  }
}

// -----

// step_c1
tacit.trainer @step_c1_terminator {
  // expected-error@+1 {{'tacit.step' op must end with a tacit.yield of one scalar tensor of floats, the loss}}
  tacit.step {
    llvm.unreachable
  }
}

// -----

// step_c2
tacit.trainer @step_c2 {
  // expected-error@+1 {{'tacit.step' op has more than one tacit.next_batch}}
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<4xf32>
    // expected-note@+1 {{the second is here}}
    %y = tacit.next_batch ["y"] : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// step_c3
// expected-error@+1 {{'tacit.step' op expects parent op 'tacit.trainer'}}
tacit.step {
  %l = arith.constant dense<0.0> : tensor<f32>
  tacit.yield %l : tensor<f32>
}

// -----

//===----------------------------------------------------------------------===//
// evaluate
//===----------------------------------------------------------------------===//

// evaluate_c1
tacit.trainer @evaluate_c1 {
  // expected-error@+1 {{'tacit.evaluate' op must end with a tacit.yield of a scalar loss, or of one or two tensors of floats with an entry for each of the 4 rows, got ('tensor<3xf32>')}}
  tacit.evaluate {
    %x = tacit.next_batch ["x"] : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<3xf32>
    tacit.yield %l : tensor<3xf32>
  }
}

// -----

// evaluate_c1
tacit.trainer @evaluate_c1_two {
  // expected-error@+1 {{'tacit.evaluate' op must end with a tacit.yield of a scalar loss, or of one or two tensors of floats with an entry for each of the 4 rows, got ('tensor<f32>', 'tensor<4xf32>')}}
  tacit.evaluate {
    %x = tacit.next_batch ["x"] : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l, %x : tensor<f32>, tensor<4xf32>
  }
}

// -----

// evaluate_c1
tacit.trainer @evaluate_c1_integers {
  // expected-error@+1 {{'tacit.evaluate' op must end with a tacit.yield of a scalar loss, or of one or two tensors of floats with an entry for each of the 4 rows, got ('tensor<4xi32>')}}
  tacit.evaluate {
    %x = tacit.next_batch ["x"] : tensor<4xi32>
    tacit.yield %x : tensor<4xi32>
  }
}

// -----

// evaluate_c2
tacit.trainer @evaluate_c2 {
  // expected-error@+1 {{'tacit.evaluate' op needs exactly one tacit.next_batch, got 0}}
  tacit.evaluate {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// evaluate_c3
tacit.trainer @evaluate_c3 {
  // expected-error@+1 {{'tacit.evaluate' op must not exchange: ranks evaluate different numbers of batches}}
  tacit.evaluate {
    %x = tacit.next_batch ["x"] : tensor<4xf32>
    // expected-note@+1 {{'tacit.all_reduce' is here}}
    %a = tacit.all_reduce mean %x : tensor<4xf32>
    tacit.yield %a : tensor<4xf32>
  }
}

// -----

// evaluate_c4
// expected-error@+1 {{'tacit.evaluate' op expects parent op 'tacit.trainer'}}
tacit.evaluate {
  %x = tacit.next_batch ["x"] : tensor<4xf32>
  tacit.yield %x : tensor<4xf32>
}

// -----

//===----------------------------------------------------------------------===//
// next_batch
//===----------------------------------------------------------------------===//

// next_batch_c1
tacit.trainer @next_batch_c1 {
  tacit.step {
    // expected-error@+1 {{'tacit.next_batch' op has 2 results but 1 names}}
    %x, %y = tacit.next_batch ["x"] : tensor<4xf32>, tensor<4xi32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// next_batch_c1
tacit.trainer @next_batch_c1_none {
  tacit.step {
    // expected-error@+1 {{'tacit.next_batch' op needs at least one result}}
    "tacit.next_batch"() {names = []} : () -> ()
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// next_batch_c1
tacit.trainer @next_batch_c1_same {
  tacit.step {
    // expected-error@+1 {{'tacit.next_batch' op names two arguments "x"}}
    %x, %y = tacit.next_batch ["x", "x"] : tensor<4xf32>, tensor<4xi32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// next_batch_c1
tacit.trainer @next_batch_c1_three {
  tacit.step {
    // expected-error@+1 {{'tacit.next_batch' op needs names for 3 results: only one or two default to "x" and "y"}}
    %x:3 = tacit.next_batch : tensor<4xf32>, tensor<4xi32>, tensor<4xi32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// next_batch_c2
tacit.trainer @next_batch_c2 {
  tacit.step {
    // expected-error@+1 {{'tacit.next_batch' op needs static shapes with a first extent, the rows, got 'tensor<?x4xf32>'}}
    %x = tacit.next_batch : tensor<?x4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// next_batch_c2
tacit.trainer @next_batch_c2_scalar {
  tacit.step {
    // expected-error@+1 {{'tacit.next_batch' op needs static shapes with a first extent, the rows, got 'tensor<f32>'}}
    %x = tacit.next_batch : tensor<f32>
    tacit.yield %x : tensor<f32>
  }
}

// -----

// next_batch_c3
tacit.trainer @next_batch_c3 {
  tacit.step {
    // expected-error@+1 {{'tacit.next_batch' op has batches of 64 and of 32 rows}}
    %x, %y = tacit.next_batch : tensor<64x4xf32>, tensor<32xi32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// next_batch_c4
tacit.trainer @next_batch_c4 {
  tacit.step {
    // expected-error@+1 {{'tacit.next_batch' op needs elements of f32, f64, i32 or i64, got 'i8'}}
    %x = tacit.next_batch : tensor<64x4xi8>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// next_batch_c5
func.func @next_batch_c5() {
  // expected-error@+1 {{'tacit.next_batch' op expects parent op to be one of 'tacit.step, tacit.evaluate'}}
  %x = tacit.next_batch : tensor<64x4xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// report
//===----------------------------------------------------------------------===//

// report_c1
tacit.trainer @report_c1 {
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    // expected-note@+1 {{the first is here}}
    tacit.report "lr", %l : tensor<f32>
    // expected-error@+1 {{'tacit.report' op reports "lr" a second time}}
    tacit.report "lr", %l : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// report_c1
tacit.trainer @report_c1_loss {
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    // expected-error@+1 {{'tacit.report' op "loss" is what the step yields; use another key}}
    tacit.report "loss", %l : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// report_c2
tacit.trainer @report_c2 {
  tacit.step {
    %v = arith.constant dense<0.0> : tensor<4xf32>
    // expected-error@+1 {{'tacit.report' op operand #0 must be 0D tensor of 32-bit float or 64-bit float or 64-bit signless integer values, but got 'tensor<4xf32>'}}
    tacit.report "norm", %v : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// report_c3
func.func @report_c3(%l: tensor<f32>) {
  // expected-error@+1 {{'tacit.report' op expects parent op 'tacit.step'}}
  tacit.report "lr", %l : tensor<f32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// yield
//===----------------------------------------------------------------------===//

// yield_c1
func.func @yield_c1() {
  // expected-error@+1 {{'tacit.yield' op expects parent op to be one of 'tacit.step, tacit.evaluate'}}
  tacit.yield
}
