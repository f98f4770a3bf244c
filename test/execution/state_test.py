# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Model state (running statistics of batch normalization, and a count of steps) under every strategy, against the oracle.

Under a strategy in which all ranks exchange, the new state is the mean over ranks of what each rank's step makes of the old
one, each step or at the end of each round. Under dasgd and elastic each rank keeps its own, and the model's is rank 0's.
"""

import json
import re
import signal
import time

import harness
import numpy as np
from oracle import files, local, models, optimizers, sparsification, training

TOLERANCE = 2e-5  # of the largest entry, after some dozen steps in single precision
STEPS = 11

check = harness.Check()
folder = harness.GRAPHS / "batch_norm"
init = files.load(folder / "init.safetensors")
x, y = np.load(folder / "x.npy"), np.load(folder / "y.npy")
expected = json.loads((folder / "expected.json").read_text())
model = models.Normalized()
common = [f"--load-parameters={folder / 'init.safetensors'}", harness.npy(folder), "--shuffle=off"]
first = {n.removeprefix("model_state/"): t for n, t in init.items() if n.startswith("model_state/")}
weights = {n: init[n] for n in model.names()}


def state(tensors, prefix="model_state/"):
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}


class Recorded:
    """The gradients that oracles ask for, and the parameters and rows of which they were."""

    def __init__(self, ranks):
        self.ranks, self.seen = ranks, {}

    def gradient(self, parameters, step, rank):
        chosen = training.rows(step, rank, self.ranks, expected["batch"], len(x))
        self.seen[step, rank] = dict(parameters), x[chosen]
        return model.loss_and_gradients(parameters, x[chosen].astype(next(iter(parameters.values())).dtype), y[chosen])

    def states(self, ends):
        """What ranks hold after the last step, averaged after the steps in `ends` (numbers of steps that are complete)."""
        own = [{n: t.astype(np.float64) for n, t in first.items()} for _ in range(self.ranks)]
        for step in range(max(step for step, _ in self.seen) + 1):
            own = [model.new_state(self.seen[step, rank][0], own[rank], self.seen[step, rank][1]) for rank in range(self.ranks)]
            if step + 1 in ends:
                own = [{n: sum(s[n] for s in own) / self.ranks for n in first}] * self.ranks
        return own


def compare(label, run, parameters, states, losses=None):
    check.near(f"{label}: parameters", run.parameters, parameters, TOLERANCE)
    saved = state(files.load(run.saved))
    check.near(f"{label}: model state", saved, states, TOLERANCE)
    check.that(saved["norm.count"].dtype == np.int32, f"{label}: the count is of integers", str(saved["norm.count"]))
    if losses is not None:
        check.close(f"{label}: losses of rank 0", run.losses, losses, 1e-4)


def against_jax():
    for function in ("loss", "value_and_grad"):
        run = check.train(f"jax-{function}", folder / f"{function}.mlir", *common, f"--optimizer=sgd{{lr={expected['lr']}}}", f"--rounds={expected['steps']}",
                          f"--eval-data={harness.npy(folder).removeprefix('--data=')}")  # fmt: skip
        tensors = files.load(folder / "expected.safetensors")
        compare(f"{function}, against JAX", run, state(tensors, "final/"), state(tensors, "state/"), expected["losses"])
        line, wanted = harness.evaluations(run.metrics)[-1], expected["evaluation"]
        check.close(f"{function}: evaluated by running statistics", [line["loss"], line["accuracy"]], [wanted["loss"], wanted["accuracy"]], 1e-4)


def synchronous():
    plans = {
        "ssgd": None, "ssgd{bucket-bytes=100 overlap=off clip=0.5}": None,
        "topk{density=0.2}": sparsification.Plan("all_gather", density=0.2), "gtopk{density=0.2}": sparsification.Plan("gtopk", density=0.2),
        "ok_topk{density=0.2}": sparsification.Plan("ok_topk", density=0.2), "compress{compressor=sign}": sparsification.Plan(compressor="sign"),
    }  # fmt: skip
    for strategy, plan in plans.items():
        for ranks, function in ((1, "loss"), (3, "value_and_grad"), (4, "loss")):
            label = f"{strategy} on {ranks} ranks, {function}"
            oracle, optimizer = Recorded(ranks), optimizers.make("sgd{lr=0.2 momentum=0.5}")
            gradient = oracle.gradient
            # Without compression everything travels: a density of 1.
            if not plan:
                clip = 0.5 if "clip" in strategy else None
                gradient, plan_used = clipped_mean(oracle, clip), sparsification.Plan(density=1.0)
            wanted = sparsification.train(gradient, weights, plan or plan_used, optimizer, ranks, STEPS, real=np.float32)
            run = check.train("sync", folder / f"{function}.mlir", *common, f"--ranks={ranks}", f"--strategy={strategy}",
                              "--optimizer=sgd{lr=0.2 momentum=0.5}", f"--rounds={STEPS}", "--check-replicas=1")  # fmt: skip
            compare(label, run, wanted.parameters, oracle.states(range(1, STEPS + 1))[0], [own[0] for own in wanted.losses])
            if plan and plan.compressor == "top_k":
                check.that(wanted.gap > 1e-5, f"{label}: rounding changes no selection", f"gap {wanted.gap:.1e}")


def clipped_mean(oracle, clip):
    """Gradients that are clipped by the norm of their mean over ranks."""
    if clip is None:
        return oracle.gradient

    def gradient(parameters, step, rank):
        every = [oracle.gradient(parameters, step, r) for r in range(oracle.ranks)]
        mean = {n: sum(g[n] for _, g in every) / np.float32(oracle.ranks) for n in weights}
        return every[rank][0], sparsification.clipped(mean, clip, 1, np.float32)

    return gradient


def locally():
    gtopk = sparsification.Plan("gtopk", density=0.2)
    plans = {
        "pasgd{period=3}": local.Plan(period=3), "adacomm{initial-period=4 interval-steps=4}": local.Plan(period=4, interval=4, state="reset"),
        "block_momentum{period=3}": local.Plan("block_momentum", 3, momentum=0.3, state="reset"),
        "diloco{period=3}": local.Plan("nesterov", 3, rate=0.7, momentum=0.9), "easgd{period=3}": local.Plan("elastic", 3),
        "pasgd{period=3}+gtopk{density=0.2}": local.Plan(period=3, sparse=gtopk),
    }  # fmt: skip
    for strategy, plan in plans.items():
        for ranks, function in ((3, "loss"), (4, "value_and_grad")):
            oracle = Recorded(ranks)
            wanted = local.train(oracle.gradient, weights, plan, lambda: optimizers.make("sgd{lr=0.2 momentum=0.5}"), ranks, STEPS, np.float32)
            run = check.train("local", folder / f"{function}.mlir", *common, f"--ranks={ranks}", f"--strategy={strategy}",
                              "--optimizer=sgd{lr=0.2 momentum=0.5}", f"--evaluations={STEPS * ranks}", "--check-replicas=1")  # fmt: skip
            compare(f"{strategy} on {ranks} ranks, {function}", run, wanted.parameters, oracle.states(wanted.steps)[0], [own[0] for own in wanted.losses])


def accumulated():
    """Batches of one rank's step are as ranks: the state is the mean of what each makes of it."""
    one = check.train("accumulated", folder / "loss.mlir", *common, "--strategy=ssgd{accumulate=3}", "--optimizer=sgd{lr=0.2}", "--rounds=6")
    three = check.train("three", folder / "loss.mlir", *common, "--ranks=3", "--optimizer=sgd{lr=0.2}", "--rounds=6")
    check.near("accumulate=3: parameters as of 3 ranks", one.parameters, three.parameters, TOLERANCE)
    check.near("accumulate=3: model state as of 3 ranks", state(files.load(one.saved)), state(files.load(three.saved)), TOLERANCE)


def asynchronous():
    """What is of the rows alone, and the number of steps, tell whose state a rank has."""
    for strategy in ("dasgd", "elastic", "dasgd+topk{density=0.2}", "elastic{scheduler=variance_bounded}"):
        run = check.train("async", folder / "loss.mlir", *common, "--ranks=4", f"--strategy={strategy}", "--optimizer=sgd{lr=0.05}",
                          "--evaluations=60", "--network=latency=1ms compute=10ms slow=3:2")  # fmt: skip
        tensors = files.load(run.saved)
        steps = [int(n) for n in files.metadata(run.saved)["rank_steps"].split()]
        for rank, count in enumerate(steps):
            wanted = first["inputs.mean"].astype(np.float64)
            for step in range(count):
                wanted = 0.9 * wanted + 0.1 * x[training.rows(step, rank, 4, expected["batch"], len(x))].mean(axis=0)
            got = state(tensors, f"rank{rank}/model_state/")
            check.near(f"{strategy}: running mean of rank {rank}'s rows", {"": got["inputs.mean"]}, {"": wanted}, TOLERANCE)
            check.that(got["norm.count"] == count, f"{strategy}: steps of rank {rank}", f"{got['norm.count']} of {steps}")
        check.same(f"{strategy}: the model's state is rank 0's", state(tensors), state(tensors, "rank0/model_state/"))


def resumed():
    for strategy in ("ssgd", "gtopk{density=0.2}", "pasgd{period=3}", "diloco{period=3}"):
        words = [common[1], "--shuffle=on", "--seed=3", "--ranks=3", f"--strategy={strategy}", "--optimizer=adamw{lr=0.01}"]
        whole = check.train("whole", folder / "loss.mlir", *words, common[0], "--rounds=8")
        half = check.train("half", folder / "loss.mlir", *words, common[0], "--rounds=3")
        rest = check.train("rest", folder / "loss.mlir", *words, f"--load={half.saved}", "--rounds=8")
        check.same(f"{strategy}: resumed, the whole checkpoint", files.load(rest.saved), files.load(whole.saved))


def stopped():
    """Stopped within a round, ranks have states of their own, and the model's is their mean."""
    words = [common[1], "--shuffle=on", "--seed=3", "--ranks=3", "--strategy=pasgd{period=30000}", "--optimizer=sgd{lr=0.0001}"]
    whole = check.train("whole", folder / "loss.mlir", *words, common[0], "--rounds=2")
    saved = check.work / "stopped.safetensors"
    # Where in a round the signal comes is left to chance; a machine that is slow, or fast, needs another pause.
    for pause in (0.5, 0.7, 1, 1.4, 2, 3, 5, 8):
        saved.unlink(missing_ok=True)
        running = harness.Running(check, folder / "loss.mlir", *words, common[0], "--rounds=2", f"--save={saved}")
        time.sleep(pause)
        running.process.send_signal(signal.SIGINT)
        running.wait()
        if saved.exists() and int(files.metadata(saved)["round_step"]) > 0:
            break
    if not check.that(saved.exists(), "stopped within a round", running.says()):
        return
    tensors = files.load(saved)
    own = [state(tensors, f"rank{rank}/model_state/") for rank in range(3)]
    floats = [n for n, t in first.items() if t.dtype == np.float32]
    check.that(all((own[0][n] != own[1][n]).any() for n in floats), "stopped within a round: ranks differ", f"{files.metadata(saved)['round_step']} steps")
    mean = {n: sum(s[n].astype(np.float64) for s in own) / 3 for n in floats}
    check.near("stopped within a round: the model's state is the mean", {n: tensors[f"model_state/{n}"] for n in floats}, mean, TOLERANCE)
    rest = check.train("rest", folder / "loss.mlir", *words, f"--load={saved}", "--rounds=2")
    check.same("stopped within a round and resumed, the whole checkpoint", files.load(rest.saved), files.load(whole.saved))


def loaded():
    """--load-parameters takes model state as well: by its role, or by its name alone. It need not be there if the model
    initialises it."""
    words = [harness.npy(folder), "--shuffle=off", "--optimizer=sgd{lr=1e-30}", "--rounds=1"]
    trained = check.train("trained", folder / "loss.mlir", *common, "--optimizer=sgd{lr=0.2}", "--rounds=5")
    once = state(files.load(trained.saved))
    after = model.new_state({n: t.astype(np.float64) for n, t in trained.parameters.items()}, once, x[training.rows(0, 0, 1, expected["batch"], len(x))])
    plain = check.work / "plain.safetensors"
    files.save(plain, trained.parameters | once)
    for what, path in (("a checkpoint", trained.saved), ("plain names", plain)):
        run = check.train("loaded", folder / "loss.mlir", f"--load-parameters={path}", *words)
        check.near(f"--load-parameters of {what}: model state", state(files.load(run.saved)), after, TOLERANCE)

    text = (folder / "loss.mlir").read_text()
    given = check.work / "given.mlir"
    given.write_text(text.replace('tacit.state = "norm.mean"', 'tacit.state = "norm.mean", tacit.init = #tacit.constant<2.0>'))
    without = {n: t for n, t in init.items() if n != "model_state/norm.mean"}
    files.save(check.work / "without.safetensors", without)
    run = check.train("initialised", given, f"--load-parameters={check.work / 'without.safetensors'}", *words)
    old = first | {"norm.mean": np.full(8, 2.0)}
    wanted = model.new_state(weights, old, x[training.rows(0, 0, 1, expected["batch"], len(x))])
    check.near("tacit.init of a state: model state", state(files.load(run.saved)), wanted, TOLERANCE)

    for what, arguments, phrases in (
        ("state that is not loaded", words, ["norm.mean|inputs.mean", "--load-parameters=FILE"]),
        ("state that is not in the file", [f"--load-parameters={check.work / 'without.safetensors'}", *words], ["without.safetensors", "it has no 'model_state/norm.mean'"]),
    ):  # fmt: skip
        text_of = check.work / "parameters_only.mlir"
        text_of.write_text(re.sub(r'(tacit\.parameter = "[^"]*")', r"\1, tacit.init = #tacit.constant<0.5>", text))
        run = check.run(text_of, *arguments)
        held = run.status != 0 and not run.crashed() and all(re.search(phrase, run.stderr) for phrase in phrases)
        check.that(held, what, run.stderr.strip() or "no message")


for part in (against_jax, synchronous, locally, accumulated, asynchronous, resumed, stopped, loaded):
    part()
check.finish()
