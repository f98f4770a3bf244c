# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A run that is saved and resumed is the run that was never interrupted, bit for bit; and what else must not change a bit:
running again, saving on the way, checking replicas, in-process ranks on a slow network."""

import harness
import numpy as np
from oracle import files

ROUNDS, HALF = 30, 13  # an epoch is 12 rounds on one rank, 4 on three: the save falls inside one
OPTIMIZERS = {
    "sgd": ["--optimizer=sgd{lr=0.1}"],
    "momentum": ["--optimizer=sgd{lr=0.05 momentum=0.9 nesterov=true}", "--schedule=step{every=10 gamma=0.5}"],
    "adamw": ["--optimizer=adamw{lr=0.01}", "--schedule=step{every=7 gamma=0.7}"],
}

check = harness.Check()
folder = harness.GRAPHS / "mlp"
model, init, data = folder / "loss.mlir", f"--load-parameters={folder / 'init.safetensors'}", harness.npy(folder)


def timeless(rounds):
    return [{key: value for key, value in line.items() if not key.endswith("seconds") and key != "control_bytes"} for line in rounds]


for name, optimizer in OPTIMIZERS.items():
    for ranks in (1, 3):
        label = f"{name}-{ranks}"
        common = [*optimizer, data, "--shuffle=on", "--seed=5", f"--ranks={ranks}"]
        whole = check.train(label, model, *common, init, f"--rounds={ROUNDS}")
        first = check.train(f"{label}-first", model, *common, init, f"--rounds={HALF}")
        second = check.train(f"{label}-second", model, *common, f"--load={first.saved}", f"--rounds={ROUNDS}")
        check.that(first.parameters["layer0.weight"].tobytes() != whole.parameters["layer0.weight"].tobytes(),
                   f"{label}: the second half changes the parameters")  # fmt: skip
        check.same(f"{label}: parameters after resuming", second.parameters, whole.parameters)
        check.same(f"{label}: the whole checkpoint after resuming", files.load(second.saved), files.load(whole.saved))
        together = timeless(first.rounds + second.rounds)
        check.that(together == timeless(whole.rounds), f"{label}: the rounds' lines after resuming",
                   f"{len(together)} lines, rounds {together[0]['round']} to {together[-1]['round']}")  # fmt: skip
        again = check.train(f"{label}-again", model, *common, init, f"--rounds={ROUNDS}", "--save-every=4", "--check-replicas=3")
        check.same(f"{label}: again, saved and checked on the way", files.load(again.saved), files.load(whole.saved))

common = [*OPTIMIZERS["adamw"], data, "--seed=5", "--ranks=3", init, f"--rounds={ROUNDS}"]
plain = check.train("plain", model, *common)
slow = check.train("slow", model, *common, "--network=latency=1ms bandwidth=10Mbit compute=2ms")
check.same("a slow network changes no parameter", slow.parameters, plain.parameters)
virtual = slow.rounds[-1].get("virtual_seconds", 0)
# A round is the compute and, for an all-reduce on 3 ranks, at least two messages one after the other.
check.that(virtual >= ROUNDS * 0.004, "a slow network takes virtual time", f"{virtual:g} s for {ROUNDS} rounds")
other = check.train("other-seed", model, *[word.replace("--seed=5", "--seed=6") for word in common])
check.that(other.losses != plain.losses, "another seed shuffles otherwise")
threads = check.train("threads", model, *common, "--threads=2")
check.near("2 threads", threads.parameters, plain.parameters, 1e-5)
check.that(np.allclose(threads.losses, plain.losses, rtol=1e-5), "2 threads: the same rows in the same order")
generated = ["--data=digits:count=256,seed=3", "--rounds=1", "--seed=4"]
one, two = (check.train(f"digits-{t}", check.examples / "mlp" / "mlp_b16.mlir", *generated, f"--threads={t}") for t in (1, 2))
check.close("2 threads: the same generated rows and initial values", two.losses, one.losses, 1e-6)

# A file written by other programs: names in another order, and no metadata.
tensors = files.load(folder / "init.safetensors")
files.save(check.work / "turned.safetensors", dict(reversed(tensors.items())))
turned = check.train("turned", model, *[f"--load-parameters={check.work / 'turned.safetensors'}" if word == init else word for word in common])
check.same("the order of a file does not matter", turned.parameters, plain.parameters)
check.finish()
