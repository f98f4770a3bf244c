# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Synchronous SGD over P ranks, in one process."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Result:
    losses: list  # losses[t][r]: of rank r's batch of step t, before the update
    rates: list  # rates[t]
    first_gradients: dict  # the mean over ranks, at step 0
    parameters: dict  # after the last step


def rows(step, rank, ranks, batch, count):
    """The rows of `count` that a rank's step takes, in order."""
    return ((step * ranks + rank) * batch + np.arange(batch)) % count


def steps_of_epoch(count, ranks, batch):
    return max(1, count // (ranks * batch))


def train(model, parameters, x, y, batch, steps, optimizer, ranks=1, real=np.float64):
    """Trains for `steps` and returns a Result, all arithmetic in the type `real`."""
    current = {name: np.asarray(parameters[name], real) for name in model.names()}
    x = np.asarray(x, real)
    result = Result([], [], {}, {})
    for step in range(steps):
        losses, total = [], None
        for rank in range(ranks):
            chosen = rows(step, rank, ranks, batch, len(x))
            loss, gradients = model.loss_and_gradients(current, x[chosen], y[chosen])
            losses.append(float(loss))
            total = gradients if total is None else {name: total[name] + g for name, g in gradients.items()}
        mean = {name: g / real(ranks) for name, g in total.items()}
        if step == 0:
            result.first_gradients = mean
        result.losses.append(losses)
        result.rates.append(optimizer.rate(step))
        current = optimizer.update(step, current, mean)
    result.parameters = current
    return result
