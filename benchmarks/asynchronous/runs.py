"""Runs of tacit-run on the simulated network, for the benchmarks of this folder."""

import json
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
MLP = HERE.parent.parent / "examples" / "mlp" / "mlp_b16.mlir"


def numbers(kind):
    return lambda text: [kind(part) for part in text.split(",") if part]


def add_data_arguments(parser, rows=8000, seeds=(0, 1, 2)):
    parser.add_argument("--images", type=pathlib.Path, help="a file in idx format, with --labels (default: generated digits)")
    parser.add_argument("--labels", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=rows, help="to train on, the first of the data")
    parser.add_argument("--seeds", type=numbers(int), default=list(seeds))


def data_of(arguments, more=""):
    if bool(arguments.images) != bool(arguments.labels):
        raise LookupError("--images and --labels go together")
    if not arguments.images:
        return f"digits:count={arguments.rows}{more}"
    return f"idx:images={arguments.images},labels={arguments.labels},rows=0:{arguments.rows}{more}"


def spread(values, form=".4g"):
    """Mean, least and most as a text."""
    values = list(values)
    if len(values) == 1:
        return f"{values[0]:{form}}"
    return f"{statistics.fmean(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def progress(row):
    print(json.dumps(row), file=sys.stderr, flush=True)


def run(arguments, model, strategy, data, options, launcher=()):
    """What a run leaves: {"rounds": lines of each rank, "eval": evaluations, "seconds": virtual ones of the last rank to end,
    "says": its summary}. Raises LookupError if a loss is not finite, with what it said; exits if it fails otherwise."""
    with tempfile.TemporaryDirectory(prefix="tacit-asynchronous-") as folder:
        metrics = pathlib.Path(folder) / "metrics.jsonl"
        command = [*launcher, arguments.build.resolve() / "bin" / "tacit-run", model, f"--strategy={strategy}", f"--data={data}",
                   f"--metrics={metrics}", "--metrics-all-ranks", *options]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=7200)
        if done.returncode:
            sys.exit(f"{' '.join(map(str, command))} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
        lines = [[json.loads(line) for line in path.read_text().splitlines()]
                 for path in sorted(pathlib.Path(folder).glob("metrics.rank*.jsonl"), key=lambda p: int(re.search(r"rank(\d+)", p.name)[1]))]
        main = [json.loads(line) for line in metrics.read_text().splitlines()] if metrics.exists() else []
    evaluations = [line["eval"] for own in [main, *lines] for line in own if "eval" in line]
    rounds = [[line for line in own if "round" in line and "eval" not in line] for own in lines]
    ends = [own[-1].get("virtual_seconds", own[-1]["seconds"]) for own in rounds if own]
    return {"rounds": rounds, "eval": evaluations, "seconds": max(ends), "says": done.stdout + done.stderr}


def staleness_of(result):
    """(average, most) over all ranks, by their lines; None where nothing was applied."""
    # A line has the average of what was applied since the line before, but not how many that were: on a run of many steps they
    # are alike, so that the mean over lines is told.
    lines = [line for own in result["rounds"] for line in own if line.get("staleness_avg") is not None]
    if not lines:
        return None
    return statistics.fmean(line["staleness_avg"] for line in lines), max(line["staleness_max"] for line in lines)


def waiting(result):
    """Seconds of a rank in which it waited, on average over ranks."""
    return statistics.fmean(sum(line.get("wait_seconds") or 0 for line in own) for own in result["rounds"] if own)


def measured(text):
    """(max |x - v| / lr, its bound) of a summary; None where it says nothing."""
    number = r"([-+]?(?:inf|nan|[0-9.]+(?:e[-+]?\d+)?))"
    value, bound = re.search(rf"\|x - v\| / lr was at most {number}", text), re.search(rf"bound(?: is)? {number}", text)
    return (float(value[1]) if value else None, float(bound[1]) if bound else None)


def plot(script, files, settings, out):
    """Runs a gnuplot script in a folder with these files, {name: text}."""
    if not shutil.which("gnuplot"):
        raise LookupError("no plot: gnuplot is missing (apt-get install gnuplot-nox)")
    with tempfile.TemporaryDirectory(prefix="tacit-plot-") as folder:
        for name, text in files.items():
            pathlib.Path(folder, name).write_text(text)
        subprocess.run(["gnuplot", "-e", f"{settings} out='{out.resolve()}'", HERE / script], cwd=folder, check=True)
    print(f"plotted {out}")
