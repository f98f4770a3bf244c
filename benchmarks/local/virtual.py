"""Runs of tacit-run on the network's model, for the benchmarks of this folder."""

import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
MLP = HERE.parent.parent / "examples" / "mlp" / "mlp_b16.mlir"
LINK = "latency=50us bandwidth=1Gbit"


def numbers(kind):
    return lambda text: [kind(part) for part in text.split(",") if part]


def lines_of(arguments, model, ranks, strategy, data, compute, options):
    """Lines of metrics of a run in which a rank's step takes `compute` virtual seconds: (rounds, evaluations)."""
    with tempfile.TemporaryDirectory(prefix="tacit-local-") as folder:
        metrics = pathlib.Path(folder) / "metrics.jsonl"
        command = [arguments.build.resolve() / "bin" / "tacit-run", model, f"--ranks={ranks}", f"--strategy={strategy}",
                   f"--data={data}", f"--network={LINK} compute={compute * 1e6:.3f}us", f"--metrics={metrics}", "--quiet", *options]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=3600)
        if done.returncode:
            sys.exit(f"{' '.join(map(str, command))} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
        lines = [json.loads(line) for line in metrics.read_text().splitlines()]
    return [line for line in lines if "round" in line], [line["eval"] for line in lines if "eval" in line]


def exchange_seconds(arguments, model, ranks, data, strategy="ssgd"):
    """Virtual seconds of an exchange of a whole model: those of a round in which computing takes none."""
    rounds, _ = lines_of(arguments, model, ranks, strategy, data, 0.0, ["--rounds=1"])
    return rounds[0]["virtual_seconds"]
