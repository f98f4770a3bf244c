# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The same rows train alike whatever file they come from, and every rank reads its own: against the oracle on examples/mlp."""

import gzip
import struct

import harness
import numpy as np
from oracle import files, models, optimizers, training

ROWS, STEPS = 70, 3  # the second batch of 64 wraps
check = harness.Check()
rng = np.random.default_rng(3)
images, labels = rng.integers(0, 256, (ROWS, 28, 28), np.uint8), rng.integers(0, 10, ROWS).astype(np.uint8)


def idx(values):
    return struct.pack(">HBB", 0, 8, values.ndim) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


for name, values in (("images", images), ("labels", labels)):
    (check.work / name).write_bytes(idx(values))
    (check.work / f"{name}.gz").write_bytes(gzip.compress(idx(values)))
x, y = images.reshape(ROWS, 784).astype(np.float32) / np.float32(255), labels.astype(np.int32)
np.save(check.work / "x.npy", x)
np.save(check.work / "y.npy", y)
init, width = {}, (784, 512, 512, 10)
for i in range(3):
    init[f"layer{i}.weight"] = (rng.standard_normal(width[i : i + 2]) * (2 / width[i]) ** 0.5).astype(np.float32)
    init[f"layer{i}.bias"] = np.zeros(width[i + 1], np.float32)
files.save(check.work / "init.safetensors", init)

common = [f"--load-parameters={check.work}/init.safetensors", "--optimizer=sgd{lr=0.01}", "--shuffle=off", f"--rounds={STEPS}"]
model = check.examples / "mlp" / "mlp.mlir"
expected = training.train(models.MODELS["mlp"], init, x, y, 64, STEPS, optimizers.make("sgd{lr=0.01}"))
runs = {
    "npy": harness.npy(check.work),
    "idx": f"--data=idx:images={check.work}/images,labels={check.work}/labels",
    "idx-gzip": f"--data=idx:images={check.work}/images.gz,labels={check.work}/labels.gz,scale=255",
}
for name, data in runs.items():
    run = check.train(name, model, *common, data)
    check.close(f"{name}: losses", run.losses, [losses[0] for losses in expected.losses], 1e-5)
    check.near(f"{name}: parameters", run.parameters, expected.parameters, 1e-5)
part = check.train("part", model, *common, runs["idx"] + ",rows=5:70")
expected = training.train(models.MODELS["mlp"], init, x[5:], y[5:], 64, STEPS, optimizers.make("sgd{lr=0.01}"))
check.close("rows=5:70: losses", part.losses, [losses[0] for losses in expected.losses], 1e-5)
unscaled = check.train("unscaled", model, *common[:1], "--optimizer=sgd{lr=0.0001}", *common[2:], runs["idx"] + ",scale=51")
expected = training.train(models.MODELS["mlp"], init, 5 * x, y, 64, STEPS, optimizers.make("sgd{lr=0.0001}"))
check.close("scale=51: losses", unscaled.losses, [losses[0] for losses in expected.losses], 1e-5)
check.finish()
