# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The oracle by hand, from test/execution:

    python3 -m oracle --model=mlp --init=init.safetensors --x=x.npy --y=y.npy --batch=64 \\
        --optimizer='sgd{lr=0.05}' --steps=20 [--ranks=4] [--save=F]

Prints a JSON line for each step with the loss of every rank.
"""

import argparse
import json

import numpy as np

from . import files, models, optimizers, training

parser = argparse.ArgumentParser(prog="python3 -m oracle", description="Trains by the definition, in numpy.")
parser.add_argument("--model", choices=models.MODELS, required=True)
parser.add_argument("--init", required=True, help="safetensors with the initial parameters")
parser.add_argument("--x", required=True, help="npy")
parser.add_argument("--y", required=True, help="npy")
parser.add_argument("--batch", type=int, required=True, help="rows of one rank's step")
parser.add_argument("--steps", type=int, default=20)
parser.add_argument("--ranks", type=int, default=1)
parser.add_argument("--optimizer", default="sgd{lr=0.1}")
parser.add_argument("--schedule", default="constant")
parser.add_argument("--type", choices=["f32", "f64"], default="f64", help="of all arithmetic")
parser.add_argument("--save", help="safetensors for the final parameters")
options = parser.parse_args()

result = training.train(
    models.MODELS[options.model], files.load(options.init), np.load(options.x), np.load(options.y), options.batch,
    options.steps, optimizers.make(options.optimizer, options.schedule), options.ranks,
    np.float32 if options.type == "f32" else np.float64,
)  # fmt: skip
for step, (losses, rate) in enumerate(zip(result.losses, result.rates)):
    print(json.dumps({"step": step + 1, "lr": rate, "loss": losses[0], "losses": losses}))
if options.save:
    files.save(options.save, result.parameters)
