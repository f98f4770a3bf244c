# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs tacit-run as a user would, on one process or under a launcher, and collects what was compared.

Every script takes --tacit-run=FILE --source=ROOT --work=FOLDER. It exits 0 if all held, 1 if not, and 77 (which ctest
reports as skipped) after a line `skipped: ...` if what it needs is not there.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

SKIPPED = 77


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


try:
    import numpy as np
except ImportError:
    skip(f"{sys.executable} has no numpy (Debian's python3-numpy)")

from oracle import files

GRAPHS = pathlib.Path(__file__).resolve().parent / "graphs"
#: How long a command may take at most before it counts as hanging.
PATIENCE = 120
#: One rank for each process. Made for fewer cores than ranks, and for containers where everyone is root.
LAUNCHERS = {
    "openmpi": ["mpirun.openmpi", "--oversubscribe", "--bind-to", "none"],
    "mpich": ["mpirun.mpich"],
}
ENVIRONMENT = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_mpi_yield_when_idle": "1",
    # MPI libraries keep memory to the end. The lit tests look for leaks of ours.
    "ASAN_OPTIONS": "detect_leaks=0",
    "OMPI_MCA_btl_vader_single_copy_mechanism": "none",  # containers refuse the other one, noisily
}


class Check:
    """Counts what failed, and says of every comparison what it was and the largest deviation."""

    def __init__(self, more_arguments=()):
        parser = argparse.ArgumentParser()
        parser.add_argument("--tacit-run", required=True, type=pathlib.Path)
        parser.add_argument("--source", required=True, type=pathlib.Path, help="root of the source tree")
        parser.add_argument("--work", required=True, type=pathlib.Path, help="folder for files, emptied first")
        parser.add_argument("--thorough", action="store_true", help="also what is left out every day")
        for flag, settings in more_arguments:
            parser.add_argument(flag, **settings)
        self.options = parser.parse_args()
        if not self.options.tacit_run.exists():
            skip(f"no {self.options.tacit_run}")
        self.tool = str(self.options.tacit_run)
        self.examples = self.options.source / "examples"
        self.work = self.options.work
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        self.compared = self.failed = 0

    def often(self, daily, *thorough):
        """What a test goes through: `daily`, and with --thorough the rest, too."""
        return (*daily, *thorough) if self.options.thorough else tuple(daily)

    # --- what is compared ---

    def that(self, held, what, detail=""):
        """Notes that `what` held or not; `detail` says what was got."""
        self.compared += 1
        self.failed += not held
        print(f"{'ok    ' if held else 'FAILED'}  {what}{': ' if detail else ''}{detail}", flush=True)
        return held

    def close(self, what, got, wanted, relative):
        """Each number within `relative` of the one wanted."""
        got, wanted = np.asarray(got, np.float64), np.asarray(wanted, np.float64)
        if got.shape != wanted.shape:
            return self.that(False, what, f"{got.shape} numbers, wanted {wanted.shape}")
        deviation = np.abs(got - wanted) / np.abs(wanted)
        worst = int(np.argmax(deviation))
        return self.that(
            bool(np.all(deviation <= relative)), what,
            f"{got.size} numbers, largest relative deviation {deviation.flat[worst]:.2e} at {worst} "
            f"(got {got.flat[worst]:.9g}, wanted {wanted.flat[worst]:.9g}; allowed {relative:g})",
        )  # fmt: skip

    def near(self, what, got, wanted, fraction):
        """Each tensor of `wanted` there, and within `fraction` of its own largest entry."""
        missing = [name for name in wanted if name not in got]
        if missing:
            return self.that(False, what, f"no {', '.join(missing)}; there are {', '.join(got)}")
        worst, where = 0.0, ""
        for name, tensor in wanted.items():
            if got[name].shape != tensor.shape:
                return self.that(False, what, f"{name} has shape {got[name].shape}, wanted {tensor.shape}")
            scale = float(np.abs(tensor).max()) or 1.0
            deviation = float(np.abs(np.asarray(got[name], np.float64) - tensor).max()) / scale
            if not deviation <= worst:  # a NaN is the worst
                worst, where = deviation, name
        return self.that(
            worst <= fraction, what,
            f"{len(wanted)} tensors, largest deviation {worst:.2e} of a tensor's largest entry, in {where or 'none'} "
            f"(allowed {fraction:g})",
        )  # fmt: skip

    def same(self, what, one, other):
        """The same tensors, bit for bit."""
        if list(one) != list(other):
            return self.that(False, what, f"tensors {sorted(set(one) ^ set(other)) or list(one)} on one side only")
        differing = [name for name in one if one[name].tobytes() != other[name].tobytes()]
        if differing:
            name = differing[0]
            distance = np.abs(np.asarray(one[name], np.float64) - other[name]).max()
            return self.that(False, what, f"{', '.join(differing)} differ, {name} by up to {distance:.2e}")
        return self.that(True, what, f"{len(one)} tensors, identical bytes")

    def finish(self):
        print(f"{self.compared - self.failed} of {self.compared} held")
        sys.exit(1 if self.failed or not self.compared else 0)

    # --- running ---

    def run(self, model, *arguments, processes=1, mpi=None, **settings):
        """Runs tacit-run to its end and returns it as a Run."""
        return Running(self, model, *arguments, processes=processes, mpi=mpi, **settings).wait()

    def train(self, name, model, *arguments, processes=1, mpi=None, **settings):
        """A run that must succeed, with its metrics and parameters. A run that fails ends the script."""
        metrics, saved = self.work / f"{name}.jsonl", self.work / f"{name}.safetensors"
        run = self.run(model, f"--metrics={metrics}", f"--save={saved}", *arguments, processes=processes, mpi=mpi, **settings)
        if run.status != 0 or not saved.exists() or not metrics.exists():
            self.that(False, name, f"{run.says()}\n  command: {run.shown}")
            print("nothing more can be compared without it")
            self.finish()
        run.metrics, run.saved = metrics, saved
        run.rounds = rounds(metrics)
        run.losses = [line["loss"] for line in run.rounds]
        run.parameters = parameters(saved)
        return run


class Running:
    """A tacit-run under way, in a process group of its own. After wait(): status, stdout, stderr, seconds."""

    def __init__(self, check, model, *arguments, processes=1, mpi=None, launcher_options=(), wrapper=(), environment=None, setup=None):
        command = [*wrapper, check.tool, str(model), *map(str, arguments)]
        if mpi:
            command = [*LAUNCHERS[mpi], *launcher_options, "-n", str(processes), *command]
        self.shown = " ".join(f"'{word}'" if re.search(r"[ {}*]", word) else word for word in command)
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
            env=os.environ | ENVIRONMENT | (environment or {}), cwd=check.work, start_new_session=True, preexec_fn=setup,
        )  # fmt: skip
        self.status, self.hung = None, False

    def wait(self, patience=PATIENCE):
        """Waits for the end; a command that takes longer than `patience` seconds is killed, and has hung."""
        try:
            self.stdout, self.stderr = self.process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            self.hung = True
            self.kill()
            self.stdout, self.stderr = self.process.communicate()
        self.status, self.seconds = self.process.returncode, time.monotonic() - self.began
        return self

    def kill(self):
        for process in reversed(descendants(self.process.pid)):
            end(process)
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def says(self):
        """Status and messages, for a line of a report."""
        state = f"hung for {PATIENCE} s" if self.hung else f"exit status {self.status}"
        return f"{state}, stderr: {self.stderr.strip()[:2000] or '(nothing)'}"

    def crashed(self):
        """Ended by a signal, or with the trace of a failed assertion."""
        killed = [128 + number for number in (signal.SIGILL, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGSEGV)]
        return self.hung or self.status < 0 or self.status in (126, 127, *killed) or bool(
            re.search(r"LLVM ERROR|Stack dump|PLEASE submit|Assertion|terminate called|Sanitizer", self.stderr)
        )  # fmt: skip


def has_launcher(mpi):
    return shutil.which(LAUNCHERS[mpi][0]) is not None


def descendants(ancestor):
    """The process and all that came from it, parents first."""
    children = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except OSError:
            continue
        children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(folder.name))
    found = [ancestor]
    for process in found:
        found += children.get(process, [])
    return found


def end(process):
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        pass


def rank_processes(running):
    """The processes of tacit-run under a launcher, by rank."""
    ranks = {}
    for process in descendants(running.process.pid):
        try:
            if os.readlink(f"/proc/{process}/exe").endswith("tacit-run"):
                text = pathlib.Path(f"/proc/{process}/environ").read_bytes().decode(errors="replace")
            else:
                continue
        except OSError:
            continue
        found = re.search(r"(?:^|\0)(?:OMPI_COMM_WORLD_RANK|PMI_RANK)=(\d+)\0", text)
        if found:
            ranks[int(found[1])] = process
    return ranks


def lines(path):
    """The lines of a metrics file; a last one that is still being written is left out."""
    text = path.read_text() if path.exists() else ""
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def rounds(path):
    return [line for line in lines(path) if "round" in line and "eval" not in line]


def evaluations(path):
    return [line["eval"] for line in lines(path) if "eval" in line]


def parameters(path):
    """The parameters of a checkpoint: what has no role or rank before its name."""
    return {name: tensor for name, tensor in files.load(path).items() if "/" not in name}


def npy(folder, x="x.npy", y="y.npy"):
    return f"--data=npy:x={folder}/{x},y={folder}/{y}"
