# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""accumulate=N: the mean gradient of N batches makes one step. With --shuffle=off it is the step of a batch of N times as
many rows: against the same model with that batch, and against the oracle."""

import functools
import json

import harness
import local_runs
import numpy as np
import subjects
from compression import MARGIN, STRATEGIES, Check, options, with_
from local_runs import TOLERANCE, command, small
from oracle import files, optimizers, sparsification, training
from oracle.local import Plan

check = Check()
Trained, both = functools.partial(local_runs.Trained, check), functools.partial(local_runs.both, check)
HALF = "step{every=6 gamma=0.5}"
#: Batches of a step, by ranks: powers of two, by which a division is exact, and others.
POWERS, OTHERS = {1: 4, 2: 2, 3: 2, 4: 4}, {1: 3, 2: 5, 3: 3, 4: 3}
MOMENTUM, ADAMW = "sgd{lr=0.05 momentum=0.9}", "adamw{lr=0.01}"


class Accumulated:
    """What P ranks see that accumulate N batches, of a subject of one rank: step t of rank r takes the batches (t P + r) N
    and the next N - 1."""

    def __init__(self, one, ranks, accumulate):
        assert one.ranks == 1
        self.one, self.ranks, self.accumulate = one, ranks, accumulate

    def __getattr__(self, name):
        return getattr(self.one, name)

    def gradient(self, parameters, step, rank):
        first = (step * self.ranks + rank) * self.accumulate
        losses, each = zip(*(self.one.gradient(parameters, batch, 0) for batch in range(first, first + self.accumulate)))
        real = next(iter(parameters.values())).dtype.type
        return np.mean(losses, dtype=np.float64), {n: sum(g[n] for g in each) / real(self.accumulate) for n in each[0]}


class Larger:
    """An exported graph for N times as many rows in a batch."""

    def __init__(self, name, ranks, times):
        graph = subjects.Graph(name, ranks)
        text = graph.model.read_text()
        sizes = [graph.batch, graph.batch * times]
        text = text.replace(f"tensor<{sizes[0]}x", f"tensor<{sizes[1]}x")
        # The number of rows that a mean divides by.
        mean = [f"arith.constant {size:.6e} : f32" for size in sizes]
        assert text.count(mean[0]) == 1
        self.model = check.work / f"{name}-{sizes[1]}.mlir"
        self.model.write_text(text.replace(*mean))
        self.ranks, self.arguments = ranks, graph.arguments


def with_option(strategy, accumulate):
    """The strategy's text with one option more, in its first part."""
    first, plus, rest = strategy.partition("+")
    name, _, settings = first.rstrip("}").partition("{")
    return f"{name}{{{settings}{' ' * bool(settings)}accumulate={accumulate}}}{plus}{rest}"


# --- batches of N times as many rows ---


def larger():
    """Many steps of a model whose batch has N times as many rows."""
    for ranks, accumulate in ((1, 2), (2, 3), (3, 4)):
        for name, strategy, optimizer in (("mlp", "ssgd", MOMENTUM), ("mlp", "ssgd", ADAMW), ("mlp", "ssgd{clip=0.3}", "sgd{lr=0.1}"), ("logreg", "ssgd", ADAMW),
                                          ("mlp", "pasgd{period=3}", MOMENTUM), ("mlp", "pasgd{period=3 clip=0.3}", ADAMW),
                                          ("mlp", "diloco{period=3}", ADAMW)):  # fmt: skip
            label = f"{strategy}, {optimizer}, {name}, {accumulate} batches on {ranks} ranks"
            graph, large = subjects.Graph(name, ranks), Larger(name, ranks, accumulate)
            words = [f"--optimizer={optimizer}", f"--schedule={HALF}", f"--ranks={ranks}"]
            length = "--rounds=20" if strategy.startswith("ssgd") else "--rounds=6"
            one = check.train("one", graph.model, *graph.arguments, *words, length, f"--strategy={with_option(strategy, accumulate)}")
            other = check.train("other", large.model, *large.arguments, *words, length, f"--strategy={strategy}")
            check.near(f"{label}: parameters as of a larger batch", one.parameters, other.parameters, TOLERANCE)
            check.close(f"{label}: losses", one.losses, other.losses, TOLERANCE)
            keys = ("round", "step", "lr", "bytes_sent", "messages_sent", "tau")
            got, wanted = ([[line.get(key) for key in keys] for line in run.rounds] for run in (one, other))
            check.that(got == wanted, f"{label}: steps, rates and bytes", str(got[-1]) if got == wanted else f"{got} and {wanted}")


def shuffled():
    """An epoch in another order, too, is that of the larger batch: the same rows by the same rank in the same steps."""
    for ranks, accumulate in ((1, 3), (2, 2)):
        graph, large = subjects.Graph("mlp", ranks), Larger("mlp", ranks, accumulate)
        words = [graph.arguments[0], graph.arguments[1], "--shuffle=on", "--seed=3", "--optimizer=sgd{lr=0.1}", "--epochs=3", f"--ranks={ranks}"]
        one = check.train("one", graph.model, *words, f"--strategy=ssgd{{accumulate={accumulate}}}")
        other = check.train("other", large.model, *words)
        check.close(f"shuffled, {accumulate} batches on {ranks} ranks: losses of 3 epochs", one.losses, other.losses, TOLERANCE)


# --- the oracle ---


def local():
    """Local updates of the oracle, with bits where they are defined."""
    gtopk = with_(STRATEGIES["gtopk"][1], density=0.05)
    for ranks in check.often((1, 3), 2, 4):
        accumulate = POWERS[ranks]
        given = Accumulated(check.given(f"local{ranks}-{accumulate}", 1, 10 * ranks * accumulate, source=small), ranks, accumulate)
        for name, strategy, plan in (("pasgd", "pasgd{period=3}", Plan(period=3)), ("reset", "pasgd{period=4 local-optimizer-state=reset}", Plan(period=4, state="reset")),
                                     ("gtopk", f"pasgd{{period=3}}+{options(STRATEGIES['gtopk'][0])}", Plan(period=3, sparse=gtopk))):  # fmt: skip
            both(f"{name}-given-{ranks}-{accumulate}", given, with_option(strategy, accumulate), plan, "sgd{lr=0.125 momentum=0.5}", 10)
        accumulate = OTHERS[ranks]
        graph = Accumulated(subjects.Graph("mlp", 1), ranks, accumulate)
        for name, strategy, plan, optimizer in (
            ("pasgd", "pasgd{period=3}", Plan(period=3), MOMENTUM), ("average", "pasgd{period=3 local-optimizer-state=average}", Plan(period=3, state="average"), ADAMW),
            ("diloco", "diloco{period=4}", Plan("nesterov", 4, rate=0.7, momentum=0.9), ADAMW),
            ("adacomm", "adacomm{initial-period=6 interval-steps=6}", Plan(period=6, interval=6, state="reset"), "sgd{lr=0.2}"),
        ):  # fmt: skip
            Trained(f"{name}-mlp-{ranks}-{accumulate}", graph, with_option(strategy, accumulate), plan, optimizer, 22, "step{every=9 gamma=0.5}", np.float64).compared(TOLERANCE)
        clipped = local_runs.Clipped(Accumulated(subjects.Graph("mlp", 1), ranks, 3), 0.3)
        Trained(f"clipped-mlp-{ranks}", clipped, "pasgd{period=3 clip=0.3 accumulate=3}", Plan(period=3), "sgd{lr=0.3}", 11, "", np.float64).compared(TOLERANCE)


def synchronous():
    """Exchanges of gradients: what is compressed is the mean of N batches. An exchange of everything is ssgd."""
    whole = sparsification.Plan("dense", density=1.0)
    for ranks in check.often((1, 3), 2, 4):
        accumulate = POWERS[ranks]
        given = Accumulated(check.given(f"given{ranks}-{accumulate}", 1, 10 * ranks * accumulate), ranks, accumulate)
        few = Accumulated(check.given(f"few{ranks}-{accumulate}", 1, 10 * ranks * accumulate, source=small), ranks, accumulate)
        for name, schedule in (("topk", ""), ("gtopk", HALF), ("ok_topk", "")):
            text, plan = STRATEGIES[name]
            exchanged(f"{name}-{ranks}-{accumulate}", few, with_option(options(text), accumulate), with_(plan, density=0.05), "sgd{lr=0.5}", schedule)
        exchanged(f"correction-{ranks}-{accumulate}", few, f"gtopk{{density=0.05 momentum-correction=0.5 accumulate={accumulate}}}",
                  with_(STRATEGIES["gtopk"][1], density=0.05, momentum=0.5), "sgd{lr=0.125}", "")  # fmt: skip
        exchanged(f"ssgd-{ranks}-{accumulate}", few, f"ssgd{{accumulate={accumulate}}}", whole, "sgd{lr=0.125 momentum=0.5}", HALF, 0.0 if ranks != 3 else 1e-6)
        # Of all kinds of numbers, what is added first matters.
        exchanged(f"kinds-{ranks}-{accumulate}", given, f"ssgd{{accumulate={accumulate}}}", whole, "sgd{lr=0.125}", "", 1e-6)
        accumulate = OTHERS[ranks]
        graph = Accumulated(subjects.Graph("mlp", 1), ranks, accumulate)
        for name, text, plan in (("ssgd", "ssgd", whole), *((n, f"{n}{{density=0.05}}", with_(STRATEGIES[n][1], density=0.05)) for n in ("gtopk", "topk"))):
            for optimizer in (MOMENTUM, ADAMW):
                exchanged(f"{name}-mlp-{ranks}-{accumulate}-{optimizer[:4]}", graph, with_option(text, accumulate), plan, optimizer, HALF, 2e-6)


def exchanged(label, subject, strategy, plan, optimizer, schedule, tolerance=0.0):
    """Parameters, residuals and losses of as many rounds, up to 10, as rounding cannot change the selection in."""
    train = lambda rounds: sparsification.train(subject.gradient, subject.init, plan, optimizers.make(optimizer, schedule), subject.ranks, rounds)
    rounds = next(r for r in range(10, 0, -1) if not tolerance or plan.density == 1 or train(r).gap > MARGIN * tolerance)
    wanted = train(rounds)
    words = [*subject.arguments, f"--strategy={strategy}", f"--optimizer={optimizer}", f"--rounds={rounds}"] + ([f"--schedule={schedule}"] if schedule else [])
    run = check.every_rank(label, subject, *words)
    if not run:
        return
    compare = functools.partial(check.near, fraction=tolerance) if tolerance else same_numbers
    compare(f"{label}: parameters of {rounds} rounds", run.parameters, wanted.parameters)
    if plan.density < 1:
        saved = files.load(run.saved)
        for rank in range(subject.ranks):
            own = {n: saved[f"rank{rank}/residual/{n}"] for n in subject.init if f"rank{rank}/residual/{n}" in saved}
            largest = max(float(np.abs(t).max()) for t in wanted.residuals[rank].values())
            off = local_runs.deviation(own, wanted.residuals[rank], largest)
            check.that(off <= 10 * tolerance, f"{label}: residual of rank {rank}", f"within {off:.1e} (allowed {10 * tolerance:g})")
    losses = [[line["loss"] for line in each] for each in zip(*run.lines)]
    check.close(f"{label}: losses of each rank, the mean of their batches", losses, wanted.losses, max(1e-6, tolerance))


def same_numbers(label, got, wanted):
    off = local_runs.equal(got, wanted)
    check.that(not off, label, off or "every number")


# --- what is counted ---


def counted():
    """Evaluations count batches, steps count updates, and an epoch is as many updates as its rows make."""
    rows, batch = 200, 16
    for ranks, accumulate in ((1, 1), (1, 2), (1, 5), (2, 3), (3, 2), (3, 5)):
        graph = subjects.Graph("mlp", ranks)
        evaluate = f"--eval-data={graph.arguments[1].removeprefix('--data=')}"
        epoch = max(1, rows // (ranks * batch * accumulate))
        for strategy, period in ((f"ssgd{{accumulate={accumulate}}}", 1), (f"pasgd{{period=4 accumulate={accumulate}}}", 4)):
            words = [*graph.arguments[:2], f"--strategy={strategy}", "--optimizer=sgd{lr=0.1}", f"--ranks={ranks}", evaluate, "--eval-every=1"]
            label = f"{strategy} on {ranks} ranks"
            for shuffle in ("on", "off") if ranks == 1 else ("on" if period > 1 else "off",):
                run = check.train("counted", graph.model, *words, "--epochs=3", f"--shuffle={shuffle}")
                steps = [min(period * (i + 1), 3 * epoch) for i in range(-(-3 * epoch // period))]
                check.that([line["step"] for line in run.rounds] == steps, f"{label}, shuffle {shuffle}: 3 epochs are {3 * epoch} steps", str([line["step"] for line in run.rounds]))
                evaluated = [(line["step"], line["evaluations"]) for line in harness.evaluations(run.metrics)]
                wanted = [(step, step * ranks * accumulate) for step in steps]
                check.that(evaluated[: len(wanted)] == wanted and set(evaluated) == set(wanted), f"{label}, shuffle {shuffle}: evaluations", str(evaluated[-1:]))
            metadata = files.metadata(run.saved)
            check.that((int(metadata["step"]), int(metadata["evaluations"])) == (steps[-1], steps[-1] * ranks * accumulate), f"{label}: metadata", json.dumps(metadata)[:300])
            run = check.train("counted", graph.model, *words, "--rounds=3")
            check.that([line["step"] for line in run.rounds] == [period, 2 * period, 3 * period], f"{label}: 3 rounds")
            run = check.train("counted", graph.model, *words, f"--evaluations={6 * ranks * accumulate}")
            check.that(run.rounds[-1]["step"] == 6, f"{label}: --evaluations counts batches", f"{run.rounds[-1]['step']} steps")
    run = check.run(graph.model, *graph.arguments, "--strategy=ssgd{accumulate=13}", "--optimizer=sgd{lr=0.1}", "--rounds=1")
    check.one_line("fewer rows than 13 batches", run, [r"\b200\b", r"\b13\b", r"\b16\b"])
    # A fifth of the run's steps.
    graph = subjects.Graph("mlp", 2)  # an epoch is 2 steps
    run = check.train("fifth", graph.model, *graph.arguments, "--strategy=adacomm{initial-period=2 accumulate=3}", "--optimizer=sgd{lr=0.1}", "--ranks=2", "--epochs=10")
    got = int(files.load(run.saved)["counter/interval_steps"])
    check.that(got == 4 and run.rounds[-1]["step"] == 20, "adacomm: an interval is a fifth of 20 steps", f"{got} steps")


def one():
    """accumulate=1 is nothing at all."""
    for strategy in ("ssgd", "gtopk{density=0.05}", "pasgd{period=3}", "adacomm{initial-period=4 interval-steps=5}", "diloco{period=3}+gtopk{density=0.05}"):
        graph = subjects.Graph("mlp", 3)
        runs = [check.train("one", graph.model, *graph.arguments, f"--strategy={text}", f"--optimizer={MOMENTUM}", "--rounds=7", "--ranks=3", "--shuffle=on")
                for text in (strategy, with_option(strategy, 1))]  # fmt: skip
        loaded = [files.load(check.work / "one.safetensors")]
        check.same(f"{with_option(strategy, 1)}: parameters", runs[1].parameters, runs[0].parameters)
        check.that(local_runs.timeless(runs[1].rounds) == local_runs.timeless(runs[0].rounds), f"{with_option(strategy, 1)}: the rounds' lines")
        again = check.train("two", graph.model, *graph.arguments, f"--strategy={strategy}", f"--optimizer={MOMENTUM}", "--rounds=7", "--ranks=3", "--shuffle=on")
        check.same(f"{with_option(strategy, 1)}: the whole checkpoint", loaded[0], files.load(again.saved))


# --- saved, spoilt, refused ---

KINDS = {
    "ssgd": ("ssgd{accumulate=3}", ADAMW),
    "gtopk": ("gtopk{density=0.02 accumulate=2}", "sgd{lr=0.05}"),
    "pasgd": ("pasgd{period=3 accumulate=3}", MOMENTUM),
    "pasgd+gtopk": ("pasgd{period=3 accumulate=2}+gtopk{density=0.02}", MOMENTUM),
    "adacomm": ("adacomm{initial-period=7 interval-steps=10 accumulate=2}", "sgd{lr=0.1 momentum=0.9}"),
    "diloco": ("diloco{period=3 accumulate=2}", ADAMW),
    "easgd": ("easgd{period=3 accumulate=2}", ADAMW),
}


def resumed():
    for name, (strategy, optimizer) in KINDS.items():
        for ranks in (1, 3) if name in ("ssgd", "diloco") else (3,):
            local_runs.resumed(check, f"resumed-{name}-{ranks}", subjects.Graph("mlp", ranks), strategy, optimizer, HALF)


def spoilt():
    """A row that is not a number is noticed in whichever of the batches it is."""
    graph = subjects.Graph("mlp", 2)
    for batch in range(3):
        x = graph.x.copy()
        x[(3 * 3 + batch) * 16 + 5] = np.nan  # of the second step of rank 1
        np.save(check.work / "x.npy", x)
        data = f"--data=npy:x={check.work / 'x.npy'},y={graph.folder / 'y.npy'}"
        for strategy in ("ssgd{accumulate=3}", "pasgd{period=4 accumulate=3}"):
            run = check.run(graph.model, graph.arguments[0], data, "--shuffle=off", f"--strategy={strategy}", "--optimizer=sgd{lr=0.1}", "--rounds=4", "--ranks=2")
            check.one_line(f"{strategy}: NaN in batch {batch} of 3", run, ["rank 1", "nan|not finite"], begun=True)


def refused():
    graph = subjects.Graph("mlp", 2)
    for strategy in ("ssgd", "topk", "gtopk{density=0.1}", "ok_topk", "compress{compressor=sign}", "pasgd", "adacomm{interval-steps=4}", "block_momentum", "diloco", "easgd"):
        for text in ("0", "-2", "1.5", "x", "", "nan") if strategy in ("ssgd", "pasgd") else ("0", "2.5"):
            run = check.run(graph.model, *graph.arguments, f"--strategy={with_option(strategy, text)}", "--optimizer=sgd{lr=0.1}", "--rounds=2", "--ranks=2")
            check.one_line(f"{strategy}: accumulate={text}", run, ["accumulate"])
    run = check.run(graph.model, *graph.arguments, "--strategy=pasgd{accumulate=2}+gtopk{density=0.1 accumulate=3}", "--optimizer=sgd{lr=0.1}", "--rounds=2", "--ranks=2")
    check.one_line("two numbers of batches", run, ["accumulate"])
    pair = [check.train("second", graph.model, *graph.arguments, f"--strategy={text}", "--optimizer=sgd{lr=0.1}", "--rounds=3", "--ranks=2")
            for text in ("pasgd{period=3 accumulate=2}+gtopk{density=0.1}", "pasgd{period=3}+gtopk{density=0.1 accumulate=2}")]  # fmt: skip
    check.same("accumulate, whichever part of a strategy says it", pair[1].parameters, pair[0].parameters)


def processes():
    for name, (strategy, optimizer) in KINDS.items():
        for ranks in (3,) if name in ("ssgd", "pasgd+gtopk") else (4,):
            graph = subjects.Graph("mlp", ranks)
            words = [*graph.arguments, f"--strategy={strategy}", f"--optimizer={optimizer}", f"--schedule={HALF}", "--rounds=6"]
            local_runs.as_processes(check, f"{name}-{ranks}", graph, *words)


if check.transport == "in-process":
    check.parts(larger, shuffled, local, synchronous, counted, one, resumed, spoilt, refused)
else:
    check.parts(processes)
check.finish()
