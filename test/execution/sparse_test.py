# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sparse exchanges with error feedback against oracle/sparsification.py.

Most runs train a model whose gradients are its data, and whose rates and factors are powers of two: every number is then
defined to the last bit, whatever is tied, zero or denormal, and is compared so. Where rounding may differ (other factors,
the exported graphs), the oracle's smallest gap at a selection says that rounding cannot have changed what is selected.

--transport=in-process runs everything but the launchers. openmpi and mpich run ranks as processes, and compare them with
the ranks in one process, byte for byte.
"""

import re
import time

import harness
import numpy as np
import subjects
from oracle import files, optimizers, sparsification
from oracle.sparsification import Plan

ROUNDS = 10
#: How many tolerances apart what is just selected and what is just not must lie, so that rounding cannot swap them. Both
#: are smaller than the largest entry, of which the tolerance is a fraction.
MARGIN = 10
SHAPES = {"z": (40, 30), "a": (97,), "m": (3, 1)}  # 1300 entries, in an order that is not the alphabet's
SIZE = 1300

check = harness.Check([("--transport", dict(choices=["in-process", "openmpi", "mpich"], required=True))])
transport = check.options.transport
if transport != "in-process" and not harness.has_launcher(transport):
    harness.skip(f"no {harness.LAUNCHERS[transport][0]}")


def given(name, ranks, steps, shapes=SHAPES, **options):
    return subjects.Given(check.work / name, ranks, steps, shapes, **options)


# --- what a run leaves ---


def command(subject, strategy, optimizer, schedule="", rounds=ROUNDS):
    arguments = [*subject.arguments, f"--strategy={strategy}", f"--optimizer={optimizer}", f"--rounds={rounds}"]
    return arguments + ([f"--schedule={schedule}"] if schedule else [])


def state(path, ranks, kind="residual", suffix=""):
    """A role's variables of every rank, by name, from a checkpoint. Velocities are the residuals' names with a suffix."""
    tensors, found = files.load(path), []
    for rank in range(ranks):
        prefix = f"rank{rank}/{kind}/"
        own = {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
        own = {n: t for n, t in own.items() if n.endswith(".velocity") == (suffix == ".velocity")}
        found.append({n.removesuffix(suffix): t for n, t in own.items()})
    return found


def equal(got, wanted):
    """What differs between tensors by name, as a text; nothing if no number does. 0 and -0 are one number."""
    if set(got) != set(wanted):
        return f"there are {sorted(got)}, wanted {sorted(wanted)}"
    for name, tensor in wanted.items():
        differing = np.flatnonzero(got[name].ravel() != tensor.ravel())
        if got[name].shape != tensor.shape or len(differing):
            at = differing[0]
            return f"{name} differs in {len(differing)} of {tensor.size}, first at {at}: got {got[name].flat[at]!r}, wanted {tensor.flat[at]!r}"
    return ""


def distance(got, wanted):
    """The largest deviation of any tensor, of the largest entry over all of them."""
    if set(got) != set(wanted):
        return np.inf
    scale = max(float(np.abs(t).max()) for t in wanted.values()) or 1.0
    return max(float(np.abs(got[n].astype(np.float64) - t).max()) for n, t in wanted.items()) / scale


class Trained:
    """A run of tacit-run with metrics of every rank, and the oracle's run of the same."""

    def __init__(self, label, subject, strategy, plan, optimizer="sgd{lr=0.5}", schedule="", rounds=ROUNDS, more=()):
        self.label, self.plan, self.ranks, self.subject = label, plan, subject.ranks, subject
        metrics, saved = check.work / f"{label}.jsonl", check.work / f"{label}.safetensors"
        self.run = check.run(
            subject.model, *command(subject, strategy, optimizer, schedule, rounds), f"--ranks={subject.ranks}",
            f"--metrics={metrics}", "--metrics-all-ranks", f"--save={saved}", *more,
        )  # fmt: skip
        self.ran = self.run.status == 0
        if not self.ran:
            check.that(False, f"{label}: runs", f"{self.run.says()}\n  command: {self.run.shown}")
            return
        self.saved = saved
        self.lines = [harness.rounds(check.work / f"{label}.rank{rank}.jsonl") for rank in range(self.ranks)]
        self.wanted = sparsification.train(
            subject.gradient, subject.init, plan, optimizers.make(optimizer, schedule), subject.ranks, rounds, subject.epoch
        )
        self.parameters, self.residuals = harness.parameters(saved), state(saved, self.ranks)

    def metric(self, key):
        """[round][rank]; None where a line lacks the key."""
        return [list(values) for values in zip(*([line.get(key) for line in own] for own in self.lines))]

    def compared(self, tolerance=0.0, losses=1e-6):
        """Parameters, residuals, velocities, losses and metrics against the oracle. Without tolerance, to the last bit."""
        if not self.ran:
            return self
        faults, details, wanted = [], [], self.wanted
        if self.plan.error_feedback and self.plan.exchange != "gtopk published" and not wanted.lost < 1e-6:
            faults.append(f"the oracle loses {wanted.lost:.1e} of a step")
        if tolerance and self.plan.compressor in ("top_k", "sign") and self.plan.exchange != "dense" and not wanted.gap > MARGIN * tolerance:
            faults.append(f"rounding may change a selection: smallest gap {wanted.gap:.1e}, rounding {tolerance:.0e}")
        groups = {"parameters": ([self.parameters], [wanted.parameters])}
        if self.plan.error_feedback:
            groups["residuals"] = (self.residuals, wanted.residuals)
            if self.plan.momentum is not None:
                groups["velocities"] = (state(self.saved, self.ranks, suffix=".velocity"), wanted.velocities)
        else:
            groups["residuals"] = (self.residuals, [{}] * self.ranks)
        for what, (got, expected) in groups.items():
            for rank, (one, other) in enumerate(zip(got, expected)):
                off = "" if not other and not one else distance(one, other) if tolerance else equal(one, other)
                if tolerance and off and off > tolerance or not tolerance and off:
                    faults.append(f"{what} of rank {rank}: {off}")
                    break
                if tolerance and off:
                    details.append(off)
        if self.plan.compressor in ("sign", "bf16"):
            if any(value is not None for row in self.metric("selected") for value in row):
                known(False, f"{self.label}: no `selected` where everything is sent", f"selected {self.metric('selected')[0][0]}")
        elif self.metric("selected") != wanted.selected:
            faults.append(f"selected {self.metric('selected')}, wanted {wanted.selected}")
        if not np.allclose(self.metric("loss"), wanted.losses, rtol=max(losses, tolerance), atol=0):
            faults.append(f"losses {self.metric('loss')}, wanted {wanted.losses}")
        if self.plan.error_feedback:
            norms = np.array(self.metric("residual_norm"), np.float64)
            if not np.allclose(norms, wanted.norms, rtol=max(1e-6, tolerance), atol=1e-37):
                faults.append(f"residual_norm {norms.tolist()}, wanted {wanted.norms}")
        elif any("residual_norm" in line for own in self.lines for line in own):
            faults.append("residual_norm is there, without a residual")
        sent = self.bytes_wanted()
        if sent is not None and self.metric("bytes_sent") != sent:
            faults.append(f"bytes_sent {self.metric('bytes_sent')[0]}, wanted {sent[0]}")
        said = f"within {max(details, default=0):.1e} (allowed {tolerance:g}), gap {wanted.gap:.1e}" if tolerance else "to the last bit"
        check.that(not faults, self.label, "; ".join(faults)[:1500] + f"\n  command: {self.run.shown}" if faults else said)
        return self

    def bytes_wanted(self):
        if "index-encoding=plain" not in self.run.shown or self.plan.dense or self.plan.compressor == "threshold":
            return None
        sizes = [tensor.size for tensor in self.subject.init.values()]
        groups, rows = sizes if self.plan.by_variable else [sum(sizes)], []
        for step in range(len(self.lines[0])):
            density = sparsification.density_of(step, self.plan.density, self.subject.epoch) if self.plan.warm_up else self.plan.density
            each = [[sparsification.bytes_sent(self.plan, self.ranks, rank, d, sparsification.count(density, d)) for d in groups]
                    for rank in range(self.ranks)]  # fmt: skip
            if each[0][0] is None:
                return None
            rows.append([sum(own) for own in each])
        return rows

    def conserves(self, tolerance, rate=0.5):
        """Residuals + P * applied is what went in, by what was saved: plain SGD with a constant rate, or the oracle's own
        sum of what was applied."""
        if not self.ran:
            return self
        worst = 0.0
        for name, entered in self.wanted.entered.items():
            applied = (self.subject.init[name].astype(np.float64) - self.parameters[name]) / rate
            left = sum(own[name].astype(np.float64) for own in self.residuals if name in own)
            worst = max(worst, float(np.abs(left + self.ranks * applied - entered).max()))
        scale = max(float(np.abs(entered).max()) for entered in self.wanted.entered.values())
        check.that(worst <= tolerance * scale, f"{self.label}: nothing is lost", f"{worst:.1e} of {scale:.3g} (allowed {tolerance:g} of it)")
        return self


#: Strategies by their option texts (OPTIONS is replaced) and what they mean.
STRATEGIES = {
    "topk": ("topk{OPTIONS}", Plan("all_gather")),
    "gtopk": ("gtopk{OPTIONS}", Plan("gtopk")),
    "gtopk-published": ("gtopk{OPTIONS put-back=published}", Plan("gtopk published")),
    "ok_topk": ("ok_topk{OPTIONS}", Plan("ok_topk")),
    "random_k": ("compress{compressor=random_k exchange=all_gather OPTIONS}", Plan("all_gather", "random_k")),
    "threshold": ("compress{compressor=threshold value=3 exchange=all_gather index-encoding=plain}", Plan("all_gather", "threshold", value=3)),
    "off": ("compress{compressor=top_k exchange=all_gather error-feedback=off OPTIONS}", Plan("all_gather", error_feedback=False)),
    "dense": ("compress{compressor=top_k exchange=dense OPTIONS}", Plan("dense")),
    "random_k-dense": ("compress{compressor=random_k exchange=dense OPTIONS}", Plan("dense", "random_k")),
    "threshold-dense": ("compress{compressor=threshold value=3 exchange=dense}", Plan("dense", "threshold", value=3)),
    "off-gtopk": ("compress{compressor=top_k exchange=gtopk error-feedback=off OPTIONS}", Plan("gtopk", error_feedback=False)),
    "off-ok_topk": ("compress{compressor=top_k exchange=ok_topk error-feedback=off OPTIONS}", Plan("ok_topk", error_feedback=False)),
}


def options(text, density=0.05, encoding="plain", more=""):
    return text.replace("OPTIONS", f"density={density} index-encoding={encoding}{' ' if more else ''}{more}")


def definitions():
    """The oracle itself, on examples worked out by hand."""
    # The first output of splitmix64 seeded with 0 is the finalizer of its increment.
    check.that(sparsification.mix(sparsification.GOLDEN) == 0xE220A8397B1DCDAF, "splitmix64's first word of seed 0")
    counts = np.bincount(np.concatenate([sparsification.random_indices(10, 4, seed, 0) for seed in range(2000)]), minlength=10)
    check.that(bool(np.all(np.abs(counts - 800) < 6 * (2000 * 0.4 * 0.6) ** 0.5)), "Floyd's sampling is even", str(counts))
    check.that([sparsification.count(*given) for given in ((0.07, 1300), (1e-9, 5), (1, 7), (0.5, 3))] == [91, 1, 7, 2], "k of densities")
    check.that([sparsification.density_of(t, 0.01, 2) for t in range(8)] == [0.25, 0.25, 0.0625, 0.0625, 0.015625, 0.015625, 0.01, 0.01],
               "densities of the warm-up")  # fmt: skip
    check.that(sparsification.largest(np.array([1.0, -2, 2, 2]), 2).tolist() == [1, 2], "the lower of equals")
    bf16 = sparsification.to_bf16(np.array([1 + 2**-8, 1 + 3 * 2**-8, -1 - 2**-8 - 2**-20], np.float32))
    check.that(bf16.tolist() == [1, 1 + 2**-6, -1 - 2**-7], "bf16 of ties and of a little more", str(bf16))
    # Three ranks, k = 1: 2 sends 4 at index 0 to 0, which has 1 there, and drops nothing; 1 has 3 at index 2. 5 and 3 meet:
    # 5 stays, and 3 goes back in halves.
    one = lambda index, value: (np.array([index]), np.array([value], np.float32))
    total, returned = sparsification.gtopk([one(0, 1), one(2, 3), one(0, 4)], 1, [])
    back = [[(i.tolist(), v.tolist()) for i, v in own] for own in returned]
    check.that(total[0].tolist() == [0] and total[1].tolist() == [5], "gtopk of three by hand", str(total))
    check.that(back == [[([], []), ([2], [1.5])], [([2], [1.5])], []], "gtopk's returns by hand", str(back))


def with_(plan, **changes):
    return Plan(**{**plan.__dict__, **changes})


def known(held, what, detail):
    """A deviation that is known, and reported but not counted as a failure."""
    if held:
        check.that(True, what, detail)
    else:
        print(f"known   {what}: {detail}", flush=True)


# --- ranks as processes ---


def processes():
    cases = {name: options(STRATEGIES[name][0]) for name in ("topk", "gtopk", "ok_topk", "random_k")}
    cases["encoded"] = "gtopk{density=0.05 momentum-correction=0.5 clip=100}"
    cases |= {name: f"compress{{compressor={name}}}" for name in ("sign", "qsgd", "bf16")}
    for ranks in (3, 4):
        subject = given(f"given{ranks}", ranks, ROUNDS)
        for name, strategy in cases.items():
            if ranks == 4 and name in ("encoded", "sign", "qsgd", "bf16"):
                continue
            arguments = command(subject, strategy, "sgd{lr=0.5}")
            one = check.train(f"{name}-{ranks}", subject.model, *arguments, f"--ranks={ranks}")
            other = check.train(f"{name}-{ranks}-{transport}", subject.model, *arguments, processes=ranks, mpi=transport)
            label = f"{name} on {ranks} ranks: {transport} and in-process"
            check.same(f"{label}, the whole checkpoint", files.load(other.saved), files.load(one.saved))
            keys = ("loss", "bytes_sent", "messages_sent", "selected", "residual_norm")
            got, wanted = ([[line.get(key) for key in keys] for line in run.rounds] for run in (other, one))
            check.that(got == wanted, f"{label}, rank 0's lines", str(got[-1]) if got == wanted else f"{got} and {wanted}")


# --- ranks in one process ---


def exchanges():
    """Every exchange and compressor on P ranks, to the last bit."""
    for ranks in (1, 2, 3, 4, 5, 8, 6, 7, 9):
        subject = given(f"given{ranks}", ranks, ROUNDS)
        for name, (text, plan) in STRATEGIES.items():
            if ranks in (6, 7, 9) and name not in ("gtopk", "ok_topk"):
                continue
            if name.startswith("off-") and ranks not in (3, 4) or name.endswith("dense") and ranks not in (2, 5):
                continue
            plan = with_(plan, density=0.05)
            # --check-replicas: the runtime itself compares the ranks' parameters in every round.
            run = Trained(f"{name}-{ranks}", subject, options(text), plan, more=["--check-replicas=1"]).compared(inexact(plan, ranks))
            if plan.error_feedback and plan.exchange != "gtopk published":
                # A few roundings of single precision for each of 10 steps.
                run.conserves(1e-6)
            if name == "gtopk-published" and ranks > 2 and run.ran:
                check.that(run.wanted.lost > 1e-3, f"{run.label}: the published rule loses", f"{run.wanted.lost:.2g} of a step")
        # One step, so that the sum is of what one exchange left.
        for name in ("topk", "gtopk", "ok_topk") if ranks in (3, 8) else ("gtopk",):
            text, plan = STRATEGIES[name]
            Trained(f"{name}-{ranks}-one", subject, options(text), with_(plan, density=0.05), rounds=1).compared().conserves(1e-7)


def inexact(plan, ranks):
    """A tolerance where the order of a sum on more than two ranks is not defined: that of dense vectors. In these data
    rounding there cannot change what a rank selects, since the gradients do not depend on the parameters."""
    return 5e-7 if plan.exchange == "dense" and ranks > 2 else 0.0


def variations():
    """Options of the strategies, most of them to the last bit, on 4 and 3 ranks."""
    halves = "step{every=3 gamma=0.5}"
    for ranks in (4, 3):
        subject = given(f"varied{ranks}", ranks, ROUNDS)

        def vary(label, name, more="", density=0.05, optimizer="sgd{lr=0.5}", schedule="", tolerance=0.0, among=None, **changes):
            text, plan = STRATEGIES[name]
            plan = with_(plan, density=density, **changes)
            chosen = subjects.roomy(among, plan, optimizer, schedule, ROUNDS, tolerance, MARGIN) if among else subject
            tolerance = tolerance or inexact(plan, ranks)
            return Trained(f"{label}-{name}-{ranks}", chosen, options(text, density, more=more), plan, optimizer, schedule).compared(tolerance)

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
        random = [given(f"random{ranks}-{seed}", ranks, ROUNDS, source=subjects.normal, seed=seed) for seed in range(12)]
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
        short = [given(f"short{ranks}-{seed}", ranks, 3, source=subjects.normal, seed=seed) for seed in range(12)]
        vary("warm-up", "gtopk", "warm-up=dgc", density=0.01, warm_up=True, tolerance=tolerance, among=short)
        vary("warm-up", "topk", "warm-up=dgc", density=0.0625, warm_up=True, tolerance=tolerance, among=short)

        # Encoded indices change bytes alone: sparse ones, and those of nearly everything.
        if ranks != 4:
            continue
        for name in ("topk", "gtopk", "ok_topk"):
            for density in (0.001, 0.4, 0.97):
                text, plan = STRATEGIES[name]
                Trained(f"encoded-{density}-{name}-{ranks}", subject, options(text, density, "auto"), with_(plan, density=density)).compared()
            plain = Trained(f"plain-{name}-{ranks}", subject, options(STRATEGIES[name][0]), with_(STRATEGIES[name][1], density=0.05))
            auto = Trained(f"auto-{name}-{ranks}", subject, options(STRATEGIES[name][0], encoding="auto"), with_(STRATEGIES[name][1], density=0.05))
            if plain.ran and auto.ran:
                check.same(f"{name} on {ranks} ranks: the checkpoint with other indices", files.load(auto.saved), files.load(plain.saved))
                sent = [sum(map(sum, run.metric("bytes_sent"))) for run in (auto, plain)]
                check.that(sent[0] < sent[1], f"{name} on {ranks} ranks: encoded indices take fewer bytes", f"{sent[0]} of {sent[1]}")


    # Fewer entries than ranks.
    for ranks in (5, 8):
        subject = given(f"tiny{ranks}", ranks, ROUNDS, {"z": (3,)})
        for name in ("topk", "gtopk", "ok_topk"):
            text, plan = STRATEGIES[name]
            for density in (0.3, 0.4):
                Trained(f"tiny-{density}-{name}-{ranks}", subject, options(text, density), with_(plan, density=density)).compared()


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
                Trained(f"{name}-{exchange}-{ranks}", graph, options(STRATEGIES[exchange][0], plan.density), plan, optimizer).compared(tolerance, 5e-6)


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
        subject = given(f"clipped{ranks}", ranks, 1, source=subjects.normal)
        rows = subject.rows.astype(np.float64)
        each = np.mean([row * min(1, 8 / ranks**0.5 / np.linalg.norm(row)) for row in rows], axis=0)
        mean = rows.mean(axis=0)
        for strategy, gradient in (("gtopk{density=1 clip=8}", each), ("ssgd{clip=8}", mean * min(1, 8 / np.linalg.norm(mean)))):
            label = f"clipped-{strategy.partition('{')[0]}-{ranks}"
            run = check.train(label, subject.model, *command(subject, strategy, "sgd{lr=0.5}", rounds=1), f"--ranks={ranks}")
            wanted = {n: subject.init[n] - 0.5 * g for n, g in sparsification.split(gradient, list(SHAPES), subject.init).items()}
            check.near(f"{strategy} on {ranks} ranks clips", run.parameters, wanted, 1e-6)

    # By hand: residual + gradient, the 65 largest are applied, the rest stays.
    subject = given("alone", 1, ROUNDS)
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


def dense_payloads():
    """Compressors that send something of every entry."""
    for compressor in ("sign", "bf16"):
        for ranks in (1, 2, 3, 5):
            plan, tolerance, strategy = Plan("all_gather", compressor), 5e-7, f"compress{{compressor={compressor}}}"
            several = [given(f"{compressor}{ranks}-{seed}", ranks, ROUNDS, source=subjects.normal, seed=seed) for seed in range(12)]
            subject = subjects.roomy(several, plan, "sgd{lr=0.5}", "", ROUNDS, tolerance, MARGIN)
            if not built(subject, strategy):
                break
            run = Trained(f"{compressor}-{ranks}", subject, strategy, plan).compared(tolerance).conserves(5e-6)
            if run.ran:
                # Of each of the other ranks: a bit for each entry, in whole bytes, and a scale; two bytes for each entry.
                each = {"sign": -(-SIZE // 8) + 4, "bf16": 2 * SIZE}[compressor]
                sent = {value for row in run.metric("bytes_sent") for value in row}
                check.that(sent == {each * (ranks - 1)}, f"{compressor}-{ranks}: bytes", f"{sent}, wanted {each * (ranks - 1)}")

    # The sign of -0 is +. Without memory, so that a -0 arrives as it is.
    def signs(rng, size):
        while True:
            yield np.resize([0.0, -0.0, 1.0, -3.0], size)

    subject = given("signs", 1, 1, source=signs)
    for feedback in ("off", "on"):
        strategy = f"compress{{compressor=sign error-feedback={feedback}}}"
        if built(subject, strategy):
            run = check.train(f"signs-{feedback}", subject.model, *command(subject, strategy, "sgd{lr=1}", rounds=1))
            got = np.concatenate([(subject.init[n] - run.parameters[n]).ravel() for n in SHAPES])
            check.that(bool(np.array_equal(got, np.resize([1.0, 1.0, 1.0, -1.0], SIZE))), f"sign of 0, -0, 1, -3, error-feedback={feedback}", str(got[:4]))

    # QSGD (Alistarh et al., NeurIPS 2017): multiples of norm / levels, one of the two around each entry, right on average.
    subject, levels, averaged = given("levels", 1, 1, source=subjects.normal), 4, 64
    strategy = f"compress{{compressor=qsgd levels={levels}}}"
    if built(subject, strategy):
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

        pair = given("pair", 2, 1, source=subjects.normal, spoil=alike)
        run = check.train("qsgd-pair", pair.model, *command(pair, strategy, "sgd{lr=1}", rounds=1), "--ranks=2")
        sent = np.concatenate([(pair.init[n].astype(np.float64) - run.parameters[n]).ravel() for n in SHAPES])
        units = sent / (np.linalg.norm(pair.rows[0].astype(np.float64)) / levels)
        halfway = np.mean(np.abs(units - np.round(units)) > 0.25)
        check.that(halfway > 0.05, "qsgd: ranks round independently", f"{halfway:.0%} of the entries are rounded up by one rank alone")


def built(subject, strategy):
    """Whether tacit-run has the compressor; says so if not."""
    run = check.run(subject.model, *command(subject, strategy, "sgd{lr=0.5}", rounds=1))
    if run.status and re.search(r"no compressor number|unknown compressor", run.stderr):
        print(f"skipped {strategy}: {run.stderr.strip()[:200]}", flush=True)
        return False
    return check.that(run.status == 0, f"{strategy}: runs", "" if run.status == 0 else run.says())


def large():
    """A million entries, most of them tied, on one thread and on two; 0.001 of them is a thousand and no more."""
    def tied(rng, size):
        while True:
            yield rng.integers(-6, 7, size)
            yield rng.standard_normal(size)

    subject = given("large", 2, 3, {"z": (600, 1000), "a": (400000,)}, source=tied)
    saved = {}
    for name in ("topk", "gtopk", "ok_topk"):
        for threads in (1, 2):
            run = Trained(f"large-{name}-{threads}", subject, options(STRATEGIES[name][0], 0.001), with_(STRATEGIES[name][1], density=0.001),
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
        "sign": ("compress{compressor=sign}", ""),
        "qsgd": ("compress{compressor=qsgd}", ""),
    }
    keys = ("round", "step", "loss", "lr", "bytes_sent", "messages_sent", "selected", "residual_norm")
    for name, (strategy, schedule) in cases.items():
        for ranks in (1, 3) if name == "correction" else (3,):
            subject, label = subjects.Graph("mlp", ranks), f"resumed-{name}-{ranks}"
            common = [word for word in command(subject, strategy, "sgd{lr=0.05}", schedule) if not word.startswith(("--load", "--rounds", "--shuffle"))]
            common += ["--shuffle=on", "--seed=11", f"--ranks={ranks}"]
            load = subject.arguments[0]
            whole = check.train(label, subject.model, *common, load, f"--rounds={ROUNDS}")
            first = check.train(f"{label}-first", subject.model, *common, load, "--rounds=5")
            second = check.train(f"{label}-second", subject.model, *common, f"--load={first.saved}", f"--rounds={ROUNDS}")
            check.same(f"{label}: the whole checkpoint", files.load(second.saved), files.load(whole.saved))
            got, wanted = ([[line.get(key) for key in keys] for line in lines] for lines in (first.rounds + second.rounds, whole.rounds))
            check.that(got == wanted, f"{label}: the rounds' lines")
            if name != "qsgd":
                check.that(any(np.any(t) for t in state(first.saved, ranks)[-1].values()), f"{label}: a residual was saved that is not 0")
    # Other seeds choose other indices; the same ones do not depend on how often it was run.
    subject = given("seeds", 2, ROUNDS)
    text, plan = STRATEGIES["random_k"]
    for seed in (0, 11, 2**64 - 1):
        Trained(f"seed-{seed}", subject, options(text), with_(plan, density=0.05, seed=seed), more=[f"--seed={seed}"]).compared()


def names():
    """What --save writes."""
    subject = given("names", 2, ROUNDS)
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
    subject = given("name", 1, 1)
    run = check.train("names-one", subject.model, *command(subject, "gtopk{density=0.05}", "sgd{lr=0.5}"))
    got = [name for name in files.load(run.saved) if not name.startswith("counter/")]
    check.that(sorted(got) == sorted([*SHAPES, *(f"rank0/residual/{n}" for n in SHAPES)]), "names on 1 rank", ", ".join(n for n in got if "/" in n))


# --- what is refused ---

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
    subject = given("refused", 2, ROUNDS)
    cases = [(strategy, "sgd{lr=0.5}", "", wanted) for strategy, wanted in REFUSED.items()]
    cases += [
        ("gtopk{density=0.1 momentum-correction=0.9}", "sgd{lr=0.5 momentum=0.9}", "", ["momentum.correction", "sgd"]),
        ("gtopk{density=0.1 momentum-correction=0.9}", "sgd{lr=0.5 momentum=0.9 nesterov=true}", "", ["momentum.correction", "sgd"]),
        ("gtopk{density=0.1}", "sgd{lr=0}", "", ["lr|learning rate", r"\b0\b"]),
        ("gtopk{density=0.1}", "sgd{lr=0.5}", "step{every=2 gamma=0}", ["gamma|lr|learning rate", r"\b0\b"]),
    ]
    for strategy, optimizer, schedule, wanted in cases:
        run = check.run(subject.model, *command(subject, strategy, optimizer, schedule), "--ranks=2")
        one_line(f"refused: {strategy}{', ' + optimizer if 'lr=0.5}' not in optimizer else ''}{', ' + schedule if schedule else ''}", run, wanted)

    # What is not finite is found where it enters, and named. NaN and infinities in one entry of the middle variable.
    # Two finite numbers whose sum is not, in what was never sent: the residual overflows in the second step.
    def huge(rows):
        rows[:] = 3e38

    spoilt = given("overflow", 2, ROUNDS, spoil=huge)
    run = check.run(spoilt.model, *command(spoilt, options(STRATEGIES["topk"][0]), "sgd{lr=0.5}"), "--ranks=2")
    one_line("topk: a residual that overflows", run, [r"\bz\b", "not finite|non-finite"], begun=True)
    for value in (np.nan, np.inf, -np.inf):
        def spoil(rows):
            rows[2 * 3 + 1, 1200 + 50] = value  # rank 1's fourth step

        spoilt = given(f"spoilt{value}", 2, ROUNDS, spoil=spoil)
        for name in ("topk", "gtopk", "ok_topk", "random_k", "threshold") if np.isnan(value) else ("gtopk", "threshold"):
            run = check.run(spoilt.model, *command(spoilt, options(STRATEGIES[name][0]), "sgd{lr=0.5}"), "--ranks=2")
            one_line(f"{name}: {value} in a gradient", run, [r"\ba\b", "nan|inf|not finite|non-finite", "rank 1"], begun=True)


def one_line(label, run, wanted, begun=False):
    blocks = run.stderr.strip().splitlines()
    # MLIR quotes a line of the model and points at it.
    carets = {i for i, line in enumerate(blocks) if re.fullmatch(r"\s*\^[~^\s]*", line)}
    blocks = [line for i, line in enumerate(blocks) if i not in carets and i + 1 not in carets]
    if begun:
        blocks = [line for line in blocks if "error" in line]
    faults = []
    if run.crashed():
        faults.append("crashes or hangs")
    if run.status == 0:
        faults.append("exit status 0")
    if len(blocks) != 1:
        faults.append(f"{len(blocks)} lines of error instead of 1")
    faults += [f"does not name /{phrase}/" for phrase in wanted if not re.search(phrase, "\n".join(blocks), re.I)]
    check.that(not faults, label, f"{'; '.join(faults)}\n  command: {run.shown}\n  {run.says()[:1000]}" if faults else blocks[0][:300])


if transport == "in-process":
    for part in (definitions, exchanges, variations, graphs, identities, dense_payloads, large, resumed, names, refusals):
        began = time.monotonic()
        part()
        print(f"{part.__name__}: {time.monotonic() - began:.1f} s", flush=True)
else:
    processes()
check.finish()
