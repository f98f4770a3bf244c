"""Times exchanges between nodes of an emulated cluster beside what latency and bandwidth predict, then in virtual time.

The latency is that of a ping-pong between two nodes in the same run; the bandwidth is the rate of the links. Bytes are those of
the rank that sends most, beside those of the formula; indices are plain. `ms` is the median of the slowest rank's time, which
begins when a barrier lets that rank go, and `together` of the time from when it has let go the last. `arithmetic` is what all
ranks in one process without a network take, for one rank: encoding, adding, merging and putting back. `floor` is the prediction
and the arithmetic of all ranks that share a core, one after the other: what exchanges that wait for the end of a message before
they add it can come to, of more ranks than cores. `cpu` is what a rank's process used of its core. The links' bucket, 16 KiB for
sparse exchanges, is full when an exchange begins: so many bytes pass at once, 0.13 ms at 1 Gb/s, which the prediction does not
know. On a machine that others use, wake-ups are late: `chrt -r 1` before the command keeps its processes in front.

Virtual time has the constants of the gTop-k paper (Shi et al., ICDCS 2019): 0.436 ms latency, 3.6e-5 ms per element of 4 bytes.
"""

import json
import math
import os
import pathlib

import cluster
from formula import formula, predicted


def numbers(kind):
    return lambda text: [kind(part) for part in text.split(",") if part]


def add_arguments(parser):
    parser.add_argument("--nodes", type=numbers(int), default=[2, 4])
    parser.add_argument("--rate", default="1gbit", help="of each link and direction, as tc spells it")
    parser.add_argument("--elements", type=float, default=4e6)
    parser.add_argument("--densities", type=numbers(float), default=[0.001, 0.01])
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--virtual", type=numbers(int), default=[8, 16, 32])
    parser.add_argument("--out", type=pathlib.Path)


def show(rows, latency, bandwidth, cores=None):
    """Without `cores`, ranks share none."""
    print(f"{'':11}{'P':>3}{'density':>8}{'ms':>10}{'together':>10}{'least':>9}{'predicted':>11}{'ratio':>7}{'together':>10}"
          f"{'arithmetic':>12}{'floor':>9}{'cpu':>8}{'bytes':>11}  of formula")
    for row in rows:
        row["predicted_ms"] = 1e3 * predicted(row, latency, bandwidth)
        _, row["formula_bytes"], exact = formula(row["algorithm"], row["ranks"], int(row["elements"]), row["density"])
        agrees = row["bytes"] == row["formula_bytes"] if exact else row["bytes"] <= row["formula_bytes"]
        # The dense ring adds a piece while others are on their way.
        share = math.ceil(row["ranks"] / cores) if cores and row["algorithm"] != "dense" else 0
        row["floor_ms"] = row["predicted_ms"] + row["arithmetic_ms"] * share
        print(f"{row['algorithm']:11}{row['ranks']:3}"
              f"{'' if row['algorithm'] == 'dense' else format(row['density'], 'g'):>8}{row['ms']:10.3f}{row['together_ms']:10.3f}"
              f"{row['least_ms']:9.3f}{row['predicted_ms']:11.3f}{row['ms'] / row['predicted_ms']:7.2f}"
              f"{row['together_ms'] / row['predicted_ms']:10.2f}{row['arithmetic_ms']:12.3f}{row['floor_ms']:9.3f}{row['cpu_ms']:8.3f}"
              f"{row['bytes']:11}  {'=' if exact else '<='} {row['formula_bytes']}{'' if agrees else '  NO'}")
    return rows


def add_arithmetic(rows, program):
    for row in rows:
        alone = cluster.run_for_json([program, f"--world=simulated={row['ranks']}", "--rounds=15", f"--elements={row['elements']}",
                                      f"--density={row['density']}", f"--algorithms={row['algorithm']}"])
        row["arithmetic_ms"] = alone[0]["cpu_ms"]
    return rows


def on_cluster(arguments, program, nodes, bucket, rate, algorithms, densities):
    """Builds a cluster, plays ping-pong and runs the algorithms."""
    rows = []
    with cluster.built(nodes, arguments.rate, bucket):
        latency = cluster.run_for_json([cluster.CLUSTER, "exec", 2, program, "--algorithms=ping"])[0]["ms"] / 1e3
        for density in densities:
            rows += cluster.run_for_json(
                [cluster.CLUSTER, "exec", nodes, program, f"--rounds={arguments.rounds}", f"--elements={arguments.elements}",
                 f"--density={density}", f"--algorithms={algorithms}"])
    print(f"\nemulated cluster of {nodes} nodes on {os.cpu_count()} cores, links of {arguments.rate}, {bucket >> 10} KiB ahead "
          f"of their rate; {arguments.elements:.0f} elements; latency {latency * 1e6:.0f} us by ping-pong")
    return show(add_arithmetic(rows, program), latency, rate, os.cpu_count())


def emulated(arguments, program):
    rate = cluster.bytes_per_second(arguments.rate)
    rows = []
    for nodes in arguments.nodes:
        # A smaller bucket is truer to short messages and costs more time of the cores, which long ones feel.
        rows += on_cluster(arguments, program, nodes, 32 << 10, rate, "dense", [1])
        rows += on_cluster(arguments, program, nodes, 16 << 10, rate, "all_gather,gtopk,ok_topk", arguments.densities)
    return rows


def virtual(arguments, program):
    latency, bandwidth = 0.436e-3, 4 / 3.6e-8
    print(f"\nvirtual time, not measured: {arguments.elements:.0f} elements, latency {latency * 1e6:.0f} us, {bandwidth / 1e6:.0f} MB/s")
    rows = []
    for ranks in arguments.virtual:
        start = [program, f"--world=simulated={ranks}", f"--network=latency={latency * 1e6}us bandwidth={bandwidth}B",
                 f"--elements={arguments.elements}", "--rounds=1"]
        for density in arguments.densities:
            rows += cluster.run_for_json(start + [f"--density={density}", "--algorithms=all_gather,gtopk,ok_topk"])
        rows += cluster.run_for_json(start + ["--algorithms=dense"])
    for row in rows:
        row["virtual"], row["arithmetic_ms"] = True, row["cpu_ms"]
    return show(rows, latency, bandwidth)


def main(arguments):
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
