#!/usr/bin/env python3
"""Times exact top-k with error feedback against its peers and against `residual += gradient` alone, interleaved.

    benchmarks/compress/run.py [--build build] [--elements 1e6,1e7,2.5e7] [--densities 0.001,0.01] [--threads 1,2]
                               [--rounds 7] [--out compress.json]

For each number of elements, density and number of threads it prints the median over rounds of each peer's median, and ratios
paired round by round. `tacit sampled` may select up to a quarter more than k; `torch sampled threshold` is approximate, too.
Peers that are not installed are named and skipped: PyTorch, JAX and NumPy are looked for in the Python that runs this file.
"""

import argparse
import json
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "common"))
from interleave import interleave, ratios

OURS, SAMPLED, BOUND = "tacit top_k", "tacit sampled", "residual += gradient"
EXACT = {"torch.topk": "torch", "jax top_k": "jax", "numpy argpartition": "numpy"}
APPROXIMATE = {"torch sampled threshold": "dgc"}
# Ratio to the bound at 10 million elements and more, by threads and density.
TARGETS = {(1, 0.001): 1.3, (1, 0.01): 2.0, (2, 0.001): 1.5, (2, 0.01): 2.4}


def numbers(kind):
    return lambda text: [kind(part) for part in text.split(",")]


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--build", default=HERE.parent.parent / "build", type=pathlib.Path)
parser.add_argument("--elements", type=numbers(float), default=[1e6, 1e7, 2.5e7])
parser.add_argument("--densities", type=numbers(float), default=[0.001, 0.01])
parser.add_argument("--threads", type=numbers(int), default=[1, 2])
parser.add_argument("--rounds", type=int, default=7)
parser.add_argument("--seconds", type=float, default=0.1, help="length of one peer's turn, at least three steps")
parser.add_argument("--out", type=pathlib.Path)
arguments = parser.parse_args()

# glibc hands large blocks back to the kernel at every free unless told not to; page faults then dominate torch's step.
KEEP = dict(os.environ, MALLOC_MMAP_THRESHOLD_="1073741824", MALLOC_TRIM_THRESHOLD_="4294967296",
            MALLOC_TOP_PAD_="67108864")
PASSIVE = dict(os.environ, OMP_WAIT_POLICY="passive")


def measure(elements, density, threads):
    size = f"--elements={elements:.0f} --density={density} --threads={threads}"
    ours = arguments.build / "bin" / "tacit-compress-benchmark"
    others = {**EXACT, **APPROXIMATE}
    peers, absent = interleave(
        [(name, f"{ours} --mode={mode} {size}", PASSIVE)
         for name, mode in ((OURS, "exact"), (SAMPLED, "sampled"), (BOUND, "accumulate"))] +
        [(name, f"{sys.executable} {HERE}/selection_peer.py --library={library} {size}",
          None if library == "jax" else KEEP) for name, library in others.items()],
        arguments.rounds, arguments.seconds)
    results = [peer.result() for peer in peers]
    pairs = {f"{OURS} / {BOUND}": ratios(peers, OURS, BOUND), f"{SAMPLED} / {BOUND}": ratios(peers, SAMPLED, BOUND)}
    for name in others:
        pairs[f"{name} / {OURS}"] = ratios(peers, name, OURS)
    pairs = {name: ratio for name, ratio in pairs.items() if ratio}

    print(f"\n{elements / 1e6:g} million elements, density {density}, {threads} thread(s)")
    for row in sorted(results, key=lambda row: row["median_us"]):
        print(f"  {row['name']:26}{row['median_us'] / 1e3:10.2f} ms{row['least_us'] / 1e3:10.2f} least"
              f"{row['worst_chunk_us'] / 1e3:10.2f} worst")
    for name, ratio in pairs.items():
        target = TARGETS.get((threads, density)) if name == f"{OURS} / {BOUND}" and elements >= 1e7 else None
        print(f"  {name:44}{ratio['median']:8.2f}  ({ratio['least']:.2f} to {ratio['largest']:.2f})"
              + (f"  target {target}" if target else ""))
    return {"elements": elements, "density": density, "threads": threads, "results": results, "ratios": pairs,
            "absent": absent}


runs = []
for elements in arguments.elements:
    for density in arguments.densities:
        for threads in arguments.threads:
            if threads > (os.cpu_count() or 1):
                print(f"\nskipped  {threads} threads: this machine has {os.cpu_count()} cores")
                continue
            runs.append(measure(elements, density, threads))
for reason in sorted({reason for run in runs for reason in run["absent"]}):
    print(f"skipped  {reason}")
if arguments.out:
    arguments.out.write_text(json.dumps({"load": os.getloadavg(), "runs": runs}, indent=1) + "\n")
