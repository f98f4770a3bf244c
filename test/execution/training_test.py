# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The example learns generated digits, on four ranks, from its own initial values; unread digits are recognised too."""

import harness

check = harness.Check()
run = check.train(
    "digits", check.examples / "mlp" / "mlp_b16.mlir", "--data=digits:count=2000,seed=0",
    "--eval-data=digits:count=500,seed=1", "--eval-every=31", "--epochs=4", "--ranks=4", "--seed=1",
)  # fmt: skip
check.that(len(run.rounds) == 4 * (2000 // 64), "4 epochs of 31 rounds", str(len(run.rounds)))
evaluations = harness.evaluations(run.metrics)
accuracies = [line["accuracy"] for line in evaluations]
check.that([line["round"] for line in evaluations] == [31, 62, 93, 124], "an evaluation every 31 rounds", str(accuracies))
check.that(accuracies[-1] >= 0.75, "at least 75% of 500 unread digits after 4 epochs of 2000", f"{accuracies[-1]:.1%}")
check.that(evaluations[-1]["loss"] < evaluations[0]["loss"], "the evaluated loss falls",
           f"{evaluations[0]['loss']:.3f} to {evaluations[-1]['loss']:.3f}")  # fmt: skip
early, late = sum(run.losses[:10]) / 10, sum(run.losses[-10:]) / 10
check.that(2.0 < run.losses[0] < 4.0, "the first loss is near that of guessing, log 10", f"{run.losses[0]:.3f}")
check.that(late < early / 2, "the loss on training batches halves", f"{early:.3f} to {late:.3f}")
size = 4 * (784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10)
sent = run.rounds[-1]["bytes_sent"]
check.that(1.5 * size <= sent < 1.6 * size, "a rank of 4 sends 2 * 3/4 of the gradient in a round", f"{sent} of {size} bytes")
alone = check.train("alone", check.examples / "mlp" / "mlp.mlir", "--data=digits:count=256,seed=0", "--rounds=2")
check.that(all(line["bytes_sent"] == 0 for line in alone.rounds), "one rank sends nothing")
stopped = check.train(
    "stopped", check.examples / "mlp" / "mlp.mlir", "--data=digits:count=2000,seed=0", "--seed=1", "--epochs=20",
    "--eval-data=held=digits:count=200,seed=1", "--eval-every=5", "--stop-at-loss=held:1.5",
)  # fmt: skip
last = harness.evaluations(stopped.metrics)
check.that(last[-1]["loss"] <= 1.5 and all(line["loss"] > 1.5 for line in last[:-1]), "--stop-at-loss ends the run at the first such loss",
           f"{last[-1]['loss']:.3f} after {len(stopped.rounds)} rounds")  # fmt: skip
check.finish()
