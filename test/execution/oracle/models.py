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


#: By the name on the command line.
MODELS = {
    "logreg": Perceptron(1, l2=1e-2),
    "mlp": Perceptron(3),
}
