# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ranks that are processes, trained by dasgd and elastic: what they leave, and what happens when one of them is killed, or stopped
for a while, at a random moment. --runs is the number of killed runs.

Open MPI leaves survivors alone under --enable-recovery; of what ends a job of MPICH, that it ends is all that is asked.
"""

import os
import random
import re
import shutil
import signal
import time

import harness
import numpy as np
import subjects
from asynchronous import ROUNDING, Check, Summary, options
from oracle import files
from oracle.asynchronous import NORM, VARIANCE, Plan

check = Check()
mpi = check.transport
RUNS = check.options.runs or 4
ASYNCHRONOUS = ["dasgd", "elastic", "dasgd{topology=ring}", "elastic{scheduler=variance_bounded}", "dasgd{max-staleness=2}", "elastic{max-delay=1}",
                "dasgd{scale=mean}+topk{density=0.1}", "elastic{beta=1.5}"]  # fmt: skip
SYNCHRONOUS = ["ssgd", "gtopk{density=0.1}", "pasgd{period=4}"]
graph = subjects.Graph("mlp", 4)
COMMON = [*graph.arguments, "--optimizer=sgd{lr=0.01}"]


def whole():
    """Runs of four processes that nobody disturbs, against replays of their traces."""
    for plan in (Plan(), Plan(max_staleness=0), Plan(max_staleness=3, mean=True), Plan(NORM), Plan(NORM, max_delay=0), Plan(VARIANCE, max_delay=1)):
        topologies = ("complete", "ring") if plan == Plan() else ("complete",)
        for topology in topologies:
            label = f"{mpi}, {options(plan, topology)}"
            run = check.traced(label, check.quadratic(4), options(plan, topology), processes=True, optimizer="sgd{lr=0.02}", rounds=200)
            if not run:
                continue
            copies = [np.concatenate([run.saved[f"rank{r}/parameter/{n}"].ravel() for n in run.subject.init]) for r in range(4)]
            apart = max(float(np.abs(c - copies[0]).max()) for c in copies) / float(np.abs(copies[0]).max())
            check.that(apart <= ROUNDING and np.isfinite(copies).all(), f"{label}: ranks agree after draining", f"{apart:.1e}")
            check.that([len(lines) for lines in run.lines] == [200] * 4, f"{label}: every rank makes its steps")
            if run.trace:
                replay = check.replayed(run, plan)
                stale, every = check.wrong_staleness(run, plan.elastic)
                wrong = replay.faults + check.wrong_parameters(run, replay, 1e-4)[0] + check.wrong_losses(run, replay, 1e-4) + check.wrong_delivery(run) + stale
                check.that(not wrong, f"{label}: the replay", "; ".join(wrong)[:1000] if wrong else f"{len(every)} updates, staleness {np.mean(every):.2f}")
            if plan == Plan(NORM, max_delay=0):
                one = check.train("one", run.subject.model, *run.subject.arguments, "--optimizer=sgd{lr=0.02}", f"--strategy={options(plan)}", "--rounds=200", "--ranks=4")
                check.same(f"{label}: as in one process", {n: run.saved[n] for n in run.subject.init}, {n: one.parameters[n] for n in run.subject.init})


class Disturbed:
    """A run of four processes, for a second or two; metrics of all ranks, and how each process ended."""

    def __init__(self, name, strategy, rounds, *words, alone=True):
        self.name, self.strategy, self.rounds, self.alone = name, strategy, rounds, alone
        stem = check.work / name
        self.metrics = [check.work / f"{name}.rank{r}.jsonl" for r in range(4)]
        self.read, self.counted = [0] * 4, [0] * 4
        self.saved, statuses = check.work / f"{name}.safetensors", check.work / name
        script = f'"$@"; echo $? >{statuses}.status.${{OMPI_COMM_WORLD_RANK:-$PMI_RANK}}'
        how = dict(launcher_options=["--enable-recovery"], wrapper=["sh", "-c", script, "sh"]) if alone else {}
        self.running = harness.Running(check, graph.model, *COMMON, f"--strategy={strategy}", f"--rounds={rounds}", f"--metrics={stem}.jsonl", "--metrics-all-ranks",
                                       f"--save={self.saved}", *words, processes=4, mpi=mpi, **how)  # fmt: skip

    def steps(self, rank):
        """Steps that a rank has reported by now."""
        if self.metrics[rank].exists():
            with open(self.metrics[rank], "rb") as file:
                file.seek(self.read[rank])
                more = file.read()
            self.read[rank] += len(more)
            self.counted[rank] += more.count(b"\n")
        return self.counted[rank]

    def reaches(self, rank, step):
        """Waits until a rank has made a step; false if the run ends before."""
        for _ in range(20000):
            if self.steps(rank) >= step:
                return True
            if self.running.process.poll() is not None:
                return False
            time.sleep(0.002)
        return False

    def signalled(self, rank, number):
        ranks = harness.rank_processes(self.running)
        if rank not in ranks:
            return False
        os.kill(ranks[rank], number)
        return True

    def ended(self, patience=60):
        began = time.monotonic()
        self.running.wait(patience)
        self.after = time.monotonic() - began
        self.text = self.running.stdout + self.running.stderr
        self.summary = Summary.of(self.text)
        self.statuses = {r: int(p.read_text()) for r in range(4) if (p := check.work / f"{self.name}.status.{r}").exists() and p.read_text().strip()}
        return self

    def tail(self):
        return f"{self.running.says()[:1500]}\n  {self.running.stdout[-500:]}\n  command: {self.running.shown}"


def long_enough(strategy):
    """Rounds that take a second or so, here and now."""
    run = Disturbed("pace", strategy, 400, alone=False).ended()
    if run.running.status:
        check.that(False, f"{strategy}: runs", run.tail())
        return None
    seconds = harness.rounds(run.metrics[0])[-1]["seconds"]
    return int(min(max(400 / max(seconds, 1e-3), 400), 30000))


def kills():
    """Survivors of asynchronous strategies finish, whoever is killed, whenever."""
    if mpi != "openmpi":
        return
    paces = {}
    for number in range(check.options.first, check.options.first + RUNS):
        rng = random.Random(number)
        strategy, victim = ASYNCHRONOUS[number % len(ASYNCHRONOUS)], rng.randrange(4)
        if strategy not in paces:
            paces[strategy] = long_enough(strategy)
        rounds = paces[strategy]
        if not rounds:
            continue
        at = rng.randrange(0, int(0.8 * rounds))
        name = f"killed-{number}"
        run = Disturbed(name, strategy, rounds, "--timeout=20")
        if not (run.reaches(victim, at) and run.signalled(victim, signal.SIGKILL)):
            print(f"skipped: {name} was over before rank {victim} was killed at step {at} of {rounds}")
            run.ended()
            continue
        run.ended()
        survivors = [r for r in range(4) if r != victim]
        faults = []
        if run.running.hung:
            faults.append("hangs")
        if any(run.statuses.get(r) != 0 for r in survivors) or run.statuses.get(victim) != 137:
            faults.append(f"statuses {run.statuses}")
        lines = {r: harness.rounds(run.metrics[r]) for r in survivors}
        if any(len(own) != rounds or not all(isinstance(line["loss"], float) and np.isfinite(line["loss"]) for line in own) for own in lines.values()):
            faults.append(f"rounds {[len(own) for own in lines.values()]} of {rounds}, last losses {[own[-1]['loss'] for own in lines.values() if own]}")
        if not run.saved.exists() or not all(np.isfinite(t).all() for t in files.load(run.saved).values() if t.dtype.kind == "f"):
            faults.append("no finite checkpoint")
        # At the very end of a run, nobody is there to notice.
        if victim not in run.summary.lost and run.steps(victim) < rounds:
            faults.append(f"does not say that rank {victim} was lost: {run.summary.lost}")
        detail = "; ".join(faults) + "\n  " + run.tail() if faults else f"{run.after:.1f} s later, last loss {lines[survivors[0]][-1]['loss']:.3g}"
        check.that(not faults, f"{name}: {strategy}, rank {victim} at step {at} of {rounds}", detail)


def stops():
    """A synchronous strategy ends within its timeout, and says at which exchange, and who is missing."""
    if mpi != "openmpi":
        return
    for number in range(check.options.first, check.options.first + max(RUNS * 3 // 4, 3)):
        rng = random.Random(f"synchronous {number}")
        strategy, victim, at = SYNCHRONOUS[number % len(SYNCHRONOUS)], rng.randrange(4), rng.randrange(0, 300)
        name = f"synchronous-{number}"
        run = Disturbed(name, strategy, 1_000_000, "--timeout=4")
        if not (run.reaches(victim, at) and run.signalled(victim, signal.SIGKILL)):
            check.that(False, f"{name}: starts", run.ended().tail())
            continue
        run.ended()
        survivors = [r for r in range(4) if r != victim]
        faults = []
        if run.running.hung or run.after > 20:
            faults.append(f"ends after {run.after:.1f} s")
        if any(run.statuses.get(r, 0) == 0 for r in survivors):
            faults.append(f"statuses {run.statuses}")
        told = [line for line in run.running.stderr.splitlines() if re.search(rf"rank {victim}\b", line) and re.search(r"exchange|all_reduce|all_gather|average", line)]
        if not told:
            faults.append(f"does not name rank {victim} and the exchange")
        check.that(not faults, f"{name}: {strategy}, rank {victim} at step {at}", "; ".join(faults) + "\n  " + run.tail() if faults else f"{run.after:.1f} s: {told[0][:200]}")


def stopped():
    """A rank that stands still for a while is waited for in the end, and loses nothing."""
    for number, strategy in enumerate(("dasgd", "elastic", "dasgd{topology=ring}", "elastic{scheduler=variance_bounded max-delay=1}")):
        rounds = long_enough(strategy)
        if not rounds:
            continue
        victim, name = number, f"stopped-{number}"
        run = Disturbed(name, strategy, rounds, "--timeout=20", alone=False)
        if not (run.reaches(victim, rounds // 5) and run.signalled(victim, signal.SIGSTOP)):
            print(f"skipped: {name} was over before rank {victim} was stopped")
            run.ended()
            continue
        time.sleep(1.5)
        others = [run.steps(r) for r in range(4) if r != victim]
        run.signalled(victim, signal.SIGCONT)
        run.ended()
        faults = []
        if run.running.status or run.running.hung:
            faults.append(run.tail())
        else:
            saved = files.load(run.saved)
            copies = [np.concatenate([saved[f"rank{r}/parameter/{n}"].ravel() for n in graph.init]) for r in range(4)]
            apart = max(float(np.abs(c - copies[0]).max()) for c in copies) / float(np.abs(copies[0]).max())
            if not apart <= 1e-4:
                faults.append(f"ranks are {apart:.1e} apart")
            if run.summary.missing or run.summary.lost:
                faults.append(f"the summary says {run.summary.missing} missing, lost {run.summary.lost}")
            if [run.steps(r) for r in range(4)] != [rounds] * 4:
                faults.append(f"steps {[run.steps(r) for r in range(4)]} of {rounds}")
        check.that(not faults, f"{name}: {strategy}, rank {victim} stands still for 1.5 s", "; ".join(faults) if faults else f"the others were at {others} of {rounds}")


def slow():
    """A slow process (stopped and continued in turn) costs the others little under dasgd. Printed, not asserted: it is a time."""
    rounds = long_enough("dasgd")
    paces = []
    for slowed in (False, True):
        run = Disturbed(f"slow-{slowed}", "dasgd", rounds, "--timeout=60", alone=False)
        run.reaches(3, 10)
        while slowed and run.running.process.poll() is None and min(run.steps(r) for r in range(3)) < rounds:
            run.signalled(3, signal.SIGSTOP)
            time.sleep(0.03)
            run.signalled(3, signal.SIGCONT)
            time.sleep(0.01)
        run.ended()
        if run.running.status:
            check.that(False, "slow: runs", run.tail())
            return
        paces.append(min(rounds / harness.rounds(run.metrics[r])[-1]["seconds"] for r in range(3)))
    check.that(paces[1] > 0, "dasgd beside a process that stands still three quarters of the time", f"{paces[1]:.0f} steps/s of the slowest other one; {paces[0]:.0f} without")


def apart(saved):
    """How far the ranks' copies of the model are from the first's, of its largest entry."""
    tensors = files.load(saved)
    copies = [np.concatenate([tensors[f"rank{r}/parameter/{n}"].ravel() for n in graph.init]) for r in range(4)]
    far = max(float(np.abs(c - copies[0]).max()) for c in copies) / float(np.abs(copies[0]).max())
    return far if all(np.isfinite(c).all() for c in copies) else float("inf")


def resumed():
    """A run that was saved goes on: where arrival decides nothing, bit for bit as if it had not stopped."""
    for strategy in ("dasgd{max-staleness=0}", "elastic{max-delay=0}", "elastic{max-delay=0 resync=5}"):
        words = ["--optimizer=sgd{lr=0.01}", f"--strategy={strategy}", *graph.arguments[1:]]
        first, second, straight = (check.work / f"resumed-{part}.safetensors" for part in ("first", "second", "straight"))
        runs = [check.run(graph.model, *words, load, f"--rounds={rounds}", f"--save={saved}", processes=4, mpi=mpi)
                for load, rounds, saved in ((graph.arguments[0], 24, straight), (graph.arguments[0], 11, first), (f"--load={first}", 24, second))]  # fmt: skip
        if bad := [run for run in runs if run.status]:
            check.that(False, f"{strategy}: saved after 11 rounds, loaded", f"{bad[0].says()}\n  command: {bad[0].shown}")
            continue
        check.same(f"{strategy}: saved after 11 rounds, loaded, 24 in all", files.load(second), files.load(straight))
        one = check.run(graph.model, *words, graph.arguments[0], "--rounds=24", f"--save={first}", "--ranks=4")
        check.that(one.status == 0, f"{strategy}: runs in one process", one.says() if one.status else "")
        if one.status == 0:
            check.same(f"{strategy}: as in one process", files.load(straight), files.load(first))


def saved_meanwhile():
    """--save-every leaves a model on which all ranks agree, while they run; killed as a whole, the run goes on from it."""
    for number, strategy in enumerate(("dasgd", "elastic", "dasgd{topology=ring resync=15}", "elastic{scheduler=variance_bounded resync=15}")):
        name, faults = f"saved-{number}", []
        run = Disturbed(name, strategy, 1_000_000, "--save-every=20", "--timeout=20", alone=False)
        run.reaches(0, 50)
        # What is there now: on its way down, a run saves once more.
        left = check.work / f"{name}-left.safetensors"
        if run.saved.exists():
            shutil.copy(run.saved, left)
        run.running.kill()
        run.ended()
        if not check.that(left.exists(), f"{name}: {strategy} saves every 20 rounds", "" if left.exists() else run.tail()):
            continue
        metadata, far = files.metadata(left), apart(left)
        at, stood_at = int(metadata["round"]), [int(steps) for steps in metadata.get("rank_steps", "").split()] or [int(metadata["step"])] * 4
        # The first rank asks for it; where ranks of elastic meet, some are a little further.
        if at < 20 or strategy.startswith("dasgd") and at % 20:
            faults.append(f"saved after {at} rounds")
        again = check.work / f"{name}-again.safetensors"
        on = check.run(graph.model, "--optimizer=sgd{lr=0.01}", *graph.arguments[1:], f"--strategy={strategy}", f"--load={left}", f"--rounds={max(stood_at) + 30}",
                       f"--save={again}", f"--metrics={check.work / name}-again.jsonl", "--metrics-all-ranks", processes=4, mpi=mpi)  # fmt: skip
        if on.status:
            faults.append(f"does not go on: {on.says()}")
        else:
            lines = [harness.rounds(check.work / f"{name}-again.rank{r}.jsonl") for r in range(4)]
            went_on = [(own[0]["round"], own[-1]["round"]) for own in lines]
            if went_on != [(steps + 1, max(stood_at) + 30) for steps in stood_at]:
                faults.append(f"goes on with rounds {went_on} after {stood_at}")
            far = max(far, apart(again))
            # The loss that it goes on with is that of where it was, and not of a new model.
            began, stood = harness.rounds(run.metrics[0])[0]["loss"], lines[0][0]["loss"]
            if not stood < 0.9 * began:
                faults.append(f"goes on with a loss of {stood}; it was {began} at first")
        if not far <= ROUNDING:
            faults.append(f"ranks are {far:.1e} apart")
        check.that(not faults, f"{name}: {strategy} goes on from round {at}", "; ".join(faults) if faults else f"{far:.1e} apart")


if mpi != "in-process":
    check.parts(whole, kills, stops, stopped, slow, resumed, saved_meanwhile)
check.finish()
