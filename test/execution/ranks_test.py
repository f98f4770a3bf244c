# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Four ranks with batches of 64 make the steps of one rank with batches of 256, on examples/mlp.

--transport=in-process compares them with one rank and with the oracle. openmpi and mpich run the ranks as processes, and
compare with the ranks in one process, bit for bit.
"""

import concurrent.futures

import harness
import numpy as np
from oracle import files, models, optimizers, training

ROWS = 2000
# The oracle in f32 stays within 2e-4 of itself in f64; a ReLU that opens in one and not in the other is most of it.
ROUNDING = 1e-3
OPTIMIZERS = {
    "sgd": "sgd{lr=0.05}",
    "momentum": "sgd{lr=0.02 momentum=0.9}",
    "adamw": "adamw{lr=0.0005}",
}
WIDTHS = (784, 512, 512, 10)


def generated():
    """Initial parameters and rows, the same in each call. The rows can be learnt, so that gradients are not mere noise."""
    rng = np.random.default_rng(7)
    init = {}
    for i, (fan_in, fan_out) in enumerate(zip(WIDTHS, WIDTHS[1:])):
        init[f"layer{i}.weight"] = (rng.standard_normal((fan_in, fan_out)) * (2 / fan_in) ** 0.5).astype(np.float32)
        init[f"layer{i}.bias"] = np.zeros(fan_out, np.float32)
    y = rng.integers(0, 10, ROWS).astype(np.int32)
    centres = rng.random((10, 784))
    x = (0.5 * centres[y] + 0.5 * rng.random((ROWS, 784))).astype(np.float32)
    return init, x, y


check = harness.Check([("--transport", dict(choices=["in-process", "openmpi", "mpich"], required=True))])
transport = check.options.transport
STEPS = 50 if check.options.thorough else 20
if transport != "in-process" and not harness.has_launcher(transport):
    harness.skip(f"no {harness.LAUNCHERS[transport][0]}")

init, x, y = generated()
files.save(check.work / "init.safetensors", init)
np.save(check.work / "x.npy", x)
np.save(check.work / "y.npy", y)
common = [f"--load-parameters={check.work / 'init.safetensors'}", harness.npy(check.work), "--shuffle=off", f"--rounds={STEPS}"]
small, large = (check.examples / "mlp" / name for name in ("mlp.mlir", "mlp_b256.mlir"))

if transport == "in-process":
    pool = concurrent.futures.ThreadPoolExecutor(1)  # beside the runs: it takes longer than they do
    oracle = {
        name: pool.submit(training.train, models.MODELS["mlp"], init, x, y, 256, STEPS, optimizers.make(optimizer), real=np.float32)
        for name, optimizer in OPTIMIZERS.items()
    }

for name, optimizer in OPTIMIZERS.items():
    four = check.train(f"{name}-ranks", small, *common, f"--optimizer={optimizer}", "--ranks=4")
    if transport != "in-process":
        processes = check.train(f"{name}-{transport}", small, *common, f"--optimizer={optimizer}", processes=4, mpi=transport)
        check.same(f"{name}: {transport} and in-process ranks, parameters after {STEPS} steps", processes.parameters, four.parameters)
        check.that(processes.losses == four.losses, f"{name}: {transport} and in-process ranks, losses of rank 0")
        sent = [[line["bytes_sent"] for line in run.rounds] for run in (processes, four)]
        check.that(sent[0] == sent[1], f"{name}: {transport} and in-process ranks, bytes of rank 0", f"{sent[0][0]} a round")
        continue
    one = check.train(f"{name}-one", large, *common, f"--optimizer={optimizer}")
    check.near(f"{name}: 4 ranks of 64 and 1 of 256, parameters after {STEPS} steps", four.parameters, one.parameters, ROUNDING)
    for parameter in one.parameters:
        moved = np.linalg.norm(one.parameters[parameter] - init[parameter])
        apart = np.linalg.norm(one.parameters[parameter] - four.parameters[parameter])
        check.that(apart < 3e-4 * moved, f"{name}: {parameter} ends within 3e-4 of the way it went", f"{apart:.2e} of {moved:.2e}")
    check.close(f"{name}: losses start alike", four.losses[0],
                training.train(models.MODELS["mlp"], init, x, y, 64, 1, optimizers.make(optimizer)).losses[0][0], 1e-5)  # fmt: skip
    expected = oracle[name].result()
    check.near(f"{name}: 4 ranks of 64 and the oracle, parameters after {STEPS} steps", four.parameters, expected.parameters, ROUNDING)
    check.close(f"{name}: 1 rank of 256 and the oracle, losses", one.losses, [losses[0] for losses in expected.losses], 1e-3)
check.finish()
