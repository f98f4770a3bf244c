# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""dasgd and elastic under random schedules: ranks, topologies, delays, reorderings, copies, slow and standing ranks, lost
messages, lost ranks, each from a seed, which is in the label of what is compared; --first=SEED --runs=1 runs one again.

Of every schedule: each published update is applied once by every live rank, or known to be missing and counted; ranks agree to
rounding after draining; parameters, staleness and every decision to go on are those of the definition; what is measured of
|x - v| / lr is within the bound, or said not to be bounded.
"""

import dataclasses
import itertools
import math
import random

import harness
import numpy as np
from asynchronous import ROUNDING, TOLERANCE, Check, options, random_schedule
from oracle.asynchronous import NORM, VARIANCE, Plan
from oracle.sparsification import Plan as Sparse

check = Check()
RUNS = check.options.runs or 12


def random_plan(rng):
    sparse = rng.choice([None, None, None, Sparse(density=0.2), Sparse(compressor="sign")])
    kind = rng.choice(["dasgd", NORM, VARIANCE])
    if kind == "dasgd":
        every = rng.choice([1, 1, 1, 2, 4]) if not sparse else 1
        return Plan(max_staleness=rng.choice([None, None, every - 1, every + 1, 8]), mean=rng.random() < 0.3, send_every=every, compression=sparse)
    if kind == NORM:
        return Plan(NORM, beta=rng.choice([0.0, 0.3, 0.5, 1.0, math.inf]), max_delay=rng.choice([0, 1, 2, 4, 16]), compression=sparse)
    return Plan(VARIANCE, wait=rng.choice([0.0, 0.0, math.inf]), max_delay=rng.choice([0, 1, 2, 4, 16]), compression=sparse)


def run_of(seed, part, faults=""):
    """A random plan on a random schedule: (plan, run), or None if it fails."""
    ranks, topology, network = random_schedule(f"{part}{seed}", faults)
    plan = random_plan(random.Random(f"plan {part}{seed}"))
    where = "complete"
    if not plan.elastic:
        where = topology
        if isinstance(topology, list):
            path = check.work / f"edges-{part}-{seed}.txt"
            path.write_text("".join(f"{a} {b}\n" for a, b in topology))
            where = f"edges={path}"
    label = f"{part} {seed}: {options(plan, where.partition('=')[0] if 'edges' in where else where)} on {ranks} ranks, {network}"
    run = check.traced(label, check.quadratic(ranks), options(plan, where), network=network, seed=seed, rounds=10, optimizer="sgd{lr=0.02}")
    return (plan, run) if run else None


def seeds():
    return range(check.options.first, check.options.first + RUNS)


def examined(plan, run, lossy=False):
    exact = plan.compression and plan.compression.compressor == "top_k"
    replay = check.replayed(run, plan, np.float32 if exact else np.float64)
    wrong, worst = check.wrong_parameters(run, replay, 1e-5 if exact else TOLERANCE)
    stale, every = check.wrong_staleness(run, plan.elastic)
    wrong += replay.faults + stale + check.wrong_losses(run, replay) + check.wrong_delivery(run, drops=lossy)
    missing = len(run.trace.not_applied())
    if not lossy or "crash=" not in run.shown:
        wrong += check.wrong_distance(run, replay, run.summary.faults)[0]
        # A copy that is lost is a fault, though another one may come by another way.
        if missing and not run.summary.faults or run.summary.faults and not missing and "topology" not in run.shown:
            wrong.append(f"the summary counts {run.summary.faults} faults, {missing} updates are missing")
    if not lossy:
        if not replay.apart() <= ROUNDING:
            wrong.append(f"after draining ranks are {replay.apart():.1e} apart")
    said = f"staleness {np.mean(every) if every else 0:.1f}, at most {max(every, default=0)}{f', {missing} missing' * lossy}; within {worst:.1e}"
    check.that(not wrong, run.label, "; ".join(wrong)[:1500] + f"\n  command: {run.shown}" if wrong else said)
    return replay


def delivered():
    for seed in seeds():
        if found := run_of(seed, "delivered"):
            examined(*found)


def drops():
    """A lost copy that no other way brings is missing: at the rank, in the trace and in the summary."""
    missing = 0
    for seed in seeds():
        if found := run_of(seed, "drops", "drop"):
            plan, run = found
            examined(plan, run, lossy=True)
            left, known = run.trace.not_applied(), {(r, *key) for r in range(run.subject.ranks) for key in run.trace.received(r, "missing")}
            unknown = [item for item in left if item not in known]
            check.that(not unknown, f"{run.label}: who lacks an update knows", str(unknown[:5]))
            missing += len(left)
    check.that(missing > 0, "drops: some updates were lost", str(missing))


def crashes():
    """Survivors go on; what only the dead had is missing."""
    for seed in seeds():
        if found := run_of(seed, "crashes", "crash"):
            plan, run = found
            replay = examined(plan, run, lossy=True)
            words = next(word for word in run.shown.split() if "crash=" in word).partition("crash=")[2].strip("'")
            dead = {int(pair.partition("@")[0]): int(pair.partition("@")[2]) for pair in words.split(",")}
            gone, survivors = run.trace.lost_ranks(), [r for r in range(run.subject.ranks) if r not in dead]
            noticed = all(r in gone and set(survivors) <= set(gone[r]) for r in dead)
            check.that(noticed and set(gone) == set(dead), f"{run.label}: every survivor notices who is gone", str(gone))
            views = [len(member.losses) for member in replay.members]
            check.that(all(views[r] == at for r, at in dead.items()), f"{run.label}: the dead made the steps they had", str(views))
            check.that(all(views[r] == 10 for r in survivors), f"{run.label}: the others made theirs", str(views))
            check.that(run.summary.lost == tuple(sorted(dead)), f"{run.label}: the summary names them", f"{run.summary.lost}, wanted {sorted(dead)}")


def both():
    for seed in seeds():
        if found := run_of(seed, "both", "drop crash"):
            examined(*found, lossy=True)


def resync():
    """Copies that lost messages set apart are averaged every few steps."""
    for text in ("dasgd{max-staleness=3 RESYNC}", "elastic{RESYNC}", "elastic{scheduler=variance_bounded RESYNC}"):
        apart = {}
        for name, setting in (("off", ""), ("on", "resync=5")):
            quadratic = check.quadratic(4)
            strategy = text.replace(" RESYNC", f" {setting}" if setting else "").replace("{RESYNC}", f"{{{setting}}}" if setting else "")
            run = check.traced(f"resync {name}, {strategy}", quadratic, strategy, network="compute=10ms latency=5ms drop=0.1", seed=3, rounds=21, optimizer="sgd{lr=0.02}")
            if run:
                copies = [np.concatenate([run.saved[f"rank{r}/parameter/{n}"].ravel() for n in quadratic.init]) for r in range(4)]
                apart[name] = max(float(np.abs(a - b).max()) for a, b in itertools.combinations(copies, 2))
        if len(apart) == 2:
            check.that(apart["on"] < apart["off"], f"{text.replace(' RESYNC', '')}: averages bring copies together", str(apart))
    plan = Plan(max_staleness=2, resync=4)
    run = check.traced("resync without faults", check.quadratic(4), options(plan), network="compute=10ms latency=5ms delay=exponential{mean=9ms}", rounds=15, optimizer="sgd{lr=0.02}")
    if run:
        # Copies that hold the same updates are averaged: that is rounding.
        replay = check.replayed(run, dataclasses.replace(plan, resync=0))
        wrong = replay.faults + check.wrong_parameters(run, replay)[0] + check.wrong_losses(run, replay) + check.wrong_delivery(run)
        check.that(not wrong, run.label, "; ".join(wrong)[:1000])


def broken():
    """Messages that are lost break what the bound takes for granted: it grows by each, and a run without a limit on staleness
    has none."""
    network = "compute=10ms latency=5ms drop=0.2"
    for strategy, plan in (("dasgd{max-staleness=2}", Plan(max_staleness=2)), ("elastic", Plan(NORM)), ("elastic{scheduler=variance_bounded}", Plan(VARIANCE))):
        run = check.traced(f"lost messages, {strategy}", check.quadratic(4), strategy, network=network, seed=1, rounds=20, optimizer="sgd{lr=0.02}")
        if run:
            replay = check.replayed(run, plan)
            measured, largest = replay.consistency()
            lost, none = len(run.trace.not_applied()), replay.bound(largest)
            says = run.summary
            held = says.bound is not None and says.missing == lost > 0 and says.bound > none and says.measured <= says.bound
            check.that(held, f"{run.label}: the bound grows with the {lost} that are missing", f"{says.measured} of {says.bound}, {none:.4g} without; {says.missing} missing")
    run = check.traced("no bound", check.quadratic(4), "dasgd", network="compute=10ms slow=1:5", rounds=20, optimizer="sgd{lr=0.02}")
    if run:
        check.that(run.summary.bound == math.inf, "dasgd without max-staleness: not bounded", f"{run.summary.bound}")


def again():
    """The same seed gives the same run, byte by byte."""
    for seed in seeds()[:3]:
        ends = []
        for _ in range(2):
            if found := run_of(seed, "again", "drop crash"):
                ends.append((found[1].trace.raw, {n: t.tobytes() for n, t in found[1].saved.items()}))
        check.that(len(ends) == 2 and ends[0] == ends[1], f"again {seed}: the same trace and checkpoint")


if check.transport == "in-process":
    check.parts(delivered, drops, crashes, both, resync, broken, again)
check.finish()
