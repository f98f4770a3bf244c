# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Local updates over P ranks, in one process. Shares no code with the compiler or the runtime.

    round            tau local steps of every rank on its own rows, then one exchange; the last may have fewer
    mean             every rank's parameters <- their mean (PASGD: Wang and Joshi, 2018)
    block_momentum   u <- beta u + (anchor - mean) / lr;  anchor <- anchor - outer_rate lr u, with the lr of the round's
                     last local step (Chen and Huo, ICASSP 2016; SlowMo: Wang et al., ICLR 2020)
    nesterov         m <- b m + (anchor - mean);  anchor <- anchor - outer_rate (b m + anchor - mean)
                     (DiLoCo: Douillard et al., 2023)
    elastic          ranks keep their own parameters, and share a centre: from one centre, on every rank, e = alpha
                     (parameters - centre); parameters <- parameters - e;  centre <- centre + the sum of all e
                     (EASGD: Zhang, Choromanska and LeCun, NeurIPS 2015). The centre is the model
    anchor           the parameters that the round began with, the same on every rank; of elastic, the centre
    anchor - mean    added up as the mean over ranks of anchor - parameters
    local state      what becomes of the optimizer's state when a round ends: kept, reset (its count of updates too), or
                     each buffer averaged (the count is left alone)
    compressed       residual + anchor - parameters is what is compressed, without a ratio of learning rates; the mean of
                     what was exchanged is then anchor - mean
    adaptive period  AdaComm (Wang and Joshi, MLSys 2019), in the class AdaComm

The exchanges are those of sparsification.py.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from . import sparsification


class AdaComm:
    """The period of the next round, out of the losses of those before. An interval ends with the first round that ends at
    least `interval` local steps after the interval's begin:

        F = the mean over ranks of the mean loss of that round's steps;  F_0 = the same of the first round
        tau = ceil(sqrt(lr_0 / lr F / F_0) tau_0), with the lr of the next step; ceil(tau / 2) if that is not less than tau

    In seconds, it is a clock that is `interval` after the interval's begin, instead of steps.
    """

    def __init__(self, initial, interval, rate):
        self.initial, self.interval, self.rate = initial, interval, rate
        self.tau, self.begin, self.first = initial, 0, None
        #: Of each interval: local steps at its end, F, the next tau before it is rounded up, and tau.
        self.intervals = []

    def averaged(self, steps, losses, clock=None):
        """A round ended after `steps` local steps of each rank, with these mean losses of the ranks; and at this time of
        rank 0's, if intervals are in seconds."""
        now = steps if clock is None else clock
        mean = sum(losses) / len(losses)
        if self.first is None:
            self.first = mean
        if now - self.begin < self.interval:
            return
        exact = math.sqrt(self.rate(0) / self.rate(steps) * (mean / self.first)) * self.initial
        self.intervals.append((steps, mean, exact, self.tau))
        tau = math.ceil(exact)
        self.tau = max(1, tau if tau < self.tau else math.ceil(self.tau / 2))
        self.begin = now

    def margin(self):
        """How far, relative to itself, any tau was from an integer before it was rounded up, where that mattered. One that
        is an integer by its definition (F = F_0) is not counted."""
        apart = [abs(exact - round(exact)) / exact for _, mean, exact, tau in self.intervals if mean != self.first and 0 < exact < tau + 1]
        return min(apart, default=math.inf)


@dataclass
class Plan:
    """How a round ends."""

    outer: str = "mean"  # mean, nesterov, block_momentum or elastic
    period: int = 8  # the first one, if `interval` is given
    interval: int | None = None  # of AdaComm, in local steps
    state: str = "keep"  # keep, reset or average
    rate: float = 1.0  # outer
    momentum: float = 0.0  # outer: b, or beta
    alpha: float | None = None  # of elastic; 0.9 / P if not given
    sparse: sparsification.Plan | None = None  # exchange, compressor, density, value


@dataclass
class Result:
    losses: list = field(default_factory=list)  # [round][rank], the mean of the round's steps
    taus: list = field(default_factory=list)  # [round]
    steps: list = field(default_factory=list)  # [round]: local steps when it ends
    rates: list = field(default_factory=list)  # [round]: of its last local step
    parameters: dict = field(default_factory=dict)
    copies: list = field(default_factory=list)  # [rank][name], of elastic
    outer: dict = field(default_factory=dict)  # momentum of the outer optimizer, by parameter
    optimizers: list = field(default_factory=list)  # [rank]
    residuals: list = field(default_factory=list)  # [rank][name]
    selected: list = field(default_factory=list)  # [round][rank]
    norms: list = field(default_factory=list)  # [round][rank], of the residuals
    gap: float = math.inf  # the smallest of all selections
    adaptive: AdaComm | None = None


def buffers(optimizer):
    """The dictionaries of an optimizer's state, by parameter."""
    return [getattr(optimizer, kind) for kind in ("velocity", "first", "second") if hasattr(optimizer, kind)]


def settle(optimizers, state):
    """What becomes of the ranks' local optimizers at the end of a round."""
    if state == "reset":
        for optimizer in optimizers:
            for buffer in buffers(optimizer):
                buffer.clear()
            if hasattr(optimizer, "count"):
                optimizer.count = 0
    elif state == "average":
        for own in zip(*(buffers(optimizer) for optimizer in optimizers)):
            for name in own[0]:
                total = sum(buffer[name] for buffer in own)
                mean = total / total.dtype.type(len(own))
                for buffer in own:
                    buffer[name] = mean


def local_steps(gradient, parameters, optimizer, rank, first, count):
    """The parameters after `count` steps of one rank from step `first` on, and the losses on the way."""
    current, losses = dict(parameters), []
    for step in range(first, first + count):
        loss, gradients = gradient(current, step, rank)
        losses.append(float(loss))
        current = optimizer.update(step, current, gradients)
    return current, losses


def elastic(centre, own, alpha):
    """Returns the new centre, and each rank's new parameters."""
    real = next(iter(centre.values())).dtype.type
    pulls = [{name: real(alpha) * (tensors[name] - centre[name]) for name in centre} for tensors in own]
    copies = [{name: tensors[name] - pull[name] for name in centre} for tensors, pull in zip(own, pulls)]
    return {name: tensor + sum(pull[name] for pull in pulls) for name, tensor in centre.items()}, copies


def exchanged(accs, plan, number, gaps):
    """The mean of what ranks exchange of their flat vectors, what each keeps, and how many entries each chose. `number`
    counts exchanges."""
    real = accs[0].dtype.type
    k = sparsification.count(plan.density, len(accs[0]))
    chosen = [sparsification.compressed(acc, plan, k, number, gaps) for acc in accs]
    total, returned = sparsification.EXCHANGES[plan.exchange](chosen, k, gaps)
    applied = np.zeros_like(accs[0])
    applied[total[0]] = total[1] / real(len(accs))
    rests = []
    for acc, (indices, values), back in zip(accs, chosen, returned):
        rest = acc.copy()
        rest[indices] -= values
        for again, more in back:
            rest[again] += more
        rests.append(rest)
    return applied, rests, [len(indices) for indices, _ in chosen]


def moved(plan, anchor, outer, mean, change, rate):
    """Returns the next anchor; changes the outer momentum."""
    new = {}
    for name, w in anchor.items():
        real = w.dtype.type
        if plan.outer == "nesterov":
            outer[name] = real(plan.momentum) * outer[name] + change[name]
            new[name] = w - real(plan.rate) * (real(plan.momentum) * outer[name] + change[name])
        elif plan.outer == "block_momentum":
            outer[name] = real(plan.momentum) * outer[name] + change[name] / rate
            new[name] = w - real(plan.rate) * rate * outer[name]
        else:
            new[name] = mean[name]
    return new


def train(gradient, parameters, plan, make_optimizer, ranks, steps, real=np.float32):
    """Trains for `steps` local steps of each rank; gradient(parameters, step, rank) returns a loss and the gradients by
    name, and make_optimizer() an optimizer as in optimizers.py."""
    anchor = {name: np.asarray(tensor, real) for name, tensor in parameters.items()}
    names = list(anchor)
    local = [make_optimizer() for _ in range(ranks)]
    rate = local[0].rate
    adaptive = AdaComm(plan.period, plan.interval, rate) if plan.interval else None
    outer = {name: np.zeros_like(tensor) for name, tensor in anchor.items()}
    residuals = [np.zeros(sum(t.size for t in anchor.values()), real) for _ in range(ranks)]
    copies = [anchor] * ranks
    result, gaps, step = Result(adaptive=adaptive), [], 0
    while step < steps:
        tau = adaptive.tau if adaptive else plan.period
        count = min(tau, steps - step)
        own, losses = zip(*(local_steps(gradient, copies[rank], local[rank], rank, step, count) for rank in range(ranks)))
        step += count
        if plan.outer == "elastic":
            anchor, copies = elastic(anchor, own, 0.9 / ranks if plan.alpha is None else plan.alpha)
        elif plan.sparse:
            flat = lambda rank: np.concatenate([(anchor[n] - own[rank][n]).ravel() for n in names])
            accs = [residuals[rank] + flat(rank) for rank in range(ranks)]
            applied, residuals, selected = exchanged(accs, plan.sparse, len(result.taus), gaps)
            change = sparsification.split(applied, names, anchor)
            mean = {name: anchor[name] - change[name] for name in names}
            result.selected.append(selected)
            result.norms.append([float(np.linalg.norm(r.astype(np.float64))) for r in residuals])
        else:
            mean = {name: sum(tensors[name] for tensors in own) / real(ranks) for name in names}
            change = {name: sum(anchor[name] - tensors[name] for tensors in own) / real(ranks) for name in names}
        if plan.outer != "elastic":
            anchor = moved(plan, anchor, outer, mean, change, real(rate(step - 1)))
            copies = [anchor] * ranks
        settle(local, plan.state)
        result.losses.append([sum(each) / count for each in losses])
        result.taus.append(tau)
        result.steps.append(step)
        result.rates.append(rate(step - 1))
        if adaptive:
            adaptive.averaged(step, result.losses[-1])
    result.parameters, result.copies, result.outer, result.optimizers = anchor, copies, outer, local
    result.residuals = [sparsification.split(r, names, anchor) for r in residuals]
    result.gap = min(gaps, default=math.inf)
    return result
