# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elastic averaging against oracle/local.py: the centre, which is the model, and each rank's own copy, with their
optimizers; evaluations of the centre; what is saved, resumed and taken from such a file; what is refused.

As in local_test.py, bits are compared where they are defined: where alpha is a power of two, and the order of a sum over
ranks does not matter.
"""

import functools

import harness
import local_runs
import numpy as np
import subjects
from compression import Check
from local_runs import TOLERANCE, command, small
from oracle import files, local, models, optimizers
from oracle.local import Plan

check = Check()
Trained = functools.partial(local_runs.Trained, check)
SGD, MOMENTUM, ADAMW = "sgd{lr=0.125}", "sgd{lr=0.125 momentum=0.5}", "adamw{lr=0.01}"


def easgd(period=None, alpha=None, state=None, more=""):
    """The strategy's text, and the oracle's plan."""
    given = {"period": period, "alpha": alpha, "local-optimizer-state": state}
    settings = " ".join([f"{key}={value}" for key, value in given.items() if value is not None] + ([more] if more else []))
    return f"easgd{{{settings}}}" if settings else "easgd", Plan("elastic", period or 8, state=state or "keep", alpha=alpha)


# --- what a round leaves ---


def rounds():
    """All kinds of periods, alpha and optimizers, the last round a short one."""
    for ranks in check.often((1, 3), 2, 4):
        subject = check.given(f"given{ranks}", ranks, 14, source=small)
        for period in (1, 3, 8):
            for alpha in (0.25, None):
                for optimizer, state in ((SGD, None), (MOMENTUM, "keep"), (MOMENTUM, "reset"), (MOMENTUM, "average")):
                    if alpha is None and state not in (None, "average"):
                        continue
                    label = f"given-{ranks}-{period}-{alpha or 'own'}-{state or 'sgd'}"
                    run = Trained(label, subject, *easgd(period, alpha, state), optimizer, 14)
                    exact = alpha and (ranks <= 2 or run.rounds_nothing())
                    run.compared(0.0 if exact else 1e-6)


def graphs():
    """Optimizers inside, kept, reset and averaged, under a schedule; the defaults."""
    for ranks in check.often((1, 3), 2, 4):
        cases = [("mlp", 3, 0.2, "keep", "sgd{lr=0.05 momentum=0.9}"), ("mlp", 3, None, "reset", "adamw{lr=0.01 epsilon=0.001}"), ("mlp", 8, None, "average", ADAMW),
                 ("mlp", 1, None, "keep", ADAMW), ("logreg", 3, 0.1, "average", "sgd{lr=0.1 momentum=0.9 nesterov=true}"),
                 ("mlp", None, None, None, "sgd{lr=0.1}"), ("logreg", None, None, None, ADAMW)]  # fmt: skip
        for name, period, alpha, state, optimizer in cases:
            label = f"{name}-{ranks}-{period or 'own'}-{alpha or 'own'}-{state or 'own'}-{optimizer.partition('{')[0]}"
            strategy, plan = easgd(period, alpha, state)
            Trained(label, subjects.Graph(name, ranks), strategy, plan, optimizer, 20, "step{every=7 gamma=0.5}", np.float64).compared(TOLERANCE)
    for ranks in (1, 3):
        strategy, plan = easgd(3, None, None, "clip=0.05")
        clipped = local_runs.Clipped(subjects.Graph("mlp", ranks), 0.05)
        Trained(f"clipped-{ranks}", clipped, strategy, plan, "sgd{lr=0.5}", 14, "", np.float64).compared(TOLERANCE)


def apart():
    """Ranks keep copies that differ from each other and from the centre; with alpha = 1 / P the centre is what they had
    made of it on average; what is exchanged is what averages of parameters cost."""
    for ranks in (2, 4):
        graph = subjects.Graph("mlp", ranks)
        run = check.every_rank(f"apart-{ranks}", graph, *command(graph, "easgd{period=3}", "sgd{lr=0.1}", 12))
        mean = check.every_rank(f"mean-{ranks}", graph, *command(graph, "pasgd{period=3}", "sgd{lr=0.1}", 12))
        if not run or not mean:
            continue
        saved = files.load(run.saved)
        weights = [saved["layer0.weight"]] + [saved[f"rank{r}/parameter/layer0.weight"] for r in range(ranks)]
        distances = [float(np.abs(a - b).max()) for i, a in enumerate(weights) for b in weights[:i]]
        check.that(min(distances) > 1e-4, f"{ranks} ranks: the centre and all copies differ", f"by {min(distances):.1e} and more")
        for rank in range(ranks):
            sent = [[line["bytes_sent"] for line in each.lines[rank]] for each in (run, mean)]
            check.that(sent[0] == sent[1], f"{ranks} ranks: rank {rank} sends as many bytes as under pasgd", f"{sent[0][0]} a round")
        # The first round begins with all equal, so that the mean is that of pasgd.
        one = check.train("one", graph.model, *graph.arguments, f"--strategy=easgd{{period=5 alpha={1 / ranks}}}", "--optimizer=sgd{lr=0.1}", "--rounds=1", f"--ranks={ranks}")
        other = check.train("other", graph.model, *graph.arguments, "--strategy=pasgd{period=5}", "--optimizer=sgd{lr=0.1}", "--rounds=1", f"--ranks={ranks}")
        check.near(f"{ranks} ranks: the centre of one round with alpha = 1 / P is the mean", one.parameters, other.parameters, 1e-6)


def evaluated():
    """Evaluations, between rounds and at the end, are of the centre."""
    for ranks in (1, 3):
        graph, period = subjects.Graph("mlp", ranks), 3
        full = graph.folder / "loss_and_evaluate.mlir"
        words = [*graph.arguments, "--strategy=easgd{period=3}", "--optimizer=sgd{lr=0.3}", "--rounds=5", f"--ranks={ranks}", "--eval-every=1"]
        run = check.train(f"evaluated-{ranks}", full, *words, f"--eval-data={graph.arguments[1].removeprefix('--data=')}")
        got = [(line["loss"], line["accuracy"]) for line in harness.evaluations(run.metrics)]
        wanted, others = [], []
        for number in range(1, 6):
            result = local.train(graph.gradient, graph.init, Plan("elastic", period), lambda: optimizers.make("sgd{lr=0.3}"), ranks, period * number, np.float64)
            each = [graph.trusted.rows(p, graph.x, graph.y) for p in (result.parameters, *result.copies)]
            wanted.append((each[0][0].mean(), each[0][1].mean()))
            others.append(min(abs(rows[0].mean() / each[0][0].mean() - 1) for rows in each[1:]))
        check.close(f"evaluated-{ranks}: loss of the centre", [pair[0] for pair in got[:5]], [pair[0] for pair in wanted], 1e-5)
        check.close(f"evaluated-{ranks}: accuracy of the centre", [pair[1] for pair in got[:5]], [pair[1] for pair in wanted], 0.011)
        check.that(min(others) > 1e-4, f"evaluated-{ranks}: a rank's copy would have another loss", f"by {min(others):.1e} of it and more")


# --- checkpoints ---


def resumed():
    for ranks in (1, 3, 4):
        for state, optimizer in (("keep", "adamw{lr=0.01}"), ("reset", "sgd{lr=0.05 momentum=0.9}"), ("average", "adamw{lr=0.01}")):
            label, graph = f"resumed-{state}-{ranks}", subjects.Graph("mlp", ranks)
            first = local_runs.resumed(check, label, graph, easgd(3, None, state)[0], optimizer, "step{every=6 gamma=0.5}")
    # Loaded by others: `first` is of 4 ranks.
    centre, graph = {n: first.parameters[n] for n in graph.init}, subjects.Graph("mlp", 4)
    still = [graph.arguments[1], "--optimizer=sgd{lr=1e-30}", "--rounds=1"]
    for ranks, strategy in ((1, "ssgd"), (4, "ssgd"), (2, "pasgd"), (4, "easgd{period=3}"), (2, "easgd{period=3}")):
        run = check.train("taken", graph.model, *still, f"--strategy={strategy}", f"--ranks={ranks}", f"--load-parameters={first.saved}")
        label = f"--load-parameters, by {strategy} on {ranks} ranks: the centre"
        check.same(label, run.parameters, centre)
        if "easgd" in strategy:
            saved = files.load(run.saved)
            copies = [{n: saved[f"rank{r}/parameter/{n}"] for n in centre} for r in range(ranks)]
            check.that(all(copy[n].tobytes() == centre[n].tobytes() for copy in copies for n in centre), f"{label}, for every copy")
    data = [graph.arguments[1], "--optimizer=adamw{lr=0.01}", "--schedule=step{every=6 gamma=0.5}", "--rounds=9", "--seed=5"]
    for ranks in (1, 2, 5):
        run = check.run(graph.model, *data, "--strategy=easgd{period=3 local-optimizer-state=average}", f"--ranks={ranks}", f"--load={first.saved}")
        check.one_line(f"a file of 4 ranks on {ranks}", run, [r"\b4 ranks", rf"\b{ranks}\b", "--load-parameters"])
    for strategy in ("ssgd", "pasgd{period=3 local-optimizer-state=average}", "diloco{period=3}"):
        run = check.run(graph.model, *data, f"--strategy={strategy}", "--ranks=4", f"--load={first.saved}")
        check.one_line(f"a file of easgd by {strategy}", run, ["strategy"])
    other = check.train("of-pasgd", graph.model, *graph.arguments, "--strategy=pasgd{period=3}", "--optimizer=sgd{lr=0.1}", "--rounds=1", "--ranks=4")
    run = check.run(graph.model, graph.arguments[1], "--strategy=easgd{period=3}", "--optimizer=sgd{lr=0.1}", "--rounds=2", "--ranks=4", f"--load={other.saved}")
    check.one_line("a file of pasgd by easgd", run, ["strategy|parameter"])


# --- what is refused ---


def refused():
    graph = subjects.Graph("mlp", 4)

    def run(strategy, ranks=4):
        return check.run(graph.model, *graph.arguments, "--optimizer=sgd{lr=0.1}", "--rounds=2", f"--ranks={ranks}", f"--strategy={strategy}")

    for other in ("topk{density=0.1}", "gtopk{density=0.1}", "ok_topk{density=0.1}", "compress{compressor=sign}", "compress{compressor=random_k density=0.1 exchange=all_gather}",
                  "compress{compressor=qsgd levels=4}", "compress{compressor=powersgd rank=2}", "compress{compressor=bf16}",
                  "compress{compressor=threshold value=1 exchange=all_gather}"):  # fmt: skip
        name = other.partition("{")[0]
        check.one_line(f"easgd and {other}", run(f"easgd+{other}"), ["easgd", name])
        check.one_line(f"{other} and easgd", run(f"{other}+easgd{{period=4}}"), ["easgd", name])
    for other in ("ssgd", "pasgd", "adacomm", "block_momentum", "diloco"):
        check.one_line(f"easgd and {other}", run(f"easgd+{other}"), ["easgd", other])
    for text in ("0", "-0.1", "-0", "nan", "inf", "x", "", "1.5", "2"):
        check.one_line(f"alpha={text}", run(f"easgd{{alpha={text}}}"), ["alpha"])
    # Copies that are all one are (1 - alpha (P + 1)) times as far from the centre after an exchange as before.
    for text, ranks in (("0.45", 4), ("0.7", 2), ("1", 1)):
        check.one_line(f"alpha={text} on {ranks} ranks", run(f"easgd{{alpha={text}}}", ranks), ["alpha", rf"{text}|{float(text):.1e}".replace("e", "0*e")])
    for text in ("0", "-3", "2.5", "x", ""):
        check.one_line(f"period={text}", run(f"easgd{{period={text}}}"), ["period"])
    for text in ("easgd{beta=0.3}", "easgd{outer-lr=1}", "easgd{initial-period=3}", "easgd{local-optimizer-state=some}"):
        check.one_line(text, run(text), ["easgd|option", "beta|outer-lr|initial-period|some"])


# --- ranks as processes ---


def processes():
    for ranks, state, optimizer in ((3, "keep", "sgd{lr=0.05 momentum=0.9}"), (4, "average", "adamw{lr=0.01}"), (4, "reset", "adamw{lr=0.01}"), (2, "keep", "sgd{lr=0.1}")):
        graph = subjects.Graph("mlp", ranks)
        lines = local_runs.as_processes(check, f"{state}-{ranks}", graph, *graph.arguments, f"--strategy={easgd(3, None, state)[0]}", f"--optimizer={optimizer}",
                                        "--schedule=step{every=6 gamma=0.5}", "--rounds=7")  # fmt: skip
        check.that(bool(lines) and all(line["tau"] == 3 for own in lines for line in own), f"{state}-{ranks}: the period")


if check.transport == "in-process":
    check.parts(rounds, graphs, apart, evaluated, resumed, refused)
else:
    check.parts(processes)
check.finish()
