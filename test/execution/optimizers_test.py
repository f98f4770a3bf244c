# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every optimizer and schedule on the small perceptron, on 1, 2 and 3 ranks, against the oracle: the losses and rates
of every rank in every round, and the parameters."""

import harness
import numpy as np
from oracle import files, models, optimizers, training

ROUNDS = 25  # with 3 ranks of 16, 200 rows are gone through six times, and wrap
CASES = {
    "sgd": ("sgd{lr=0.1}", ""),
    "momentum": ("sgd{lr=0.05 momentum=0.9}", ""),
    "nesterov": ("sgd{lr=0.05 momentum=0.9 nesterov=true}", ""),
    "decay": ("sgd{lr=0.1 weight-decay=0.05}", ""),
    "all-of-sgd": ("sgd{lr=0.05 momentum=0.8 nesterov=true weight-decay=0.01}", "step{every=7 gamma=0.5}"),
    "step": ("sgd{lr=0.1}", "step{every=10 gamma=0.1}"),
    "step-momentum": ("sgd{lr=0.05 momentum=0.9}", "step{every=5 gamma=0.3}"),
    "constant": ("sgd{lr=0.1}", "constant"),
    "adamw": ("adamw{lr=0.01}", ""),
    "adamw-options": ("adamw{lr=0.02 beta1=0.8 beta2=0.95 epsilon=1e-4 weight-decay=0.1}", ""),
    "adamw-step": ("adamw{lr=0.01}", "step{every=8 gamma=0.5}"),
}
RELATIVE = 2e-5

check = harness.Check()
folder = harness.GRAPHS / "mlp"
init = files.load(folder / "init.safetensors")
x, y = np.load(folder / "x.npy"), np.load(folder / "y.npy")
common = [f"--load-parameters={folder / 'init.safetensors'}", harness.npy(folder), "--shuffle=off", "--metrics-all-ranks"]

for name, (optimizer, schedule) in CASES.items():
    for ranks in (1, 2, 3):
        label = f"{name}-{ranks}"
        arguments = [f"--optimizer={optimizer}", f"--ranks={ranks}", f"--rounds={ROUNDS}"]
        arguments += [f"--schedule={schedule}"] if schedule else []
        metrics = check.work / f"{label}.jsonl"
        # Every rank has a file of its own; rank 0 too, where --metrics-all-ranks is given.
        saved = check.work / f"{label}.safetensors"
        run = check.run(folder / "loss.mlir", *common, *arguments, f"--metrics={metrics}", f"--save={saved}")
        if not check.that(run.status == 0, f"{label}: runs", "" if run.status == 0 else f"{run.says()}\n  command: {run.shown}"):
            continue
        expected = training.train(
            models.MODELS["mlp"], init, x, y, 16, ROUNDS, optimizers.make(optimizer, schedule), ranks
        )
        for rank in range(ranks):
            own = harness.rounds(check.work / f"{label}.rank{rank}.jsonl")
            if not check.that(len(own) == ROUNDS, f"{label}: rank {rank} writes {ROUNDS} lines", str(len(own))):
                continue
            check.that(all(line["rank"] == rank for line in own), f"{label}: rank {rank} is in its lines")
            check.close(f"{label}: losses of rank {rank}", [line["loss"] for line in own], [l[rank] for l in expected.losses], RELATIVE)
            check.close(f"{label}: rates of rank {rank}", [line["lr"] for line in own], expected.rates, 1e-6)
        check.near(f"{label}: parameters", harness.parameters(saved), expected.parameters, RELATIVE)

# An epoch is floor(200 / (3 * 16)) = 4 rounds, whatever is left over.
run = check.train("epochs", folder / "loss.mlir", *common[:3], "--optimizer=sgd{lr=0.1}", "--ranks=3", "--epochs=2")
check.that(len(run.rounds) == 8, "2 epochs on 3 ranks are 8 rounds", str(len(run.rounds)))
run = check.train("evaluations", folder / "loss.mlir", *common[:3], "--optimizer=sgd{lr=0.1}", "--ranks=3", "--evaluations=24")
check.that(len(run.rounds) == 8, "24 evaluations on 3 ranks are 8 rounds", str(len(run.rounds)))
check.finish()
