// RUN: not tacit-opt %s --tacit-train='strategy=sgd' 2>&1 | FileCheck %s --check-prefix=NEAR
// NEAR: error: unknown strategy 'sgd'; did you mean 'ssgd'?
// RUN: not tacit-opt %s --tacit-train='strategy=zzz' 2>&1 | FileCheck %s --check-prefix=FAR
// FAR: error: unknown strategy 'zzz'; known are ssgd, pasgd, adacomm, block_momentum, diloco, easgd, dasgd, elastic, topk, gtopk, ok_topk, compress
// RUN: not tacit-opt %s --tacit-train='strategy=elastic{beta=-0.5}' 2>&1 | FileCheck %s --check-prefix=BETA
// BETA: error: option 'beta' of 'elastic' must be a number of 0 or more, or inf, got '-0.5'
// RUN: not tacit-opt %s --tacit-train='strategy=elastic{wait=1}' 2>&1 | FileCheck %s --check-prefix=WAIT
// WAIT: error: option 'wait' of 'elastic' is of the scheduler variance_bounded; give scheduler=variance_bounded, or leave it out
// RUN: not tacit-opt %s --tacit-train='strategy=elastic{scheduler=variance_bounded wait=soon}' 2>&1 | FileCheck %s --check-prefix=WAIT-NUMBER
// WAIT-NUMBER: error: option 'wait' of 'elastic' must be a number of seconds, 0 or more, or inf, got 'soon'
// RUN: not tacit-opt %s --tacit-train='strategy=elastic{scheduler=variance_bounded beta=1}' 2>&1 | FileCheck %s --check-prefix=NO-BETA
// NO-BETA: error: option 'beta' of 'elastic' is of the scheduler norm_bounded, got scheduler=variance_bounded; leave it out
// RUN: not tacit-opt %s --tacit-train='strategy=elastic{scheduler=fifo}' 2>&1 | FileCheck %s --check-prefix=SCHEDULER
// SCHEDULER: error: option 'scheduler' of 'elastic' must be norm_bounded or variance_bounded, got 'fifo'
// RUN: not tacit-opt %s --tacit-train='strategy=elastic{bucket-bytes=1KiB}' 2>&1 | FileCheck %s --check-prefix=BY-RANK
// BY-RANK: error: option 'bucket-bytes' of 'elastic' goes with granularity=bucket; give that, or leave it out
// RUN: not tacit-opt %s --tacit-train='strategy=elastic{granularity=bucket bucket-bytes=0}' 2>&1 | FileCheck %s --check-prefix=BUCKETS
// BUCKETS: error: option 'bucket-bytes' of 'elastic' must be a number of bytes, such as 1MiB, got '0'
// RUN: not tacit-opt %s --tacit-train='strategy=elastic{max-delay=-1}' 2>&1 | FileCheck %s --check-prefix=DELAY
// DELAY: error: option 'max-delay' of 'elastic' must be a number that is whole, and 0 or more, got '-1'
// RUN: not tacit-opt %s --tacit-train='strategy=elastic+pasgd' 2>&1 | FileCheck %s --check-prefix=LOCAL-ELASTIC
// LOCAL-ELASTIC: error: strategies 'elastic' and 'pasgd' do not go together: in 'pasgd' all ranks wait for one another, and in 'elastic' they do not, so that they make different numbers of steps
// RUN: not tacit-opt %s --tacit-train='strategy=dasgd+pasgd' 2>&1 | FileCheck %s --check-prefix=LOCAL-DASGD
// LOCAL-DASGD: error: strategies 'dasgd' and 'pasgd' do not go together: in 'pasgd' all ranks wait for one another, and in 'dasgd' they do not, so that they make different numbers of steps; for the sum of n local updates every n steps, write dasgd{send-every=n}
// RUN: not tacit-opt %s --tacit-train='strategy=ssgd+dasgd' 2>&1 | FileCheck %s --check-prefix=SYNCHRONOUS
// SYNCHRONOUS: error: strategies 'ssgd' and 'dasgd' do not go together: in 'ssgd' all ranks wait for one another, and in 'dasgd' they do not, so that they make different numbers of steps
// RUN: not tacit-opt %s --tacit-train='strategy=dasgd+elastic' 2>&1 | FileCheck %s --check-prefix=BOTH-ASYNC
// BOTH-ASYNC: error: strategies 'dasgd' and 'elastic' do not go together: both say when ranks exchange
// RUN: not tacit-opt %s --tacit-train='strategy=dasgd+gtopk' 2>&1 | FileCheck %s --check-prefix=MERGES
// MERGES: error: strategies 'dasgd' and 'gtopk' do not go together: that exchange is synchronous: it merges the payloads of all ranks, which wait for one another, and in 'dasgd' they do not; use topk, or compress{compressor=...}
// RUN: not tacit-opt %s --tacit-train='strategy=elastic+compress{exchange=ok_topk}' 2>&1 | FileCheck %s --check-prefix=MERGES-TOO
// MERGES-TOO: error: strategies 'elastic' and 'compress' do not go together with exchange=ok_topk: that exchange is synchronous
// RUN: not tacit-opt %s --tacit-train='strategy=elastic+compress{compressor=powersgd}' 2>&1 | FileCheck %s --check-prefix=ASYNC-FACTORS
// ASYNC-FACTORS: error: strategies 'elastic' and 'compress' do not go together with compressor=powersgd: it averages factors over all ranks, which wait for one another; use another compressor
// RUN: not tacit-opt %s --tacit-train='strategy=dasgd+topk{momentum-correction=0.9}' 2>&1 | FileCheck %s --check-prefix=CORRECTION
// CORRECTION: error: strategies 'dasgd' and 'topk' do not go together with momentum-correction: it is defined for gradients that all ranks average together; leave it out
// RUN: not tacit-opt %s --tacit-train='strategy=dasgd+topk{warm-up=dgc}' 2>&1 | FileCheck %s --check-prefix=WARM-UP
// WARM-UP: error: strategies 'dasgd' and 'topk' do not go together with warm-up: a channel's messages are all of one size; leave it out
// RUN: not tacit-opt %s --tacit-train='strategy=dasgd+topk{clip=1}' 2>&1 | FileCheck %s --check-prefix=ASYNC-CLIP
// ASYNC-CLIP: error: strategies 'dasgd' and 'topk' do not go together with clip: it bounds the mean of all ranks' gradients, which nobody forms; leave it out
// RUN: not tacit-opt %s --tacit-train='strategy=dasgd+topk{scope=variable}' 2>&1 | FileCheck %s --check-prefix=ASYNC-SCOPE
// ASYNC-SCOPE: error: strategies 'dasgd' and 'topk' do not go together with scope=variable: a channel's message is one payload, of all parameters; leave it out
// RUN: not tacit-opt %s --tacit-train='strategy=dasgd{send-every=2}+topk' 2>&1 | FileCheck %s --check-prefix=SEND-EVERY
// SEND-EVERY: error: strategies 'dasgd' and 'topk' do not go together with send-every above 1: own steps are then applied before they are sent, so that nobody could apply exactly what is sent; leave send-every out
// RUN: not tacit-opt %s --tacit-train='strategy=elastic{granularity=bucket}+topk' 2>&1 | FileCheck %s --check-prefix=CUT
// CUT: error: strategies 'elastic' and 'topk' do not go together with granularity=bucket: buckets are all-reduced, and payloads are not cut up; use granularity=rank
// RUN: not tacit-opt %s --tacit-train='strategy=dasgd{max-staleness=2 send-every=4}' 2>&1 | FileCheck %s --check-prefix=DEADLOCK
// DEADLOCK: error: options 'max-staleness' and 'send-every' of 'dasgd' do not go together: ranks would wait for steps whose update is not sent yet, forever; give max-staleness at least 3, or leave it out
// RUN: not tacit-opt %s --tacit-train='strategy=dasgd{max-staleness=some}' 2>&1 | FileCheck %s --check-prefix=STALENESS
// STALENESS: error: option 'max-staleness' of 'dasgd' must be a number that is whole, and 0 or more, got 'some'
// RUN: not tacit-opt %s --tacit-train='strategy=dasgd{topology=star}' 2>&1 | FileCheck %s --check-prefix=TOPOLOGY
// TOPOLOGY: error: option 'topology' of 'dasgd' must be complete, ring, exponential or edges=FILE, got 'star'
// RUN: not tacit-opt %s --tacit-train='strategy=dasgd{resync=0}' 2>&1 | FileCheck %s --check-prefix=RESYNC
// RESYNC: error: option 'resync' of 'dasgd' must be a number that is whole, and 1 or more, got '0'
// RUN: not tacit-opt %s --tacit-train='strategy=gtopk+easgd' 2>&1 | FileCheck %s --check-prefix=CENTRE
// CENTRE: error: strategies 'easgd' and 'gtopk' do not go together: ranks that are pulled to a centre never hold the same parameters, whose change could be compressed; leave 'gtopk' out, or average by 'pasgd'
// RUN: not tacit-opt %s --tacit-train='strategy=ssgd{accumulate=0}' 2>&1 | FileCheck %s --check-prefix=NONE-AT-ALL
// NONE-AT-ALL: error: option 'accumulate' of 'ssgd' must be a number that is whole, and 1 or more, got '0'
// RUN: not tacit-opt %s --tacit-train='strategy=pasgd{accumulate=2}+topk{accumulate=4}' 2>&1 | FileCheck %s --check-prefix=BATCHES
// BATCHES: error: option 'accumulate' of 'topk' is 4, and 2 of another strategy; a step has one number of batches: give it once
// RUN: not tacit-opt %s --tacit-train='strategy=easgd{alpha=1}' 2>&1 | FileCheck %s --check-prefix=ALPHA
// ALPHA: error: option 'alpha' of 'easgd' must be a number above 0 and below 1, got '1'
// RUN: not tacit-opt %s --tacit-train='strategy=adacomm{interval-steps=5 interval-seconds=2}' 2>&1 | FileCheck %s --check-prefix=LENGTHS
// LENGTHS: error: options 'interval-steps' and 'interval-seconds' of 'adacomm' do not go together: an interval has one length; leave one of them out
// RUN: not tacit-opt %s --tacit-train='strategy=adacomm{interval-seconds=0}' 2>&1 | FileCheck %s --check-prefix=SECONDS
// SECONDS: error: option 'interval-seconds' of 'adacomm' must be a number above 0, got '0'
// RUN: not tacit-opt %s --tacit-train='strategy=block-momentum{period=0}' 2>&1 | FileCheck %s --check-prefix=DASH
// DASH: error: option 'period' of 'block_momentum' must be a number that is whole, and 1 or more, got '0'
// RUN: not tacit-opt %s --tacit-train='strategy=ssgd+ssgd' 2>&1 | FileCheck %s --check-prefix=SLOT
// SLOT: error: strategies 'ssgd' and 'ssgd' do not go together: both say when ranks exchange
// RUN: not tacit-opt %s --tacit-train='strategy=ssgd+adacomm' 2>&1 | FileCheck %s --check-prefix=TWICE
// TWICE: error: strategies 'ssgd' and 'adacomm' do not go together: both say when ranks exchange
// RUN: not tacit-opt %s --tacit-train='strategy=adacomm{initial-period=0}' 2>&1 | FileCheck %s --check-prefix=INITIAL
// INITIAL: error: option 'initial-period' of 'adacomm' must be a number that is whole, and 1 or more, got '0'
// RUN: not tacit-opt %s --tacit-train='strategy=adacomm{interval-steps=1.5}' 2>&1 | FileCheck %s --check-prefix=INTERVAL
// INTERVAL: error: option 'interval-steps' of 'adacomm' must be a number that is whole, and 1 or more, got '1.5'
// RUN: not tacit-opt %s --tacit-train='strategy=pasgd{local-optimizer-state=forget}' 2>&1 | FileCheck %s --check-prefix=STATE
// STATE: error: option 'local-optimizer-state' of 'pasgd' must be keep or reset or average, got 'forget'
// RUN: not tacit-opt %s --tacit-train='strategy=diloco{outer-momentum=1}' 2>&1 | FileCheck %s --check-prefix=OUTER
// OUTER: error: option 'outer-momentum' of 'diloco' must be a number of 0 or more and below 1, got '1'
// RUN: not tacit-opt %s --tacit-train='strategy=block_momentum{outer-lr=0}' 2>&1 | FileCheck %s --check-prefix=OUTER-LR
// OUTER-LR: error: option 'outer-lr' of 'block_momentum' must be a number above 0, got '0'
// RUN: not tacit-opt %s --tacit-train='strategy=pasgd+gtopk{momentum-correction=0.9}' 2>&1 | FileCheck %s --check-prefix=CHANGES
// CHANGES: error: momentum-correction of 'gtopk' is for gradients, and 'pasgd' exchanges changes of parameters; leave it out, and give the optimizer a momentum
// RUN: not tacit-opt %s --tacit-train='strategy=pasgd+gtopk{clip=1}' 2>&1 | FileCheck %s --check-prefix=LOCAL-CLIP
// LOCAL-CLIP: error: clip of 'gtopk' bounds gradients, and 'pasgd' exchanges changes of parameters; give clip to 'pasgd', which clips each local step's
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
// RUN: not tacit-opt %s --tacit-train='strategy=topk+gtopk' 2>&1 | FileCheck %s --check-prefix=PAYLOADS
// PAYLOADS: error: strategies 'topk' and 'gtopk' do not go together: both say what is sent instead of gradients
// RUN: not tacit-opt %s --tacit-train='strategy=gtopk{density=0}' 2>&1 | FileCheck %s --check-prefix=DENSITY
// DENSITY: error: option 'density' of 'gtopk' must be a number above 0 and at most 1, got '0'
// RUN: not tacit-opt %s --tacit-train='strategy=compress{compressor=topk}' 2>&1 | FileCheck %s --check-prefix=COMPRESSOR
// COMPRESSOR: error: unknown compressor 'topk'; did you mean 'top_k'?
// RUN: not tacit-opt %s --tacit-train='strategy=compress{compressor=powersgd rank=0}' 2>&1 | FileCheck %s --check-prefix=RANK
// RANK: error: option 'rank' of 'compress' must be a number that is whole, from 1 to 65535, got '0'
// RUN: not tacit-opt %s --tacit-train='strategy=compress{compressor=powersgd exchange=all_gather}' 2>&1 | FileCheck %s --check-prefix=POWER
// POWER: error: strategy 'compress': compressor 'powersgd{rank=2}' and exchange 'all_gather' do not go together: its factors are averaged, one after the other; use dense
// RUN: not tacit-opt %s --tacit-train='strategy=compress{compressor=sampled_top_k exchange=gtopk}' 2>&1 | FileCheck %s --check-prefix=SAMPLED
// SAMPLED: error: strategy 'compress': compressor 'sampled_top_k{density=0.001}' and exchange 'gtopk' do not go together: an estimated threshold keeps more or less than k entries, and merges are defined for exactly k; use all_gather, or the compressor top_k
// RUN: not tacit-opt %s --tacit-train='strategy=compress{compressor=powersgd index-encoding=plain}' 2>&1 | FileCheck %s --check-prefix=INDICES
// INDICES: error: strategy 'compress': compressor 'powersgd{rank=2}' sends no indices; leave index-encoding out
// RUN: not tacit-opt %s --tacit-train='strategy=compress{compressor=powersgd momentum-correction=0.9}' 2>&1 | FileCheck %s --check-prefix=FACTORS
// FACTORS: error: strategy 'compress': compressor 'powersgd{rank=2}' sends something of every entry, which clears the whole momentum in every step; leave momentum-correction out, and give the optimizer a momentum
// RUN: not tacit-opt %s --tacit-train='strategy=compress{exchange=gtop}' 2>&1 | FileCheck %s --check-prefix=EXCHANGE
// EXCHANGE: error: unknown exchange 'gtop'; did you mean 'gtopk'?
// RUN: not tacit-opt %s --tacit-train='strategy=compress{compressor=sign exchange=gtopk}' 2>&1 | FileCheck %s --check-prefix=TOGETHER
// TOGETHER: error: strategy 'compress': compressor 'sign' and exchange 'gtopk' do not go together: its payloads cannot be merged; use all_gather
// RUN: not tacit-opt %s --tacit-train='strategy=topk{put-back=published}' 2>&1 | FileCheck %s --check-prefix=PUBLISHED
// PUBLISHED: error: strategy 'topk': put-back=published is defined for gtopk alone; leave it out
// RUN: not tacit-opt %s --tacit-train='strategy=compress{compressor=sign warm-up=dgc}' 2>&1 | FileCheck %s --check-prefix=WARM
// WARM: error: strategy 'compress': warm-up=dgc lowers a density step by step, which is defined for the compressor top_k alone; leave it out
// RUN: not tacit-opt %s --tacit-train='strategy=compress{error-feedback=off momentum-correction=0.9}' 2>&1 | FileCheck %s --check-prefix=MEMORY
// MEMORY: error: strategy 'compress': momentum-correction accumulates what is not sent, and needs error-feedback=on and a biased compressor
// RUN: not tacit-opt %s --tacit-train='strategy=compress{compressor=sign momentum-correction=0.9}' 2>&1 | FileCheck %s --check-prefix=EVERY
// EVERY: error: strategy 'compress': compressor 'sign' sends something of every entry, which clears the whole momentum in every step; leave momentum-correction out, and give the optimizer a momentum
// RUN: not tacit-opt %s --tacit-train='strategy=compress{compressor=qsgd error-feedback=on}' 2>&1 | FileCheck %s --check-prefix=UNBIASED
// UNBIASED: error: strategy 'compress': compressor 'qsgd' is unbiased and keeps nothing; leave error-feedback out
// RUN: not tacit-opt %s --tacit-train='strategy=compress{exchange=auto latency=-1}' 2>&1 | FileCheck %s --check-prefix=LATENCY
// LATENCY: error: option 'latency' of 'compress' must be a number of microseconds, 0 or more, got '-1'
// RUN: not tacit-opt %s --tacit-train='strategy=compress{error-feedback=off exchange=gtopk put-back=published}' 2>&1 | FileCheck %s --check-prefix=NOTHING
// NOTHING: error: strategy 'compress': put-back=published and error-feedback=off do not go together: nothing is put back where nothing is kept; leave one of them out
// RUN: not tacit-opt %s --tacit-train='strategy=topk{min-elements=-1}' 2>&1 | FileCheck %s --check-prefix=LEAST
// LEAST: error: option 'min-elements' of 'topk' must be 0 or more, got '-1'
// RUN: not tacit-opt %s --tacit-train='strategy=topk{momentum-correction=1}' 2>&1 | FileCheck %s --check-prefix=MOMENTUM
// MOMENTUM: error: option 'momentum-correction' of 'topk' must be off or above 0 and below 1, got '1'
// RUN: not tacit-opt %s --tacit-train='strategy=ssgd{clip=1}+topk' 2>&1 | FileCheck %s --check-prefix=CLIPS
// CLIPS: error: clip of 'ssgd' bounds the mean gradient, which 'topk' does not exchange; give clip to 'topk', which clips each rank's own
// RUN: not tacit-opt %s --tacit-gtopk='scope=layer' 2>&1 | FileCheck %s --check-prefix=WORD
// WORD: error: option 'scope' of 'gtopk' must be global or variable, got 'layer'
// RUN: not tacit-opt %s --tacit-train='strategy=ssgd{overlap=on' 2>&1 | FileCheck %s --check-prefix=BRACE
// BRACE: error: strategy 'ssgd{overlap=on' has braces that do not match
// RUN: not tacit-opt %s --tacit-train='ranks=0' 2>&1 | FileCheck %s --check-prefix=RANKS
// RANKS: error: ranks must be at least 1, got 0
// RUN: not tacit-opt %s --tacit-train='optimizer=rmsprop' 2>&1 | FileCheck %s --check-prefix=OPTIMIZER
// OPTIMIZER: error: unknown optimizer 'rmsprop'; known are adamw, sgd
// RUN: not tacit-opt %s --tacit-train='schedule=warmup{steps=0}' 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// SCHEDULE: error: schedule 'warmup' needs steps=N of at least 1 local step, as in warmup{steps=100}
// RUN: not tacit-opt %s --tacit-train='rank=2' 2>&1 | FileCheck %s --check-prefix=TRAIN
// TRAIN: error: {{.*}}no such option rank
module {
}
