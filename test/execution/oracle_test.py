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

from oracle import files, local, models, optimizers, powersgd, sparsification, training

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

    def test_state_agrees_with_jax(self):
        folder, model = GRAPHS / "batch_norm", models.Normalized()
        init, tensors = files.load(folder / "init.safetensors"), files.load(folder / "expected.safetensors")
        x, y = np.load(folder / "x.npy").astype(np.float64), np.load(folder / "y.npy")
        expected = json.loads((folder / "expected.json").read_text())
        p = {n: init[n].astype(np.float64) for n in model.names()}
        s = {n.removeprefix("model_state/"): t.astype(np.float64) for n, t in init.items() if n not in p}
        for step, wanted in enumerate(expected["losses"]):
            chosen = training.rows(step, 0, 1, expected["batch"], len(x))
            loss, gradients = model.loss_and_gradients(p, x[chosen], y[chosen])
            self.assertAlmostEqual(loss, wanted, places=5)
            s = model.new_state(p, s, x[chosen])
            p = {n: w - expected["lr"] * gradients[n] for n, w in p.items()}
        for kind, got in (("final", p), ("state", s)):
            for name, tensor in got.items():
                np.testing.assert_allclose(tensor, tensors[f"{kind}/{name}"], atol=1e-5)
        losses, correct = model.rows(p, s, x, y)
        self.assertAlmostEqual(losses.mean(), expected["evaluation"]["loss"], places=5)
        self.assertAlmostEqual(correct.mean(), expected["evaluation"]["accuracy"], places=6)

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


class SparsificationTest(unittest.TestCase):
    def test_random_numbers(self):
        # The first output of splitmix64 seeded with 0 is the finalizer of its increment.
        self.assertEqual(sparsification.mix(sparsification.GOLDEN), 0xE220A8397B1DCDAF)
        counts = np.bincount(np.concatenate([sparsification.random_indices(10, 4, seed, 0) for seed in range(2000)]), minlength=10)
        self.assertTrue(np.all(np.abs(counts - 800) < 6 * (2000 * 0.4 * 0.6) ** 0.5), counts)

    def test_selection(self):
        self.assertEqual([sparsification.count(*given) for given in ((0.07, 1300), (1e-9, 5), (1, 7), (0.5, 3))], [91, 1, 7, 2])
        warm_up = [sparsification.density_of(t, 0.01, 2) for t in range(8)]
        self.assertEqual(warm_up, [0.25, 0.25, 0.0625, 0.0625, 0.015625, 0.015625, 0.01, 0.01])
        self.assertEqual(sparsification.largest(np.array([1.0, -2, 2, 2]), 2).tolist(), [1, 2])

    def test_bf16_of_ties_and_of_a_little_more(self):
        bf16 = sparsification.to_bf16(np.array([1 + 2**-8, 1 + 3 * 2**-8, -1 - 2**-8 - 2**-20], np.float32))
        self.assertEqual(bf16.tolist(), [1, 1 + 2**-6, -1 - 2**-7])

    def test_gtopk_of_three_by_hand(self):
        # k = 1: 2 sends 4 at index 0 to 0, which has 1 there, and drops nothing; 1 has 3 at index 2. 5 and 3 meet:
        # 5 stays, and 3 goes back in halves.
        one = lambda index, value: (np.array([index]), np.array([value], np.float32))
        total, returned = sparsification.gtopk([one(0, 1), one(2, 3), one(0, 4)], 1, [])
        back = [[(i.tolist(), v.tolist()) for i, v in own] for own in returned]
        self.assertEqual((total[0].tolist(), total[1].tolist()), ([0], [5]))
        self.assertEqual(back, [[([], []), ([2], [1.5])], [([2], [1.5])], []])


class LocalTest(unittest.TestCase):
    def test_elastic_by_hand(self):
        """Two ranks and two rounds of one step, with gradients of rank + 1, from 1: alpha is 0.45."""
        one = {"w": np.array([1.0])}
        gradient = lambda p, step, rank: (p["w"][0], {"w": np.array([rank + 1.0])})
        make = lambda: optimizers.make("sgd{lr=0.1}")
        result = local.train(gradient, one, local.Plan("elastic", 1), make, 2, 2, np.float64)
        x, y, c = 0.9, 0.8, 1.0
        x, y, c = x + 0.045, y + 0.09, c - 0.045 - 0.09
        x, y = x - 0.1, y - 0.2
        x, y, c = x - 0.45 * (x - c), y - 0.45 * (y - c), c + 0.45 * (x - c) + 0.45 * (y - c)
        got = [result.parameters["w"][0], *(own["w"][0] for own in result.copies)]
        np.testing.assert_allclose(got, [c, x, y], rtol=1e-14)
        np.testing.assert_allclose(result.losses, [[1, 1], [0.945, 0.89]])

    def test_elastic_conserves(self):
        rng = np.random.default_rng(0)
        centre, own = {"w": rng.standard_normal(9)}, [{"w": rng.standard_normal(9)} for _ in range(3)]
        for alpha in (0.1, 1 / 3, 0.9):
            new, copies = local.elastic(centre, own, alpha)
            np.testing.assert_allclose(new["w"] + sum(t["w"] for t in copies), centre["w"] + sum(t["w"] for t in own), atol=1e-14)
        # A third of each of three: the centre is their mean; all of one: they trade places.
        np.testing.assert_allclose(local.elastic(centre, own, 1 / 3)[0]["w"], sum(t["w"] for t in own) / 3, atol=1e-14)
        new, copies = local.elastic(centre, own[:1], 1.0)
        np.testing.assert_allclose([new["w"], copies[0]["w"]], [own[0]["w"], centre["w"]], atol=1e-14)

    def test_intervals_in_seconds(self):
        """One ends with the first average at least so long after it began."""
        adaptive = local.AdaComm(8, 1.0, lambda step: 0.1)
        for steps, loss, clock in ((8, 4.0, 0.6), (16, 3.0, 1.2), (22, 2.5, 2.1), (28, 2.0, 2.3), (34, 1.0, 2.9)):
            adaptive.averaged(steps, [loss], clock)
        self.assertEqual([(steps, tau) for steps, _, _, tau in adaptive.intervals], [(16, 8), (28, 7)])
        self.assertEqual((adaptive.tau, adaptive.begin), (6, 2.3))


class PowerSgdTest(unittest.TestCase):
    def setUp(self):
        self.rng = np.random.default_rng(0)

    def test_shapes(self):
        self.assertEqual(powersgd.matrix((3, 4, 5, 16)), (60, 16))
        # (4 + 4) 2 is 4 * 4; (5 + 4) 2 is less than 5 * 4.
        shapes = {(4, 4): False, (5, 4): True, (97,): False, (): False, (3, 1): False, (2, 2, 4): False, (2, 2, 5): True}
        self.assertEqual({shape: powersgd.compressible(shape, 2) for shape in shapes}, shapes)

    def test_first_right_factor(self):
        q = powersgd.first_right(number=3, m=500, rank=4, seed=7)
        self.assertEqual(q.shape, (500, 4))
        # Multiples of 2^-23 in [-1, 1): exact in single precision.
        self.assertTrue(np.all(q == np.round(q * 2**23) / 2**23) and np.all(q >= -1) and np.all(q < 1))
        self.assertTrue(np.array_equal(q, q.astype(np.float32)))
        self.assertLess(abs(q.mean()), 6 * (1 / 3 / q.size) ** 0.5)
        self.assertLess(abs(np.mean(q * q) - 1 / 3), 6 * (4 / 45 / q.size) ** 0.5)
        # Row after row of one stream: more columns take the same words otherwise.
        self.assertTrue(np.array_equal(powersgd.first_right(3, 1000, 2, 7).ravel(), q.ravel()))
        # Word 0 of the stream, by the generator's definition.
        base = sparsification.mix((7 + sparsification.GOLDEN * (2**32 + 3 + 1)) % 2**64)
        word = sparsification.mix((base + sparsification.GOLDEN) % 2**64)
        self.assertEqual(q[0, 0], 2 * (word >> 40) / 2**24 - 1)
        self.assertFalse(np.any(powersgd.first_right(4, 500, 4, 7) == q) or np.any(powersgd.first_right(3, 500, 4, 8) == q))

    def test_orthonormal_columns(self):
        a = self.rng.standard_normal((40, 5))
        q, r = np.linalg.qr(a)
        np.testing.assert_allclose(powersgd.orthonormal(a), q * np.sign(np.diag(r)), atol=1e-13)
        # A column in the span of those before it becomes 0, and so does a column of zeros.
        dependent = np.stack([a[:, 0], 3 * a[:, 0], a[:, 1], a[:, 0] - a[:, 1], 0 * a[:, 0]], axis=1)
        q = powersgd.orthonormal(dependent)
        np.testing.assert_allclose(q.T @ q, np.diag([1, 0, 1, 0, 0]), atol=1e-14)

    def test_full_rank_is_exact(self):
        m = self.rng.standard_normal((3, 12, 7))
        applied, _ = powersgd.compressed(list(m), powersgd.first_right(0, 7, 7, 0))
        np.testing.assert_allclose(applied, m.mean(axis=0), atol=1e-13)

    def test_is_a_projection_of_the_mean(self):
        m, right = self.rng.standard_normal((4, 20, 9)), powersgd.first_right(0, 9, 2, 0)
        mean = m.mean(axis=0)
        q, _ = np.linalg.qr(mean @ right)
        applied, _ = powersgd.compressed(list(m), right)
        np.testing.assert_allclose(applied, q @ (q.T @ mean), atol=1e-13)

    def test_warm_start_finds_the_best_approximation(self):
        u, s, vt = np.linalg.svd(self.rng.standard_normal((20, 9)))
        m, right = (u[:, :9] * [9, 8, 1, 0.5, 0.5, 0.1, 0.1, 0.1, 0.1]) @ vt, powersgd.first_right(0, 9, 2, 0)
        for _ in range(20):
            applied, right = powersgd.compressed([m], right)
        np.testing.assert_allclose(applied, (u[:, :2] * [9, 8]) @ vt[:2], atol=1e-12)

    def test_conserves_and_converges(self):
        """All that entered is applied or in a residual; single precision does nearly the same; a large batch on one rank too."""
        graph = Graph("mlp")

        def run(ranks, batch, real, schedule=""):
            def gradient(p, step, rank):
                rows = training.rows(step, rank, ranks, batch, len(graph.x))
                return graph.model.loss_and_gradients(p, graph.x[rows].astype(real), graph.y[rows])

            init = {name: graph.init[name] for name in graph.model.names()}
            return init, powersgd.train(gradient, init, powersgd.Plan(rank=2), optimizers.make("sgd{lr=0.1}", schedule), ranks, 20, real)

        init, exact = run(4, 4, np.float64)
        self.assertEqual(list(exact.rights), [name for name in init if name.endswith("weight") and powersgd.compressible(init[name].shape, 2)])
        self.assertTrue(exact.rights)
        self.assertLess(exact.lost, 1e-14)
        for name, entered in exact.entered.items():
            left = sum(own[name] for own in exact.residuals if name in own)
            np.testing.assert_allclose(left + 4 * (init[name] - exact.parameters[name]) / 0.1, entered, atol=1e-6)
        self.assertLess(np.mean(exact.losses[-1]), 0.8 * np.mean(exact.losses[0]))
        _, single = run(4, 4, np.float32)
        _, one = run(1, 16, np.float64)
        for name, tensor in exact.parameters.items():
            np.testing.assert_allclose(single.parameters[name], tensor, atol=1e-5)
            # Only the mean of the ranks' matrices enters what is applied.
            np.testing.assert_allclose(one.parameters[name], tensor, atol=1e-12)


if __name__ == "__main__":
    unittest.main(verbosity=2)
