"""One side of an interleaved measurement: a process that runs a step when told to.

A peer gets ready, prints `ready` with what it is as JSON, and then, for each line `go SECONDS` that it reads, runs its
step for about that long and prints the times as JSON. The other side is interleave.py. C++ peers speak the same lines.
"""

import json
import os
import sys
import time


def pin(threads):
    """Binds this process to the first cores and sizes thread pools. Call before importing anything that starts them."""
    os.sched_setaffinity(0, set(range(threads)))
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(threads)


def serve(step, warmup=20, **about):
    """Runs `step`, which returns when its result exists, on request."""
    begin = time.perf_counter()
    step()
    about["first_step_seconds"] = round(time.perf_counter() - begin, 4)
    for _ in range(warmup):
        step()
    print("ready " + json.dumps(about), flush=True)
    for line in sys.stdin:
        word, _, seconds = line.partition(" ")
        if word.strip() != "go":
            return
        times = []
        end = time.perf_counter() + float(seconds)
        while len(times) < 3 or time.perf_counter() < end:
            begin = time.perf_counter()
            step()
            times.append(time.perf_counter() - begin)
        times.sort()
        print(json.dumps({"median": times[len(times) // 2], "least": times[0], "count": len(times)}), flush=True)
