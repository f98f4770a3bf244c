// RUN: tacit-opt %s --split-input-file --verify-diagnostics

// Every way for a token to go wrong, and the legal ways through control flow.

//===----------------------------------------------------------------------===//
// start_c7: the token is awaited exactly once on every path
//===----------------------------------------------------------------------===//

// start_c7: never.
func.func @never(%g: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.start' op needs its token awaited exactly once on every path, but nothing awaits it}}
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  return
}

// -----

// start_c7: twice.
func.func @twice(%g: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.start' op needs its token awaited exactly once on every path, but it is awaited again}}
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  // expected-note@+1 {{awaited here first}}
  %a = tacit.await %t, %h : tensor<8xf32>
  // expected-note@+1 {{awaited here again}}
  %b = tacit.await %t, %h : tensor<8xf32>
  return
}

// -----

// start_c7: in one branch, then behind it.
func.func @branch_and_behind(%g: tensor<8xf32>, %c: i1) {
  // expected-error@+1 {{'tacit.start' op needs its token awaited exactly once on every path, but it is awaited again}}
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  // expected-note@+1 {{awaited here first}}
  %a = tacit.await %t, %h : tensor<8xf32>
  scf.if %c {
    // expected-note@+1 {{awaited here again}}
    %b = tacit.await %t, %h : tensor<8xf32>
  }
  return
}

// -----

// start_c7: in one branch only.
func.func @no_else(%g: tensor<8xf32>, %c: i1) {
  // expected-error@+1 {{'tacit.start' op needs its token awaited exactly once on every path, but on some paths nothing awaits it}}
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  // expected-note@+1 {{but not by the 'else' region of this 'scf.if'}}
  scf.if %c {
    // expected-note@+1 {{awaited here}}
    %a = tacit.await %t, %h : tensor<8xf32>
  }
  return
}

// -----

// start_c7: in one branch only.
func.func @not_in_then(%g: tensor<8xf32>, %c: i1) {
  // expected-error@+1 {{'tacit.start' op needs its token awaited exactly once on every path, but on some paths nothing awaits it}}
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  // expected-note@+1 {{but not by the 'then' region of this 'scf.if'}}
  scf.if %c {
    tacit.progress
  } else {
    // expected-note@+1 {{awaited here}}
    %a = tacit.await %t, %h : tensor<8xf32>
  }
  return
}

// -----

// start_c7: in one case of several.
func.func @one_case(%g: tensor<8xf32>, %i: index) {
  // expected-error@+1 {{'tacit.start' op needs its token awaited exactly once on every path, but on some paths nothing awaits it}}
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  // expected-note@+1 {{but not by region #0 of this 'scf.index_switch'}}
  scf.index_switch %i
  case 2 {
    // expected-note@+1 {{awaited here}}
    %a = tacit.await %t, %h : tensor<8xf32>
    scf.yield
  }
  default {
    scf.yield
  }
  return
}

// -----

// start_c7: awaited in a loop, started outside of it.
func.func @in_loop(%g: tensor<8xf32>, %n: index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  // expected-error@+1 {{'tacit.start' op needs its token awaited exactly once on every path, but a loop awaits it that does not start it}}
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  // expected-note@+1 {{this 'scf.for' runs its body any number of times; start in it too, or hand the token from one iteration to the next}}
  scf.for %i = %zero to %n step %one {
    // expected-note@+1 {{awaited here}}
    %a = tacit.await %t, %h : tensor<8xf32>
  }
  return
}

// -----

// start_c7: awaited in a while loop, started outside of it.
func.func @in_while(%g: tensor<8xf32>, %c: i1) {
  // expected-error@+1 {{'tacit.start' op needs its token awaited exactly once on every path, but a loop awaits it that does not start it}}
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  // expected-note@+1 {{this 'scf.while' runs its body any number of times; start in it too, or hand the token from one iteration to the next}}
  scf.while : () -> () {
    scf.condition(%c)
  } do {
    // expected-note@+1 {{awaited here}}
    %a = tacit.await %t, %h : tensor<8xf32>
    scf.yield
  }
  return
}

// -----

// start_c7: what a loop starts stays behind when the next iteration starts.
func.func @lost_in_loop(%g: tensor<8xf32>, %n: index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  scf.for %i = %zero to %n step %one {
    // expected-error@+1 {{'tacit.start' op needs its token awaited exactly once on every path, but nothing awaits it}}
    %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  }
  return
}

// -----

// start_c7: handed on to a loop that does not await it.
func.func @lost_in_iter_args(%g: tensor<8xf32>, %n: index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  // expected-error@+1 {{'tacit.start' op needs its token awaited exactly once on every path, but nothing awaits it}}
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  // expected-note@+1 {{it is handed on to here}}
  %r:2 = scf.for %i = %zero to %n step %one iter_args(%ha = %h, %ta = %t) -> (tensor<8xf32>, !tacit.token) {
    %hb, %tb = tacit.start all_reduce mean %g : tensor<8xf32>
    scf.yield %hb, %tb : tensor<8xf32>, !tacit.token
  }
  %a = tacit.await %r#1, %r#0 : tensor<8xf32>
  return
}

// -----

// start_c7: handed on, and awaited under its old name too.
func.func @handed_on_and_awaited(%g: tensor<8xf32>, %c: i1) {
  // expected-error@+1 {{'tacit.start' op needs its token awaited exactly once on every path, but it is awaited again}}
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  %r:2 = scf.if %c -> (tensor<8xf32>, !tacit.token) {
    // expected-note@+1 {{handed on here first}}
    scf.yield %h, %t : tensor<8xf32>, !tacit.token
  } else {
    scf.yield %h, %t : tensor<8xf32>, !tacit.token
  }
  // expected-note@+1 {{awaited here again}}
  %a = tacit.await %t, %h : tensor<8xf32>
  %b = tacit.await %r#1, %r#0 : tensor<8xf32>
  return
}

// -----

// start_c7: on one path between blocks only.
func.func @blocks(%g: tensor<8xf32>, %c: i1) {
  // expected-error@+1 {{'tacit.start' op needs its token awaited exactly once on every path, but on some paths nothing awaits it}}
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  cf.cond_br %c, ^yes, ^no
^yes:
  // expected-note@+1 {{awaited here}}
  %a = tacit.await %t, %h : tensor<8xf32>
  cf.br ^no
^no:
  // expected-note@+1 {{but not on every path to this block}}
  return
}

// -----

// start_c7: on one path to an end of the function only.
func.func @ends(%g: tensor<8xf32>, %c: i1) {
  // expected-error@+1 {{'tacit.start' op needs its token awaited exactly once on every path, but on some paths nothing awaits it}}
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  cf.cond_br %c, ^yes, ^no
^yes:
  // expected-note@+1 {{awaited here}}
  %a = tacit.await %t, %h : tensor<8xf32>
  return
^no:
  // expected-note@+1 {{but not on every path to the end of the region}}
  return
}

// -----

// start_c7: handed on twice along one edge.
func.func @twice_along_an_edge(%g: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.start' op needs its token awaited exactly once on every path, but it is awaited again}}
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  // expected-note@+2 {{handed on here first}}
  // expected-note@+1 {{handed on here again}}
  cf.br ^next(%t, %t : !tacit.token, !tacit.token)
^next(%a: !tacit.token, %b: !tacit.token):
  %x = tacit.await %a, %h : tensor<8xf32>
  %y = tacit.await %b, %h : tensor<8xf32>
  return
}

// -----

// start_c7: a block comes round before the token is awaited.
func.func @comes_round(%g: tensor<8xf32>, %c: i1) {
  cf.br ^again
^again:
  // expected-error@+1 {{'tacit.start' op needs its token awaited exactly once on every path, but nothing awaits it}}
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  cf.cond_br %c, ^again, ^end
^end:
  %a = tacit.await %t, %h : tensor<8xf32>
  return
}

// -----

// start_c7: awaited in parallel, started once.
func.func @in_parallel(%g: tensor<8xf32>) {
  // expected-error@+1 {{'tacit.start' op needs its token awaited exactly once on every path, but a loop awaits it that does not start it}}
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  // expected-note@+1 {{this 'scf.forall' runs its body any number of times; start in it too, or hand the token from one iteration to the next}}
  scf.forall (%i) in (4) {
    // expected-note@+1 {{awaited here}}
    %a = tacit.await %t, %h : tensor<8xf32>
  }
  return
}

// -----

//===----------------------------------------------------------------------===//
// start_c8: what is held is used only by the await of its token
//===----------------------------------------------------------------------===//

// start_c8: read while it is in flight.
func.func @read_early(%g: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+1 {{'tacit.start' op holds a tensor that only the await of its token may use, but 'arith.addf' does}}
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  // expected-note@+1 {{here; use the result of the await instead}}
  %s = arith.addf %h, %h : tensor<8xf32>
  %a = tacit.await %t, %h : tensor<8xf32>
  return %s : tensor<8xf32>
}

// -----

// start_c8: read behind the await, under its old name.
func.func @read_late(%g: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+1 {{'tacit.start' op holds a tensor that only the await of its token may use, but 'func.return' does}}
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  %a = tacit.await %t, %h : tensor<8xf32>
  // expected-note@+1 {{here; use the result of the await instead}}
  return %h : tensor<8xf32>
}

// -----

// start_c8: read under the name that a loop gives it.
func.func @read_in_loop(%g: tensor<8xf32>, %n: index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  // expected-error@+1 {{'tacit.start' op holds a tensor that only the await of its token may use, but 'arith.addf' does}}
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  %r:2 = scf.for %i = %zero to %n step %one iter_args(%ha = %h, %ta = %t) -> (tensor<8xf32>, !tacit.token) {
    // expected-note@+1 {{here; use the result of the await instead}}
    %s = arith.addf %ha, %ha : tensor<8xf32>
    scf.yield %ha, %ta : tensor<8xf32>, !tacit.token
  }
  %a = tacit.await %r#1, %r#0 : tensor<8xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// start_c10: the token does not leave the step or function
//===----------------------------------------------------------------------===//

// start_c10: returned.
func.func @returned(%g: tensor<8xf32>) -> !tacit.token {
  // expected-error@+1 {{'tacit.start' op must have its token awaited where it is started, but 'func.return' takes it elsewhere}}
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  // expected-note@+1 {{here}}
  return %t : !tacit.token
}

// -----

// start_c10: passed to a function.
tacit.trainer @passed {
  func.func private @wait(%t: !tacit.token)
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<8xf32>
    // expected-error@+1 {{'tacit.start' op must have its token awaited where it is started, but 'func.call' takes it elsewhere}}
    %h, %t = tacit.start all_reduce mean %x : tensor<8xf32>
    // expected-note@+1 {{here}}
    func.call @wait(%t) : (!tacit.token) -> ()
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

//===----------------------------------------------------------------------===//
// await_c2: what it takes is what the start of its token holds
//===----------------------------------------------------------------------===//

// await_c2: too few.
func.func @too_few(%g0: tensor<8xf32>, %g1: tensor<4xf32>) {
  // expected-note@+1 {{started here}}
  %h:2, %t = tacit.start all_reduce mean %g0, %g1 : tensor<8xf32>, tensor<4xf32>
  // expected-error@+1 {{'tacit.await' op takes 1 held tensors, but the start of its token holds 2}}
  %a = tacit.await %t, %h#0 : tensor<8xf32>
  return
}

// -----

// await_c2: in another order.
func.func @other_order(%g0: tensor<8xf32>, %g1: tensor<8xf32>) {
  // expected-note@+1 {{started here}}
  %h:2, %t = tacit.start all_reduce mean %g0, %g1 : tensor<8xf32>, tensor<8xf32>
  // expected-error@+1 {{'tacit.await' op held tensor #0 is not what the start of its token holds there}}
  %a:2 = tacit.await %t, %h#1, %h#0 : tensor<8xf32>, tensor<8xf32>
  return
}

// -----

// await_c2: of another start.
func.func @crossed(%g0: tensor<8xf32>, %g1: tensor<8xf32>) {
  // expected-note@+1 {{started here}}
  %h0, %t0 = tacit.start all_reduce mean %g0 : tensor<8xf32>
  %h1, %t1 = tacit.start all_reduce mean %g1 : tensor<8xf32>
  // expected-error@+1 {{'tacit.await' op held tensor #0 is not what the start of its token holds there}}
  %a0 = tacit.await %t0, %h1 : tensor<8xf32>
  %a1 = tacit.await %t1, %h0 : tensor<8xf32>
  return
}

// -----

// await_c2: the token goes round a loop, what it holds does not.
func.func @left_behind(%g: tensor<8xf32>, %n: index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  %r = scf.for %i = %zero to %n step %one iter_args(%ta = %t) -> (!tacit.token) {
    // expected-error@+1 {{'tacit.await' op held tensor #0 is not what the start of its token holds there}}
    %a = tacit.await %ta, %h : tensor<8xf32>
    // expected-note@+1 {{started here}}
    %hb, %tb = tacit.start all_reduce mean %a : tensor<8xf32>
    scf.yield %tb : !tacit.token
  }
  %b = tacit.await %r, %h : tensor<8xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// await_c3: the token is no argument of the step or function
//===----------------------------------------------------------------------===//

// await_c3
func.func @argument(%g: tensor<8xf32>, %t: !tacit.token) {
  // expected-error@+1 {{'tacit.await' op must stand where its exchange is started, but its token is argument #1 of 'func.func'}}
  %a = tacit.await %t, %g : tensor<8xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Legal
//===----------------------------------------------------------------------===//

// In both branches.
func.func @both_branches(%g: tensor<8xf32>, %c: i1) {
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  scf.if %c {
    %a = tacit.await %t, %h : tensor<8xf32>
  } else {
    %b = tacit.await %t, %h : tensor<8xf32>
  }
  return
}

// In every case.
func.func @every_case(%g: tensor<8xf32>, %i: index) {
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  scf.index_switch %i
  case 2 {
    %a = tacit.await %t, %h : tensor<8xf32>
    scf.yield
  }
  default {
    %b = tacit.await %t, %h : tensor<8xf32>
    scf.yield
  }
  return
}

// In a region that runs once.
func.func @execute_region(%g: tensor<8xf32>) {
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  scf.execute_region {
    %a = tacit.await %t, %h : tensor<8xf32>
    scf.yield
  }
  return
}

// Around a branch that does not concern it.
func.func @around(%g: tensor<8xf32>, %c: i1) {
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  scf.if %c {
    tacit.progress
  }
  %a = tacit.await %t, %h : tensor<8xf32>
  return
}

// Awaited one iteration later: a pipeline.
func.func @pipeline(%g: tensor<8xf32>, %n: index) -> tensor<8xf32> {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  %r:2 = scf.for %i = %zero to %n step %one iter_args(%ha = %h, %ta = %t) -> (tensor<8xf32>, !tacit.token) {
    %a = tacit.await %ta, %ha : tensor<8xf32>
    %hb, %tb = tacit.start all_reduce mean %a : tensor<8xf32>
    scf.yield %hb, %tb : tensor<8xf32>, !tacit.token
  }
  %b = tacit.await %r#1, %r#0 : tensor<8xf32>
  return %b : tensor<8xf32>
}

// Carried through a loop that leaves it alone, its results in another order.
func.func @carried(%g: tensor<8xf32>, %n: index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  %r:2 = scf.for %i = %zero to %n step %one iter_args(%ta = %t, %ha = %h) -> (!tacit.token, tensor<8xf32>) {
    scf.yield %ta, %ha : !tacit.token, tensor<8xf32>
  }
  %b = tacit.await %r#0, %r#1 : tensor<8xf32>
  return
}

// Round a while loop, which hands it on from its condition.
func.func @while(%g: tensor<8xf32>, %c: i1) {
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  %r:2 = scf.while (%ha = %h, %ta = %t) : (tensor<8xf32>, !tacit.token) -> (tensor<8xf32>, !tacit.token) {
    scf.condition(%c) %ha, %ta : tensor<8xf32>, !tacit.token
  } do {
  ^bb0(%hb: tensor<8xf32>, %tb: !tacit.token):
    %a = tacit.await %tb, %hb : tensor<8xf32>
    %hc, %tc = tacit.start all_reduce mean %a : tensor<8xf32>
    scf.yield %hc, %tc : tensor<8xf32>, !tacit.token
  }
  %b = tacit.await %r#1, %r#0 : tensor<8xf32>
  return
}

// Of two starts, the one that ran.
func.func @either(%g: tensor<8xf32>, %c: i1) {
  %r:2 = scf.if %c -> (tensor<8xf32>, !tacit.token) {
    %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
    scf.yield %h, %t : tensor<8xf32>, !tacit.token
  } else {
    %h, %t = tacit.start all_reduce sum %g : tensor<8xf32>
    scf.yield %h, %t : tensor<8xf32>, !tacit.token
  }
  %a = tacit.await %r#1, %r#0 : tensor<8xf32>
  return
}

// Through blocks and their arguments.
func.func @through_blocks(%g: tensor<8xf32>, %c: i1) {
  %h, %t = tacit.start all_reduce mean %g : tensor<8xf32>
  cf.cond_br %c, ^here(%h, %t : tensor<8xf32>, !tacit.token), ^there
^here(%ha: tensor<8xf32>, %ta: !tacit.token):
  %a = tacit.await %ta, %ha : tensor<8xf32>
  cf.br ^end
^there:
  %b = tacit.await %t, %h : tensor<8xf32>
  cf.br ^end
^end:
  return
}

// On buffers nothing is held.
func.func @buffers(%g: memref<8xf32>, %c: i1) {
  %t = tacit.start all_reduce mean %g : memref<8xf32>
  scf.if %c {
    tacit.await %t
  } else {
    tacit.await %t
  }
  return
}
