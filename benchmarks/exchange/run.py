#!/usr/bin/env python3
"""Times exchanges between nodes of an emulated cluster beside what latency and bandwidth predict, then in virtual time.

    benchmarks/exchange/run.py [--build build] [--nodes 2,4] [--rate 1gbit] [--elements 4e6] [--densities 0.001,0.01]
                               [--rounds 25] [--virtual 8,16,32] [--out exchange.json]

The latency is that of a ping-pong between two nodes in the same run; the bandwidth is the rate of the links. Bytes are those of
the rank that sends most, beside those of the formula; indices are plain. The emulated cluster (cluster.sh) needs root, and is
skipped without. More nodes than the machine has cores measure the cores: for those there is virtual time, with the constants of
the gTop-k paper (Shi et al., ICDCS 2019): 0.436 ms latency, 3.6e-5 ms per element of 4 bytes.
"""

import argparse
import json
import math
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CLUSTER = HERE / "cluster.sh"
SKIPPED = 77
UNITS = {"kbit": 1e3, "mbit": 1e6, "gbit": 1e9}


def numbers(kind):
    return lambda text: [kind(part) for part in text.split(",") if part]


def formula(algorithm, ranks, elements, density):
    """Latencies one after the other, bytes that the busiest rank sends, and whether exactly so many."""
    k = min(max(math.ceil(density * elements - 1e-6), 1), elements)
    rounds, floor = math.ceil(math.log2(ranks)), int(math.log2(ranks))
    pre_merge = 2**floor < ranks
    if algorithm == "dense":
        block = [(b + 1) * elements // ranks - b * elements // ranks for b in range(ranks)]
        most = max(2 * elements - block[(r + 1) % ranks] - block[(r + 2) % ranks] for r in range(ranks))
        return 2 * (ranks - 1), 4 * most, True  # in the mean over ranks, 2 (P - 1)/P N
    if algorithm == "all_gather":
        return rounds, 8 * k * (ranks - 1), True
    if algorithm == "gtopk":
        return floor + 2 * pre_merge, 8 * k * (floor + pre_merge), True
    return 1 + 3 * rounds, 24 * k * (ranks - 1) // ranks, False  # ok_topk: at most, if regions are balanced


def run(command, environment=None):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=600, env=environment)
    if done.returncode == SKIPPED:
        raise LookupError(done.stderr.strip())
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def show(rows, latency, bandwidth):
    print(f"{'':11}{'P':>3}{'elements':>10}{'density':>9}{'ms':>10}{'least':>10}{'predicted':>11}{'ratio':>7}"
          f"{'bytes':>11}  of formula")
    for row in rows:
        latencies, sent, exact = formula(row["algorithm"], row["ranks"], int(row["elements"]), row["density"])
        row["predicted_ms"] = 1e3 * (latencies * latency + sent / bandwidth)
        if row["algorithm"] != "dense":
            # Ok-Topk's formula is a bound: the prediction is for what it did send.
            row["predicted_ms"] = 1e3 * (latencies * latency + min(sent, row["bytes"]) / bandwidth)
        row["formula_bytes"] = sent
        agrees = row["bytes"] == sent if exact else row["bytes"] <= sent
        print(f"{row['algorithm']:11}{row['ranks']:3}{row['elements']:10.0f}"
              f"{'' if row['algorithm'] == 'dense' else format(row['density'], 'g'):>9}{row['ms']:10.3f}"
              f"{row['least_ms']:10.3f}{row['predicted_ms']:11.3f}{row['ms'] / row['predicted_ms']:7.2f}{row['bytes']:11}"
              f"  {'=' if exact else '<='} {sent}{'' if agrees else '  NO'}")
    return rows


def on_cluster(arguments, program, nodes, bucket, rate, algorithms, densities):
    """Builds a cluster, plays ping-pong and runs the algorithms; it is down again afterwards."""
    environment = dict(os.environ, TACIT_CLUSTER_BURST=str(bucket))
    try:
        run([CLUSTER, "up", nodes, arguments.rate], environment)
        latency = run([CLUSTER, "exec", 2, program, "--algorithms=ping"], environment)[0]["ms"] / 1e3
        rows = []
        for density in densities:
            rows += run([CLUSTER, "exec", nodes, program, f"--rounds={arguments.rounds}", f"--elements={arguments.elements}",
                         f"--density={density}", f"--algorithms={algorithms}"], environment)
    finally:
        subprocess.run([CLUSTER, "down"], capture_output=True)
    print(f"\nemulated cluster of {nodes} nodes, links of {arguments.rate}, {bucket >> 10} KiB ahead of their rate; "
          f"latency {latency * 1e6:.0f} us by ping-pong")
    return show(rows, latency, rate)


def emulated(arguments, program):
    rate = next(float(arguments.rate[:-len(unit)]) * factor
                for unit, factor in UNITS.items() if arguments.rate.endswith(unit)) / 8
    rows = []
    for nodes in arguments.nodes:
        # A smaller bucket is truer to short messages and costs more time of the cores, which long ones feel.
        rows += on_cluster(arguments, program, nodes, 32 << 10, rate, "dense", [1])
        rows += on_cluster(arguments, program, nodes, 16 << 10, rate, "all_gather,gtopk,ok_topk", arguments.densities)
    return rows


def virtual(arguments, program):
    latency, bandwidth = 0.436e-3, 4 / 3.6e-8
    print(f"\nvirtual time, not measured: latency {latency * 1e6:.0f} us, {bandwidth / 1e6:.0f} MB/s")
    rows = []
    for ranks in arguments.virtual:
        start = [program, f"--world=simulated={ranks}", f"--network=latency={latency * 1e6}us bandwidth={bandwidth}B",
                 f"--elements={arguments.elements}", "--rounds=1"]
        for density in arguments.densities:
            rows += run(start + [f"--density={density}", "--algorithms=all_gather,gtopk,ok_topk"])
        rows += run(start + ["--algorithms=dense"])
    for row in rows:
        row["virtual"] = True
    return show(rows, latency, bandwidth)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--build", default=HERE.parent.parent / "build", type=pathlib.Path)
parser.add_argument("--nodes", type=numbers(int), default=[2, 4])
parser.add_argument("--rate", default="1gbit", help="of each link and direction, as tc spells it")
parser.add_argument("--elements", type=float, default=4e6)
parser.add_argument("--densities", type=numbers(float), default=[0.001, 0.01])
parser.add_argument("--rounds", type=int, default=25)
parser.add_argument("--virtual", type=numbers(int), default=[8, 16, 32])
parser.add_argument("--out", type=pathlib.Path)
arguments = parser.parse_args()
program = (arguments.build / "bin" / "tacit-exchange-benchmark").resolve()
results = []
if arguments.nodes:
    try:
        results += emulated(arguments, program)
    except LookupError as reason:
        print(reason)
if arguments.virtual:
    results += virtual(arguments, program)
if arguments.out:
    arguments.out.write_text(json.dumps(results, indent=1) + "\n")
