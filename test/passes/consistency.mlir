// RUN: tacit-opt %s --tacit-train='strategy=ssgd ranks=4' --tacit-consistency=lipschitz=10 -o /dev/null | FileCheck %s --check-prefix=SSGD --match-full-lines
// RUN: tacit-opt %s --tacit-train='strategy=topk{density=0.25} ranks=4' --tacit-consistency=lipschitz=10 -o /dev/null | FileCheck %s --check-prefix=TOPK
// RUN: tacit-opt %s --tacit-train='strategy=gtopk{density=0.25} ranks=4' --tacit-consistency -o /dev/null | FileCheck %s --check-prefix=GTOPK
// RUN: tacit-opt %s --tacit-train='strategy=pasgd{period=5} ranks=4' --tacit-consistency=lipschitz=10 -o /dev/null | FileCheck %s --check-prefix=PASGD
// RUN: tacit-opt %s --tacit-train='strategy=pasgd{period=5} ranks=1' --tacit-consistency -o /dev/null | FileCheck %s --check-prefix=ALONE
// RUN: tacit-opt %s --tacit-train='strategy=adacomm{initial-period=5}+topk{density=0.25} ranks=4' --tacit-consistency -o /dev/null | FileCheck %s --check-prefix=BOTH
// RUN: tacit-opt %s --tacit-train='strategy=easgd ranks=4' --tacit-consistency=lipschitz=10 -o /dev/null | FileCheck %s --check-prefix=EASGD
// RUN: tacit-opt %s --tacit-train='strategy=compress{compressor=qsgd} ranks=4' --tacit-consistency -o /dev/null | FileCheck %s --check-prefix=QSGD
// RUN: tacit-opt %s --tacit-train='strategy=compress{compressor=powersgd rank=1} ranks=4' --tacit-consistency -o /dev/null | FileCheck %s --check-prefix=POWERSGD
// RUN: tacit-opt %s --tacit-train='strategy=compress{compressor=threshold} ranks=4' --tacit-consistency -o /dev/null | FileCheck %s --check-prefix=THRESHOLD
// RUN: tacit-opt %s --tacit-train='strategy=compress{compressor=top_k error-feedback=off} ranks=4' --tacit-consistency -o /dev/null | FileCheck %s --check-prefix=LOSSY
// RUN: tacit-opt %s --tacit-train='strategy=gtopk{density=0.25} ranks=4' --tacit-consistency='lipschitz=10 format=json' -o /dev/null | FileCheck %s --check-prefix=JSON
// RUN: tacit-opt %s --tacit-train='strategy=pasgd{period=5} ranks=4' --tacit-consistency --remarks-filter='tacit-consistency' --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: tacit-opt %s --tacit-train='strategy=dasgd{max-staleness=2} ranks=4' --tacit-consistency=lipschitz=10 -o /dev/null | FileCheck %s --check-prefix=DASGD
// RUN: tacit-opt %s --tacit-train='strategy=dasgd{max-staleness=2 scale=mean send-every=3} ranks=4' --tacit-consistency -o /dev/null | FileCheck %s --check-prefix=MEAN
// RUN: tacit-opt %s --tacit-train='strategy=dasgd ranks=4' --tacit-consistency=lipschitz=10 -o /dev/null | FileCheck %s --check-prefix=ANY
// RUN: tacit-opt %s --tacit-train='strategy=dasgd{max-staleness=2 damping=on} ranks=4' --tacit-consistency -o /dev/null | FileCheck %s --check-prefix=DAMPED
// RUN: tacit-opt %s --tacit-train='strategy=dasgd{max-staleness=0}+topk{density=0.25} ranks=4' --tacit-consistency -o /dev/null | FileCheck %s --check-prefix=SPARSE
// RUN: tacit-opt %s --tacit-train='strategy=elastic{max-delay=2}+topk{density=0.25} ranks=4' --tacit-consistency -o /dev/null | FileCheck %s --check-prefix=NORM
// RUN: tacit-opt %s --tacit-train='strategy=elastic{scheduler=variance_bounded max-delay=2} ranks=4' --tacit-consistency -o /dev/null | FileCheck %s --check-prefix=VARIANCE
// RUN: tacit-opt %s --tacit-train='strategy=elastic{beta=inf} ranks=4' --tacit-consistency -o /dev/null | FileCheck %s --check-prefix=ALL
// RUN: tacit-opt %s --tacit-train='strategy=elastic{granularity=bucket max-delay=3} ranks=4' --tacit-consistency -o /dev/null | FileCheck %s --check-prefix=PARTS
// RUN: not tacit-opt %s --tacit-consistency 2>&1 | FileCheck %s --check-prefix=UNBOUND
// RUN: not tacit-opt %s --tacit-consistency=format=yaml 2>&1 | FileCheck %s --check-prefix=FORMAT
// RUN: not tacit-opt %s --tacit-consistency=lipschitz=-1 2>&1 | FileCheck %s --check-prefix=LIPSCHITZ

// SSGD:      @m on 4 ranks: E|x - v|^2 <= lr^2 B^2 under plain SGD, M the largest norm of a gradient
// SSGD-NEXT:   B = 0 M
// SSGD-NEXT:   harmless at every learning rate: nothing is missed

// Of 16 entries 4 are kept: gamma = 0.75, sqrt(1.25 * 0.75 / 0.25^3) = sqrt(60).
// TOPK:      top_k with error feedback: 7.74597 M (sqrt((2 - gamma) gamma / (1 - gamma)^3), gamma = 7.500000e-01)
// TOPK-NEXT: B = 7.74597 M
// TOPK-NEXT: memory of a rank, residual: 64 bytes
// TOPK-NEXT: harmless up to a learning rate of 0.01291

// GTOPK:      top_k with error feedback by gtopk: 7.74597 M
// GTOPK-NEXT:   assumed: what all ranks' sum loses is at most 1 - k / d of it (Shi et al., IJCAI 2019, Assumption 1)

// 2 * 3/4 * 4.
// PASGD:      local updates, period 5: 6 M (2 (P - 1) / P (tau - 1))
// PASGD-NEXT: B = 6 M
// PASGD-NEXT: harmless up to a learning rate of 0.01667
// ALONE:      local updates, period 5: 0 M

// The period is longest at first; what is compressed then is of 5 steps.
// BOTH:      local updates, period 5: 6 M
// BOTH-NEXT: top_k with error feedback: 38.7298 M (sqrt((2 - gamma) gamma / (1 - gamma)^3) tau, gamma = 7.500000e-01)
// BOTH-NEXT: B = 44.7298 M
// BOTH-NEXT: memory of a rank, outer: 64 bytes
// BOTH-NEXT: memory of a rank, residual: 64 bytes

// EASGD:      elastic averaging: not bounded (ranks' copies are never set equal)
// EASGD-NEXT: B = not bounded
// EASGD-NEXT: memory of a rank, copy: 64 bytes
// EASGD-NEXT: no learning rate is known to be harmless

// QSGD:      qsgd: 0 M (unbiased: raises the variance of gradients, not B)
// QSGD-NEXT: B = 0 M
// POWERSGD:  powersgd with error feedback: not bounded
// THRESHOLD: threshold with error feedback: not bounded (no part of any vector is always sent)
// LOSSY:     top_k: not bounded (what is not sent is lost)

// 3 * 3.
// DASGD:      decentralized, max_staleness 2: 9 M ((P - 1) (s + 1))
// DASGD-NEXT: B = 9 M
// DASGD-NEXT: harmless up to a learning rate of 0.01111
// MEAN:       decentralized, max_staleness 2: 2.25 M ((P - 1) (s + 1) / P)
// MEAN:       memory of a rank, channel: 64 bytes
// ANY:        decentralized: not bounded (no max_staleness)
// ANY:        no learning rate is known to be harmless
// DAMPED:     decentralized: not bounded (what damping takes of an update never comes)

// An update counts in full: four times sqrt(60), and 3 * 1.
// SPARSE:      top_k with error feedback: 30.9839 M (P sqrt((2 - gamma) gamma / (1 - gamma)^3), gamma = 7.500000e-01)
// SPARSE-NEXT: decentralized, max_staleness 0: 3 M
// SPARSE-NEXT: B = 33.9839 M

// NORM:      top_k with error feedback: 7.74597 M
// NORM-NEXT: norm_bounded, max_delay 2: 1.5 M ((P - 1) max_delay / P)
// VARIANCE:      variance_bounded, max_delay 2: 3 M (2 (P - 1) max_delay / P)
// VARIANCE:      memory of a rank, channel: 192 bytes
// ALL:       norm_bounded: 0 M (waits for all)
// PARTS:     norm_bounded by bucket, max_delay 3: 3 M (max_delay)

// JSON:      "harmless_lr": 0.0129
// JSON:      "residual": 64
// JSON:      "multiple": 7.745966
// JSON:      "ranks": 4
// JSON:      "assumed": "what all
// JSON:      "operation": "tacit.compress"
// JSON:      "trainer": "m"

// REMARK:    remark: [Analysis] Term | Category:tacit-consistency | Remark="local updates, period 5: 6 M"
// UNBOUND:   error: 'tacit.trainer' op is not bound to a number of ranks, of which bounds are functions; run tacit-bind-ranks first
// FORMAT:    error: tacit-consistency: format must be text or json, got 'yaml'
// LIPSCHITZ: error: tacit-consistency: lipschitz must be 0 or more, got -1.0
tacit.trainer @m {
  tacit.variable @w : tensor<8x2xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<8x2xf32>
    %w = tacit.get @w : tensor<8x2xf32>
    %n = tacit.sgd %w, %x lr(0.1) : tensor<8x2xf32>
    tacit.set @w, %n : tensor<8x2xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
