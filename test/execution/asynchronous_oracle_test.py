# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The oracle of asynchronous training itself: replays of the traces of a simulation, written here apart from it, must give the
simulation's parameters and staleness, and must find what is wrong with a trace that was tampered with. Needs no tacit-run."""

import functools
import heapq
import itertools
import json
import math
import pathlib
import sys
import tempfile
import unittest

try:
    import numpy as np
except ImportError:
    print(f"skipped: {sys.executable} has no numpy (Debian's python3-numpy)")
    sys.exit(77)

from oracle import optimizers, sparsification
from oracle.asynchronous import NORM, VARIANCE, Plan, Replay, norm
from oracle.traces import Trace, between_views, histogram, staleness

SIZE, RATE = 6, 0.05


@functools.cache
def target(step, rank):
    return np.random.default_rng([step, rank]).standard_normal((2, SIZE))


def gradient(parameters, step, rank):
    """Of 0.5 |c (w - x)|^2, by the name of the only parameter."""
    x, c = target(step, rank)
    away = parameters["w"] - x
    return 0.5 * float(np.sum((c * away) ** 2)), {"w": c * c * away}


def neighbours(topology, ranks):
    pairs = {"complete": itertools.combinations(range(ranks), 2), "ring": ((r, (r + 1) % ranks) for r in range(ranks)),
             "exponential": ((r, (r + 2**k) % ranks) for r in range(ranks) for k in range(ranks.bit_length()) if 2**k < ranks)}[topology]  # fmt: skip
    near = [set() for _ in range(ranks)]
    for a, b in pairs:
        if a != b:
            near[a].add(b)
            near[b].add(a)
    return near


class Simulated:
    """P ranks that run asynchronously, one event after the other. Everything is done as it is defined, on flat vectors."""

    def __init__(self, plan, ranks, steps, topology="complete", seed=0, delay=1.0, drop=0.0, duplicate=0.0):
        self.plan, self.ranks, self.steps, self.near = plan, ranks, steps, neighbours(topology, ranks)
        self.rng = np.random.default_rng(seed)
        self.delay, self.drop, self.duplicate = delay, drop, duplicate
        self.now, self.queue, self.order, self.lines = 0.0, [], itertools.count(), []
        self.w = np.tile(np.linspace(-1, 1, SIZE), (ranks, 1))
        self.clock = np.zeros((ranks, ranks), int)
        self.step, self.at = [0] * ranks, ["collect"] * ranks
        self.inbox = [[] for _ in range(ranks)]  # first copies that are not applied, in the order of arrival
        self.seen = [set() for _ in range(ranks)]
        self.done = [{} for _ in range(ranks)]  # (origin, step) that is applied or lost
        self.own, self.u, self.before = [{} for _ in range(ranks)], [None] * ranks, [None] * ranks
        self.pending = [np.zeros(SIZE) for _ in range(ranks)]
        self.residual = [np.zeros(SIZE) for _ in range(ranks)]
        self.sequence, self.staleness, self.views = [0] * ranks, [], {}
        for rank in range(ranks):
            self.go_on(rank)
        while self.queue:
            self.now, _, action, arguments = heapq.heappop(self.queue)
            action(*arguments)
        for rank in range(ranks):
            self.drain(rank)

    def later(self, seconds, action, *arguments):
        heapq.heappush(self.queue, (self.now + seconds, next(self.order), action, arguments))

    def note(self, rank, name, **arguments):
        self.lines.append({"name": name, "cat": "async", "ph": "i", "s": "t", "pid": 0, "tid": rank, "ts": self.now, "args": arguments})

    # --- messages ---

    def send(self, rank, message, to):
        for _ in range(1 + (self.rng.random() < self.duplicate)):
            lost = self.rng.random() < self.drop
            self.later(self.rng.exponential(self.delay) if self.delay else 0.0, self.arrive, to, rank, message, lost)

    def arrive(self, rank, sender, message, lost):
        key = message["origin"], message["sequence"]
        if rank == message["origin"] or key in self.seen[rank]:
            return
        self.seen[rank].add(key)
        if lost:  # on a complete network; nobody else sends it
            self.note(rank, "missing", origin=key[0], sequence=key[1])
            self.done[rank][key[0], message["step"]] = "missing"
        else:
            self.inbox[rank].append(message)
            for to in sorted(self.near[rank] - {sender}):
                self.send(rank, message, to)
        self.go_on(rank)

    def apply(self, rank, message, clock=None):
        """Adds a received update, times what it is worth here, and notes it."""
        before = self.clock[rank] if clock is None else clock
        stale = int(np.abs(before - message["clock"]).sum())
        self.staleness.append(stale)
        self.note(rank, "apply", origin=message["origin"], sequence=message["sequence"], step=message["step"], staleness=stale)
        self.clock[rank][message["origin"]] += 1
        self.done[rank][message["origin"], message["step"]] = "applied"
        self.inbox[rank].remove(message)
        return stale

    # --- a rank's step ---

    def have(self, rank, newest):
        return all((o, s) in self.done[rank] for o in range(self.ranks) if o != rank for s in range(newest + 1) if self.published_in(o, s))

    def published_in(self, origin, step):
        """Whether waits look for this step: the last of an update."""
        n = self.plan.send_every
        return self.plan.elastic or step % n == n - 1 or step == self.steps - 1

    def go_on(self, rank):
        if self.at[rank] == "collect":
            self.collect(rank)
        elif self.at[rank] == "await":
            self.await_others(rank)
        elif self.at[rank] == "late":
            self.await_late(rank)

    def collect(self, rank):
        plan, t = self.plan, self.step[rank]
        if t == self.steps:
            self.at[rank] = "over"
            return
        if not plan.elastic:
            s, there = plan.max_staleness, set(self.done[rank]) | {(m["origin"], m["step"]) for m in self.inbox[rank]}
            if s is not None:
                n = plan.send_every
                newest = t - 1 - s
                newest = min(newest // n * n + n - 1, self.steps - 1) if newest >= 0 else -1
                if not all((o, q) in there for o in range(self.ranks) if o != rank for q in range(newest + 1) if self.published_in(o, q)):
                    return
            taken = sorted((m for m in self.inbox[rank] if m["step"] < t), key=lambda m: (m["step"], m["origin"])) if s == 0 else list(self.inbox[rank])
            for message in taken:
                stale = self.apply(rank, message)
                self.w[rank] -= message["u"] / (1 + stale if plan.damping else 1)
        self.note(rank, "view", step=t)
        self.views[rank, t] = self.w[rank].copy()
        self.before[rank] = self.clock[rank].copy()
        self.u[rank] = gradient({"w": self.w[rank]}, t, rank)[1]["w"]
        self.at[rank] = "computing"
        self.later(self.rng.exponential(1.0) * (3 if rank == 0 else 1), self.computed, rank)

    def message(self, rank, u):
        made = {"origin": rank, "sequence": self.sequence[rank], "step": self.step[rank], "clock": self.before[rank].copy(), "u": u}
        self.note(rank, "publish", sequence=made["sequence"], step=made["step"])
        self.sequence[rank] += 1
        self.seen[rank].add((rank, made["sequence"]))
        for to in sorted(self.near[rank]):
            self.send(rank, made, to)

    def computed(self, rank):
        plan, t = self.plan, self.step[rank]
        u = self.u[rank] if plan.elastic else RATE * self.u[rank] / (self.ranks if plan.mean else 1)
        if plan.compression:
            acc = self.residual[rank] + u
            indices, values = sparsification.compressed(acc, plan.compression, 2, t, [])
            u = np.zeros(SIZE)
            u[indices] = values
            self.residual[rank] = acc - u
        if plan.elastic:
            self.own[rank][t] = u
            self.message(rank, u)
            self.at[rank] = "await"
        else:
            self.w[rank] -= u
            self.pending[rank] += u
            if (t + 1) % plan.send_every == 0 or t + 1 == self.steps:
                self.message(rank, self.pending[rank])
                self.clock[rank][rank] += 1
                self.pending[rank] = np.zeros(SIZE)
            self.step[rank] += 1
            self.at[rank] = "collect"
        self.go_on(rank)

    def await_others(self, rank):
        plan, t = self.plan, self.step[rank]
        on_time = [m for m in self.inbox[rank] if m["step"] == t]
        lost = [o for o in range(self.ranks) if self.done[rank].get((o, t)) == "missing"]
        everything = len(on_time) + len(lost) == self.ranks - 1
        own, arrived = self.own[rank][t], {m["origin"]: m["u"] for m in on_time}
        if plan.kind == NORM and not everything and np.linalg.norm(sum(arrived.values(), np.zeros(SIZE))) < plan.beta * np.linalg.norm(own):
            return
        if plan.kind == VARIANCE and plan.wait == math.inf and not everything:
            return
        self.note(rank, "proceed", step=t, arrived=sorted(arrived))
        update = own.copy() if plan.kind == NORM else own * (self.ranks - len(arrived))
        self.w[rank] -= RATE / self.ranks * (update + sum(arrived.values(), np.zeros(SIZE)))
        for message in on_time:
            self.apply(rank, message, self.before[rank])
        self.clock[rank][rank] += 1
        self.step[rank] += 1
        self.apply_late(rank)
        self.at[rank] = "late"
        self.await_late(rank)

    def apply_late(self, rank):
        for m in sorted((m for m in self.inbox[rank] if m["step"] < self.step[rank]), key=lambda m: (m["step"], m["origin"])):
            self.apply(rank, m)
            self.w[rank] -= RATE / self.ranks * (m["u"] - (self.own[rank][m["step"]] if self.plan.kind == VARIANCE else 0))

    def await_late(self, rank):
        newest = self.step[rank] - 1 - self.plan.max_delay
        there = set(self.done[rank]) | {(m["origin"], m["step"]) for m in self.inbox[rank]}
        if not all((o, s) in there for o in range(self.ranks) if o != rank for s in range(newest + 1)):
            return
        self.apply_late(rank)
        self.at[rank] = "collect"
        self.collect(rank)

    def drain(self, rank):
        if self.plan.elastic:
            self.apply_late(rank)
        for m in list(self.inbox[rank]):
            stale = self.apply(rank, m)
            self.w[rank] -= m["u"] / (1 + stale if self.plan.damping else 1)

    # --- what is left ---

    def trace(self, change=lambda lines: None):
        lines = [{"name": "thread_name", "ph": "M", "pid": 0, "tid": r, "args": {"name": f"rank {r}"}} for r in range(self.ranks)]
        lines += json.loads(json.dumps(self.lines))
        change(lines)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"traceEvents": lines}, file)
            file.flush()
            return Trace(file.name)

    def replayed(self, trace=None):
        return Replay(trace or self.trace(), gradient, {"w": np.linspace(-1, 1, SIZE)}, self.plan, lambda: optimizers.make(f"sgd{{lr={RATE}}}"))

    def largest(self):
        """max |x - v| / lr, by sums of all updates."""
        # What every rank's step changed the model by, had everybody had it at once; without compression.
        rate = RATE / self.ranks if self.plan.elastic or self.plan.mean else RATE
        change = lambda rank, step: rate * gradient({"w": self.views[rank, step]}, step, rank)[1]["w"]
        most = 0.0
        for (rank, step), view in self.views.items():
            x = np.linspace(-1, 1, SIZE) - sum((change(r, s) for r in range(self.ranks) for s in range(step)), np.zeros(SIZE))
            most = max(most, float(np.linalg.norm(x - view)) / RATE)
        return most


DASGD = [Plan(), Plan(max_staleness=0), Plan(max_staleness=2), Plan(damping=True), Plan(mean=True), Plan(send_every=3), Plan(send_every=2, max_staleness=3),
         Plan(compression=sparsification.Plan(density=0.3))]  # fmt: skip
ELASTIC = [Plan(NORM, beta=0.5), Plan(NORM, beta=0.0, max_delay=1), Plan(NORM, beta=1.5, max_delay=2), Plan(NORM, max_delay=0), Plan(NORM, beta=math.inf),
           Plan(VARIANCE), Plan(VARIANCE, max_delay=1), Plan(VARIANCE, wait=math.inf), Plan(NORM, beta=0.3, compression=sparsification.Plan(density=0.3))]  # fmt: skip


class AsynchronousOracleTest(unittest.TestCase):
    def agree(self, run):
        replay = run.replayed()
        self.assertEqual(replay.faults, [])
        for rank in range(run.ranks):
            np.testing.assert_allclose(replay.parameters(rank)["w"], run.w[rank], rtol=1e-10, atol=1e-12)
        for member in replay.members:
            for step, view in enumerate(member.views):
                np.testing.assert_allclose(view["w"], run.views[member.rank, step], rtol=1e-10, atol=1e-12)
        return replay

    def test_replays_are_what_was_simulated(self):
        for plan in DASGD + ELASTIC:
            for ranks in (1, 2, 5):
                for topology in ("complete", "ring", "exponential"):
                    for delay in (0.0, 3.0):
                        run = Simulated(plan, ranks, 7, topology, seed=ranks, delay=delay, duplicate=0.2)
                        replay = self.agree(run)
                        if not plan.damping:
                            self.assertLess(replay.apart(), 1e-12)
                        self.assertEqual(run.trace().not_once(), [])
                        self.assertEqual(run.trace().not_applied(), [])

    def test_staleness_is_what_was_simulated(self):
        for plan in DASGD + ELASTIC:
            run = Simulated(plan, 5, 9, "ring", seed=3)
            trace = run.trace()
            found = staleness(trace, plan.elastic)
            for rank, events in enumerate(trace.events):
                self.assertEqual([e.staleness for e in events if e.kind == "apply"], [v for v in found[rank] if v is not None])
                self.assertEqual(sum(between_views(trace, found, rank), []), [v for v in found[rank] if v is not None])
            self.assertEqual(sum(histogram(run.staleness)), len(run.staleness))

    def test_lock_step_has_the_staleness_of_the_text(self):
        run = Simulated(Plan(max_staleness=0), 6, 5, delay=0.0)
        self.assertEqual((np.mean(run.staleness), max(run.staleness)), (3.0, 5))

    def test_lock_step_is_plain_training_with_larger_steps(self):
        for plan, scale in ((Plan(max_staleness=0), 1), (Plan(NORM, max_delay=0), 4), (Plan(NORM, beta=math.inf), 4), (Plan(VARIANCE, wait=math.inf), 4)):
            run = Simulated(plan, 4, 8, delay=0.5)
            w = np.linspace(-1, 1, SIZE)
            for step in range(8):
                w = w - RATE / scale * sum(gradient({"w": w}, step, rank)[1]["w"] for rank in range(4))
            np.testing.assert_allclose(run.w[0], w, rtol=1e-12)

    def test_distance_and_bound(self):
        for plan in [p for p in DASGD + ELASTIC if not p.compression and not p.damping]:
            for seed in range(5):
                run = Simulated(plan, 4, 12, seed=seed, delay=2.0)
                replay = self.agree(run)
                measured, largest = replay.consistency()
                self.assertAlmostEqual(measured, run.largest(), places=9)
                self.assertLessEqual(measured, replay.bound(largest) + 1e-12)
                self.assertEqual(math.isinf(replay.bound(largest)), not plan.elastic and plan.max_staleness is None)

    def test_losses_of_messages(self):
        for plan in (Plan(), Plan(max_staleness=1), Plan(NORM), Plan(VARIANCE, max_delay=2), Plan(NORM, beta=math.inf)):
            run = Simulated(plan, 4, 10, drop=0.2, seed=1)
            self.agree(run)
            trace = run.trace()
            lost = {(e.origin, e.sequence, r) for r, events in enumerate(trace.events) for e in events if e.kind == "missing"}
            self.assertEqual({(o, s, r) for r, o, s in trace.not_applied()}, lost)
            self.assertGreater(len(lost), 3)

    def test_optimizers(self):
        """A momentum of 0 by the general way is the plain one."""
        run = Simulated(Plan(), 3, 6)
        make = lambda: optimizers.make(f"sgd{{lr={RATE} momentum=0.5}}")
        one = Replay(run.trace(), gradient, {"w": np.linspace(-1, 1, SIZE)}, run.plan, make)
        self.assertFalse(one.plain)
        still = Replay(run.trace(), gradient, {"w": np.linspace(-1, 1, SIZE)}, run.plan, lambda: optimizers.AdamW(RATE, weight_decay=0))
        self.assertFalse(still.plain)
        self.assertGreater(np.abs(one.parameters(0)["w"] - still.parameters(0)["w"]).max(), 1e-3)

    def test_averages(self):
        """Copies that are averaged every 2 steps, of ranks in lock-step that lose messages."""
        plan = Plan(max_staleness=0, resync=2)
        run = Simulated(plan, 3, 4, drop=0.3, seed=5)
        replay = run.replayed()
        self.assertEqual(replay.faults, [])
        views = [member.views[2]["w"] for member in replay.members]
        self.assertTrue(all(np.array_equal(views[0], view) for view in views))

    def test_what_is_wrong_is_found(self):
        first = lambda lines, **wanted: next(e for e in lines if all((e.get(k) if k != "args" else None) == v for k, v in wanted.items()))

        def tampered(plan, change, **settings):
            run = Simulated(plan, 4, 6, seed=2, **settings)
            return run.replayed(run.trace(change)), run

        # An update that is applied before it is made, twice, not at all, or by another name.
        def moved(lines):
            line = [e for e in lines if e["name"] == "apply"][-1]
            lines.remove(line)
            lines.insert(5, line | {"ts": lines[5]["ts"]})

        self.assertTrue(any("could have published" in f for f in tampered(Plan(), moved)[0].faults))
        run = Simulated(Plan(), 4, 6, seed=2)
        self.assertEqual([w[3] for w in run.trace(lambda lines: lines.append([e for e in lines if e["name"] == "apply"][-1])).not_once()], [2])
        self.assertEqual(len(run.trace(lambda lines: lines.remove(first(lines, name="apply"))).not_applied()), 1)
        self.assertTrue(run.trace(lambda lines: first(lines, name="publish")["args"].update(sequence=7)).faults)
        self.assertTrue(run.trace(lambda lines: lines[-1].update(ts=-1.0)).faults)
        # A bound on staleness or delay that is not kept: the same order of events, of a run that kept none.
        for loose, tight in ((Plan(), Plan(max_staleness=0)), (Plan(NORM, beta=0.0), Plan(NORM, beta=0.0, max_delay=0)), (Plan(VARIANCE), Plan(VARIANCE, max_delay=1))):
            run = Simulated(loose, 4, 8, seed=2, delay=3.0)
            run.plan = tight
            self.assertTrue(any("allowed" in f for f in run.replayed().faults), tight)
        # A scheduler that goes on too early; an own gradient in the wrong place.
        run = Simulated(Plan(NORM, beta=0.0), 4, 6, seed=2)
        run.plan = Plan(NORM, beta=0.5)
        self.assertTrue(any("goes on with" in f for f in run.replayed().faults))
        run = Simulated(Plan(NORM, beta=0.2), 4, 6, seed=2)
        lie = run.trace(lambda lines: [e for e in lines if e["name"] == "proceed" and e["args"]["arrived"]][0]["args"].update(arrived=[]))
        self.assertTrue(run.replayed(lie).faults)
        # Another definition: what is applied twice, or scaled, is another model.
        for one, other in ((Plan(), Plan(mean=True)), (Plan(damping=True), Plan()), (Plan(VARIANCE), Plan(NORM, beta=0.0))):
            run = Simulated(one, 4, 6, seed=2, delay=3.0)
            run.plan = other
            self.assertGreater(np.abs(run.replayed().parameters(1)["w"] - run.w[1]).max(), 1e-4)

    def test_norm(self):
        self.assertAlmostEqual(norm({"a": np.array([3.0]), "b": np.array([[0.0, 4.0]])}), 5.0)


if __name__ == "__main__":
    unittest.main()
