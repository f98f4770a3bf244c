#!/usr/bin/env python3
"""Times a training step of a model (one process, f32) against its peers, interleaved in one run.

    benchmarks/step/run.py [--model mlp] [--graphs folder] [--build build] [--threads 1] [--rounds 12] [--out step.json]

Models are mlp (batch 64), which is examples/mlp, lenet (64) and char_transformer (16 rows of 64 characters): the latter are
graphs exported from JAX, MODEL/value_and_grad.mlir in the folder that --graphs or $TACIT_GRAPHS names.

Prints a table: the median over rounds of each peer's median step, and ratios paired round by round. Peers that are not
installed are named and skipped: PyTorch (pip install torch==2.13.0, a CPU build) and JAX (pip install jax) are looked for in the
Python that runs this file.
"""

import argparse
import json
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "common"))
from interleave import interleave, ratios

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", choices=["mlp", "lenet", "char_transformer"], default="mlp")
parser.add_argument("--graphs", default=os.environ.get("TACIT_GRAPHS", ""), type=pathlib.Path)
parser.add_argument("--build", default=HERE.parent.parent / "build", type=pathlib.Path)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--rounds", type=int, default=12)
parser.add_argument("--seconds", type=float, default=0.3, help="length of one peer's turn")
parser.add_argument("--out", type=pathlib.Path)
arguments = parser.parse_args()

OURS, CALLS = "tacit", "oneDNN calls alone"
# glibc hands large blocks back to the kernel at every free unless told not to; page faults then dominate torch's step.
KEEP = dict(os.environ, MALLOC_MMAP_THRESHOLD_="1073741824", MALLOC_TRIM_THRESHOLD_="4294967296",
            MALLOC_TOP_PAD_="67108864")
ours = arguments.build / "bin" / "tacit-step-benchmark"
name = f"--model={arguments.model}"
if arguments.model == "mlp":
    model = HERE.parent.parent / "examples" / "mlp" / "mlp.mlir"
else:
    model = arguments.graphs / arguments.model / "value_and_grad.mlir"
    if not model.exists():
        parser.error(f"there is no {model}; name the folder of exported graphs with --graphs")
threads = f"--threads={arguments.threads}"
passive = dict(os.environ, OMP_WAIT_POLICY="passive")
peers, absent = interleave([
    (OURS, f"{ours} --model={model} {threads}", passive),
    # Of convolutions it knows nothing, and products that are repeated for their own sake drive a transformer to NaN.
    *([(CALLS, f"{ours} --calls-alone --model={model} {threads}", passive)] if arguments.model == "mlp" else []),
    *((f"torch {mode}", f"{sys.executable} {HERE}/torch_peer.py {name} --mode {mode} {threads}", KEEP)
      for mode in ["eager", "compiled"] + ["compiled-last"] * (arguments.model == "lenet")),
    ("jax jit", f"{sys.executable} {HERE}/jax_peer.py {name} {threads}", None),
], arguments.rounds, arguments.seconds)

results = [peer.result() for peer in peers]
print(f"{arguments.model}, SGD, f32, {arguments.threads} thread(s), {arguments.rounds} rounds\n")
print(f"{'':22}{'median us':>12}{'least us':>12}{'worst us':>12}{'first step s':>14}")
for row in sorted(results, key=lambda row: row["median_us"]):
    print(f"{row['name']:22}{row['median_us']:12.1f}{row['least_us']:12.1f}{row['worst_chunk_us']:12.1f}"
          f"{row['first_step_seconds']:14.3f}")
for reason in absent:
    print(f"skipped  {reason}")

others = [row for row in results if row["name"] not in (OURS, CALLS)]
pairs = {}
if any(row["name"] == OURS for row in results):
    if any(row["name"] == CALLS for row in results):
        pairs[f"{OURS} / {CALLS}"] = ratios(peers, OURS, CALLS)
    if others:
        fastest = min(others, key=lambda row: row["median_us"])["name"]
        pairs[f"{fastest} / {OURS}"] = ratios(peers, fastest, OURS)
print("\nratios, paired round by round")
for name, ratio in pairs.items():
    if ratio:
        print(f"{name:34} median {ratio['median']:.3f}  ({ratio['least']:.3f} to {ratio['largest']:.3f})")
if arguments.out:
    arguments.out.write_text(json.dumps({"results": results, "ratios": pairs, "absent": absent}, indent=1) + "\n")
