// RUN: tacit-opt %s --tacit-verify-uniform --split-input-file --verify-diagnostics

// The rank decides.

tacit.trainer @rank {
  tacit.step {
    // expected-note@+1 {{first non-uniform value here: the rank's number}}
    %r = tacit.rank : i64
    %zero = arith.constant 0 : i64
    %l = arith.constant dense<0.0> : tensor<f32>
    // expected-note@+1 {{the deciding value is here}}
    %c = arith.cmpi eq, %r, %zero : i64
    scf.if %c {
      // expected-error@+1 {{'tacit.broadcast' op is reached by some ranks and not by others, which leaves the former waiting: whether it runs depends on result #0 of 'arith.cmpi', which differs between ranks; decide by a value that all ranks agree on, such as the result of a tacit.all_reduce}}
      %b = tacit.broadcast from 0 %l : tensor<f32>
    }
    tacit.yield %l : tensor<f32>
  }
}

// -----

// The data decide, through arithmetic, in the other branch.

tacit.trainer @data {
  tacit.step {
    // expected-note@+1 {{first non-uniform value here: the data "x" of the rank's own batch}}
    %x = tacit.next_batch : tensor<4xf32>
    %i = arith.constant 0 : index
    %limit = arith.constant 1.0 : f32
    %l = arith.constant dense<0.0> : tensor<f32>
    %v = tensor.extract %x[%i] : tensor<4xf32>
    %d = arith.mulf %v, %limit : f32
    // expected-note@+1 {{the deciding value is here}}
    %c = arith.cmpf olt, %d, %limit : f32
    scf.if %c {
    } else {
      // expected-error@+1 {{'tacit.all_reduce' op is reached by some ranks and not by others, which leaves the former waiting: whether it runs depends on result #0 of 'arith.cmpf', which differs between ranks; decide by a value that all ranks agree on, such as the result of a tacit.all_reduce}}
      %b = tacit.all_reduce mean %l : tensor<f32>
    }
    tacit.yield %l : tensor<f32>
  }
}

// -----

// A variable carries it from one step to the next, through another variable.

tacit.trainer @variable {
  tacit.variable @a : tensor<f32> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.variable @b : tensor<f32> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.step {
    %b = tacit.get @b : tensor<f32>
    %v = tensor.extract %b[] : tensor<f32>
    %limit = arith.constant 1.0 : f32
    // expected-note@+1 {{the deciding value is here}}
    %c = arith.cmpf olt, %v, %limit : f32
    scf.if %c {
      // expected-error@+1 {{'tacit.all_reduce' op is reached by some ranks and not by others}}
      %m = tacit.all_reduce mean %b : tensor<f32>
    }
    %a = tacit.get @a : tensor<f32>
    // expected-note@+1 {{it comes out of the variable '@b', set here}}
    tacit.set @b, %a : tensor<f32>
    // expected-note@+1 {{first non-uniform value here: the data "x" of the rank's own batch}}
    %x = tacit.next_batch : tensor<1xf32>
    %i = arith.constant 0 : index
    %e = tensor.extract %x[%i] : tensor<1xf32>
    %n = tensor.from_elements %e : tensor<f32>
    // expected-note@+1 {{it comes out of the variable '@a', set here}}
    tacit.set @a, %n : tensor<f32>
    tacit.yield %a : tensor<f32>
  }
}

// -----

// A loop bound decides how often.

tacit.trainer @loop_bound {
  tacit.step {
    // expected-note@+1 {{first non-uniform value here: the rank's number}}
    %r = tacit.rank : i64
    // expected-note@+1 {{the deciding value is here}}
    %n = arith.index_cast %r : i64 to index
    %zero = arith.constant 0 : index
    %one = arith.constant 1 : index
    %l = arith.constant dense<0.0> : tensor<f32>
    scf.for %i = %zero to %n step %one {
      // expected-error@+1 {{'tacit.all_reduce' op is reached by some ranks and not by others}}
      %m = tacit.all_reduce mean %l : tensor<f32>
    }
    tacit.yield %l : tensor<f32>
  }
}

// -----

// Both sides of a choice are the same on every rank; which is chosen is not.

tacit.trainer @choice {
  tacit.step {
    // expected-note@+1 {{first non-uniform value here: the rank's number}}
    %r = tacit.rank : i64
    %zero = arith.constant 0 : i64
    %yes = arith.constant true
    %no = arith.constant false
    %l = arith.constant dense<0.0> : tensor<f32>
    %c = arith.cmpi eq, %r, %zero : i64
    // expected-note@+1 {{the deciding value is here}}
    %d = scf.if %c -> i1 {
      scf.yield %yes : i1
    } else {
      scf.yield %no : i1
    }
    scf.if %d {
      // expected-error@+1 {{'tacit.all_reduce' op is reached by some ranks and not by others, which leaves the former waiting: whether it runs depends on result #0 of 'scf.if', which differs between ranks}}
      %b = tacit.all_reduce mean %l : tensor<f32>
    }
    tacit.yield %l : tensor<f32>
  }
}

// -----

// A value that goes round a loop differs from the second round on; the loop is
// as long on every rank, but what it leaves behind differs.

tacit.trainer @carried {
  tacit.step {
    // expected-note@+1 {{first non-uniform value here: the rank's number}}
    %r = tacit.rank : i64
    %l = arith.constant dense<0.0> : tensor<f32>
    %start = arith.constant 0 : i64
    %zero = arith.constant 0 : index
    %one = arith.constant 1 : index
    %two = arith.constant 2 : index
    %s:2 = scf.for %i = %zero to %two step %one iter_args(%a = %start, %b = %start) -> (i64, i64) {
      // expected-note@+1 {{the deciding value is here}}
      %c = arith.cmpi eq, %b, %start : i64
      scf.if %c {
        // expected-error@+1 {{'tacit.all_reduce' op is reached by some ranks and not by others}}
        %m = tacit.all_reduce mean %l : tensor<f32>
      }
      scf.yield %r, %a : i64, i64
    }
    tacit.yield %l : tensor<f32>
  }
}

// -----

// A loop that one rank leaves earlier.

tacit.trainer @while {
  tacit.step {
    // expected-note@+1 {{first non-uniform value here: the rank's number}}
    %r = tacit.rank : i64
    %l = arith.constant dense<0.0> : tensor<f32>
    %zero = arith.constant 0 : i64
    %one = arith.constant 1 : i64
    %w = scf.while (%n = %zero) : (i64) -> i64 {
      // expected-note@+1 {{the deciding value is here}}
      %more = arith.cmpi slt, %n, %r : i64
      scf.condition(%more) %n : i64
    } do {
    ^bb0(%n: i64):
      // expected-error@+1 {{'tacit.all_reduce' op is reached by some ranks and not by others}}
      %m = tacit.all_reduce mean %l : tensor<f32>
      %inc = arith.addi %n, %one : i64
      scf.yield %inc : i64
    }
    tacit.yield %l : tensor<f32>
  }
}

// -----

// A body that captures what differs, without taking it as an operand.

tacit.trainer @capture {
  tacit.step {
    // expected-note@+1 {{first non-uniform value here: the rank's number}}
    %r = tacit.rank : i64
    %f = arith.sitofp %r : i64 to f32
    %l = arith.constant dense<0.0> : tensor<f32>
    %d = linalg.generic {indexing_maps = [affine_map<() -> ()>], iterator_types = []} outs(%l : tensor<f32>) {
    ^bb0(%o: f32):
      linalg.yield %f : f32
    } -> tensor<f32>
    %v = tensor.extract %d[] : tensor<f32>
    %limit = arith.constant 1.0 : f32
    // expected-note@+1 {{the deciding value is here}}
    %c = arith.cmpf olt, %v, %limit : f32
    scf.if %c {
      // expected-error@+1 {{'tacit.all_reduce' op is reached by some ranks and not by others}}
      %b = tacit.all_reduce mean %l : tensor<f32>
    }
    tacit.yield %l : tensor<f32>
  }
}

// -----

// A gradient's function that asks for the rank.

tacit.trainer @called {
  tacit.variable @w : tensor<f32> = #tacit.zeros {role = #tacit.role<parameter>}
  func.func private @loss(%w: tensor<f32>) -> tensor<f32> {
    %r = tacit.rank : i64
    %f = arith.sitofp %r : i64 to f32
    %s = tensor.from_elements %f : tensor<f32>
    return %s : tensor<f32>
  }
  tacit.step {
    %w = tacit.get @w : tensor<f32>
    // expected-note@+1 {{first non-uniform value here: result #0 of 'tacit.value_and_grad'}}
    %l, %g = tacit.value_and_grad @loss(%w) wrt [0] : (tensor<f32>) -> (tensor<f32>, tensor<f32>)
    %v = tensor.extract %l[] : tensor<f32>
    %limit = arith.constant 1.0 : f32
    // expected-note@+1 {{the deciding value is here}}
    %c = arith.cmpf olt, %v, %limit : f32
    scf.if %c {
      // expected-error@+1 {{'tacit.all_reduce' op is reached by some ranks and not by others}}
      %b = tacit.all_reduce mean %l : tensor<f32>
    }
    tacit.yield %l : tensor<f32>
  }
}

// -----

// Exchanges in functions are looked at once they are inlined.

tacit.trainer @not_inlined {
  func.func private @mean(%l: tensor<f32>) -> tensor<f32> {
    %m = tacit.all_reduce mean %l : tensor<f32>
    return %m : tensor<f32>
  }
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    // expected-error@+1 {{'func.call' op calls '@mean', which exchanges; run tacit-inline first}}
    %m = func.call @mean(%l) : (tensor<f32>) -> tensor<f32>
    tacit.yield %m : tensor<f32>
  }
}

// -----

// A period may depend on nothing that is a rank's own: its loss, say.

tacit.trainer @own_loss attributes {ranks = 4 : i64} {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @tau : tensor<i64> = #tacit.constant<8> {role = #tacit.role<counter>}
  tacit.variable @position : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.variable @loss : tensor<f32> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.step {
    // expected-note@+1 {{first non-uniform value here: the data "x" of the rank's own batch}}
    %x = tacit.next_batch ["x"] : tensor<4xf32>
    %zero = arith.constant 0 : index
    %e = tensor.extract %x[%zero] : tensor<4xf32>
    %l = tensor.from_elements %e : tensor<f32>
    // expected-note@+1 {{it comes out of the variable '@loss', set here}}
    tacit.set @loss, %l : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
  // expected-error@+1 {{'tacit.end_round' op is reached by ranks after different numbers of steps, which leaves some of them waiting: '@tau' differs between ranks}}
  tacit.end_round period @tau position @position {
    %l = tacit.get @loss : tensor<f32>
    %e = tensor.extract %l[] : tensor<f32>
    %n = arith.fptosi %e : f32 to i64
    %t = tensor.from_elements %n : tensor<i64>
    // expected-note@+1 {{the variable is set here}}
    tacit.set @tau, %t : tensor<i64>
  }
}

// -----

// Its number.

tacit.trainer @own_number attributes {ranks = 4 : i64} {
  tacit.variable @tau : tensor<i64> = #tacit.constant<8> {role = #tacit.role<counter>}
  tacit.variable @position : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
  // expected-error@+1 {{'@tau' differs between ranks}}
  tacit.end_round period @tau position @position {
    // expected-note@+1 {{first non-uniform value here: the rank's number}}
    %r = tacit.rank : i64
    %t = tensor.from_elements %r : tensor<i64>
    // expected-note@+1 {{the variable is set here}}
    tacit.set @tau, %t : tensor<i64>
  }
}

// -----

// A decision of its own, between periods that are each the same on all ranks.

tacit.trainer @own_decision attributes {ranks = 4 : i64} {
  tacit.variable @tau : tensor<i64> = #tacit.constant<8> {role = #tacit.role<counter>}
  tacit.variable @position : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
  // expected-error@+1 {{'@tau' differs between ranks}}
  tacit.end_round period @tau position @position {
    // expected-note@+1 {{first non-uniform value here: the rank's number}}
    %r = tacit.rank : i64
    %zero = arith.constant 0 : i64
    %is = arith.cmpi eq, %r, %zero : i64
    %four = arith.constant 4 : i64
    %eight = arith.constant 8 : i64
    %n = scf.if %is -> (i64) {
      scf.yield %four : i64
    } else {
      scf.yield %eight : i64
    }
    %t = tensor.from_elements %n : tensor<i64>
    // expected-note@+1 {{the variable is set here}}
    tacit.set @tau, %t : tensor<i64>
  }
}

// -----

// What it has counted since the round began.

tacit.trainer @own_position attributes {ranks = 4 : i64} {
  tacit.variable @tau : tensor<i64> = #tacit.constant<8> {role = #tacit.role<counter>}
  tacit.variable @position : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.step {
    // expected-note@+1 {{first non-uniform value here: the rank's number}}
    %r = tacit.rank : i64
    %t = tensor.from_elements %r : tensor<i64>
    // expected-note@+1 {{the variable is set here}}
    tacit.set @position, %t : tensor<i64>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
  // expected-error@+1 {{'@position' differs between ranks}}
  tacit.end_round period @tau position @position {
  }
}

// -----

// Its clock.

tacit.trainer @own_clock attributes {ranks = 4 : i64} {
  tacit.variable @tau : tensor<i64> = #tacit.constant<8> {role = #tacit.role<counter>}
  tacit.variable @position : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
  // expected-error@+1 {{'@tau' differs between ranks}}
  tacit.end_round period @tau position @position {
    // expected-note@+1 {{first non-uniform value here: the rank's own clock}}
    %seconds = tacit.clock : f64
    %next = arith.fptosi %seconds : f64 to i64
    %t = tensor.from_elements %next : tensor<i64>
    // expected-note@+1 {{the variable is set here}}
    tacit.set @tau, %t : tensor<i64>
  }
}

// -----

// Ranks of a channel make different numbers of steps.

tacit.trainer @channel attributes {ranks = 4 : i64} {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  // expected-note@+1 {{the channel is here}}
  tacit.channel @updates of [@w] over #tacit.topology<ring> by #tacit.decentralized<send_every = 1>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    // expected-error@+1 {{'tacit.all_reduce' op is an exchange in which every rank waits for all, which does not go with a channel: its ranks make different numbers of steps}}
    %a = tacit.all_reduce mean %w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    %n = tacit.publish @updates %a lr %lr into %w : tensor<4xf32> into tensor<4xf32>
    tacit.set @w, %n : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
