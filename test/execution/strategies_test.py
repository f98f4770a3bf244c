# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every strategy on 4 ranks on one of the graphs in the folder that $TACIT_GRAPHS names.

    equal      what a strategy comes to where its definition makes it synchronous SGD (a density of 1, a period of 1, nobody
               late), against one rank that accumulates the gradients of 4 batches; and that, of logreg and mlp, against numpy
    learning   what it is for: losses are finite, and fall
"""

import json
import os
import pathlib

import harness
import numpy as np
from oracle import files, models, optimizers, training

RANKS, STEPS = 4, 6
#: Of a tensor's largest entry. The first is of sums in another order. Where parameters or updates travel instead of gradients,
#: weights round otherwise, and an entry of lenet that ties in a relu or a maximum then falls to the other side.
TOLERANCE, UPDATES = 2e-5, 2e-3

#: By strategy: the text that makes it synchronous SGD, or None where none does; and one that it is for.
STRATEGIES = {
    "ssgd": ("ssgd{bucket-bytes=100KiB}", "ssgd{clip=1}"),
    "topk": ("topk{density=1}", "topk{density=0.05}"),
    "gtopk": ("gtopk{density=1}", "gtopk{density=0.05}"),
    "ok_topk": ("ok_topk{density=1}", "ok_topk{density=0.05}"),
    "compress": ("compress{compressor=random_k density=1}", "compress{compressor=qsgd levels=255}"),
    "pasgd": ("pasgd{period=1}", "pasgd{period=4}"),
    "adacomm": ("adacomm{initial-period=1 interval-steps=1}", "adacomm{initial-period=4 interval-steps=4}"),
    "block_momentum": ("block_momentum{period=1 beta=0}", "block_momentum{period=4}"),
    "diloco": ("diloco{period=1 outer-lr=1 outer-momentum=0}", "diloco{period=4}"),
    "easgd": (None, "easgd{period=2}"),
    "dasgd": ("dasgd{max-staleness=0 scale=mean}", "dasgd{scale=mean}"),
    "elastic": ("elastic{beta=inf max-delay=0}", "elastic{scheduler=variance_bounded}"),
    "pasgd+gtopk": ("pasgd{period=1}+gtopk{density=1}", "pasgd{period=2}+gtopk{density=0.1}"),
}  # fmt: skip

check = harness.Check([("--graph", dict(required=True)), ("--steps", dict(type=int, default=40, help="of each rank, for learning"))])
if "TACIT_GRAPHS" not in os.environ:
    harness.skip("TACIT_GRAPHS is not set")
root = pathlib.Path(os.environ["TACIT_GRAPHS"]).absolute()
name = check.options.graph
folder = root / name
expected = json.loads((folder / "expected.json").read_text())
init = files.load(folder / "init.safetensors")
data = {argument: root / "data" / file for argument, file in expected["data"].items()}
common = [f"--load-parameters={folder / 'init.safetensors'}", "--data=npy:" + ",".join(f"{a}={f}" for a, f in data.items()),
          "--shuffle=off", f"--optimizer=sgd{{lr={expected['lr']}}}"]  # fmt: skip


def train(strategy, function, *more, ranks=RANKS):
    return check.train("run", folder / f"{function}.mlir", *common, f"--ranks={ranks}", f"--strategy={strategy}", *more)


def equal():
    one = train(f"ssgd{{accumulate={RANKS}}}", "loss", f"--rounds={STEPS}", ranks=1)
    check.close("one rank: loss of the first batches", one.losses[0], np.mean(list(first_losses())), 1e-4)
    if name in models.MODELS:
        perceptron = models.Perceptron(1, l2=1e-2) if name == "logreg" else models.MODELS[name]
        x, y = (np.load(data[argument]) for argument in ("x", "y"))
        wanted = training.train(perceptron, init, x, y, expected["batch"], STEPS, optimizers.Sgd(expected["lr"]), RANKS)
        check.near(f"one rank with accumulate={RANKS}: parameters of numpy's {RANKS} ranks", one.parameters, wanted.parameters, TOLERANCE)
    for strategy, (text, _) in STRATEGIES.items():
        if not text:
            continue
        # Gradients of the file's own in turn with those that Tacit makes.
        function = "value_and_grad" if list(STRATEGIES).index(strategy) % 3 == 0 else "loss"
        run = train(text, function, f"--rounds={STEPS}")
        tolerance = UPDATES if strategy in ("dasgd", "elastic") or "period" in text else TOLERANCE
        check.near(f"{text}, {function}: parameters as of one rank", run.parameters, one.parameters, tolerance)
        check.close(f"{text}, {function}: rank 0's first loss", run.losses[0], expected["losses"][0], 1e-4)


def first_losses():
    """The loss of each of the first batches, at the initial parameters, by runs that do not move them."""
    for batch in range(RANKS):
        rows = f",rows={batch * expected['batch']}:{(batch + 1) * expected['batch']}"
        run = check.train("first", folder / "loss.mlir", common[0], common[1] + rows, "--shuffle=off", "--optimizer=sgd{lr=1e-30}", "--rounds=1")
        yield run.losses[0]


def learning():
    for strategy, (_, text) in STRATEGIES.items():
        more = ["--network=latency=100us bandwidth=10Gbit compute=1ms"] if strategy in ("dasgd", "elastic") else ["--check-replicas=1"]
        # Rounds are of one step or of several.
        run = train(text, "loss", f"--evaluations={check.options.steps * RANKS}", *more)
        # Batches differ: means over the first and the last part.
        part = max(1, len(run.losses) // 4)
        before, after = np.mean(run.losses[:part]), np.mean(run.losses[-part:])
        finite = np.isfinite(run.losses).all() and all(np.isfinite(tensor).all() for tensor in run.parameters.values())
        check.that(finite and after < before, f"{text}: losses are finite and fall", f"{before:.4g} to {after:.4g} in {len(run.losses)} rounds")


equal()
learning()
check.finish()
