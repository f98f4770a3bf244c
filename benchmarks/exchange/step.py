"""Times training steps of the MLP between nodes of an emulated cluster, beside PyTorch's, in one run.

Tacit runs as users run it: `mpirun tacit-run`, one rank per node, its times those of its --metrics. PyTorch trains the same
network with the same batch over gloo, and stays up while Tacit runs: its ranks then sleep in a receive. Peers take turns, a
stretch of steps each, so that a machine's drift meets all of them alike; each figure is the median over turns of a turn's median
step, and ratios are paired turn by turn. PyTorch (pip install torch==2.13.0, a CPU build) is looked for in the Python that runs
this file, and skipped if it is not there.
"""

import json
import os
import pathlib
import statistics
import tempfile

import cluster
from torch_ranks import TorchRanks

HERE = pathlib.Path(__file__).resolve().parent
MODEL = HERE.parent.parent / "examples" / "mlp" / "mlp.mlir"
OURS = {"tacit gtopk": "gtopk{{density={0}}}", "tacit topk": "topk{{density={0}}}", "tacit dense": "ssgd"}
THEIRS = {"torch top-k": "topk", "torch top-k, one bucket": "topk_one_bucket", "torch DDP dense": "dense",
          "torch, no exchange": "none"}
WARM_UP = 10


def add_arguments(parser):
    parser.add_argument("--nodes", type=int, default=4)
    parser.add_argument("--rate", default="1gbit", help="of each link and direction, as tc spells it")
    parser.add_argument("--bucket", type=int, default=32 << 10, help="bytes that pass ahead of that rate")
    parser.add_argument("--density", type=float, default=0.001)
    parser.add_argument("--steps", type=int, default=60, help="of each turn")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--out", type=pathlib.Path)


def tacit_turn(arguments, strategy, folder):
    metrics = pathlib.Path(folder) / "metrics.jsonl"
    metrics.unlink(missing_ok=True)
    cluster.run([cluster.CLUSTER, "exec", arguments.nodes, arguments.build / "bin" / "tacit-run", MODEL, "--data=synthetic:",
                 f"--strategy={strategy}", f"--rounds={WARM_UP + arguments.steps}", f"--metrics={metrics}", "--quiet"])
    lines = [json.loads(line) for line in metrics.read_text().splitlines()]
    ends = [line["seconds"] for line in lines if "round" in line]
    times = [b - a for a, b in zip(ends, ends[1:])][WARM_UP - 1:]
    return times, lines[-1]["bytes_sent"]


def show(turns, sent):
    rows = {name: [statistics.median(times) * 1e3 for times in of] for name, of in turns.items()}
    print(f"\n{'':26}{'ms':>9}{'least':>9}{'most':>9}{'mean':>9}   bytes a rank sends")
    for name, medians in sorted(rows.items(), key=lambda row: statistics.median(row[1])):
        mean = statistics.mean(statistics.mean(times) for times in turns[name]) * 1e3
        print(f"{name:26}{statistics.median(medians):9.2f}{min(medians):9.2f}{max(medians):9.2f}{mean:9.2f}   "
              f"{sent.get(name, '')}")
    pairs = [(a, b) for a in ("torch top-k", "torch top-k, one bucket", "torch DDP dense", "tacit dense")
             for b in ("tacit gtopk", "tacit topk") if a in rows and b in rows]
    ratios = {f"{a} / {b}": [x / y for x, y in zip(rows[a], rows[b])] for a, b in pairs}
    print("\nratios, paired turn by turn")
    for name, of in ratios.items():
        print(f"{name:44} median {statistics.median(of):.2f}  ({min(of):.2f} to {max(of):.2f})")
    return rows, ratios


def main(arguments):
    turns, sent, torch = {}, {}, None
    with cluster.built(arguments.nodes, arguments.rate, arguments.bucket), tempfile.TemporaryDirectory() as folder:
        try:
            torch = TorchRanks(arguments.nodes, HERE / "torch_peer.py", f"--density={arguments.density}")
        except LookupError as reason:
            print(reason)
        print(f"MLP 784-512-512-10, batch 64 per rank, density {arguments.density:g}, {arguments.nodes} nodes, links of "
              f"{arguments.rate}, {os.cpu_count()} cores" + (f", torch {torch.version}" if torch else ""))
        for _ in range(arguments.turns):
            for name, mode in THEIRS.items() if torch else ():
                turns.setdefault(name, []).append(torch.turn(mode, arguments.steps))
            for name, strategy in OURS.items():
                times, sent[name] = tacit_turn(arguments, strategy.format(arguments.density), folder)
                turns.setdefault(name, []).append(times)
        if torch:
            torch.stop()
    rows, ratios = show(turns, sent)
    if arguments.out:
        arguments.out.write_text(json.dumps({"ms": rows, "ratios": ratios, "bytes": sent}, indent=1) + "\n")
