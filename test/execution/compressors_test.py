# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compressors other than the exact top k: sign, QSGD, bfloat16 and the sampled top k, against their definitions.

What sign and bfloat16 send, gathered, is compared with oracle/sparsification.py. What a sum in bfloat16 rounds away, and
which entries a sampled threshold lets through, is left open: there the same run is ended after 1, 2, ... rounds, and what
every round left shows what was sent, lost and kept.
"""

import numpy as np
import subjects
from compression import MARGIN, ROUNDS, SHAPES, SIZE, Check, Steps, command, equal, state
from oracle import files, sparsification
from oracle.sparsification import Plan

check = Check()
SAMPLED = "compress{compressor=sampled_top_k density=DENSITY}"
ADDED_BF16 = "compress{compressor=bf16}"
GATHERED = {"sign": "compress{compressor=sign}", "bf16": "compress{compressor=bf16 exchange=all_gather}"}
#: What tests of all compressors run.
ALL = GATHERED | {"qsgd": "compress{compressor=qsgd}", "bf16-added": ADDED_BF16, "sampled": SAMPLED.replace("DENSITY", "0.02")}


def processes():
    for name, strategy in ALL.items():
        for ranks in (3, 4) if name in ("bf16-added", "sampled") else (3,):
            check.processes(f"{name}-{ranks}", check.given(f"given-{name}-{ranks}", ranks, ROUNDS), strategy)


# --- what is gathered ---


def gathered():
    """The exact sum of what compressors send of every entry."""
    for compressor, strategy in GATHERED.items():
        for ranks in (1, 2, 3, 5):
            plan, tolerance = Plan("all_gather", compressor), 5e-7
            several = [check.given(f"{compressor}{ranks}-{seed}", ranks, ROUNDS, source=subjects.normal, seed=seed) for seed in range(12)]
            subject = subjects.roomy(several, plan, "sgd{lr=0.5}", "", ROUNDS, tolerance, MARGIN)
            run = check.trained(f"{compressor}-{ranks}", subject, strategy, plan).compared(tolerance).conserves(5e-6)
            if run.ran:
                # Of each of the other ranks: a bit for each entry, in whole bytes, and a scale; two bytes for each entry.
                each = {"sign": -(-SIZE // 8) + 4, "bf16": 2 * SIZE}[compressor]
                sent = {value for row in run.metric("bytes_sent") for value in row}
                check.that(sent == {each * (ranks - 1)}, f"{compressor}-{ranks}: bytes", f"{sent}, wanted {each * (ranks - 1)}")


def signs_of_zeros():
    """The sign of -0 is +. Without memory, so that a -0 arrives as it is."""

    def signs(rng, size):
        while True:
            yield np.resize([0.0, -0.0, 1.0, -3.0], size)

    subject = check.given("signs", 1, 1, source=signs)
    for feedback in ("off", "on"):
        strategy = f"compress{{compressor=sign error-feedback={feedback}}}"
        run = check.train(f"signs-{feedback}", subject.model, *command(subject, strategy, "sgd{lr=1}", rounds=1))
        got = np.concatenate([(subject.init[n] - run.parameters[n]).ravel() for n in SHAPES])
        check.that(bool(np.array_equal(got, np.resize([1.0, 1.0, 1.0, -1.0], SIZE))), f"sign of 0, -0, 1, -3, error-feedback={feedback}", str(got[:4]))


def qsgd():
    """Multiples of norm / levels, one of the two around each entry, right on average (Alistarh et al., NeurIPS 2017)."""
    subject, levels, averaged = check.given("levels", 1, 1, source=subjects.normal), 4, 64
    strategy = f"compress{{compressor=qsgd levels={levels}}}"
    row = subject.rows[0].astype(np.float64)
    run = check.train("qsgd", subject.model, *command(subject, strategy, "sgd{lr=1}", rounds=1))
    again = check.train("qsgd-again", subject.model, *command(subject, strategy, "sgd{lr=1}", rounds=1))
    other = check.train("qsgd-other", subject.model, *command(subject, strategy, "sgd{lr=1}", rounds=1), "--seed=1")
    check.same("qsgd: the same seed rounds alike", again.parameters, run.parameters)
    sent = np.concatenate([(subject.init[n].astype(np.float64) - run.parameters[n]).ravel() for n in SHAPES])
    unit = np.linalg.norm(row) / levels
    off = np.abs(sent / unit - np.round(sent / unit)).max()
    check.that(off < 1e-4, "qsgd: multiples of norm / levels", f"off by {off:.1e}")
    check.that(bool(np.all(np.abs(sent - row) < unit * 1.0001)), "qsgd: one of the two around each entry")
    check.that(other.parameters["z"].tobytes() != run.parameters["z"].tobytes(), "qsgd: another seed rounds otherwise")
    long = check.train("qsgd-long", subject.model, *command(subject, strategy, "sgd{lr=1}", rounds=averaged))
    sent = np.concatenate([(subject.init[n].astype(np.float64) - long.parameters[n]).ravel() for n in SHAPES]) / averaged
    # One rounding has a variance of at most unit^2 / 4.
    deviation = np.abs(sent - row).max() / (unit / 2 / averaged**0.5)
    check.that(deviation < 6, "qsgd: right on average", f"largest of {SIZE} deviations: {deviation:.2g} standard deviations")
    check.that(not any("residual" in n for n in files.load(run.saved)), "qsgd: no memory")

    # Two ranks with the same gradient round it each in its own way: some entries are halfway between two multiples.
    def alike(rows):
        rows[1] = rows[0]

    pair = check.given("pair", 2, 1, source=subjects.normal, spoil=alike)
    run = check.train("qsgd-pair", pair.model, *command(pair, strategy, "sgd{lr=1}", rounds=1), "--ranks=2")
    sent = np.concatenate([(pair.init[n].astype(np.float64) - run.parameters[n]).ravel() for n in SHAPES])
    units = sent / (np.linalg.norm(pair.rows[0].astype(np.float64)) / levels)
    halfway = np.mean(np.abs(units - np.round(units)) > 0.25)
    check.that(halfway > 0.05, "qsgd: ranks round independently", f"{halfway:.0%} of the entries are rounded up by one rank alone")


# --- bfloat16, added on the way ---


def added_bf16():
    """An all-reduce of bfloat16: half the bytes of single precision, and nothing lost, whatever is rounded on the way."""
    for ranks in check.often((1, 3, 4), 2, 5, 8):
        subject = check.given(f"added{ranks}", ranks, ROUNDS)
        zero = {name: np.zeros_like(tensor) for name, tensor in subject.init.items()}
        # From parameters of 0, so that what was applied is read off exactly. Each round is the first of a run, on other data.
        starts = [check.given(f"added{ranks}-{first}", ranks, 1, rows=subject.rows[first * ranks : (first + 1) * ranks], init=zero)
                  for first in range(ROUNDS)]  # fmt: skip
        first_rounds(f"bf16 added on {ranks} ranks", starts)
        Steps(check, f"added-steps-{ranks}", subject, ADDED_BF16, rounds=5, schedule="step{every=2 gamma=0.5}").conserves(1e-6)
    # Long enough for a ring in several pieces, which do not all have one size.
    shapes = {"z": (301, 399), "a": (97,)}
    for ranks in (2, 3, 4):
        zero = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
        first_rounds(f"a long vector in bf16 on {ranks} ranks", [check.given(f"long{ranks}", ranks, 1, shapes, source=subjects.normal, init=zero)])
    traffic()


def first_rounds(label, starts):
    """What one round from parameters of 0 applies and keeps, entry by entry."""
    faults, worst, off = [], 0.0, 0.0
    for number, start in enumerate(starts):
        ranks, steps = start.ranks, Steps(check, f"{start.folder.name}-{number}", start, ADDED_BF16, rounds=1)
        if not steps.runs:
            return
        accs, applied = steps.entering(0), steps.applied(0)
        for name in start.init:
            own = [acc[name] for acc in accs]
            left = sum(after[name].astype(np.float64) for after in steps.residuals[1] if name in after)
            size = sum(np.abs(acc) for acc in own)
            # The mean is divided and multiplied by the rate in single precision, whose denormals are multiples of 2^-149.
            lost = np.abs(left + ranks * applied[name] - sum(own)) / (2.0**-22 * size + 8 * ranks * 2.0**-149)
            worst = max(worst, float(lost.max()))
            # Each value is rounded once, each partial sum and each result at most once: to 8 bits, or to denormals.
            sent = [sparsification.to_bf16(acc.astype(np.float32)).astype(np.float64) for acc in own]
            rounded = 0 if ranks == 1 else 2.0**-8 * sum(np.abs(s) for s in sent)
            off = max(off, float((np.abs(applied[name] - sum(sent) / ranks) / (rounded + 2.0**-22 * size + ranks * 2.0**-133)).max()))
            if ranks == 1 and not np.array_equal(applied[name], sent[0]):
                faults.append(f"{name} of {start.folder.name} is not what is nearest in bfloat16")
    check.that(worst <= 1, f"{label}: each entry is conserved", f"{len(starts)} rounds, at worst {worst:.2g} of the rounding of single precision")
    check.that(off <= 1 and not faults, f"{label}: applies the mean of what was rounded", "; ".join(faults) or f"at worst {off:.2g} of the roundings")


def traffic():
    """Bytes of bfloat16 against those of ssgd, for a vector long enough for a ring."""
    for ranks in (2, 3, 4):
        subject = check.given(f"traffic{ranks}", ranks, 2, {"z": (300, 400)}, source=subjects.normal)
        runs = [check.every_rank(f"traffic-{ranks}-{n}", subject, *command(subject, strategy, "sgd{lr=0.5}", rounds=2))
                for n, strategy in enumerate((ADDED_BF16, "ssgd"))]  # fmt: skip
        if all(runs):
            half, whole = (sum(line["bytes_sent"] for own in run.lines for line in own) for run in runs)
            check.that(2 * half == whole, f"bf16 added on {ranks} ranks: half of the bytes of ssgd", f"{half} and {whole}")
            check.that(whole == 2 * 2 * (ranks - 1) * 4 * 120000, f"ssgd on {ranks} ranks: bytes of a ring", f"{whole}")


# --- a sampled threshold ---


def sampled():
    """Between k and 1.25 k entries, the largest ones; their sum in the order of the ranks, and all else kept: to the last bit."""
    for ranks in (1, 2, 3, 4):
        subject = check.given(f"sampled{ranks}", ranks, ROUNDS)
        for density in (0.05, 0.001, 0.4, 1299 / 1300) if ranks in (1, 3) else (0.05,):
            label = f"sampled-{density:.3g}-{ranks}"
            steps = Steps(check, label, subject, SAMPLED.replace("DENSITY", str(density)), rounds=ROUNDS, schedule="step{every=4 gamma=0.5}")
            if not steps.runs:
                return
            exactly(steps, sparsification.count(density, SIZE), SIZE)
            steps.conserves(1e-6)


def exactly(steps, k, size):
    faults, selected = [], []
    for step, run in enumerate(steps.runs):
        accs = [flat(own) for own in steps.entering(step, np.float32)]
        left = [flat(own) for own in steps.residuals[step + 1]]
        counts = [own[-1]["selected"] for own in run.lines]
        selected += counts
        total = np.zeros(size, np.float32)
        for rank, (acc, rest) in enumerate(zip(accs, left)):
            sent = rest != acc
            faults += faulty(acc, rest, sent, counts[rank], k, f"step {step}, rank {rank}")
            total[sent] += acc[sent]
        mean, before = total / np.float32(steps.ranks), steps.parameters[step]
        wanted = flat(before) - np.float32(steps.rate(step)) * mean
        wanted = sparsification.split(wanted, list(before), before)
        different = equal(steps.parameters[step + 1], wanted)
        if different:
            faults.append(f"step {step}: {different}")
    check.that(not faults, f"{steps.label}: the largest, added and kept", "; ".join(faults[:5]) + f"\n  command: {steps.runs[-1].shown}" if faults else
               f"{min(selected)} to {max(selected)} selected, k = {k}")  # fmt: skip


def faulty(acc, rest, sent, count, k, where):
    """What is wrong with one rank's selection; zeros that are sent cannot be told from zeros that are not."""
    faults = []
    if not k <= count <= max(k, 1.25 * k):
        faults.append(f"{where}: selects {count}, not {k} to {int(1.25 * k)}")
    if np.any(rest[sent] != 0):
        faults.append(f"{where}: keeps a part of what it sends")
    visible, zeros = np.count_nonzero(sent), np.count_nonzero(acc == 0)
    if not visible <= count <= visible + zeros:
        faults.append(f"{where}: {visible} entries went, {zeros} are 0, and `selected` is {count}")
    if visible and np.abs(acc[sent]).min() < np.abs(acc[~sent]).max(initial=0):
        faults.append(f"{where}: sends {np.abs(acc[sent]).min()}, and keeps {np.abs(acc[~sent]).max()}")
    return faults


def flat(tensors):
    return np.concatenate([tensor.ravel() for tensor in tensors.values()])


def hard_to_sample(rng, size):
    """Vectors in which a sample may be far from the whole."""
    at = np.arange(size)
    normal = rng.standard_normal(size)
    yield normal
    yield np.sort(np.abs(normal))
    yield -np.sort(-np.abs(normal))
    for stride in (2, 64, 100, 1024):  # large where a sample with a stride looks always, or never
        yield np.where(at % stride == 0, 1000 * normal, normal)
        yield np.where(at % stride == 1, 1000 * normal, normal)
    yield np.where(at < size // 200, 1000 * normal, normal)  # large at the beginning
    yield np.where(at >= size - size // 200, 1000 * normal, normal)  # and at the end
    yield normal**9  # heavy tails
    yield np.where(rng.random(size) < 0.0005, normal, 0)  # fewer than k are not 0
    yield rng.integers(-3, 4, size)  # ties
    yield np.full(size, -1.0)
    yield np.zeros(size)
    yield rng.choice([1e-44, 1e-30, 1.0, 1e30], size) * normal
    yield np.where(at == size // 3, 1e30, 1e-3 * normal)  # one that makes all others small


def hard():
    """The bounds of the selection hold for vectors made to mislead a sample; the same on one thread and on two."""
    rows = list(hard_to_sample(np.random.default_rng(0), 100000))
    shapes = {"z": (300, 200), "a": (40000,)}
    for density in (0.001, 0.01):
        k, faults, selected = sparsification.count(density, 100000), [], []
        for number, row in enumerate(rows):
            subject = check.given(f"hard-{density}-{number}", 1, 1, shapes, rows=[row])
            run = check.every_rank(f"hard-{density}-{number}", subject, *command(subject, SAMPLED.replace("DENSITY", str(density)), "sgd{lr=0.5}", rounds=1))
            if not run:
                return
            acc, rest = subject.rows[0], flat(state(run.saved, 1)[0])
            selected.append(run.lines[0][0]["selected"])
            faults += faulty(acc, rest, rest != acc, selected[-1], k, f"vector {number}")
        check.that(not faults, f"sampled, density {density}: {len(rows)} vectors that are hard to sample", "; ".join(faults) or f"selected {selected}, k = {k}")
    subject = check.given("threads", 2, 3, {"z": (600, 1000), "a": (400000,)}, source=subjects.normal)
    strategy = SAMPLED.replace("DENSITY", "0.001")
    one, two = (check.every_rank(f"threads-{t}", subject, *command(subject, strategy, "sgd{lr=0.5}", rounds=3), f"--threads={t}") for t in (1, 2))
    if one and two:
        check.same("sampled: 1 and 2 threads", files.load(two.saved), files.load(one.saved))


# --- all of them ---


def graphs():
    """Exported graphs: every exchange conserves what the gradients of an independent program brought in."""
    for name in ("logreg", "mlp"):
        for ranks in (1, 2, 3, 4):
            for compressor in ("bf16-added", "sampled"):
                steps = Steps(check, f"{name}-{compressor}-{ranks}", subjects.Graph(name, ranks), ALL[compressor], schedule="step{every=2 gamma=0.3}")
                steps.conserves(2e-6)


def resumed():
    for name, strategy in ALL.items():
        first = check.resumed(f"resumed-{name}", subjects.Graph("mlp", 3), strategy, "step{every=7 gamma=0.5}", half=10, rounds=20)
        residuals = state(first.saved, 3)
        check.that(any(np.any(t) for t in residuals[-1].values()) == (name != "qsgd"), f"{name}: a residual was saved that is not 0, or there is none")


if check.transport == "in-process":
    check.parts(gathered, signs_of_zeros, qsgd, added_bf16, sampled, hard, graphs, resumed)
else:
    check.parts(processes)
check.finish()
