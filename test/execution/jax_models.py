# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Run by jax_test.py in a Python that has JAX: exports models as users write them, with the numbers of training them there.

    jax_models.py MODEL ...     writes MODEL.mlir, MODEL-gradients.mlir and MODEL.json, and its data as MODEL-NAME.npy
    jax_models.py refused       prints what the exporter says of what it cannot write, a line each
"""

import dataclasses
import json
import sys

import jax
import jax.numpy as jnp
import numpy as np
import tacit_jax
from jax import lax

ROWS, BATCH, STEPS, RATE = 40, 8, 10, 0.1
rng = np.random.default_rng(3)


def normal(*shape, scale=None):
    return (rng.standard_normal(shape) * (scale or shape[0] ** -0.5)).astype(np.float32)


def cross_entropy(z, y):
    return -jnp.mean(jnp.sum(jax.nn.one_hot(y, z.shape[-1]) * jax.nn.log_softmax(z), axis=-1))


# Each model: the loss, parameters, data, state or None.


def nested():
    """Dictionaries in lists, and a dataclass; names with slashes, as haiku has them."""

    @jax.tree_util.register_dataclass
    @dataclasses.dataclass
    class Head:
        kernel: jax.Array
        bias: jax.Array

    def loss(params, x, y):
        for layer in params["body/layers"]:
            x = jnp.tanh(x @ layer["w"] + layer["b"])
        return cross_entropy(x @ params["head"].kernel + params["head"].bias, y)

    layers = [{"w": normal(6, 5), "b": normal(5)}, {"w": normal(5, 5), "b": normal(5)}]
    params = {"body/layers": layers, "head": Head(normal(5, 3), np.zeros(3, np.float32))}
    return loss, params, (normal(ROWS, 6, scale=1.0), rng.integers(0, 3, ROWS).astype(np.int32)), None


def dictionary():
    """One dictionary as the batch, and state that is returned as has_aux=True wants it."""

    def loss(params, stats, batch):
        h = batch["image"].reshape(len(batch["image"]), -1) @ params["kernel"]
        mean, var = h.mean(axis=0), h.var(axis=0)
        new = {"mean": 0.9 * stats["mean"] + 0.1 * mean, "var": 0.9 * stats["var"] + 0.1 * var, "steps": stats["steps"] + 1}
        h = jax.nn.relu((h - mean) * lax.rsqrt(var + 1e-5) * params["scale"])
        return cross_entropy(h @ params["out"], batch["label"]), new

    params = {"kernel": normal(12, 7), "scale": np.ones(7, np.float32), "out": normal(7, 4)}
    stats = {"mean": np.zeros(7, np.float32), "var": np.ones(7, np.float32), "steps": np.int32(0)}
    return loss, params, ({"image": normal(ROWS, 4, 3, scale=1.0), "label": rng.integers(0, 4, ROWS).astype(np.int32)},), stats


def recurrent():
    """A scan over time."""

    def loss(params, x, y):
        step = lambda h, row: (jnp.tanh(row @ params["in"] + h @ params["recurrent"]), None)
        h, _ = lax.scan(step, jnp.zeros((x.shape[0], 6)), x.transpose(1, 0, 2))
        return cross_entropy(h @ params["out"], y)

    params = {"in": normal(3, 6), "recurrent": normal(6, 6), "out": normal(6, 3)}
    return loss, params, (normal(ROWS, 5, 3, scale=1.0), rng.integers(0, 3, ROWS).astype(np.int32)), None


def choice():
    """One side or the other, as the batch says."""

    def loss(params, x, y):
        h = jnp.tanh(x @ params["in"])
        h = lax.cond(jnp.sum(x) > 0, lambda: h * params["scale"], lambda: h)
        return cross_entropy(h @ params["out"], y)

    params = {"in": normal(3, 6), "scale": np.full(6, 2.0, np.float32), "out": normal(6, 3)}
    return loss, params, (normal(ROWS, 3, scale=1.0), rng.integers(0, 3, ROWS).astype(np.int32)), None


def embedding():
    """Rows of a table, chosen by tokens."""

    def loss(params, tokens, y):
        return cross_entropy(params["table"][tokens].mean(axis=1) @ params["out"], y)

    params = {"table": normal(11, 6, scale=1.0), "out": normal(6, 3)}
    return loss, params, (rng.integers(0, 11, (ROWS, 4)).astype(np.int32), rng.integers(0, 3, ROWS).astype(np.int32)), None


def convolution():
    """A residual block."""

    def conv(x, kernel):
        return lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))

    def loss(params, x, y):
        h = jax.nn.relu(conv(x, params["first"]))
        h = h + conv(jax.nn.relu(conv(h, params["block"]["a"])), params["block"]["b"])
        return cross_entropy(h.mean(axis=(1, 2)) @ params["out"], y)

    params = {"first": normal(3, 3, 2, 4, scale=0.3), "block": {"a": normal(3, 3, 4, 4, scale=0.2), "b": normal(3, 3, 4, 4, scale=0.2)}, "out": normal(4, 3)}
    return loss, params, (normal(ROWS, 6, 6, 2, scale=1.0), rng.integers(0, 3, ROWS).astype(np.int32)), None


MODELS = {m.__name__: m for m in (nested, dictionary, recurrent, choice, embedding, convolution)}


def export(name):
    loss, params, data, state = MODELS[name]()
    batch = jax.tree.map(lambda a: a[:BATCH], data)
    tacit_jax.export(f"{name}.mlir", loss, params, *batch, state=state)
    refused = None
    try:
        tacit_jax.export(f"{name}-gradients.mlir", loss, params, *batch, state=state, gradients=True)
    except tacit_jax.ExportError as error:
        refused = str(error)
    skipped = 1 if state is None else 2
    files = {}
    for argument, array in tacit_jax._named_data(loss, data, skipped).items():
        files[argument] = f"{name}-{argument}.npy"
        np.save(files[argument], array)

    losses = []
    step = jax.jit(jax.value_and_grad(lambda p, s, d: loss(p, *d) if state is None else loss(p, s, *d), has_aux=state is not None))
    for t in range(STEPS):
        rows = (t * BATCH + np.arange(BATCH)) % ROWS
        value, gradients = step(params, state, jax.tree.map(lambda a: a[rows], data))
        value, state = value if state is not None else (value, None)
        losses.append(float(value))
        params = jax.tree.map(lambda w, g: w - np.float32(RATE) * g, params, gradients)
    final = {n: np.asarray(v).ravel()[:8].tolist() for n, v in tacit_jax._named(params).items()}
    states = {} if state is None else {n: np.asarray(v).ravel()[:8].tolist() for n, v in tacit_jax._named(state).items()}
    with open(f"{name}.json", "w") as file:
        json.dump({"losses": losses, "final": final, "states": states, "data": files, "rate": RATE, "refused": refused}, file)


def refused():
    """What cannot be written, and what is said of it."""
    x, w = normal(4, 3), {"w": normal(3, 2)}
    total = lambda p, x: jnp.sum(x @ p["w"])
    cases = {
        "sort": (lambda p, x: jnp.sort((x @ p["w"]).ravel())[0], w, x),
        "while": (lambda p, x: lax.while_loop(lambda c: c < 100.0, lambda c: 2 * c + total(p, x), 1.0), w, x),
        "vector": (lambda p, x: x @ p["w"], w, x),
        "integers": (total, {"w": np.ones((3, 2), np.int32)}, x),
        "array": (total, w["w"], x),
        "batch": (total, w),
        "bytes": (total, w, x.astype(np.uint8)),
        "scalar": (lambda p, x, rate: total(p, x) * rate, w, x, np.float32(1)),
        "rows": (lambda p, x, y: total(p, x), w, x, x[:2]),
    }
    for name, arguments in cases.items():
        try:
            tacit_jax.export("refused.mlir", *arguments)
            print(f"{name}: written")
        except tacit_jax.ExportError as error:
            print(f"{name}: {error}")


for model in sys.argv[1:]:
    refused() if model == "refused" else export(model)
