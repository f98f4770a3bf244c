# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What happens when a run is disturbed: ranks killed, stopped or failing under a launcher, Ctrl-C, a full disk.

--part=openmpi and --part=mpich disturb ranks that are processes; --part=alone one process with ranks inside it.
"""

import os
import re
import resource
import shutil
import signal
import subprocess
import time

import harness
import numpy as np
from oracle import files

check = harness.Check([("--part", dict(choices=["alone", "openmpi", "mpich"], required=True))])
part = check.options.part
folder = harness.GRAPHS / "mlp"
model = folder / "loss.mlir"
common = [f"--load-parameters={folder / 'init.safetensors'}", "--optimizer=sgd{lr=0.01 momentum=0.9}", harness.npy(folder)]
x = np.load(folder / "x.npy")
FOREVER = "--rounds=100000000"


def started(name, *arguments, processes=1, **settings):
    """A run without end, once it has written 20 rounds; None if it does not get there."""
    metrics = check.work / f"{name}.jsonl"
    running = harness.Running(check, model, *common, FOREVER, f"--metrics={metrics}", *arguments, processes=processes, **settings)
    for _ in range(600):
        if running.process.poll() is not None or len(harness.lines(metrics)) >= 20:
            break
        time.sleep(0.05)
    running.metrics = metrics
    if running.process.poll() is None and len(harness.lines(metrics)) >= 20:
        return running
    running.kill()
    check.that(False, f"{name}: starts", running.wait().says() + f"\n  command: {running.shown}")
    return None


def gone(running):
    """Whether no process of the run is left, waiting a little for the launcher to collect them."""
    for _ in range(40):
        left = [p for p in harness.descendants(running.process.pid) if os.path.exists(f"/proc/{p}")]
        if not left:
            return True
        time.sleep(0.05)
    return False


# --- ranks that are processes ---


def disturbed(name, mpi, timeout, signal_number, **settings):
    """Sends a signal to rank 2 of 4 and returns the ended run; None if it did not start."""
    running = started(name, f"--timeout={timeout}", processes=4, mpi=mpi, **settings)
    if not running:
        return None
    ranks = harness.rank_processes(running)
    if not check.that(sorted(ranks) == [0, 1, 2, 3], f"{name}: four ranks", str(ranks)):
        running.kill()
        running.wait()
        return None
    os.kill(ranks[2], signal_number)
    began = time.monotonic()
    running.wait(timeout + 40)
    running.after = time.monotonic() - began
    running.ranks = ranks
    if not settings:
        check.that(running.status != 0, f"{name}: ends, non-zero", f"exit status {running.status}")
    check.that(not running.hung, f"{name}: ends", f"after {running.after:.1f} s")
    left = [rank for rank, process in ranks.items() if alive(process)]
    check.that(not left, f"{name}: no rank is left", str(left or ""))
    return running


def alive(process):
    for _ in range(60):
        try:
            if open(f"/proc/{process}/stat").read().rpartition(")")[2].split()[0] == "Z":
                return False
        except OSError:
            return False
        time.sleep(0.05)
    harness.end(process)
    return True


def named(name, running):
    """The message must say which exchange, and that rank 2 is missing from it."""
    about = [line for line in running.stderr.splitlines() if re.search(r"rank 2\b", line) and re.search("all_reduce|all-reduce", line)]
    check.that(bool(about), f"{name}: names the exchange and rank 2", about[0] if about else f"stderr: {running.stderr.strip()[:3000]}")


if part != "alone":
    if not harness.has_launcher(part):
        harness.skip(f"no {harness.LAUNCHERS[part][0]}")
    # A rank that is stopped neither sends nor closes anything: only the timeout can tell.
    if run := disturbed("stopped", part, 3, signal.SIGSTOP):
        named("stopped", run)
        check.that(run.after < 20, "stopped: soon after the timeout of 3 s", f"{run.after:.1f} s")
    # A rank that is killed: its launcher ends the others at once,
    disturbed("killed", part, 30, signal.SIGKILL)
    # unless told not to, which only Open MPI's heeds, and then the others find out by themselves.
    if part == "openmpi":
        statuses = f'"$@"; echo $? >{check.work}/status.$OMPI_COMM_WORLD_RANK'
        if run := disturbed("killed-alone", part, 3, signal.SIGKILL, launcher_options=["--enable-recovery"], wrapper=["sh", "-c", statuses, "sh"]):
            named("killed-alone", run)
            check.that(run.after < 30, "killed-alone: soon after the timeout of 3 s", f"{run.after:.1f} s")
            ended = {rank: int((check.work / f"status.{rank}").read_text()) for rank in range(4)}
            check.that(ended[2] == 137 and all(ended[rank] == 1 for rank in (0, 1, 3)), "killed-alone: each of the others ends with status 1", str(ended))

    # A rank that stops by itself, on a NaN in its row: batch 6 is rank 2's second.
    spoilt = x.copy()
    spoilt[6 * 16 + 1] = np.nan
    np.save(check.work / "nan.npy", spoilt)
    run = check.run(model, *common[:2], f"--data=npy:x={check.work / 'nan.npy'},y={folder / 'y.npy'}", "--shuffle=off", FOREVER,
                    "--timeout=30", processes=4, mpi=part)  # fmt: skip
    check.that(not run.hung and run.status != 0, "NaN on rank 2: ends, non-zero", f"exit status {run.status} after {run.seconds:.1f} s")
    told = [line for line in run.stderr.splitlines() if re.search(r"rank 2\b", line) and re.search("nan|not finite", line, re.I)]
    check.that(bool(told), "NaN on rank 2: the message names it", told[0] if told else run.says())
    check.that(run.seconds < 20, "NaN on rank 2: the others do not wait for the timeout", f"{run.seconds:.1f} s")

    # A launcher of one MPI and the library of the other: each process would train alone, and write the same files.
    other = {"openmpi": "mpich", "mpich": "openmpi"}[part]
    if harness.has_launcher(other):
        run = check.run(model, *common, "--rounds=3", f"--mpi={other}", processes=2, mpi=part)
        told = [line for line in run.stderr.splitlines() if "error" in line and re.search(r"\b2\b", line)]
        check.that(run.status != 0 and not run.hung and bool(told), f"2 ranks of {part} that load {other} are refused", told[0] if told else run.says())
    run = check.run(model, *common, "--rounds=3", "--ranks=2", processes=2, mpi=part)
    check.that(run.status != 0 and not run.hung and "--ranks" in run.stderr, "--ranks under a launcher is refused", run.says()[:300])

    # Ctrl-C reaches the launcher, which passes it on.
    saved = check.work / "interrupted.safetensors"
    if running := started("interrupted", f"--save={saved}", "--timeout=20", processes=4, mpi=part):
        for process in harness.rank_processes(running).values():
            os.kill(process, signal.SIGINT)
        running.wait(30)
        check.that(not running.hung and not running.crashed(), "interrupted: all ranks end", f"exit status {running.status} after {running.seconds:.1f} s")
        if check.that(saved.exists(), "interrupted: a checkpoint", running.says() if not saved.exists() else ""):
            done = int(files.metadata(saved)["round"])
            whole = check.train("until-there", model, *common, f"--rounds={done}", "--ranks=4")
            check.same(f"interrupted: the checkpoint is that of {done} rounds", harness.parameters(saved), whole.parameters)
    check.finish()


# --- one process ---

for ranks in (1, 3):
    for number in (signal.SIGINT, signal.SIGTERM):
        name = f"{number.name}-{ranks}"
        saved = check.work / f"{name}.safetensors"
        if running := started(name, f"--save={saved}", f"--ranks={ranks}"):
            os.kill(running.process.pid, number)
            running.wait(20)
            ended = not running.hung and running.status != -signal.SIGSEGV and running.status != -signal.SIGABRT
            check.that(ended, f"{name}: ends", f"exit status {running.status}")
            if not check.that(saved.exists(), f"{name}: a checkpoint", "" if saved.exists() else running.says()):
                continue
            done = int(files.metadata(saved)["round"])
            check.that(done == harness.rounds(running.metrics)[-1]["round"], f"{name}: its round is the last that was reported", str(done))
            whole = check.train(f"{name}-whole", model, *common, f"--rounds={done}", f"--ranks={ranks}")
            check.same(f"{name}: the checkpoint is that of {done} rounds", files.load(saved), files.load(whole.saved))
            more = check.train(f"{name}-more", model, *common[1:], f"--load={saved}", f"--rounds={done + 5}", f"--ranks={ranks}")
            check.that(len(more.rounds) == 5, f"{name}: goes on from there", f"{len(more.rounds)} rounds")

# Killed while it saves after every round: what lies there is always a whole checkpoint.
saved = check.work / "often.safetensors"
for attempt in range(5):
    if running := started(f"often-{attempt}", f"--save={saved}", "--save-every=1"):
        time.sleep(0.013 * attempt)
        os.kill(running.process.pid, signal.SIGKILL)
        running.wait(20)
        shapes = {name: tensor.shape for name, tensor in harness.parameters(saved).items()}
        wanted = {name: tensor.shape for name, tensor in files.load(folder / "init.safetensors").items()}
        check.that(shapes == wanted, f"often-{attempt}: killed while saving, the checkpoint is whole", f"round {files.metadata(saved)['round']}")

# A file that may not grow: writing fails part of the way, as on a full disk.
whole = check.train("limited", model, *common, "--rounds=2")


def limited():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write is to fail, not the process
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


previous = whole.saved.read_bytes()
run = check.run(model, *common, "--rounds=4", f"--save={whole.saved}", setup=limited)
told = [line for line in run.stderr.splitlines() if "error" in line]
check.that(run.status != 0 and not run.crashed() and len(told) == 1 and "limited.safetensors" in told[0],
           "a file that may not grow: one line of error that names it", run.says())  # fmt: skip
check.that(whole.saved.read_bytes() == previous, "a file that may not grow: the previous checkpoint is as it was")
left = [path.name for path in check.work.iterdir() if "limited.safetensors" in path.name and path != whole.saved]
check.that(not left, "a file that may not grow: no part of a file is left", str(left or ""))

# A disk that is full: a small one of our own, where the system lets us mount one.
disk = check.work / "disk"
disk.mkdir()
mount = f"mount -t tmpfs -o size=64k tmpfs {disk}"
unshare = [shutil.which("unshare") or "unshare", "--mount", "--map-root-user", "sh", "-c"]
if not shutil.which("unshare") or subprocess.run([*unshare, mount], capture_output=True).returncode:
    print("skipped: a full disk: no unshare that may mount a tmpfs here")
else:
    saved = disk / "out.safetensors"
    first = " ".join(f"'{word}'" for word in [check.tool, str(model), *common, "--rounds=2", f"--save={saved}"])
    again = first.replace("--rounds=2", "--rounds=4")
    script = f"""
        {mount} && {first} >/dev/null || exit 90
        cp {saved} {check.work}/before
        dd if=/dev/zero of={disk}/filler bs=1k count=1000 2>/dev/null  # until it is full
        {again} >/dev/null 2>{check.work}/said; echo $? >{check.work}/status
        cp {saved} {check.work}/after; ls {disk} >{check.work}/listed"""
    done = subprocess.run([*unshare, script], capture_output=True, text=True, timeout=harness.PATIENCE)
    if check.that(done.returncode == 0, "a full disk: the runs", done.stderr.strip()[:1000]):
        said, status = (check.work / "said").read_text(), int((check.work / "status").read_text())
        told = [line for line in said.splitlines() if "error" in line]
        check.that(status not in (0, 134, 139) and len(told) == 1 and "no space" in told[0].lower() and "out.safetensors" in told[0],
                   "a full disk: one line of error that says so", f"exit status {status}: {said.strip()[:1000]}")  # fmt: skip
        check.that((check.work / "before").read_bytes() == (check.work / "after").read_bytes(), "a full disk: the previous checkpoint is as it was")
        listed = (check.work / "listed").read_text().split()
        check.that(listed == ["filler", "out.safetensors"], "a full disk: no part of a file is left", str(listed))
check.finish()
