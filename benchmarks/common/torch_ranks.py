"""Ranks of PyTorch on the nodes of an emulated cluster, which sleep in a receive until they are told to step."""

import json
import os
import subprocess
import sys

import cluster

# glibc hands large blocks back to the kernel at every free unless told not to; page faults then dominate torch's step.
KEEP = dict(os.environ, MALLOC_MMAP_THRESHOLD_="1073741824", MALLOC_TRIM_THRESHOLD_="4294967296",
            MALLOC_TOP_PAD_="67108864")


class TorchRanks:
    """`program`, which serves as torch_rank.py does, on each of `nodes`; LookupError if it cannot run here."""

    def __init__(self, nodes, program, *options):
        self.process = subprocess.Popen(
            [str(cluster.CLUSTER), "each", str(nodes), sys.executable, str(program), *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=KEEP)
        line = self.process.stdout.readline()
        if not line.startswith("ready "):
            words = self.process.stderr.read().strip().splitlines()
            raise LookupError(f"skipped: PyTorch: {words[-1] if words else 'stopped without a word'}")
        self.version = json.loads(line[len("ready "):])["version"]

    def turn(self, mode, steps):
        """Seconds of each of `steps` steps of `mode`, or of each round of them."""
        self.process.stdin.write(f"go {mode} {steps}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
