# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models that examples/jax exports, trained as JAX trains them; what it refuses; and the tutorial, command by command."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import harness
import jax_python
import numpy as np
from oracle import files

check = harness.Check([jax_python.OPTION, ("--tutorial", dict(action="store_true", help="run the tutorial's commands alone"))])
python = jax_python.find(check)
here = pathlib.Path(__file__).resolve().parent


def tutorial():
    """docs/tutorial_jax.md prints what it says it prints."""
    if not shutil.which("mpirun"):
        harness.skip("no mpirun, which the tutorial starts 4 ranks with")
    tools = check.work / "tools"
    tools.mkdir()
    (tools / "python").write_text(f'#!/bin/sh\nexec "{python}" "$@"\n')
    (tools / "python").chmod(0o755)
    path = os.pathsep.join([str(tools), str(check.options.tacit_run.parent), os.environ["PATH"]])
    environment = os.environ | harness.ENVIRONMENT | {"PATH": path, "TACIT": str(check.options.source), "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-B", here.parent / "docs" / "run_page.py", check.options.source / "docs" / "tutorial_jax.md", check.work / "page"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    check.that(done.returncode == 0, "the tutorial", (done.stdout + done.stderr).strip())


def trained(name, kinds=("", "-gradients")):
    done = jax_python.run(check, python, here / "jax_models.py", name)
    if not check.that(done.returncode == 0, f"{name}: exported", done.stderr.strip()[-1000:]):
        return
    expected = json.loads((check.work / f"{name}.json").read_text())
    data = "--data=npy:" + ",".join(f"{argument}={check.work / file}" for argument, file in expected["data"].items())
    words = [f"--load-parameters={check.work / name}.safetensors", data, "--shuffle=off", f"--rounds={len(expected['losses'])}", f"--optimizer=sgd{{lr={expected['rate']}}}"]
    for kind in (name + kind for kind in kinds):
        model = check.work / f"{kind}.mlir"
        if not model.exists():
            # JAX's gradient of indexing by an array is a scatter, which nothing upstream lowers.
            check.that("scatter" in expected["refused"], f"{kind}: why there are none", expected["refused"])
            continue
        run = check.train(f"{kind}-run", model, *words)
        check.close(f"{kind}: losses of {len(run.losses)} steps", run.losses, expected["losses"], 1e-4)
        tensors = files.load(run.saved)
        for prefix, wanted in (("", expected["final"]), ("model_state/", expected["states"])):
            for tensor, values in wanted.items():
                got = tensors[prefix + tensor].ravel()[:8].astype(np.float64)
                off = np.abs(got - values).max()
                check.that(off <= 2e-5, f"{kind}: {prefix}{tensor}", f"within {off:.1e}")
        four = check.train(f"{kind}-four", model, *words, "--ranks=4", "--strategy=gtopk{density=0.1}", "--check-replicas=1")
        check.that(np.isfinite(four.losses).all(), f"{kind}: 4 ranks with gtopk", f"losses {four.losses[0]:.4g} to {four.losses[-1]:.4g}")


REFUSED = {
    "sort": r"stablehlo\.sort of loss.*cannot be written as a model of Tacit: a sort, or top_k",
    "while": r"stablehlo\.while of a loop, from .*jax_models\.py:\d+, cannot be written as a model of Tacit: a loop that does not run a fixed number of times: "
    r"use jax\.lax\.scan or fori_loop with constant bounds",
    "vector": r"the loss returns float32\[4,2\]; it must return one float, the mean over the rows \(and, with state=, the new state\)",
    "integers": r"parameter 'w' is of int32, and only floats are trained; put it into state=, or close over it",
    "array": r"a single array has no name: give a dictionary, such as \{'weight': array\}",
    "batch": r"there is no batch: give export\(\) one, after the parameters",
    "bytes": r"data 'x' is of uint8, and Tacit feeds float32, float64, int32 and int64; convert it, as by x\.astype\('float32'\)",
    "scalar": r"data 'rate' is a scalar; its first extent must be the number of rows\. Close over what is the same for all rows",
    "rows": r"arrays of one batch have different numbers of rows: \{'x': 4, 'y': 2\}",
}


def refused():
    said = dict(line.split(": ", 1) for line in jax_python.run(check, python, here / "jax_models.py", "refused").stdout.splitlines())
    for name, wanted in REFUSED.items():
        check.that(re.fullmatch(wanted, said.get(name, "")), f"refused: {name}", said.get(name, "nothing"))


def example():
    """examples/jax/mlp.py writes a model that learns."""
    done = jax_python.run(check, python, check.examples / "jax" / "mlp.py")
    if not check.that(done.returncode == 0, "examples/jax/mlp.py runs", done.stderr.strip()[-1000:]):
        return
    run = check.train("mlp", check.work / "mlp.mlir", f"--load-parameters={check.work / 'mlp.safetensors'}", "--data=digits:count=3200", "--eval-data=digits:count=500,seed=1",
                      "--optimizer=adamw{lr=0.003}", "--epochs=3", "--ranks=4")  # fmt: skip
    line = harness.evaluations(run.metrics)[-1]
    check.that(line["accuracy"] > 0.8, "examples/jax/mlp.py: digits read after 3 epochs", f"{line['accuracy']:.1%}")


if check.options.tutorial:
    tutorial()
else:
    refused()
    example()
    for name in ("nested", "dictionary", "convolution", "recurrent", "choice", "embedding"):
        trained(name)
check.finish()
