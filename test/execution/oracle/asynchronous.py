# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Asynchronous training, replayed in numpy: every rank's parameters, from the order in which the ranks' events happened.

The order comes from a trace (traces.py); what each event does to parameters is computed here, and whether ranks were right to
go on when they did is checked. Shares no code with the compiler or the runtime.

    decentralized     w -= u at once, u = lr g or what the optimizer makes of it, divided by P where scale = mean; the updates of
                      n steps are published as one sum; received ones are subtracted as they come, times 1 / (1 + staleness)
                      where damping (Tosi and Theobald, 2023)
    norm_bounded      goes on when |sum of the gradients of its step that have arrived| >= beta |own|;
                      v -= (lr / P) (own + those);  one that comes later: v -= (lr / P) g, lr and P of its own step
    variance_bounded  the own gradient stands for each that is missing;  later: v -= (lr / P) (g - own of that step)
                      (Nadiradze et al., AAAI 2021); it stands for one that was never made, by a rank that was lost or had
                      finished, for max_delay steps

Sums over ranks are in rank order, the own gradient in its place. What is compressed is the update under `decentralized` (the
residual is in units of parameters), else the gradient (the residual follows the learning rate).
"""

import dataclasses
import math

import numpy as np

from oracle import sparsification
from oracle.sparsification import split

DECENTRALIZED, NORM, VARIANCE = "decentralized", "norm_bounded", "variance_bounded"


@dataclasses.dataclass
class Plan:
    kind: str = DECENTRALIZED
    max_staleness: int | None = None  # of decentralized, and:
    damping: bool = False
    mean: bool = False
    send_every: int = 1
    beta: float = 0.5  # of norm_bounded
    wait: float = 0.0  # of variance_bounded: 0 or inf
    max_delay: int = 4  # of both
    resync: int = 0
    compression: sparsification.Plan | None = None

    @property
    def elastic(self):
        return self.kind != DECENTRALIZED

    def waits_for_all(self):
        return self.elastic and (self.beta if self.kind == NORM else self.wait) == math.inf

    def behind(self):
        """By how many steps the updates of others may be missing from a view; None: by any."""
        return self.max_delay if self.elastic else self.max_staleness


class Waits(Exception):
    """An event needs what another rank has not computed yet."""


class Rank:
    """A rank on its way through its events."""

    def __init__(self, replay, rank, parameters, optimizer):
        self.replay, self.rank, self.plan = replay, rank, replay.plan
        self.w = {name: np.array(tensor, replay.real) for name, tensor in parameters.items()}
        self.optimizer = optimizer
        self.step, self.position, self.ended = -1, 0, False
        self.losses, self.views, self.raw, self.rates = [], [], [], []
        self.sum = None  # of the own updates that are not published
        self.own = {}  # of elastic, by step: the gradient, as sent; lr; live ranks
        self.proceeded = -1
        self.published = 0
        self.lost, self.given_up = set(), -1
        self.steps = {}  # origin -> {step: "applied" or "missing"}
        self.residual = {name: np.zeros(t.shape, replay.real) for name, t in self.w.items()}
        self.last = None  # (step, origin) of the last late gradient
        self.unordered = 0

    def live(self):
        return [r for r in range(self.replay.ranks) if r not in self.lost]

    def fault(self, text):
        self.replay.faults.append(f"rank {self.rank}, step {self.step}: {text}")

    # --- events ---

    def view(self, e):
        real = self.replay.real
        if e.step != self.step + 1:
            self.fault(f"views step {e.step}")
        if self.plan.resync and e.step and e.step % self.plan.resync == 0 and self.replay.averaged < e.step:
            raise Waits
        self.step = e.step
        self.give_up(e.step - 1 - self.plan.max_delay)
        self.check_behind(e)
        if self.plan.elastic and not any(o.kind == "publish" for o in self.replay.trace.events[self.rank][self.position :]):
            return  # of a step that the rank never made
        self.last = None
        if self.plan.elastic and self.proceeded != self.step - 1:
            self.fault("computes a gradient before it has applied its last one")
        loss, gradients = self.replay.gradient(self.w, self.step, self.rank)
        gradients = {name: np.asarray(gradients[name], real) for name in self.w}
        rate = self.optimizer.rate(self.step)
        self.losses.append(float(loss))
        self.views.append({name: t.copy() for name, t in self.w.items()})
        self.rates.append(rate)
        if self.plan.elastic:
            ratio = real(self.rates[-2] / rate) if self.step else real(1)
            self.raw.append({name: g.copy() for name, g in gradients.items()})
            self.own[self.step] = self.compressed(gradients, ratio)
            return
        new = self.optimizer.update(self.step, self.w, gradients)
        if self.replay.plain:
            update = {name: real(rate) * gradients[name] for name in self.w}
        else:
            update = {name: self.w[name] - new[name] for name in self.w}
        if self.plan.mean:
            update = {name: u / real(self.replay.ranks) for name, u in update.items()}
        self.raw.append({name: u.copy() for name, u in update.items()})
        update = self.compressed(update, real(1))
        self.subtract(update)
        self.sum = update if self.sum is None else {name: self.sum[name] + u for name, u in update.items()}

    def publish(self, e):
        if e.step != self.step:
            self.fault(f"publishes step {e.step}")
        if self.plan.elastic:
            self.replay.updates[self.rank, e.sequence] = e.step, self.own[e.step]
        else:
            if self.sum is None:
                self.fault("publishes nothing")
            self.replay.updates[self.rank, e.sequence] = e.step, self.sum
            self.sum = None
        self.published += 1

    def proceed(self, e):
        plan, real, live = self.plan, self.replay.real, self.live()
        own = self.own[self.step]
        missing = {o for o, steps in self.steps.items() if steps.get(self.step) == "missing"}
        arrived = {}
        for rank in e.arrived:
            arrived[rank] = self.replay.update_of(rank, self.step)
        if e.step != self.step or self.rank in arrived or set(arrived) - set(range(self.replay.ranks)):
            self.fault(f"proceeds with {e}")
        if early := {o for o, steps in self.steps.items() if steps.get(self.step) == "applied"} - set(arrived):
            self.fault(f"has applied step {self.step} of {sorted(early)}, and goes on with {sorted(arrived)}")
        everything = all(r in arrived or r in missing for r in live if r != self.rank)
        self.replay.decisions.append(len(arrived))
        if plan.kind == NORM:
            size = norm(total(arrived, self.w)) if arrived else 0.0
            if not everything and not size >= plan.beta * norm(own) * (1 - 1e-6):
                self.fault(f"goes on with {sorted(arrived)}: norm {size:.9g} against beta times {norm(own):.9g}")
        elif plan.wait == math.inf and not everything:
            self.fault(f"goes on with {sorted(arrived)} under wait=inf")
        count = real(len(live))
        summed = total(arrived | {self.rank: own}, self.w)
        if plan.kind == VARIANCE:
            absent = len([r for r in live if r != self.rank and r not in arrived])
            if absent:
                summed = {name: t + real(absent) * own[name] for name, t in summed.items()}
        self.subtract({name: t / count for name, t in summed.items()}, self.rates[self.step])
        self.own[self.step] = own, self.rates[self.step], live, set(arrived)
        self.proceeded = self.step

    def apply(self, e):
        real = self.replay.real
        step, update = self.replay.update(e.origin, e.sequence)
        if step != e.step:
            self.fault(f"applies step {e.step} of rank {e.origin}, which published it as step {step}")
        self.steps.setdefault(e.origin, {})[step] = "applied"
        if not self.plan.elastic:
            factor = real(1.0 / (1.0 + e.staleness)) if self.plan.damping else real(1)
            self.subtract(update if not self.plan.damping else {name: factor * u for name, u in update.items()})
            return
        if step > self.proceeded:
            if step != self.step:
                self.fault(f"applies step {step} of rank {e.origin}, which it has not reached")
            return  # on time: `proceed` adds it
        own, rate, live, arrived = self.own[step]
        if e.origin in arrived:
            return
        if step == self.step and self.last is None:
            self.last = (-1, -1)
        if self.last is not None and (step, e.origin) < self.last:
            self.unordered += 1
        self.last = (step, e.origin)
        if self.plan.kind == VARIANCE:
            update = {name: u - own[name] for name, u in update.items()}
        self.subtract({name: u / real(len(live)) for name, u in update.items()}, rate)

    def missing(self, e):
        published = self.replay.trace.published.get((e.origin, e.sequence))
        if published:
            self.steps.setdefault(e.origin, {}).setdefault(published.step, "missing")

    def lost_rank(self, e):
        self.lost.add(e.origin)

    def give_up(self, newest):
        """The own gradient no longer stands for others of steps up to `newest` that were never made, by ranks that were lost
        or had finished."""
        if self.plan.kind != VARIANCE:
            return
        for step in range(self.given_up + 1, min(newest, self.proceeded) + 1):
            own, rate, live, arrived = self.own[step]
            for origin in live:
                if origin != self.rank and origin not in arrived and (origin, step) not in self.replay.of_step:
                    self.subtract({name: -(g / self.replay.real(len(live))) for name, g in own.items()}, rate)
            self.given_up = step

    # --- what they share ---

    def subtract(self, update, rate=None):
        """w -= rate * update, rounded once."""
        for name, u in update.items():
            if rate is None:
                self.w[name] -= u
            else:
                product = np.float64(self.replay.real(rate)) * u.astype(np.float64)
                self.w[name] = (self.w[name].astype(np.float64) - product).astype(self.replay.real)

    def compressed(self, tensors, ratio):
        """What is sent of residual * ratio + tensors; the rest is the residual."""
        plan, real = self.plan.compression, self.replay.real
        if not plan:
            return tensors
        names = list(tensors)
        acc = np.concatenate([(self.residual[n] * ratio + tensors[n]).ravel() for n in names])
        k = sparsification.count(plan.density, len(acc))
        indices, values = sparsification.compressed(acc, plan, k, self.step, self.replay.gaps)
        sent = np.zeros(len(acc), real)
        sent[indices] = values
        self.residual = split(acc - sent, names, self.w)
        return split(sent, names, self.w)

    def check_behind(self, e):
        """Before the gradient of step t, step t - 1 - s of every live rank is there, or known to be lost."""
        behind = self.plan.behind()
        if behind is None:
            return
        for origin in self.live():
            newest = e.step - 1 - behind
            if origin == self.rank or newest < 0:
                continue
            have, published = self.steps.get(origin, {}), self.replay.published[origin]
            # With several steps to an update, the one that holds step `newest`.
            needed = [s for s in published if s <= newest] + [s for s in published if s > newest][: newest not in published]
            if absent := [s for s in needed if s not in have]:
                self.fault(f"views step {e.step} without {absent} of rank {origin}, with {behind} allowed")
            # Nobody waits for a rank that has made its last step.
            if newest > max(published, default=-1) and origin in self.replay.trace.lost_ranks():
                self.fault(f"views step {e.step}, rank {origin} was lost after step {max(published, default=-1)}")


class Replay:
    """What a run must have computed. `gradient(parameters, step, rank)` returns a loss and the gradients by name;
    `make_optimizer` makes one for each rank."""

    def __init__(self, trace, gradient, parameters, plan, make_optimizer, real=np.float64):
        self.trace, self.gradient, self.plan, self.ranks, self.real = trace, gradient, plan, trace.ranks, real
        self.faults, self.updates, self.gaps, self.decisions = list(trace.faults), {}, [], []
        self.init = {name: np.array(t, np.float64) for name, t in parameters.items()}
        self.averaged = 0
        self.of_step = {(origin, e.step): sequence for (origin, sequence), e in trace.published.items()}
        self.published = [sorted(e.step for e in events if e.kind == "publish") for events in trace.events]
        self.members = [Rank(self, rank, parameters, make_optimizer()) for rank in range(self.ranks)]
        optimizer = self.members[0].optimizer
        self.plain = not any(getattr(optimizer, key, 1) for key in ("momentum", "weight_decay"))
        self.run()

    def run(self):
        """Every rank as far as it gets, until all have come to the end."""
        moved = True
        while moved:
            moved = False
            for member in self.members:
                events = self.trace.events[member.rank]
                while member.position < len(events):
                    e = events[member.position]
                    try:
                        getattr(member, e.kind)(e)
                    except Waits:
                        break
                    member.position += 1
                    moved = True
            if not moved:
                moved = self.resynced()
        for member in self.members:
            if member.rank not in self.trace.lost_ranks():
                member.give_up(member.proceeded)
            left = self.trace.events[member.rank][member.position :]
            if left:
                self.faults.append(f"rank {member.rank} applies what nobody could have published by then: {left[0]}")

    def resynced(self):
        """All live ranks stand before a step at which copies are averaged."""
        at = self.averaged + self.plan.resync
        live = [m for m in self.members if m.position < len(self.trace.events[m.rank])]
        waiting = [m for m in live if self.trace.events[m.rank][m.position].kind == "view" and m.step + 1 == at]
        if not self.plan.resync or not waiting or len(waiting) != len(live):
            return False
        for name in self.init:
            mean = waiting[0].w[name].copy()
            for m in waiting[1:]:
                mean += m.w[name]
            mean /= self.real(len(waiting))
            for m in waiting:
                m.w[name] = mean.copy()
        self.averaged = at
        return True

    def update(self, origin, sequence):
        if (origin, sequence) not in self.updates:
            raise Waits
        return self.updates[origin, sequence]

    def update_of(self, origin, step):
        if (origin, step) not in self.of_step:
            raise Waits
        return self.update(origin, self.of_step[origin, step])[1]

    # --- results ---

    def parameters(self, rank):
        return self.members[rank].w

    def apart(self):
        """The largest difference between two live ranks' values of a parameter."""
        live = [self.members[r].w for r in self.trace.live()]
        return max(float((np.max([w[n] for w in live], axis=0) - np.min([w[n] for w in live], axis=0)).max()) for n in live[0])

    def consistency(self):
        """max |x - v| / lr over all views, and M, the largest norm of a gradient as computed, both in double.

        x, before step t, is the initial parameters less the updates of all steps before t of all ranks; lr is the largest
        learning rate up to t. Where updates are not lr g, M is the largest |update| / lr."""
        steps = max(len(m.raw) for m in self.members)
        x = {name: t.copy() for name, t in self.init.items()}
        largest, rate, gradient = 0.0, 0.0, 0.0
        for step in range(steps):
            here = [m for m in self.members if step < len(m.raw)]
            rate = max([rate] + [m.rates[step] for m in here])
            for m in here:
                away = norm({name: x[name] - m.views[step][name] for name in x})
                largest = max(largest, away / rate)
            for m in here:
                raw, lr = m.raw[step], m.rates[step]
                # Under `mean` updates have been divided by P, which the bound does by itself.
                gradient = max(gradient, norm(raw) * (1 if self.plan.elastic else (self.ranks if self.plan.mean else 1) / lr))
                factor = lr / (len(m.own[step][2]) if len(m.own[step]) == 4 else len(here)) if self.plan.elastic else 1.0
                for name in x:
                    x[name] -= factor * np.asarray(raw[name], np.float64)
        return largest, gradient

    def bound(self, largest, faults=0):
        """Of max |x - v| / lr, from M; inf where nothing bounds it."""
        plan, others = self.plan, self.ranks - 1
        if plan.elastic:
            twice = 2 if plan.kind == VARIANCE else 1
            late = 0 if plan.waits_for_all() else others * plan.max_delay
            value = twice * (late + faults) / self.ranks
        elif plan.max_staleness is None or plan.damping:
            return math.inf
        else:
            value = others * (plan.max_staleness + 1) + faults
            if plan.mean:
                value /= self.ranks
        if plan.compression:
            size = sum(t.size for t in self.init.values())
            times = self.ranks if not plan.elastic and not plan.mean else 1
            value += times * error_feedback(plan.compression, size)
        return value * largest


def error_feedback(plan, size):
    """sqrt((2 - gamma) gamma / (1 - gamma)^3), gamma the part of a vector's squared norm that a compressor may lose."""
    kept = sparsification.count(plan.density, size) if plan.compressor == "top_k" else 1
    gamma = (size - kept) / size
    return math.sqrt((2 - gamma) * gamma / (1 - gamma) ** 3)


def total(gradients, like):
    """The sum in rank order."""
    summed = None
    for rank in sorted(gradients):
        part = gradients[rank]
        summed = {name: part[name].copy() for name in like} if summed is None else {name: summed[name] + part[name] for name in like}
    return summed


def norm(tensors):
    return math.sqrt(sum(float(np.sum(np.asarray(t, np.float64) ** 2)) for t in tensors.values()))
