# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models with their gradients written out. Parameters are `layerI.weight` [in, out] and `layerI.bias` [out]."""

import numpy as np


class Perceptron:
    """Dense layers with ReLU between them and softmax cross entropy at the end, plus
    l2 / 2 times the sum of the squares of all weights (biases excepted). One layer is a
    logistic regression. A ReLU at 0 passes no gradient."""

    def __init__(self, layers, l2=0.0):
        self.layers, self.l2 = layers, l2

    def names(self):
        """The parameters in their order."""
        return [f"layer{i}.{kind}" for i in range(self.layers) for kind in ("weight", "bias")]

    def forward(self, p, x):
        """Returns what enters each layer, and the logits."""
        inputs = [x]
        for i in range(self.layers):
            z = inputs[-1] @ p[f"layer{i}.weight"] + p[f"layer{i}.bias"]
            if i + 1 == self.layers:
                return inputs, z
            inputs.append(np.maximum(z, 0))

    def rows(self, p, x, y):
        """Returns of each row its cross entropy, and whether its own class has the largest logit."""
        _, z = self.forward(p, x)
        own = z[np.arange(len(y)), y]
        top = z.max(axis=1)
        return np.log(np.exp(z - top[:, None]).sum(axis=1)) - (own - top), own == top

    def loss_and_gradients(self, p, x, y):
        """Returns the mean loss of the rows, and its gradients by name."""
        inputs, z = self.forward(p, x)
        count = len(y)
        shifted = z - z.max(axis=1, keepdims=True)
        exponentials = np.exp(shifted)
        totals = exponentials.sum(axis=1, keepdims=True)
        loss = np.mean(np.log(totals[:, 0]) - shifted[np.arange(count), y])
        delta = exponentials / totals  # of the mean loss by the logits
        delta[np.arange(count), y] -= 1
        delta /= count
        gradients = {}
        for i in reversed(range(self.layers)):
            weight = p[f"layer{i}.weight"]
            gradients[f"layer{i}.bias"] = delta.sum(axis=0)
            gradients[f"layer{i}.weight"] = inputs[i].T @ delta + z.dtype.type(self.l2) * weight
            loss += self.l2 / 2 * np.sum(weight * weight)
            if i:
                delta = (delta @ weight.T) * (inputs[i] > 0)
        return loss, {name: gradients[name] for name in self.names()}


class Normalized:
    """A dense layer, batch normalization, ReLU, a dense layer, and softmax cross entropy. In training, entries are
    normalized by mean and variance (biased) of their column over the batch; running ones are state, for evaluation, as
    are the running mean of the rows themselves, and the number of steps."""

    MOMENTUM, EPSILON = 0.9, 1e-5

    def names(self):
        return ["layer0.weight", "layer1.bias", "layer1.weight", "norm.bias", "norm.scale"]

    def statistics(self, p, x):
        z = x @ p["layer0.weight"]
        return z, z.mean(axis=0), z.var(axis=0)

    def logits(self, p, z, mean, variance):
        normal = (z - mean) / np.sqrt(variance + self.EPSILON)
        active = np.maximum(normal * p["norm.scale"] + p["norm.bias"], 0)
        return normal, active, active @ p["layer1.weight"] + p["layer1.bias"]

    def loss_and_gradients(self, p, x, y):
        z, mean, variance = self.statistics(p, x)
        normal, active, logits = self.logits(p, z, mean, variance)
        count = len(y)
        shifted = logits - logits.max(axis=1, keepdims=True)
        odds = np.exp(shifted)
        loss = np.mean(np.log(odds.sum(axis=1)) - shifted[np.arange(count), y])
        delta = odds / odds.sum(axis=1, keepdims=True)
        delta[np.arange(count), y] -= 1
        delta /= count
        back = (delta @ p["layer1.weight"].T) * (active > 0)  # by what comes out of the normalization, scaled
        within = back * p["norm.scale"]
        # Through the mean and the variance, which are of the same column (Ioffe and Szegedy, 2015).
        through = (within - within.mean(axis=0) - normal * (within * normal).mean(axis=0)) / np.sqrt(variance + self.EPSILON)
        return loss, {
            "layer0.weight": x.T @ through,
            "layer1.bias": delta.sum(axis=0),
            "layer1.weight": active.T @ delta,
            "norm.bias": back.sum(axis=0),
            "norm.scale": (back * normal).sum(axis=0),
        }

    def new_state(self, p, s, x):
        """What one worker's step makes of the state."""
        _, mean, variance = self.statistics(p, x)
        moved = lambda name, value: self.MOMENTUM * s[name] + (1 - self.MOMENTUM) * value
        return {
            "inputs.mean": moved("inputs.mean", x.mean(axis=0)),
            "norm.count": s["norm.count"] + 1,
            "norm.mean": moved("norm.mean", mean),
            "norm.var": moved("norm.var", variance),
        }

    def rows(self, p, s, x, y):
        """Returns of each row its cross entropy, and whether its own class has the largest logit, by running statistics."""
        _, _, logits = self.logits(p, x @ p["layer0.weight"], s["norm.mean"], s["norm.var"])
        own, top = logits[np.arange(len(y)), y], logits.max(axis=1)
        return np.log(np.exp(logits - top[:, None]).sum(axis=1)) - (own - top), own == top


#: By the name on the command line.
MODELS = {
    "logreg": Perceptron(1, l2=1e-2),
    "mlp": Perceptron(3),
}
