"""The emulated cluster of cluster.sh."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys

CLUSTER = pathlib.Path(__file__).resolve().parent / "cluster.sh"
SKIPPED = 77
UNITS = {"kbit": 1e3, "mbit": 1e6, "gbit": 1e9}


def bytes_per_second(rate):
    """Of a rate as tc spells it: 1gbit, 100mbit."""
    for unit, factor in UNITS.items():
        if rate.endswith(unit):
            return float(rate[:-len(unit)]) * factor / 8
    sys.exit(f"--rate={rate}: wanted a number and one of {', '.join(UNITS)}, as in 1gbit")


def run(command, environment=None):
    """What a command prints; LookupError if it says that it cannot run here."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=600, env=environment)
    if done.returncode == SKIPPED:
        raise LookupError(done.stderr.strip())
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
    return done.stdout


def run_for_json(command, environment=None):
    return [json.loads(line) for line in run(command, environment).splitlines() if line.startswith("{")]


@contextlib.contextmanager
def built(nodes, rate, bucket):
    """A cluster whose links let `bucket` bytes pass ahead of their rate; it is down again afterwards."""
    try:
        run([CLUSTER, "up", nodes, rate], dict(os.environ, TACIT_CLUSTER_BURST=str(bucket)))
        yield
    finally:
        subprocess.run([CLUSTER, "down"], capture_output=True)
