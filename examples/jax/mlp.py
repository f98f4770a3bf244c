# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A multi-layer perceptron for digits in JAX, as a model of Tacit: writes mlp.mlir and mlp.safetensors."""

import jax
import jax.numpy as jnp
import tacit_jax

WIDTHS, BATCH = (784, 128, 10), 16


def initialize(seed=0):
    keys = jax.random.split(jax.random.key(seed), len(WIDTHS) - 1)
    pairs = zip(keys, WIDTHS, WIDTHS[1:])
    return [{"weight": jax.random.normal(k, (i, o)) * (2 / i) ** 0.5, "bias": jnp.zeros(o)} for k, i, o in pairs]


def logits(params, x):
    for layer in params[:-1]:
        x = jax.nn.relu(x @ layer["weight"] + layer["bias"])
    return x @ params[-1]["weight"] + params[-1]["bias"]


def row_losses(params, x, y):
    return -jnp.sum(jax.nn.one_hot(y, WIDTHS[-1]) * jax.nn.log_softmax(logits(params, x)), axis=1)


def loss(params, x, y):
    return jnp.mean(row_losses(params, x, y))


def evaluate(params, x, y):
    return row_losses(params, x, y), (jnp.argmax(logits(params, x), axis=1) == y).astype(jnp.float32)


if __name__ == "__main__":
    batch = jax.ShapeDtypeStruct((BATCH, 784), jnp.float32), jax.ShapeDtypeStruct((BATCH,), jnp.int32)
    tacit_jax.export("mlp.mlir", loss, initialize(), *batch, evaluate=evaluate)
