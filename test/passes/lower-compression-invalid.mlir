// RUN: tacit-opt %s --tacit-lower-compression --split-input-file --verify-diagnostics

tacit.program @m step @m.step {
  tacit.variable @w : tensor<8xf32> = #tacit.zeros {role = #tacit.role<parameter>}
}

func.func private @m.step(%g: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+1 {{'tacit.compress' op leaves a rest that nothing keeps, though #tacit.top_k<density = 2.500000e-01> is biased; run tacit-error-feedback, or say lossy}}
  %p, %rest = tacit.compress #tacit.top_k<density = 0.25> %g : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 2>, tensor<8xf32>
  %d = tacit.decompress %p : !tacit.sparse<8xf32, capacity = 2> -> tensor<8xf32>
  return %d : tensor<8xf32>
}

// -----

tacit.program @m step @m.step {
  tacit.variable @w : tensor<8xf32> = #tacit.zeros {role = #tacit.role<parameter>}
}

func.func private @m.step(%g: tensor<8xf32>, %c: i1) -> tensor<8xf32> {
  %p = tacit.compress #tacit.top_k<density = 0.25> lossy %g : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 2>
  %e = tacit.compress #tacit.top_k<density = 0.25> lossy %g : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 2>
  %q = scf.if %c -> !tacit.sparse<8xf32, capacity = 2> {
    scf.yield %p : !tacit.sparse<8xf32, capacity = 2>
  } else {
    scf.yield %e : !tacit.sparse<8xf32, capacity = 2>
  }
  // expected-error@+1 {{'tacit.decompress' op takes a payload through control flow, for which it has no place; compress and decompress in one block}}
  %d = tacit.decompress %q : !tacit.sparse<8xf32, capacity = 2> -> tensor<8xf32>
  return %d : tensor<8xf32>
}

// -----

tacit.program @m step @m.step {
  tacit.variable @w : tensor<8xf32> = #tacit.zeros {role = #tacit.role<parameter>}
}

func.func private @m.step(%g: tensor<8xf32>) {
  %p = tacit.compress #tacit.top_k<density = 0.25> lossy %g : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 2>
  // expected-error@+1 {{'tacit.all_reduce_payload' op exchanges a payload that is exchanged already; compress for each exchange}}
  %q = tacit.all_reduce_payload gtopk #tacit.top_k<density = 0.25> %p : !tacit.sparse<8xf32, capacity = 2> -> !tacit.sparse<8xf32, capacity = 2>
  %s = tacit.all_reduce_payload gtopk #tacit.top_k<density = 0.25> %p : !tacit.sparse<8xf32, capacity = 2> -> !tacit.sparse<8xf32, capacity = 2>
  return
}

// -----

tacit.program @m step @m.step {
  tacit.variable @w : tensor<8xf32> = #tacit.zeros {role = #tacit.role<parameter>}
}

func.func private @m.step(%g: tensor<8xf32>) -> tensor<8xf32> {
  %p = tacit.compress #tacit.top_k<density = 0.25> lossy %g : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 2>
  %q = tacit.all_reduce_payload gtopk #tacit.top_k<density = 0.25> %p : !tacit.sparse<8xf32, capacity = 2> -> !tacit.sparse<8xf32, capacity = 2>
  // expected-error@+1 {{'tacit.clear_selected' op clears what all ranks sent together; take the payload before its exchange}}
  %c = tacit.clear_selected %q in %g : !tacit.sparse<8xf32, capacity = 2>, tensor<8xf32>
  return %c : tensor<8xf32>
}
