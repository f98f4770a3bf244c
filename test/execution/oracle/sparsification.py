# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sparse exchanges with error feedback over P ranks, in one process. Shares no code with the compiler or the runtime.

    flat vector       the compressed variables in the model's order, each row-major, one after the other
    acc               residual * (lr of the step before / lr of this step) + gradient; the ratio is 1 in the first step
    top_k             the k largest |acc|, the lower index first among equals; k = clamp(ceil(density d - 1e-6), 1, d)
    random_k          the same k indices on all ranks: Floyd's sampling from splitmix64
    threshold         |acc| >= value
    sign              the mean of all |acc| with the sign of each, + for 0 and -0 (Karimireddy et al., ICML 2019)
    bf16              each acc to the nearest bfloat16, the even one of two
    residual          acc less what was sent, and what the exchange gives back
    applied           the sum of what was exchanged, divided by P once; momentum and weight decay come after it

Exchanges of what the ranks chose:

    all_gather, dense the sum in rank order
    gtopk             the k largest of pairs of ranks, then of pairs of pairs (Shi et al., ICDCS 2019). Merges that
                      discard give back what they discard, in equal parts to the ranks that made the same merge;
                      the published rule returns a rank's own value where the result has no entry, and loses the rest
    ok_topk           the k largest sums over the union; the others' values return to their ranks (Li and Hoefler, PPoPP 2022)

Momentum correction, local clipping to clip / sqrt(P) and the warm-up of the density are those of Lin et al., ICLR 2018.
"""

import math
from dataclasses import dataclass, field

import numpy as np

WARM_UP = (0.25, 0.0625, 0.015625, 0.004, 0.001)
MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15


# --- random numbers ---


def mix(z):
    """The finalizer of splitmix64."""
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def words(seed, stream):
    """The 64-bit words of a stream, without end."""
    base, n = mix((seed + GOLDEN * (stream + 1)) & MASK), 0
    while True:
        n += 1
        yield mix((base + GOLDEN * n) & MASK)


def random_indices(d, k, seed, exchange):
    """k of d indices, ascending: Floyd's sampling."""
    chosen, source = set(), words(seed, exchange)
    for j in range(d - k, d):
        i = (next(source) * (j + 1)) >> 64
        chosen.add(j if i in chosen else i)
    return np.array(sorted(chosen), np.int64)


# --- selection ---


def count(density, d):
    return min(max(math.ceil(density * d - 1e-6), 1), d)


def largest(values, k):
    """Positions of the k largest magnitudes, ascending; the lower position first among equals."""
    return np.sort(np.argsort(-np.abs(values), kind="stable")[:k])


def gap(values, k):
    """By how much, relative to itself, the smallest magnitude chosen exceeds the largest one that is not."""
    if k >= len(values):
        return np.inf
    ordered = -np.sort(-np.abs(values.astype(np.float64)))
    return (ordered[k - 1] - ordered[k]) / ordered[k - 1] if ordered[k - 1] else 0.0


def density_of(step, density, epoch):
    """The density of a step under DGC's warm-up, with `epoch` steps to an epoch."""
    stages = [stage for stage in WARM_UP if stage > density]
    return stages[step // epoch] if step // epoch < len(stages) else density


def to_bf16(values):
    """The nearest bfloat16, the even one of two, in single precision."""
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)).view(np.float32).astype(values.dtype)


def compressed(acc, plan, k, step, gaps):
    """What is sent of acc, as a sparse vector."""
    if plan.compressor == "sign":
        scale = np.abs(acc.astype(np.float64)).sum() / len(acc)
        gaps.append(np.abs(acc).min() / np.abs(acc).max())  # to the other sign
        return np.arange(len(acc)), np.where(acc >= 0, scale, -scale).astype(acc.dtype)
    if plan.compressor == "bf16":
        return np.arange(len(acc)), to_bf16(acc)
    if plan.compressor == "top_k":
        indices = largest(acc, k)
        gaps.append(gap(acc, k))
    elif plan.compressor == "random_k":
        indices = random_indices(len(acc), k, plan.seed, step)
    else:
        indices = np.flatnonzero(np.abs(acc) >= acc.dtype.type(plan.value))
    return indices, acc[indices]


# --- exchanges ---
# A sparse vector is a pair of ascending indices and values. An exchange takes one for each rank, and returns the sum,
# sparse, and for each rank the sparse vectors to add to its residual, in that order.


def added(a, b):
    """a + b on the union of the two supports."""
    indices = np.union1d(a[0], b[0])
    values = np.zeros(len(indices), a[1].dtype)
    values[np.searchsorted(indices, a[0])] += a[1]
    values[np.searchsorted(indices, b[0])] += b[1]
    return indices, values


def all_gather(chosen, k, gaps):
    total = chosen[0]
    for other in chosen[1:]:
        total = added(total, other)
    return total, [[] for _ in chosen]


def merged(a, b, k, gaps):
    """The k largest of a + b, and what is discarded."""
    indices, values = added(a, b)
    kept = np.zeros(len(indices), bool)
    kept[largest(values, k)] = True
    gaps.append(gap(values, k))
    return (indices[kept], values[kept]), (indices[~kept], values[~kept])


def gtopk(chosen, k, gaps):
    ranks = len(chosen)
    core = 1 << (ranks.bit_length() - 1)
    current, returned = list(chosen[:core]), [[] for _ in chosen]
    for extra in range(core, ranks):
        current[extra - core], discarded = merged(current[extra - core], chosen[extra], k, gaps)
        returned[extra - core].append(discarded)
    distance = 1
    while distance < core:
        pairs = [merged(current[p], current[p ^ distance], k, gaps) for p in range(core)]
        for p, (_, (indices, values)) in enumerate(pairs):
            returned[p].append((indices, values / values.dtype.type(2 * distance)))
        current = [kept for kept, _ in pairs]
        distance *= 2
    assert all(np.array_equal(c[0], current[0][0]) and np.array_equal(c[1], current[0][1]) for c in current)
    return current[0], returned


def without(chosen, support):
    """Of each rank's vector, what lies outside the support."""
    outside = [~np.isin(indices, support) for indices, _ in chosen]
    return [[(indices[o], values[o])] for (indices, values), o in zip(chosen, outside)]


def gtopk_published(chosen, k, gaps):
    total, _ = gtopk(chosen, k, gaps)
    return total, without(chosen, total[0])


def ok_topk(chosen, k, gaps):
    union, _ = all_gather(chosen, k, gaps)
    keep = largest(union[1], k)
    gaps.append(gap(union[1], k))
    total = union[0][keep], union[1][keep]
    return total, without(chosen, total[0])


EXCHANGES = {"all_gather": all_gather, "dense": all_gather, "gtopk": gtopk, "gtopk published": gtopk_published, "ok_topk": ok_topk}


# --- training ---


@dataclass
class Plan:
    """What is compressed, and how."""

    exchange: str = "all_gather"
    compressor: str = "top_k"
    density: float = 0.01
    value: float = 0.0  # of the threshold
    error_feedback: bool = True
    momentum: float | None = None  # correction of
    clip: float | None = None
    warm_up: bool = False
    by_variable: bool = False
    dense: tuple = ()  # names of variables that are not compressed
    seed: int = 0


@dataclass
class Result:
    losses: list = field(default_factory=list)  # [step][rank]
    selected: list = field(default_factory=list)  # [step][rank]
    norms: list = field(default_factory=list)  # [step][rank], of the residuals after the exchange
    entered: dict = field(default_factory=dict)  # the sum over ranks and steps of what went in, in double
    parameters: dict = field(default_factory=dict)
    residuals: list = field(default_factory=list)  # [rank][name]
    velocities: list = field(default_factory=list)  # [rank][name], of momentum correction
    gap: float = np.inf  # the smallest of all selections
    lost: float = 0.0  # the largest of any step: | after - before |, of | before |, both in double


def train(gradient, parameters, plan, optimizer, ranks, steps, epoch=1 << 62, real=np.float32):
    """Trains for `steps`; gradient(parameters, step, rank) returns a loss and the gradients by name."""
    current = {name: np.asarray(tensor, real) for name, tensor in parameters.items()}
    sizes = {name: tensor.size for name, tensor in current.items() if name not in plan.dense}
    groups = [[name] for name in sizes] if plan.by_variable else [list(sizes)]
    zeros = lambda: [[np.zeros(sum(sizes[n] for n in group), real) for group in groups] for _ in range(ranks)]
    residuals, velocities = zeros(), zeros()
    result, gaps = Result(), []
    result.entered = {name: np.zeros(tensor.shape) for name, tensor in current.items()}
    for step in range(steps):
        ratio = real(optimizer.rate(step - 1) / optimizer.rate(step)) if step else real(1)
        losses, gradients = zip(*(gradient(current, step, rank) for rank in range(ranks)))
        gradients = [clipped(g, plan.clip, ranks, real) for g in gradients]
        mean = {}
        for name in plan.dense:
            total = sum(g[name] for g in gradients)
            mean[name] = total / real(ranks)
            for g in gradients:
                result.entered[name] += g[name]
        selected = [0] * ranks
        for number, group in enumerate(groups):
            entering, accs, chosen = [], [], []
            d = sum(sizes[n] for n in group)
            k = count(density_of(step, plan.density, epoch) if plan.warm_up else plan.density, d)
            for rank in range(ranks):
                g = np.concatenate([gradients[rank][n].ravel() for n in group])
                if plan.momentum is not None:
                    g = velocities[rank][number] = real(plan.momentum) * velocities[rank][number] + g
                entering.append(g)
                acc = residuals[rank][number] * ratio + g
                assert np.isfinite(acc).all()
                accs.append(acc)
                chosen.append(compressed(acc, plan, k, step, gaps))
                selected[rank] += len(chosen[rank][0])
            before = sum(acc.astype(np.float64) for acc in accs)
            total, returned = EXCHANGES[plan.exchange](chosen, k, gaps)
            applied = np.zeros(d, real)
            applied[total[0]] = total[1] / real(ranks)
            after = ranks * applied.astype(np.float64)
            for rank in range(ranks):
                rest = accs[rank].copy()
                rest[chosen[rank][0]] -= chosen[rank][1]
                for indices, values in returned[rank]:
                    rest[indices] += values
                after += rest
                if plan.error_feedback:
                    residuals[rank][number] = rest
                if plan.momentum is not None:
                    velocities[rank][number] = velocities[rank][number].copy()
                    velocities[rank][number][chosen[rank][0]] = 0
            result.lost = max(result.lost, np.linalg.norm(after - before) / (np.linalg.norm(before) or 1))
            mean |= split(applied, group, current)
            for g in entering:
                for name, part in split(g.astype(np.float64), group, current).items():
                    result.entered[name] += part
        result.losses.append([float(loss) for loss in losses])
        result.selected.append(selected)
        result.norms.append([math.sqrt(sum(np.sum(r.astype(np.float64) ** 2) for r in own)) for own in residuals])
        current = optimizer.update(step, current, {name: mean[name] for name in current})
    named = lambda state: [{n: t for group, r in zip(groups, own) for n, t in split(r, group, current).items()} for own in state]
    result.parameters, result.residuals, result.velocities = current, named(residuals), named(velocities)
    result.gap = min(gaps, default=np.inf)
    return result


def split(flat, group, shapes):
    """The parts of a flat vector by name, with the shapes of the tensors in `shapes`."""
    parts, at = {}, 0
    for name in group:
        parts[name] = flat[at : at + shapes[name].size].reshape(shapes[name].shape)
        at += shapes[name].size
    return parts


def clipped(gradients, clip, ranks, real):
    if clip is None:
        return gradients
    norm = math.sqrt(sum(np.sum(g.astype(np.float64) ** 2) for g in gradients.values()))
    bound = clip / math.sqrt(ranks)
    return gradients if norm <= bound else {name: g * real(bound / norm) for name, g in gradients.items()}


# --- bytes: values of 4 bytes, and with top_k indices of 4 beside them ---


def bytes_sent(plan, ranks, rank, d, k):
    """What one rank hands to the transport in an exchange of k-sparse vectors of d, or None where it is not fixed."""
    if ranks == 1:
        return 0
    if plan.compressor not in ("top_k", "random_k"):
        return None
    entry = 4 if plan.compressor == "random_k" else 8
    if plan.exchange == "all_gather":
        return entry * k * (ranks - 1)
    if plan.exchange.startswith("gtopk"):
        core = 1 << (ranks.bit_length() - 1)
        if rank >= core:
            return entry * k
        return entry * k * (core.bit_length() - 1 + (rank + core < ranks))
    return None
