# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of dasgd and elastic share: what they train, what a run leaves, and how it is compared with a replay of its
trace (oracle/asynchronous.py).

--transport=in-process runs ranks on a simulated network, openmpi and mpich as processes. --runs is how many random schedules, or
disturbed runs, are tried; --first is the seed of the first one.
"""

import dataclasses
import math
import random
import re

import compression
import harness
import numpy as np
from oracle import asynchronous, files, optimizers
from oracle.asynchronous import DECENTRALIZED, NORM, VARIANCE, Plan
from oracle.traces import Trace, between_views, histogram, staleness

SIZE = 48  # of the quadratic's parameters
#: Of replays in double of a few dozen steps in single precision.
TOLERANCE = 2e-5
#: Of parameters that ranks hold after draining, of the largest: sums of the same numbers in another order.
ROUNDING = 1e-5


# --- what is trained ---


def quadratic_text(size):
    """loss = 1/2 sum c (w - x)^2 with rows x and c, and its gradient c (w - x), in two parameters."""
    half = size // 2
    kind = lambda shape: f"tensor<{shape}xf32>"
    names, cut = ("w0", "w1"), (half, size - half)
    parameters = ", ".join(f'%{n}: {kind(s)} {{tacit.parameter = "{n}"}}' for n, s in zip(names, cut))
    data = ", ".join(f'%{d}: {kind(f"1x{size}")} {{tacit.data = "{d}"}}' for d in ("x", "c"))
    body = f"""  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %none = tensor.empty() : tensor<f32>
  %l0 = linalg.fill ins(%zero : f32) outs(%none : tensor<f32>) -> tensor<f32>
"""
    for i, (name, length, at) in enumerate(zip(names, cut, (0, half))):
        for d in ("x", "c"):
            body += f"""  %{d}{i}r = tensor.extract_slice %{d}[0, {at}] [1, {length}] [1, 1] : {kind(f"1x{size}")} to {kind(f"1x{length}")}
  %{d}{i} = tensor.collapse_shape %{d}{i}r [[0, 1]] : {kind(f"1x{length}")} into {kind(length)}
"""
        body += f"""  %e{i} = tensor.empty() : {kind(length)}
  %g{i} = linalg.generic {{indexing_maps = [#v, #v, #v, #v], iterator_types = ["parallel"]}}
      ins(%{name}, %x{i}, %c{i} : {kind(length)}, {kind(length)}, {kind(length)}) outs(%e{i} : {kind(length)}) {{
  ^bb0(%w: f32, %a: f32, %b: f32, %o: f32):
    %d = arith.subf %w, %a : f32
    %p = arith.mulf %b, %d : f32
    linalg.yield %p : f32
  }} -> {kind(length)}
  %l{i + 1} = linalg.generic {{indexing_maps = [#v, #v, #v, #n], iterator_types = ["reduction"]}}
      ins(%{name}, %x{i}, %g{i} : {kind(length)}, {kind(length)}, {kind(length)}) outs(%l{i} : tensor<f32>) {{
  ^bb0(%w: f32, %a: f32, %g: f32, %o: f32):
    %d = arith.subf %w, %a : f32
    %p = arith.mulf %g, %d : f32
    %h = arith.mulf %p, %half : f32
    %s = arith.addf %o, %h : f32
    linalg.yield %s : f32
  }} -> tensor<f32>
"""
    types = ", ".join(kind(s) for s in cut)
    head = "#v = affine_map<(i) -> (i)>\n#n = affine_map<(i) -> ()>\n"
    return head + f"func.func @value_and_grad({parameters}, {data}) -> (tensor<f32>, {types}) {{\n{body}  return %l2, %g0, %g1 : tensor<f32>, {types}\n}}\n"


class Quadratic:
    """Rows of random targets and curvatures in files; one row is a batch."""

    def __init__(self, folder, ranks, rows=97, size=SIZE, seed=0):
        rng = np.random.default_rng([seed, size])
        folder.mkdir(exist_ok=True)
        self.ranks, self.rows = ranks, rows
        self.x = rng.standard_normal((rows, size)).astype(np.float32)
        self.c = rng.uniform(0.2, 1.0, (rows, size)).astype(np.float32)
        half = size // 2
        self.init = {"w0": np.full(half, 2, np.float32), "w1": rng.standard_normal(size - half).astype(np.float32)}
        for name in ("x", "c"):
            np.save(folder / f"{name}.npy", getattr(self, name))
        files.save(folder / "init.safetensors", self.init)
        self.model = folder / "model.mlir"
        self.model.write_text(quadratic_text(size))
        self.arguments = [f"--load-parameters={folder / 'init.safetensors'}", f"--data=npy:x={folder}/x.npy,c={folder}/c.npy", "--shuffle=off"]

    def gradient(self, parameters, step, rank):
        row = (step * self.ranks + rank) % self.rows
        half, real = len(parameters["w0"]), parameters["w0"].dtype
        parts = {"w0": slice(0, half), "w1": slice(half, None)}
        loss, gradients = 0.0, {}
        for name, part in parts.items():
            away = parameters[name] - self.x[row, part].astype(real)
            gradients[name] = self.c[row, part].astype(real) * away
            loss += 0.5 * float(np.sum(gradients[name].astype(np.float64) * away))
        return loss, gradients


# --- strategies ---


def options(plan, topology="complete", more=""):
    """The text of --strategy for a plan."""
    words = []
    if plan.kind == DECENTRALIZED:
        name = "dasgd"
        words += [f"topology={topology}"] if topology != "complete" else []
        words += [f"max-staleness={plan.max_staleness}"] if plan.max_staleness is not None else []
        words += ["damping=on"] * plan.damping + ["scale=mean"] * plan.mean
        words += [f"send-every={plan.send_every}"] if plan.send_every > 1 else []
    else:
        name = "elastic"
        words += [f"scheduler={plan.kind}", f"max-delay={plan.max_delay}"]
        words += [f"beta={plan.beta:g}"] if plan.kind == NORM else ["wait=inf"] * (plan.wait == math.inf)
    words += [f"resync={plan.resync}"] if plan.resync else []
    text = f"{name}{{{' '.join(words)}}}" if words else name
    if plan.compression:
        sparse = plan.compression
        text += f"+topk{{density={sparse.density}}}" if sparse.compressor == "top_k" else f"+compress{{compressor={sparse.compressor}}}"
    return text + more


@dataclasses.dataclass
class Summary:
    """What the end of a run prints about asynchrony; None where it says nothing."""

    text: str
    average: float | None = None
    largest: int | None = None
    histogram: tuple = ()
    applied: int | None = None
    missing: int = 0
    lost: tuple = ()
    apart: float | None = None
    measured: float | None = None
    bound: float | None = None  # math.inf: unbounded
    gradient: float | None = None  # M
    faults: int = 0
    exceeded: bool = False

    @classmethod
    def of(cls, text):
        number = r"([-+0-9.e]+|inf|nan)"
        summary = cls(text)
        if m := re.search(rf"staleness: {number} on average, (\d+) at most \((.*)\)", text):
            counts = tuple((part.partition(":")[0], int(part.partition(":")[2])) for part in m[3].split(", "))
            summary.average, summary.largest, summary.histogram = float(m[1]), int(m[2]), counts
        if m := re.search(r"applied (\d+) times", text):
            summary.applied = int(m[1])
        if m := re.search(r"(\d+) updates? never came", text):
            summary.missing = int(m[1])
        summary.lost = tuple(sorted({int(r) for r in re.findall(r"rank (\d+) was lost", text)}))
        if m := re.search(rf"replicas differ by {number} at most", text):
            summary.apart = float(m[1])
        if m := re.search(rf"\|x - v\| / lr was at most {number}[^;\n]*; (?:unbounded|(EXCEEDS its|the) bound(?: is)? {number})", text):
            summary.measured, summary.exceeded = float(m[1].rstrip(",")), m[2] == "EXCEEDS its"
            summary.bound = float(m[3].rstrip(",")) if m[3] else math.inf
        if m := re.search(rf"\(M = {number}(?:, f = (\d+))?", text):
            summary.gradient, summary.faults = float(m[1].rstrip(",")), int(m[2] or 0)
        return summary


# --- runs ---


class Check(compression.Check):
    """A check of runs with traces."""

    def __init__(self):
        transports = dict(choices=["in-process", "openmpi", "mpich"], default="in-process")
        harness.Check.__init__(self, [("--transport", transports), ("--only", dict(nargs="+", metavar="PART", help="run these parts alone")),
                                      ("--runs", dict(type=int, default=0)), ("--first", dict(type=int, default=0))])  # fmt: skip
        self.transport = self.options.transport
        if self.transport != "in-process" and not harness.has_launcher(self.transport):
            harness.skip(f"no {harness.LAUNCHERS[self.transport][0]}")

    def quadratic(self, ranks, **settings):
        return Quadratic(self.work / f"quadratic{ranks}", ranks, **settings)

    def traced(self, label, subject, strategy, *words, optimizer="sgd{lr=0.1}", rounds=20, network="", seed=0, processes=False, summary=True):
        """A run that must succeed, with .trace, .lines of every rank, .saved, .summary; None if it fails."""
        stem = self.work / "".join(c if c.isalnum() else "-" for c in label)[:100]
        command = [*subject.arguments, f"--strategy={strategy}", f"--optimizer={optimizer}", f"--trace={stem}.json", f"--metrics={stem}.jsonl",
                   "--metrics-all-ranks", f"--save={stem}.safetensors", f"--seed={seed}", *words]  # fmt: skip
        if rounds:
            command.append(f"--rounds={rounds}")
        if network:
            command.append(f"--network={network}")
        how = dict(processes=subject.ranks, mpi=self.transport) if processes else {}
        if not processes:
            command.append(f"--ranks={subject.ranks}")
        run = self.run(subject.model, *command, **how)
        if run.status != 0:
            self.that(False, f"{label}: runs", f"{run.says()}\n  command: {run.shown}")
            return None
        run.label = label
        run.lines = [harness.rounds(stem.parent / f"{stem.name}.rank{rank}.jsonl") for rank in range(subject.ranks)]
        run.saved, run.subject = files.load(f"{stem}.safetensors"), subject
        run.optimizer = optimizer
        run.summary = Summary.of(run.stdout + run.stderr)
        if processes and not (stem.parent / f"{stem.name}.json").exists():
            run.trace = None
            return run
        run.trace = Trace(f"{stem}.json")
        if run.trace.ranks != subject.ranks:
            self.that(False, f"{label}: the trace has a row for each rank", f"{run.trace.ranks} rows")
            return None
        return run

    def replayed(self, run, plan, real=np.float64, schedule=""):
        return asynchronous.Replay(run.trace, run.subject.gradient, run.subject.init, plan, lambda: optimizers.make(run.optimizer, schedule), real)

    # --- comparisons: what is wrong, as texts ---

    def wrong_parameters(self, run, replay, tolerance=TOLERANCE):
        """Every live rank's copy and the saved model, beside the replay's. Who has lost ranks saves the model alone."""
        names, wrong, worst = list(run.subject.init), [], 0.0
        for rank in run.trace.live():
            own = {n: run.saved[key] for n in names if (key := f"rank{rank}/parameter/{n}") in run.saved}
            if not own and run.trace.lost_ranks():
                continue
            if not own:
                wrong.append(f"no rank{rank}/parameter/{names[0]} is saved")
                continue
            worst = max(worst, off := compression.distance(own, replay.parameters(rank)))
            if not off <= tolerance:
                wrong.append(f"rank {rank}'s parameters are {off:.1e} off")
        first = run.trace.live()[0]
        if not (off := compression.distance({n: run.saved[n] for n in names}, replay.parameters(first))) <= tolerance:
            wrong.append(f"the model is {off:.1e} off rank {first}'s")
        if run.trace.lost_ranks() and not abs((run.summary.apart or 0.0) - replay.apart()) <= 5 * tolerance + 5e-3 * replay.apart():
            wrong.append(f"the summary says that replicas differ by {run.summary.apart}, the replay's do by {replay.apart():.3g}")
        return wrong, max(worst, off)

    def wrong_losses(self, run, replay, tolerance=TOLERANCE):
        wrong = []
        for rank, lines in enumerate(run.lines):
            got, wanted = [line["loss"] for line in lines], replay.members[rank].losses
            if len(got) != len(wanted) or not np.allclose(got, wanted, rtol=tolerance, atol=0):
                at = next((i for i, (a, b) in enumerate(zip(got, wanted)) if not abs(a - b) <= tolerance * abs(b)), min(len(got), len(wanted)))
                wrong.append(f"rank {rank}: {len(got)} losses, {len(wanted)} views; loss {at} is {got[at:at + 1]}, wanted {wanted[at:at + 1]}")
        return wrong

    def wrong_staleness(self, run, elastic):
        """Events, lines of metrics and the summary, beside what is counted from the order of events."""
        wrong, every = [], []
        found = staleness(run.trace, elastic)
        for rank, events in enumerate(run.trace.events):
            own = [(e, value) for e, value in zip(events, found[rank]) if value is not None]
            if rank not in run.trace.lost_ranks():  # nobody can ask the others
                every += [value for _, value in own]
            differing = [(e, value) for e, value in own if e.staleness != value]
            if differing:
                wrong.append(f"rank {rank}: {len(differing)} of {len(own)} events, first {differing[0][0]}, counted {differing[0][1]}")
            # dasgd takes updates in before a step's gradient, elastic after it. What comes while a run ends is in no line, or in
            # the last.
            lists = between_views(run.trace, found, rank)[1 if elastic else 0 :]
            for number, (line, values) in enumerate(zip(run.lines[rank], lists)):
                last = number + 1 == len(run.lines[rank])
                wanted = [values[:n] for n in range(len(values) + 1)] if last and elastic else [values]
                fits = [((float(np.mean(v)), max(v)) if v else (None, None)) for v in wanted]
                got = line.get("staleness_avg"), line.get("staleness_max")
                if not any(got == fit or None not in got + fit and got[1] == fit[1] and abs(got[0] - fit[0]) <= 1e-6 * (1 + fit[0]) for fit in fits):
                    wrong.append(f"rank {rank}, line {number + 1}: {got}, counted {fits[-1]}")
                    break
        summary = run.summary
        if every:
            average, largest = float(np.mean(every)), max(every)
            if summary.average is None or abs(summary.average - average) > 6e-4 * average or summary.largest != largest or summary.applied != len(every):
                wrong.append(f"the summary says average {summary.average}, maximum {summary.largest} of {summary.applied}; counted {average:.5g}, {largest} of {len(every)}")
            counts = [(str(2**i // 2) if i < 2 else f"{2**i // 2}-{2**i - 1}", n) for i, n in enumerate(histogram(every))]
            if [pair for pair in summary.histogram if pair[1]] != [pair for pair in counts if pair[1]]:
                wrong.append(f"the summary's histogram is {summary.histogram}, counted {counts}")
        return wrong, every

    def wrong_distance(self, run, replay, faults=0):
        """What the summary says of |x - v| / lr and its bound, beside the replay's."""
        measured, largest = replay.consistency()
        bound, says, wrong = replay.bound(largest, faults), run.summary, []
        small = 1e-5 * largest  # of rounding, where nothing is late
        if says.measured is None:
            return ["the summary says nothing of |x - v| and its bound"], measured, bound
        if not abs(says.measured - measured) <= 1e-3 * measured + small:
            wrong.append(f"the summary measures {says.measured}, the replay {measured:.6g}")
        if not abs(says.gradient - largest) <= 1e-3 * largest:
            wrong.append(f"the summary's M is {says.gradient}, the replay's {largest:.6g}")
        if not (says.bound == bound or abs(says.bound - bound) <= 2e-3 * bound + small):
            wrong.append(f"the summary's bound is {says.bound}, the replay's {bound:.6g}")
        if says.faults != faults:
            wrong.append(f"the summary counts {says.faults} faults, wanted {faults}")
        if not measured <= bound + small or says.exceeded:
            wrong.append(f"{measured:.6g} exceeds the bound {bound:.6g}")
        return wrong, measured, bound

    def wrong_delivery(self, run, drops=False):
        """Each update at each live rank once, or known as missing; as the summary counts them."""
        trace, wrong = run.trace, list(run.trace.faults)
        if twice := trace.not_once():
            wrong.append(f"{len(twice)} not applied once: (rank, origin, sequence, times) {twice[:5]}")
        left = trace.not_applied()
        if left and not drops:
            wrong.append(f"{len(left)} never applied: (rank, origin, sequence) {left[:5]}")
        if run.summary.apart is None:
            wrong.append("the summary does not say how far replicas differ")
        if run.summary.missing != len(left):
            wrong.append(f"the summary says {run.summary.missing} missing, {len(left)} were not applied")
        return wrong


def random_schedule(seed, faults=""):
    """A network, a topology and a number of ranks: (ranks, topology or pairs, network)."""
    rng = random.Random(seed)
    ranks = rng.randint(2, 16)
    words = ["compute=10ms", f"latency={rng.choice(['0s', '100us', '5ms', '40ms'])}"]
    if rng.random() < 0.7:
        words.append("straggler=" + rng.choice(["exponential{mean=10ms}", "rotating{factor=4}"]))
    if rng.random() < 0.7:
        words.append("delay=" + rng.choice(["3ms", "exponential{mean=20ms}", "exponential{mean=100ms}", "uniform{from=0s to=50ms}"]))
    if rng.random() < 0.4:
        words.append(f"bandwidth={rng.choice([1, 10])}Mbit")
    if rng.random() < 0.5:
        words.append(f"duplicate={rng.choice([0.1, 0.5, 1])}")
    if rng.random() < 0.4:
        words.append(f"slow={rng.randrange(ranks)}:{rng.choice([3, 10])}")
    if rng.random() < 0.3:
        words.append(f"pause={rng.randrange(ranks)}@{rng.randint(1, 8)}:300ms")
    if "drop" in faults:
        words.append(f"drop={rng.choice([0.02, 0.1, 0.3])}")
    if "crash" in faults:
        dead = rng.sample(range(ranks), rng.randint(1, min(3, ranks - 1)))
        words.append("crash=" + ",".join(f"{rank}@{rng.randint(0, 9)}" for rank in dead))
    topology = rng.choice(["complete", "ring", "exponential", "edges"])
    if topology == "edges":
        # A random tree and some more.
        pairs = {(rng.randrange(b), b) for b in range(1, ranks)}
        pairs |= {tuple(sorted(rng.sample(range(ranks), 2))) for _ in range(rng.randint(0, ranks))}
        topology = sorted(pairs)
    return ranks, topology, " ".join(words)
