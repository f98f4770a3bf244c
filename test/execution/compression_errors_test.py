# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What strategies that compress refuse: one line that names what is wrong, and the choice."""

import numpy as np
import subjects
from compression import ROUNDS, STRATEGIES, Check, command, options

check = Check()

#: Each with what the one line of its error must name.
REFUSED = {
    "gtopk{density=0}": ["density", r"\b0\b", "1"],
    "gtopk{density=2}": ["density", r"\b2\b", "1"],
    "gtopk{density=-0.1}": ["density", "-0.1", "1"],
    "topk{density=nan}": ["density", "nan"],
    "topk{density=much}": ["density", "much"],
    "topk{densty=0.1}": ["densty", "density"],
    "topk{density=0.1}+gtopk{density=0.1}": ["topk", "gtopk"],
    "topk{density=0.1}+ssgd{clip=1}": ["topk", "ssgd", "clip"],
    "topk{density=0.1}+topk{density=0.1}": ["topk"],
    "topk{density=0.1 density=0.2}": ["density", "twice"],
    "compress{compressor=threshold value=1 exchange=gtopk}": ["threshold", "gtopk", "all_gather"],
    "compress{compressor=random_k density=0.1 exchange=gtopk}": ["random_k", "gtopk", "all_gather|dense"],
    "compress{compressor=threshold value=1 exchange=ok_topk}": ["threshold", "ok_topk", "all_gather"],
    "compress{compressor=threshold value=1 density=0.1}": ["density", "value"],
    "compress{compressor=random_k density=0.1 exchange=ok_topk}": ["random_k", "ok_topk", "all_gather"],
    "compress{compressor=sign exchange=gtopk}": ["sign", "gtopk", "all_gather"],
    "compress{compressor=sign exchange=ok_topk}": ["sign", "ok_topk", "all_gather"],
    "compress{compressor=qsgd exchange=gtopk}": ["qsgd", "gtopk", "all_gather"],
    "compress{compressor=bf16 exchange=gtopk}": ["bf16", "gtopk", "all_gather"],
    "compress{compressor=qsgd levels=0}": ["levels", r"\b0\b"],
    "compress{compressor=qsgd momentum-correction=0.9}": ["momentum-correction", "qsgd|biased"],
    "compress{compressor=sign density=0.1}": ["density"],
    "compress{compressor=sign warm-up=dgc}": ["warm-up", "top_k"],
    "compress{compressor=random_k density=0.1 warm-up=dgc}": ["warm-up", "top_k"],
    "compress{compressor=powersgd rank=0}": ["rank", r"\b0\b"],
    "compress{compressor=powersgd rank=-1}": ["rank", "-1"],
    "compress{compressor=powersgd rank=1.5}": ["rank", "1.5"],
    "compress{compressor=powersgd exchange=gtopk}": ["powersgd", "gtopk"],
    "compress{compressor=powersgd exchange=ok_topk}": ["powersgd", "ok_topk"],
    "compress{compressor=powersgd exchange=all_gather}": ["powersgd", "all_gather"],
    "compress{compressor=powersgd density=0.1}": ["density"],
    "compress{compressor=powersgd warm-up=dgc}": ["warm-up", "top_k"],
    "compress{compressor=powersgd momentum-correction=0.9}": ["momentum-correction", "powersgd"],
    "compress{compressor=top_k rank=2}": ["rank", "density"],
    "compress{compressor=bf16 rank=2}": ["rank"],
    "compress{compressor=bf16 exchange=ok_topk}": ["bf16", "ok_topk", "all_gather|dense"],
    "compress{compressor=sampled_top_k density=0}": ["density", r"\b0\b"],
    "compress{compressor=sampled_top_k value=1}": ["value", "density"],
    "ok_topk{density=0.1 put-back=published}": ["put-back", "published", "gtopk"],
    "compress{compressor=threshold value=-1 exchange=all_gather}": ["value", "-1"],
    "compress{compressor=top_q density=0.1}": ["top_q", "top_k"],
    "compress{compressor=top_k density=0.1 exchange=ring}": ["ring", "all_gather"],
    "compress{compressor=top_k density=0.1 error-feedback=of}": ["error-feedback", "of", "off"],
    "compress{compressor=top_k density=0.1 error-feedback=off momentum-correction=0.9}": ["momentum-correction", "error-feedback"],
    "topk{density=0.1 put-back=published}": ["put-back", "published", "gtopk"],
    "compress{compressor=top_k density=0.1 exchange=gtopk error-feedback=off put-back=published}": ["put-back", "error-feedback"],
    "gtopk{density=0.1 put-back=lost}": ["put-back", "lost", "conserving", "published"],
    "gtopk{density=0.1 momentum-correction=-1}": ["momentum-correction", "-1"],
    "gtopk{density=0.1 momentum-correction=1}": ["momentum-correction", r"\b1\b"],
    "gtopk{density=0.1 clip=-1}": ["clip", "-1"],
    "gtopk{density=0.1 clip=0}": ["clip", r"\b0\b"],
    "gtopk{density=0.1 warm-up=linear}": ["warm-up", "linear", "dgc"],
    "gtopk{density=0.1 scope=layer}": ["scope", "layer", "variable"],
    "gtopk{density=0.1 index-encoding=zip}": ["index-encoding", "zip", "plain"],
    "gtopk{density=0.1 exclude=(}": ["exclude"],
    "gtopk{density=0.1 min-elements=-1}": ["min-elements", "-1"],
    "gtopk{density=0.1": [r"\{|\}"],
}


def refusals():
    subject = check.given("refused", 2, ROUNDS)
    cases = [(strategy, "sgd{lr=0.5}", "", wanted) for strategy, wanted in REFUSED.items()]
    cases += [
        ("gtopk{density=0.1 momentum-correction=0.9}", "sgd{lr=0.5 momentum=0.9}", "", ["momentum.correction", "sgd"]),
        ("gtopk{density=0.1 momentum-correction=0.9}", "sgd{lr=0.5 momentum=0.9 nesterov=true}", "", ["momentum.correction", "sgd"]),
        ("gtopk{density=0.1}", "sgd{lr=0}", "", ["lr|learning rate", r"\b0\b"]),
        ("gtopk{density=0.1}", "sgd{lr=0.5}", "step{every=2 gamma=0}", ["gamma|lr|learning rate", r"\b0\b"]),
    ]
    for strategy, optimizer, schedule, wanted in cases:
        run = check.run(subject.model, *command(subject, strategy, optimizer, schedule), "--ranks=2")
        check.one_line(f"refused: {strategy}{', ' + optimizer if 'lr=0.5}' not in optimizer else ''}{', ' + schedule if schedule else ''}", run, wanted)


def not_finite():
    """What is not finite is found where it enters, and named."""
    # Two finite numbers whose sum is not, in what was never sent: the residual overflows in the second step.
    def huge(rows):
        rows[:] = 3e38

    overflowing = check.given("overflow", 2, ROUNDS, spoil=huge)
    run = check.run(overflowing.model, *command(overflowing, options(STRATEGIES["topk"][0]), "sgd{lr=0.5}"), "--ranks=2")
    check.one_line("topk: a residual that overflows", run, [r"\bz\b", "not finite|non-finite"], begun=True)
    for value in (np.nan, np.inf, -np.inf):
        def spoil(rows):
            rows[2 * 3 + 1, 1200 + 50] = value  # rank 1's fourth step

        spoilt = check.given(f"spoilt{value}", 2, ROUNDS, spoil=spoil)
        for name in ("topk", "gtopk", "ok_topk", "random_k", "threshold") if np.isnan(value) else ("gtopk", "threshold"):
            run = check.run(spoilt.model, *command(spoilt, options(STRATEGIES[name][0]), "sgd{lr=0.5}"), "--ranks=2")
            check.one_line(f"{name}: {value} in a gradient", run, [r"\ba\b", "nan|inf|not finite|non-finite", "rank 1"], begun=True)
    # A variable that is compressed by itself is a matrix.
    def spoil_matrix(rows):
        rows[2 * 3 + 1, 50] = np.nan

    spoilt = check.given("matrix", 2, ROUNDS, source=subjects.normal, spoil=spoil_matrix)
    for compressor in ("powersgd rank=2", "bf16", "sampled_top_k density=0.05", "sign"):
        run = check.run(spoilt.model, *command(spoilt, f"compress{{compressor={compressor}}}", "sgd{lr=0.5}"), "--ranks=2")
        check.one_line(f"{compressor}: nan in a gradient", run, [r"\bz\b", "nan|not finite|non-finite", "rank 1"], begun=True)


check.parts(refusals, not_finite)
check.finish()
