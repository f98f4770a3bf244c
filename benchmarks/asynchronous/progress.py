"""A message that comes while a rank computes: nobody looks, the computation polls, or a thread of the process makes progress.

Plain MPI (late_message.c), two processes, each with a core of its own: both send each other a message as large as an update of the
MLP, then compute for --compute milliseconds. `none` looks after that, `poll` calls MPI_Test every --poll milliseconds as
tacit.progress does, `thread` has a second thread on the same core which does, under MPI_THREAD_MULTIPLE, and sleeps for a tenth of
--poll in between. `alone` exchanges nothing. Told are medians over rounds: when the computation was over, when the message was
there, and when both were.

Run it as `chrt -r 1 benchmarks/asynchronous/run.py progress` where other programs want the cores as well.
"""

import json
import os
import statistics
import subprocess

from throughput import ENVIRONMENT, LAUNCHER


def add_arguments(parser):
    parser.add_argument("--mpi", choices=sorted(LAUNCHER), default="openmpi")
    parser.add_argument("--bytes", type=int, default=2678824)
    parser.add_argument("--compute", type=float, default=10)
    parser.add_argument("--poll", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=100)


def main(arguments):
    program = arguments.build.resolve() / "bin" / f"tacit-late-message-{arguments.mpi}"
    if not program.exists():
        raise LookupError(f"no {program}: cmake --build {arguments.build} --target benchmarks")
    os.environ.update({name: value for name, value in ENVIRONMENT.items() if name not in os.environ})
    cores = sorted(os.sched_getaffinity(0))
    pinned = f'exec taskset -c $(echo {cores[0]} {cores[-1]} | cut -d" " -f$((${{OMPI_COMM_WORLD_RANK:-$PMI_RANK}} + 1))) "$@"'
    done = subprocess.run([*LAUNCHER[arguments.mpi], "-n", "2", "sh", "-c", pinned, "sh", str(program),
                           *map(str, (arguments.bytes, arguments.compute, arguments.poll, arguments.rounds))],
                          capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise LookupError(f"{program.name} failed ({done.returncode}): {done.stderr[-1000:]}")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    print(f"{arguments.bytes / 1e6:.3g} MB each way during {arguments.compute:g} ms, {arguments.mpi}, {arguments.rounds} rounds; ms, medians (and middle half)")
    print(f"{'':10}{'computed':>24}{'message there':>26}{'both':>26}")
    for kind in ("alone", "none", "poll", "thread"):
        mine = [row for row in rows if row["kind"] == kind]
        told = []
        for key in ("computed", "arrived", "end"):
            low, middle, high = statistics.quantiles([1e3 * row[key] for row in mine], n=4)
            told.append("" if kind == "alone" and key == "arrived" else f"{middle:.2f} ({low:.2f} to {high:.2f})")
        print(f"{kind:10}{told[0]:>24}{told[1]:>26}{told[2]:>26}")
    if arguments.out:
        arguments.out.write_text(json.dumps(rows, indent=1) + "\n")
