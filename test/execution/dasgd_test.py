# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""dasgd against its definition: every rank's parameters and losses from the order of events in the trace, staleness counted anew,
who may go on when, lock-step, and how far views were from the model that holds everything."""

import math

import asynchronous
import harness
import numpy as np
import subjects
from asynchronous import ROUNDING, SIZE, TOLERANCE, Check, options
from compression import distance, equal
from oracle import files, optimizers
from oracle.asynchronous import Plan
from oracle.sparsification import Plan as Sparse

check = Check()
NETWORK = "compute=10ms latency=5ms straggler=exponential{mean=10ms} delay=exponential{mean=20ms}"
#: Why a rank waits that would train.
HELD_UP = ("scheduler", "max_staleness", "max_delay", "room")
SLOW = "compute=10ms latency=1ms slow=0:4"


def examined(run, plan, real=np.float64, tolerance=TOLERANCE, schedule=""):
    """Everything that a trace of dasgd can be asked, without lost messages."""
    if not run:
        return None
    replay = check.replayed(run, plan, real, schedule)
    wrong, worst = check.wrong_parameters(run, replay, tolerance)
    stale, every = check.wrong_staleness(run, False)
    wrong += replay.faults + stale + check.wrong_losses(run, replay, tolerance or 1e-6) + check.wrong_delivery(run)
    if not plan.damping and not replay.apart() <= ROUNDING:
        wrong.append(f"after draining ranks are {replay.apart():.1e} apart")
    if plan.max_staleness != 0:
        for rank in range(run.subject.ranks):
            came = [key for key in run.trace.arrivals(rank) if key[0] != rank]
            if came != list(run.trace.received(rank)):
                wrong.append(f"rank {rank} does not apply in the order of arrival")
    said = f"{len(every)} updates, staleness {np.mean(every) if every else 0:.2f}, at most {max(every, default=0)}; parameters within {worst:.1e}"
    check.that(not wrong, run.label, "; ".join(wrong)[:1500] + f"\n  command: {run.shown}" if wrong else said)
    run.replay, run.every = replay, every
    return run


def replays():
    """Plans, optimizers and topologies; losses and every rank's copy."""
    plans = [Plan(), Plan(max_staleness=0), Plan(max_staleness=1), Plan(max_staleness=5), Plan(mean=True), Plan(damping=True), Plan(send_every=4),
             Plan(send_every=3, max_staleness=4), Plan(mean=True, send_every=2)]  # fmt: skip
    for plan in plans:
        for ranks in (1, 2, 5):
            for network in (NETWORK, SLOW)[: 1 + (ranks == 5)]:
                quadratic = check.quadratic(ranks)
                label = f"{options(plan)} on {ranks} ranks{', slow' * (network == SLOW)}"
                examined(check.traced(label, quadratic, options(plan), network=network, rounds=18), plan)
    for topology in ("ring", "exponential", f"edges={edges(6, [(0, 1), (1, 2), (1, 3), (3, 4), (4, 5), (0, 5)])}"):
        for plan in (Plan(), Plan(max_staleness=2)):
            label = f"{options(plan, topology.partition('=')[0])} on 6 ranks"
            examined(check.traced(label, check.quadratic(6), options(plan, topology), network=NETWORK, rounds=15), plan)
    for optimizer, schedule in (("sgd{lr=0.05 momentum=0.9}", ""), ("sgd{lr=0.05 momentum=0.9 nesterov=true weight-decay=0.01}", "step{every=5 gamma=0.5}"),
                                ("adamw{lr=0.01}", ""), ("sgd{lr=0.1}", "step{every=4 gamma=0.7}")):  # fmt: skip
        for plan in (Plan(), Plan(max_staleness=1, mean=True), Plan(send_every=3)):
            words = [f"--schedule={schedule}"] if schedule else []
            label = f"{options(plan)}, {optimizer}{schedule and ', '}{schedule} on 4 ranks"
            run = check.traced(label, check.quadratic(4), options(plan), *words, network=NETWORK, optimizer=optimizer)
            examined(run, plan, schedule=schedule)
    for name in ("mlp", "logreg"):
        for plan in (Plan(mean=True), Plan(max_staleness=1), Plan(mean=True, damping=True)):
            run = check.traced(f"{options(plan)}, {name} on 3 ranks", subjects.Graph(name, 3), options(plan), network=NETWORK, rounds=14, optimizer="sgd{lr=0.05}")
            examined(run, plan, tolerance=1e-4)


def edges(ranks, pairs):
    path = check.work / f"edges{ranks}-{len(pairs)}.txt"
    path.write_text("# a b\n" + "".join(f"{a} {b}\n" for a, b in pairs) + "\n# the end\n")
    return path


def bits():
    """In single precision, plain SGD with updates applied as they come is defined to the last bit."""
    for plan in (Plan(), Plan(max_staleness=1), Plan(send_every=2)):
        for ranks in (2, 4, 7):
            examined(check.traced(f"bits, {options(plan)} on {ranks} ranks", check.quadratic(ranks), options(plan), network=NETWORK), plan, np.float32, 0.0)


def compressed():
    """What is sent, and applied by its own rank, is the compressed update; the rest stays in the residual."""
    for sparse in (Sparse(density=0.1), Sparse(density=0.5), Sparse(compressor="sign")):
        for plan in (Plan(compression=sparse), Plan(compression=sparse, max_staleness=1), Plan(compression=sparse, mean=True)):
            run = check.traced(f"{options(plan)} on 4 ranks", check.quadratic(4), options(plan), network=NETWORK, optimizer="sgd{lr=0.02}")
            if not examined(run, plan, np.float32 if sparse.compressor == "top_k" else np.float64):
                continue
            for member in run.replay.members:
                own = {n: run.saved[key] for n in run.subject.init if (key := f"rank{member.rank}/residual/{n}") in run.saved}
                off = distance(own, member.residual) if own else math.inf
                check.that(off <= 1e-4, f"{run.label}: rank {member.rank}'s residual", f"within {off:.1e}")


# --- lock-step ---


def lock_step():
    """max-staleness=0 without delay: own update, then the others' of that step in rank order, then the next gradient. That is
    synchronous SGD with P times the learning rate, or with the same where scale=mean."""
    for ranks in (2, 3, 4, 8):
        quadratic, plan = check.quadratic(ranks), Plan(max_staleness=0)
        run = examined(check.traced(f"lock-step on {ranks} ranks", quadratic, options(plan), optimizer="sgd{lr=0.03125}", network="compute=10ms"), plan, np.float32, 0.0)
        if not run:
            continue
        # The definition, in single precision, without a trace.
        copies = [{n: t.copy() for n, t in quadratic.init.items()} for _ in range(ranks)]
        for step in range(20):
            updates = [{n: np.float32(0.03125) * g for n, g in quadratic.gradient(copies[r], step, r)[1].items()} for r in range(ranks)]
            for r, own in enumerate(copies):
                for origin in [r] + [o for o in range(ranks) if o != r]:
                    for n in own:
                        own[n] -= updates[origin][n]
        off = [equal({n: run.saved[f"rank{r}/parameter/{n}"] for n in copies[r]}, copies[r]) for r in range(ranks)]
        check.that(not any(off), f"lock-step on {ranks} ranks is the definition to the last bit, on each", next((o for o in off if o), ""))
        check.that(abs(np.mean(run.every) - ranks / 2) < 1e-9 and max(run.every) == ranks - 1, f"lock-step on {ranks} ranks: staleness P/2 and P - 1",
                   f"{np.mean(run.every):g}, {max(run.every)}")  # fmt: skip
        plain = check.train("plain", quadratic.model, *quadratic.arguments, f"--optimizer=sgd{{lr={0.03125 * ranks}}}", "--rounds=20", f"--ranks={ranks}")
        check.near(f"lock-step on {ranks} ranks is S-SGD with {ranks} times the rate", plain.parameters, {n: run.saved[n] for n in plain.parameters}, ROUNDING)
        mean = check.train("mean", quadratic.model, *quadratic.arguments, "--optimizer=sgd{lr=0.1}", "--rounds=20", f"--ranks={ranks}", "--strategy=dasgd{max-staleness=0 scale=mean}")
        plain = check.train("plain", quadratic.model, *quadratic.arguments, "--optimizer=sgd{lr=0.1}", "--rounds=20", f"--ranks={ranks}")
        check.near(f"lock-step with scale=mean on {ranks} ranks is S-SGD", plain.parameters, mean.parameters, ROUNDING)
        # Copies that sum in another order than each other differ by rounding alone.
        for name, words in (("slow ranks", "compute=10ms slow=1:5"), ("delays", NETWORK)):
            other = check.traced(f"lock-step on {ranks} ranks, {name}", quadratic, options(plan), optimizer="sgd{lr=0.03125}", network=words)
            if examined(other, plan, np.float32, 0.0):
                check.same(f"lock-step on {ranks} ranks: {name} change nothing", {n: other.saved[n] for n in copies[0]}, {n: run.saved[n] for n in copies[0]})
    alone = check.train("alone", check.quadratic(1).model, *check.quadratic(1).arguments, "--optimizer=sgd{lr=0.1}", "--rounds=20", "--strategy=dasgd")
    plain = check.train("plain", check.quadratic(1).model, *check.quadratic(1).arguments, "--optimizer=sgd{lr=0.1}", "--rounds=20")
    check.near("on one rank it is plain training", alone.parameters, plain.parameters, 1e-6)


def never_waits():
    """Without max-staleness no rank waits but for the end, and a slow rank holds nobody up."""
    run = check.traced("a slow rank holds nobody up", check.quadratic(4), "dasgd", network="compute=10ms slow=2:6", rounds=24)
    if run:
        waits = [[s for s in slices if s["name"] == "wait" and s["dur"] > 0 and s["args"]["why"] in HELD_UP] for slices in run.trace.slices]
        check.that(not any(waits), f"{run.label}: no waiting", str([w[0] for w in waits if w]))
        ends = [lines[-1]["virtual_seconds"] for lines in run.lines]
        check.that(all(abs(e - 0.24) < 1e-6 for r, e in enumerate(ends) if r != 2) and abs(ends[2] - 1.44) < 1e-6, f"{run.label}: each at its own pace", str(ends))
    run = check.traced("a bound makes them wait", check.quadratic(4), "dasgd{max-staleness=2}", network="compute=10ms slow=2:6", rounds=24)
    if run:
        ahead = max(run.trace.seconds_waiting(r, "max_staleness") for r in (0, 1, 3))
        check.that(ahead > 0.5, f"{run.label}", f"{ahead:.2f} s of waiting")


def evaluations():
    """--evaluations are shared out as ranks come to them: a slow rank does fewer."""
    run = check.traced("evaluations", check.quadratic(4), "dasgd", "--evaluations=100", network="compute=10ms latency=100us slow=3:4", rounds=None)
    if run:
        done = [len(lines) for lines in run.lines]
        check.that(100 <= sum(done) <= 104, "evaluations: as many as asked for, or one more of each rank", str(done))
        check.that(done[3] * 3 < done[0], "evaluations: a slow rank makes fewer", str(done))
        examined(run, Plan())


# --- how far views are from the model ---


def consistency():
    for plan in (Plan(max_staleness=0), Plan(max_staleness=1), Plan(max_staleness=4), Plan(max_staleness=2, mean=True), Plan(),
                 Plan(max_staleness=2, compression=Sparse(density=0.25)), Plan(max_staleness=2, compression=Sparse(compressor="sign"))):  # fmt: skip
        for optimizer, schedule in (("sgd{lr=0.03}", ""), ("sgd{lr=0.1}", "step{every=6 gamma=0.5}")):
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


if check.transport == "in-process":
    check.parts(lock_step, bits, replays, compressed, never_waits, evaluations, consistency)
check.finish()
