# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The bound on |x - v| / lr that the compiler prints and the one that a run ends with are one: the former is a multiple of M, the
largest norm of a gradient, which only the run knows. Neither is exceeded."""

import json
import math
import pathlib
import subprocess

import harness
from asynchronous import Check, Summary

check = Check()
#: By strategy, the multiple for P = 4; None: not bounded, 0 where nothing is missed; "from the compiler" where it has a formula
#: of its own (a compressor's).
FOUR = {
    "dasgd": None,
    "dasgd{max-staleness=0}": 3,
    "dasgd{max-staleness=2}": 9,
    "dasgd{max-staleness=2 scale=mean}": 2.25,
    "dasgd{max-staleness=4 send-every=3}": 15,
    "dasgd{max-staleness=3 topology=ring}": 12,
    "dasgd{max-staleness=2 damping=on}": None,
    "dasgd{max-staleness=2}+topk{density=0.25}": "from the compiler",
    "dasgd{max-staleness=2 scale=mean}+topk{density=0.25}": "from the compiler",
    "dasgd{max-staleness=1}+compress{compressor=sign}": "from the compiler",
    "dasgd{max-staleness=1}+compress{compressor=threshold value=0.1}": None,
    "elastic": 3,
    "elastic{max-delay=0}": 0,
    "elastic{max-delay=1}": 0.75,
    "elastic{beta=inf}": 0,
    "elastic{beta=0 max-delay=2}": 1.5,
    "elastic{scheduler=variance_bounded}": 6,
    "elastic{scheduler=variance_bounded max-delay=1}": 1.5,
    "elastic{scheduler=variance_bounded wait=inf}": 0,
    "elastic{max-delay=2}+topk{density=0.25}": "from the compiler",
    "elastic{scheduler=variance_bounded max-delay=1}+compress{compressor=sign}": "from the compiler",
    "elastic{granularity=bucket max-delay=2}": "from the compiler",
}
NETWORK = "compute=10ms latency=5ms straggler=exponential{mean=10ms} delay=exponential{mean=10ms}"


def bounds():
    compiler = pathlib.Path(check.tool).with_name("tacit-opt")
    if not compiler.exists():
        harness.skip(f"no {compiler}")
    for strategy, expected in FOUR.items():
        for ranks in (4, 3):
            quadratic = check.quadratic(ranks)
            training = f"--tacit-train=strategy={strategy} ranks={ranks} optimizer=sgd{{lr=0.02}}"
            done = subprocess.run([compiler, quadratic.model, training, "--tacit-consistency=format=json", "-o", "/dev/null"], capture_output=True, text=True)
            if done.returncode:
                check.that(False, f"{strategy}: compiles", done.stderr)
                continue
            said = json.loads(done.stdout)
            multiple = said["multiple"]
            if ranks == 4 and expected != "from the compiler":
                fits = multiple is None if expected is None else multiple is not None and abs(multiple - expected) <= 1e-12
                check.that(fits, f"{strategy}: the compiler's multiple of M", f"{multiple}, wanted {expected}")
            terms = [term["multiple"] for term in said["terms"]]
            summed = None if None in terms else sum(terms)
            check.that(summed == multiple or None not in (summed, multiple) and math.isclose(summed, multiple), f"{strategy}: the sum of its terms", f"{multiple} of {terms}")
            run = check.run(quadratic.model, *quadratic.arguments, f"--strategy={strategy}", "--optimizer=sgd{lr=0.02}", "--rounds=15", f"--ranks={ranks}", f"--network={NETWORK}")
            says = Summary.of(run.stdout + run.stderr)
            label = f"{strategy} on {ranks} ranks: the run's bound is the compiler's, and holds"
            if run.status or says.bound is None:
                check.that(False, label, f"{run.says()}\n{run.stdout}\n  command: {run.shown}")
                continue
            wanted = math.inf if multiple is None else multiple * says.gradient
            same = says.bound == wanted or abs(says.bound - wanted) <= 2e-3 * wanted
            # Where nothing is missed, what is measured is rounding.
            held = says.measured <= wanted + 1e-5 * says.gradient and not says.exceeded
            check.that(same and held, label, f"{says.measured} of {says.bound}, {multiple} times {says.gradient}")


check.parts(bounds)
check.finish()
