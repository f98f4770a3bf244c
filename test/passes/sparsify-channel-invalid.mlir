// RUN: not tacit-opt %s --tacit-async-exchange --tacit-sparsify='exchange=gtopk' 2>&1 | FileCheck %s --check-prefix=MERGES
// RUN: not tacit-opt %s --tacit-async-exchange --tacit-sparsify='compressor=powersgd{rank=1} exchange=dense' 2>&1 | FileCheck %s --check-prefix=FACTORS
// RUN: not tacit-opt %s --tacit-async-exchange --tacit-sparsify='warm-up' 2>&1 | FileCheck %s --check-prefix=WARM
// RUN: not tacit-opt %s --tacit-async-exchange --tacit-sparsify='scope=variable' 2>&1 | FileCheck %s --check-prefix=SCOPE
// RUN: not tacit-opt %s --tacit-async-exchange --tacit-sparsify='min-elements=4' 2>&1 | FileCheck %s --check-prefix=LEAST
// RUN: not tacit-opt %s --tacit-async-exchange --tacit-sparsify='exclude=b' 2>&1 | FileCheck %s --check-prefix=EXCLUDE
// RUN: not tacit-opt %s --tacit-async-exchange=send-every=2 --tacit-sparsify 2>&1 | FileCheck %s --check-prefix=HELD
// RUN: not tacit-opt %s --tacit-async-exchange='policy=norm_bounded granularity=bucket' --tacit-sparsify 2>&1 | FileCheck %s --check-prefix=CUT

// What a channel does not carry.

// MERGES:  error: 'tacit.channel' op does not go with exchange gtopk: it merges the payloads of all ranks, which wait for one another; a channel delivers each by itself: use all_gather
// FACTORS: error: 'tacit.channel' op does not go with powersgd: it averages factors over all ranks, which wait for one another; use another compressor
// WARM:    error: 'tacit.channel' op does not go with warm-up: its messages are all of one size
// SCOPE:   error: 'tacit.channel' op does not go with scope=variable: a message is one payload, of all parameters
// LEAST:   error: 'tacit.channel' op does not go with min-elements: a message is one payload, of all parameters
// EXCLUDE: error: 'tacit.channel' op does not go with exclude: a message is one payload, of all parameters
// HELD:    error: 'tacit.channel' op does not go with compression: with send_every above 1, own steps are applied before they are sent, so that nobody could apply exactly what is sent
// CUT:     error: 'tacit.channel' op does not go with compression: buckets are all-reduced, and payloads are not cut up; use granularity rank
tacit.trainer @line attributes {ranks = 4 : i64} {
  tacit.variable @w : tensor<8x8xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %w = tacit.get @w : tensor<8x8xf32>
    %n = tacit.sgd %w, %w lr(0.1) : tensor<8x8xf32>
    tacit.set @w, %n : tensor<8x8xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
