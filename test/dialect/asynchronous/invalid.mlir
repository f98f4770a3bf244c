// RUN: tacit-opt %s --allow-unregistered-dialect --split-input-file --verify-diagnostics

// topology_c1
// expected-error@+1 {{needs a list of edges, two ranks each, got 3 ranks}}
"attributes"() {a = #tacit.topology<edges, [0, 1, 2]>} : () -> ()

// -----

// topology_c1
// expected-error@+1 {{needs a list of edges, two ranks each, got 0 ranks}}
"attributes"() {a = #tacit.topology<edges>} : () -> ()

// -----

// topology_c1
// expected-error@+1 {{ring has no list of edges; write edges}}
"attributes"() {a = #tacit.topology<ring, [0, 1]>} : () -> ()

// -----

// topology_c2
// expected-error@+1 {{needs ranks of 0 and more, got -1}}
"attributes"() {a = #tacit.topology<edges, [0, -1]>} : () -> ()

// -----

// topology_c3
// expected-error@+1 {{joins rank 1 to itself}}
"attributes"() {a = #tacit.topology<edges, [1, 1]>} : () -> ()

// -----

// topology_c3
// expected-error@+1 {{joins ranks 0 and 1 twice; edges have no direction}}
"attributes"() {a = #tacit.topology<edges, [0, 1, 1, 0]>} : () -> ()

// -----

// decentralized_c1
// expected-error@+1 {{send_every must be at least 1, got 0}}
"attributes"() {a = #tacit.decentralized<send_every = 0>} : () -> ()

// -----

// decentralized_c2
// expected-error@+1 {{max_staleness 1 is below send_every - 1 = 3: ranks would wait for steps whose update is not sent yet, forever}}
"attributes"() {a = #tacit.decentralized<send_every = 4, max_staleness = 1>} : () -> ()

// -----

// decentralized_c2
// expected-error@+1 {{max_staleness must be 0 or more, got -2; leave it out to have no bound}}
"attributes"() {a = #tacit.decentralized<send_every = 1, max_staleness = -2>} : () -> ()

// -----

// decentralized_c3
// expected-error@+1 {{resync must be 0 or more, got -1}}
"attributes"() {a = #tacit.decentralized<send_every = 1, resync = -1>} : () -> ()

// -----

// norm_bounded_c1
// expected-error@+1 {{beta must be 0 or more, or inf, got -5.000000e-01}}
"attributes"() {a = #tacit.norm_bounded<beta = -0.5, max_delay = 4>} : () -> ()

// -----

// norm_bounded_c2
// expected-error@+1 {{max_delay must be 0 or more, got -1}}
"attributes"() {a = #tacit.norm_bounded<beta = 0.5, max_delay = -1>} : () -> ()

// -----

// norm_bounded_c3
// expected-error@+1 {{resync must be 0 or more, got -1}}
"attributes"() {a = #tacit.norm_bounded<beta = 0.5, max_delay = 4, resync = -1>} : () -> ()

// -----

// norm_bounded_c4
// expected-error@+1 {{bucket_bytes must be at least 1 by bucket, got 0}}
"attributes"() {a = #tacit.norm_bounded<beta = 0.5, max_delay = 4, granularity = bucket>} : () -> ()

// -----

// norm_bounded_c4
// expected-error@+1 {{bucket_bytes must be 0 by rank, got 8}}
"attributes"() {a = #tacit.norm_bounded<beta = 0.5, max_delay = 4, bucket_bytes = 8>} : () -> ()

// -----

// variance_bounded_c1
// expected-error@+1 {{wait must be 0 or more, or inf, got -1.000000e+00}}
"attributes"() {a = #tacit.variance_bounded<wait = -1.0, max_delay = 4>} : () -> ()

// -----

// variance_bounded_c2
// expected-error@+1 {{max_delay must be 0 or more, got -1}}
"attributes"() {a = #tacit.variance_bounded<wait = 0.0, max_delay = -1>} : () -> ()

// -----

// variance_bounded_c3
// expected-error@+1 {{resync must be 0 or more, got -1}}
"attributes"() {a = #tacit.variance_bounded<wait = 0.0, max_delay = 4, resync = -1>} : () -> ()

// -----

// channel_c1
tacit.trainer @channel_c1 {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  // expected-error@+1 {{has a member '@v', which names no variable here}}
  tacit.channel @updates of [@v] over #tacit.topology<complete> by #tacit.decentralized<send_every = 1>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// channel_c1
tacit.trainer @channel_c1_role {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  // expected-error@+1 {{takes parameters of f32, got '@n', of role counter and type 'tensor<i64>'}}
  tacit.channel @updates of [@n] over #tacit.topology<complete> by #tacit.decentralized<send_every = 1>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// channel_c1
tacit.trainer @channel_c1_twice {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  // expected-error@+1 {{has '@w' twice}}
  tacit.channel @updates of [@w, @w] over #tacit.topology<complete> by #tacit.decentralized<send_every = 1>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// channel_c1
tacit.trainer @channel_c1_none {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  // expected-error@+1 {{needs at least one member}}
  tacit.channel @updates of [] over #tacit.topology<complete> by #tacit.decentralized<send_every = 1>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// channel_c2
tacit.trainer @channel_c2 attributes {ranks = 3 : i64} {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  // expected-error@+1 {{has an edge to rank 5, and there are 3, from 0}}
  tacit.channel @updates of [@w] over #tacit.topology<edges, [0, 1, 1, 5]> by #tacit.decentralized<send_every = 1>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// channel_c3
tacit.trainer @channel_c3 attributes {ranks = 5 : i64} {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  // expected-error@+1 {{has a topology that is not connected: ranks fall into {0, 1} and {2, 4} and {3}, and no update passes between them; join them by edges}}
  tacit.channel @updates of [@w] over #tacit.topology<edges, [0, 1, 2, 4]> by #tacit.decentralized<send_every = 1>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// channel_c4
func.func @channel_c4() {
  // expected-error@+1 {{'tacit.channel' op expects parent op to be one of 'tacit.trainer, tacit.program'}}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.decentralized<send_every = 1>
  return
}

// -----

// channel_c5
tacit.trainer @channel_c5 {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  // expected-error@+1 {{needs a scheduler such as #tacit.decentralized<send_every = 1>, got #tacit.zeros}}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.zeros
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// collect_c1
tacit.trainer @collect_c1 {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.decentralized<send_every = 1>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    // expected-error@+1 {{names '@others', which is no tacit.channel of the trainer}}
    %v = tacit.collect @others into %w : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// collect_c2
tacit.trainer @collect_c2 {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.decentralized<send_every = 1>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    %x = arith.constant dense<0.0> : tensor<f64>
    // expected-error@+1 {{needs parameters of the types of '@updates', ('tensor<4xf32>'), got ('tensor<f64>')}}
    %v = tacit.collect @updates into %x : tensor<f64>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// collect_c3
tacit.trainer @collect_c3 {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.norm_bounded<beta = 0.5, max_delay = 4>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    // expected-error@+1 {{needs a channel by #tacit.decentralized, got #tacit.norm_bounded<beta = 5.000000e-01, max_delay = 4>}}
    %v = tacit.collect @updates into %w : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// collect_c4
func.func @collect_c4(%t: tensor<4xf32>) {
  // expected-error@+1 {{needs results of the parameters' types, ('tensor<4xf32>'), got ()}}
  "tacit.collect"(%t) {channel = @updates} : (tensor<4xf32>) -> ()
  return
}

// -----

// publish_c1
tacit.trainer @publish_c1 {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.decentralized<send_every = 1>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    // expected-error@+1 {{names '@others', which is no tacit.channel of the trainer}}
    %v = tacit.publish @others %w lr %lr into %w : tensor<4xf32> into tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// publish_c2
tacit.trainer @publish_c2 {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.decentralized<send_every = 1>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    %l = arith.constant dense<0.0> : tensor<f32>
    // expected-error@+1 {{needs tensors of the types of '@updates'}}
    %v = tacit.publish @updates %l lr %lr into %w : tensor<f32> into tensor<4xf32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// publish_c2
tacit.trainer @publish_c2_payload {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.decentralized<send_every = 1>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    %e = arith.constant dense<0.0> : tensor<8xf32>
    %p, %rest = tacit.compress #tacit.top_k<density = 0.25> %e : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 2>, tensor<8xf32>
    // expected-error@+1 {{needs a payload of 4 elements, as '@updates' has, got '!tacit.sparse<8xf32, capacity = 2>'}}
    %v = tacit.publish @updates %p lr %lr into %w : !tacit.sparse<8xf32, capacity = 2> into tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// publish_c2
func.func @publish_c2_mixed(%p: !tacit.sparse<8xf32, capacity = 2>, %w: tensor<4xf32>, %lr: f64) {
  // expected-error@+1 {{sends tensors, or one payload, got}}
  %v = tacit.publish @updates %p, %w lr %lr into %w : !tacit.sparse<8xf32, capacity = 2>, tensor<4xf32> into tensor<4xf32>
  return
}

// -----

// publish_c3
tacit.trainer @publish_c3 {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.decentralized<send_every = 1>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    %e = arith.constant dense<0.0> : tensor<8xf32>
    // expected-error@+1 {{needs parameters of the types of '@updates'}}
    %v = tacit.publish @updates %w lr %lr into %e : tensor<4xf32> into tensor<8xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// publish_c4
tacit.trainer @publish_c4 {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.norm_bounded<beta = 0.5, max_delay = 4>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    // expected-error@+1 {{needs a channel by #tacit.decentralized, got #tacit.norm_bounded<beta = 5.000000e-01, max_delay = 4>}}
    %v = tacit.publish @updates %w lr %lr into %w : tensor<4xf32> into tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// publish_c5
tacit.trainer @publish_c5 {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.decentralized<send_every = 1>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    // expected-error@+1 {{leaves something of tensors that are sent whole; only a payload leaves something}}
    %v = tacit.publish @updates %w leaving %w lr %lr into %w : tensor<4xf32> leaving tensor<4xf32> into tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// publish_c6
func.func @publish_c6(%w: tensor<4xf32>, %lr: f64) {
  // expected-error@+1 {{needs results of the parameters' types}}
  "tacit.publish"(%w, %lr, %w) {channel = @updates, operandSegmentSizes = array<i32: 1, 0, 1, 1>} : (tensor<4xf32>, f64, tensor<4xf32>) -> ()
  return
}

// -----

// elastic_await_c1
tacit.trainer @elastic_await_c1 {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.norm_bounded<beta = 0.5, max_delay = 4>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    // expected-error@+1 {{names '@others', which is no tacit.channel of the trainer}}
    %v = tacit.elastic_await @others %w lr %lr into %w : tensor<4xf32> into tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// elastic_await_c2
tacit.trainer @elastic_await_c2 {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.norm_bounded<beta = 0.5, max_delay = 4>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    %l = arith.constant dense<0.0> : tensor<f32>
    // expected-error@+1 {{needs tensors of the types of '@updates'}}
    %v = tacit.elastic_await @updates %l lr %lr into %w : tensor<f32> into tensor<4xf32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// elastic_await_c2
tacit.trainer @elastic_await_c2_payload {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.norm_bounded<beta = 0.5, max_delay = 4>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    %e = arith.constant dense<0.0> : tensor<8xf32>
    %p, %rest = tacit.compress #tacit.top_k<density = 0.25> %e : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 2>, tensor<8xf32>
    // expected-error@+1 {{needs a payload of 4 elements, as '@updates' has, got '!tacit.sparse<8xf32, capacity = 2>'}}
    %v = tacit.elastic_await @updates %p lr %lr into %w : !tacit.sparse<8xf32, capacity = 2> into tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// elastic_await_c2
func.func @elastic_await_c2_mixed(%p: !tacit.sparse<8xf32, capacity = 2>, %w: tensor<4xf32>, %lr: f64) {
  // expected-error@+1 {{sends tensors, or one payload, got}}
  %v = tacit.elastic_await @updates %p, %w lr %lr into %w : !tacit.sparse<8xf32, capacity = 2>, tensor<4xf32> into tensor<4xf32>
  return
}

// -----

// elastic_await_c3
tacit.trainer @elastic_await_c3 {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.norm_bounded<beta = 0.5, max_delay = 4>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    %e = arith.constant dense<0.0> : tensor<8xf32>
    // expected-error@+1 {{needs parameters of the types of '@updates'}}
    %v = tacit.elastic_await @updates %w lr %lr into %e : tensor<4xf32> into tensor<8xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// elastic_await_c4
tacit.trainer @elastic_await_c4 {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.decentralized<send_every = 1>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    // expected-error@+1 {{needs a channel by #tacit.norm_bounded or #tacit.variance_bounded, got #tacit.decentralized<send_every = 1>}}
    %v = tacit.elastic_await @updates %w lr %lr into %w : tensor<4xf32> into tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// elastic_await_c5
tacit.trainer @elastic_await_c5 {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.norm_bounded<beta = 0.5, max_delay = 4>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    // expected-error@+1 {{leaves something of tensors that are sent whole; only a payload leaves something}}
    %v = tacit.elastic_await @updates %w leaving %w lr %lr into %w : tensor<4xf32> leaving tensor<4xf32> into tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// elastic_await_c6
func.func @elastic_await_c6(%w: tensor<4xf32>, %lr: f64) {
  // expected-error@+1 {{needs results of the parameters' types}}
  "tacit.elastic_await"(%w, %lr, %w) {channel = @updates, operandSegmentSizes = array<i32: 1, 0, 1, 1>} : (tensor<4xf32>, f64, tensor<4xf32>) -> ()
  return
}

// -----

// trainer_c7
// expected-error@+1 {{has more than one tacit.channel}}
tacit.trainer @trainer_c7 {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.decentralized<send_every = 1>
  // expected-note@+1 {{the second is here}}
  tacit.channel @more of [@w] over #tacit.topology<complete> by #tacit.decentralized<send_every = 1>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// trainer_c7
// expected-error@+1 {{has a tacit.channel and a tacit.end_round: ranks that do not wait for one another end no rounds together}}
tacit.trainer @trainer_c7_rounds {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  // expected-note@+1 {{the channel is here}}
  tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.decentralized<send_every = 1>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %lr = arith.constant 0.1 : f64
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
  tacit.end_round period @n position @n {
  }
}
