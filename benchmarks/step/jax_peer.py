"""The MLP's training step in JAX: jit of gradient and update, parameters donated."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common"))
import peer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--threads", type=int, default=1)
arguments = parser.parse_args()
peer.pin(arguments.threads)  # XLA sizes its pool by the cores that it may use

import jax
import jax.numpy as jnp

SIZES = [784, 512, 512, 10]
LR = 0.1
keys = jax.random.split(jax.random.key(0), 4)
parameters = [
    tensor for key, m, n in zip(keys, SIZES, SIZES[1:])
    for tensor in (jax.random.normal(key, (m, n)) * (2.0 / m) ** 0.5, jnp.zeros(n))]
x = jax.random.uniform(keys[3], (64, 784))
y = jnp.arange(64) % 10


def loss(p, x, y):
    x = jax.nn.relu(x @ p[0] + p[1])
    x = jax.nn.relu(x @ p[2] + p[3])
    logits = x @ p[4] + p[5]
    return (jax.nn.logsumexp(logits, -1) - jnp.take_along_axis(logits, y[:, None], 1)[:, 0]).mean()


def update(p, x, y):
    value, gradients = jax.value_and_grad(loss)(p, x, y)
    return [tensor - LR * g for tensor, g in zip(p, gradients)], value


compiled = jax.jit(update, donate_argnums=0)


def step():
    global parameters
    parameters, value = compiled(parameters, x, y)
    jax.block_until_ready(parameters)


peer.serve(step, version="jax " + jax.__version__)
