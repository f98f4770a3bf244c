# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of compressed exchanges train: a model whose gradients are its data, and the exported graphs."""

import harness
import numpy as np
from oracle import files, models, optimizers, sparsification, training


def model_text(shapes):
    """@value_and_grad: the gradient of a parameter NAME is the data argument gNAME; the loss is half the sum of the
    squares of the last parameter."""
    kind = lambda shape: f"tensor<{'x'.join(map(str, shape))}xf32>"
    arguments = [f'%{n}: {kind(s)} {{tacit.parameter = "{n}"}}' for n, s in shapes.items()]
    arguments += [f'%g{n}: {kind((1, *s))} {{tacit.data = "g{n}"}}' for n, s in shapes.items()]
    last, shape = list(shapes.items())[-1]
    axes = ", ".join(f"d{i}" for i in range(len(shape)))
    reductions = ", ".join(['"reduction"'] * len(shape))
    body = f"""    %zero = arith.constant 0.0 : f32
    %half = arith.constant 0.5 : f32
    %empty = tensor.empty() : tensor<f32>
    %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<f32>) -> tensor<f32>
    %loss = linalg.generic {{indexing_maps = [affine_map<({axes}) -> ({axes})>, affine_map<({axes}) -> ()>], iterator_types = [{reductions}]}}
        ins(%{last} : {kind(shape)}) outs(%start : tensor<f32>) {{
    ^bb0(%w: f32, %sum: f32):
      %square = arith.mulf %w, %w : f32
      %part = arith.mulf %square, %half : f32
      %next = arith.addf %sum, %part : f32
      linalg.yield %next : f32
    }} -> tensor<f32>
"""
    for name, shape in shapes.items():
        groups = [[0, 1], *([i] for i in range(2, len(shape) + 1))]
        body += f"    %r{name} = tensor.collapse_shape %g{name} {groups} : {kind((1, *shape))} into {kind(shape)}\n"
    results = [f"%r{name}" for name in shapes]
    types = [kind(shape) for shape in shapes.values()]
    return (
        f"func.func @value_and_grad({', '.join(arguments)}) -> (tensor<f32>, {', '.join(types)}) {{\n{body}"
        f"    return %loss, {', '.join(results)} : tensor<f32>, {', '.join(types)}\n}}\n"
    )


def kinds(rng, size):
    """Rows of gradients, endlessly: ties, mostly zeros, ties over a wide range, a wide range, denormals, normal, all equal, zeros."""
    while True:
        yield rng.integers(-4, 5, size)
        yield np.where(rng.random(size) < 0.02, rng.integers(-3, 4, size), 0)
        yield rng.integers(-2, 3, size) * 2.0 ** rng.integers(-30, 10, size)
        yield rng.choice([-1, 1], size) * 10.0 ** rng.uniform(-30, 4, size)
        yield rng.integers(-9, 10, size) * 1e-44
        yield rng.standard_normal(size)
        yield np.full(size, -1.0)  # all equal: the lowest indices
        yield np.resize([0.0, -0.0], size)


def normal(rng, size):
    while True:
        yield rng.standard_normal(size)


class Given:
    """The model with its data and initial parameters in files, and the same as the oracle's gradient. `rows` and `init`
    give the gradients [step * ranks + rank] and the parameters, instead of `source` and of chance."""

    def __init__(self, folder, ranks, steps, shapes, source=kinds, spoil=None, seed=0, rows=None, init=None):
        rng = np.random.default_rng([ranks, seed])
        self.folder = folder
        folder.mkdir()
        self.ranks = ranks
        size = sum(int(np.prod(shape)) for shape in shapes.values())
        rows = iter([rows[r + t * ranks] for r in range(ranks) for t in range(steps)]) if rows is not None else source(rng, size)
        # Every rank goes through the kinds, one of them later than the rank before.
        table = {r: [np.asarray(next(rows), np.float32) for _ in range(steps)] for r in range(ranks)}
        self.rows = np.stack([table[i % ranks][i // ranks] for i in range(ranks * steps)])
        if spoil:
            spoil(self.rows)
        self.init = init or {n: rng.integers(-8, 9, s).astype(np.float32) for n, s in shapes.items()}
        self.data, at = {}, 0
        for n, shape in shapes.items():
            length = int(np.prod(shape))
            self.data[f"g{n}"] = self.rows[:, at : at + length].reshape(-1, *shape)
            at += length
            np.save(self.folder / f"g{n}.npy", self.data[f"g{n}"])
        files.save(self.folder / "init.safetensors", dict(reversed(self.init.items())))
        self.model = self.folder / "model.mlir"
        self.model.write_text(model_text(shapes))
        data = ",".join(f"{n}={self.folder / n}.npy" for n in self.data)
        self.arguments = [f"--load-parameters={self.folder / 'init.safetensors'}", f"--data=npy:{data}", "--shuffle=off"]
        self.epoch = steps

    def gradient(self, parameters, step, rank):
        row = (step * self.ranks + rank) % len(self.rows)
        last = list(parameters.values())[-1].astype(np.float64)
        return 0.5 * np.sum(last * last), {n: self.data[f"g{n}"][row] for n in parameters}


class Graph:
    """An exported graph, and the oracle's model of it."""

    def __init__(self, name, ranks):
        self.folder, self.ranks = harness.GRAPHS / name, ranks
        self.batch = {"logreg": 12, "mlp": 16}[name]
        self.init = files.load(self.folder / "init.safetensors")
        self.x, self.y = np.load(self.folder / "x.npy"), np.load(self.folder / "y.npy")
        self.model, self.trusted = self.folder / "loss.mlir", models.MODELS[name]
        self.init = {n: self.init[n] for n in self.trusted.names()}
        self.arguments = [f"--load-parameters={self.folder / 'init.safetensors'}", harness.npy(self.folder), "--shuffle=off"]
        self.epoch = training.steps_of_epoch(len(self.x), ranks, self.batch)

    def gradient(self, parameters, step, rank):
        rows = training.rows(step, rank, self.ranks, self.batch, len(self.x))
        return self.trusted.loss_and_gradients(parameters, self.x[rows], self.y[rows])


def roomy(subjects, plan, optimizer, schedule, rounds, tolerance, margin):
    """The first of the subjects in which, by the oracle alone, rounding cannot change what is selected."""
    for subject in subjects:
        wanted = sparsification.train(
            subject.gradient, subject.init, plan, optimizers.make(optimizer, schedule), subject.ranks, rounds, subject.epoch
        )
        if wanted.gap > margin * tolerance:
            return subject
    raise AssertionError("no subject has room for rounding")
