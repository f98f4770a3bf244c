#!/usr/bin/env python3
"""How fast training converges under sparse exchanges, and how much of the sum gTop-k applies, on the MLP.

    benchmarks/rate/run.py [--build build] [--images FILE --labels FILE] [--rows 8000] [--seeds 0,1,2]
                           [--parts rate,assumption] [--steps 250,1000,4000] [--theta 0.4] [--samples 100]
                           [--assumption-ranks 4,8,16,32] [--json rate.json]

Needs numpy. The data are generated digits, or a file in idx format, as MNIST's. All ranks are in one process, with batches of 16.
Takes an hour or two of processor time; --seeds=0 --samples=25 takes some minutes.

rate: plain SGD with the constant learning rate theta sqrt(B / T), B = 64 the global batch, T the number of steps. Under the
assumptions of Shi et al. (IJCAI 2019) the mean over the run of |grad F(x_t)|^2, F the loss over all rows, is then
O(1 / sqrt(B T)), as that of mini-batch SGD: a slope of -0.5 over T on logarithmic axes. The run is cut into --samples pieces of
equal length, and the gradient over all rows is taken at the step in the middle of each, or, with --at=start, at its first step.
(The first gradient of a run is the largest by far: taken for the first piece of few, it makes up much of the mean.)

assumption: the ratio |A - P applied|^2 / ((1 - k/d) |A|^2) of single exchanges, A the sum over ranks of what enters selection,
gradient and residual; Assumption 1 of that paper is that it is at most 1. What an exchange leaves, A - P applied, is the sum of
the residuals after it; what it applies is seen in the parameters.
"""

import argparse
import json
import math
import pathlib
import statistics
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent

try:
    import numpy as np
except ImportError:
    sys.exit("benchmarks/rate needs numpy (pip install numpy, or Debian's python3-numpy)")
from trajectory import BATCH, FullGradient, Trajectory

SLOPE, TOLERANCE = -0.5, 0.1


def numbers(kind):
    return lambda text: [kind(part) for part in text.split(",") if part]


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def middles(steps, pieces, shift=0.5):
    """The step in the middle (or elsewhere) of each of `pieces` pieces of a run; all of them if there are no more."""
    pieces = min(pieces, steps)
    return [int((piece + shift) * steps / pieces) for piece in range(pieces)]


def spread(values):
    """Mean and standard deviation as a text."""
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.fmean(values):.4g} ± {deviation:.2g}"


def program_of(arguments):
    return (arguments.build / "bin" / "tacit-run").resolve()


def data_of(arguments):
    if not arguments.images:
        return f"digits:count={arguments.rows}"
    return f"idx:images={arguments.images},labels={arguments.labels},rows=0:{arguments.rows}"


def squared_gradients(arguments, strategy, seed, steps):
    """|grad F(x_t)|^2 at the sampled steps of one run, by step."""
    rate = float(np.float32(arguments.theta * math.sqrt(arguments.ranks * BATCH / steps)))
    with tempfile.TemporaryDirectory(prefix="tacit-rate-") as folder:
        trajectory = Trajectory(program_of(arguments), folder, data_of(arguments), strategy, arguments.ranks, rate, seed)
        full = FullGradient(program_of(arguments), folder, data_of(arguments), arguments.rows)
        found = {}
        for step in middles(steps, arguments.samples, 0 if arguments.at == "start" else 0.5):
            progress(f"{strategy}, seed {seed}, {steps} steps: {step}")
            trajectory.at(step)
            found[step] = full.squared_norm(trajectory.latest)
    return {"strategy": strategy, "seed": seed, "steps": steps, "rate": rate, "mean": statistics.fmean(found.values()),
            "squared_gradients": found}


def slope(means, first, last):
    return math.log(means[last] / means[first]) / math.log(last / first)


def measure_rate(arguments):
    rows = []
    print("mean over the run of |grad F|^2")
    for strategy in arguments.strategies:
        for seed in arguments.seeds:
            for steps in arguments.steps:
                row = squared_gradients(arguments, strategy, seed, steps)
                progress("")
                print(f"  {strategy}, seed {seed}, {steps} steps of rate {row['rate']:.4f}: {row['mean']:.5f}", flush=True)
                rows.append(row)
    return rows


def show_rate(arguments, rows):
    """Prints means and slopes over seeds; returns the slopes."""
    steps = sorted(arguments.steps)
    pairs = list(zip(steps, steps[1:]))
    print(f"\nmean over the run of |grad F|^2, {arguments.ranks} ranks of batch {BATCH}, {arguments.samples} samples each, at the {arguments.at} of pieces, "
          f"{len(arguments.seeds)} seeds")
    print(f"{'':24}" + "".join(f"{f'T = {count}':>18}" for count in steps)
          + "".join(f"{f'slope {a}-{b}':>20}" for a, b in pairs))
    slopes = []
    for strategy in arguments.strategies:
        of_seed = {seed: {row["steps"]: row["mean"] for row in rows if row["strategy"] == strategy and row["seed"] == seed}
                   for seed in arguments.seeds}
        line = f"{strategy:24}" + "".join(f"{spread([m[count] for m in of_seed.values()]):>18}" for count in steps)
        for first, last in pairs:
            values = [slope(means, first, last) for means in of_seed.values()]
            line += f"{spread(values):>20}"
            slopes.append({"strategy": strategy, "from": first, "to": last, "by_seed": values})
        if pairs:
            within = abs(statistics.fmean(values) - SLOPE) <= TOLERANCE
            line += f"  the last {'within' if within else 'NOT within'} {SLOPE} ± {TOLERANCE}"
        print(line)
    return slopes


def assumption_ratios(arguments, density, ranks, seed):
    """The ratio of Assumption 1 at the sampled exchanges of one run of gTop-k."""
    strategy = f"gtopk{{density={density}}}"
    rate = float(np.float32(arguments.assumption_rate))
    ratios = []
    with tempfile.TemporaryDirectory(prefix="tacit-rate-") as folder:
        trajectory = Trajectory(program_of(arguments), folder, data_of(arguments), strategy, ranks, rate, seed)
        # Every piece has two steps or more: the one after a sampled step is not the next sample.
        for step in middles(arguments.assumption_steps, min(arguments.exchanges, arguments.assumption_steps // 2)):
            progress(f"{strategy}, {ranks} ranks, seed {seed}: step {step}")
            before = trajectory.at(step).parameters()
            after = trajectory.at(step + 1)
            applied = (before - after.parameters()) * (ranks / rate)
            k = min(max(math.ceil(density * applied.size - 1e-6), 1), applied.size)
            changed = np.count_nonzero(applied)
            assert changed <= k, f"{strategy} on {ranks} ranks changed {changed} parameters in a step, {k} are selected"
            left = after.residuals(ranks)
            entered = left + applied
            ratios.append(float(left @ left) / ((1 - k / applied.size) * float(entered @ entered)))
    progress("")
    return {"density": density, "ranks": ranks, "seed": seed, "rate": rate, "ratios": ratios}


def measure_assumption(arguments):
    rows = []
    print(f"\n|A - P applied|^2 / ((1 - k/d) |A|^2) of single exchanges by gtopk, {len(arguments.seeds)} seeds, "
          f"{arguments.assumption_steps} steps of rate {arguments.assumption_rate}")
    print(f"{'density':>8}{'P':>4}{'exchanges':>11}{'mean':>9}{'deviation':>11}{'least':>9}{'largest':>9}{'above 1':>9}")
    for density in arguments.densities:
        for ranks in arguments.assumption_ranks:
            found = [assumption_ratios(arguments, density, ranks, seed) for seed in arguments.seeds]
            rows += found
            ratios = [ratio for row in found for ratio in row["ratios"]]
            above = sum(ratio > 1 for ratio in ratios) / len(ratios)
            print(f"{density:8g}{ranks:4}{len(ratios):11}{statistics.fmean(ratios):9.4f}{statistics.pstdev(ratios):11.4f}"
                  f"{min(ratios):9.4f}{max(ratios):9.4f}{above:9.1%}", flush=True)
    return rows


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=HERE.parent.parent / "build", type=pathlib.Path)
    parser.add_argument("--images", type=pathlib.Path, help="a file in idx format, with --labels (default: generated digits)")
    parser.add_argument("--labels", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=8000, help="to train on, the first of the data")
    parser.add_argument("--seeds", type=numbers(int), default=[0, 1, 2])
    parser.add_argument("--parts", type=numbers(str), default=["rate", "assumption"])
    parser.add_argument("--ranks", type=int, default=4, help="of the rate")
    parser.add_argument("--steps", type=numbers(int), default=[250, 1000, 4000], help="the lengths T of the runs")
    parser.add_argument("--theta", type=float, default=0.4, help="of the learning rate theta sqrt(B / T)")
    parser.add_argument("--samples", type=int, default=100, help="gradients over all rows in each run")
    parser.add_argument("--at", choices=["middle", "start"], default="middle", help="of each piece of a run")
    parser.add_argument("--strategies", type=lambda text: text.split(";"),
                        default=["ssgd", "topk{density=0.001}", "gtopk{density=0.001}"], help="separated by semicolons")
    parser.add_argument("--assumption-ranks", type=numbers(int), default=[4, 8, 16, 32])
    parser.add_argument("--densities", type=numbers(float), default=[0.001, 0.01], help="of gtopk, for the assumption")
    parser.add_argument("--assumption-steps", type=int, default=300)
    parser.add_argument("--assumption-rate", type=float, default=0.1)
    parser.add_argument("--exchanges", type=int, default=30, help="sampled of each run for the assumption")
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    if bool(arguments.images) != bool(arguments.labels):
        parser.error("--images and --labels go together")
    if unknown := set(arguments.parts) - {"rate", "assumption"}:
        parser.error(f"no part '{unknown.pop()}'; there are rate and assumption")
    if not program_of(arguments).exists():
        parser.error(f"no {program_of(arguments)}: build tacit-run, or name another folder by --build")
    return arguments


arguments = parse()
print(f"MLP 784-512-512-10 on {arguments.rows} rows of {arguments.images or 'generated digits'}")
results = {}
if "rate" in arguments.parts:
    results["rate"] = measure_rate(arguments)
    results["slopes"] = show_rate(arguments, results["rate"])
if "assumption" in arguments.parts:
    results["assumption"] = measure_assumption(arguments)
if arguments.json:
    arguments.json.write_text(json.dumps(results, indent=1) + "\n")
