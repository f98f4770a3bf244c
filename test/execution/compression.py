# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of strategies that compress share: what is trained, what a run leaves, and how it is compared with
oracle/sparsification.py.

--transport=in-process runs everything but the launchers. openmpi and mpich run ranks as processes, and compare them with
the ranks in one process, byte for byte.
"""

import dataclasses
import re
import time

import harness
import numpy as np
import subjects
from oracle import files, optimizers, sparsification
from oracle.sparsification import Plan

ROUNDS = 10
#: How many tolerances apart what is just selected and what is just not must lie, so that rounding cannot swap them. Both
#: are smaller than the largest entry, of which the tolerance is a fraction.
MARGIN = 10
SHAPES = {"z": (40, 30), "a": (97,), "m": (3, 1)}  # 1300 entries, in an order that is not the alphabet's
SIZE = 1300

with_ = dataclasses.replace


# --- what a run leaves ---


def command(subject, strategy, optimizer, schedule="", rounds=ROUNDS):
    arguments = [*subject.arguments, f"--strategy={strategy}", f"--optimizer={optimizer}", f"--rounds={rounds}"]
    return arguments + ([f"--schedule={schedule}"] if schedule else [])


def state(path, ranks, kind="residual", suffix=""):
    """A role's variables of every rank, by name, from a checkpoint. Velocities are the residuals' names with a suffix."""
    tensors, found = files.load(path), []
    for rank in range(ranks):
        prefix = f"rank{rank}/{kind}/"
        own = {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
        own = {n: t for n, t in own.items() if n.endswith(".velocity") == (suffix == ".velocity")}
        found.append({n.removesuffix(suffix): t for n, t in own.items()})
    return found


def equal(got, wanted):
    """What differs between tensors by name, as a text; nothing if no number does. 0 and -0 are one number."""
    if set(got) != set(wanted):
        return f"there are {sorted(got)}, wanted {sorted(wanted)}"
    for name, tensor in wanted.items():
        differing = np.flatnonzero(got[name].ravel() != tensor.ravel())
        if got[name].shape != tensor.shape or len(differing):
            at = differing[0]
            return f"{name} differs in {len(differing)} of {tensor.size}, first at {at}: got {got[name].flat[at]!r}, wanted {tensor.flat[at]!r}"
    return ""


def distance(got, wanted):
    """The largest deviation of any tensor, of the largest entry over all of them."""
    if set(got) != set(wanted):
        return np.inf
    scale = max(float(np.abs(t).max()) for t in wanted.values()) or 1.0
    return max(float(np.abs(got[n].astype(np.float64) - t).max()) for n, t in wanted.items()) / scale


# --- comparing ---


class Check(harness.Check):
    """A harness.Check with a transport, and what only these tests compare."""

    def __init__(self):
        transports = dict(choices=["in-process", "openmpi", "mpich"], default="in-process")
        super().__init__([("--transport", transports), ("--only", dict(nargs="+", metavar="PART", help="run these parts alone"))])
        self.transport = self.options.transport
        if self.transport != "in-process" and not harness.has_launcher(self.transport):
            harness.skip(f"no {harness.LAUNCHERS[self.transport][0]}")

    def given(self, name, ranks, steps, shapes=SHAPES, **options):
        return subjects.Given(self.work / name, ranks, steps, shapes, **options)

    def trained(self, *arguments, **settings):
        return Trained(self, *arguments, **settings)

    def every_rank(self, label, subject, *arguments):
        """A run that must succeed, with .lines of metrics [rank][round], .saved and .parameters; None if it fails."""
        metrics, saved = self.work / f"{label}.jsonl", self.work / f"{label}.safetensors"
        run = self.run(subject.model, *arguments, f"--ranks={subject.ranks}", f"--metrics={metrics}", "--metrics-all-ranks", f"--save={saved}")
        if run.status != 0:
            self.that(False, f"{label}: runs", f"{run.says()}\n  command: {run.shown}")
            return None
        run.lines = [harness.rounds(self.work / f"{label}.rank{rank}.jsonl") for rank in range(subject.ranks)]
        run.saved, run.parameters = saved, harness.parameters(saved)
        return run

    def parts(self, *parts):
        """Runs these functions one after the other."""
        for part in parts:
            if self.options.only and part.__name__ not in self.options.only:
                continue
            began = time.monotonic()
            part()
            print(f"{part.__name__}: {time.monotonic() - began:.1f} s", flush=True)

    def known(self, held, what, detail):
        """A deviation that is known, and reported but not counted as a failure."""
        if held:
            self.that(True, what, detail)
        else:
            print(f"known   {what}: {detail}", flush=True)

    def processes(self, name, subject, strategy):
        """Ranks as processes under the launcher leave what ranks in one process leave."""
        arguments = command(subject, strategy, "sgd{lr=0.5}")
        one = self.train(name, subject.model, *arguments, f"--ranks={subject.ranks}")
        other = self.train(f"{name}-{self.transport}", subject.model, *arguments, processes=subject.ranks, mpi=self.transport)
        label = f"{name} on {subject.ranks} ranks: {self.transport} and in-process"
        self.same(f"{label}, the whole checkpoint", files.load(other.saved), files.load(one.saved))
        keys = ("loss", "bytes_sent", "messages_sent", "selected", "residual_norm")
        got, wanted = ([[line.get(key) for key in keys] for line in run.rounds] for run in (other, one))
        self.that(got == wanted, f"{label}, rank 0's lines", str(got[-1]) if got == wanted else f"{got} and {wanted}")

    def resumed(self, label, subject, strategy, schedule="", half=5, rounds=ROUNDS):
        """Saved after half of the rounds and resumed, a run is the uninterrupted one. Returns the first half."""
        common = command(subject, strategy, "sgd{lr=0.05}", schedule)
        common = [word for word in common if not word.startswith(("--load", "--rounds", "--shuffle"))]
        common += ["--shuffle=on", "--seed=11", f"--ranks={subject.ranks}"]
        load = subject.arguments[0]
        whole = self.train(label, subject.model, *common, load, f"--rounds={rounds}")
        first = self.train(f"{label}-first", subject.model, *common, load, f"--rounds={half}")
        second = self.train(f"{label}-second", subject.model, *common, f"--load={first.saved}", f"--rounds={rounds}")
        self.same(f"{label}: the whole checkpoint", files.load(second.saved), files.load(whole.saved))
        keys = ("round", "step", "loss", "lr", "bytes_sent", "messages_sent", "selected", "residual_norm")
        got, wanted = ([[line.get(key) for key in keys] for line in lines] for lines in (first.rounds + second.rounds, whole.rounds))
        self.that(got == wanted, f"{label}: the rounds' lines")
        return first

    def one_line(self, label, run, wanted, begun=False):
        """A run that must end with one line of error that names what is wanted; `begun` if training may print more."""
        blocks = run.stderr.strip().splitlines()
        # MLIR quotes a line of the model and points at it.
        carets = {i for i, line in enumerate(blocks) if re.fullmatch(r"\s*\^[~^\s]*", line)}
        blocks = [line for i, line in enumerate(blocks) if i not in carets and i + 1 not in carets]
        if begun:
            blocks = [line for line in blocks if "error" in line]
        faults = []
        if run.crashed():
            faults.append("crashes or hangs")
        if run.status == 0:
            faults.append("exit status 0")
        if len(blocks) != 1:
            faults.append(f"{len(blocks)} lines of error instead of 1")
        faults += [f"does not name /{phrase}/" for phrase in wanted if not re.search(phrase, "\n".join(blocks), re.I)]
        self.that(not faults, label, f"{'; '.join(faults)}\n  command: {run.shown}\n  {run.says()[:1000]}" if faults else blocks[0][:300])


class Trained:
    """A run of tacit-run with metrics of every rank, and the oracle's run of the same."""

    def __init__(self, check, label, subject, strategy, plan, optimizer="sgd{lr=0.5}", schedule="", rounds=ROUNDS, more=()):
        self.check, self.label, self.plan, self.ranks, self.subject = check, label, plan, subject.ranks, subject
        self.run = check.every_rank(label, subject, *command(subject, strategy, optimizer, schedule, rounds), *more)
        self.ran = self.run is not None
        if not self.ran:
            return
        self.saved, self.lines = self.run.saved, self.run.lines
        self.wanted = sparsification.train(
            subject.gradient, subject.init, plan, optimizers.make(optimizer, schedule), subject.ranks, rounds, subject.epoch
        )
        self.parameters, self.residuals = self.run.parameters, state(self.saved, self.ranks)

    def metric(self, key):
        """[round][rank]; None where a line lacks the key."""
        return [list(values) for values in zip(*([line.get(key) for line in own] for own in self.lines))]

    def compared(self, tolerance=0.0, losses=1e-6):
        """Parameters, residuals, velocities, losses and metrics against the oracle. Without tolerance, to the last bit."""
        if not self.ran:
            return self
        faults, details, wanted = [], [], self.wanted
        if self.plan.error_feedback and self.plan.exchange != "gtopk published" and not wanted.lost < 1e-6:
            faults.append(f"the oracle loses {wanted.lost:.1e} of a step")
        if tolerance and self.plan.compressor in ("top_k", "sign") and self.plan.exchange != "dense" and not wanted.gap > MARGIN * tolerance:
            faults.append(f"rounding may change a selection: smallest gap {wanted.gap:.1e}, rounding {tolerance:.0e}")
        groups = {"parameters": ([self.parameters], [wanted.parameters])}
        if self.plan.error_feedback:
            groups["residuals"] = (self.residuals, wanted.residuals)
            if self.plan.momentum is not None:
                groups["velocities"] = (state(self.saved, self.ranks, suffix=".velocity"), wanted.velocities)
        else:
            groups["residuals"] = (self.residuals, [{}] * self.ranks)
        for what, (got, expected) in groups.items():
            for rank, (one, other) in enumerate(zip(got, expected)):
                off = "" if not other and not one else distance(one, other) if tolerance else equal(one, other)
                if tolerance and off and off > tolerance or not tolerance and off:
                    faults.append(f"{what} of rank {rank}: {off}")
                    break
                if tolerance and off:
                    details.append(off)
        if self.plan.compressor in ("sign", "bf16"):
            if any(value is not None for row in self.metric("selected") for value in row):
                self.check.known(False, f"{self.label}: no `selected` where everything is sent", f"selected {self.metric('selected')[0][0]}")
        elif self.metric("selected") != wanted.selected:
            faults.append(f"selected {self.metric('selected')}, wanted {wanted.selected}")
        if not np.allclose(self.metric("loss"), wanted.losses, rtol=max(losses, tolerance), atol=0):
            faults.append(f"losses {self.metric('loss')}, wanted {wanted.losses}")
        if self.plan.error_feedback:
            norms = np.array(self.metric("residual_norm"), np.float64)
            if not np.allclose(norms, wanted.norms, rtol=max(1e-6, tolerance), atol=1e-37):
                faults.append(f"residual_norm {norms.tolist()}, wanted {wanted.norms}")
        elif any("residual_norm" in line for own in self.lines for line in own):
            faults.append("residual_norm is there, without a residual")
        sent = self.bytes_wanted()
        if sent is not None and self.metric("bytes_sent") != sent:
            faults.append(f"bytes_sent {self.metric('bytes_sent')[0]}, wanted {sent[0]}")
        said = f"within {max(details, default=0):.1e} (allowed {tolerance:g}), gap {wanted.gap:.1e}" if tolerance else "to the last bit"
        self.check.that(not faults, self.label, "; ".join(faults)[:1500] + f"\n  command: {self.run.shown}" if faults else said)
        return self

    def bytes_wanted(self):
        if self.plan.dense or self.plan.compressor not in ("top_k", "random_k"):
            return None
        if self.plan.compressor == "top_k" and "index-encoding=plain" not in self.run.shown:
            return None
        sizes = [tensor.size for tensor in self.subject.init.values()]
        groups, rows = sizes if self.plan.by_variable else [sum(sizes)], []
        for step in range(len(self.lines[0])):
            density = sparsification.density_of(step, self.plan.density, self.subject.epoch) if self.plan.warm_up else self.plan.density
            each = [[sparsification.bytes_sent(self.plan, self.ranks, rank, d, sparsification.count(density, d)) for d in groups]
                    for rank in range(self.ranks)]  # fmt: skip
            if each[0][0] is None:
                return None
            rows.append([sum(own) for own in each])
        return rows

    def conserves(self, tolerance, rate=0.5):
        """Residuals + P * applied is what went in, by what was saved: plain SGD with a constant rate, or the oracle's own
        sum of what was applied."""
        if not self.ran:
            return self
        worst = 0.0
        for name, entered in self.wanted.entered.items():
            applied = (self.subject.init[name].astype(np.float64) - self.parameters[name]) / rate
            left = sum(own[name].astype(np.float64) for own in self.residuals if name in own)
            worst = max(worst, float(np.abs(left + self.ranks * applied - entered).max()))
        scale = max(float(np.abs(entered).max()) for entered in self.wanted.entered.values())
        self.check.that(worst <= tolerance * scale, f"{self.label}: nothing is lost", f"{worst:.1e} of {scale:.3g} (allowed {tolerance:g} of it)")
        return self


class Steps:
    """The same run ended after 1, 2, ... rounds, so that what every exchange did can be told from what it left. Plain SGD."""

    def __init__(self, check, label, subject, strategy, optimizer="sgd{lr=0.5}", schedule="", rounds=4, more=()):
        self.check, self.label, self.subject, self.ranks = check, label, subject, subject.ranks
        self.rate = optimizers.make(optimizer, schedule).rate
        #: Parameters, and the residuals of every rank, before the first round and after each.
        self.parameters, self.residuals = [subject.init], [[{} for _ in range(self.ranks)]]
        self.runs = []
        for end in range(1, rounds + 1):
            run = check.every_rank(f"{label}-{end}", subject, *command(subject, strategy, optimizer, schedule, end), "--check-replicas=1", *more)
            if not run:
                break
            self.runs.append(run)
            self.parameters.append({name: run.parameters[name] for name in subject.init})
            self.residuals.append(state(run.saved, self.ranks))

    def entering(self, step, real=np.float64):
        """Of each rank, residual * ratio + gradient, by the oracle's model at the parameters before the step."""
        before = {name: tensor.astype(real) for name, tensor in self.parameters[step].items()}
        ratio = real(self.rate(step - 1) / self.rate(step)) if step else real(1)
        sums = []
        for rank in range(self.ranks):
            _, gradients = self.subject.gradient(before, step, rank)
            own = self.residuals[step][rank]
            sums.append({n: own[n].astype(real) * ratio + g if n in own else g.astype(real) for n, g in gradients.items()})
        return sums

    def applied(self, step):
        before, after = self.parameters[step], self.parameters[step + 1]
        return {name: (before[name].astype(np.float64) - after[name]) / self.rate(step) for name in before}

    def conserves(self, tolerance):
        """After every step, residuals + P * applied is what residuals * ratio + gradients were, within this fraction of
        each variable's largest entry, and of the rounding of the parameters."""
        worst, where, feedback = 0.0, "", False
        for step in range(len(self.runs)):
            accs, applied = self.entering(step), self.applied(step)
            for name, change in applied.items():
                entered = sum(acc[name] for acc in accs)
                parts = [own[name].astype(np.float64) for own in self.residuals[step + 1] if name in own]
                feedback |= any(np.any(part) for part in parts)
                off = float(np.abs(sum(parts) + self.ranks * change - entered).max())
                scale = sum(float(np.abs(acc[name]).max()) for acc in accs)
                rounding = self.ranks / self.rate(step) * 2.0**-24 * float(np.abs(self.parameters[step + 1][name]).max())
                ratio = off / (tolerance * scale + rounding)
                if not ratio <= worst:
                    worst, where = ratio, f"{name} of step {step}: {off:.1e} of {scale:.2g}"
        self.check.that(bool(self.runs) and worst <= 1 and feedback, f"{self.label}: every exchange conserves",
                        f"{len(self.runs)} steps, at worst {worst:.2g} of what is allowed ({tolerance:g}), in {where or 'none'}"
                        f"{'' if feedback else '; but no residual is other than 0'}")  # fmt: skip
        return self


#: Strategies by their option texts (OPTIONS is replaced) and what they mean.
STRATEGIES = {
    "topk": ("topk{OPTIONS}", Plan("all_gather")),
    "gtopk": ("gtopk{OPTIONS}", Plan("gtopk")),
    "gtopk-published": ("gtopk{OPTIONS put-back=published}", Plan("gtopk published")),
    "ok_topk": ("ok_topk{OPTIONS}", Plan("ok_topk")),
    "random_k": ("compress{compressor=random_k exchange=all_gather OPTIONS}", Plan("all_gather", "random_k")),
    "threshold": ("compress{compressor=threshold value=3 exchange=all_gather index-encoding=plain}", Plan("all_gather", "threshold", value=3)),
    "off": ("compress{compressor=top_k exchange=all_gather error-feedback=off OPTIONS}", Plan("all_gather", error_feedback=False)),
    "dense": ("compress{compressor=top_k exchange=dense OPTIONS}", Plan("dense")),
    "random_k-dense": ("compress{compressor=random_k exchange=dense OPTIONS}", Plan("dense", "random_k")),
    "threshold-dense": ("compress{compressor=threshold value=3 exchange=dense}", Plan("dense", "threshold", value=3)),
    "off-gtopk": ("compress{compressor=top_k exchange=gtopk error-feedback=off OPTIONS}", Plan("gtopk", error_feedback=False)),
    "off-ok_topk": ("compress{compressor=top_k exchange=ok_topk error-feedback=off OPTIONS}", Plan("ok_topk", error_feedback=False)),
}


def options(text, density=0.05, encoding="plain", more=""):
    parts = [f"density={density}", "" if "random_k" in text else f"index-encoding={encoding}", more]  # random_k sends no indices
    return text.replace("OPTIONS", " ".join(part for part in parts if part))
