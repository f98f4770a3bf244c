"""Applying updates, beside loops that do nothing but move as much memory, in turn.

SubtractFrom (w -= u), SubtractScaled (w -= f u) and SubtractMean (w -= lr (u / n)) are what asynchronous strategies call; beside
them the same subtraction as a plain loop, the triad a = b + s c of STREAM, and reading alone. GB/s count what a loop reads and
writes. Updates are taken from --updates vectors one after the other: with one, and of 2.7 MB, all stays in caches; with
many, each comes from further away, as those do that arrive.
"""

import json
import statistics
import subprocess

from runs import numbers


def add_arguments(parser):
    parser.add_argument("--sizes", type=lambda text: [tuple(map(int, part.split("x"))) for part in text.split(",")],
                        default=[(669706, 1), (669706, 256), (67108864, 2)], metavar="ELEMENTSxUPDATES,...")
    parser.add_argument("--threads", type=numbers(int), default=[1])
    parser.add_argument("--rounds", type=int, default=9)


def main(arguments):
    program = arguments.build.resolve() / "bin" / "tacit-apply-benchmark"
    if not program.exists():
        raise LookupError(f"no {program}: cmake --build {arguments.build} --target benchmarks")
    results = []
    for elements, updates in arguments.sizes:
        for threads in arguments.threads:
            done = subprocess.run([str(program), *map(str, (elements, updates, arguments.rounds, threads))], capture_output=True, text=True,
                                  timeout=600, check=True)
            loops = {line["name"]: line for line in map(json.loads, done.stdout.splitlines())}
            results.append({"elements": elements, "updates": updates, "threads": threads, "loops": loops})
            show(results[-1], arguments.rounds)
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=1) + "\n")


def show(row, rounds):
    print(f"\n{4 * row['elements'] / 1e6:.3g} MB, updates from {row['updates']} vector(s), {row['threads']} thread(s), {rounds} rounds")
    print(f"{'':18}{'us':>10}{'GB/s':>8}   of w -= u, round by round       of the triad")
    of = lambda own, other: f"{statistics.median(r := [a / b for a, b in zip(own, other)]):.3f} ({min(r):.3f} to {max(r):.3f})"
    for name, loop in row["loops"].items():
        seconds = statistics.median(loop["seconds"])
        print(f"{name:18}{1e6 * seconds:10.1f}{loop['bytes'] / seconds / 1e9:8.1f}   "
              + f"{of(loop['seconds'], row['loops']['w -= u']['seconds']):32}{of(loop['seconds'], row['loops']['triad']['seconds'])}")
