# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs of local updates that SIGTERM or Ctrl-C stops wherever they are, which is mostly within a round: what they leave is a
checkpoint from which a run goes on as if nothing had happened, to the last bit of state and of the metrics, stopped again
or not. What such a file holds, who else may load it, and what becomes of a signal that only one rank gets.

Where in a round a signal comes is left to chance; that most came within one is compared at the end.
"""

import os
import random
import signal
import time

import harness
import numpy as np
import subjects
from compression import Check
from local_runs import timeless
from oracle import files

check = Check()
alone = check.transport == "in-process"
chance = random.Random(os.getpid())
SCHEDULE = "--schedule=step{every=5000 gamma=0.9}"
#: Rates at which losses are still far from 0 at the end. PERIOD is a part of a second.
CASES = {
    "pasgd": ("pasgd{period=PERIOD}", "sgd{lr=0.0002 momentum=0.9}"),
    "average": ("pasgd{period=PERIOD local-optimizer-state=average}", "adamw{lr=0.00005}"),
    "adacomm": ("adacomm{initial-period=PERIOD interval-steps=INTERVAL}", "sgd{lr=0.0005 momentum=0.5}"),
    "seconds": ("adacomm{initial-period=PERIOD interval-seconds=SECONDS}", "sgd{lr=0.0005 momentum=0.5}"),
    "block_momentum": ("block_momentum{period=PERIOD}", "sgd{lr=0.0002 momentum=0.9}"),
    "diloco": ("diloco{period=PERIOD}", "adamw{lr=0.00005}"),
    "easgd": ("easgd{period=PERIOD}", "adamw{lr=0.00005}"),
    "gtopk": ("pasgd{period=PERIOD}+gtopk{density=0.02}", "sgd{lr=0.0002 momentum=0.9}"),
    "accumulate": ("diloco{period=FEWER accumulate=3}", "adamw{lr=0.00005}"),
}
#: Positions in their rounds of all runs that were stopped.
positions = []


class Case:
    """A strategy with a period so long that a round takes about `seconds`."""

    def __init__(self, name, ranks, rounds, seconds):
        strategy, optimizer = CASES[name]
        self.label, self.ranks, self.rounds, self.seconds = f"{name}-{ranks}", ranks, rounds, seconds
        self.graph = subjects.Graph("mlp", ranks)
        # A step of one rank takes some 10 us; launched ranks share fewer cores than there are ranks.
        period = int(seconds * 1e5 / ranks)
        # Of the virtual clock, under which a step takes a millisecond.
        virtual = str(3 * period / 1000 - 0.0005)
        for word, value in (("PERIOD", period), ("INTERVAL", 3 * period), ("SECONDS", virtual), ("FEWER", period // 3)):
            strategy = strategy.replace(word, str(value))
        self.strategy, self.period = strategy, period
        self.common = [self.graph.arguments[1], f"--strategy={strategy}", f"--optimizer={optimizer}", SCHEDULE, "--shuffle=on", "--seed=5"]
        self.common += ["--network=compute=1ms"] * (name == "seconds")
        self.init = self.graph.arguments[0]

    def how(self):
        """What starts the ranks under the transport that is tested."""
        return dict(ranks=[f"--ranks={self.ranks}"]) if alone else dict(ranks=[], processes=self.ranks, mpi=check.transport)

    def words(self, name, load, rounds):
        self.saved, self.metrics = check.work / f"{name}.safetensors", check.work / f"{name}.jsonl"
        return [*self.common, load, f"--rounds={rounds}", f"--metrics={self.metrics}", "--metrics-all-ranks", f"--save={self.saved}"]

    def lines(self, name):
        return [timeless(harness.rounds(check.work / f"{name}.rank{rank}.jsonl")) for rank in range(self.ranks)]

    def train(self, name, load, rounds=None, here=True):
        """An uninterrupted run, in one process or under the launcher. None if it fails."""
        how = dict(ranks=[f"--ranks={self.ranks}"]) if here else self.how()
        run = check.run(self.graph.model, *self.words(name, load, rounds or self.rounds), *how.pop("ranks"), **how)
        if not check.that(run.status == 0, f"{name}: runs", f"{run.seconds:.1f} s" if run.status == 0 else run.says()):
            return None
        run.saved, run.tensors, run.lines = self.saved, files.load(self.saved), self.lines(name)
        return run

    def start(self, name, load, wrapper=(), launcher_options=()):
        """A run under way that has ended a round, and is somewhere in a later one; None if it ended before, or never began."""
        how = self.how()
        running = harness.Running(check, self.graph.model, *self.words(name, load, self.rounds), *how.pop("ranks"), "--timeout=60",
                                  wrapper=wrapper, launcher_options=launcher_options, **how)  # fmt: skip
        first, patience = self.metrics.with_name(f"{name}.rank0.jsonl"), time.monotonic() + 60
        while not harness.lines(first) and running.process.poll() is None and time.monotonic() < patience:
            time.sleep(0.01)
        if running.process.poll() is None and harness.lines(first):
            time.sleep(chance.uniform(0, 2 * self.seconds))
        running.saved = self.saved
        return running


def position(saved):
    """Local steps of the round that a checkpoint stands in."""
    return int(files.load(saved)["counter/round_position"])


def stopped(running, name, statuses=(143, 130)):
    """A run that was told to stop ends soon, with the status that says so, and leaves a checkpoint; whether it did. One that
    had reached its end is none."""
    running.wait(40)
    if running.status == 0:
        return False
    saved = running.saved.exists()
    ended = not running.hung and saved and (statuses is None or running.status in statuses)
    shown = f"exit status {running.status}" + (f", {position(running.saved)} steps into a round" if saved else "")
    if not check.that(ended, f"{name}: stops, and leaves a checkpoint", shown if ended else f"{running.says()}\n  command: {running.shown}"):
        return False
    positions.append(position(running.saved))
    return True


def copies(tensors, ranks):
    """Each rank's parameters, of a checkpoint within a round."""
    names = [name for name in tensors if "/" not in name]
    return names, [{n: tensors[f"rank{r}/parameter/{n}"] for n in names if f"rank{r}/parameter/{n}" in tensors} for r in range(ranks)]


def holds(case, name, saved):
    """A file saved within a round has each rank's parameters beside their mean."""
    tensors, metadata = files.load(saved), files.metadata(saved)
    names, each = copies(tensors, case.ranks)
    if "easgd" not in name and (position(saved) == 0 or case.ranks == 1):
        check.that(not any(each), f"{name}: one copy where all have the same", f"{position(saved)} steps into a round of {case.ranks} ranks")
        return
    if not check.that(all(set(own) == set(names) for own in each), f"{name}: the parameters of each rank", f"{[len(own) for own in each]} of {len(names)}"):
        return
    apart = max(float(np.abs(each[0][n] - each[-1][n]).max()) for n in names)
    check.that(apart > 0, f"{name}: they differ between ranks", f"by {apart:.1e}")
    if "easgd" not in name:
        mean = {n: sum(own[n].astype(np.float64) for own in each) / case.ranks for n in names}
        check.near(f"{name}: the model is their mean", {n: tensors[n] for n in names}, mean, 1e-6)
    before = int(metadata["step"]) - position(saved)
    check.that(before >= 0 and int(metadata["step"]) == int(metadata["evaluations"]) // (case.ranks * (3 if "accumulate" in name else 1)),
               f"{name}: its steps", f"{metadata['step']}, of them {position(saved)} after {metadata['round']} rounds")  # fmt: skip


def told(running, number, to):
    """Sends the signal to all ranks, to the launcher, or to one rank."""
    ranks = harness.rank_processes(running)
    targets = [running.process.pid] if alone or to == "launcher" else list(ranks.values()) if to == "all" else [ranks[to]]
    for process in targets:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            pass  # it has reached its end


def again_and_again(name, ranks, times, to="all"):
    """Stopped, resumed, stopped again and so on, and at last left alone: as if never stopped."""
    case = Case(name, ranks, rounds=(7 if alone else 6) + 2 * (name in ("adacomm", "seconds")), seconds=0.07 if alone else 0.25)
    label = f"{case.label}{'-launcher' * (to == 'launcher')}"
    whole = case.train(f"{label}-whole", case.init)
    if not whole:
        return
    load, parts = case.init, []
    for number in range(times + 3):  # some reach their end before the signal
        part = f"{label}-{number}"
        signal_number = signal.SIGINT if number % 2 else signal.SIGTERM
        running = case.start(part, load)
        if running.process.poll() is None:
            told(running, signal_number, to)
        # What a launcher that is told to stop makes of it is its own affair.
        if stopped(running, part, None if to == "launcher" else (128 + signal_number,)):
            holds(case, part, running.saved)
            parts.append(case.lines(part))
            load = f"--load={running.saved}"
        if len(parts) == times or running.status != 0 and not parts:
            break
    if not check.that(bool(parts), f"{label}: is stopped at least once", f"{len(parts)} times"):
        return
    # In one process, whatever the transport of those before.
    end = case.train(f"{label}-end", load, here=alone or bool(number % 2))
    if not end:
        return
    saved = [(run.tensors, files.metadata(run.saved)) for run in (end, whole)]
    begin = ["counter/interval_begin"] if name == "seconds" else []
    clocks = [[float(metadata.pop("seconds")), *(float(tensors.pop(key)) for key in begin)] for tensors, metadata in saved]
    # A step may have been charged that was not made.
    check.that(not alone or np.allclose(*clocks, rtol=1e-12, atol=0.001 * len(parts)), f"{label}: clocks", f"{clocks[0]}, and {clocks[1]} of the whole run")
    check.same(f"{label}: stopped {len(parts)} times, the whole checkpoint", saved[0][0], saved[1][0])
    check.that(saved[0][1] == saved[1][1], f"{label}: metadata", str(saved[0][1])[:200] if saved[0][1] == saved[1][1] else f"{saved[0][1]}\n  and {saved[1][1]}")
    for rank in range(ranks):
        together = [line for part in [*parts, end.lines] for line in part[rank]]
        same = together == whole.lines[rank]
        check.that(same, f"{label}: the lines of rank {rank}", f"tau {[line['tau'] for line in together]}" if same else f"{together}\n  and {whole.lines[rank]}")


def strategies():
    daily = ("adacomm", "seconds", "diloco", "easgd", "gtopk")
    for name in check.often(daily, *(name for name in CASES if name not in daily)):
        again_and_again(name, 3, 2)
    again_and_again("adacomm", 1, 2)
    again_and_again("average", 2, 1)


def within():
    """Most of these signals came within a round."""
    share = sum(at > 0 for at in positions) / max(1, len(positions))
    # Launched ranks share fewer cores: one may have ended its round when the last one hears of the signal.
    check.that(len(positions) >= 3 and share >= (0.8 if alone else 0.3), "most runs were stopped within a round", str(positions))


# --- other runs that load such a file ---


def caught(name, ranks):
    """A case, and a file of it that was saved within a round."""
    case = Case(name, ranks, rounds=50, seconds=0.3)
    for attempt in range(5):
        running = case.start(f"caught-{case.label}-{attempt}", case.init)
        if running.process.poll() is None:
            told(running, signal.SIGTERM, "all")
        if stopped(running, f"caught-{case.label}-{attempt}") and position(running.saved):
            return case, running.saved
    check.that(False, f"{case.label}: a file within a round")
    return case, None


def others():
    """Loaded by another strategy, on other ranks, with another period; and its parameters alone."""
    for name in check.often(("diloco", "easgd"), "pasgd"):
        case, saved = caught(name, 3)
        if not saved:
            continue
        graph, done = case.graph, int(files.metadata(saved)["round"])
        other = lambda strategy: [f"--strategy={strategy}" if word.startswith("--strategy=") else word for word in case.common]
        for ranks in (1, 2, 4):
            run = check.run(graph.model, *case.common, f"--load={saved}", f"--rounds={done + 2}", f"--ranks={ranks}")
            check.one_line(f"{case.label}: within a round, on {ranks} ranks", run, [r"\b3 ranks", rf"\b{ranks}\b"])
        for strategy in ("ssgd", "block_momentum{period=5}", "pasgd" if name != "pasgd" else "easgd"):
            run = check.run(graph.model, *other(strategy), f"--load={saved}", f"--rounds={done + 2}", "--ranks=3")
            check.one_line(f"{case.label}: within a round, by {strategy}", run, ["strategy"])
        if name == "easgd":
            before = check.train("before", graph.model, *case.common, case.init, f"--rounds={done}", "--ranks=3")
            check.same(f"{case.label}: within a round, the model is the centre, as the round began", harness.parameters(saved), before.parameters)
        # The period that was saved goes on.
        own = case.train("own", f"--load={saved}", done + 2)
        changed = other(case.strategy.replace(str(case.period), str(case.period // 2)))
        run = check.train("changed", graph.model, *changed, f"--load={saved}", f"--rounds={done + 2}", "--ranks=3")
        if own:
            check.same(f"{case.label}: within a round, with half the period, is as with the whole", files.load(run.saved), own.tensors)
        still = [graph.arguments[1], "--optimizer=sgd{lr=1e-30}", "--rounds=1", f"--load-parameters={saved}"]
        model = harness.parameters(saved)
        for ranks, strategy in ((1, "ssgd"), (3, "ssgd"), (2, "pasgd{period=2}")):
            run = check.train("parameters", graph.model, *still, f"--strategy={strategy}", f"--ranks={ranks}")
            compare = check.same if strategy == "ssgd" or ranks == 2 else check.near
            compare(f"{case.label}: within a round, the parameters alone, by {strategy} on {ranks} ranks", run.parameters, model)


def begun(running, case, name):
    """Waits until a run has opened its metrics: it hears signals long before that."""
    first, patience = case.metrics.with_name(f"{name}.rank0.jsonl"), time.monotonic() + 60
    while not first.exists() and running.process.poll() is None and time.monotonic() < patience:
        time.sleep(0.01)


def at_once():
    """In the very first round, and where there is but one."""
    case = Case("diloco", 2, rounds=1, seconds=1.5)
    whole = case.train("first-whole", case.init)
    running = harness.Running(check, case.graph.model, *case.words("first", case.init, 1), "--ranks=2")
    begun(running, case, "first")
    time.sleep(0.3)
    running.saved = case.saved
    os.kill(running.process.pid, signal.SIGTERM)
    if not check.that(stopped(running, "first"), "the first round: stopped"):
        return
    holds(case, "first", running.saved)
    check.that(files.metadata(running.saved)["round"] == "0" and case.lines("first") == [[], []], "the first round: none is done", files.metadata(running.saved)["round"])
    end = case.train("first-end", f"--load={running.saved}")
    if whole and end:
        check.same("the first round: the whole checkpoint", end.tensors, whole.tensors)
        check.that(end.lines == whole.lines, "the first round: its line", str(end.lines[0]))


def steps():
    """A run whose length is in local steps ends where it was to end."""
    case = Case("adacomm", 3, rounds=1, seconds=0.15)
    case.common = [word.replace(f" interval-steps={3 * case.period}", "") for word in case.common]
    evaluations = f"--evaluations={3 * (7 * case.period + 100)}"
    words = lambda name, load: [evaluations if word.startswith("--rounds") else word for word in case.words(name, load, 1)]
    whole = check.run(case.graph.model, *words("steps-whole", case.init), "--ranks=3")
    whole.saved = case.saved
    running = harness.Running(check, case.graph.model, *words("steps", case.init), "--ranks=3")
    begun(running, case, "steps")
    time.sleep(0.3)
    os.kill(running.process.pid, signal.SIGINT)
    running.saved = case.saved
    if not check.that(stopped(running, "steps", (130,)), "--evaluations: stopped"):
        return
    end = check.run(case.graph.model, *words("steps-end", f"--load={running.saved}"), "--ranks=3")
    if check.that(end.status == whole.status == 0, "--evaluations: resumed", "" if end.status == 0 else end.says()):
        check.same("--evaluations: the whole checkpoint", files.load(case.saved), files.load(whole.saved))
        together = [one + other for one, other in zip(case.lines("steps"), case.lines("steps-end"))]
        check.that(together == case.lines("steps-whole"), "--evaluations: every rank's lines", str(together[0][-1]))


# --- ranks as processes ---


def launched():
    for name, ranks, times in check.often((("adacomm", 3, 2), ("gtopk", 3, 1)), ("pasgd", 3, 1), ("easgd", 3, 1), ("diloco", 4, 2)):
        again_and_again(name, ranks, times)
    again_and_again("average", 3, 2, to="launcher")


def one_of_them():
    """A signal that only one rank gets stops all of them when the round ends."""
    for rank, name in check.often(((2, "diloco"),), (0, "pasgd")):
        case = Case(name, 3, rounds=8, seconds=0.3)
        label = f"only-{rank}-{case.label}"
        variable = {"openmpi": "OMPI_COMM_WORLD_RANK", "mpich": "PMI_RANK"}[check.transport]
        wrapper = ["sh", "-c", f'"$@"; status=$?; echo $status >{check.work}/{label}.${variable}; exit $status', "sh"]
        whole = case.train(f"{label}-whole", case.init)
        # Open MPI's would end the other processes as soon as one ends with a status other than 0.
        running = case.start(label, case.init, wrapper, ["--enable-recovery"] if check.transport == "openmpi" else [])
        if running.process.poll() is None:
            told(running, signal.SIGTERM, rank)
        running.wait(60)
        if not whole or not check.that(not running.hung and running.saved.exists(), f"{label}: stops, and leaves a checkpoint", f"exit status {running.status}"):
            continue
        at, done = position(running.saved), int(files.metadata(running.saved)["round"])
        check.that(at == 0 and 0 < done < case.rounds, f"{label}: at the end of a round", f"{done} rounds and {at} steps")
        told_by = [check.work / f"{label}.{r}" for r in range(3)]
        statuses = [path.read_text().strip() if path.exists() else "none" for path in told_by]
        check.that(statuses == ["143"] * 3, f"{label}: exit statuses", str(statuses))
        parts = case.lines(label)
        check.that([len(own) for own in parts] == [done] * 3, f"{label}: every rank has reported it")
        end = case.train(f"{label}-end", f"--load={running.saved}", here=False)
        if end:
            check.same(f"{label}: resumed, the whole checkpoint", end.tensors, whole.tensors)
            check.that([a + b for a, b in zip(parts, end.lines)] == whole.lines, f"{label}: every rank's lines")


if alone:
    check.parts(strategies, others, at_once, steps, within)
else:
    check.parts(launched, one_of_them, within)
check.finish()
