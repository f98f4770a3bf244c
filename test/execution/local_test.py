# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Local updates against oracle/local.py: what a round leaves in parameters, local and outer optimizers, residuals and bytes,
AdaComm's periods, and runs that are saved and resumed.

Models whose gradients are their data make every number defined to the last bit where rates and factors are powers of two.
On more than two ranks the order of a dense sum is not defined: bits are compared there where the oracle rounds nothing
(its single and double precision agree), and within a tolerance otherwise.
"""

import copy
import functools
import os
import signal
import time

import harness
import local_runs
import numpy as np
import subjects
from compression import MARGIN, SHAPES, SIZE, STRATEGIES, Check, equal, options, state, with_
from local_runs import TOLERANCE, command, small, timeless
from oracle import files, local, optimizers, sparsification
from oracle.local import Plan

check = Check()
Trained, both = functools.partial(local_runs.Trained, check), functools.partial(local_runs.both, check)
#: Factors that are powers of two, and others.
SGD, ADAMW = "sgd{lr=0.125 momentum=0.5}", "adamw{lr=0.01}"


# --- what is another strategy ---


def identities():
    for ranks in check.often((1, 3, 4), 2, 8):
        # Parameters of few bits: a mean of updates and an update by the mean are one number.
        subject = check.given(f"few{ranks}", ranks, 3, source=small)
        one, other = (check.train(f"{name}-few-{ranks}", subject.model, *command(subject, text, "sgd{lr=0.125}", 3), f"--ranks={ranks}")
                      for name, text in (("ssgd", "ssgd"), ("period1", "pasgd{period=1}")))  # fmt: skip
        if ranks == 3:
            check.near("period=1 is ssgd on 3 ranks", other.parameters, one.parameters, 5e-7)
        else:
            check.same(f"period=1 is ssgd on {ranks} ranks", other.parameters, one.parameters)
        for name, optimizer in (("mlp", "sgd{lr=0.1}"), ("mlp", "sgd{lr=0.05 momentum=0.9}"), ("logreg", "sgd{lr=0.1}")):
            if ranks not in (1, 3) and (name == "logreg" or "momentum" in optimizer):
                continue
            as_others(subjects.Graph(name, ranks), f"{name}-{ranks}-{optimizer[4:-1].replace(' ', '-')}", optimizer)


#: What is what, to rounding, and to the last bit on one rank where `bits`.
SAME = [
    ("pasgd{period=1}", "ssgd", True),
    ("pasgd{period=1 local-optimizer-state=average}", "ssgd", True),
    ("diloco{period=4 outer-lr=1 outer-momentum=0}", "pasgd{period=4}", False),
    ("block_momentum{period=4 beta=0}", "pasgd{period=4 local-optimizer-state=reset}", False),
]


def as_others(graph, label, optimizer):
    train = lambda strategy: check.train("other", graph.model, *command(graph, strategy, optimizer, 14), f"--ranks={graph.ranks}")
    runs = {strategy: train(strategy) for pair in SAME for strategy in pair[:2]}
    for strategy, reference, bits in SAME:
        what, one, other = f"{strategy} is {reference}, {label}", runs[strategy], runs[reference]
        if bits and graph.ranks == 1:
            check.same(what, one.parameters, other.parameters)
        else:
            check.near(what, one.parameters, other.parameters, 5e-6)
        check.close(f"losses: {what}", one.losses, other.losses, 5e-6)
    long = train("adacomm{initial-period=4 interval-steps=1000}")
    what = f"adacomm with an interval longer than the run is pasgd with reset, {label}"
    check.same(what, long.parameters, runs[SAME[3][1]].parameters)
    check.that([line["tau"] for line in long.rounds] == [4] * 4, f"{what}: tau")


def one_rank():
    """Whatever the period, one rank is plain training, local optimizer and all."""
    for name, texts in (("logreg", ["sgd{lr=0.1}"]), ("mlp", ["sgd{lr=0.1}", "sgd{lr=0.05 momentum=0.9 nesterov=true weight-decay=0.01}", ADAMW])):
        graph = subjects.Graph(name, 1)
        for optimizer in texts:
            schedule = "step{every=7 gamma=0.5}"
            plain = check.train("plain", graph.model, *command(graph, "ssgd", optimizer, 20, schedule))
            for strategy in ("pasgd{period=20}", "pasgd{period=6 local-optimizer-state=average}", "pasgd{period=1000}",
                             "adacomm{initial-period=5 interval-steps=7 local-optimizer-state=keep}"):  # fmt: skip
                run = check.train("alone", graph.model, *command(graph, strategy, optimizer, 20, schedule))
                label = f"{strategy} on one rank, {name}, {optimizer}"
                check.same(f"{label}: is plain training", run.parameters, plain.parameters)
                at = [0] + [line["step"] for line in run.rounds]
                means = [np.mean(plain.losses[a:b]) for a, b in zip(at, at[1:])]
                check.that(run.losses == means or np.allclose(run.losses, means, rtol=1e-15, atol=0), f"{label}: a round's loss is the mean of its steps'")
                check.that(all(line["bytes_sent"] == 0 for line in run.rounds), f"{label}: sends nothing")


# --- local and outer optimizers ---


def local_state():
    for ranks in check.often((1, 3, 4), 2, 8):
        given = check.given(f"state{ranks}", ranks, 10, source=small)
        for kind in ("keep", "reset", "average"):
            strategy, plan = f"pasgd{{period=3 local-optimizer-state={kind}}}", Plan(period=3, state=kind)
            both(f"{kind}-given-{ranks}", given, strategy, plan, SGD, 10)
            for name, optimizer in (("mlp", "sgd{lr=0.05 momentum=0.9}"), ("mlp", ADAMW), ("logreg", ADAMW)):
                if name == "mlp" or ranks == 3:
                    label, graph = f"{kind}-{name}-{ranks}-{optimizer.partition('{')[0]}", subjects.Graph(name, ranks)
                    Trained(label, graph, strategy, plan, optimizer, 11, "step{every=4 gamma=0.5}", np.float64).compared(TOLERANCE)
    # What holds where nothing is said.
    graph = subjects.Graph("mlp", 3)
    for name, default in (("pasgd", "keep"), ("diloco", "keep"), ("adacomm", "reset"), ("block_momentum", "reset")):
        settings = "initial-period=4 interval-steps=6" if name == "adacomm" else "period=4"
        runs = {kind: check.train("default", graph.model, *command(graph, f"{name}{{{settings}{kind}}}", "sgd{lr=0.05 momentum=0.9}", 10), "--ranks=3")
                for kind in ("", *(f" local-optimizer-state={kind}" for kind in ("keep", "reset", "average")))}  # fmt: skip
        same = [kind[23:] for kind, run in runs.items() if kind and not equal(run.parameters, runs[""].parameters)]
        check.that(same == [default], f"{name}: its local optimizer state is {default} unless told otherwise", f"equal to {same}")


OUTER = {
    "diloco": ("diloco{period=4 outer-lr=0.5 outer-momentum=0.5}", Plan("nesterov", 4, rate=0.5, momentum=0.5)),
    "diloco-whole": ("diloco{period=4 outer-lr=1 outer-momentum=0.5}", Plan("nesterov", 4, rate=1, momentum=0.5)),
    "block_momentum": ("block_momentum{period=4 beta=0.5}", Plan("block_momentum", 4, state="reset", rate=1, momentum=0.5)),
    "block_momentum-half": ("block_momentum{period=3 beta=0.25 outer-lr=0.5}", Plan("block_momentum", 3, state="reset", rate=0.5, momentum=0.25)),
    "diloco-own": ("diloco{period=5}", Plan("nesterov", 5, rate=0.7, momentum=0.9)),
    "block_momentum-own": ("block_momentum", Plan("block_momentum", 8, state="reset", rate=1, momentum=0.3)),
}


def outer():
    """Several rounds, the last one short, and rates that change within a round and at its end."""
    for ranks in check.often((1, 3, 4), 2, 8):
        given = check.given(f"outer{ranks}", ranks, 14, source=small)
        for name, (strategy, plan) in OUTER.items():
            for schedule in ("", "step{every=3 gamma=0.5}"):
                label = f"{name}-{ranks}{'-schedule' * bool(schedule)}"
                if not name.endswith("own"):
                    both(f"{label}-given", given, strategy, plan, SGD, 14, schedule)
                if name.endswith("own") or ranks == 3:
                    for graph, optimizer in (("mlp", "sgd{lr=0.05 momentum=0.9}"), ("logreg", ADAMW)):
                        if schedule or graph == "mlp":
                            Trained(f"{label}-{graph}", subjects.Graph(graph, ranks), strategy, plan, optimizer, 22, schedule, np.float64).compared(TOLERANCE)


# --- AdaComm ---

HALF = "step{every=6 gamma=0.5}"


def adaptive():
    cases = [("mlp", 8, 10, 60, ""), ("mlp", 8, 10, 60, HALF), ("mlp", 16, 16, 50, "step{every=9 gamma=0.3}"), ("mlp", 1, 3, 12, HALF), ("mlp", 5, 1, 20, ""),
             ("mlp", 4, 1000, 11, HALF), ("mlp", 32, 5, 80, ""), ("logreg", 8, 10, 60, HALF),
             # The rate falls where intervals end, and what it is in the next step decides.
             ("mlp", 10, 20, 60, "step{every=20 gamma=0.75}"), ("mlp", 20, 20, 100, "step{every=40 gamma=0.5}")]  # fmt: skip
    for ranks in check.often((1, 3, 4), 2, 8):
        for name, initial, interval, steps, schedule in cases if ranks == 3 else cases[1:4] + cases[8:]:
            label = f"adacomm-{name}-{ranks}-{initial}-{interval}{'-schedule' * bool(schedule)}"
            plan = Plan(period=initial, interval=interval, state="reset")
            strategy = f"adacomm{{initial-period={initial} interval-steps={interval}}}"
            run = Trained(label, subjects.Graph(name, ranks), strategy, plan, "sgd{lr=0.2}", steps, schedule, np.float64).compared(TOLERANCE)
            if run.run and initial == 1:
                check.that({line["tau"] for own in run.run.lines for line in own} == {1}, f"{label}: tau stays 1")
        # Losses that go up and down as the data say.
        for seed in range(2):
            subject = check.given(f"adaptive{ranks}-{seed}", ranks, 24, source=small, seed=seed)
            plan = Plan(period=6, interval=6, state="reset")
            both(f"adacomm-given-{ranks}-{seed}", subject, "adacomm{initial-period=6 interval-steps=6}", plan, "sgd{lr=0.125}", 24, "step{every=8 gamma=0.25}")


def interval():
    """A fifth of the run's local steps, where nothing is said."""
    graph = subjects.Graph("mlp", 2)  # an epoch is 6 steps
    for words, steps in ((["--epochs=5"], 30), (["--evaluations=80"], 40), (["--evaluations=4"], 2), (["--epochs=3"], 18)):
        run = check.train("fifth", graph.model, *graph.arguments, "--strategy=adacomm{initial-period=4}", "--optimizer=sgd{lr=0.1}", "--ranks=2", *words)
        got = int(files.load(run.saved)["counter/interval_steps"])
        fits = got in {max(1, steps // 5), max(1, -(-steps // 5))} and run.rounds[-1]["step"] == steps
        check.that(fits, f"adacomm {words[0]}: the interval is a fifth of {steps} steps", f"{got} steps")
    run = check.run(graph.model, *graph.arguments, "--strategy=adacomm", "--ranks=2", "--rounds=9")
    check.one_line("adacomm with --rounds and no interval-steps", run, ["interval.steps", "rounds", "epochs"])


# --- AdaComm by the clock ---


def followed(lines, clocks, initial, interval, rate, slack):
    """Whether the periods of every round follow from the losses of all ranks and rank 0's clock when rounds ended, and how
    many intervals there were. An interval that would end within `slack` seconds of a round's end may have ended or not."""
    possible = [local.AdaComm(initial, interval, rate)]
    for number, each in enumerate(zip(*lines)):
        taus, losses = {line["tau"] for line in each}, [line["loss"] for line in each]
        possible = [adaptive for adaptive in possible if taus == {adaptive.tau}]
        following = []
        for adaptive in possible:
            since = clocks[number] - adaptive.begin
            for ends in {since >= interval - slack, since >= interval + slack}:
                following.append(copy.deepcopy(adaptive))
                following[-1].averaged(each[0]["step"], losses, adaptive.begin + ends * interval * 2)
                following[-1].begin = clocks[number] if ends else adaptive.begin
        possible = list({(adaptive.tau, adaptive.begin): adaptive for adaptive in following}.values())
        if not possible:
            return f"round {number + 1}: tau {sorted(taus)} after {[line['tau'] for line in lines[0][:number]]}", 0
    return "", max(len(adaptive.intervals) for adaptive in possible)


NETWORKS = ["latency=1ms bandwidth=10Mbit compute=10ms", "compute=10ms latency=200us straggler=exponential{mean=5ms}",
            "compute=5ms bandwidth=20Mbit straggler=rotating{factor=3} slow=0:2", "compute=10ms latency=3ms slow=1:3"]  # fmt: skip


def by_the_clock():
    """Intervals in seconds of rank 0's virtual clock, which is the same in every run."""
    for ranks in check.often((1, 3), 2, 4):
        graph = subjects.Graph("mlp", ranks)
        for network in NETWORKS[: 4 if ranks > 1 else 3]:
            # A time between the ends of rounds, at all of them: the clock is read some messages before a line is written.
            for seconds in (0.331, 0.277, 0.393, 0.231):
                strategy = f"adacomm{{initial-period=12 interval-seconds={seconds}}}"
                words = [*command(graph, strategy, "sgd{lr=0.2}", 90, "step{every=40 gamma=0.5}"), f"--network={network}"]
                run = check.every_rank("clock", graph, *words)
                if not run:
                    return
                clocks = [line["virtual_seconds"] for line in run.lines[0]]
                rate = optimizers.make("sgd{lr=0.2}", "step{every=40 gamma=0.5}").rate
                wrong, intervals = followed(run.lines, clocks, 12, seconds, rate, 0.0)
                near, _ = followed(run.lines, clocks, 12, seconds, rate, 0.02)
                if not wrong or near:
                    break
            taus = [line["tau"] for line in run.lines[0]]
            check.that(not wrong and intervals >= 2 and len(set(taus)) >= 3, f"interval-seconds={seconds} on {ranks} ranks, {network}", wrong or f"{intervals} intervals, tau {taus}")
        again = check.every_rank("clock-again", graph, *words)
        same = again is not None and again.lines[0][-1]["virtual_seconds"] == clocks[-1] and [line["tau"] for line in again.lines[0]] == taus
        check.that(same, f"interval-seconds on {ranks} ranks: the same again", f"{clocks[-1]} s")
        # Where a step takes a hundredth of a second, and nothing else any time, it is a number of steps.
        for steps in (7, 10, 25):
            common = command(graph, "", "sgd{lr=0.2}", 60, HALF)
            runs = []
            for setting in (f"interval-steps={steps}", f"interval-seconds={(steps - 0.5) / 100}"):
                words = [f"--strategy=adacomm{{initial-period=6 {setting}}}" if word == "--strategy=" else word for word in common]
                runs.append(check.every_rank("steps", graph, *words, "--network=compute=10ms"))
            if None not in runs:
                what = f"interval-seconds of {steps} steps on {ranks} ranks"
                check.same(f"{what}: parameters", runs[1].parameters, runs[0].parameters)
                keys = ("step", "tau", "period_loss", "loss", "lr")
                got, wanted = ([[[line.get(key) for key in keys] for line in own] for own in run.lines] for run in runs)
                check.that(got == wanted, f"{what}: every rank's lines", str([line["tau"] for line in runs[1].lines[0]]))
    graph = subjects.Graph("mlp", 3)
    words = [*graph.arguments, "--optimizer=sgd{lr=0.2}", "--rounds=12", "--ranks=3"]
    run = check.train("no-length", graph.model, *words, "--strategy=adacomm{initial-period=6 interval-seconds=0.1}", "--network=compute=10ms")
    check.that([line["tau"] for line in run.rounds][-1] < 6, "interval-seconds needs no length of the run", str([line["tau"] for line in run.rounds]))
    long = check.train("long", graph.model, *words, "--strategy=adacomm{initial-period=6 interval-seconds=1e6}", "--network=compute=10ms")
    check.that({line["tau"] for line in long.rounds} == {6}, "an interval longer than the run")
    for setting, wanted in (("interval-steps=10 interval-seconds=1", ["interval-steps", "interval-seconds"]), ("interval-seconds=0", ["interval-seconds", "0"]),
                            ("interval-seconds=-1", ["interval-seconds", "-1"]), ("interval-seconds=nan", ["interval-seconds", "nan"]),
                            ("interval-seconds=inf", ["interval-seconds", "inf"]), ("interval-seconds=x", ["interval-seconds", "x"])):  # fmt: skip
        run = check.run(graph.model, *words, f"--strategy=adacomm{{initial-period=6 {setting}}}")
        check.one_line(f"adacomm{{{setting}}}", run, wanted)
    run = check.run(graph.model, *words, "--strategy=pasgd{interval-seconds=1}")
    check.one_line("pasgd{interval-seconds=1}", run, ["interval-seconds"])


def clock_resumed():
    """The clock of an interval goes on where it was saved, but for some messages."""
    for ranks, network in ((1, NETWORKS[0]), (3, NETWORKS[0]), (3, NETWORKS[1])):
        strategy = "adacomm{initial-period=9 interval-seconds=0.331}"
        local_runs.resumed(check, f"clock-resumed-{ranks}", subjects.Graph("mlp", ranks), strategy, "sgd{lr=0.1}", HALF, [f"--network={network}"], 4, 14, 0.01)


def sums(subject):
    """The same model with a loss that is the sum of its last parameter: of either sign."""
    text = subject.model.read_text()
    subject.model.write_text(text.replace("arith.mulf %w, %w", "arith.addf %w, %w"))
    return subject


def no_period():
    """First losses, and later ones, that give no period."""
    zero = {n: np.zeros(s, np.float32) for n, s in SHAPES.items()}
    fine = {n: np.ones(s, np.float32) for n, s in SHAPES.items()}
    size = sum(t.size for t in zero.values())
    still, nan, falling = np.zeros((64, size)), np.zeros((64, size)), np.ones((64, size))
    nan[12:] = np.nan

    def run(label, subject, *more):
        words = [*command(subject, "adacomm{initial-period=4 interval-steps=4}", "sgd{lr=0.125}", 16), f"--ranks={subject.ranks}"]
        return check.run(subject.model, *words, *more, f"--metrics={check.work / label}.jsonl")

    for ranks in (1, 2, 3):
        subject = check.given(f"zero{ranks}", ranks, 16, rows=still, init=zero)
        check.one_line(f"a first loss of 0 on {ranks} ranks", run("zero", subject), ["first|F_0", "0"], begun=True)
        wrong = zero | {"m": np.full(SHAPES["m"], np.nan, np.float32)}
        subject = check.given(f"nan{ranks}", ranks, 16, rows=still, init=wrong)
        check.one_line(f"a first loss that is NaN on {ranks} ranks", run("nan", subject, "--on-nan=continue"), ["first|F_0", "nan"], begun=True)
        wrong = zero | {"m": np.full(SHAPES["m"], 3e38, np.float32)}
        subject = check.given(f"inf{ranks}", ranks, 16, rows=still, init=wrong)
        check.one_line(f"a first loss that is infinite on {ranks} ranks", run("inf", subject, "--on-nan=continue"), ["first|F_0", "inf"], begun=True)
        subject = sums(check.given(f"negative{ranks}", ranks, 16, rows=still, init={n: -t for n, t in fine.items()}))
        check.one_line(f"a first loss that is negative on {ranks} ranks", run("negative", subject), ["first|F_0", "-3"], begun=True)

        # Later ones: a period of at least 1 and at most the one before, or an error; the same on all ranks.
        later = {"negative": falling, "NaN": nan}
        for what, rows in later.items():
            subject = check.given(f"later-{what}{ranks}", ranks, 16, rows=rows, init=fine)
            if what == "negative":
                sums(subject)
            name = f"later-{what}-{ranks}"
            ended = run(name, subject, "--on-nan=continue", "--metrics-all-ranks")
            taus = [[line["tau"] for line in harness.rounds(check.work / f"{name}.rank{r}.jsonl")] for r in range(ranks)]
            fair = all(own == taus[0] for own in taus) and all(1 <= b <= a for a, b in zip(taus[0], taus[0][1:]))
            check.that(not ended.crashed() and fair and len(taus[0]) > 1, f"a later loss that is {what} on {ranks} ranks",
                       f"exit status {ended.status}, tau {taus[0]}, {ended.stderr.strip()[-200:]}")  # fmt: skip


# --- compressed changes of parameters ---

ROUNDED = 5e-7  # where sums may be in another order
GTOPK = Plan(period=3, sparse=with_(STRATEGIES["gtopk"][1], density=0.05))


def sparse(name, **changes):
    return with_(STRATEGIES[name][1], density=0.05, **changes)


def exchange(name):
    return options(STRATEGIES[name][0])


COMPRESSED = {
    "pasgd+gtopk": (f"pasgd{{period=3}}+{exchange('gtopk')}", GTOPK),
    "pasgd+topk": (f"pasgd{{period=3}}+{exchange('topk')}", with_(GTOPK, sparse=sparse("topk"))),
    "pasgd+ok_topk": (f"pasgd{{period=3}}+{exchange('ok_topk')}", with_(GTOPK, sparse=sparse("ok_topk"))),
    "pasgd+random_k": (f"pasgd{{period=3}}+{exchange('random_k')}", with_(GTOPK, sparse=sparse("random_k"))),
    "pasgd+published": (f"pasgd{{period=3}}+{exchange('gtopk-published')}", with_(GTOPK, sparse=sparse("gtopk-published"))),
    "diloco+gtopk": (f"diloco{{period=3 outer-lr=0.5 outer-momentum=0.5}}+{exchange('gtopk')}", with_(GTOPK, outer="nesterov", rate=0.5, momentum=0.5)),
    "block_momentum+gtopk": (f"block_momentum{{period=3 beta=0.5}}+{exchange('gtopk')}", with_(GTOPK, outer="block_momentum", state="reset", momentum=0.5)),
}


def compressed():
    """What ranks changed is exchanged as gradients are, to the last bit, with whatever they were in data of all kinds."""
    for ranks in check.often((1, 3, 4), 2, 8):
        subject = check.given(f"compressed{ranks}", ranks, 14)
        for name, (strategy, plan) in COMPRESSED.items():
            for schedule in ("", HALF) if name.endswith("+gtopk") else (HALF,):
                run = Trained(f"{name}-{ranks}{'-schedule' * bool(schedule)}", subject, strategy, plan, SGD, 14, schedule).compared()
                if run.run and plan.sparse.exchange != "ok_topk":
                    wanted = [[sparsification.bytes_sent(plan.sparse, ranks, rank, SIZE, 65) for rank in range(ranks)]] * 5
                    check.that(run.metric("bytes_sent") == wanted, f"{run.label}: bytes of an exchange, 5 times", str(run.metric("bytes_sent")[0]))
        adaptive = "adacomm{initial-period=6 interval-steps=6}+" + exchange("gtopk")
        plan = Plan(period=6, interval=6, state="reset", sparse=GTOPK.sparse)
        few = check.given(f"few-compressed{ranks}", ranks, 24, source=small, seed=1)
        Trained(f"adacomm+gtopk-{ranks}", few, adaptive, plan, "sgd{lr=0.125}", 24, "step{every=8 gamma=0.25}").compared()
        plan = Plan(period=3, sparse=sparsification.Plan("all_gather", "sign"))
        for seed in range(12):
            subject = check.given(f"sign{ranks}-{seed}", ranks, 14, source=subjects.normal, seed=seed)
            if local.train(subject.gradient, subject.init, plan, lambda: optimizers.make("sgd{lr=0.125}"), ranks, 14).gap > MARGIN * ROUNDED:
                break
        Trained(f"pasgd+sign-{ranks}", subject, "pasgd{period=3}+compress{compressor=sign}", plan, "sgd{lr=0.125}", 14).compared(ROUNDED)


def conserved():
    """After every round, the residuals and P times what was applied are the residuals before and what ranks changed. What was
    applied is told from the anchors that were saved, and what changed is the oracle's, in double precision."""
    rate, period = 0.05, 4
    for ranks in (3, 4):
        graph = subjects.Graph("mlp", ranks)
        for name, strategy in (("pasgd+gtopk", f"pasgd{{period={period}}}+gtopk{{density=0.02}}"), ("pasgd+topk", f"pasgd{{period={period}}}+topk{{density=0.02}}"),
                               ("pasgd+sign", f"pasgd{{period={period}}}+compress{{compressor=sign}}"),
                               ("diloco+gtopk", f"diloco{{period={period}}}+gtopk{{density=0.02}}")):  # fmt: skip
            label, worst, kept = f"{name}-{ranks}", 0.0, 0.0
            before, residuals, momentum = graph.init, [{}] * ranks, {}
            for number in range(3):
                run = check.train(f"{label}-{number}", graph.model, *graph.arguments, f"--strategy={strategy}", f"--optimizer=sgd{{lr={rate}}}",
                                  f"--rounds={number + 1}", f"--ranks={ranks}")  # fmt: skip
                saved, left = files.load(run.saved), state(run.saved, ranks)
                start = {n: t.astype(np.float64) for n, t in before.items()}
                after_steps = lambda rank: local.local_steps(graph.gradient, start, optimizers.make(f"sgd{{lr={rate}}}"), rank, period * number, period)[0]
                changed = [after_steps(rank) for rank in range(ranks)]
                for n in before:
                    buffer = saved.get(f"outer/{n}.anchor.momentum")
                    if buffer is None:
                        applied = start[n] - run.parameters[n]
                    else:
                        buffer = buffer.astype(np.float64)
                        applied = buffer - 0.9 * momentum.get(n, 0)
                        momentum[n] = buffer
                        moved = start[n] - 0.7 * (0.9 * buffer + applied)
                        worst = max(worst, float(np.abs(moved - run.parameters[n]).max()))
                    entered = sum(residuals[rank].get(n, 0) + start[n] - changed[rank][n] for rank in range(ranks))
                    after = sum(own[n].astype(np.float64) for own in left) + ranks * applied
                    worst = max(worst, float(np.abs(after - entered).max()))
                    kept = max(kept, float(np.abs(left[0][n]).max()))
                before, residuals = run.parameters, left
            check.that(worst <= 2e-6 * ranks and kept > 1e-3, f"{label}: every round conserves", f"within {worst:.1e}; residuals up to {kept:.2g}")


def savings():
    """The bytes of local updates with a sparse exchange: both savings, multiplied."""
    for ranks, period in ((4, 8), (3, 4)):
        graph = subjects.Graph("mlp", ranks)
        gtopk, pasgd = "gtopk{density=0.01 index-encoding=plain}", f"pasgd{{period={period}}}"
        runs = {text: check.every_rank("bytes", graph, *command(graph, text, "sgd{lr=0.05}", 24)) for text in ("ssgd", gtopk, pasgd, f"{pasgd}+{gtopk}")}
        if None in runs.values():
            continue
        for rank in range(ranks):
            dense, sparse, seldom, both = (sum(line["bytes_sent"] for line in run.lines[rank]) for run in runs.values())
            check.that(dense * both == sparse * seldom and dense == period * seldom, f"rank {rank} of {ranks}: the savings multiply",
                       f"{dense} bytes; gtopk {sparse}, period {period} {seldom}, both {both}: 1/{dense / both:.1f}")  # fmt: skip


# --- saved and resumed ---

RESUMED = {
    "pasgd": ("pasgd{period=3}", "sgd{lr=0.05 momentum=0.9}"),
    "average": ("pasgd{period=3 local-optimizer-state=average}", "adamw{lr=0.01}"),
    "adacomm": ("adacomm{initial-period=7 interval-steps=10}", "sgd{lr=0.1 momentum=0.9}"),
    "block_momentum": ("block_momentum{period=3}", "sgd{lr=0.05 momentum=0.9}"),
    "diloco": ("diloco{period=3}", "adamw{lr=0.01}"),
    "gtopk": ("pasgd{period=3}+gtopk{density=0.02}", "sgd{lr=0.05 momentum=0.9}"),
    "adacomm+ok_topk": ("adacomm{initial-period=7 interval-steps=10}+ok_topk{density=0.02}", "sgd{lr=0.1}"),
    "random_k": ("diloco{period=3}+compress{compressor=random_k density=0.05 exchange=all_gather}", "sgd{lr=0.05}"),
    "qsgd": ("pasgd{period=3}+compress{compressor=qsgd levels=4}", "sgd{lr=0.05}"),
    "powersgd": ("block_momentum{period=3}+compress{compressor=powersgd rank=2}", "sgd{lr=0.05}"),
}


def resumed():
    for name, (strategy, optimizer) in RESUMED.items():
        for ranks in (1, 3) if name in ("adacomm", "diloco") else (3,):
            local_runs.resumed(check, f"resumed-{name}-{ranks}", subjects.Graph("mlp", ranks), strategy, optimizer, HALF)


# --- ranks as processes ---


def processes():
    """Under a launcher, the same bytes as in one process; every rank reports the same periods."""
    cases = {name: RESUMED[name] for name in ("pasgd", "average", "adacomm", "block_momentum", "diloco", "gtopk", "adacomm+ok_topk")}
    for name, (strategy, optimizer) in cases.items():
        for ranks in (3, 4) if name in ("adacomm", "gtopk") else (4,):
            graph, label = subjects.Graph("mlp", ranks), f"{name}-{ranks}"
            lines = local_runs.as_processes(check, label, graph, *graph.arguments, f"--strategy={strategy}", f"--optimizer={optimizer}",
                                            f"--schedule={HALF}", "--rounds=8")  # fmt: skip
            taus = [[line["tau"] for line in own] for own in lines]
            check.that(bool(taus) and all(own == taus[0] and len(own) == 8 for own in taus), f"{label}: one period for all ranks of {check.transport}", str(taus[:1]))


def clocks():
    """With real clocks, and a rank that is held up again and again, all ranks have the period that rank 0's clock gives."""
    rate = lambda step: 0.0005
    for ranks, slow in ((3, 1), (4, 0)):
        graph, label, seconds = subjects.Graph("mlp", ranks), f"clocks-{ranks}", 0.5
        stem = check.work / label
        words = [*graph.arguments, f"--strategy=adacomm{{initial-period=600 interval-seconds={seconds}}}", "--optimizer=sgd{lr=0.0005}", "--rounds=100000"]
        running = harness.Running(check, graph.model, *words, "--metrics-all-ranks", f"--metrics={stem}.jsonl", "--timeout=60", processes=ranks, mpi=check.transport)
        first, began = check.work / f"{label}.rank0.jsonl", time.monotonic()
        while running.process.poll() is None and time.monotonic() - began < 20 and (harness.lines(first) or [{"seconds": 0}])[-1]["seconds"] < 4:
            held = harness.rank_processes(running).get(slow)
            if held and harness.lines(first):
                os.kill(held, signal.SIGSTOP)
                time.sleep(0.06)
                os.kill(held, signal.SIGCONT)
            time.sleep(0.1)
        for process in harness.rank_processes(running).values():
            os.kill(process, signal.SIGTERM)
        running.wait(60)
        lines = [harness.rounds(check.work / f"{label}.rank{r}.jsonl") for r in range(ranks)]
        taus = [[line["tau"] for line in own] for own in lines]
        if not check.that(not running.hung and len(taus[0]) > 10, f"{label}: runs and ends", f"exit status {running.status}, {len(taus[0])} rounds"):
            print(running.says())
            continue
        check.that(all(own == taus[0] for own in taus), f"{label}: one period for all ranks in {len(taus[0])} rounds", str(sorted(set(taus[0]), reverse=True)))
        wrong, intervals = followed(lines, [line["seconds"] for line in lines[0]], 600, seconds, rate, 0.03)
        check.that(not wrong and intervals >= 3, f"{label}: periods by rank {slow}'s clock" if slow == 0 else f"{label}: periods by rank 0's clock, with rank {slow} held up",
                   wrong or f"{intervals} intervals in {lines[0][-1]['seconds']:.1f} s")  # fmt: skip


if check.transport == "in-process":
    check.parts(identities, one_rank, local_state, outer, adaptive, interval, by_the_clock, clock_resumed, no_period, compressed, conserved, savings, resumed)
else:
    check.parts(processes, clocks)
check.finish()
