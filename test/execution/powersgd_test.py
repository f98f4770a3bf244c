# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PowerSGD against oracle/powersgd.py: parameters, residuals, right factors, losses, norms and bytes.

Its products are sums in an order that is not defined, so numbers are compared with those in double precision, within a
tolerance. What must be equal to the last bit: the replicas of all ranks, a resumed run and the uninterrupted one, ranks in
one process and ranks as processes.
"""

import re

import numpy as np
import subjects
from compression import ROUNDS, Check, Steps, command, state
from oracle import files, optimizers, powersgd, sparsification
from oracle.powersgd import Plan

check = Check()
#: Between those that are compressed with rank 2, (60 + 16) 2 < 60 * 16 say, lie others: of one dimension, or too small.
SHAPES = {"z": (40, 30), "a": (97,), "c": (3, 4, 5, 16), "s": (3, 1), "q": (4, 4), "p": (5, 4), "v": (24, 70)}
#: How a checkpoint names a right factor; it is that of no rank.
RIGHT = "optimizer/{}.factor"
#: Of the norm of all tensors of a kind. The oracle in single precision stays within half of it.
TOLERANCE = 1e-5
#: Columns that keep less of their norm than the one, and more than the other, may become 0 by rounding alone.
CLEARLY_KEPT, CLEARLY_GONE = 1e-2, 1e-12

#: Of gradients. Beyond, their squares are not numbers of single precision.
SCALES = (1e-15, 1e15)


def strategy(rank, more=""):
    return f"compress{{compressor=powersgd rank={rank}{' ' if more else ''}{more}}}"


def given(name, ranks, steps=ROUNDS, shapes=SHAPES, source=subjects.normal, **options):
    return check.given(name, ranks, steps, shapes, source=source, **options)


class Trained:
    """A run of tacit-run and the oracle's run of the same."""

    def __init__(self, label, subject, plan, optimizer="sgd{lr=0.5}", schedule="", more="", rounds=ROUNDS, settings=()):
        self.label, self.plan, self.subject, self.rounds = label, plan, subject, rounds
        text = strategy(plan.rank, more)
        self.run = check.every_rank(label, subject, *command(subject, text, optimizer, schedule, rounds), "--check-replicas=1", *settings)
        if self.run:
            self.wanted = powersgd.train(subject.gradient, subject.init, plan, optimizers.make(optimizer, schedule), subject.ranks, rounds)

    def metric(self, key):
        return np.array([[line.get(key) for line in own] for own in self.run.lines]).T

    def compared(self, tolerance=TOLERANCE):
        """Everything against the oracle; updates are compared, not parameters, which are larger."""
        if not self.run:
            return self
        faults, wanted, subject = [], self.wanted, self.subject
        doubtful = [kept for kept in wanted.kept if CLEARLY_GONE < kept < CLEARLY_KEPT]
        if doubtful:
            faults.append(f"rounding may clear a column that keeps {doubtful[0]:.1e} of its norm")
        if self.plan.error_feedback and not wanted.lost < 1e-12:
            faults.append(f"the oracle loses {wanted.lost:.1e} of a step")
        update = lambda parameters: {name: parameters[name].astype(np.float64) - tensor for name, tensor in subject.init.items()}
        found = files.load(self.run.saved)
        # Of each round, a parameter's rounding: at most half of the last of 24 bits.
        norm = lambda tensors: np.sqrt(sum(np.sum(t.astype(np.float64) ** 2) for t in tensors.values()))
        rounding = self.rounds * 2.0**-25 * norm(subject.init) / norm(update(wanted.parameters))
        kinds = {"the update": (update(self.run.parameters), update(wanted.parameters))}
        kinds["right factors"] = ({n: found.get(RIGHT.format(n)) for n in wanted.rights}, wanted.rights)
        for rank, own in enumerate(state(self.run.saved, subject.ranks)):
            kinds[f"residuals of rank {rank}"] = (own, wanted.residuals[rank] if self.plan.error_feedback else {})
        worst = 0.0
        for what, (got, expected) in kinds.items():
            off = relative(got, expected) - (rounding if what == "the update" else 0)
            # Single columns are less well determined than the span of all.
            off /= 10 if what == "right factors" else 1
            worst = max(worst, off)
            if not off <= tolerance:
                faults.append(f"{what} differ by {off:.1e} of their norm; {sorted(got)}, wanted {sorted(expected)}")
        if not np.allclose(self.metric("loss"), wanted.losses, rtol=1e-5, atol=0):
            faults.append(f"losses {self.metric('loss').tolist()}, wanted {wanted.losses}")
        if not self.plan.error_feedback:
            if any("residual_norm" in line for own in self.run.lines for line in own):
                faults.append("residual_norm is there, without a residual")
        elif not np.allclose(self.metric("residual_norm").astype(np.float64), wanted.norms, rtol=1e-5, atol=1e-6 * norm(wanted.entered)):
            faults.append(f"residual_norm {self.metric('residual_norm').tolist()}, wanted {wanted.norms}")
        faults += self.traffic()
        check.that(not faults, self.label, "; ".join(faults)[:1500] + f"\n  command: {self.run.shown}" if faults else
                   f"within {worst:.1e} (allowed {tolerance:g})")  # fmt: skip
        return self

    def traffic(self):
        """A ring sends 2 (P - 1) times each element over all ranks; doubling for short vectors sends P log2 P times, or as
        often as a rank outside a power of two adds. On two ranks both are the same."""
        elements = sum(tensor.size for name, tensor in self.subject.init.items() if name not in self.wanted.rights)
        elements += sum(sum(powersgd.matrix(self.subject.init[name].shape)) * self.plan.rank for name in self.wanted.rights)
        ranks, sent = self.subject.ranks, {int(row.sum()) for row in self.metric("bytes_sent")}
        ring = 4 * elements * 2 * (ranks - 1)
        doubling = 4 * elements * ranks * max(1, ranks.bit_length()) if ranks > 2 else ring
        if len(sent) != 1 or not ring <= min(sent) <= doubling:
            return [f"bytes_sent of all ranks is {sorted(sent)}, not {ring} to {doubling}"]
        return []


def relative(got, wanted):
    """The norm of the difference of tensors by name, of the norm wanted."""
    if set(got) != set(wanted) or any(got[n] is None or got[n].shape != wanted[n].shape for n in wanted):
        return np.inf
    norm = lambda tensors: np.sqrt(sum(np.sum(np.asarray(t, np.float64) ** 2) for t in tensors))
    return norm(got[n] - wanted[n] for n in wanted) / (norm(wanted.values()) or 1)


# --- ranks as processes ---


def processes():
    for ranks in (3, 4):
        subject = given(f"given{ranks}", ranks)
        check.processes(f"powersgd-{ranks}", subject, strategy(2))
    check.processes("powersgd-mlp", subjects.Graph("mlp", 4), strategy(4))


# --- ranks in one process ---


def exchanges():
    """Ranks of the factors, and numbers of ranks."""
    for ranks in check.often((1, 3, 4), 2, 5, 8):
        subject = given(f"given{ranks}", ranks)
        for rank in (1, 2, 4):
            Trained(f"rank-{rank}-{ranks}", subject, Plan(rank)).compared()
        Trained(f"one-{ranks}", subject, Plan(2), rounds=1).compared()


def variations():
    for ranks in (1, 3, 4):
        subject = given(f"varied{ranks}", ranks)

        def vary(label, more="", optimizer="sgd{lr=0.5}", schedule="", settings=(), tolerance=TOLERANCE, **changes):
            plan = Plan(**({"rank": 2} | changes))
            Trained(f"{label}-{ranks}", subject, plan, optimizer, schedule, more, settings=settings).compared(tolerance)

        vary("schedule", schedule="step{every=3 gamma=0.3}")
        vary("without-memory", "error-feedback=off", error_feedback=False)
        vary("momentum", optimizer="sgd{lr=0.5 momentum=0.5}")
        vary("nesterov-decay", optimizer="sgd{lr=0.1 momentum=0.5 nesterov=true weight-decay=0.25}")
        # An optimizer that divides by an entry's own size turns small errors of small entries into large ones.
        vary("adamw", optimizer="adamw{lr=0.01 epsilon=1e-3}", tolerance=1e-4)
        vary("clip", "clip=8", clip=8)
        # The number of a variable, which its first factor depends on, is that among all of them.
        vary("exclude", "exclude=^z$", dense=("z",))
        vary("min-elements", "min-elements=961", dense=("a", "c", "s", "q", "p"))
        for seed in (11, 2**64 - 1):
            vary(f"seed-{seed}", settings=[f"--seed={seed}"], seed=seed)


def by_hand():
    """One step on one rank is the projection on the span of gradient times first factor; equal ranks are as one."""
    subject = given("hand", 1, 1)
    run = check.every_rank("hand", subject, *command(subject, strategy(2), "sgd{lr=1}", rounds=1))
    if run:
        wanted = {}
        for number, (name, shape) in enumerate(SHAPES.items()):
            g = subject.data[f"g{name}"][0].astype(np.float64)
            wanted[name] = g
            if name in ("z", "c", "p", "v"):
                g = g.reshape(-1, shape[-1])
                basis, _ = np.linalg.qr(g @ powersgd.first_right(number, shape[-1], 2, 0))
                wanted[name] = (basis @ basis.T @ g).reshape(shape)
        got = {name: tensor.astype(np.float64) - run.parameters[name] for name, tensor in subject.init.items()}
        check.that(relative(got, wanted) <= 1e-6, "one step is a projection", f"within {relative(got, wanted):.1e}")

    # Gradients of rank 2 pass whole, whatever the first factor is.
    shapes = {"z": (40, 30), "v": (24, 70)}
    rng = np.random.default_rng(1)
    low = lambda: np.concatenate([(rng.standard_normal((n, 2)) @ rng.standard_normal((2, m))).ravel() for n, m in shapes.values()])
    subject = given("low", 2, 2, shapes, rows=[low() for _ in range(2)] * 2)
    run = check.every_rank("low", subject, *command(subject, strategy(4), "sgd{lr=1}", rounds=1))
    if run:
        mean = sparsification.split(subject.rows[:2].astype(np.float64).mean(axis=0), list(shapes), subject.init)
        got = {name: tensor.astype(np.float64) - run.parameters[name] for name, tensor in subject.init.items()}
        check.that(relative(got, mean) <= 1e-5, "means of rank 4 pass a rank of 4", f"within {relative(got, mean):.1e}")
    # A rank of 8 leaves four columns to the rounding of single precision, which may pass for directions; the memory makes
    # up for it.
    Steps(check, "low-8", subject, strategy(8), rounds=2).conserves(1e-6)


def gone():
    """Columns that depend on others become 0, and stay it: the next right factor is a product with them."""
    shapes, rng = {"z": (40, 30), "v": (24, 70)}, np.random.default_rng(2)

    def outer(column):
        """Powers of two in one column: its products are exact, and proportional."""
        parts = []
        for n, m in shapes.values():
            part = np.zeros((n, m))
            part[:, column] = rng.choice([-1, 1], n) * 2.0 ** rng.integers(-2, 3, n)
            parts.append(part.ravel())
        return np.concatenate(parts)

    normal = lambda: rng.standard_normal(sum(n * m for n, m in shapes.values()))
    for ranks in (1, 2, 4):
        column = outer(7)
        rows = [column] * ranks + [normal() for _ in range(2 * ranks)]
        Trained(f"gone-{ranks}", given(f"gone{ranks}", ranks, 3, shapes, rows=rows), Plan(2), rounds=3).compared()
        # Nothing but zeros at first: then there is no direction left to send.
        rows = [0 * column] * ranks + [normal() for _ in range(2 * ranks)]
        Trained(f"zeros-{ranks}", given(f"zeros{ranks}", ranks, 3, shapes, rows=rows), Plan(2), rounds=3).compared()


def scales():
    """Small and large gradients, from parameters of 0. The loss is that of a last variable that stays 0."""
    shapes = {"z": (40, 30), "a": (97,), "v": (24, 70), "m": (3, 1)}
    zero = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}

    def still(rows):
        rows[:, -3:] = 0

    for scale in SCALES:
        def scaled(rng, size):
            while True:
                yield scale * rng.standard_normal(size)

        subject = given(f"scale-{scale:g}", 2, 4, shapes, source=scaled, init=zero, spoil=still)
        Trained(f"scale-{scale:g}", subject, Plan(2), rounds=4).compared()


def dense():
    """With a rank that no variable is worth, it is ssgd."""
    for ranks in (1, 3):
        subject = subjects.Graph("mlp", ranks)
        one, other = (check.train(f"dense-{n}-{ranks}", subject.model, *command(subject, text, "sgd{lr=0.1}"), f"--ranks={ranks}")
                      for n, text in enumerate((strategy(1000), "ssgd")))  # fmt: skip
        check.near(f"a rank of 1000 on {ranks} ranks is ssgd", one.parameters, other.parameters, 1e-6)
        check.that(not any("residual" in name for name in files.load(one.saved)), f"a rank of 1000 on {ranks} ranks: no memory")


def graphs():
    """Exported graphs: the oracle's run, and every exchange conserves what the gradients of an independent program brought in."""
    for name in ("logreg", "mlp"):
        for ranks in (1, 2, 3, 4):
            for rank in (1, 2, 4) if name == "mlp" else (1,):
                Trained(f"{name}-{rank}-{ranks}", subjects.Graph(name, ranks), Plan(rank), "sgd{lr=0.1}").compared(2 * TOLERANCE)
            Steps(check, f"{name}-{ranks}", subjects.Graph(name, ranks), strategy(2), schedule="step{every=2 gamma=0.3}").conserves(2e-6)


def large():
    """A matrix wider than any block of a product; one thread and two; and a slow network."""
    subject = given("large", 2, 2, {"z": (1030, 517), "a": (1001,), "v": (3, 1100)})
    run = Trained("large", subject, Plan(4), rounds=2).compared()
    settings = {"threads": ["--threads=2"], "network": ["--network=latency=1ms bandwidth=10Mbit compute=2ms"]}
    other = {name: check.every_rank(name, subject, *command(subject, strategy(4), "sgd{lr=0.5}", rounds=2), *more) for name, more in settings.items()}
    if run.run and all(other.values()):
        check.near("2 threads", files.load(other["threads"].saved), files.load(run.run.saved), TOLERANCE)
        check.same("a slow network", files.load(other["network"].saved), files.load(run.run.saved))


def resumed():
    """Saved at round 10 of 20 and resumed; other ranks and other factors are refused."""
    for ranks in (1, 3):
        subject = subjects.Graph("mlp", ranks)
        first = check.resumed(f"resumed-{ranks}", subject, strategy(2), "step{every=7 gamma=0.5}", half=10, rounds=20)
        saved = files.load(first.saved)
        rights = sorted(RIGHT.format(name) for name, tensor in subject.init.items() if powersgd.compressible(tensor.shape, 2))
        residuals = sorted(f"rank{r}/residual/{name}" for r in range(ranks) for name, t in subject.init.items() if powersgd.compressible(t.shape, 2))
        got = sorted(name for name in saved if name not in subject.init and not name.startswith("counter/"))
        check.that(got == sorted(rights + residuals), f"names of what {ranks} ranks save", f"{', '.join(got)}; wanted {', '.join(rights + residuals)}")
        check.that(all(np.any(saved[name]) for name in got), f"what {ranks} ranks save is not 0")
    for label, text, ranks, wanted in (
        ("on 2 ranks", strategy(2), 2, ["residual", r"\b3\b"]),
        ("with factors of rank 1", strategy(1), 3, [re.escape(RIGHT.partition("/")[0])]),
        ("under ssgd", "ssgd", 3, ["residual|powersgd"]),
    ):
        words = [word for word in command(subject, text, "sgd{lr=0.05}", rounds=20) if not word.startswith("--load")]
        run = check.run(subject.model, *words, f"--load={first.saved}", f"--ranks={ranks}")
        check.one_line(f"refused: a checkpoint of 3 ranks and factors of rank 2, {label}", run, wanted)


if check.transport == "in-process":
    check.parts(exchanges, variations, by_hand, gone, scales, dense, graphs, large, resumed)
else:
    check.parts(processes)
check.finish()
