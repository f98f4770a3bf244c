"""What a slow rank costs the others, between processes.

Each run has --ranks processes under mpirun, which have the cores in turn: with two cores, the first half of the ranks has one and
the second half the other. The last rank is made slow: of every --cycle milliseconds it is stopped for all but 1 / --factor, by
SIGSTOP and SIGCONT. Stretches with and without that come in turn, in one run, so that a machine's drift meets both alike; a pause
between them lets queues settle. Told are the steps per second of the ranks that do not share a core with the slow one: those that
do gain what it leaves them. How Open MPI copies messages between processes is left to it, unless the environment says.

Run it as `chrt -r 1 benchmarks/asynchronous/run.py slow` where other programs want the cores as well.
"""

import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time

from runs import HERE, numbers
from throughput import ENVIRONMENT, LAUNCHER

EXAMPLES = HERE.parent.parent / "examples" / "mlp"


def add_arguments(parser):
    parser.add_argument("--mpi", choices=sorted(LAUNCHER), default="openmpi")
    parser.add_argument("--ranks", type=numbers(int), default=[2, 4])
    parser.add_argument("--models", type=lambda text: text.split(","), default=["mlp", "mlp_b256"], help="of examples/mlp")
    parser.add_argument("--strategies", type=lambda text: text.split(";"), default=["dasgd", "ssgd"])
    parser.add_argument("--factors", type=numbers(float), default=[4])
    parser.add_argument("--cycle", type=float, default=40, help="milliseconds")
    parser.add_argument("--pairs", type=int, default=5, help="of stretches with and without, of each factor")
    parser.add_argument("--seconds", type=float, default=1.5, help="length of a stretch")
    parser.add_argument("--settle", type=float, default=0.5, help="seconds before each")


class Job:
    """Processes that train until they are told to stop."""

    def __init__(self, arguments, folder, model, strategy, ranks):
        self.folder, self.ranks, cores = folder, ranks, sorted(os.sched_getaffinity(0))
        self.core = [cores[rank * len(cores) // ranks] for rank in range(ranks)]
        own = "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}"
        script = f'echo $$ >{folder}/pid.{own}; exec taskset -c $(echo {" ".join(map(str, self.core))} | cut -d" " -f$(({own} + 1))) "$@"'
        command = [*LAUNCHER[arguments.mpi], "-n", str(ranks), "sh", "-c", script, "sh", str(arguments.build.resolve() / "bin" / "tacit-run"),
                   str(EXAMPLES / f"{model}.mlir"), f"--strategy={strategy}", "--data=digits:count=2048", "--rounds=10000000", "--quiet",
                   "--optimizer=sgd{lr=1e-4}", f"--metrics={folder}/m.jsonl", "--metrics-all-ranks"]
        self.output = open(folder / "output", "w")
        self.process = subprocess.Popen(command, stdout=self.output, stderr=self.output, start_new_session=True)
        self.read, self.made = [0] * ranks, [0] * ranks

    def steps(self):
        """Steps that each rank has reported by now."""
        for rank in range(self.ranks):
            path = self.folder / f"m.rank{rank}.jsonl"
            if path.exists():
                with open(path, "rb") as file:
                    file.seek(self.read[rank])
                    more = file.read()
                self.read[rank] += len(more)
                self.made[rank] += more.count(b"\n")
        return list(self.made)

    def check(self):
        if self.process.poll() is not None:
            self.output.flush()
            raise LookupError(f"the run ended: {(self.folder / 'output').read_text()[-2000:]}")

    def begin(self):
        until = time.monotonic() + 120
        while min(self.steps()) < 20:
            self.check()
            if time.monotonic() > until:
                raise LookupError("no rank has made 20 steps in two minutes")
            time.sleep(0.05)
        self.pids = [int((self.folder / f"pid.{rank}").read_text()) for rank in range(self.ranks)]

    def signal(self, rank, number):
        os.kill(self.pids[rank], number)

    def end(self):
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(10)
        except (subprocess.TimeoutExpired, ProcessLookupError):
            pass
        for rank in range(self.ranks):
            try:
                pid = int((self.folder / f"pid.{rank}").read_text())
                if os.readlink(f"/proc/{pid}/exe").endswith("tacit-run"):
                    os.kill(pid, signal.SIGKILL)
            except (OSError, ValueError):
                pass
        self.process.kill()
        self.process.wait()
        self.output.close()


class Slow(threading.Thread):
    """Makes a rank slow until `over` is set."""

    def __init__(self, job, rank, factor, cycle):
        super().__init__(daemon=True)
        self.job, self.rank, self.factor, self.cycle, self.over, self.stood = job, rank, factor, cycle, threading.Event(), 0.0

    def run(self):
        policy = os.sched_getscheduler(0)
        if policy in (os.SCHED_RR, os.SCHED_FIFO):  # before ranks of the same class
            os.sched_setscheduler(0, policy, os.sched_param(os.sched_getparam(0).sched_priority + 1))
        while not self.over.is_set():
            self.job.signal(self.rank, signal.SIGSTOP)
            began = time.monotonic()
            self.over.wait(self.cycle * (1 - 1 / self.factor))
            self.job.signal(self.rank, signal.SIGCONT)
            self.stood += time.monotonic() - began
            self.over.wait(self.cycle / self.factor)


def stretch(arguments, job, factor):
    """Steps per second of each rank, and the part of the time in which the slow one was stopped."""
    slow = None
    if factor != 1:
        slow = Slow(job, job.ranks - 1, factor, arguments.cycle / 1000)
        slow.start()
    try:
        time.sleep(arguments.settle)
        before, began, stood = job.steps(), time.monotonic(), slow.stood if slow else 0
        time.sleep(arguments.seconds)
        after, ended, standing = job.steps(), time.monotonic(), slow.stood if slow else 0
    finally:
        if slow:
            slow.over.set()
            slow.join()
    job.check()
    return [(b - a) / (ended - began) for a, b in zip(before, after)], (standing - stood) / (ended - began)


def measure(arguments, model, strategy, ranks):
    rows = []
    with tempfile.TemporaryDirectory(prefix="tacit-slow-") as folder:
        job = Job(arguments, pathlib.Path(folder), model, strategy, ranks)
        try:
            job.begin()
            for _ in range(arguments.pairs):
                for factor in (1, *arguments.factors):
                    rates, stood = stretch(arguments, job, factor)
                    rows.append({"factor": factor, "rates": rates, "stood": stood})
        finally:
            job.end()
        others = [rank for rank in range(ranks) if job.core[rank] != job.core[-1]]
    return {"model": model, "strategy": strategy, "ranks": ranks, "others": others, "stretches": rows}


def show(arguments, row):
    mean = lambda s: statistics.fmean(s["rates"][rank] for rank in row["others"])
    plain = [s for s in row["stretches"] if s["factor"] == 1]
    for factor in (1, *arguments.factors):
        mine = [s for s in row["stretches"] if s["factor"] == factor]
        ratios = [mean(s) / mean(p) for s, p in zip(mine, plain)]
        own = [s["rates"][-1] / p["rates"][-1] for s, p in zip(mine, plain)]
        told = "" if factor == 1 else (f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"
                                       f"   its own {statistics.median(own):.3f}; stopped {statistics.fmean(s['stood'] for s in mine):.2f}")
        print(f"{row['model']:10}{row['ranks']:6}  {row['strategy']:24}{factor:8g}{statistics.median(map(mean, mine)):12.1f}   {told}", flush=True)


def main(arguments):
    if not shutil.which("taskset"):
        raise LookupError("no taskset (Debian's util-linux)")
    if len(os.sched_getaffinity(0)) < 2:
        raise LookupError("one core alone: the others would gain what the slow rank leaves them")
    if min(arguments.ranks) < 2:
        raise LookupError("--ranks must be 2 or more: somebody must be slow, and somebody not")
    os.environ.update({name: value for name, value in ENVIRONMENT.items() if name not in os.environ and "single_copy" not in name})
    print(f"{arguments.mpi}, {len(os.sched_getaffinity(0))} cores, {arguments.pairs} stretches of {arguments.seconds:g} s of each; the last rank is slow")
    print(f"{'model':10}{'ranks':>6}  {'strategy':24}{'factor':>8}{'steps/s':>12}   of the others, beside the stretch without, pair by pair")
    results = []
    for model in arguments.models:
        for ranks in arguments.ranks:
            for strategy in arguments.strategies:
                results.append(measure(arguments, model, strategy, ranks))
                show(arguments, results[-1])
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=1) + "\n")
