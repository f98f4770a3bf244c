// RUN: tacit-opt %s --tacit-async-exchange --split-input-file --verify-diagnostics
// RUN: not tacit-opt %s --tacit-async-exchange=policy=gossip 2>&1 | FileCheck %s --check-prefix=POLICY
// RUN: not tacit-opt %s --tacit-async-exchange=topology=star 2>&1 | FileCheck %s --check-prefix=TOPOLOGY
// RUN: not tacit-opt %s --tacit-async-exchange=scale=max 2>&1 | FileCheck %s --check-prefix=SCALE
// RUN: not tacit-opt %s --tacit-async-exchange='send-every=4 max-staleness=2' 2>&1 | FileCheck %s --check-prefix=DEADLOCK
// RUN: not tacit-opt %s --tacit-async-exchange='policy=norm_bounded beta=-1' 2>&1 | FileCheck %s --check-prefix=BETA
// RUN: not tacit-opt %s --tacit-async-exchange='policy=norm_bounded granularity=byte' 2>&1 | FileCheck %s --check-prefix=GRANULARITY
// RUN: not tacit-opt %s --tacit-async-exchange='policy=variance_bounded wait=nan' 2>&1 | FileCheck %s --check-prefix=WAIT
// RUN: not tacit-opt %s --tacit-async-exchange=topology=edges=%t.none 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: printf '0 1 # a pair\n\n1 two\n' > %t.word
// RUN: not tacit-opt %s --tacit-async-exchange=topology=edges=%t.word 2>&1 | FileCheck %s --check-prefix=WORD
// RUN: printf '# nothing\n' > %t.empty
// RUN: not tacit-opt %s --tacit-async-exchange=topology=edges=%t.empty 2>&1 | FileCheck %s --check-prefix=EMPTY
// RUN: printf '0 1\n1 0\n' > %t.twice
// RUN: not tacit-opt %s --tacit-async-exchange=topology=edges=%t.twice 2>&1 | FileCheck %s --check-prefix=TWICE

// POLICY:      error: tacit-async-exchange: policy must be decentralized, norm_bounded or variance_bounded, got 'gossip'
// TOPOLOGY:    error: tacit-async-exchange: topology must be complete, ring, exponential or edges=FILE, got 'star'
// SCALE:       error: tacit-async-exchange: scale must be sum or mean, got 'max'
// DEADLOCK:    error: tacit-async-exchange: max_staleness 2 is below send_every - 1 = 3
// BETA:        error: tacit-async-exchange: beta must be 0 or more, or inf, got -1
// GRANULARITY: error: tacit-async-exchange: granularity must be rank or bucket, got 'byte'
// WAIT:        error: tacit-async-exchange: wait must be 0 or more, or inf, got nan
// MISSING:     error: tacit-async-exchange: cannot read the edges in '{{.*}}.none': No such file or directory
// WORD:        error: tacit-async-exchange: {{.*}}.word:3: needs two ranks, such as '0 1', got '1 two'
// EMPTY:       error: tacit-async-exchange: there is no edge in '{{.*}}.empty'; write two ranks on a line, such as '0 1'
// TWICE:       error: tacit-async-exchange: topology joins ranks 0 and 1 twice; edges have no direction

tacit.trainer @none {
  // expected-error@+1 {{has no optimizer, so that there is nothing to send; update parameters by tacit.sgd or tacit.adamw}}
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

tacit.trainer @exchanged {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    // expected-error@+1 {{is an exchange in which every rank waits for all, which does not go with an asynchronous one}}
    %a = tacit.all_reduce mean %w : tensor<4xf32>
    %n = tacit.sgd %w, %a lr(0.1) : tensor<4xf32>
    tacit.set @w, %n : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

tacit.trainer @rounds {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @n : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %n = tacit.sgd %w, %w lr(0.1) : tensor<4xf32>
    tacit.set @w, %n : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
  // expected-error@+1 {{ends rounds that all ranks end together, which does not go with an asynchronous exchange; for updates of several local steps, use send-every of the decentralized policy}}
  tacit.end_round period @n position @n {
  }
}

// -----

tacit.trainer @twice {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  // expected-error@+1 {{is there already; run tacit-async-exchange once}}
  tacit.channel @updates of [@w] over #tacit.topology<ring> by #tacit.decentralized<send_every = 1>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %n = tacit.sgd %w, %w lr(0.1) : tensor<4xf32>
    tacit.set @w, %n : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

tacit.trainer @two_updates {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %n = tacit.sgd %w, %w lr(0.1) : tensor<4xf32>
    // expected-error@+1 {{updates '@w' a second time; a channel takes one update of each parameter}}
    %m = tacit.sgd %w, %n lr(0.1) : tensor<4xf32>
    tacit.set @w, %m : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

tacit.trainer @f64 {
  tacit.variable @w : tensor<4xf64> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %w = tacit.get @w : tensor<4xf64>
    // expected-error@+1 {{updates 'tensor<4xf64>', and updates travel in f32; make the parameter f32}}
    %n = tacit.sgd %w, %w lr(0.1) : tensor<4xf64>
    tacit.set @w, %n : tensor<4xf64>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

tacit.trainer @early {
  tacit.variable @v : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %v = tacit.get @v : tensor<4xf32>
    %w = tacit.get @w : tensor<4xf32>
    %n = tacit.sgd %v, %v lr(0.1) : tensor<4xf32>
    // expected-error@+1 {{uses an updated parameter before all updates are known, which travel together; move it behind the last optimizer}}
    %g = arith.addf %n, %w : tensor<4xf32>
    %m = tacit.sgd %w, %g lr(0.1) : tensor<4xf32>
    tacit.set @v, %n : tensor<4xf32>
    tacit.set @w, %m : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
