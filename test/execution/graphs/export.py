#!/usr/bin/env python3
# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Exports small models from JAX as MLIR, with the numbers that training them must give.

    pip install jax safetensors        # and mlir-opt 22 on PATH, or its path in $MLIR_OPT
    python export.py

The results are committed, so that tests need no JAX. README.md says what each file holds.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jaxlib.mlir import ir
from jaxlib.mlir.dialects import stablehlo
from jaxlib.mlir.passmanager import PassManager
from safetensors.numpy import save_file

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "examples" / "jax"))
import tacit_jax

ROWS, STEPS = 200, 20

# Each model: widths of its layers, rows of a batch, learning rate, the factor of the squared weights, and
# whether it brings an evaluation.
MODELS = {
    "logreg": dict(widths=(20, 5), batch=12, lr=0.5, l2=1e-2, evaluated=False),
    "mlp": dict(widths=(30, 24, 24, 7), batch=16, lr=0.1, l2=0.0, evaluated=True),
}


def initial(widths, rng):
    """Parameters as {name: array}, in the order of the arguments."""
    parameters = {}
    for i, (fan_in, fan_out) in enumerate(zip(widths, widths[1:])):
        parameters[f"layer{i}.weight"] = (rng.standard_normal((fan_in, fan_out)) * (2 / fan_in) ** 0.5).astype(np.float32)
        parameters[f"layer{i}.bias"] = (rng.standard_normal(fan_out) * 0.1).astype(np.float32)
    return parameters


def generated(widths, rng):
    """Rows around one centre for each class, overlapping."""
    classes = widths[-1]
    centres = rng.standard_normal((classes, widths[0]))
    y = rng.integers(0, classes, ROWS).astype(np.int32)
    x = (centres[y] + 1.5 * rng.standard_normal((ROWS, widths[0]))).astype(np.float32)
    return x, y


def functions(widths, l2):
    """The loss and the evaluation of a model, as functions of (parameters..., x, y)."""
    layers = len(widths) - 1

    def logits(parameters, x):
        for i in range(layers):
            x = x @ parameters[2 * i] + parameters[2 * i + 1]
            if i + 1 < layers:
                x = jax.nn.relu(x)
        return x

    def row_losses(z, y):
        return -jnp.sum(jax.nn.one_hot(y, widths[-1]) * jax.nn.log_softmax(z), axis=-1)

    def loss(*arguments):
        *parameters, x, y = arguments
        value = jnp.mean(row_losses(logits(parameters, x), y))
        if l2:
            value += 0.5 * l2 * sum(jnp.sum(w * w) for w in parameters[::2])
        return value

    def evaluate(*arguments):
        *parameters, x, y = arguments
        z = logits(parameters, x)
        own = jnp.sum(jax.nn.one_hot(y, widths[-1]) * z, axis=-1)
        return row_losses(z, y), (own == jnp.max(z, axis=-1)).astype(jnp.float32)

    return loss, evaluate


def to_linalg(function, arguments, marks):
    """The module's text with `function` as its one function, on upstream dialects."""
    lowered = jax.jit(function, keep_unused=True).lower(*arguments)
    module = lowered.compiler_ir("stablehlo")
    with module.context as context, ir.Location.unknown():
        stablehlo.register_stablehlo_passes()
        context.allow_unregistered_dialects = True  # for the attributes of the arguments
        PassManager.parse("builtin.module(func.func(chlo-legalize-to-stablehlo),stablehlo-legalize-to-linalg)").run(
            module.operation
        )
        for attribute in list(module.operation.attributes):
            del module.operation.attributes[attribute]
        main = next(op for op in module.body if op.attributes["sym_name"].value == "main")
        main.attributes["sym_name"] = ir.StringAttr.get(function.__name__)
        main.attributes["arg_attrs"] = ir.ArrayAttr.get(
            [ir.DictAttr.get({key: ir.StringAttr.get(value)}) for key, value in marks]
        )
        if "res_attrs" in main.attributes:
            del main.attributes["res_attrs"]
        text = str(module)
    return mlir_opt(text, "--inline", "--symbol-dce", "--canonicalize", "--cse", "--canonicalize")


def mlir_opt(text, *flags):
    tool = os.environ.get("MLIR_OPT") or shutil.which("mlir-opt") or shutil.which("mlir-opt-22")
    if not tool:
        sys.exit("export.py: no mlir-opt on PATH; set MLIR_OPT")
    return subprocess.run(
        [tool, "--allow-unregistered-dialect", *flags], input=text, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def joined(*texts):
    """One module with the functions of all. Local scope leaves no aliases of maps that could clash."""
    generic = [mlir_opt(text, "--mlir-print-op-generic", "--mlir-print-local-scope") for text in texts]
    bodies = []
    for text in generic:  # "builtin.module"() ({ ... }) : () -> ()
        bodies.append(text[text.index("({") + 2 : text.rindex("})")])
    return mlir_opt('"builtin.module"() ({' + "\n".join(bodies) + "}) : () -> ()")


def export(name, widths, batch, lr, l2, evaluated, seed):
    rng = np.random.default_rng(seed)
    parameters = initial(widths, rng)
    x, y = generated(widths, rng)
    loss, evaluate = functions(widths, l2)
    values = list(parameters.values())

    def taken(step):  # the order of --shuffle=off on one rank
        chosen = (step * batch + np.arange(batch)) % ROWS
        return x[chosen], y[chosen]

    folder = HERE / name
    folder.mkdir(exist_ok=True)
    marks = [("tacit.parameter", parameter) for parameter in parameters] + [("tacit.data", "x"), ("tacit.data", "y")]
    step = jax.jit(jax.value_and_grad(loss, argnums=tuple(range(len(values)))))

    def value_and_grad(*arguments):
        value, gradients = step(*arguments)
        return (value, *gradients)

    def lowered(function):
        return to_linalg(function, [*values, *taken(0)], marks)

    loss_text = lowered(loss)  # once: JAX caches the module, which lowering changes
    (folder / "loss.mlir").write_text(loss_text)
    (folder / "value_and_grad.mlir").write_text(lowered(value_and_grad))
    if evaluated:
        (folder / "loss_and_evaluate.mlir").write_text(joined(loss_text, lowered(evaluate)))
    save_file(parameters, folder / "init.safetensors")
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)

    current, losses = values, []
    for t in range(STEPS):
        value, gradients = step(*current, *taken(t))
        if t == 0:
            tensors = {f"grad/{p}": np.asarray(g) for p, g in zip(parameters, gradients)}
        losses.append(float(value))
        current = [w - np.float32(lr) * g for w, g in zip(current, gradients)]
    tensors |= {f"final/{p}": np.asarray(w) for p, w in zip(parameters, current)}
    save_file(tensors, folder / "expected.safetensors")
    expected = {
        "model": name, "batch": batch, "data": {"x": "x.npy", "y": "y.npy"}, "rows": ROWS, "lr": lr, "l2": l2,
        "steps": STEPS, "losses": losses,
    }  # fmt: skip
    if evaluated:
        rows, correct = evaluate(*current, x, y)
        expected["evaluation"] = {"loss": float(jnp.mean(rows)), "accuracy": float(jnp.mean(correct))}
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    print(name, losses[0], losses[-1], expected.get("evaluation"))


def export_batch_norm(features=12, width=8, classes=4, batch=10, lr=0.3, seed=7):
    """A model with state, by the exporter that users have."""
    rng = np.random.default_rng(seed)
    x, y = generated((features, classes), rng)
    normal = lambda *shape: (rng.standard_normal(shape) / shape[0] ** 0.5).astype(np.float32)
    f32 = lambda value, size: np.full(size, value, np.float32)
    params = {
        "layer0": {"weight": normal(features, width)}, "norm": {"scale": f32(1, width), "bias": f32(0, width)},
        "layer1": {"weight": normal(width, classes), "bias": f32(0, classes)},
    }  # fmt: skip
    state = {"inputs": {"mean": f32(0, features)}, "norm": {"mean": f32(0, width), "var": f32(1, width), "count": np.int32(0)}}

    def row_losses(p, z, mean, variance, y):
        z = (z - mean) * jax.lax.rsqrt(variance + 1e-5) * p["norm"]["scale"] + p["norm"]["bias"]
        z = jax.nn.relu(z) @ p["layer1"]["weight"] + p["layer1"]["bias"]
        return -jnp.sum(jax.nn.one_hot(y, classes) * jax.nn.log_softmax(z), axis=-1), z

    def loss(p, s, x, y):
        z = x @ p["layer0"]["weight"]
        mean, variance = z.mean(axis=0), z.var(axis=0)
        move = lambda old, new: 0.9 * old + 0.1 * new
        new = {"mean": move(s["norm"]["mean"], mean), "var": move(s["norm"]["var"], variance), "count": s["norm"]["count"] + 1}
        value = jnp.mean(row_losses(p, z, mean, variance, y)[0])
        return value, {"inputs": {"mean": move(s["inputs"]["mean"], x.mean(axis=0))}, "norm": new}

    def evaluate(p, s, x, y):
        losses, z = row_losses(p, x @ p["layer0"]["weight"], s["norm"]["mean"], s["norm"]["var"], y)
        own = jnp.sum(jax.nn.one_hot(y, classes) * z, axis=-1)
        return losses, (own == jnp.max(z, axis=-1)).astype(jnp.float32)

    folder = HERE / "batch_norm"
    folder.mkdir(exist_ok=True)
    for gradients, name in ((False, "loss"), (True, "value_and_grad")):
        _, initial = tacit_jax.export(folder / f"{name}.mlir", loss, params, x[:batch], y[:batch], state=state, evaluate=evaluate, gradients=gradients)
        initial.rename(folder / "init.safetensors")
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)

    step, losses, now, kept = jax.jit(jax.value_and_grad(loss, has_aux=True)), [], params, state
    for t in range(STEPS):
        chosen = (t * batch + np.arange(batch)) % ROWS
        (value, kept), gradients = step(now, kept, x[chosen], y[chosen])
        losses.append(float(value))
        now = jax.tree.map(lambda w, g: w - np.float32(lr) * g, now, gradients)
    rows, correct = evaluate(now, kept, x, y)
    flat = lambda kind, tree: {f"{kind}/{n}": np.asarray(v) for n, v in tacit_jax._named(tree).items()}
    save_file(flat("final", now) | flat("state", kept), folder / "expected.safetensors")
    expected = {"model": "batch_norm", "batch": batch, "data": {"x": "x.npy", "y": "y.npy"}, "rows": ROWS, "lr": lr, "steps": STEPS, "losses": losses,
                "evaluation": {"loss": float(jnp.mean(rows)), "accuracy": float(jnp.mean(correct))}}  # fmt: skip
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    print("batch_norm", losses[0], losses[-1], expected["evaluation"])


if __name__ == "__main__":
    export_batch_norm()
    for number, (name, options) in enumerate(MODELS.items()):
        export(name, **options, seed=number)
