# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compressors of every entry: sign, QSGD and bfloat16, against their definitions in oracle/sparsification.py."""

import numpy as np
import subjects
from compression import MARGIN, ROUNDS, SHAPES, SIZE, Check, command, state
from oracle import files
from oracle.sparsification import Plan

check = Check()
GATHERED = {"sign": "compress{compressor=sign}", "bf16": "compress{compressor=bf16 exchange=all_gather}"}
#: What tests of all compressors run.
ALL = GATHERED | {"qsgd": "compress{compressor=qsgd}"}


def processes():
    for name, strategy in ALL.items():
        check.processes(f"{name}-3", check.given(f"given-{name}", 3, ROUNDS), strategy)


# --- what is gathered ---


def gathered():
    """The exact sum of what compressors send of every entry."""
    for compressor, strategy in GATHERED.items():
        for ranks in (1, 2, 3, 5):
            plan, tolerance = Plan("all_gather", compressor), 5e-7
            several = [check.given(f"{compressor}{ranks}-{seed}", ranks, ROUNDS, source=subjects.normal, seed=seed) for seed in range(12)]
            subject = subjects.roomy(several, plan, "sgd{lr=0.5}", "", ROUNDS, tolerance, MARGIN)
            run = check.trained(f"{compressor}-{ranks}", subject, strategy, plan).compared(tolerance).conserves(5e-6)
            if run.ran:
                # Of each of the other ranks: a bit for each entry, in whole bytes, and a scale; two bytes for each entry.
                each = {"sign": -(-SIZE // 8) + 4, "bf16": 2 * SIZE}[compressor]
                sent = {value for row in run.metric("bytes_sent") for value in row}
                check.that(sent == {each * (ranks - 1)}, f"{compressor}-{ranks}: bytes", f"{sent}, wanted {each * (ranks - 1)}")


def signs_of_zeros():
    """The sign of -0 is +. Without memory, so that a -0 arrives as it is."""

    def signs(rng, size):
        while True:
            yield np.resize([0.0, -0.0, 1.0, -3.0], size)

    subject = check.given("signs", 1, 1, source=signs)
    for feedback in ("off", "on"):
        strategy = f"compress{{compressor=sign error-feedback={feedback}}}"
        run = check.train(f"signs-{feedback}", subject.model, *command(subject, strategy, "sgd{lr=1}", rounds=1))
        got = np.concatenate([(subject.init[n] - run.parameters[n]).ravel() for n in SHAPES])
        check.that(bool(np.array_equal(got, np.resize([1.0, 1.0, 1.0, -1.0], SIZE))), f"sign of 0, -0, 1, -3, error-feedback={feedback}", str(got[:4]))


def qsgd():
    """Multiples of norm / levels, one of the two around each entry, right on average (Alistarh et al., NeurIPS 2017)."""
    subject, levels, averaged = check.given("levels", 1, 1, source=subjects.normal), 4, 64
    strategy = f"compress{{compressor=qsgd levels={levels}}}"
    row = subject.rows[0].astype(np.float64)
    run = check.train("qsgd", subject.model, *command(subject, strategy, "sgd{lr=1}", rounds=1))
    again = check.train("qsgd-again", subject.model, *command(subject, strategy, "sgd{lr=1}", rounds=1))
    other = check.train("qsgd-other", subject.model, *command(subject, strategy, "sgd{lr=1}", rounds=1), "--seed=1")
    check.same("qsgd: the same seed rounds alike", again.parameters, run.parameters)
    sent = np.concatenate([(subject.init[n].astype(np.float64) - run.parameters[n]).ravel() for n in SHAPES])
    unit = np.linalg.norm(row) / levels
    off = np.abs(sent / unit - np.round(sent / unit)).max()
    check.that(off < 1e-4, "qsgd: multiples of norm / levels", f"off by {off:.1e}")
    check.that(bool(np.all(np.abs(sent - row) < unit * 1.0001)), "qsgd: one of the two around each entry")
    check.that(other.parameters["z"].tobytes() != run.parameters["z"].tobytes(), "qsgd: another seed rounds otherwise")
    long = check.train("qsgd-long", subject.model, *command(subject, strategy, "sgd{lr=1}", rounds=averaged))
    sent = np.concatenate([(subject.init[n].astype(np.float64) - long.parameters[n]).ravel() for n in SHAPES]) / averaged
    # One rounding has a variance of at most unit^2 / 4.
    deviation = np.abs(sent - row).max() / (unit / 2 / averaged**0.5)
    check.that(deviation < 6, "qsgd: right on average", f"largest of {SIZE} deviations: {deviation:.2g} standard deviations")
    check.that(not any("residual" in n for n in files.load(run.saved)), "qsgd: no memory")

    # Two ranks with the same gradient round it each in its own way: some entries are halfway between two multiples.
    def alike(rows):
        rows[1] = rows[0]

    pair = check.given("pair", 2, 1, source=subjects.normal, spoil=alike)
    run = check.train("qsgd-pair", pair.model, *command(pair, strategy, "sgd{lr=1}", rounds=1), "--ranks=2")
    sent = np.concatenate([(pair.init[n].astype(np.float64) - run.parameters[n]).ravel() for n in SHAPES])
    units = sent / (np.linalg.norm(pair.rows[0].astype(np.float64)) / levels)
    halfway = np.mean(np.abs(units - np.round(units)) > 0.25)
    check.that(halfway > 0.05, "qsgd: ranks round independently", f"{halfway:.0%} of the entries are rounded up by one rank alone")


# --- all of them ---


def resumed():
    for name, strategy in ALL.items():
        first = check.resumed(f"resumed-{name}", subjects.Graph("mlp", 3), strategy, "step{every=7 gamma=0.5}", half=10, rounds=20)
        residuals = state(first.saved, 3)
        check.that(any(np.any(t) for t in residuals[-1].values()) == (name != "qsgd"), f"{name}: a residual was saved that is not 0, or there is none")


if check.transport == "in-process":
    check.parts(gathered, signs_of_zeros, qsgd, resumed)
else:
    check.parts(processes)
check.finish()
