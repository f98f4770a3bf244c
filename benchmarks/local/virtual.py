"""Runs of tacit-run on the network's model, for the benchmarks of this folder."""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
MLP = HERE.parent.parent / "examples" / "mlp" / "mlp_b16.mlir"
LOGREG = HERE / "logreg_b4.mlir"
LINK = "latency=50us bandwidth=1Gbit"


def numbers(kind):
    return lambda text: [kind(part) for part in text.split(",") if part]


def add_data_arguments(parser):
    parser.add_argument("--images", type=pathlib.Path, help="a file in idx format, with --labels (default: generated digits)")
    parser.add_argument("--labels", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=8000, help="to train on, the first of the data")
    parser.add_argument("--seeds", type=numbers(int), default=[0, 1, 2])


def data_of(arguments, rows=None):
    """The text of --data for the first --rows of the data, or for `rows`, A:B."""
    if bool(arguments.images) != bool(arguments.labels):
        raise LookupError("--images and --labels go together")
    rows = rows or f"0:{arguments.rows}"
    if not arguments.images:
        return f"digits:count={rows.split(':')[1]},rows={rows}"
    return f"idx:images={arguments.images},labels={arguments.labels},rows={rows}"


def spread(values):
    """Mean, least and most as a text."""
    if len(values) == 1:
        return f"{values[0]:.4g}"
    return f"{statistics.fmean(values):.4g} ({min(values):.4g} to {max(values):.4g})"


def progress(row):
    print(json.dumps(row), file=sys.stderr, flush=True)


def periods_of(rounds):
    """The periods that a run went through, each once."""
    taus = []
    for line in rounds:
        if not taus or taus[-1] != line["tau"]:
            taus.append(line["tau"])
    return taus


def lines_of(arguments, model, ranks, strategy, data, compute, options, straggler=0.0):
    """Lines of metrics of a run in which a rank's step takes `compute` virtual seconds and, each time, another draw from the
    exponential distribution of mean `straggler`: (rounds, evaluations)."""
    with tempfile.TemporaryDirectory(prefix="tacit-local-") as folder:
        metrics = pathlib.Path(folder) / "metrics.jsonl"
        network = f"{LINK} compute={compute * 1e6:.3f}us"
        if straggler:
            network += f" straggler=exponential{{mean={straggler * 1e6:.3f}us}}"
        command = [arguments.build.resolve() / "bin" / "tacit-run", model, f"--ranks={ranks}", f"--strategy={strategy}",
                   f"--data={data}", f"--network={network}", f"--metrics={metrics}", "--quiet", *options]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=3600)
        if done.returncode:
            sys.exit(f"{' '.join(map(str, command))} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
        lines = [json.loads(line) for line in metrics.read_text().splitlines()]
    return [line for line in lines if "round" in line], [line["eval"] for line in lines if "eval" in line]


def exchange_seconds(arguments, model, ranks, data, strategy="ssgd"):
    """Virtual seconds of an exchange of a whole model: those of a round in which computing takes none."""
    rounds, _ = lines_of(arguments, model, ranks, strategy, data, 0.0, ["--rounds=1"])
    return rounds[0]["virtual_seconds"]
