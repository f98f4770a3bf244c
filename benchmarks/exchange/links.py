"""Times exchanges between nodes of an emulated cluster beside what latency and bandwidth predict, then in virtual time.

The latency is that of a ping-pong between two nodes in the same run; the bandwidth is the rate of the links. Bytes are those of
the rank that sends most, beside those of the formula; indices are plain. `cpu` is the time that a rank's process used its core
for, of an exchange: it waits by asking again, so part of it is waiting. `arithmetic` is the same of all ranks in one process
without a network: encoding, adding and merging alone, for one rank. Where ranks share cores, no exchange can be faster than
that of the ranks of one core, one after the other.

Virtual time has the constants of the gTop-k paper (Shi et al., ICDCS 2019): 0.436 ms latency, 3.6e-5 ms per element of 4 bytes.
"""

import json
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


def show(rows, latency, bandwidth):
    print(f"{'':11}{'P':>3}{'elements':>10}{'density':>9}{'ms':>10}{'least':>10}{'predicted':>11}{'ratio':>7}{'cpu':>8}"
          f"{'arithmetic':>11}{'bytes':>11}  of formula")
    for row in rows:
        row["predicted_ms"] = 1e3 * predicted(row, latency, bandwidth)
        _, row["formula_bytes"], exact = formula(row["algorithm"], row["ranks"], int(row["elements"]), row["density"])
        agrees = row["bytes"] == row["formula_bytes"] if exact else row["bytes"] <= row["formula_bytes"]
        print(f"{row['algorithm']:11}{row['ranks']:3}{row['elements']:10.0f}"
              f"{'' if row['algorithm'] == 'dense' else format(row['density'], 'g'):>9}{row['ms']:10.3f}"
              f"{row['least_ms']:10.3f}{row['predicted_ms']:11.3f}{row['ms'] / row['predicted_ms']:7.2f}{row['cpu_ms']:8.3f}"
              f"{row['arithmetic_ms']:11.3f}{row['bytes']:11}"
              f"  {'=' if exact else '<='} {row['formula_bytes']}{'' if agrees else '  NO'}")
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
          f"of their rate; latency {latency * 1e6:.0f} us by ping-pong")
    return show(add_arithmetic(rows, program), latency, rate)


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
    print(f"\nvirtual time, not measured: latency {latency * 1e6:.0f} us, {bandwidth / 1e6:.0f} MB/s")
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
