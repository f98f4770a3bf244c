"""Runs several peers in turn, a short stretch each, so that a machine's drift and load meet all of them alike."""

import json
import shlex
import statistics
import subprocess
import sys


class Absent(Exception):
    """A peer cannot run here; the message says why."""


class Peer:
    def __init__(self, name, command, environment=None):
        self.name = name
        self.process = subprocess.Popen(
            shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment)
        self.chunks = []
        line = self.process.stdout.readline()
        while line and not line.startswith("ready "):
            line = self.process.stdout.readline()
        if not line:
            reason = self.process.stderr.read().strip().splitlines()
            raise Absent(f"{name}: {reason[-1] if reason else 'stopped without a word'}")
        self.about = json.loads(line[len("ready "):])

    def run(self, seconds):
        self.process.stdin.write(f"go {seconds}\n")
        self.process.stdin.flush()
        self.chunks.append(json.loads(self.process.stdout.readline()))

    def stop(self):
        self.process.stdin.close()
        self.process.wait()

    def result(self):
        medians = [chunk["median"] for chunk in self.chunks]
        return {"name": self.name, "median_us": statistics.median(medians) * 1e6,
                "least_us": min(chunk["least"] for chunk in self.chunks) * 1e6,
                "worst_chunk_us": max(medians) * 1e6, **self.about}


def interleave(candidates, rounds, seconds):
    """Starts each (name, command, environment), measures all in turn, returns (peers, reasons of the absent)."""
    peers, absent = [], []
    for candidate in candidates:
        try:
            peers.append(Peer(*candidate))
            print(f"ready: {peers[-1].name}", file=sys.stderr)
        except (Absent, OSError) as reason:
            absent.append(str(reason))
            print(f"absent: {reason}", file=sys.stderr)
    for _ in range(rounds):
        for peer in peers:
            peer.run(seconds)
    for peer in peers:
        peer.stop()
    return peers, absent


def ratios(peers, name, other):
    """The ratio name / other, round by round: its median, least and largest."""
    by_name = {peer.name: peer for peer in peers}
    if name not in by_name or other not in by_name:
        return None
    pairs = [a["median"] / b["median"] for a, b in zip(by_name[name].chunks, by_name[other].chunks)]
    return {"median": statistics.median(pairs), "least": min(pairs), "largest": max(pairs)}
