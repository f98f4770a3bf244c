# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The oracle itself: against JAX on the exported graphs, and against its own definitions. Needs no tacit-run."""

import json
import pathlib
import sys
import unittest

try:
    import numpy as np
except ImportError:
    print(f"skipped: {sys.executable} has no numpy (Debian's python3-numpy)")
    sys.exit(77)

from oracle import files, models, optimizers, training

GRAPHS = pathlib.Path(__file__).resolve().parent / "graphs"


class Graph:
    def __init__(self, name):
        folder = GRAPHS / name
        self.model = models.MODELS[name]
        self.init = files.load(folder / "init.safetensors")
        self.x, self.y = np.load(folder / "x.npy"), np.load(folder / "y.npy")
        self.expected = json.loads((folder / "expected.json").read_text())
        self.tensors = files.load(folder / "expected.safetensors")

    def train(self, optimizer=None, ranks=1, batch=None, **options):
        optimizer = optimizer or optimizers.Sgd(self.expected["lr"])
        return training.train(
            self.model, self.init, self.x, self.y, batch or self.expected["batch"], self.expected["steps"], optimizer, ranks, **options
        )  # fmt: skip


class OracleTest(unittest.TestCase):
    def test_agrees_with_jax(self):
        for name in models.MODELS:
            graph = Graph(name)
            for real, tolerance in ((np.float64, 2e-6), (np.float32, 5e-6)):
                result = graph.train(real=real)
                np.testing.assert_allclose([losses[0] for losses in result.losses], graph.expected["losses"], rtol=tolerance)
                for parameter, gradient in result.first_gradients.items():
                    wanted = graph.tensors[f"grad/{parameter}"]
                    self.assertLess(np.abs(gradient - wanted).max(), 1e-5 * np.abs(wanted).max(), parameter)
                    np.testing.assert_allclose(result.parameters[parameter], graph.tensors[f"final/{parameter}"], atol=1e-5)

    def test_evaluation_agrees_with_jax(self):
        graph = Graph("mlp")
        losses, correct = graph.model.rows(graph.train().parameters, graph.x, graph.y)
        self.assertAlmostEqual(losses.mean(), graph.expected["evaluation"]["loss"], places=5)
        self.assertAlmostEqual(correct.mean(), graph.expected["evaluation"]["accuracy"], places=6)

    def test_gradients_agree_with_differences(self):
        graph = Graph("mlp")
        p = {name: tensor.astype(np.float64) for name, tensor in graph.init.items()}
        for model in (graph.model, models.Perceptron(3, l2=0.3)):
            _, gradients = model.loss_and_gradients(p, graph.x.astype(np.float64), graph.y)
            rng = np.random.default_rng(0)
            for name, w in p.items():
                direction, h = rng.standard_normal(w.shape), 1e-6
                up, down = (model.loss_and_gradients(p | {name: w + s * h * direction}, graph.x, graph.y)[0] for s in (1, -1))
                self.assertAlmostEqual((up - down) / (2 * h), np.sum(gradients[name] * direction), places=6)

    def test_ranks_are_a_larger_batch(self):
        for optimizer in ("sgd{lr=0.1}", "sgd{lr=0.1 momentum=0.9 nesterov=true weight-decay=0.01}", "adamw{lr=0.01}"):
            graph = Graph("mlp")
            four = graph.train(optimizers.make(optimizer), ranks=4, batch=4)
            one = graph.train(optimizers.make(optimizer), ranks=1, batch=16)
            for name, tensor in one.parameters.items():
                np.testing.assert_allclose(four.parameters[name], tensor, atol=1e-12)
            np.testing.assert_allclose([np.mean(l) for l in four.losses], [l[0] for l in one.losses], rtol=1e-12)

    def test_optimizers_on_one_number(self):
        """Two steps with gradients 1 and 2 from w = 1, by hand."""

        def two(optimizer):
            w = {"w": np.array([1.0])}
            for step, gradient in enumerate((1.0, 2.0)):
                w = optimizer.update(step, w, {"w": np.array([gradient])})
            return w["w"][0]

        self.assertAlmostEqual(two(optimizers.make("sgd{lr=0.1}")), 1 - 0.1 - 0.2)
        self.assertAlmostEqual(two(optimizers.make("sgd{lr=0.1 momentum=0.5}")), 1 - 0.1 - 0.25)
        self.assertAlmostEqual(two(optimizers.make("sgd{lr=0.1 momentum=0.5 nesterov=true}")), 1 - 0.15 - 0.325)
        self.assertAlmostEqual(two(optimizers.make("sgd{lr=0.1 weight-decay=0.5}")), 0.85 - 0.1 * (2 + 0.425))
        self.assertAlmostEqual(two(optimizers.make("sgd{lr=0.1}", "step{every=1 gamma=0.1}")), 1 - 0.1 - 0.02)
        # The first step of AdamW is lr times the sign of the gradient, and lr wd w.
        first = 1 - 0.1 * (1 + 0.5)
        m, v = (0.5 * 0.5 + 0.5 * 2) / 0.75, (0.75 * 0.25 + 0.25 * 4) / (1 - 0.75**2)
        self.assertAlmostEqual(
            two(optimizers.make("adamw{lr=0.1 beta1=0.5 beta2=0.75 epsilon=0 weight-decay=0.5}")),
            first - 0.1 * (m / v**0.5 + 0.5 * first),
        )

    def test_rows_wrap(self):
        self.assertEqual(list(training.rows(step=1, rank=1, ranks=2, batch=3, count=10)), [9, 0, 1])
        self.assertEqual(training.steps_of_epoch(10, ranks=2, batch=2), 2)
        self.assertEqual(training.steps_of_epoch(3, ranks=2, batch=2), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
