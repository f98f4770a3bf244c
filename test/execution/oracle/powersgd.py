# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PowerSGD over P ranks, in one process (Vogels, Karimireddy and Jaggi, NeurIPS 2019). Shares no code with the compiler or
the runtime.

    matrix     a variable as [n, m]: m is its last dimension, and n the product of the others
    acc        residual * (lr of the step before / lr of this step) + gradient; the ratio is 1 in the first step
    left       the mean over ranks of acc right, [n, r]; then its columns are made orthonormal, one after the other
    right      the mean over ranks of acc^T left, [m, r], which the next step starts from
    applied    left right^T
    residual   acc - applied, of each rank
    dense      variables with one dimension, those with (n + m) r >= n m, and those of Plan.dense: the mean gradient
"""

import itertools
import math
from dataclasses import dataclass, field

import numpy as np

from .sparsification import clipped, words

#: What a column must keep of its norm while what lies in the columns before it is taken out, or it becomes 0.
LEAST_LEFT = 1e-6


def matrix(shape):
    """n and m."""
    return math.prod(shape[:-1]), shape[-1]


def compressible(shape, rank):
    n, m = matrix(shape) if len(shape) > 1 else (1, 1)
    return len(shape) > 1 and (n + m) * rank < n * m


def first_right(number, m, rank, seed):
    """The right factor before the first step, of the variable with this number among all of the model's: 24 bits of each
    word of its stream, in [-1, 1)."""
    drawn = itertools.islice(words(seed, 2**32 + number), m * rank)
    return np.array([2 * ((word >> 40) * 2.0**-24) - 1 for word in drawn]).reshape(m, rank)


def orthonormal(columns, kept=None):
    """Modified Gram-Schmidt from the first column to the last. Appends to `kept` what each keeps of its norm."""
    q = columns.copy()
    for i in range(q.shape[1]):
        before = np.linalg.norm(q[:, i])
        for j in range(i):
            q[:, i] -= (q[:, j] @ q[:, i]) * q[:, j]
        after = np.linalg.norm(q[:, i])
        if kept is not None:
            kept.append(float(after / before) if before else 0.0)
        q[:, i] = q[:, i] / after if after > LEAST_LEFT * before else 0
    return q


def compressed(accs, right, kept=None):
    """What is applied of the matrices of all ranks, and the next right factor."""
    real = right.dtype.type
    left = orthonormal(sum(acc @ right for acc in accs) / real(len(accs)), kept)
    right = sum(acc.T @ left for acc in accs) / real(len(accs))
    return left @ right.T, right


@dataclass
class Plan:
    """What is compressed, and how."""

    rank: int = 2
    error_feedback: bool = True
    clip: float | None = None
    dense: tuple = ()  # names of variables that are not compressed, whatever their shape
    seed: int = 0


@dataclass
class Result:
    losses: list = field(default_factory=list)  # [step][rank]
    norms: list = field(default_factory=list)  # [step][rank], of the residuals after the exchange
    entered: dict = field(default_factory=dict)  # the sum over ranks and steps of what went in
    parameters: dict = field(default_factory=dict)
    residuals: list = field(default_factory=list)  # [rank][name]
    rights: dict = field(default_factory=dict)  # [name]
    kept: list = field(default_factory=list)  # of every column: what it keeps of its norm when it is made orthogonal
    lost: float = 0.0  # the largest of any step and variable: | after - before |, of | before |


def train(gradient, parameters, plan, optimizer, ranks, steps, real=np.float64):
    """Trains for `steps`; gradient(parameters, step, rank) returns a loss and the gradients by name."""
    current = {name: np.asarray(tensor, real) for name, tensor in parameters.items()}
    rights = {
        name: first_right(number, tensor.shape[-1], plan.rank, plan.seed).astype(real)
        for number, (name, tensor) in enumerate(current.items())
        if name not in plan.dense and compressible(tensor.shape, plan.rank)
    }
    residuals = [{name: np.zeros(current[name].shape, real) for name in rights} for _ in range(ranks)]
    result = Result()
    result.entered = {name: np.zeros(tensor.shape) for name, tensor in current.items()}
    for step in range(steps):
        ratio = real(optimizer.rate(step - 1) / optimizer.rate(step)) if step else real(1)
        losses, gradients = zip(*(gradient(current, step, rank) for rank in range(ranks)))
        gradients = [clipped({n: np.asarray(g, real) for n, g in own.items()}, plan.clip, ranks, real) for own in gradients]
        mean = {}
        for name, tensor in current.items():
            result.entered[name] += sum(own[name].astype(np.float64) for own in gradients)
            if name not in rights:
                mean[name] = sum(own[name] for own in gradients) / real(ranks)
                continue
            accs = [residuals[rank][name] * ratio + gradients[rank][name] for rank in range(ranks)]
            matrices = [acc.reshape(matrix(tensor.shape)) for acc in accs]
            applied, rights[name] = compressed(matrices, rights[name], result.kept)
            mean[name] = applied.reshape(tensor.shape)
            if plan.error_feedback:
                before, after = sum(accs), ranks * mean[name]
                for rank, acc in enumerate(accs):
                    residuals[rank][name] = acc - mean[name]
                    after = after + residuals[rank][name]
                result.lost = max(result.lost, np.linalg.norm(after - before) / (np.linalg.norm(before) or 1))
        result.losses.append([float(loss) for loss in losses])
        result.norms.append([math.sqrt(sum(np.sum(r.astype(np.float64) ** 2) for r in own.values())) for own in residuals])
        current = optimizer.update(step, current, {name: mean[name] for name in current})
    result.parameters, result.residuals, result.rights = current, residuals, rights
    return result
