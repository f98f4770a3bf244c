"""Local steps beside one-rank steps, averaging beside the links' bandwidth, and steps beside PyTorch's post-local SGD.

one-rank  On one rank, turn by turn: a step under `ssgd`, which then exchanges nothing, and a local step under `pasgd`.

cluster   Between nodes of an emulated cluster, `mpirun tacit-run`, one rank per node, and PyTorch's over gloo, which stay up and
          sleep while others run, turn by turn: a step of --period, what ends the round included, whole and compressed.

averaging In the rounds of `cluster` without compression, what averaging takes: each round's exchange as the metrics of its ranks
          say, of the rank that came last, whose exchange waits for nobody, and as a mean over ranks, waiting included. And the
          exchange alone of as many numbers, by tacit-exchange-benchmark, since all ranks have begun. Its bound is what a ring
          sends, 8 d (P - 1) / P bytes, over the bandwidth of a link.

The MLP, batch 64 per rank; times are those of --metrics, medians over the rounds of a turn, then over turns, ratios paired turn by
turn. PyTorch (pip install torch==2.13.0, a CPU build) is looked for in the Python that runs this file, and skipped if it is not
there; so is the cluster where this is not run as root.
"""

import json
import os
import pathlib
import statistics
import tempfile

import cluster
from torch_ranks import TorchRanks
from virtual import HERE, numbers

MODEL = HERE.parent.parent / "examples" / "mlp" / "mlp.mlir"
PARAMETERS = 784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10
OURS = {"tacit pasgd": "", "tacit pasgd+compress, bf16": "+compress{compressor=bf16}",
        "tacit pasgd+gtopk, 0.01": "+gtopk{density=0.01}"}
THEIRS = {"torch post-local SGD": "post_local", "torch all_reduce, flat": "all_reduce", "torch all_reduce, bf16": "all_reduce_bf16",
          "torch, no exchange": "none"}
WARM_UP = 2  # rounds


def add_arguments(parser):
    parser.add_argument("--parts", type=numbers(str), default=["one-rank", "cluster"])
    parser.add_argument("--nodes", type=int, default=4)
    parser.add_argument("--rate", default="1gbit", help="of each link and direction, as tc spells it")
    parser.add_argument("--bucket", type=int, default=32 << 10, help="bytes that pass ahead of that rate")
    parser.add_argument("--period", type=int, default=8)
    parser.add_argument("--steps", type=int, default=160, help="of each turn")
    parser.add_argument("--turns", type=int, default=7)


def seconds_of_rounds(metrics):
    """Of each round but the first ones."""
    ends = [line["seconds"] for line in map(json.loads, metrics.read_text().splitlines()) if "round" in line]
    return [b - a for a, b in zip(ends, ends[1:])][WARM_UP - 1:]


def one_rank_turn(arguments, strategy, steps_of_round, folder):
    """Milliseconds of a step, the median over rounds."""
    metrics = pathlib.Path(folder) / "metrics.jsonl"
    metrics.unlink(missing_ok=True)
    rounds = WARM_UP + (10 * arguments.steps) // steps_of_round
    cluster.run([arguments.build / "bin" / "tacit-run", MODEL, "--data=synthetic:", f"--strategy={strategy}",
                 f"--rounds={rounds}", f"--metrics={metrics}", "--quiet"])
    return 1e3 * statistics.median(seconds_of_rounds(metrics)) / steps_of_round


def measure_one_rank(arguments):
    # A line of metrics is written in each round: of one step under ssgd, so `step of period 1` stands beside it for comparison.
    strategies = {"one-rank step (ssgd)": ("ssgd", 1), "local step (pasgd)": (f"pasgd{{period={arguments.period}}}", arguments.period),
                  "step of period 1": ("pasgd{period=1}", 1)}
    turns = {name: [] for name in strategies}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(arguments.turns):
            for name, (strategy, steps_of_round) in strategies.items():
                turns[name].append(one_rank_turn(arguments, strategy, steps_of_round, folder))
    print(f"\none rank, milliseconds of a step, {arguments.turns} turns")
    for name, of in turns.items():
        print(f"{name:26}{statistics.median(of):9.3f}  ({min(of):.3f} to {max(of):.3f})")
    for name in list(turns)[1:]:
        show_ratio(f"{name} / one-rank step", [a / b for a, b in zip(turns[name], turns["one-rank step (ssgd)"])])
    return turns


def show_ratio(name, of):
    print(f"{name:58} median {statistics.median(of):.3f}  ({min(of):.3f} to {max(of):.3f})")


def tacit_turn(arguments, strategy, folder):
    """Milliseconds of a round of --period steps, and of each round's exchange, (of the last to come, mean over ranks)."""
    metrics = pathlib.Path(folder) / "metrics.jsonl"
    for old in pathlib.Path(folder).iterdir():
        old.unlink()
    cluster.run([cluster.CLUSTER, "exec", arguments.nodes, arguments.build.resolve() / "bin" / "tacit-run", MODEL, "--data=synthetic:",
                 f"--strategy=pasgd{{period={arguments.period}}}{strategy}", f"--rounds={WARM_UP + arguments.steps // arguments.period}",
                 f"--metrics={metrics}", "--metrics-all-ranks", "--quiet"])
    ranks = [[json.loads(line)["exchange_seconds"] for line in path.read_text().splitlines() if '"round"' in line][WARM_UP:]
             for path in pathlib.Path(folder).glob("metrics.rank*.jsonl")]
    exchanges = [(1e3 * min(of_round), 1e3 * statistics.fmean(of_round)) for of_round in zip(*ranks, strict=True)]
    return 1e3 * statistics.median(seconds_of_rounds(metrics)), exchanges


def exchange_turn(arguments):
    """Milliseconds of an exchange of as many numbers alone, since all ranks have begun."""
    program = arguments.build.resolve() / "bin" / "tacit-exchange-benchmark"
    lines = cluster.run_for_json([cluster.CLUSTER, "exec", arguments.nodes, program, f"--rounds={arguments.steps // arguments.period}",
                                  f"--elements={PARAMETERS}", "--algorithms=dense"])
    return lines[0]["together_ms"]


def cluster_turn(arguments, torch, folder, turns, averaging):
    """Adds to `turns` milliseconds of a step, and to `averaging` those of an exchange, by name."""
    for name, compression in OURS.items():
        of_round, exchanges = tacit_turn(arguments, compression, folder)
        turns.setdefault(name, []).append(of_round / arguments.period)
        if not compression:
            averaging.setdefault("of the rank that came last", []).append(statistics.median(last for last, _ in exchanges))
            averaging.setdefault("mean over ranks, waiting included", []).append(statistics.median(mean for _, mean in exchanges))
    averaging.setdefault("the exchange alone", []).append(exchange_turn(arguments))
    for name, mode in THEIRS.items() if torch else ():
        turns.setdefault(name, []).append(1e3 * statistics.median(torch.turn(mode, arguments.steps)) / arguments.period)


def measure_cluster(arguments):
    turns, averaging, torch = {}, {}, None
    with cluster.built(arguments.nodes, arguments.rate, arguments.bucket), tempfile.TemporaryDirectory() as folder:
        try:
            torch = TorchRanks(arguments.nodes, HERE / "torch_peer.py", f"--period={arguments.period}")
        except LookupError as reason:
            print(reason)
        try:
            for _ in range(arguments.turns):
                cluster_turn(arguments, torch, folder, turns, averaging)
        finally:
            if torch:
                torch.stop()
    show_cluster(arguments, turns, averaging, torch)
    return {"step": turns, "averaging": averaging}


def show_cluster(arguments, turns, averaging, torch):
    bound = 1e3 * 8 * PARAMETERS * (arguments.nodes - 1) / arguments.nodes / cluster.bytes_per_second(arguments.rate)
    print(f"\n{arguments.nodes} nodes, links of {arguments.rate}, period {arguments.period}, {arguments.turns} turns, milliseconds of a "
          "step" + (f", torch {torch.version}" if torch else ""))
    for name, of in turns.items():
        print(f"{name:30}{statistics.median(of):9.2f}  ({min(of):.2f} to {max(of):.2f})")
    for ours in OURS:
        for theirs in THEIRS:
            if theirs in turns and theirs != "torch, no exchange":
                show_ratio(f"{theirs} / {ours}", [a / b for a, b in zip(turns[theirs], turns[ours])])
    print(f"\naveraging, milliseconds; its bound is {bound:.2f}")
    for name, of in averaging.items():
        print(f"{name:36}{statistics.median(of):9.2f}  ({min(of):.2f} to {max(of):.2f})")
        show_ratio("  / bound", [time / bound for time in of])


def main(arguments):
    if unknown := set(arguments.parts) - {"one-rank", "cluster"}:
        raise LookupError(f"no part '{unknown.pop()}'; there are one-rank and cluster")
    print(f"MLP 784-512-512-10, batch 64 per rank, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start")
    results = {}
    if "one-rank" in arguments.parts:
        results["one-rank"] = measure_one_rank(arguments)
    if "cluster" in arguments.parts:
        results["cluster"] = measure_cluster(arguments)
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=1) + "\n")
