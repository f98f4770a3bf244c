"""Top-k with error feedback by others: --library torch, dgc (a threshold from a sample, in torch), numpy or jax.

Each adds the gradient to the residual, selects about k elements by magnitude, gathers indices and values, and clears them in
the residual, on the same kind of numbers as the others. All are written as a user would, with buffers kept.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common"))
import peer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--library", choices=["torch", "dgc", "numpy", "jax"], required=True)
parser.add_argument("--elements", type=float, required=True)
parser.add_argument("--density", type=float, required=True)
parser.add_argument("--threads", type=int, default=1)
arguments = parser.parse_args()
peer.pin(arguments.threads)

import math

import numpy

elements = int(arguments.elements)
k = max(1, math.ceil(arguments.density * elements - 1e-6))
random = numpy.random.default_rng(0)
gradients = [random.standard_normal(elements, dtype=numpy.float32) for _ in range(2)]
turn = 0
selected = 0


def gradient():
    global turn
    turn += 1
    return gradients[turn % 2]


if arguments.library == "numpy":
    version = "numpy " + numpy.__version__
    residual = numpy.zeros(elements, numpy.float32)
    magnitude = numpy.empty(elements, numpy.float32)

    def step():
        global selected
        numpy.add(residual, gradient(), out=residual)
        numpy.abs(residual, out=magnitude)
        indices = numpy.argpartition(magnitude, elements - k)[elements - k:]
        values = residual[indices]
        residual[indices] = 0
        selected = values.size
elif arguments.library == "jax":
    import jax
    import jax.numpy as jnp

    version = "jax " + jax.__version__
    gradients = [jnp.array(g) for g in gradients]
    residual = jnp.zeros(elements)

    def select(residual, g):
        acc = residual + g
        indices = jax.lax.top_k(jnp.abs(acc), k)[1]
        return acc.at[indices].set(0), indices, acc[indices]

    compiled = jax.jit(select, donate_argnums=0)

    def step():
        global residual, selected
        residual, indices, values = compiled(residual, gradient())
        jax.block_until_ready((residual, indices, values))
        selected = values.size
else:
    import torch

    version = "torch " + torch.__version__
    torch.set_num_threads(arguments.threads)
    gradients = [torch.from_numpy(g) for g in gradients]
    residual = torch.zeros(elements)
    magnitude = torch.empty(elements)

    def exact():
        return torch.topk(magnitude, k, sorted=False).indices

    def estimated():
        # As in "Deep gradient compression": the top of one element in a hundred gives the threshold, and where it lets
        # through many too many, an exact top-k among those follows.
        sample = magnitude[turn * 37 % 100::100]
        rank = max(1, math.ceil(arguments.density * sample.numel()))
        threshold = torch.topk(sample, rank, sorted=False).values.min()
        indices = torch.nonzero(magnitude >= threshold).view(-1)
        if indices.numel() > 1.25 * k:
            indices = indices[torch.topk(magnitude[indices], k, sorted=False).indices]
        return indices

    find = exact if arguments.library == "torch" else estimated

    def step():
        global selected
        residual.add_(gradient())
        torch.abs(residual, out=magnitude)
        indices = find()
        values = residual[indices]
        residual[indices] = 0
        selected = values.numel()

peer.serve(step, warmup=2, version=version, k=k)
