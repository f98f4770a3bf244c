// RUN: not tacit-opt %s --tacit-train='strategy=sgd' 2>&1 | FileCheck %s --check-prefix=NEAR
// NEAR: error: unknown strategy 'sgd'; did you mean 'ssgd'?
// RUN: not tacit-opt %s --tacit-train='strategy=zzz' 2>&1 | FileCheck %s --check-prefix=FAR
// FAR: error: unknown strategy 'zzz'; known are ssgd, topk, gtopk, ok_topk, compress, pasgd, adacomm, block_momentum, diloco, easgd, dasgd, elastic
// RUN: not tacit-opt %s --tacit-train='strategy=gtopk{density=0.01}' 2>&1 | FileCheck %s --check-prefix=LATER
// RUN: not tacit-opt %s --tacit-train='strategy=ssgd+gtopk' 2>&1 | FileCheck %s --check-prefix=LATER
// LATER: error: strategy 'gtopk' is not available in this version; available: ssgd
// RUN: not tacit-opt %s --tacit-train='strategy=block-momentum' 2>&1 | FileCheck %s --check-prefix=DASH
// DASH: error: strategy 'block_momentum' is not available in this version; available: ssgd
// RUN: not tacit-opt %s --tacit-train='strategy=ssgd+ssgd' 2>&1 | FileCheck %s --check-prefix=SLOT
// SLOT: error: strategies 'ssgd' and 'ssgd' do not go together: both say when gradients are exchanged
// RUN: not tacit-opt %s --tacit-train='strategy=ssgd{bucket-byte=1}' 2>&1 | FileCheck %s --check-prefix=OPTION
// RUN: not tacit-opt %s --tacit-ssgd='bucket-byte=1' 2>&1 | FileCheck %s --check-prefix=OPTION
// OPTION: error: 'ssgd' has no option 'bucket-byte'; did you mean 'bucket-bytes'?
// RUN: not tacit-opt %s --tacit-train='strategy=ssgd{density=1}' 2>&1 | FileCheck %s --check-prefix=KNOWN
// KNOWN: error: 'ssgd' has no option 'density'; known are bucket-bytes, overlap, clip
// RUN: not tacit-opt %s --tacit-ssgd='bucket-bytes=25MX' 2>&1 | FileCheck %s --check-prefix=BYTES
// BYTES: error: option 'bucket-bytes' of 'ssgd' must be a number of bytes, such as 25MiB, got '25MX'
// RUN: not tacit-opt %s --tacit-ssgd='bucket-bytes=0.3B' 2>&1 | FileCheck %s --check-prefix=FRACTION
// FRACTION: error: option 'bucket-bytes' of 'ssgd' must be a number of bytes, such as 25MiB, got '0.3B'
// RUN: not tacit-opt %s --tacit-ssgd='bucket-bytes=-1' 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// NEGATIVE: error: option 'bucket-bytes' of 'ssgd' must be a number of bytes, such as 25MiB, got '-1'
// RUN: not tacit-opt %s --tacit-ssgd='overlap=perhaps' 2>&1 | FileCheck %s --check-prefix=SWITCH
// SWITCH: error: option 'overlap' of 'ssgd' must be on or off, got 'perhaps'
// RUN: not tacit-opt %s --tacit-ssgd='clip=0' 2>&1 | FileCheck %s --check-prefix=CLIP
// CLIP: error: option 'clip' of 'ssgd' must be off or a norm above 0, got '0'
// RUN: not tacit-opt %s --tacit-train='strategy=ssgd{overlap=on' 2>&1 | FileCheck %s --check-prefix=BRACE
// BRACE: error: strategy 'ssgd{overlap=on' has braces that do not match
// RUN: not tacit-opt %s --tacit-train='ranks=0' 2>&1 | FileCheck %s --check-prefix=RANKS
// RANKS: error: ranks must be at least 1, got 0
// RUN: not tacit-opt %s --tacit-train='optimizer=rmsprop' 2>&1 | FileCheck %s --check-prefix=OPTIMIZER
// OPTIMIZER: error: unknown optimizer 'rmsprop'; known are adamw, sgd
// RUN: not tacit-opt %s --tacit-train='schedule=warmup{steps=3}' 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// SCHEDULE: error: schedule 'warmup' is not available in this version; available: constant, step
// RUN: not tacit-opt %s --tacit-train='rank=2' 2>&1 | FileCheck %s --check-prefix=TRAIN
// TRAIN: error: {{.*}}no such option rank
module {
}
