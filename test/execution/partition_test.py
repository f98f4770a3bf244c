# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rows dealt by label, at random in unequal parts, or a rank's own: whose they are, in which order, and how long an epoch is,
against a dealing written here anew. With a learning rate that changes no parameter, a rank's losses tell its rows.

A network with stragglers changes neither rows nor losses."""

import itertools

import harness
import numpy as np
from oracle import models
from oracle.sparsification import words

BATCH, RANKS, SEED, EPOCHS = 16, 4, 6, 2
DEAL, RANK, EPOCH = 9 << 32, 10 << 32, 3 << 32


def draws(seed, stream, count):
    """The first words of a stream."""
    return list(itertools.islice(words(seed, stream), count))


def shuffled(values, seed, stream):
    """For i = n-1 .. 1, entry i trades places with entry floor(word (i + 1) / 2^64)."""
    values, n = list(values), len(values)
    word = draws(seed, stream, n)
    for i in range(n - 1, 0, -1):
        j = (word[n - 1 - i] * (i + 1)) >> 64
        values[i], values[j] = values[j], values[i]
    return values


def deal_by_label(y, classes, seed):
    labels = sorted(set(y.tolist()))
    order = shuffled(range(len(labels)), seed, DEAL)
    holders = [[] for _ in labels]
    for place in range(RANKS * classes):
        holders[order[place % len(labels)]].append(place // classes)
    rows = [[] for _ in range(RANKS)]
    for c, label in enumerate(labels):
        mine = shuffled(np.flatnonzero(y == label).tolist(), seed, DEAL + 1 + 2 * c)
        for k, rank in enumerate(holders[c]):
            rows[rank] += mine[k * len(mine) // len(holders[c]) : (k + 1) * len(mine) // len(holders[c])]
    return [sorted(of_rank) for of_rank in rows]


def losses(rows, steps, seed, shuffle):
    """losses[rank][step], of `steps` steps an epoch."""
    all_ranks = []
    for rank, own in enumerate(rows):
        seed_of_rank, found = draws(seed, RANK + rank, 1)[0], []
        for step in range(EPOCHS * steps):
            order = shuffled(own, seed_of_rank, EPOCH + step // steps) if shuffle else own
            first = (step % steps if shuffle else step) * BATCH
            batch = [order[(first + j) % len(own)] for j in range(BATCH)]
            found.append(float(model.loss_and_gradients(init, x[batch], y[batch])[0]))
        all_ranks.append(found)
    return all_ranks


check = harness.Check()
folder = harness.GRAPHS / "mlp"
model = models.MODELS["mlp"]
init = {name: np.asarray(value, np.float64) for name, value in harness.parameters(folder / "init.safetensors").items()}
width, classes = np.load(folder / "x.npy").shape[1], int(np.load(folder / "y.npy").max()) + 1
rng = np.random.default_rng(11)
y = rng.integers(0, classes, 500).astype(np.int32)
x = rng.standard_normal((500, width)).astype(np.float32)
np.save(check.work / "x.npy", x)
np.save(check.work / "y.npy", y)


def train(name, keys, *more):
    """Every rank's losses."""
    run = check.train(
        name, folder / "loss.mlir", harness.npy(check.work) + keys, f"--load-parameters={folder / 'init.safetensors'}",
        "--optimizer=sgd{lr=1e-30}", f"--ranks={RANKS}", f"--epochs={EPOCHS}", "--metrics-all-ranks", *more,
    )  # fmt: skip
    run.all = [[line["loss"] for line in harness.rounds(run.metrics.with_name(f"{name}.rank{r}.jsonl"))] for r in range(RANKS)]
    return run


def note(rows, steps):
    """What an epoch repeats and leaves out."""
    again = sum(max(0, steps * BATCH - len(own)) for own in rows)
    return f"they take {again} rows again and leave out {sum(max(0, len(own) - steps * BATCH) for own in rows)} "


dealt = deal_by_label(y, 3, SEED)
check.that(sorted(sum(dealt, [])) == list(range(500)), "label: every row is dealt once", f"{[len(own) for own in dealt]} rows")
for uneven, longest in (("wrap", max), ("shortest", min)):
    steps = longest(len(own) for own in dealt) // BATCH
    for shuffle in ("on", "off"):
        name = f"label-{uneven}-{shuffle}"
        run = train(name, f",partition=label{{classes=3}},uneven={uneven}", f"--seed={SEED}", f"--shuffle={shuffle}")
        check.close(f"{name}: each rank's losses", run.all, losses(dealt, steps, SEED, shuffle == "on"), 1e-4)
        check.that(note(dealt, steps) in run.stderr, f"{name}: the note", run.stderr.strip())

own = [list(range(500))] * RANKS
run = train("own", ",partition=own", f"--seed={SEED}")
check.close("own: each rank goes through all rows in its own order", run.all, losses(own, 500 // BATCH, SEED, True), 1e-4)
check.that(note(own, 500 // BATCH) in run.stderr, "own: the note", run.stderr.strip())

keys = ",partition=dirichlet{alpha=2}"
plain = train("dirichlet", keys, f"--seed={SEED}")
again = train("dirichlet-stragglers", keys, f"--seed={SEED}", "--threads=2",
              "--network=latency=1ms compute=2ms straggler=exponential{mean=1ms} slow=1:3")  # fmt: skip
check.that(plain.all == again.all, "dirichlet: stragglers change neither rows nor losses", f"{len(plain.losses)} rounds")
other = train("dirichlet-seed", keys, f"--seed={SEED + 1}")
check.that(plain.all != other.all, "dirichlet: another seed deals otherwise")
slow = [
    sum(line["compute_seconds"] for line in harness.rounds(again.metrics.with_name(f"dirichlet-stragglers.rank{r}.jsonl")))
    for r in range(RANKS)
]
check.that(2.3 < slow[1] / slow[0] < 3.9, "slow=1:3: rank 1 computes about 3 times as long", f"{slow[1] / slow[0]:.2f}")

for text, ranks, wanted in (
    ("partition=label{classes=1}", RANKS, f"take classes={-(-classes // RANKS)} or more"),
    ("partition=dirichlet{alpha=0.0001}", 3 * classes, "has 0 rows, fewer than one batch of 16"),
    ("uneven=wrap", RANKS, "leave it out"),
):
    run = check.run(folder / "loss.mlir", f"{harness.npy(check.work)},{text}", f"--load-parameters={folder / 'init.safetensors'}",
                    "--optimizer=sgd{lr=0.1}", f"--ranks={ranks}", "--rounds=1")  # fmt: skip
    check.that(run.status == 1 and wanted in run.stderr and len(run.stderr.strip().splitlines()) == 1, f"{text}: refused", run.says())
check.finish()
