"""A model's training step in JAX: jit of gradient and update, parameters donated."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common"))
import peer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--model", choices=["mlp", "lenet", "char_transformer"], default="mlp")
parser.add_argument("--threads", type=int, default=1)
arguments = parser.parse_args()
peer.pin(arguments.threads)  # XLA sizes its pool by the cores that it may use

import jax
import jax.numpy as jnp

LR = 0.1
keys = iter(jax.random.split(jax.random.key(0), 64))


def normal(*shape, fan=None):
    return jax.random.normal(next(keys), shape) * ((2.0 / fan) ** 0.5 if fan else 0.02)


def parameters(model):
    if model == "mlp":
        sizes = [784, 512, 512, 10]
        return [t for m, n in zip(sizes, sizes[1:]) for t in (normal(m, n, fan=m), jnp.zeros(n))]
    if model == "lenet":
        return [normal(5, 5, 1, 16, fan=25), jnp.zeros(16), normal(5, 5, 16, 32, fan=400), jnp.zeros(32),
                normal(1568, 128, fan=1568), jnp.zeros(128), normal(128, 10, fan=128), jnp.zeros(10)]
    width = 128
    p = [normal(65, width), normal(64, width)]
    for _ in range(2):
        p += [jnp.ones(width), jnp.zeros(width), normal(width, 3 * width), jnp.zeros(3 * width),
              normal(width, width), jnp.zeros(width), jnp.ones(width), jnp.zeros(width),
              normal(width, 4 * width), jnp.zeros(4 * width), normal(4 * width, width), jnp.zeros(width)]
    return p + [jnp.ones(width), jnp.zeros(width), normal(width, 65), jnp.zeros(65)]


def batch(model):
    if model == "char_transformer":
        return jax.random.randint(next(keys), (16, 64), 0, 65), jax.random.randint(next(keys), (16, 64), 0, 65)
    return jax.random.uniform(next(keys), (64, 784)), jnp.arange(64) % 10


def mlp(p, x):
    x = jax.nn.relu(x @ p[0] + p[1])
    return jax.nn.relu(x @ p[2] + p[3]) @ p[4] + p[5]


def lenet(p, x):
    x = x.reshape(-1, 28, 28, 1)
    for w, b in ((p[0], p[1]), (p[2], p[3])):
        x = jax.lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        x = jax.lax.reduce_window(jax.nn.relu(x + b), -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    return jax.nn.relu(x.reshape(len(x), -1) @ p[4] + p[5]) @ p[6] + p[7]


def norm(x, scale, bias):
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(variance + 1e-5) * scale + bias


def char_transformer(p, ids):
    b, t = ids.shape
    x = p[0][ids] + p[1]
    width = x.shape[-1]
    mask = jnp.tril(jnp.ones((t, t), bool))
    for l in (p[2:14], p[14:26]):
        q, k, v = (norm(x, l[0], l[1]) @ l[2] + l[3]).reshape(b, t, 3, 4, width // 4).transpose(2, 0, 3, 1, 4)
        scores = jnp.einsum("bhtd,bhsd->bhts", q, k) * (width // 4) ** -0.5
        weights = jax.nn.softmax(jnp.where(mask, scores, -1e30), -1)
        x = x + jnp.einsum("bhts,bhsd->bthd", weights, v).reshape(b, t, width) @ l[4] + l[5]
        x = x + jax.nn.gelu(norm(x, l[6], l[7]) @ l[8] + l[9]) @ l[10] + l[11]
    return (norm(x, p[26], p[27]) @ p[28] + p[29]).reshape(b * t, -1)


apply = {"mlp": mlp, "lenet": lenet, "char_transformer": char_transformer}[arguments.model]
current = parameters(arguments.model)
x, y = batch(arguments.model)


def loss(p, x, y):
    logits, labels = apply(p, x), y.reshape(-1)
    return (jax.nn.logsumexp(logits, -1) - jnp.take_along_axis(logits, labels[:, None], 1)[:, 0]).mean()


def update(p, x, y):
    value, gradients = jax.value_and_grad(loss)(p, x, y)
    return [tensor - LR * g for tensor, g in zip(p, gradients)], value


compiled = jax.jit(update, donate_argnums=0)


def step():
    global current
    current, value = compiled(current, x, y)
    jax.block_until_ready(current)


peer.serve(step, version="jax " + jax.__version__)
