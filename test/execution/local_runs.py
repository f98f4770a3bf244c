# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of local updates share: runs, and how what they save and report is compared with oracle/local.py."""

import harness
import numpy as np
from compression import MARGIN, equal
from oracle import files, local, optimizers, sparsification

#: Of a few dozen steps of the exported graphs, in single and in double precision.
TOLERANCE = 2e-5
#: Buffers of optimizers in a checkpoint, in the order of local.buffers.
BUFFERS = {"sgd": ["momentum"], "adamw": ["first_moment", "second_moment"]}


def small(rng, size):
    """Gradients of few bits."""
    while True:
        yield rng.integers(-4, 5, size)


def length(subject, steps):
    return f"--evaluations={steps * subject.ranks * getattr(subject, 'accumulate', 1)}"


def command(subject, strategy, optimizer, steps, schedule=""):
    words = [*subject.arguments, f"--strategy={strategy}", f"--optimizer={optimizer}", length(subject, steps)]
    return words + ([f"--schedule={schedule}"] if schedule else [])


def deviation(got, wanted, scale):
    """The largest of any tensor, as a part of `scale`."""
    if set(got) != set(wanted):
        return np.inf
    # Of a NaN, a NaN.
    return float(np.max([np.abs(got[n].astype(np.float64) - t).max() for n, t in wanted.items()])) / (scale or 1.0)


class Clipped:
    """A subject whose gradients, of each rank's step, are scaled to a norm of at most `clip`."""

    def __init__(self, subject, clip):
        self.subject, self.clip = subject, clip

    def __getattr__(self, name):
        return getattr(self.subject, name)

    def gradient(self, parameters, step, rank):
        loss, gradients = self.subject.gradient(parameters, step, rank)
        real = next(iter(gradients.values())).dtype.type
        return loss, sparsification.clipped(gradients, self.clip, 1, real)


def timeless(lines):
    return [{key: value for key, value in line.items() if not key.endswith("seconds") and key != "control_bytes"} for line in lines]


class Trained:
    """A run with metrics of every rank, and the oracle's."""

    def __init__(self, check, label, subject, strategy, plan, optimizer, steps, schedule="", real=np.float32):
        self.check, self.label, self.subject, self.plan, self.ranks = check, label, subject, plan, subject.ranks
        self.optimizer = optimizer.partition("{")[0]
        self.momentum = "momentum" in optimizer or self.optimizer == "adamw"
        self.run = check.every_rank(label, subject, *command(subject, strategy, optimizer, steps, schedule), "--check-replicas=1")
        self.make = lambda: optimizers.make(optimizer, schedule)
        oracle = lambda real: local.train(subject.gradient, subject.init, plan, self.make, self.ranks, steps, real)
        self.wanted, self.oracle = oracle(real), oracle
        self.saved = files.load(self.run.saved) if self.run else {}

    def rounds_nothing(self):
        double = self.oracle(np.float64)
        pairs = [(double.parameters, self.wanted.parameters), *zip(double.copies, self.wanted.copies)]
        return not any(equal(one, other) for one, other in pairs)

    def metric(self, key):
        """[round][rank]; None where a line lacks the key."""
        return [list(values) for values in zip(*([line.get(key) for line in own] for own in self.run.lines))]

    def groups(self):
        """What the checkpoint holds and what it must hold, by what it is; and the largest entry of what it came from."""
        names, wanted = list(self.subject.init), self.wanted
        part = lambda form: {n: self.saved[form.format(n)] for n in names if form.format(n) in self.saved}
        largest = lambda tensors: max(float(np.abs(t).max()) for t in tensors.values())
        parameters = largest(wanted.parameters)
        yield "parameters", self.run.parameters, wanted.parameters, parameters
        if self.plan.outer == "elastic":
            for rank in range(self.ranks):
                yield f"copy of rank {rank}", part(f"rank{rank}/parameter/{{}}"), wanted.copies[rank], parameters
        elif self.plan.outer != "mean":
            yield "anchors", part("outer/{}.anchor"), wanted.parameters, parameters
            # A difference of parameters; block momentum divides it by the rate.
            scale = parameters / (wanted.rates[-1] if self.plan.outer == "block_momentum" else 1)
            yield "outer momentum", part("outer/{}.anchor.momentum"), wanted.outer, max(scale, largest(wanted.outer))
        for rank in range(self.ranks):
            own = lambda form: part(form) or part(f"rank{rank}/" + form)
            if self.momentum:
                for kind, buffer in zip(BUFFERS[self.optimizer], local.buffers(wanted.optimizers[rank])):
                    zero = {n: np.zeros(t.shape) for n, t in self.subject.init.items()}
                    yield f"{kind} of rank {rank}", own("optimizer/{}." + kind), zero | buffer, largest(zero | buffer)
            if self.plan.sparse:
                yield f"residual of rank {rank}", own("residual/{}"), wanted.residuals[rank], parameters

    def compared(self, tolerance=0.0, losses=1e-6):
        """Everything that is saved and reported. Without tolerance, to the last bit."""
        if not self.run:
            return self
        faults, details, wanted = [], [0.0], self.wanted
        for what, got, expected, scale in self.groups():
            off = deviation(got, expected, scale) if tolerance else equal(got, expected)
            if tolerance and not off <= tolerance or not tolerance and off:
                faults.append(f"{what}: {off}")
            elif tolerance:
                details.append(off)
        if self.optimizer == "adamw":
            counts = [int(t) for n, t in self.saved.items() if n.endswith("optimizer/adamw.updates")]
            if set(counts) != {wanted.optimizers[0].count}:
                faults.append(f"adamw.updates {counts}, wanted {wanted.optimizers[0].count}")
        each = lambda values: [[value] * self.ranks for value in values]
        exact = {"tau": each(wanted.taus), "step": each(wanted.steps)} | ({"selected": wanted.selected} if self.plan.sparse else {})
        if self.plan.sparse and self.plan.sparse.compressor == "sign":
            del exact["selected"]
        for key, expected in exact.items():
            if self.metric(key) != expected:
                faults.append(f"{key} {self.metric(key)}, wanted {expected}")
        near = {"loss": wanted.losses, "lr": each(wanted.rates)} | ({"residual_norm": wanted.norms} if self.plan.sparse else {})
        for key, expected in near.items():
            got = np.array(self.metric(key), np.float64)
            if got.shape != np.shape(expected) or not np.allclose(got, expected, rtol=max(losses, tolerance), atol=1e-37):
                faults.append(f"{key} {got.tolist()}, wanted {expected}")
        if tolerance and self.plan.sparse and not wanted.gap > MARGIN * tolerance:
            faults.append(f"rounding may change a selection: smallest gap {wanted.gap:.1e}")
        if self.plan.interval:
            faults += self.adapted(max(losses, tolerance))
        said = f"within {max(details):.1e} (allowed {tolerance:g})" if tolerance else "to the last bit"
        said += f", {len(wanted.taus)} rounds of {wanted.taus if self.plan.interval else self.plan.period}"
        self.check.that(not faults, self.label, "; ".join(faults)[:1500] + f"\n  command: {self.run.shown}" if faults else said)
        return self

    def adapted(self, tolerance):
        """What differs between the periods and losses of AdaComm, as saved, and those of two oracles: its own run, and one
        that is fed with the losses that the ranks reported."""
        lines, faults = self.metric("loss"), []
        fed = local.AdaComm(self.plan.period, self.plan.interval, self.make().rate)
        taus = []
        for steps, losses in zip(self.wanted.steps, lines):
            taus.append(fed.tau)
            fed.averaged(steps, losses)
        for what, oracle, near in (("from the losses reported", fed, 1e-14), ("in the oracle's run", self.wanted.adaptive, tolerance)):
            if not oracle.margin() > MARGIN * near:
                faults.append(f"rounding may change a period: {oracle.margin():.1e} from an integer {what}")
            got = [int(self.saved[f"counter/{name}"]) for name in ("tau", "interval_begin", "interval_steps")]
            if got != [oracle.tau, oracle.begin, oracle.interval]:
                faults.append(f"saved tau, begin and length of the interval {got}, {what} {[oracle.tau, oracle.begin, oracle.interval]}")
        if self.metric("tau") != [[tau] * self.ranks for tau in taus]:
            faults.append(f"tau {self.metric('tau')}, from the losses reported {taus}")
        first = float(self.saved["counter/first_loss"])
        # The same doubles, in whatever order they are added.
        if not abs(first - fed.first) <= 1e-15 * abs(first) * self.ranks:
            faults.append(f"saved first loss {first!r}, from the losses reported {fed.first!r}")
        return faults


def both(check, label, subject, strategy, plan, optimizer, steps, schedule=""):
    """A model whose gradients are its data: to the last bit where it is defined."""
    run = Trained(check, label, subject, strategy, plan, optimizer, steps, schedule)
    exact = subject.ranks <= 2 or plan.sparse and plan.state != "average" or run.rounds_nothing()
    return run.compared(0.0 if exact else 1e-6)


def resumed(check, label, graph, strategy, optimizer, schedule, more=(), half=3, rounds=8, clock=None):
    """Saved after `half` of the rounds and resumed, a run is the uninterrupted one, in every line and every byte it leaves,
    except for clocks, if they may differ by `clock` seconds. Returns the first part."""
    load, data = graph.arguments[:2]
    common = [data, f"--strategy={strategy}", f"--optimizer={optimizer}", f"--schedule={schedule}", "--shuffle=on", "--seed=5", f"--ranks={graph.ranks}", *more]
    whole = check.train(label, graph.model, *common, load, f"--rounds={rounds}")
    first = check.train(f"{label}-first", graph.model, *common, load, f"--rounds={half}")
    second = check.train(f"{label}-second", graph.model, *common, f"--load={first.saved}", f"--rounds={rounds}")
    saved = [(files.load(run.saved), files.metadata(run.saved)) for run in (second, whole)]
    if clock is not None:
        clocks = [(float(tensors.pop("counter/interval_begin")), float(metadata.pop("seconds"))) for tensors, metadata in saved]
        check.that(np.allclose(*clocks, rtol=0, atol=clock), f"{label}: clocks, within {clock} s", str(clocks))
    check.same(f"{label}: the whole checkpoint", saved[0][0], saved[1][0])
    check.that(saved[0][1] == saved[1][1], f"{label}: metadata", str(saved[0][1]))
    together = timeless(first.rounds + second.rounds)
    check.that(together == timeless(whole.rounds), f"{label}: the rounds' lines", f"tau {[line.get('tau', 1) for line in together]}")
    return first


def as_processes(check, label, graph, *words):
    """Ranks as processes of the launcher leave and report what ranks in one process do. Returns the lines of each rank."""
    each = []
    for where, how in (("one", {}), (check.transport, dict(processes=graph.ranks, mpi=check.transport))):
        stem = check.work / f"{label}-{where}"
        more = [] if how else [f"--ranks={graph.ranks}"]
        run = check.run(graph.model, *words, *more, "--metrics-all-ranks", f"--metrics={stem}.jsonl", f"--save={stem}.safetensors", **how)
        if not check.that(run.status == 0, f"{label} {where}: runs", "" if run.status == 0 else run.says()):
            return []
        lines = [timeless(harness.rounds(check.work / f"{label}-{where}.rank{r}.jsonl")) for r in range(graph.ranks)]
        each.append((files.load(f"{stem}.safetensors"), lines))
    check.same(f"{label}: {check.transport} and in-process, the whole checkpoint", each[1][0], each[0][0])
    check.that(each[1][1] == each[0][1], f"{label}: {check.transport} and in-process, every rank's lines", str(each[1][1][0][-1]))
    return each[1][1]
