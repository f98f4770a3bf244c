# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Optimizers and learning-rate schedules. `step` counts local steps from 0."""

import numpy as np


def constant():
    return lambda step: 1.0


def steps(every, gamma):
    """The rate is multiplied by gamma after every so many steps."""
    return lambda step: gamma ** (step // every)


class Sgd:
    """w -= lr v with v = m v + g + wd w, v = 0 at first and without dampening; with Nesterov's
    momentum w -= lr (g + wd w + m v)."""

    def __init__(self, lr, momentum=0.0, nesterov=False, weight_decay=0.0, schedule=constant()):
        self.lr, self.momentum, self.nesterov, self.weight_decay = lr, momentum, nesterov, weight_decay
        self.schedule, self.velocity = schedule, {}

    def rate(self, step):
        return self.lr * self.schedule(step)

    def update(self, step, parameters, gradients):
        """Returns the new parameters."""
        new = {}
        for name, w in parameters.items():
            real = w.dtype.type  # arithmetic stays in the parameters' type
            g = gradients[name] + real(self.weight_decay) * w
            v = real(self.momentum) * self.velocity.get(name, np.zeros_like(w)) + g
            self.velocity[name] = v
            change = g + real(self.momentum) * v if self.nesterov else v
            new[name] = w - real(self.rate(step)) * change
        return new


class AdamW:
    """w -= lr (m_hat / (sqrt(v_hat) + eps) + wd w), both terms with w from before the step."""

    def __init__(self, lr, beta1=0.9, beta2=0.999, epsilon=1e-8, weight_decay=0.01, schedule=constant()):
        self.lr, self.beta1, self.beta2, self.epsilon, self.weight_decay = lr, beta1, beta2, epsilon, weight_decay
        self.schedule, self.count, self.first, self.second = schedule, 0, {}, {}

    def rate(self, step):
        return self.lr * self.schedule(step)

    def update(self, step, parameters, gradients):
        """Returns the new parameters."""
        self.count += 1
        new = {}
        for name, w in parameters.items():
            real, g = w.dtype.type, gradients[name]
            zero = np.zeros_like(w)
            m = real(self.beta1) * self.first.get(name, zero) + real(1 - self.beta1) * g
            v = real(self.beta2) * self.second.get(name, zero) + real(1 - self.beta2) * g * g
            self.first[name], self.second[name] = m, v
            m_hat = m / real(1 - self.beta1**self.count)
            v_hat = v / real(1 - self.beta2**self.count)
            change = m_hat / (np.sqrt(v_hat) + real(self.epsilon)) + real(self.weight_decay) * w
            new[name] = w - real(self.rate(step)) * change
        return new


def make(optimizer, schedule=""):
    """The optimizer that the two option texts of tacit-run ask for: `sgd{lr=0.1 momentum=0.9}`, `step{every=5 gamma=0.5}`."""
    name, options = split(optimizer)
    scheduled = constant()
    if schedule and schedule != "constant":
        kind, settings = split(schedule)
        if kind != "step":
            raise ValueError(f"no schedule {kind}")
        scheduled = steps(int(settings["every"]), settings["gamma"])
    return {"sgd": Sgd, "adamw": AdamW}[name](**options, schedule=scheduled)


def split(text):
    """`name{key=value ...}` as the name and a dictionary of numbers."""
    name, _, rest = text.partition("{")
    options = {}
    for pair in rest.rstrip("}").split():
        key, _, value = pair.partition("=")
        options[key.replace("-", "_")] = value == "true" if value in ("true", "false") else float(value)
    return name, options
