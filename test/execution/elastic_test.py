# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""elastic against its definition: when a rank goes on, what it applies then and what later, from the order of events in the
trace; that with everything in time it is synchronous SGD; how far ranks run ahead, and views from the model."""

import math

import harness
import numpy as np
import subjects
from asynchronous import ROUNDING, TOLERANCE, Check, options
from oracle import files
from oracle.asynchronous import NORM, VARIANCE, Plan
from oracle.sparsification import Plan as Sparse

check = Check()
NETWORK = "compute=10ms latency=5ms straggler=exponential{mean=10ms} delay=exponential{mean=20ms}"
ROTATING = "compute=10ms latency=100us straggler=rotating{factor=4}"
#: Why a rank waits that would train.
HELD_UP = ("scheduler", "max_staleness", "max_delay", "room")
SLOW = "compute=10ms latency=1ms slow=0:4"


def examined(run, plan, real=np.float64, tolerance=TOLERANCE, schedule=""):
    if not run:
        return None
    replay = check.replayed(run, plan, real, schedule)
    wrong, worst = check.wrong_parameters(run, replay, tolerance)
    stale, every = check.wrong_staleness(run, True)
    wrong += replay.faults + stale + check.wrong_losses(run, replay, tolerance or 1e-6) + check.wrong_delivery(run)
    if not replay.apart() <= ROUNDING:
        wrong.append(f"after draining ranks are {replay.apart():.1e} apart")
    if behind := [m.rank for m in replay.members if m.unordered > run.subject.ranks * len(m.views)]:
        wrong.append(f"late gradients of ranks {behind} in no order")
    in_time = np.mean(replay.decisions) / max(1, run.subject.ranks - 1)
    said = f"{100 * in_time:.0f}% in time, staleness {np.mean(every) if every else 0:.2f}; parameters within {worst:.1e}"
    check.that(not wrong, run.label, "; ".join(wrong)[:1500] + f"\n  command: {run.shown}" if wrong else said)
    run.replay = replay
    return run


PLANS = [Plan(NORM), Plan(NORM, beta=0.0), Plan(NORM, beta=0.0, max_delay=1), Plan(NORM, beta=0.9, max_delay=2), Plan(NORM, beta=1.5, max_delay=1), Plan(NORM, beta=3.0),
         Plan(NORM, beta=math.inf), Plan(NORM, max_delay=0), Plan(VARIANCE), Plan(VARIANCE, max_delay=1), Plan(VARIANCE, max_delay=0), Plan(VARIANCE, wait=math.inf)]  # fmt: skip


def replays():
    for plan in PLANS:
        for ranks in (1, 2, 5):
            for network in (NETWORK, ROTATING, SLOW)[: 3 if ranks == 5 else 1]:
                label = f"{options(plan)} on {ranks} ranks{ {NETWORK: '', ROTATING: ', rotating', SLOW: ', slow'}[network] }"
                examined(check.traced(label, check.quadratic(ranks), options(plan), network=network, rounds=16), plan)
    for plan in (Plan(NORM), Plan(VARIANCE, max_delay=2)):
        for schedule in ("step{every=3 gamma=0.5}",):
            label = f"{options(plan)}, {schedule}"
            examined(check.traced(label, check.quadratic(4), options(plan), f"--schedule={schedule}", network=NETWORK), plan, schedule=schedule)
        for name in ("mlp", "logreg"):
            run = check.traced(f"{options(plan)}, {name} on 3 ranks", subjects.Graph(name, 3), options(plan), network=NETWORK, rounds=14, optimizer="sgd{lr=0.05}")
            examined(run, plan, tolerance=1e-4)


def bits():
    """In single precision, with sums in rank order and one rounding where v is changed."""
    for plan in (Plan(NORM), Plan(NORM, beta=1.0, max_delay=1), Plan(VARIANCE, max_delay=2)):
        for ranks in (2, 4, 7):
            run = check.traced(f"bits, {options(plan)} on {ranks} ranks", check.quadratic(ranks), options(plan), network=NETWORK)
            examined(run, plan, np.float32, 3e-7)


def compressed():
    """g and its norm are those of what is sent."""
    for sparse in (Sparse(density=0.1), Sparse(density=0.5), Sparse(compressor="sign")):
        for plan in (Plan(NORM, compression=sparse), Plan(VARIANCE, max_delay=1, compression=sparse)):
            run = check.traced(f"{options(plan)} on 4 ranks", check.quadratic(4), options(plan), network=NETWORK, optimizer="sgd{lr=0.05}")
            examined(run, plan, np.float32 if sparse.compressor == "top_k" else np.float64, 1e-5)


# --- what is synchronous SGD ---


def synchronous():
    """Everything in time: on a perfect network, with max-delay=0, and with beta or wait infinite on any."""
    for ranks in (1, 2, 3, 4, 8):
        quadratic = check.quadratic(ranks)
        common = [*quadratic.arguments, "--optimizer=sgd{lr=0.1}", "--schedule=step{every=5 gamma=0.5}", "--rounds=20", f"--ranks={ranks}"]
        plain = check.train(f"plain{ranks}", quadratic.model, *common, "--strategy=ssgd")
        # What a sum in rank order gives; ssgd adds in the order of a ring, which is the same on two ranks.
        first = None
        cases = [("elastic{max-delay=0}", NETWORK), ("elastic{scheduler=variance_bounded max-delay=0}", NETWORK), ("elastic{max-delay=0}", ""),
                 ("elastic{beta=inf}", NETWORK), ("elastic{scheduler=variance_bounded wait=inf}", NETWORK), ("elastic{beta=inf}", "compute=10ms"),
                 ("elastic{scheduler=variance_bounded wait=inf}", "")]  # fmt: skip
        for strategy, network in cases:
            run = check.train("elastic", quadratic.model, *common, f"--strategy={strategy}", *([f"--network={network}"] if network else []))
            label = f"{strategy} on {ranks} ranks{', delays' * (network == NETWORK)}"
            saved = files.load(run.saved)
            copies = [{n: saved.get(f"rank{r}/parameter/{n}", saved[n]) for n in quadratic.init} for r in range(ranks)]
            check.that(all(c[n].tobytes() == copies[0][n].tobytes() for c in copies for n in c), f"{label}: all ranks hold the same bits")
            first = first or copies[0]
            check.same(f"{label}: the same as the others", copies[0], first)
            if ranks <= 2:
                check.same(f"{label}: ssgd, to the last bit", run.parameters, plain.parameters)
                check.that(run.losses == plain.losses, f"{label}: the losses of ssgd, to the last bit")
            else:
                check.near(f"{label}: ssgd", run.parameters, plain.parameters, ROUNDING)
                check.close(f"{label}: the losses of ssgd", run.losses, plain.losses, ROUNDING)
        # In rank order, with one rounding where v changes, as compiled code does it.
        w = {n: t.copy() for n, t in quadratic.init.items()}
        for step in range(20):
            gradients = [quadratic.gradient(w, step, r)[1] for r in range(ranks)]
            rate = np.float32(0.1 * 0.5 ** (step // 5))
            for n in w:
                mean = gradients[0][n]
                for g in gradients[1:]:
                    mean = mean + g[n]
                w[n] = (w[n].astype(np.float64) - np.float64(rate) * (mean / np.float32(ranks)).astype(np.float64)).astype(np.float32)
        off = max(float(np.abs(first[n] - w[n]).max()) for n in w)
        check.that(off <= 3e-7, f"elastic in time on {ranks} ranks is a sum in rank order", f"within {off:.1e}")


def never_waits():
    """beta=0 and variance_bounded wait for nothing but max-delay."""
    for strategy in ("elastic{beta=0 max-delay=1000}", "elastic{scheduler=variance_bounded max-delay=1000}"):
        run = check.traced(f"never waits, {strategy}", check.quadratic(4), strategy, network=f"{NETWORK} slow=2:6", rounds=20)
        if run:
            waits = [[s for s in slices if s["name"] == "wait" and s["dur"] > 0 and s["args"]["why"] in HELD_UP] for slices in run.trace.slices]
            check.that(not any(waits), f"{run.label}: no waiting", str([w[0] for w in waits if w]))
            clocks = [sum(line["compute_seconds"] for line in lines) - lines[-1]["virtual_seconds"] for lines in run.lines]
            check.that(all(abs(c) < 1e-6 for c in clocks), f"{run.label}: all the time is computing", str(clocks))
    run = check.traced("waits no longer than it must", check.quadratic(6), "elastic{beta=0.8}", network=ROTATING, rounds=30)
    if examined(run, Plan(NORM, beta=0.8)):
        no_longer(run, 0.8)


def no_longer(run, beta):
    """Of a step's gradients, those that came before the last ones of R were not enough."""
    replay, wrong, counted = run.replay, 0, 0
    for rank, events in enumerate(run.trace.events):
        member = replay.members[rank]
        at = {e.step: e.at for e in events if e.kind == "proceed"}
        begun = {e.step: e.at for e in events if e.kind == "publish"}
        arrivals = {(origin, run.trace.published[origin, sequence].step): came for (origin, sequence), came in run.trace.arrivals(rank).items()}
        for step, decided in at.items():
            arrived = [o for o in member.own[step][3]]
            if decided <= begun[step] + 1e-3:
                continue  # at once
            before = [o for o in arrived if arrivals[o, step] < decided - 1e-3]
            counted += 1
            total = sum((np.concatenate([replay.update_of(o, step)[n].ravel() for n in run.subject.init]) for o in sorted(before)), np.zeros(1))
            own = np.concatenate([member.own[step][0][n].ravel() for n in run.subject.init])
            wrong += bool(np.linalg.norm(total) >= beta * np.linalg.norm(own) * (1 + 1e-5)) and bool(before)
    check.that(counted > 10 and not wrong, f"{run.label}: no step waits for more than it needs", f"{wrong} of {counted} do")


# --- how far views are from the model ---


def consistency():
    plans = [Plan(NORM, max_delay=1), Plan(NORM), Plan(NORM, beta=0.0, max_delay=2), Plan(VARIANCE, max_delay=1), Plan(VARIANCE, max_delay=3), Plan(NORM, max_delay=0),
             Plan(NORM, max_delay=2, compression=Sparse(density=0.25)), Plan(VARIANCE, max_delay=2, compression=Sparse(compressor="sign"))]  # fmt: skip
    for plan in plans:
        for optimizer, schedule in (("sgd{lr=0.1}", ""), ("sgd{lr=0.2}", "step{every=6 gamma=0.5}")):
            words = [f"--schedule={schedule}"] if schedule else []
            label = f"distance, {options(plan)}, {optimizer}{schedule and ', '}{schedule}"
            run = check.traced(label, check.quadratic(5), options(plan), *words, network=NETWORK, optimizer=optimizer)
            if not run:
                continue
            real = np.float32 if plan.compression and plan.compression.compressor == "top_k" else np.float64
            replay = check.replayed(run, plan, real, schedule)
            wrong, measured, bound = check.wrong_distance(run, replay)
            wrong += replay.faults[:3]
            check.that(not wrong, label, "; ".join(wrong) + f"\n{run.summary.text}" if wrong else f"{measured:.4g} of at most {bound:.4g}")


def buckets():
    """granularity=bucket: with everything in time it is ssgd; with less, ranks stay together after draining."""
    graph = subjects.Graph("mlp", 4)
    common = [*graph.arguments, "--optimizer=sgd{lr=0.1}", "--rounds=12", "--ranks=4"]
    plain = check.train("plain", graph.model, *common)
    for beta, network, near in (("inf", "latency=1ms bandwidth=1Mbit compute=1ms", True), ("0.5", "latency=1ms bandwidth=1Mbit compute=1ms", False), ("0.5", "", False)):
        strategy = f"elastic{{granularity=bucket bucket-bytes=1024 beta={beta} max-delay=2}}"
        run = check.train("bucket", graph.model, *common, f"--strategy={strategy}", *([f"--network={network}"] if network else []))
        saved = files.load(run.saved)
        copies = [{n: saved.get(f"rank{r}/parameter/{n}", saved[n]) for n in graph.init} for r in range(4)]
        apart = max(float(np.abs(c[n] - copies[0][n]).max()) for c in copies for n in c)
        check.that(apart <= 1e-6, f"{strategy}, '{network}': ranks agree after draining", f"{apart:.1e}")
        if near:
            check.near(f"{strategy} is ssgd", run.parameters, plain.parameters, ROUNDING)
            check.close(f"{strategy}: the losses of ssgd", run.losses, plain.losses, ROUNDING)
        else:
            off = max(abs(a / b - 1) for a, b in zip(run.losses, plain.losses))
            check.that(np.isfinite(run.losses).all() and off < 0.5, f"{strategy}, '{network}': losses near those of ssgd", f"within {off:.1e}")


if check.transport == "in-process":
    check.parts(synchronous, bits, replays, compressed, never_waits, consistency, buckets)
check.finish()
