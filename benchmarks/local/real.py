"""Strategies race in real time, between nodes of an emulated cluster: what `race` does in virtual time on the MLP.

`mpirun tacit-run`, one rank per node, batch 16 per rank. Synchronous SGD trains for --epochs; its loss on all training rows then is
the target. Fixed periods and AdaComm (--initial-period, and intervals of a fifth of the steps of synchronous SGD) train until theirs,
looked at every --eval-every steps or each round, is no higher. Seconds are those of --metrics, whose clock stands still in
evaluations. A seed is a turn: all strategies, one after the other.

Y is the median over the rounds of synchronous SGD of what the first rank computes, as its metrics say, while the nodes share the
cores; D is what else a round takes. The speed-up of a step beside (1 + r) / (1 + r / tau), r = D / Y, says how far that goes.

Needs root, as the cluster does. Other work on the machine makes it slower: the load is printed.
"""

import json
import os
import pathlib
import statistics
import tempfile

import cluster
from virtual import MLP, add_data_arguments, data_of, numbers, periods_of, progress, spread


def add_arguments(parser):
    add_data_arguments(parser)
    parser.add_argument("--nodes", type=int, default=4)
    parser.add_argument("--rate", default="1gbit", help="of each link and direction, as tc spells it")
    parser.add_argument("--bucket", type=int, default=32 << 10, help="bytes that pass ahead of that rate")
    parser.add_argument("--epochs", type=int, default=10, help="of synchronous SGD")
    parser.add_argument("--lr", type=float, default=0.1, help="learning rate")
    parser.add_argument("--periods", type=numbers(int), default=[2, 8, 32], help="fixed ones")
    parser.add_argument("--initial-period", type=int, default=32, help="of AdaComm")
    parser.add_argument("--eval-every", type=int, default=16, help="steps")


def lines_of_cluster(arguments, strategy, seed, options, folder):
    """(rounds, evaluations) of the first rank's metrics."""
    metrics = pathlib.Path(folder) / "metrics.jsonl"
    metrics.unlink(missing_ok=True)
    data = data_of(arguments)
    cluster.run([cluster.CLUSTER, "exec", arguments.nodes, arguments.build.resolve() / "bin" / "tacit-run", MLP, f"--data={data}",
                 f"--eval-data=train={data}", f"--seed={seed}", f"--optimizer=sgd{{lr={arguments.lr}}}", f"--strategy={strategy}",
                 f"--metrics={metrics}", "--quiet", *options])
    lines = [json.loads(line) for line in metrics.read_text().splitlines()]
    return [line for line in lines if "round" in line], [line["eval"] for line in lines if "eval" in line]


def race(arguments, seed, folder):
    load = os.getloadavg()[0]
    lines, evaluations = lines_of_cluster(arguments, "ssgd", seed, [f"--epochs={arguments.epochs}"], folder)
    last = evaluations[-1]
    ends = [line["seconds"] for line in lines]
    compute = statistics.median(line["compute_seconds"] for line in lines)
    row = {"seed": seed, "load": load, "loss": last["loss"], "steps": {"ssgd": last["step"]}, "seconds": {"ssgd": last["seconds"]},
           "compute": compute, "exchange": statistics.median(b - a for a, b in zip(ends, ends[1:])) - compute}
    interval = max(1, last["step"] // 5)
    strategies = {f"pasgd{{period={period}}}": (f"pasgd{{period={period}}}", max(1, arguments.eval_every // period))
                  for period in arguments.periods}
    strategies["adacomm"] = (f"adacomm{{initial-period={arguments.initial_period} interval-steps={interval}}}", 1)
    for name, (strategy, every) in strategies.items():
        # Twice as many steps as synchronous SGD took; who needs more is not in the race.
        lines, evaluations = lines_of_cluster(arguments, strategy, seed, [
            f"--epochs={2 * arguments.epochs}", f"--eval-every={every}", f"--stop-at-loss=train:{last['loss']!r}"], folder)
        reached = evaluations[-1]["loss"] <= last["loss"]
        row["seconds"][name] = evaluations[-1]["seconds"] if reached else float("inf")
        row["steps"][name] = evaluations[-1]["step"]
        if name == "adacomm":
            row["periods"] = periods_of(lines)
    progress(row)
    return row


def show(arguments, rows):
    print(f"\nMLP, batch 16, {arguments.nodes} nodes, links of {arguments.rate}: real seconds to the loss of {rows[0]['steps']['ssgd']} "
          f"synchronous steps ({spread([row['loss'] for row in rows])}), {len(rows)} seeds")
    ratios = [row["exchange"] / row["compute"] for row in rows]
    print(f"Y = {spread([1e3 * row['compute'] for row in rows])} ms, D = {spread([1e3 * row['exchange'] for row in rows])} ms, "
          f"D / Y = {spread(ratios)}; load before each turn: {' '.join(format(row['load'], '.1f') for row in rows)}")
    print(f"{'':20}{'steps':28}{'seconds':28}{'ratio to ssgd':28}{'speed-up of a step':28}by the model")
    for name in rows[0]["seconds"]:
        step = {key: [row["seconds"][key] / row["steps"][key] for row in rows] for key in ("ssgd", name)}
        period = int(name[len("pasgd{period="):-1]) if name.startswith("pasgd") else 1 if name == "ssgd" else None
        model = spread([(1 + r) / (1 + r / period) for r in ratios]) if period else ""
        print(f"{name:20}{spread([row['steps'][name] for row in rows]):28}{spread([row['seconds'][name] for row in rows]):28}"
              f"{spread([row['seconds'][name] / row['seconds']['ssgd'] for row in rows]):28}"
              f"{spread([a / b for a, b in zip(step['ssgd'], step[name])]):28}{model}")
    for row in rows:
        print(f"  periods of adacomm, seed {row['seed']}: {' '.join(map(str, row['periods']))}")


def main(arguments):
    with cluster.built(arguments.nodes, arguments.rate, arguments.bucket), tempfile.TemporaryDirectory() as folder:
        rows = [race(arguments, seed, folder) for seed in arguments.seeds]
    show(arguments, rows)
    if arguments.out:
        arguments.out.write_text(json.dumps(rows, indent=1) + "\n")
