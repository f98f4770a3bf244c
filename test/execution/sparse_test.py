# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sparse exchanges with error feedback against oracle/sparsification.py.

Most runs train a model whose gradients are its data, and whose rates and factors are powers of two: every number is then
defined to the last bit, whatever is tied, zero or denormal, and is compared so. Where rounding may differ (other factors,
the exported graphs), the oracle's smallest gap at a selection says that rounding cannot have changed what is selected.
"""

import numpy as np
import subjects
from compression import MARGIN, ROUNDS, SHAPES, SIZE, STRATEGIES, Check, command, options, state, with_
from oracle import files, sparsification

check = Check()


# --- ranks as processes ---


def processes():
    cases = {name: options(STRATEGIES[name][0]) for name in ("topk", "gtopk", "ok_topk", "random_k")}
    cases["encoded"] = "gtopk{density=0.05 momentum-correction=0.5 clip=100}"
    for ranks in (3, 4):
        subject = check.given(f"given{ranks}", ranks, ROUNDS)
        for name, strategy in cases.items():
            if ranks == 3 or name in STRATEGIES:
                check.processes(f"{name}-{ranks}", subject, strategy)


# --- ranks in one process ---


def exchanges():
    """Every exchange and compressor on P ranks, to the last bit."""
    for ranks in check.often((1, 3, 4, 5, 6), 2, 8, 7, 9):
        subject = check.given(f"given{ranks}", ranks, ROUNDS)
        for name, (text, plan) in STRATEGIES.items():
            if ranks in (6, 7, 9) and name not in ("gtopk", "ok_topk"):
                continue
            if name.startswith("off-") and ranks not in (3, 4) or name.endswith("dense") and ranks not in (2, 5):
                continue
            plan = with_(plan, density=0.05)
            # --check-replicas: the runtime itself compares the ranks' parameters in every round.
            run = check.trained(f"{name}-{ranks}", subject, options(text), plan, more=["--check-replicas=1"]).compared(inexact(plan, ranks))
            if plan.error_feedback and plan.exchange != "gtopk published":
                # A few roundings of single precision for each of 10 steps.
                run.conserves(1e-6)
            if name == "gtopk-published" and ranks > 2 and run.ran:
                check.that(run.wanted.lost > 1e-3, f"{run.label}: the published rule loses", f"{run.wanted.lost:.2g} of a step")
        # One step, so that the sum is of what one exchange left.
        for name in ("topk", "gtopk", "ok_topk") if ranks in (3, 8) else ("gtopk",):
            text, plan = STRATEGIES[name]
            check.trained(f"{name}-{ranks}-one", subject, options(text), with_(plan, density=0.05), rounds=1).compared().conserves(1e-7)


def inexact(plan, ranks):
    """A tolerance where the order of a sum on more than two ranks is not defined: that of dense vectors. In these data
    rounding there cannot change what a rank selects, since the gradients do not depend on the parameters."""
    return 5e-7 if plan.exchange == "dense" and ranks > 2 else 0.0


def variations():
    """Options of the strategies, most of them to the last bit, on 4 and 3 ranks."""
    halves = "step{every=3 gamma=0.5}"
    for ranks in (4, 3):
        subject = check.given(f"varied{ranks}", ranks, ROUNDS)

        def vary(label, name, more="", density=0.05, optimizer="sgd{lr=0.5}", schedule="", tolerance=0.0, among=None, **changes):
            text, plan = STRATEGIES[name]
            plan = with_(plan, density=density, **changes)
            chosen = subjects.roomy(among, plan, optimizer, schedule, ROUNDS, tolerance, MARGIN) if among else subject
            tolerance = tolerance or inexact(plan, ranks)
            return check.trained(f"{label}-{name}-{ranks}", chosen, options(text, density, more=more), plan, optimizer, schedule).compared(tolerance)

        for name in ("topk", "gtopk", "ok_topk", "random_k"):
            vary("schedule", name, schedule=halves)
            vary("by-variable", name, "scope=variable", by_variable=True)
            vary("momentum-correction", name, "momentum-correction=0.5", momentum=0.5)
            vary("correction-schedule", name, "momentum-correction=0.5", momentum=0.5, schedule=halves)
        vary("correction-published", "gtopk-published", "momentum-correction=0.5", momentum=0.5)
        vary("min-elements", "gtopk", "min-elements=97", dense=("m",))
        vary("optimizer", "gtopk", optimizer="sgd{lr=0.5 momentum=0.5}")
        vary("decay", "gtopk", optimizer="sgd{lr=0.5 weight-decay=0.25}")
        # 0.07 * 1300 is a little above 91 in double.
        vary("91-of-1300", "gtopk", density=0.07)
        vary("one", "gtopk", density=1e-9)
        vary("one", "ok_topk", density=1e-9)
        vary("all-but-one", "gtopk", density=1299 / 1300)

        # From here on roundings differ: random gradients without ties, and a tolerance.
        random = [check.given(f"random{ranks}-{seed}", ranks, ROUNDS, source=subjects.normal, seed=seed) for seed in range(12)]
        tolerance = 5e-7
        vary("clip", "topk", "clip=8", clip=8, tolerance=tolerance, among=random)
        vary("clip", "gtopk", "clip=8", clip=8, tolerance=tolerance, among=random)
        vary("clip-correction", "gtopk", "clip=8 momentum-correction=0.9", clip=8, momentum=0.9, tolerance=tolerance, among=random)
        vary("thirds", "gtopk", schedule="step{every=2 gamma=0.3}", tolerance=tolerance, among=random)
        vary("adamw", "gtopk", optimizer="adamw{lr=0.01}", tolerance=tolerance, among=random)
        # The norm is that of the whole gradient.
        vary("clip-exclude", "gtopk", "clip=8 exclude=^a$", clip=8, dense=("a",), tolerance=tolerance, among=random)
        vary("exclude", "gtopk", "exclude=^a$", dense=("a",), tolerance=tolerance, among=random)

        vary("together", "gtopk", "scope=variable exclude=^a$ momentum-correction=0.5 clip=8 put-back=conserving", by_variable=True, dense=("a",), clip=8,
             momentum=0.5, tolerance=tolerance, schedule="step{every=4 gamma=0.3}", among=random)  # fmt: skip

        # Three rounds are an epoch: 25%, 6.25%, 1.5625%, then the final density.
        short = [check.given(f"short{ranks}-{seed}", ranks, 3, source=subjects.normal, seed=seed) for seed in range(12)]
        vary("warm-up", "gtopk", "warm-up=dgc", density=0.01, warm_up=True, tolerance=tolerance, among=short)
        vary("warm-up", "topk", "warm-up=dgc", density=0.0625, warm_up=True, tolerance=tolerance, among=short)

        # Encoded indices change bytes alone: sparse ones, and those of nearly everything.
        if ranks != 4:
            continue
        for name in ("topk", "gtopk", "ok_topk"):
            for density in (0.001, 0.4, 0.97):
                text, plan = STRATEGIES[name]
                check.trained(f"encoded-{density}-{name}-{ranks}", subject, options(text, density, "auto"), with_(plan, density=density)).compared()
            plain = check.trained(f"plain-{name}-{ranks}", subject, options(STRATEGIES[name][0]), with_(STRATEGIES[name][1], density=0.05))
            auto = check.trained(f"auto-{name}-{ranks}", subject, options(STRATEGIES[name][0], encoding="auto"), with_(STRATEGIES[name][1], density=0.05))
            if plain.ran and auto.ran:
                check.same(f"{name} on {ranks} ranks: the checkpoint with other indices", files.load(auto.saved), files.load(plain.saved))
                sent = [sum(map(sum, run.metric("bytes_sent"))) for run in (auto, plain)]
                check.that(sent[0] < sent[1], f"{name} on {ranks} ranks: encoded indices take fewer bytes", f"{sent[0]} of {sent[1]}")


    # Fewer entries than ranks.
    for ranks in check.often((5,), 8):
        subject = check.given(f"tiny{ranks}", ranks, ROUNDS, {"z": (3,)})
        for name in ("topk", "gtopk", "ok_topk"):
            text, plan = STRATEGIES[name]
            for density in (0.3, 0.4):
                check.trained(f"tiny-{density}-{name}-{ranks}", subject, options(text, density), with_(plan, density=density)).compared()


def graphs():
    """The exported graphs: losses of every rank and round, parameters and residuals. Another density is tried where the
    oracle finds magnitudes too close to each other at the edge of a selection."""
    tolerance, optimizer = 1e-6, "sgd{lr=0.05}"
    for name, density in (("logreg", 0.1), ("mlp", 0.02)):
        for ranks in (1, 2, 3, 4, 5, 8) if name == "mlp" else (3,):
            graph = subjects.Graph(name, ranks)
            for exchange in ("topk", "gtopk", "ok_topk"):
                plans = [with_(STRATEGIES[exchange][1], density=round(density * (1 + i / 20), 6)) for i in range(40)]
                for plan in plans:
                    try:
                        subjects.roomy([graph], plan, optimizer, "", ROUNDS, tolerance, MARGIN)
                        break
                    except AssertionError:
                        continue
                check.trained(f"{name}-{exchange}-{ranks}", graph, options(STRATEGIES[exchange][0], plan.density), plan, optimizer).compared(tolerance, 5e-6)


def identities():
    """density = 1 is ssgd; one rank is error feedback by hand; a name is what it is short for."""
    for ranks in (1, 3, 4):
        subject = subjects.Graph("mlp", ranks)
        runs = {}
        for strategy in ("ssgd", "topk{density=1}", "gtopk{density=1}", "ok_topk{density=1}"):
            label = f"whole-{strategy.partition('{')[0]}-{ranks}"
            runs[strategy] = check.train(label, subject.model, *command(subject, strategy, "sgd{lr=0.1}"), f"--ranks={ranks}")
        for strategy, run in runs.items():
            check.near(f"{strategy} on {ranks} ranks is ssgd", run.parameters, runs["ssgd"].parameters, 2e-6)
            check.close(f"{strategy} on {ranks} ranks: losses of ssgd", run.losses, runs["ssgd"].losses, 2e-6)

    # A density of 1 still clips each rank's gradient; ssgd clips the mean, to the bound itself.
    for ranks in (1, 3):
        subject = check.given(f"clipped{ranks}", ranks, 1, source=subjects.normal)
        rows = subject.rows.astype(np.float64)
        each = np.mean([row * min(1, 8 / ranks**0.5 / np.linalg.norm(row)) for row in rows], axis=0)
        mean = rows.mean(axis=0)
        for strategy, gradient in (("gtopk{density=1 clip=8}", each), ("ssgd{clip=8}", mean * min(1, 8 / np.linalg.norm(mean)))):
            label = f"clipped-{strategy.partition('{')[0]}-{ranks}"
            run = check.train(label, subject.model, *command(subject, strategy, "sgd{lr=0.5}", rounds=1), f"--ranks={ranks}")
            wanted = {n: subject.init[n] - 0.5 * g for n, g in sparsification.split(gradient, list(SHAPES), subject.init).items()}
            check.near(f"{strategy} on {ranks} ranks clips", run.parameters, wanted, 1e-6)

    # By hand: residual + gradient, the 65 largest are applied, the rest stays.
    subject = check.given("alone", 1, ROUNDS)
    w = np.concatenate([t.ravel() for t in subject.init.values()])
    e = np.zeros(SIZE, np.float32)
    for row in subject.rows:
        e = e + row
        chosen = np.lexsort((np.arange(SIZE), -np.abs(e)))[:65]
        w[chosen] -= np.float32(0.5) * e[chosen]
        e[chosen] = 0
    for name in ("topk", "gtopk", "ok_topk"):
        run = check.train(f"alone-{name}", subject.model, *command(subject, options(STRATEGIES[name][0]), "sgd{lr=0.5}"))
        left = state(run.saved, 1)[0]
        got = [np.concatenate([part[n].ravel() for n in SHAPES]) for part in (run.parameters, left)]
        check.that(bool(np.array_equal(got[0], w) and np.array_equal(got[1], e)), f"{name} on 1 rank is error feedback by hand")
        check.that(all(line["bytes_sent"] == 0 and line["selected"] == 65 for line in run.rounds), f"{name} on 1 rank sends nothing")


def large():
    """A million entries, most of them tied, on one thread and on two; 0.001 of them is a thousand and no more."""
    def tied(rng, size):
        while True:
            yield rng.integers(-6, 7, size)
            yield rng.standard_normal(size)

    subject = check.given("large", 2, 3, {"z": (600, 1000), "a": (400000,)}, source=tied)
    saved = {}
    for name in ("topk", "gtopk", "ok_topk"):
        for threads in (1, 2):
            run = check.trained(f"large-{name}-{threads}", subject, options(STRATEGIES[name][0], 0.001), with_(STRATEGIES[name][1], density=0.001),
                          rounds=3, more=[f"--threads={threads}"])  # fmt: skip
            if run.ran:
                run.compared()
                check.that(run.metric("selected")[0] == [1000, 1000], f"{run.label}: selects a thousand")
                saved[threads] = files.load(run.saved)
        if len(saved) == 2:
            check.same(f"large-{name}: 1 and 2 threads", saved[2], saved[1])
    for name in ("gtopk",):
        one, two = (check.train(f"network-{name}-{i}", subject.model, *command(subject, options(STRATEGIES[name][0], 0.001), "sgd{lr=0.5}", rounds=3),
                                "--ranks=2", *more) for i, more in enumerate(([], ["--network=latency=1ms bandwidth=10Mbit compute=2ms"])))  # fmt: skip
        check.same(f"{name} on a slow network", files.load(two.saved), files.load(one.saved))
        # A message of 8000 bytes at 10 Mbit/s after the compute, then the latency, in each of 3 rounds.
        virtual, least = two.rounds[-1]["virtual_seconds"], 3 * (0.002 + 0.001 + 8000 * 8 / 10e6)
        check.that(least <= virtual <= 1.1 * least, f"{name}: virtual time of a round", f"{virtual:.4g} s, at least {least:.4g}")


def resumed():
    """Saved at round 5 and resumed, a run is the uninterrupted one, residuals, velocities and counters included."""
    cases = {
        "gtopk": ("gtopk{density=0.02}", ""),
        "correction": ("gtopk{density=0.02 momentum-correction=0.9}", ""),
        "random_k": ("compress{compressor=random_k density=0.05 exchange=all_gather}", ""),
        "schedule": ("gtopk{density=0.02}", "step{every=5 gamma=0.3}"),
        "warm-up": ("topk{density=0.001 warm-up=dgc}", ""),
        "ok_topk": ("ok_topk{density=0.02}", "step{every=2 gamma=0.7}"),
    }
    for name, (strategy, schedule) in cases.items():
        for ranks in (1, 3) if name == "correction" else (3,):
            label = f"resumed-{name}-{ranks}"
            first = check.resumed(label, subjects.Graph("mlp", ranks), strategy, schedule)
            check.that(any(np.any(t) for t in state(first.saved, ranks)[-1].values()), f"{label}: a residual was saved that is not 0")
    # Other seeds choose other indices; the same ones do not depend on how often it was run.
    subject = check.given("seeds", 2, ROUNDS)
    text, plan = STRATEGIES["random_k"]
    for seed in (0, 11, 2**64 - 1):
        check.trained(f"seed-{seed}", subject, options(text), with_(plan, density=0.05, seed=seed), more=[f"--seed={seed}"]).compared()


def names():
    """What --save writes."""
    subject = check.given("names", 2, ROUNDS)
    cases = {
        "gtopk{density=0.05}": [f"rank{r}/residual/{n}" for r in range(2) for n in SHAPES],
        "gtopk{density=0.05 momentum-correction=0.5}": [f"rank{r}/residual/{n}{s}" for r in range(2) for n in SHAPES for s in ("", ".velocity")],
        "gtopk{density=0.05 min-elements=97}": [f"rank{r}/residual/{n}" for r in range(2) for n in ("z", "a")],
        "gtopk{density=0.05 exclude=^z|m$}": [f"rank{r}/residual/a" for r in range(2)],
        "compress{compressor=top_k density=0.05 exchange=gtopk error-feedback=off}": [],
    }
    for number, (strategy, wanted) in enumerate(cases.items()):
        run = check.train(f"names{number}", subject.model, *command(subject, strategy, "sgd{lr=0.5}"), "--ranks=2")
        got = [name for name in files.load(run.saved) if not name.startswith("counter/")]
        check.that(sorted(got) == sorted([*SHAPES, *wanted]), f"{strategy}: names of what is saved", ", ".join(n for n in got if "/" in n))

    # One rank's are named as those of several.
    subject = check.given("name", 1, 1)
    run = check.train("names-one", subject.model, *command(subject, "gtopk{density=0.05}", "sgd{lr=0.5}"))
    got = [name for name in files.load(run.saved) if not name.startswith("counter/")]
    check.that(sorted(got) == sorted([*SHAPES, *(f"rank0/residual/{n}" for n in SHAPES)]), "names on 1 rank", ", ".join(n for n in got if "/" in n))


if check.transport == "in-process":
    check.parts(exchanges, variations, graphs, identities, large, resumed, names)
else:
    check.parts(processes)
check.finish()
